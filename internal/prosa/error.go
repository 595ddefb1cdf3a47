package prosa

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// Identifiers in the "status" of the API's errors.
const (
	StatusUnauthorized     = "auth_unauthorized"
	StatusForbidden        = "forbidden"
	StatusEndpointNotFound = "webhook_endpoint_not_found"
	StatusEventNotFound    = "webhook_event_not_found"
	StatusDeliveryNotFound = "webhook_delivery_not_found"
	StatusValidation       = "request_validation_error"
)

// outcome is what a failed attempt says about whether the API did what it was asked to.
type outcome int

const (
	refused     outcome = iota // certainly not done, and asking again will not help
	notSent                    // certainly not done: no connection was made
	throttled                  // certainly not done: 429
	unavailable                // certainly not done: 503 with a time to come back
	lost                       // done or not: the answer is missing or unreadable
	timedOut                   // done, not done, or still being done
	interrupted                // the caller gave up: done or not
)

// Error is why a request failed. None of its texts holds a secret.
type Error struct {
	Operation  string        // what was tried, as in "create the endpoint"
	Method     string        // of HTTP
	URL        string        // that was asked, without its query
	StatusCode int           // of HTTP; 0 when there was no answer
	Status     string        // the API's own identifier; empty when the response was not of the API's form
	Message    string        // the API's own text, also of FastAPI's form ("detail")
	Context    string        // the API's own details, as JSON; empty when it gave none
	Fields     []FieldError  // the wrong values of a 422
	Body       string        // the beginning, one line at most, of a response of neither form
	Location   string        // where a redirect pointed
	RetryAfter time.Duration // how long the answer asked to wait; negative when it did not say
	Err        error         // why there was no usable answer

	// Undecided is set when it is not known whether the API did what must be done only once.
	Undecided bool
	// Candidates are ids of new endpoints, any of which could be the result.
	Candidates []string

	// Unsupported is set when the API answered 404 for an operation on an endpoint that it lists: this installation
	// lacks the operation.
	Unsupported bool

	outcome   outcome
	temporary bool      // a fault that a retry may cure
	kind      string    // of the object in the path: "endpoints", "events" or "deliveries"; empty for a listing
	contextID string    // the endpoint that Context names
	deleted   bool      // the endpoint in the path
	sent      time.Time // when the attempt began
}

// FieldError is one wrong value of a 422.
type FieldError struct {
	Location []string // such as ["body", "url"]
	Message  string
	Status   string // such as "value_error.url"
}

// MayBeDone says whether the API may have carried out the request nevertheless.
func (e *Error) MayBeDone() bool { return e.outcome >= lost && e.Method != http.MethodGet }

// repeatable says whether a failed attempt may be retried without knowing whether it took effect.
func (e *Error) repeatable() bool {
	switch e.outcome {
	case notSent, unavailable:
		return e.temporary
	case lost, timedOut:
		return e.Method != http.MethodPost && e.temporary
	}
	return false
}

// CutOff says whether an answer began and did not arrive whole, in time.
func (e *Error) CutOff() bool { return e.ok() && e.temporary }

func (e *Error) Unwrap() error { return e.Err }

// Error is one sentence; a caller that shows it to people can add what to do.
func (e *Error) Error() string {
	return fmt.Sprintf("unable to %s: %s %s: %s", e.Operation, e.Method, e.URL, e.Reason())
}

// Reason is what went wrong, without the request it happened to.
func (e *Error) Reason() string {
	var b strings.Builder
	switch {
	case e.Location != "":
		fmt.Fprintf(&b, "it was answered with %d, a redirect to %s, which is not followed", e.StatusCode, e.Location)
	case e.Status != "":
		fmt.Fprintf(&b, "%d %s: %s", e.StatusCode, e.Status, strings.TrimSuffix(e.Message, "."))
	case e.StatusCode != 0 && e.Err != nil:
		fmt.Fprintf(&b, "the response (%d) cannot be used: %s", e.StatusCode, e.Err)
	case e.StatusCode != 0:
		fmt.Fprintf(&b, "it was answered with %d", e.StatusCode)
		if e.Message != "" {
			fmt.Fprintf(&b, ": %s", strings.TrimSuffix(e.Message, "."))
		}
	default:
		fmt.Fprintf(&b, "no response: %s", e.Err)
	}
	for _, field := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", strings.Join(field.Location, "."), strings.TrimSuffix(field.Message, "."))
	}
	if e.Body != "" {
		fmt.Fprintf(&b, "; the response begins: %s", e.Body)
	}
	return b.String()
}

// As returns the *Error in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

// IsEndpointGone says whether the endpoint that the request was about is deleted: the API said so of this endpoint, or
// answered another 404 and no longer lists it.
func IsEndpointGone(err error) bool {
	e := As(err)
	return e != nil && e.deleted
}

// IsNotFound says whether the endpoint, event or delivery that was asked for does not exist.
func IsNotFound(err error) bool {
	e := As(err)
	switch {
	case e == nil || e.StatusCode != 404:
		return false
	case e.kind == "events":
		return strings.HasSuffix(e.Status, "event_not_found")
	case e.kind == "deliveries": // or the endpoint that it went to
		return strings.HasSuffix(e.Status, "delivery_not_found") || strings.HasSuffix(e.Status, "endpoint_not_found")
	}
	return e.deleted
}

// KeyRefused says whether the API does not accept the API key: 401, or 403 for a key that it does not know.
func (e *Error) KeyRefused() bool {
	return e.StatusCode == 401 || e.StatusCode == 403 && (strings.HasPrefix(e.Status, "auth_") || strings.EqualFold(e.Message, "not authenticated"))
}

// hiddenError shows a text without secrets in the place of its cause.
type hiddenError struct {
	text  string
	cause error
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.cause }

// wireError is the form of the API's errors, and of those that its framework, FastAPI, answers by itself.
type wireError struct {
	Status  string          `json:"status"`
	Message string          `json:"message"`
	Context json.RawMessage `json:"context"`
	Detail  json.RawMessage `json:"detail"` // FastAPI's: a text, or a list of wrong values
}

// wireFieldError is a wrong value in the API's form, or in FastAPI's.
type wireFieldError struct {
	Location []any  `json:"location"`
	Message  string `json:"message"`
	Status   string `json:"status"`
	Loc      []any  `json:"loc"`
	Msg      string `json:"msg"`
	Type     string `json:"type"`
}

// fields returns the wrong values that an error lists.
func (w wireError) fields() []wireFieldError {
	for _, list := range []json.RawMessage{w.Context, w.Detail} {
		var fields []wireFieldError
		if json.Unmarshal(list, &fields) == nil {
			return fields
		}
	}
	if w.Status == "invalid_url" {
		return []wireFieldError{{Location: []any{"body", "url"}, Message: w.Message, Status: w.Status}}
	}
	return nil
}

// readBody fills in what the body of a response with an error status says.
func (e *Error) readBody(body []byte, hide *redactor) {
	show := func(text string, limit int) string { return oneLine(hide.redactMessage(text), limit) }
	var wire wireError
	if json.Unmarshal(body, &wire) != nil || wire.Status == "" && wire.Detail == nil {
		e.Body = hide.quote(body, len(body) == maxErrorBody)
		return
	}
	e.Status, e.Message = show(wire.Status, maxLine), show(wire.Message, maxMessage)
	e.Context = show(string(wire.Context), maxMessage)
	var about struct {
		EndpointID string `json:"endpoint_id"`
	}
	_ = json.Unmarshal(wire.Context, &about)
	e.contextID = about.EndpointID
	var detail string
	if json.Unmarshal(wire.Detail, &detail) == nil && e.Message == "" {
		e.Message = show(detail, maxMessage)
	}
	for _, field := range wire.fields() {
		location := []string{}
		for _, element := range append(field.Location, field.Loc...) {
			location = append(location, show(fmt.Sprint(element), maxLine))
		}
		e.Fields = append(e.Fields, FieldError{
			Location: location,
			Message:  show(cmp.Or(field.Message, field.Msg), maxMessage),
			Status:   show(cmp.Or(field.Status, field.Type), maxLine),
		})
	}
}

const (
	maxLine    = 200  // characters of a foreign body that are quoted
	maxMessage = 1000 // characters of the API's own message that are shown
)

// firstLine is the first line of text that is not blank, shortened.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = oneLine(line, maxLine); line != "" {
			return line
		}
	}
	return ""
}

// oneLine makes text fit to be shown: no control characters, at most limit characters.
func oneLine(text string, limit int) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, text))
	if runes := []rune(text); len(runes) > limit {
		return strings.TrimSpace(string(runes[:limit])) + "…"
	}
	return text
}
