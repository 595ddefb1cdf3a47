package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// String describes an exchange by status and field names, without values, which could be secret or personal.
func (e exchange) String() string {
	seen := fmt.Sprintf("%s: %d", e.operation, e.status)
	for _, object := range elements(e.body) {
		if e.status < 400 {
			break
		}
		if status := text(object, "status"); identifier.MatchString(status) {
			seen += " " + status
		}
		if detail := text(object, "detail"); words.MatchString(detail) {
			seen += fmt.Sprintf(" %q", detail)
		}
	}
	if location := e.header.Get("Location"); location != "" {
		seen += " redirect"
		if strings.HasSuffix(location, "/") {
			seen += " that adds a slash"
		}
	}
	return seen + ", " + shape(e.body)
}

var (
	identifier = regexp.MustCompile(`^[a-z_.]{1,60}$`)
	words      = regexp.MustCompile(`^[A-Za-z ]{1,40}$`)
	plainName  = regexp.MustCompile(`^[A-Za-z0-9_.\[\]-]{1,60}$`)
)

// opaque fields contain objects that depend on the event or the receiver. Their nested fields are not described.
var opaque = map[string]bool{"data": true, "request_body": true, "request_headers": true, "response_headers": true}

// shape describes a body by its field names.
func shape(body []byte) string {
	body = bytes.TrimSpace(body)
	objects := elements(body)
	switch {
	case len(body) == 0:
		return "no body"
	case objects == nil:
		return "a body that is not a JSON object"
	case len(objects) == 0:
		return "[]"
	}
	names := strings.Join(slices.Sorted(maps.Keys(fieldsOf(objects[0]))), ", ")
	if body[0] == '[' {
		return "[" + names + "]"
	}
	return "{" + names + "}"
}

// elements returns the objects in a body: the elements of a list, or the object itself.
func elements(body []byte) []map[string]any {
	var list []map[string]any
	var object map[string]any
	if json.Unmarshal(body, &list) == nil {
		return list
	}
	if json.Unmarshal(body, &object) == nil && object != nil {
		return []map[string]any{object}
	}
	return nil
}

// text returns a string field, or "".
func text(object map[string]any, name string) string {
	value, _ := object[name].(string)
	return value
}

// fieldsOf returns the names of an object's fields, and whether each is null. Nested fields follow the name of their
// parent: "secrets[].id".
func fieldsOf(object map[string]any) map[string]bool {
	fields := map[string]bool{}
	for name, value := range object {
		if !plainName.MatchString(name) {
			name = "?"
		}
		fields[name] = value == nil
		inner, isList := value.([]any)
		if !isList {
			inner = []any{value}
		}
		for _, one := range inner {
			one, _ := one.(map[string]any)
			for more, isNull := range fieldsOf(one) {
				if isList && !opaque[name] {
					fields[name+"[]."+more] = isNull
				} else if !opaque[name] {
					fields[name+"."+more] = isNull
				}
			}
		}
	}
	return fields
}

// differences compares the objects in a body with the reference's fields, and returns "" if they agree. want lists required
// fields. optional lists fields that can be null; those that are not in want can also be missing.
func differences(body []byte, want, optional string) string {
	wanted, nullable := strings.Fields(want), strings.Fields(optional)
	var missing, extra, null []string
	for _, object := range elements(body) {
		got := fieldsOf(object)
		for _, name := range wanted {
			parent, _, nested := strings.Cut(name, "[].")
			list, _ := object[parent].([]any)
			if _, ok := got[name]; !ok && (!nested || len(list) > 0) {
				missing = append(missing, name)
			}
		}
		for name, isNull := range got {
			switch {
			case slices.Contains(nullable, name):
			case !slices.Contains(wanted, name):
				extra = append(extra, name)
			case isNull:
				null = append(null, name)
			}
		}
	}
	found := ""
	for _, kind := range []struct {
		what  string
		names []string
	}{{"missing", missing}, {"null", null}, {"not in the reference", extra}} {
		if slices.Sort(kind.names); len(kind.names) > 0 {
			found += "; " + kind.what + ": " + strings.Join(slices.Compact(kind.names), ", ")
		}
	}
	return found
}
