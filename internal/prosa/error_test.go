package prosa

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestDocumentedErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		code           int
		status, body   string
		gone, notFound bool
	}{
		{401, StatusUnauthorized, `{"status":"auth_unauthorized","message":"Unauthorized"}`, false, false},
		{403, StatusForbidden, `{"status":"forbidden","message":"Forbidden"}`, false, false},
		{404, StatusEndpointNotFound, `{"status":"webhook_endpoint_not_found","message":"no such endpoint","context":{"endpoint_id":"` + idA + `"}}`, true, true},
		{404, StatusEventNotFound, `{"status":"webhook_event_not_found","message":"no such event","context":{"event_id":"` + idA + `"}}`, false, true},
		{404, StatusDeliveryNotFound, `{"status":"webhook_delivery_not_found","message":"no such delivery","context":{"delivery_id":"` + idA + `"}}`, false, true},
		{422, StatusValidation, `{"status":"request_validation_error","message":"2 values are wrong","context":[` +
			`{"location":["body","url"],"message":"not a URL","status":"value_error.url"},{"location":["body","event_filters",1],"message":"empty","status":"value_error"}]}`, false, false},
		{400, "never_heard_of", `{"status":"never_heard_of","message":"what","context":[1,2],"more":{}}`, false, false},
		{410, StatusEndpointNotFound, `{"status":"webhook_endpoint_not_found","message":"x"}`, false, false},
		{404, "", `{"detail":"Not Found"}`, false, false},
		{404, "", `{"status":"","message":"x"}`, false, false},
		{404, "", `{"status":null}`, false, false},
		{404, "", `{"status":404,"message":"webhook_endpoint_not_found"}`, false, false},
		{404, "", `["webhook_endpoint_not_found"]`, false, false},
		{404, "", `{"status":"webhook_endpoint_not_found"`, false, false},
		{404, "", ``, false, false},
		{502, "", "\r\n\n<html>\n<h1>Bad Gateway</h1>\n", false, false},
	} {
		for _, o := range operations() {
			c := answered(t, row.code, row.body)
			c.config.MaxRetries = 0
			err := o.run(t.Context(), c)
			failure := asError(t, err)
			equal(t, o.name+" code, status", []any{failure.StatusCode, failure.Status}, []any{row.code, row.status})
			equal(t, o.name+" "+row.body, []bool{IsEndpointGone(err), IsNotFound(err)}, []bool{row.gone && o.canMiss(row.status) && strings.Contains(o.target, "/endpoints/"), row.notFound && o.canMiss(row.status)})
			mustContain(t, err.Error(), "unable to ", failure.Operation, failure.Method+" https://api.test/v2/speech/webhooks/")
			if row.status == "" {
				mustContain(t, err.Error(), "it was answered with ")
			} else {
				mustContain(t, row.body, failure.Context)
				equal(t, "has a context", failure.Context != "", strings.Contains(row.body, `"context"`))
			}
			if row.status == StatusValidation {
				equal(t, "fields", failure.Fields, []FieldError{
					{[]string{"body", "url"}, "not a URL", "value_error.url"}, {[]string{"body", "event_filters", "1"}, "empty", "value_error"}})
				mustContain(t, err.Error(), "2 values are wrong; body.url: not a URL; body.event_filters.1: empty")
			}
		}
	}
}

// canMiss says whether the status is one for what the operation is about.
func (o apiOperation) canMiss(status string) bool {
	switch _, what, _ := strings.Cut(o.target, "/webhooks/"); {
	case strings.HasPrefix(what, "endpoints/"):
		return status == StatusEndpointNotFound
	case strings.HasPrefix(what, "events/"):
		return status == StatusEventNotFound
	case strings.HasPrefix(what, "deliveries/"):
		return status != StatusEventNotFound
	}
	return false // a listing
}

func TestWhatIsShownOfAForeignBody(t *testing.T) {
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
		failure := asError(t, send["GET"](t.Context(), answered(t, 400, body)))
		equal(t, "body", failure.Body, want)
	}
	failure := asError(t, send["GET"](t.Context(), answered(t, 400, `{"status":"x","message":"`+strings.Repeat("long ", 1000)+`\nsecond line"}`)))
	if n := len([]rune(failure.Message)); n > maxMessage+1 {
		t.Errorf("%d characters of message", n)
	}
	mustNotContain(t, failure.Message, "\n")
}

func TestErrorsOfOddFields(t *testing.T) {
	t.Parallel()
	for context, want := range map[string][]FieldError{
		`null`:                               nil,
		`{}`:                                 nil,
		`"text"`:                             nil,
		`[]`:                                 nil,
		`[{}]`:                               {{Location: []string{}}},
		`[{"location":null,"message":null}]`: {{Location: []string{}}},
		`[{"location":["body",null,{"a":1}],"message":"m\nn"}]`: {{Location: []string{"body", "<nil>", "map[a:1]"}, Message: "m n"}},
		`[{"location":"body.url","message":"m"}]`:               nil,
	} {
		failure := asError(t, send["GET"](t.Context(), answered(t, 422, `{"status":"request_validation_error","message":"m","context":`+context+`}`)))
		equal(t, context, failure.Fields, want)
		equal(t, "message", failure.Message, "m")
	}
}

func TestHelpersOfErrorsBearEveryError(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("x"), context.Canceled} {
		if As(err) != nil || IsEndpointGone(err) || IsNotFound(err) {
			t.Errorf("%v is taken for an answer", err)
		}
	}
	wrapped := errors.Join(errors.New("x"), &Error{StatusCode: 404, deleted: true})
	if !IsEndpointGone(wrapped) {
		t.Error("a wrapped error is not recognized")
	}
}
