package prosa

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// Error is why a request failed. All of its texts are free of secrets.
type Error struct {
	Operation  string        // what was tried, as in "create the endpoint"
	Method     string        // of HTTP
	URL        string        // that was asked, without its query
	StatusCode int           // of HTTP; 0 when there was no answer
	Status     string        // the API's own identifier, empty when the answer was not of the API's form
	Message    string        // the API's own text
	Context    string        // the API's own details, as JSON; empty when it gave none
	Fields     []FieldError  // of a request_validation_error, read from Context
	Body       string        // the beginning, one line at most, of an answer that was not of the API's form
	Location   string        // where a redirect pointed
	RetryAfter time.Duration // how long the answer asked to wait; negative when it did not say
	Err        error         // why there was no usable answer

	// Undecided is set when it could not be found out either whether the API did what must be done only once.
	Undecided bool
	// Candidates are ids that were found then, any of which could be the result.
	Candidates []string

	outcome   outcome
	temporary bool     // a fault that asking again may cure
	missing   []string // the statuses that say that what was asked for does not exist; none for a listing
}

// FieldError is one wrong value of a request_validation_error.
type FieldError struct {
	Location []string // such as ["body", "url"]
	Message  string
	Status   string // such as "value_error.url"
}

// MayBeDone says whether the API may have carried out the request all the same.
func (e *Error) MayBeDone() bool { return e.outcome >= lost }

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
		for _, field := range e.Fields {
			fmt.Fprintf(&b, "; %s: %s", strings.Join(field.Location, "."), strings.TrimSuffix(field.Message, "."))
		}
	case e.StatusCode != 0 && e.Err != nil:
		fmt.Fprintf(&b, "the answer (%d) cannot be used: %s", e.StatusCode, e.Err)
	case e.StatusCode != 0:
		fmt.Fprintf(&b, "it was answered with %d", e.StatusCode)
	default:
		fmt.Fprintf(&b, "no answer: %s", e.Err)
	}
	if e.Body != "" {
		fmt.Fprintf(&b, "; the answer begins: %s", e.Body)
	}
	return b.String()
}

// As gives the *Error in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

// IsEndpointGone says whether the API itself said that there is no such endpoint. A bare 404 is not that.
func IsEndpointGone(err error) bool {
	e := As(err)
	return e != nil && e.StatusCode == 404 && e.Status == StatusEndpointNotFound
}

// IsNotFound says whether the API itself said that the endpoint, event or delivery that was asked for does not exist.
func IsNotFound(err error) bool {
	e := As(err)
	return e != nil && e.StatusCode == 404 && slices.Contains(e.missing, e.Status)
}

// missing are the statuses with which the API says that what a request is about does not exist, by where that is.
var missing = map[string][]string{
	"endpoints":  {StatusEndpointNotFound},
	"events":     {StatusEventNotFound},
	"deliveries": {StatusDeliveryNotFound, StatusEndpointNotFound}, // the endpoint that it went to
}

// hiddenError shows a text without secrets in the place of its cause.
type hiddenError struct {
	text  string
	cause error
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.cause }

// wireError is the form of every error of the API.
type wireError struct {
	Status  *string         `json:"status"`
	Message string          `json:"message"`
	Context json.RawMessage `json:"context"`
}

type wireFieldError struct {
	Location []any  `json:"location"`
	Message  string `json:"message"`
	Status   string `json:"status"`
}

// readErrorBody fills in what an answer with an error status says.
func (e *Error) readErrorBody(body []byte, hide *redactor) {
	var wire wireError
	if json.Unmarshal(body, &wire) != nil || wire.Status == nil || *wire.Status == "" {
		e.Body = firstLine(hide.redactBody(string(body)))
		return
	}
	e.Status, e.Message = firstLine(hide.redactMessage(*wire.Status)), oneLine(hide.redactMessage(wire.Message), maxMessage)
	e.Context = oneLine(hide.redactMessage(string(wire.Context)), maxMessage)
	var fields []wireFieldError
	if json.Unmarshal(wire.Context, &fields) != nil {
		return
	}
	for _, field := range fields {
		location := make([]string, len(field.Location))
		for i, element := range field.Location {
			location[i] = oneLine(hide.redactMessage(fmt.Sprint(element)), maxLine)
		}
		e.Fields = append(e.Fields, FieldError{
			Location: location,
			Message:  oneLine(hide.redactMessage(field.Message), maxMessage),
			Status:   oneLine(hide.redactMessage(field.Status), maxLine),
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
