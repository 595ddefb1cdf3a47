package prosa

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		code         int
		body, status string
		notFound     string // kind of object for which the error means that it does not exist
		keyRefused   bool
	}{
		{401, `{"status":"auth_unauthorized","message":"Unauthorized"}`, "auth_unauthorized", "", true},
		{403, `{"status":"auth_forbidden","message":"x"}`, "auth_forbidden", "", true},
		{403, `{"detail":"Not authenticated"}`, "", "", true},
		{403, `{"status":"forbidden","message":"Forbidden"}`, "forbidden", "", false},
		{404, deletedMessage, StatusEndpointNotFound, "endpoints", false},
		{404, `{"status":"webhook_event_not_found","message":"x","context":{"event_id":"` + idA + `"}}`, StatusEventNotFound, "events", false},
		{404, `{"status":"webhook_delivery_not_found","message":"x","context":{"delivery_id":"x"}}`, StatusDeliveryNotFound, "deliveries", false},
		{400, `{"status":"never_heard_of","message":"what","context":[1,2],"more":{}}`, "never_heard_of", "", false},
		{410, `{"status":"webhook_endpoint_not_found","message":"x"}`, StatusEndpointNotFound, "", false},
		{404, `{"detail":"Not Found"}`, "", "", false},
		{404, `{"status":"","message":"x"}`, "", "", false},
		{404, `{"status":null}`, "", "", false},
		{404, `{"status":404,"message":"webhook_endpoint_not_found"}`, "", "", false},
		{404, `["webhook_endpoint_not_found"]`, "", "", false},
		{404, `{"status":"webhook_endpoint_not_found"`, "", "", false},
		{404, ``, "", "", false},
		{502, "\r\n\n<html>\n<h1>Bad Gateway</h1>\n", "", "", false},
	} {
		for _, o := range operations(t) {
			c, _ := newClient(t, reply(row.code, row.body), func(c *Config) { c.MaxRetries = 0 })
			_, err := o.call(t.Context(), c)
			failure := asError(t, err)
			what := o.name + ": " + row.body
			kind, id, _ := strings.Cut(strings.TrimPrefix(o.target, "/v2/speech/webhooks/"), "/")
			notFound := id != "" && (kind == row.notFound || kind == "deliveries" && row.notFound == "endpoints")
			equal(t, what+": code, status", []any{failure.StatusCode, failure.Status}, []any{row.code, row.status})
			equal(t, what+": key refused", failure.KeyRefused(), row.keyRefused)
			equal(t, what+": has a context", failure.Context != "", strings.Contains(row.body, `"context"`))
			mustContain(t, row.body, failure.Context)
			equal(t, what+": not found", IsNotFound(err), notFound)
			equal(t, what+": endpoint is deleted", IsEndpointDeleted(err), notFound && kind == "endpoints")
			mustContain(t, err.Error(), "unable to ", failure.Operation, failure.Method+" http://localhost/v2/speech/webhooks/")
			if row.status == "" {
				mustContain(t, err.Error(), "it was answered with ")
			}
		}
	}
}

func TestErrorQuotesTheFirstLineOfAnUnknownBody(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 100)
	for body, want := range map[string]string{
		"\r\n\n  <html>\n<h1>x</h1>\n":       "<html>",
		"":                                   "",
		" \n\t ":                             "",
		"a\x00b\x1b[31mc\xff\xfed":           "a b [31mc  d",
		"one\rtwo":                           "one two",
		long:                                 strings.TrimSpace(long[:maxLine]) + "…",
		strings.Repeat("é ", maxLine):        strings.TrimSpace(strings.Repeat("é ", maxLine/2)) + "…",
		strings.Repeat("[", 100_000):         strings.Repeat("[", maxLine) + "…",
		"\xef\xbb\xbf{\"status\":\"later\"}": "\ufeff{\"status\":\"later\"}",
	} {
		failure := asError(t, send["GET"](t.Context(), clientFor(t, 400, body)))
		equal(t, "body", failure.Body, want)
	}
}

func TestLongMessageIsShortened(t *testing.T) {
	t.Parallel()
	body := `{"status":"x","message":"` + strings.Repeat("long ", 1000) + `\nsecond line"}`
	failure := asError(t, send["GET"](t.Context(), clientFor(t, 400, body)))
	if n := len([]rune(failure.Message)); n > maxMessage+1 {
		t.Errorf("the message has %d characters, want at most %d", n, maxMessage+1)
	}
	mustNotContain(t, failure.Message, "\n")
}

func TestFieldErrors(t *testing.T) {
	t.Parallel()
	for context, want := range map[string][]FieldError{
		`[{"location":["body","url"],"message":"not a URL","status":"value_error.url"},{"location":["body","x",1],"message":"empty","status":"y"}]`: {
			{[]string{"body", "url"}, "not a URL", "value_error.url"}, {[]string{"body", "x", "1"}, "empty", "y"},
		},
		`null`:                               nil,
		`{}`:                                 nil,
		`"text"`:                             nil,
		`[]`:                                 nil,
		`[{}]`:                               {{Location: []string{}}},
		`[{"location":null,"message":null}]`: {{Location: []string{}}},
		`[{"location":["body",null,{"a":1}],"message":"m\nn"}]`: {{Location: []string{"body", "<nil>", "map[a:1]"}, Message: "m n"}},
		`[{"location":"body.url","message":"m"}]`:               nil,
	} {
		c := clientFor(t, 422, `{"status":"request_validation_error","message":"m","context":`+context+`}`)
		failure := asError(t, send["GET"](t.Context(), c))
		equal(t, context, failure.Fields, want)
		equal(t, "status, message", []string{failure.Status, failure.Message}, []string{StatusValidation, "m"})
		if len(want) == 2 {
			mustContain(t, failure.Error(), "m; body.url: not a URL; body.x.1: empty")
		}
	}
}

func TestPredicatesOfOtherErrors(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("x"), context.Canceled} {
		if As(err) != nil || IsEndpointDeleted(err) || IsNotFound(err) {
			t.Errorf("%v is recognized as an API error", err)
		}
	}
	wrapped := errors.Join(errors.New("x"), &Error{StatusCode: 404, deleted: true})
	if !IsEndpointDeleted(wrapped) {
		t.Error("a wrapped error is not recognized")
	}
}
