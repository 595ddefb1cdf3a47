package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// answer is a response that has not been written yet.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// field is one member of a JSON object.
type field struct {
	name  string
	value any
}

// object encodes a JSON object, with its members in the given order.
func (s *Server) object(fields ...field) json.RawMessage {
	if s.Quirks.UnknownFields {
		fields = append(fields, field{"x_not_in_the_reference", map[string]any{"nested": []any{nil, 1}}})
	}
	var members []json.RawMessage
	for _, f := range fields {
		members = append(members, append(append(value(f.name), ':'), value(f.value)...))
	}
	return enclose('{', members, '}')
}

// array encodes a JSON array.
func array(items []json.RawMessage) json.RawMessage { return enclose('[', items, ']') }

func enclose(begin byte, items []json.RawMessage, end byte) json.RawMessage {
	text := json.RawMessage{begin}
	for i, item := range items {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, item...)
	}
	return append(text, end)
}

// value encodes a value. A json.RawMessage stays as it is: encoding/json would compact and escape it, but stored bodies
// must be served byte for byte.
func value(v any) json.RawMessage {
	if raw, ok := v.(json.RawMessage); ok && raw != nil {
		return raw
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("sandbox: %T cannot be written as JSON: %v", v, err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// success is a 200 with a body.
func success(body json.RawMessage) answer { return answer{status: http.StatusOK, body: body} }

// failure is an error in the documented form. A nil context is left out.
func (s *Server) failure(c *call, status int, id, message string, context json.RawMessage) answer {
	fields := []field{{"status", id}, {"message", message + s.echo(c)}}
	if context != nil {
		fields = append(fields, field{"context", context})
	}
	return answer{status: status, body: s.object(fields...)}
}

// detail is an error in FastAPI's own form: the framework or a gateway answers requests that do not reach the API.
func (s *Server) detail(status int, detail any) answer {
	return answer{status: status, body: s.object(field{"detail", detail})}
}

// notFound is the 404 for the object that the path names. Its status and its context contain the kind of the object, such
// as endpoint.
func (s *Server) notFound(c *call) answer {
	name := c.route.parameter()
	kind := strings.TrimSuffix(name, "_id")
	status := "webhook_" + kind + "_not_found"
	switch s.Quirks.NotFound {
	case "short":
		status = kind + "_not_found"
	case "fastapi":
		return s.detail(http.StatusNotFound, "Not Found")
	case "empty":
		return answer{status: http.StatusNotFound}
	}
	return s.failure(c, http.StatusNotFound, status, "There is no webhook "+kind+" with the id "+c.id+".", s.object(field{name, c.id}))
}

// echo is the text that an installation with [Quirks].EchoKey adds to its error messages.
func (s *Server) echo(c *call) string {
	if !s.Quirks.EchoKey {
		return ""
	}
	text := " (x-api-key: " + c.request.Header.Get("X-Api-Key")
	var sent map[string]json.RawMessage
	if json.Unmarshal(c.request.Body, &sent) == nil && sent["secret_key"] != nil {
		key, ok := decode[string](sent["secret_key"])
		if !ok {
			key = string(sent["secret_key"])
		}
		text += ", secret_key: " + key
	}
	return text + ")"
}

// reply writes a whole answer.
func (s *Server) reply(w http.ResponseWriter, c *call, a answer) {
	s.begin(w, c, a, len(a.body))
	// The write fails only if the client has closed the connection.
	_, _ = w.Write(a.body)
}

// begin writes the status and the header. A negative length means that the length of the body is not known.
func (s *Server) begin(w http.ResponseWriter, c *call, a answer, length int) {
	s.recordStatus(c, a.status)
	header := w.Header()
	for name, values := range a.header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	// net/http detects HTML and plain text itself.
	if header.Get("Content-Type") == "" && json.Valid(a.body) {
		header.Set("Content-Type", "application/json")
	}
	if length >= 0 && a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		header.Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(a.status)
}

// hangUp closes the connection without an answer. It does not return: net/http closes the connection if a handler
// panics with this value, on both HTTP/1 and HTTP/2.
func (s *Server) hangUp(c *call) {
	s.recordStatus(c, 0)
	panic(http.ErrAbortHandler)
}
