package main

import (
	"slices"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// operationsOn are the rows whose responses contain an endpoint with its keys.
var operationsOn = []string{"create an endpoint", "read an endpoint", "update an endpoint", "rotate the key", "delete an endpoint"}

func with(rows []string, more ...string) []string { return append(slices.Clone(rows), more...) }

var everyOperation = with(operationsOn, "list endpoints", "send a test event", "list deliveries", "list events", "read an event",
	"replay a delivery")

// otherDay returns a zone in which the date now differs from UTC's.
func otherDay() string {
	if time.Now().UTC().Hour() >= 10 {
		return "Pacific/Kiritimati" // UTC+14
	}
	return "Pacific/Niue" // UTC-11
}

// TestQuirks checks that each deviation of an installation changes the expected rows of the report, and no others.
func TestQuirks(t *testing.T) {
	t.Parallel()
	lacks := func(op sandbox.Operation) sandbox.Quirks { return sandbox.Quirks{Lacks: []sandbox.Operation{op}} }
	for name, test := range map[string]struct {
		quirks sandbox.Quirks
		row    string // that reports the quirk
		want   verdict
		seen   string   // text in this row
		also   []string // other rows that are not as assumed
	}{
		"plain":                    {sandbox.Quirks{}, "rate limit", unseen, "no 429", nil},
		"create-status":            {sandbox.Quirks{CreateStatus: 201}, "create an endpoint", handled, ": 201", nil},
		"update-answer=empty":      {sandbox.Quirks{UpdateAnswer: "empty"}, "update an endpoint", handled, "200, no body", nil},
		"update-answer=no-content": {sandbox.Quirks{UpdateAnswer: "no-content"}, "update an endpoint", handled, "204, no body", nil},
		"delete-answer=no-content": {sandbox.Quirks{DeleteAnswer: "no-content"}, "delete an endpoint", handled, "204, no body", nil},
		"delete-answer=message":    {sandbox.Quirks{DeleteAnswer: "message"}, "delete an endpoint", handled, "not in the reference: message", nil},
		"delete-answer=text":       {sandbox.Quirks{DeleteAnswer: "text"}, "delete an endpoint", handled, "not a JSON object", nil},
		"delete-answer=other":      {sandbox.Quirks{DeleteAnswer: "other"}, "delete an endpoint", handled, "another endpoint", nil},
		"not-found=short": {
			sandbox.Quirks{NotFound: "short"}, "missing endpoint", handled, "404 endpoint_not_found",
			[]string{"missing event", "missing delivery", "deleted endpoint"},
		},
		"not-found=fastapi": {
			sandbox.Quirks{NotFound: "fastapi"}, "missing event", handled, `404 "Not Found", {detail}`,
			[]string{"missing endpoint", "missing delivery", "deleted endpoint"},
		},
		"not-found=empty": {
			sandbox.Quirks{NotFound: "empty"}, "missing delivery", handled, "404, no body",
			[]string{"missing endpoint", "missing event", "deleted endpoint"},
		},
		"fastapi-errors": {
			sandbox.Quirks{FastAPIErrors: true}, "unusable URL", handled, "{detail, detail[].loc, detail[].msg, detail[].type}",
			[]string{"wrong API key"},
		},
		"trailing-slash": {
			sandbox.Quirks{TrailingSlash: true}, "trailing slash", breaks, "307 redirect that adds a slash",
			[]string{"wrong API key", "create an endpoint", "missing endpoint", "missing event", "missing delivery"},
		},
		"unknown-fields":     {sandbox.Quirks{UnknownFields: true}, "list endpoints", handled, "x_not_in_the_reference", everyOperation},
		"echo-key":           {sandbox.Quirks{EchoKey: true}, "keys in error messages", handled, "repeats the key", nil},
		"sparse-listing":     {sandbox.Quirks{SparseListing: true}, "list endpoints", handled, "missing: event_filters, ssl_verification", nil},
		"keep-url":           {sandbox.Quirks{KeepURL: true}, "spelling of URLs", assumed, "stored as sent", nil},
		"rewrite-urls":       {sandbox.Quirks{RewriteURLs: true}, "spelling of URLs", handled, `it ends in "/~conformance/"`, nil},
		"empty-filters=null": {sandbox.Quirks{EmptyFilters: "null"}, "list endpoints", handled, "null: event_filters", operationsOn},
		"empty-filters=missing": {
			sandbox.Quirks{EmptyFilters: "missing"}, "read an endpoint", handled, "missing: event_filters",
			with(operationsOn, "list endpoints"),
		},
		"drop-unknown-filters": {sandbox.Quirks{DropUnknownFilters: true}, "unknown event types", handled, "dropped: conformance.no_such_type", nil},
		"duplicate-filters": {
			sandbox.Quirks{DuplicateFilters: true}, "documented event types", handled, "7 sent, 14 stored",
			[]string{"unknown event types"},
		},
		"ignore-ssl-verification":    {sandbox.Quirks{IgnoreSSLVerification: true}, "ssl_verification", handled, "stored as true", nil},
		"secrets-order=newest-first": {sandbox.Quirks{SecretsOrder: "newest-first"}, "order of keys", assumed, "number 1 of 2", nil},
		"hide-expiry":                {sandbox.Quirks{HideExpiry: true}, "expired_at", handled, "missing or null", nil},
		"order of keys unknown": {
			sandbox.Quirks{HideExpiry: true, SecretsOrder: "newest-first", IDs: "opaque"}, "order of keys", breaks, "considers another key",
			[]string{"expired_at"},
		},
		"zoneless-times": {
			sandbox.Quirks{ZonelessTimes: true}, "time of an event", handled, "no zone, and is the time in Asia/Jakarta",
			[]string{"time of a delivery", "expired_at"},
		},
		"time-zone": {
			sandbox.Quirks{ZonelessTimes: true, TimeZone: "Asia/Kathmandu"}, "time of an event", breaks, "UTC+5.75 hours, not in Asia/Jakarta",
			[]string{"time of a delivery", "expired_at"},
		},
		"false-utc":          {sandbox.Quirks{FalseUTC: true}, "time of a delivery", handled, "7h0m0s off; the signature corrects it", nil},
		"date-zone":          {sandbox.Quirks{DateZone: otherDay()}, "from_date", handled, "that of UTC ", nil},
		"to-date=exclusive":  {sandbox.Quirks{ToDate: "exclusive"}, "to_date", handled, "not included", nil},
		"to-date=ignored":    {sandbox.Quirks{ToDate: "ignored"}, "to_date", handled, "it is ignored", nil},
		"to-date=until_date": {sandbox.Quirks{ToDate: "until_date"}, "to_date", handled, "its name is until_date", nil},
		"upper-case-headers": {sandbox.Quirks{UpperCaseHeaders: true}, "headers of a delivery", handled, "lower case", nil},
		"header-lists":       {sandbox.Quirks{HeaderLists: true}, "headers of a delivery", handled, "lists", nil},
		"sha256-signatures":  {sandbox.Quirks{SHA256Signatures: true}, "signature", breaks, `begins with "sha256"`, nil},

		"lacks create-endpoint": {lacks(sandbox.OpCreateEndpoint), "create an endpoint", breaks, `404 "Not Found"`, nil},
		"lacks get-endpoint": {
			lacks(sandbox.OpGetEndpoint), "read an endpoint", breaks, `404 "Not Found"`,
			[]string{"rotate the key", "missing endpoint", "deleted endpoint"},
		},
		"lacks update-endpoint":          {lacks(sandbox.OpUpdateEndpoint), "update an endpoint", breaks, `404 "Not Found"`, nil},
		"lacks rotate-secret":            {lacks(sandbox.OpRotateSecret), "rotate the key", breaks, "lacks the operation", nil},
		"lacks send-test-event":          {lacks(sandbox.OpSendTestEvent), "send a test event", breaks, `404 "Not Found"`, nil},
		"lacks list-deliveries":          {lacks(sandbox.OpListDeliveries), "list deliveries", breaks, `404 "Not Found"`, nil},
		"lacks list-events":              {lacks(sandbox.OpListEvents), "list events", breaks, `404 "Not Found"`, nil},
		"lacks get-event":                {lacks(sandbox.OpGetEvent), "read an event", breaks, `404 "Not Found"`, []string{"missing event"}},
		"lacks replay-delivery":          {lacks(sandbox.OpReplayDelivery), "replay a delivery", breaks, `404 "Not Found"`, []string{"missing delivery"}},
		"lacks replay-failed-deliveries": {lacks(sandbox.OpReplayFailedDeliveries), "replay failed deliveries", breaks, `404 "Not Found"`, nil},
		"signature without a rotation": {
			lacks(sandbox.OpRotateSecret), "signature", assumed, "right, with 1 v1; the active keys are not known",
			[]string{"rotate the key"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInstallation(t, &sandbox.Server{Quirks: test.quirks})
			o := i.run(t.Context(), "-yes")
			o.expectCheck(test.row, test.want, test.seen)
			code := exitOK
			for _, c := range o.checks {
				if c.Result == breaks {
					code = exitBroken
				}
				differs := c.Result == handled || c.Result == breaks
				expected := slices.Contains(test.also, c.Name) || c.Name == test.row && (test.want == handled || test.want == breaks)
				if differs != expected {
					t.Errorf("%s: %s: %s", c.Name, c.Result, c.Seen)
				}
			}
			o.expect(code)
			if left := i.leftovers(); len(left) > 0 {
				t.Errorf("the command leaves %+v", left)
			}
		})
	}
}
