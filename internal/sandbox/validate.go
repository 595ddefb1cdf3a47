package sandbox

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// violation is one wrong value of a request. A location is a path of names, and of positions in lists.
type violation struct {
	location []any
	message  string
	status   string // without the "value_error." in front
}

// input is what a request asks, as far as it could be read.
type input struct {
	id         string
	dates      dates
	body       fields
	violations []violation
}

// reject notes a wrong value.
func (in *input) reject(location []any, status, message string) {
	in.violations = append(in.violations, violation{location, message, status})
}

// read judges everything about a request that does not depend on the operation. The operation takes its fields from the body
// and then asks invalid.
func (s *Server) read(c *call) *input {
	in := &input{}
	if c.parameter != "" {
		id, ok := parseID(c.value)
		if !ok {
			in.reject([]any{"path", c.parameter}, "uuid", "must be a UUID")
		}
		in.id = id
	}
	in.readQuery(c)
	in.readBody(c)
	return in
}

// invalid answers a request that has wrong values.
func (s *Server) invalid(c *call, in *input) (answer, bool) {
	in.body.rejectUnread(in)
	if len(in.violations) == 0 {
		return answer{}, false
	}
	var items [][]byte
	for _, v := range in.violations {
		items = append(items, s.object(
			field{"location", value(v.location)},
			field{"message", value(v.message + s.echo(c))},
			field{"status", value("value_error." + v.status)},
		))
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

// urlProblem says what is wrong with a callback URL.
func urlProblem(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "is not a URL"
	case !strings.EqualFold(u.Scheme, "https") && !strings.EqualFold(u.Scheme, "http"):
		return "must begin with https:// or http://"
	case u.Hostname() == "":
		return "must have a host"
	case strings.ContainsAny(text, " \t"):
		return "must not have blanks in it"
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return "must have a port from 1 to 65535, or none"
		}
	}
	return ""
}

// normalURL brings a valid callback URL into normal form, and leaves the rest of it as it is written.
func normalURL(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	user, host := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, host = authority[:i+1], authority[i+1:]
	}
	host = strings.TrimSuffix(strings.ToLower(host), map[string]string{"https": ":443", "http": ":80"}[scheme])
	host = strings.TrimSuffix(host, ":")
	if !strings.HasPrefix(tail, "/") {
		tail = "/" + tail
	}
	return scheme + "://" + user + host + tail
}

// spell is how this installation gives a URL back.
func (s *Server) spell(text string) string {
	if s.Quirks.KeepURL {
		return text
	}
	return normalURL(text)
}

// dates are the days a list is asked for, both included. A zero one leaves that side open.
type dates struct{ from, to time.Time }

func (d dates) include(t time.Time) bool {
	return (d.from.IsZero() || !t.Before(d.from)) && (d.to.IsZero() || t.Before(d.to.AddDate(0, 0, 1)))
}

func (in *input) readQuery(c *call) {
	query, err := url.ParseQuery(c.rawQuery)
	if err != nil {
		in.reject([]any{"query"}, "query", "could not be read: "+err.Error())
		return
	}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		known := c.route.dated && (name == "from_date" || name == "to_date")
		switch {
		case !known:
			in.reject([]any{"query", name}, "extra", "is no parameter of this operation")
		case len(query[name]) > 1:
			in.reject([]any{"query", name}, "repeated", "must be there once")
		default:
			day, ok := parseDate(query.Get(name))
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
		in.reject([]any{"query", "from_date"}, "date_range", "must not be after to_date")
	}
}

// parseDate reads YYYY-MM-DD as the beginning of that day in UTC. The year 0 is not a year.
func parseDate(text string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, text)
	return day, err == nil && day.Year() > 0
}
