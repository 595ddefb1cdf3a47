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
	StatusEndpointNotFound = "webhook_endpoint_not_found"
	StatusEventNotFound    = "webhook_event_not_found"
	StatusDeliveryNotFound = "webhook_delivery_not_found"
	StatusValidation       = "request_validation_error"
)

// outcome is whether a failed attempt took effect.
type outcome int

const (
	refused     outcome = iota // it did not, and a retry will not help
	unavailable                // it did not: there was no connection, or a 503 with Retry-After
	throttled                  // it did not: 429
	lost                       // unknown: the response is missing or unreadable
	timedOut                   // unknown, and the API may still be working on it
	interrupted                // unknown: the caller ended the request
)

// Error is the error of a failed request. Its texts contain no secrets.
type Error struct {
	Operation  string        // such as "create the webhook endpoint"
	Method     string        // the HTTP method
	URL        string        // of the request, without its query
	StatusCode int           // the HTTP status; 0 if there was no response
	Status     string        // the API's identifier of the error; empty if the response does not have the API's form
	Message    string        // the API's message, or FastAPI's "detail"
	Context    string        // the API's details, as JSON; empty if there are none
	Fields     []FieldError  // the invalid values of a 422
	Body       string        // the first line of the body, if it has neither the API's form nor FastAPI's
	Location   string        // the target of a redirect
	RetryAfter time.Duration // negative if the header is missing
	Err        error         // why there was no readable response

	// Undecided means that a write that must happen once may or may not have taken effect.
	Undecided bool
	// Candidates are the ids of new endpoints that may be the result of an undecided create.
	Candidates []string
	// Unsupported means that the installation lacks the operation: it responds with 404, but lists the endpoint.
	Unsupported bool

	outcome   outcome
	temporary bool      // if lost or timedOut: a retry may succeed
	kind      string    // of the object in the path: "endpoints", "events" or "deliveries"; empty for a listing
	contextID string    // the endpoint in Context
	deleted   bool      // whether the endpoint in the path is deleted
	sent      time.Time // when the attempt began
}

// FieldError is an invalid value of a 422.
type FieldError struct {
	Location []string // such as ["body", "url"]
	Message  string
	Status   string // such as "value_error.url"
}

// MayBeDone reports whether a write may have taken effect.
func (e *Error) MayBeDone() bool { return e.outcome >= lost && e.Method != http.MethodGet }

// isThrottled reports whether a request failed because the API throttled it for longer than an operation may wait.
func isThrottled(err error) bool {
	e := As(err)
	return e != nil && (e.outcome == throttled || errors.Is(e, ErrThrottled))
}

// isRetryable reports whether a retry may succeed, and does no harm even if the failed attempt took effect.
func (e *Error) isRetryable() bool {
	return e.outcome == unavailable || e.temporary && e.Method != http.MethodPost
}

func (e *Error) is2xx() bool { return e.StatusCode >= 200 && e.StatusCode < 300 }

// CutOff reports whether a 2xx response began, but did not arrive completely: the connection was closed, or the request
// timed out.
func (e *Error) CutOff() bool { return e.is2xx() && e.temporary }

func (e *Error) Unwrap() error { return e.Err }

// Error is one line. It does not say what to do.
func (e *Error) Error() string {
	return fmt.Sprintf("unable to %s: %s %s: %s", e.Operation, e.Method, e.URL, e.Reason())
}

// Reason is Error without the request.
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
	e, _ := errors.AsType[*Error](err)
	return e
}

// IsEndpointDeleted reports whether err means that the endpoint in the path is deleted: the API responded with Prosa's 404
// for this endpoint, or with another 404 and no longer lists the endpoint.
func IsEndpointDeleted(err error) bool {
	e := As(err)
	return e != nil && e.deleted
}

// IsNotFound reports whether err means that the endpoint, event or delivery in the path does not exist.
func IsNotFound(err error) bool {
	e := As(err)
	switch {
	case e == nil || e.StatusCode != http.StatusNotFound:
		return false
	case e.kind == "events":
		return strings.HasSuffix(e.Status, "event_not_found")
	case e.kind == "deliveries": // the delivery, or its endpoint
		return strings.HasSuffix(e.Status, "delivery_not_found") || strings.HasSuffix(e.Status, "endpoint_not_found")
	}
	return e.deleted
}

// KeyRefused reports whether the API refused the API key: 401, or a 403 that says so.
func (e *Error) KeyRefused() bool {
	unauthenticated := strings.HasPrefix(e.Status, "auth_") || strings.EqualFold(e.Message, "not authenticated")
	return e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden && unauthenticated
}

// hiddenError has a text without secrets instead of that of its cause.
type hiddenError struct {
	text  string
	cause error
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.cause }

// wireError has the fields of the API's errors, and those of errors from its framework, FastAPI.
type wireError struct {
	Status  string          `json:"status"`
	Message string          `json:"message"`
	Context json.RawMessage `json:"context"`
	Detail  json.RawMessage `json:"detail"` // FastAPI's: a text, or a list of field errors
}

// wireFieldError has the fields of the API's field errors, and of FastAPI's.
type wireFieldError struct {
	Location []any  `json:"location"`
	Message  string `json:"message"`
	Status   string `json:"status"`
	Loc      []any  `json:"loc"`
	Msg      string `json:"msg"`
	Type     string `json:"type"`
}

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

// readBody copies the body of a response whose status is not 2xx to e.
func (e *Error) readBody(body []byte, r *redactor) {
	show := func(text string, limit int) string { return oneLine(r.redactMessage(text), limit) }
	var wire wireError
	if json.Unmarshal(body, &wire) != nil || wire.Status == "" && wire.Detail == nil {
		e.Body = r.quote(body, len(body) == maxErrorBody)
		return
	}
	e.Status, e.Message = show(wire.Status, maxLine), show(wire.Message, maxMessage)
	e.Context = show(string(wire.Context), maxMessage)
	var context struct {
		EndpointID string `json:"endpoint_id"`
	}
	_ = json.Unmarshal(wire.Context, &context) // a list in a 422
	e.contextID = context.EndpointID
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
	maxLine    = 200  // characters of each short text in an error, such as Body and Status
	maxMessage = 1000 // characters of each long text in an error, such as Message
)

// firstLine returns the first line that is not blank, shortened.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = oneLine(line, maxLine); line != "" {
			return line
		}
	}
	return ""
}

// oneLine replaces control characters in text, and shortens it to limit characters.
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
