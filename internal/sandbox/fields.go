package sandbox

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fields holds the members of a JSON object in a request. Each can be read once. rejectUnread rejects the rest, which are
// unknown.
type fields struct {
	in     *input
	at     []any
	values map[string]json.RawMessage // nil: no object, which has been rejected already
}

// parseFields parses an object member by member. encoding/json would match field names case-insensitively, and would
// stop at the first wrong value.
func parseFields(in *input, at []any, raw []byte) fields {
	f := fields{in: in, at: at}
	if !json.Valid(raw) {
		in.reject(at, "json", "must be JSON")
	} else if json.Unmarshal(raw, &f.values) != nil || f.values == nil {
		in.reject(at, "object", "must be an object")
	}
	return f
}

func (f fields) where(path ...any) []any { return slices.Concat(f.at, path) }

func (f fields) reject(name, status, message string) { f.in.reject(f.where(name), status, message) }

func (f fields) rejectUnread() {
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		f.reject(name, "extra", "is not a field of this request")
	}
}

// read reads a field that must be there and must not be null.
func read[T any](f fields, name, status, message string) (v T, ok bool) {
	raw, ok := f.values[name]
	delete(f.values, name)
	if !ok {
		if f.values != nil {
			f.reject(name, "missing", "is required")
		}
		return v, false
	}
	if v, ok = decode[T](raw); !ok {
		f.reject(name, status, message)
	}
	return v, ok
}

// decode decodes a value that must not be null.
func decode[T any](raw json.RawMessage) (v T, ok bool) {
	var p *T
	if json.Unmarshal(raw, &p) != nil || p == nil {
		return v, false
	}
	return *p, true
}

func (f fields) missing(name string) bool { return f.values[name] == nil }

// omitted is like missing, for a field that can also be null.
func (f fields) omitted(name string) bool {
	if string(f.values[name]) == "null" {
		delete(f.values, name)
	}
	return f.missing(name)
}

// url reads a required callback URL.
func (f fields) url(name string) string {
	text, ok := read[string](f, name, "string", "must be a string")
	if problem := urlProblem(text); ok && problem != "" {
		f.reject(name, "url", problem)
	}
	return text
}

// text reads a string that may be missing or null.
func (f fields) text(name string) string {
	if f.omitted(name) {
		return ""
	}
	text, _ := read[string](f, name, "string", "must be a string")
	return text
}

// texts reads a list of strings that may be missing, but not null.
func (f fields) texts(name string) []string {
	if f.missing(name) {
		return nil
	}
	items, _ := read[[]json.RawMessage](f, name, "list", "must be a list of strings")
	list := make([]string, len(items))
	for i, item := range items {
		text, ok := decode[string](item)
		if !ok {
			f.in.reject(f.where(name, i), "string", "must be a string")
		} else if strings.TrimSpace(text) == "" {
			f.in.reject(f.where(name, i), "blank", "must not be blank")
		}
		list[i] = text
	}
	return list
}

// flag reads a required true or false.
func (f fields) flag(name string) bool {
	v, _ := read[bool](f, name, "boolean", "must be true or false")
	return v
}

// optionalFlag reads a true or false that may be missing or null.
func (f fields) optionalFlag(name string, missing bool) bool {
	if f.omitted(name) {
		return missing
	}
	return f.flag(name)
}

// number reads a whole number from 0 to most; missing: 0.
func (f fields) number(name string, most int64) int64 {
	if f.missing(name) {
		return 0
	}
	raw, _ := read[json.RawMessage](f, name, "integer", "must be a whole number")
	n, err := strconv.ParseInt(string(raw), 10, 64)
	switch {
	case raw == nil:
	case err != nil && !errors.Is(err, strconv.ErrRange):
		f.reject(name, "integer", "must be a whole number")
	case n < 0:
		f.reject(name, "negative", "must not be negative")
	case n > most:
		f.reject(name, "too_large", "must not be more than "+strconv.FormatInt(most, 10))
	}
	return n
}

// object reads a required object.
func (f fields) object(name string) fields {
	raw, ok := read[json.RawMessage](f, name, "object", "must be an object")
	if !ok {
		return fields{}
	}
	return parseFields(f.in, f.where(name), raw)
}
