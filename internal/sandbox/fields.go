package sandbox

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fields holds the members of a JSON object in a request. Each is read at most once. Members that were not read are
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

func (f fields) take(name string) (json.RawMessage, bool) {
	raw, ok := f.values[name]
	delete(f.values, name)
	return raw, ok
}

// takeOptional is take for a field in which null means missing.
func (f fields) takeOptional(name string) (json.RawMessage, bool) {
	raw, ok := f.take(name)
	return raw, ok && string(raw) != "null"
}

func (f fields) takeRequired(name string) (json.RawMessage, bool) {
	raw, ok := f.take(name)
	if !ok && f.values != nil {
		f.reject(name, "missing", "is required")
	}
	return raw, ok
}

func (f fields) rejectUnread() {
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		f.reject(name, "extra", "is no field of this request")
	}
}

// url reads a required callback URL.
func (f fields) url(name string) string {
	raw, ok := f.takeRequired(name)
	if !ok {
		return ""
	}
	text, ok := asString(raw)
	if !ok {
		f.reject(name, "string", "must be a string")
	} else if problem := urlProblem(text); problem != "" {
		f.reject(name, "url", problem)
	}
	return text
}

// text reads a string that may be missing or null.
func (f fields) text(name string) string {
	raw, ok := f.takeOptional(name)
	if !ok {
		return ""
	}
	text, ok := asString(raw)
	if !ok {
		f.reject(name, "string", "must be a string")
	}
	return text
}

// texts reads a list of strings that may be missing, but not null.
func (f fields) texts(name string) []string {
	raw, ok := f.take(name)
	if !ok {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || items == nil {
		f.reject(name, "list", "must be a list of strings")
		return nil
	}
	list := make([]string, len(items))
	for i, item := range items {
		if list[i], ok = asString(item); !ok {
			f.in.reject(f.where(name, i), "string", "must be a string")
		} else if strings.TrimSpace(list[i]) == "" {
			f.in.reject(f.where(name, i), "blank", "must not be blank")
		}
	}
	return list
}

// flag reads a required true or false.
func (f fields) flag(name string) bool {
	raw, ok := f.takeRequired(name)
	return ok && f.asFlag(name, raw)
}

// optionalFlag reads a true or false that may be missing or null.
func (f fields) optionalFlag(name string, missing bool) bool {
	raw, ok := f.takeOptional(name)
	if !ok {
		return missing
	}
	return f.asFlag(name, raw)
}

func (f fields) asFlag(name string, raw json.RawMessage) bool {
	if text := string(raw); text != "true" && text != "false" {
		f.reject(name, "boolean", "must be true or false")
	}
	return string(raw) == "true"
}

// number reads a whole number from 0 to most; missing: 0.
func (f fields) number(name string, most int64) int64 {
	raw, ok := f.take(name)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	switch {
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
	raw, ok := f.takeRequired(name)
	if !ok {
		return fields{}
	}
	return parseFields(f.in, f.where(name), raw)
}

func asString(raw json.RawMessage) (string, bool) {
	var text *string
	if json.Unmarshal(raw, &text) != nil || text == nil {
		return "", false
	}
	return *text, true
}
