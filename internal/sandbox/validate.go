package sandbox

import (
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// violation is one invalid value in a request. A location is a path of field names and list positions.
type violation struct {
	location []any
	message  string
	status   string // without the "value_error." in front
}

// input is the parsed part of a request, and what is wrong with it.
type input struct {
	id         string
	dates      dates
	body       fields
	violations []violation
}

// reject records an invalid value.
func (in *input) reject(location []any, status, message string) {
	in.violations = append(in.violations, violation{location, message, status})
}

// read validates everything that does not depend on the operation. An operation with a body then takes its fields from
// the input and calls invalid.
func (s *Server) read(c *call) *input {
	in := &input{}
	if name := c.route.parameter(); name != "" {
		id, ok := s.Quirks.parseID(c.sent.PathValue(name))
		if !ok {
			in.reject([]any{"path", name}, "uuid", "must be a UUID")
		}
		in.id = id
	}
	in.readQuery(c, s.Quirks, zone(s.Quirks.DateZone))
	in.readBody(c)
	return in
}

// invalid returns the 422 for a request that has invalid values.
func (s *Server) invalid(c *call, in *input) (answer, bool) {
	in.body.rejectUnread(in)
	if len(in.violations) == 0 {
		return answer{}, false
	}
	location, message, status := "location", "message", "status"
	if s.Quirks.FastAPIErrors {
		location, message, status = "loc", "msg", "type"
	}
	var items [][]byte
	for _, v := range in.violations {
		items = append(items, s.object(
			field{location, value(v.location)},
			field{message, value(v.message + s.echo(c))},
			field{status, value("value_error." + v.status)},
		))
	}
	if s.Quirks.FastAPIErrors {
		return s.detail(http.StatusUnprocessableEntity, array(items)), true
	}
	return s.failure(c, http.StatusUnprocessableEntity, "request_validation_error",
		"The request has "+plural(len(items), "wrong value")+".", array(items)), true
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func (in *input) readBody(c *call) {
	body := []any{"body"}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(c.readErr, &tooLarge):
		in.reject(body, "too_large", "must not have more than 1 MiB")
		return
	case c.readErr != nil:
		in.reject(body, "unreadable", "could not be read to its end")
		return
	case !c.route.body:
		if len(c.request.Body) > 0 {
			in.reject(body, "extra", "is not expected by this operation")
		}
		return
	}
	media, parameters, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	charset := parameters["charset"]
	if err != nil || media != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		in.reject([]any{"header", "content-type"}, "content_type", "must be application/json")
		return
	}
	if len(c.request.Body) == 0 {
		in.reject(body, "missing", "is required")
		return
	}
	in.body = parseFields(in, body, c.request.Body)
}

// readQuery reads the dates of a list. An installation with until_date ignores unknown parameters, as FastAPI does.
func (in *input) readQuery(c *call, quirks Quirks, zone *time.Location) {
	query, err := url.ParseQuery(c.sent.URL.RawQuery)
	if err != nil {
		in.reject([]any{"query"}, "query", "could not be read: "+err.Error())
		return
	}
	end, lenient := "to_date", quirks.ToDate == "until_date"
	if lenient {
		end = "until_date"
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		known := c.route.dated && (name == "from_date" || name == end)
		switch {
		case known && name == "to_date" && quirks.ToDate == "ignored", !known && lenient:
		case !known:
			in.reject([]any{"query", name}, "extra", "is no parameter of this operation")
		case len(query[name]) > 1:
			in.reject([]any{"query", name}, "repeated", "must be there once")
		default:
			day, ok := parseDate(query.Get(name), zone)
			if !ok {
				in.reject([]any{"query", name}, "date", "must be a date like 2023-01-17")
			} else if name == "from_date" {
				in.dates.from = day
			} else {
				in.dates.to = day
			}
		}
	}
	if !in.dates.from.IsZero() && !in.dates.to.IsZero() && in.dates.from.After(in.dates.to) {
		in.reject([]any{"query", "from_date"}, "date_range", "must not be after "+end)
	}
	if !in.dates.to.IsZero() && quirks.ToDate != "exclusive" {
		in.dates.to = in.dates.to.AddDate(0, 0, 1)
	}
}
