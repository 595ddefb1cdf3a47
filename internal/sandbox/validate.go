package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// input is the parsed part of a request, and what is wrong with it.
type input struct {
	id     string
	dates  dates
	body   fields
	errors []violation
}

// violation is one invalid value in a request. A location is a path of field names and list positions.
type violation struct {
	location []any
	status   string // without the "value_error." in front
	message  string
}

// reject records an invalid value.
func (in *input) reject(location []any, status, message string) {
	in.errors = append(in.errors, violation{location, status, message})
}

// invalid reports whether a request has invalid values or fields that the operation did not read.
func (in *input) invalid() bool {
	in.body.rejectUnread()
	return len(in.errors) > 0
}

// violations is the 422 for a request that is invalid.
func (s *Server) violations(c *call) answer {
	location, message, status := "location", "message", "status"
	if s.Quirks.FastAPIErrors {
		location, message, status = "loc", "msg", "type"
	}
	var items []json.RawMessage
	for _, v := range c.errors {
		items = append(items, s.object(
			field{location, v.location},
			field{message, v.message + s.echo(c)},
			field{status, "value_error." + v.status},
		))
	}
	if s.Quirks.FastAPIErrors {
		return s.detail(http.StatusUnprocessableEntity, array(items))
	}
	return s.failure(c, http.StatusUnprocessableEntity, "request_validation_error",
		fmt.Sprintf("Invalid values in the request: %d.", len(items)), array(items))
}

// read validates everything that does not depend on the operation. An operation with a body then reads its fields, and
// checks whether the request is invalid.
func (s *Server) read(c *call) {
	if name := c.route.parameter(); name != "" {
		var ok bool
		if c.id, ok = s.Quirks.parseID(c.sent.PathValue(name)); !ok {
			c.reject([]any{"path", name}, "uuid", "must be a UUID")
		}
	}
	s.readQuery(c)
	c.readBody()
}

func (c *call) readBody() {
	body := []any{"body"}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(c.readErr, &tooLarge):
		c.reject(body, "too_large", "must not have more than 1 MiB")
	case c.readErr != nil:
		c.reject(body, "unreadable", "could not be read to its end")
	case !c.route.body && len(c.request.Body) > 0:
		c.reject(body, "extra", "is not expected by this operation")
	case !c.route.body:
	case !isJSON(c.request.Header.Get("Content-Type")):
		c.reject([]any{"header", "content-type"}, "content_type", "must be application/json")
	case len(c.request.Body) == 0:
		c.reject(body, "missing", "is required")
	default:
		c.body = parseFields(&c.input, body, c.request.Body)
	}
}

func isJSON(contentType string) bool {
	media, parameters, err := mime.ParseMediaType(contentType)
	charset := parameters["charset"]
	return err == nil && media == "application/json" && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// readQuery reads the dates of a list. An installation with until_date ignores unknown parameters, as FastAPI does.
func (s *Server) readQuery(c *call) {
	query, err := url.ParseQuery(c.sent.URL.RawQuery)
	if err != nil {
		c.reject([]any{"query"}, "query", "could not be read: "+err.Error())
		return
	}
	end, lenient := "to_date", s.Quirks.ToDate == "until_date"
	if lenient {
		end = "until_date"
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		at := []any{"query", name}
		known := c.route.dated && (name == "from_date" || name == end)
		day, ok := parseDate(query.Get(name), zone(s.Quirks.DateZone))
		switch {
		case known && name == "to_date" && s.Quirks.ToDate == "ignored", !known && lenient: // ignore it
		case !known:
			c.reject(at, "extra", "is not a parameter of this operation")
		case len(query[name]) > 1:
			c.reject(at, "repeated", "must be there once")
		case !ok:
			c.reject(at, "date", "must be a date like 2023-01-17")
		case name == "from_date":
			c.dates.from = day
		default:
			c.dates.to = day
		}
	}
	if !c.dates.from.IsZero() && !c.dates.to.IsZero() && c.dates.from.After(c.dates.to) {
		c.reject([]any{"query", "from_date"}, "date_range", "must not be after "+end)
	}
	if !c.dates.to.IsZero() && s.Quirks.ToDate != "exclusive" {
		c.dates.to = c.dates.to.AddDate(0, 0, 1)
	}
}
