package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// answer is a response before it is written.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// field is one member of a JSON object. Its value is raw because stored bodies must come out byte for byte, and
// encoding/json would compact and escape them.
type field struct {
	name  string
	value []byte
}

// object writes a JSON object, with its members in the order given.
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

// array writes a JSON list.
func array(items [][]byte) []byte {
	return append(append([]byte{'['}, bytes.Join(items, []byte{','})...), ']')
}

// value encodes anything that is not raw already.
func value(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("sandbox: %T cannot be written as JSON: %v", v, err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// failure is an error in the form every documented error has. A nil context is left out.
func (s *Server) failure(c *call, status int, id, message string, context []byte) answer {
	fields := []field{{"status", value(id)}, {"message", value(message + s.echo(c))}}
	if context != nil {
		fields = append(fields, field{"context", context})
	}
	return answer{status: status, body: s.object(fields...)}
}

// detail is an error in FastAPI's own form, as a framework or gateway answers what does not reach the API.
func (s *Server) detail(status int, detail []byte) answer {
	return answer{status: status, body: s.object(field{"detail", detail})}
}

// notFound is the 404 of an object: the status and the one member of the context are named after its kind.
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

// echo is what an installation that repeats secrets adds to its error messages.
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

// reply writes an answer to the end.
func (s *Server) reply(w http.ResponseWriter, c *call, a answer) {
	s.begin(w, c, a)
	// A client that has gone away meanwhile is not the sandbox's concern.
	_, _ = w.Write(a.body)
}

// begin writes the status and the header of an answer whose body has its full length, whatever follows of it.
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

// hangUp closes the connection without an answer. It does not return: net/http closes the connection of a handler that
// panics with this value, on HTTP/1 and HTTP/2 alike.
func (s *Server) hangUp(c *call) {
	s.settle(c, 0, false)
	s.leave(c)
	panic(http.ErrAbortHandler)
}
