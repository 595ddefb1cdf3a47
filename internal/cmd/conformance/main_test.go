package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestEveryOperation: one run uses all twelve operations.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{})
	w.run("-yes").wantCode(exitOK)
	used := map[sandbox.Operation]bool{}
	for _, r := range w.sandbox.RequestLog() {
		if r.Status < 300 {
			used[r.Operation] = true
		}
	}
	for _, op := range sandbox.Operations() {
		if !used[op] {
			t.Errorf("%s was not used", op)
		}
	}
}

// TestInterrupt: no endpoint is left behind, whenever the command is interrupted, even during a response.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{})
	w.run("-yes")
	for n := 1; n <= w.requests; n++ {
		for _, during := range []string{"before", "after"} {
			t.Run(fmt.Sprint(during, " request ", n), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, &sandbox.Server{})
				ctx, interrupt := context.WithCancel(t.Context())
				w.ctx = ctx
				hook := func(i int) {
					if i == n {
						interrupt()
						<-time.After(20 * time.Millisecond) // so that the response is lost
					}
				}
				if during == "before" {
					w.before = hook
				} else {
					w.after = hook
				}
				o := w.run("-yes")
				o.wantCode(exitUsage)
				if left := w.left(); len(left) > 0 {
					t.Errorf("left behind: %+v\n%s", left, o.output)
				}
				if strings.Contains(o.output, string(breaks)+"  ") && !strings.Contains(o.output, "   0  "+string(breaks)) {
					t.Errorf("the interrupt is taken for an answer:\n%s", o.output)
				}
			})
		}
	}
}

// TestUnknownCreate: if an interrupt cuts off the create and the command finds no endpoint, it says so.
func TestUnknownCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{})
	ctx, interrupt := context.WithCancel(t.Context())
	w.ctx = ctx
	w.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Match: func(sandbox.Request) bool { interrupt(); return true }, Close: true})
	o := w.run("-yes")
	o.wantCode(exitBroken)
	o.wantOutput("WARNING: the create got no usable response", "https://terraform-provider-prosa-conformance.example.com/")
}

func TestEndpointThatCannotBeDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{Quirks: sandbox.Quirks{Lacks: []sandbox.Operation{sandbox.OpDeleteEndpoint}}})
	o := w.run("-yes")
	o.wantCode(exitBroken)
	o.wantOutput("WARNING: the endpoint "+w.left()[0].ID+" could not be deleted", "curl -X DELETE -H \"x-api-key: $PROSA_API_KEY\" '"+w.env["PROSA_BASE_URL"])
	if c := o.check("delete an endpoint"); c.Result != breaks {
		t.Errorf("%+v", c)
	}
}

// TestLostCreate: if a create got no usable response, the command finds the endpoint and deletes it.
func TestLostCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{})
	w.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Status: http.StatusOK, Body: `{"id": 1}`})
	w.run("-yes").wantCode(exitOK)
	if left := w.left(); len(left) > 0 {
		t.Errorf("left behind: %+v", left)
	}
}

// TestGatewayErrors: occasional errors of a gateway do not count as the API's behaviour.
func TestGatewayErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{})
	w.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpUpdateEndpoint, Status: http.StatusBadGateway, Body: "<html>", Times: -1})
	w.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEvent, Close: true, Times: -1})
	w.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpDeleteEndpoint, Do: true, Close: true})
	o := w.run("-yes")
	o.wantCode(exitOK)
	for _, name := range []string{"update an endpoint", "read an event", "missing event", "delete an endpoint"} {
		if c := o.check(name); c.Result != unseen {
			t.Errorf("%+v", c)
		}
	}
}

// TestRefusedURL: an installation may reject a URL whose host has no address. This does not break the provider.
func TestRefusedURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{})
	w.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: http.StatusUnprocessableEntity, Body: `{"detail": "no such host"}`})
	o := w.run("-yes")
	o.wantCode(exitUsage)
	o.wantOutput("could not create an endpoint")
	if c := o.check("create an endpoint"); c.Result != unseen || !strings.Contains(c.Seen, "try -url") {
		t.Errorf("%+v", c)
	}
}

// TestOtherObject: a response about another object is reported without its id.
func TestOtherObject(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{})
	body := `{"id": "497f6eca-6276-4993-bfeb-53cbbbba6f08", "url": "https://example.com/", "secrets": [], "event_filters": [], "ssl_verification": true}`
	w.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpUpdateEndpoint, Body: body, Times: -1})
	o := w.run("-yes")
	o.wantCode(exitBroken)
	if c := o.check("update an endpoint"); c.Result != breaks || !strings.Contains(c.Seen, "it is about …") {
		t.Errorf("%+v", c)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{RateLimit: sandbox.RateLimit{PerSecond: 30, RetryAfter: true}})
	o := w.run("-yes")
	o.wantCode(exitOK)
	if c := o.check("rate limit"); c.Result != documented || c.Seen != "429, Retry-After is in seconds" {
		t.Errorf("%+v", c)
	}
}

func TestNoDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{DeliveryDelay: time.Hour})
	o := w.run("-yes", "-wait", "300ms")
	o.wantCode(exitOK)
	if c := o.check("list deliveries"); c.Result != unseen || !strings.Contains(c.Seen, "within 300ms") {
		t.Errorf("%+v", c)
	}
	if c := o.check("signature"); c.Result != unseen {
		t.Errorf("%+v", c)
	}
}

// TestNothingIsDone: these runs end before they create the endpoint.
func TestNothingIsDone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  func(*world)
		args    []string
		message string
	}{
		"no key":         {change: func(w *world) { w.env["PROSA_API_KEY"] = "" }, args: []string{"-yes"}, message: "PROSA_API_KEY is not set"},
		"bad key":        {change: func(w *world) { w.env["PROSA_API_KEY"] = " x" }, args: []string{"-yes"}, message: "PROSA_API_KEY cannot be used"},
		"wrong key":      {change: func(w *world) { w.env["PROSA_API_KEY"] = "another" }, args: []string{"-yes"}, message: "does not accept the key"},
		"bad base URL":   {change: func(w *world) { w.env["PROSA_BASE_URL"] = "http://example.com" }, args: []string{"-yes"}, message: "PROSA_BASE_URL cannot be used"},
		"wrong base URL": {change: func(w *world) { w.env["PROSA_BASE_URL"] += "elsewhere" }, args: []string{"-yes"}, message: "check PROSA_BASE_URL"},
		"unreachable":    {change: func(w *world) { w.env["PROSA_BASE_URL"] = "http://127.0.0.1:1" }, args: []string{"-yes"}, message: "cannot be reached"},
		"bad zone":       {change: func(w *world) { w.env["PROSA_TIME_ZONE"] = "Jakarta" }, args: []string{"-yes"}, message: "PROSA_TIME_ZONE"},
		"bad URL":        {args: []string{"-yes", "-url", "example.com"}, message: "-url cannot be used"},
		"taken URL":      {args: []string{"-yes", "-url", "https://OTHER.example.com/hook/"}, message: "already has an endpoint"},
		"bad flag":       {args: []string{"-no"}, message: "conformance -h explains the flags"},
		"argument":       {args: []string{"yes"}, message: `"yes" is not a flag`},
		"bad report":     {args: []string{"-yes", "-report", filepath.Join("no", "such", "folder")}, message: "cannot write the report"},
		"not confirmed":  {message: "nothing was done"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, &sandbox.Server{})
			if test.change != nil {
				test.change(w)
			}
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), test.args, func(name string) string { return w.env[name] }, strings.NewReader("no\n"), &stdout, &stderr)
			if code != exitUsage || !strings.Contains(stderr.String(), test.message) {
				t.Errorf("%d: %s", code, stderr.String())
			}
			for _, r := range w.sandbox.RequestLog() {
				if r.Method != http.MethodGet {
					t.Errorf("%s %s", r.Method, r.Path)
				}
			}
		})
	}
}

func TestHelpAndConfirmation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{})
	var stdout, stderr bytes.Buffer
	getenv := func(name string) string { return w.env[name] }
	if code := run(t.Context(), []string{"-h"}, getenv, nil, &stdout, &stderr); code != exitOK || !strings.Contains(stdout.String(), "PROSA_TIME_ZONE") {
		t.Errorf("%d: %s", code, stdout.String())
	}
	if stdout.Reset(); run(t.Context(), nil, getenv, strings.NewReader("yes\n"), &stdout, &stderr) != exitOK {
		t.Errorf("%s%s", stdout.String(), stderr.String())
	}
	explanation, _, _ := strings.Cut(stdout.String(), "Continue?")
	if lines := strings.Count(explanation, "\n"); lines > 24 {
		t.Errorf("the explanation has %d lines, more than a screen", lines)
	}
}

// TestGuard: the transport rejects requests about other objects than the command's own.
func TestGuard(t *testing.T) {
	t.Parallel()
	r := &recorder{own: map[string]bool{"own": true}, foreign: map[string]bool{"foreign": true}}
	for request, want := range map[string]bool{
		"GET webhooks/endpoints": true, "POST webhooks/endpoints": true, "GET webhooks/events": true, "POST webhooks/events": false, "DELETE webhooks/endpoints": false,
		"GET webhooks/endpoints/own": true, "DELETE webhooks/endpoints/own": true, "POST webhooks/deliveries/own/replay": true, "GET webhooks/endpoints/own/deliveries": true,
		"GET webhooks/endpoints/new": true, "PUT webhooks/endpoints/new": false, "GET webhooks/endpoints/new/deliveries": false,
		"GET webhooks/endpoints/foreign": false, "DELETE webhooks/endpoints/foreign": false, "POST webhooks/deliveries/foreign/replay": false, "GET webhooks/events/foreign": false,
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := r.allows(method, strings.Split(path, "/")); got != want {
			t.Errorf("%s: %t", request, got)
		}
	}
}

// TestFieldsAreThoseOfTheReference compares the lists of fields with the reference's examples.
func TestFieldsAreThoseOfTheReference(t *testing.T) {
	t.Parallel()
	for file, fields := range map[string]string{
		"endpoint.json": endpointFields, "endpoints.json": listedFields, "event.json": eventFields, "events.json": listedEvent,
		"deliveries.json": deliveryFields, "ticket.json": ticketFields, "tickets.json": ticketFields,
	} {
		body, err := os.ReadFile(filepath.Join("..", "..", "sandbox", "testdata", "contract", file))
		if err != nil {
			t.Fatal(err)
		}
		different := differences(body, fields, "")
		if different != "" || len(elements(body)) != 1 {
			t.Errorf("%s: %q", file, different)
		}
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	different := differences([]byte(`[{"a":1,"l":[{"x":1},{"y":null}],"n":null,"data":{"z":1}},{"a":null,"l":[]}]`), "a l l[].x data", "")
	if different != "; missing: data; null: a; not in the reference: l[].y, n" {
		t.Errorf("%q", different)
	}
}

func TestChecksAreDescribed(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range checks() {
		if c.assumes == "" || c.source == "" || c.measure == nil || names[c.name] || len(c.name) >= nameWidth {
			t.Errorf("%+v", c)
		}
		names[c.name] = true
	}
}

// TestReport: the report counts each kind of response, and names no installation except Prosa's own.
func TestReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &sandbox.Server{})
	file := filepath.Join(t.TempDir(), "report.json")
	w.run("-yes", "-report", file).wantOutput(file, issueURL)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Installation string
		TimeZone     string `json:"time_zone"`
		Summary      map[verdict]int
		Requests     []reportedRequest
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if report.Installation != "another one" || report.TimeZone != "Asia/Jakarta" || report.Summary[documented] != len(checks())-1 || strings.Contains(string(text), "127.0.0.1") {
		t.Errorf("%s", text)
	}
	if !slices.ContainsFunc(report.Requests, func(r reportedRequest) bool {
		return strings.HasPrefix(r.Seen, "PUT /webhooks/endpoints/{id}: 200, {event_filters, ") && r.Count > 3
	}) {
		t.Errorf("%s", text)
	}
}
