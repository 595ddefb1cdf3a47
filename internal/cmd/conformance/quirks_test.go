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

// TestQuirks: each deviation of an installation shows in the expected row, and in no other.
func TestQuirks(t *testing.T) {
	t.Parallel()
	type test struct {
		quirks sandbox.Quirks
		row    string // that shows the quirk
		seen   string // text in this row
		want   verdict
		also   []string // other rows that are not as documented
	}
	tests := map[string]test{
		"plain":                      {row: "rate limit", seen: "no 429", want: unseen},
		"create-status":              {quirks: sandbox.Quirks{CreateStatus: 201}, row: "create an endpoint", seen: ": 201", want: handled},
		"update-answer=empty":        {quirks: sandbox.Quirks{UpdateAnswer: "empty"}, row: "update an endpoint", seen: "200, no body", want: handled},
		"update-answer=no-content":   {quirks: sandbox.Quirks{UpdateAnswer: "no-content"}, row: "update an endpoint", seen: "204, no body", want: handled},
		"delete-answer=no-content":   {quirks: sandbox.Quirks{DeleteAnswer: "no-content"}, row: "delete an endpoint", seen: "204, no body", want: handled},
		"delete-answer=message":      {quirks: sandbox.Quirks{DeleteAnswer: "message"}, row: "delete an endpoint", seen: "not in the reference: message", want: handled},
		"delete-answer=text":         {quirks: sandbox.Quirks{DeleteAnswer: "text"}, row: "delete an endpoint", seen: "not a JSON object", want: handled},
		"delete-answer=other":        {quirks: sandbox.Quirks{DeleteAnswer: "other"}, row: "delete an endpoint", seen: "another endpoint", want: handled},
		"not-found=short":            {quirks: sandbox.Quirks{NotFound: "short"}, row: "missing endpoint", seen: "404 endpoint_not_found", want: handled, also: []string{"missing event", "missing delivery", "deleted endpoint"}},
		"not-found=fastapi":          {quirks: sandbox.Quirks{NotFound: "fastapi"}, row: "missing event", seen: `404 "Not Found", {detail}`, want: handled, also: []string{"missing endpoint", "missing delivery", "deleted endpoint"}},
		"not-found=empty":            {quirks: sandbox.Quirks{NotFound: "empty"}, row: "missing delivery", seen: "404, no body", want: handled, also: []string{"missing endpoint", "missing event", "deleted endpoint"}},
		"fastapi-errors":             {quirks: sandbox.Quirks{FastAPIErrors: true}, row: "unusable URL", seen: "{detail, detail[].loc, detail[].msg, detail[].type}", want: handled, also: []string{"wrong API key"}},
		"trailing-slash":             {quirks: sandbox.Quirks{TrailingSlash: true}, row: "trailing slash", seen: "307 redirect that adds a slash", want: breaks, also: []string{"wrong API key", "create an endpoint", "missing endpoint", "missing event", "missing delivery"}},
		"unknown-fields":             {quirks: sandbox.Quirks{UnknownFields: true}, row: "list endpoints", seen: "x_not_in_the_reference", want: handled, also: everyOperation},
		"echo-key":                   {quirks: sandbox.Quirks{EchoKey: true}, row: "keys in error messages", seen: "repeats the key", want: handled},
		"lacks rotate-secret":        {quirks: sandbox.Quirks{Lacks: []sandbox.Operation{sandbox.OpRotateSecret}}, row: "rotate the key", seen: "lacks the operation", want: breaks},
		"sparse-listing":             {quirks: sandbox.Quirks{SparseListing: true}, row: "list endpoints", seen: "missing: event_filters, ssl_verification", want: handled},
		"keep-url":                   {quirks: sandbox.Quirks{KeepURL: true}, row: "spelling of URLs", seen: "kept as sent", want: documented},
		"rewrite-urls":               {quirks: sandbox.Quirks{RewriteURLs: true}, row: "spelling of URLs", seen: `it ends in "/~conformance/"`, want: handled},
		"empty-filters=null":         {quirks: sandbox.Quirks{EmptyFilters: "null"}, row: "list endpoints", seen: "null: event_filters", want: handled, also: operationsOn},
		"empty-filters=missing":      {quirks: sandbox.Quirks{EmptyFilters: "missing"}, row: "read an endpoint", seen: "missing: event_filters", want: handled, also: with(operationsOn, "list endpoints")},
		"drop-unknown-filters":       {quirks: sandbox.Quirks{DropUnknownFilters: true}, row: "unknown event types", seen: "dropped: conformance.no_such_type", want: handled},
		"duplicate-filters":          {quirks: sandbox.Quirks{DuplicateFilters: true}, row: "documented event types", seen: "7 sent, 14 stored", want: handled, also: []string{"unknown event types"}},
		"ignore-ssl-verification":    {quirks: sandbox.Quirks{IgnoreSSLVerification: true}, row: "ssl_verification", seen: "stored as true", want: handled},
		"secrets-order=newest-first": {quirks: sandbox.Quirks{SecretsOrder: "newest-first"}, row: "order of keys", seen: "number 1 of 2", want: documented},
		"hide-expiry":                {quirks: sandbox.Quirks{HideExpiry: true}, row: "expired_at", seen: "missing or null", want: handled},
		"keys in no order":           {quirks: sandbox.Quirks{HideExpiry: true, SecretsOrder: "newest-first", IDs: "opaque"}, row: "order of keys", seen: "takes another one", want: breaks, also: []string{"expired_at"}},
		"zoneless-times":             {quirks: sandbox.Quirks{ZonelessTimes: true}, row: "time of an event", seen: "no zone, and is the time in Asia/Jakarta", want: handled, also: []string{"time of a delivery", "expired_at"}},
		"time-zone":                  {quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: "Asia/Kathmandu"}, row: "time of an event", seen: "UTC+5.75 hours, not in Asia/Jakarta", want: breaks, also: []string{"time of a delivery", "expired_at"}},
		"false-utc":                  {quirks: sandbox.Quirks{FalseUTC: true}, row: "time of a delivery", seen: "7h0m0s off; the signature corrects it", want: handled},
		"date-zone":                  {quirks: sandbox.Quirks{DateZone: otherDay()}, row: "from_date", seen: "that of UTC ", want: handled},
		"to-date=exclusive":          {quirks: sandbox.Quirks{ToDate: "exclusive"}, row: "to_date", seen: "not included", want: handled},
		"to-date=ignored":            {quirks: sandbox.Quirks{ToDate: "ignored"}, row: "to_date", seen: "it is ignored", want: handled},
		"to-date=until_date":         {quirks: sandbox.Quirks{ToDate: "until_date"}, row: "to_date", seen: "its name is until_date", want: handled},
		"upper-case-headers":         {quirks: sandbox.Quirks{UpperCaseHeaders: true}, row: "headers of a delivery", seen: "lower case", want: handled},
		"header-lists":               {quirks: sandbox.Quirks{HeaderLists: true}, row: "headers of a delivery", seen: "lists", want: handled},
		"sha256-signatures":          {quirks: sandbox.Quirks{SHA256Signatures: true}, row: "signature", seen: `begins with "sha256"`, want: breaks},
	}
	for _, op := range sandbox.Operations() {
		row := map[sandbox.Operation]string{
			sandbox.OpCreateEndpoint: "create an endpoint", sandbox.OpGetEndpoint: "read an endpoint", sandbox.OpUpdateEndpoint: "update an endpoint",
			sandbox.OpSendTestEvent: "send a test event", sandbox.OpListDeliveries: "list deliveries", sandbox.OpListEvents: "list events",
			sandbox.OpGetEvent: "read an event", sandbox.OpReplayDelivery: "replay a delivery", sandbox.OpReplayFailedDeliveries: "replay failed deliveries",
		}[op]
		also := map[sandbox.Operation][]string{
			sandbox.OpGetEndpoint: {"rotate the key", "missing endpoint", "deleted endpoint"}, sandbox.OpGetEvent: {"missing event"}, sandbox.OpReplayDelivery: {"missing delivery"},
		}[op]
		if row != "" { // the others have their own tests
			tests["lacks "+string(op)] = test{quirks: sandbox.Quirks{Lacks: []sandbox.Operation{op}}, row: row, seen: `404 "Not Found"`, want: breaks, also: also}
		}
	}
	for name, test := range tests {
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
			if left := i.left(); len(left) > 0 {
				t.Errorf("the command leaves %+v", left)
			}
		})
	}
}
