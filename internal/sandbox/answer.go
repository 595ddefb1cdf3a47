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

// field is one member of a JSON object. Its value is raw because stored bodies must be served byte for byte, and
// encoding/json would compact and escape them.
type field struct {
	name  string
	value []byte
}

// object encodes a JSON object, with its members in the given order.
func (s *Server) object(fields ...field) []byte {
	if s.Quirks.UnknownFields {
		fields = append(fields, field{"x_not_in_the_reference", []byte(`{"nested":[null,1]}`)})
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(value(f.name))
		b.WriteByte(':')
		b.Write(f.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// array encodes a JSON array.
func array(items [][]byte) []byte {
	return append(append([]byte{'['}, bytes.Join(items, []byte{','})...), ']')
}

// value encodes a value, unless it is encoded already.
func value(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("sandbox: %T cannot be written as JSON: %v", v, err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// failure is an error in the documented form. A nil context is left out.
func (s *Server) failure(c *call, status int, id, message string, context []byte) answer {
	fields := []field{{"status", value(id)}, {"message", value(message + s.echo(c))}}
	if context != nil {
		fields = append(fields, field{"context", context})
	}
	return answer{status: status, body: s.object(fields...)}
}

// detail is an error in FastAPI's own form, which the framework or a gateway sends for requests that do not reach the
// API.
func (s *Server) detail(status int, detail []byte) answer {
	return answer{status: status, body: s.object(field{"detail", detail})}
}

// notFound is the 404 for an object. The status and the only member of the context are named after its kind.
func (s *Server) notFound(c *call, kind, id string) answer {
	status := "webhook_" + kind + "_not_found"
	switch s.Quirks.NotFound {
	case "short":
		status = kind + "_not_found"
	case "fastapi":
		return s.detail(http.StatusNotFound, value("Not Found"))
	case "empty":
		return answer{status: http.StatusNotFound}
	}
	return s.failure(c, http.StatusNotFound, status,
		"There is no webhook "+kind+" with the id "+id+".",
		s.object(field{kind + "_id", value(id)}))
}

// echo is the text that an installation with [Quirks].EchoKey adds to its error messages.
func (s *Server) echo(c *call) string {
	if !s.Quirks.EchoKey {
		return ""
	}
	text := " (x-api-key: " + c.request.Header.Get("X-Api-Key")
	var sent map[string]json.RawMessage
	if json.Unmarshal(c.request.Body, &sent) == nil && sent["secret_key"] != nil {
		var key string
		if json.Unmarshal(sent["secret_key"], &key) != nil {
			key = string(sent["secret_key"])
		}
		text += ", secret_key: " + key
	}
	return text + ")"
}

// reply writes a whole answer.
func (s *Server) reply(w http.ResponseWriter, c *call, a answer) {
	s.begin(w, c, a)
	// The write fails only if the client has closed the connection.
	_, _ = w.Write(a.body)
}

// begin writes the status and the header. Content-Length is the length of the whole body, even if only part of it
// follows.
func (s *Server) begin(w http.ResponseWriter, c *call, a answer) {
	s.announce(w, c, a, strconv.Itoa(len(a.body)))
}

func (s *Server) announce(w http.ResponseWriter, c *call, a answer, length string) {
	s.settle(c, a.status, false)
	s.leave(c)
	header := w.Header()
	for name, values := range a.header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	if header.Get("Content-Type") == "" && len(a.body) > 0 {
		header.Set("Content-Type", contentType(a.body))
	}
	if length != "" && a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		header.Set("Content-Length", length)
	}
	w.WriteHeader(a.status)
}

func contentType(body []byte) string {
	switch {
	case json.Valid(body):
		return "application/json"
	case strings.HasPrefix(string(bytes.TrimSpace(body)), "<"):
		return "text/html; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}

// hangUp closes the connection without an answer. It does not return: net/http closes the connection if a handler
// panics with this value, on both HTTP/1 and HTTP/2.
func (s *Server) hangUp(c *call) {
	s.settle(c, 0, false)
	s.leave(c)
	panic(http.ErrAbortHandler)
}
