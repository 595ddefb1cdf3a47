package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestReport checks that a run uses all twelve operations, and that its report counts the kinds of responses.
func TestReport(t *testing.T) {
	t.Parallel()
	i := newInstallation(t, &sandbox.Server{})
	o := i.run(t.Context(), "-yes")
	o.expect(exitOK, issueURL)
	used := map[sandbox.Operation]bool{}
	for _, r := range i.sandbox.RequestLog() {
		used[r.Operation] = used[r.Operation] || r.Status < 300
	}
	for _, op := range sandbox.Operations() {
		if !used[op] {
			t.Errorf("the command does not use %s", op)
		}
	}
	for _, text := range []string{
		`"installation": "another one"`, `"time_zone": "Asia/Jakarta"`, "body: {message}; response_status 200", fmt.Sprintf(`"as assumed": %d`, len(checks())-1),
		"\"seen\": \"PUT /webhooks/endpoints/{id}: 200, {event_filters, id, secrets, secrets[].id, secrets[].key, ssl_verification, url}\",\n      \"count\": 6",
	} {
		if !strings.Contains(o.report, text) {
			t.Errorf("the report does not contain %s:\n%s", text, o.report)
		}
	}
}

// TestInterrupt interrupts the command at each request. It must still delete its endpoint, and must not report the
// interrupt as behaviour of the API.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	all := newInstallation(t, &sandbox.Server{})
	all.run(t.Context(), "-yes")
	for n := range all.requests {
		t.Run(fmt.Sprint("request ", n+1), func(t *testing.T) {
			t.Parallel()
			i := newInstallation(t, &sandbox.Server{})
			ctx, interrupt := context.WithCancel(t.Context())
			i.onRequest = func(request int) {
				if request == n+1 {
					interrupt()
					<-time.After(20 * time.Millisecond) // so that the response is lost
				}
			}
			o := i.run(ctx, "-yes")
			o.expect(exitUsage)
			if left := i.leftovers(); len(left) > 0 {
				t.Errorf("the command leaves %+v\n%s", left, o.output)
			}
			for _, c := range o.checks {
				if c.Result == breaks {
					t.Errorf("the interrupt is reported as %+v", c)
				}
			}
		})
	}
}

// TestFailures checks the report of failures of the network, of a gateway and of the cleanup.
func TestFailures(t *testing.T) {
	t.Parallel()
	exclusiveFromDate := sandbox.Fault{Operation: sandbox.OpListDeliveries, Body: "[]", Times: -1, Match: func(r sandbox.Request) bool {
		return r.Query.Get("from_date") == time.Now().UTC().Format(time.DateOnly)
	}}
	const object = `{"id": "497f6eca-6276-4993-bfeb-53cbbbba6f08", "url": "https://example.com/", "secrets": [], "event_filters": [], "ssl_verification": true}`
	for name, test := range map[string]struct {
		server  *sandbox.Server
		fault   sandbox.Fault
		code    int
		message string // in the output
		row     string
		verdict verdict
		seen    string
	}{
		"lost create": {
			fault: sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Status: http.StatusOK, Body: `{"id": 1}`},
			code:  exitOK, message: "Deleted the endpoint", row: "create an endpoint", verdict: handled, seen: "missing",
		},
		"rejected URL": { // perhaps because its host has no address
			fault: sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: http.StatusUnprocessableEntity, Body: `{"detail": "no such host"}`},
			code:  exitUsage, message: "could not create an endpoint", row: "create an endpoint", verdict: unseen, seen: "try -url",
		},
		"gateway": {
			fault: sandbox.Fault{Operation: sandbox.OpUpdateEndpoint, Status: http.StatusBadGateway, Body: "<html>", Times: -1},
			code:  exitOK, row: "update an endpoint", verdict: unseen, seen: "gateway",
		},
		"connection": {
			fault: sandbox.Fault{Operation: sandbox.OpGetEvent, Close: true, Times: -1},
			code:  exitOK, row: "read an event", verdict: unseen, seen: "connection",
		},
		"lost delete": {
			fault: sandbox.Fault{Operation: sandbox.OpDeleteEndpoint, Do: true, Close: true},
			code:  exitOK, row: "delete an endpoint", verdict: unseen,
		},
		"another object": { // the report does not contain its id
			fault: sandbox.Fault{Operation: sandbox.OpUpdateEndpoint, Body: object, Times: -1},
			code:  exitBroken, message: "(assumed: The status is 200", row: "update an endpoint", verdict: breaks, seen: "it is about …",
		},
		"no delete": {
			server: &sandbox.Server{Quirks: sandbox.Quirks{Lacks: []sandbox.Operation{sandbox.OpDeleteEndpoint}}},
			code:   exitBroken, message: "could not be deleted", row: "delete an endpoint", verdict: breaks,
		},
		"rate limit": {
			server: &sandbox.Server{RateLimit: sandbox.RateLimit{PerSecond: 30, RetryAfter: true}},
			code:   exitOK, row: "rate limit", verdict: assumed, seen: "429, Retry-After: N",
		},
		"rate limit of the first request": {
			fault: sandbox.Fault{Operation: sandbox.OpListEndpoints, Status: http.StatusTooManyRequests},
			code:  exitOK, row: "trailing slash", verdict: assumed, seen: "without a slash 200, with it 404",
		},
		"exclusive from_date": {
			fault: exclusiveFromDate, code: exitOK, row: "from_date", verdict: handled, seen: "it leaves out its own day, or its date is that of UTC -1 days",
		},
		"exclusive from_date, to_date": {
			fault: exclusiveFromDate, code: exitOK, row: "to_date", verdict: handled, seen: "it or from_date leaves out its own day",
		},
		"no delivery": {
			server: &sandbox.Server{DeliveryDelay: time.Hour},
			code:   exitOK, row: "list deliveries", verdict: unseen, seen: "within 1s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInstallation(t, cmp.Or(test.server, &sandbox.Server{}))
			if test.fault.Operation != "" {
				i.sandbox.Inject(test.fault)
			}
			o := i.run(t.Context(), "-yes")
			o.expect(test.code, test.message)
			o.expectCheck(test.row, test.verdict, test.seen)
			if left := i.leftovers(); name == "no delete" {
				o.expect(test.code, left[0].ID, "curl -X DELETE -H \"x-api-key: $PROSA_API_KEY\" '"+i.env["PROSA_BASE_URL"])
			} else if len(left) > 0 {
				t.Errorf("the command leaves %+v", left)
			}
		})
	}
}

// TestCleanupAfterPanic checks that a panic during the checks leaves no endpoint in the account.
func TestCleanupAfterPanic(t *testing.T) {
	t.Parallel()
	i := newInstallation(t, &sandbox.Server{})
	defer func() {
		if recover() == nil || len(i.leftovers()) > 0 {
			t.Errorf("the run did not panic, or left %+v", i.leftovers())
		}
	}()
	run(t.Context(), []string{"-yes"}, func(name string) string { return i.env[name] }, nil, panicsOnCreate{}, io.Discard)
}

// panicsOnCreate is an output that panics when the command has created its endpoint.
type panicsOnCreate struct{}

func (panicsOnCreate) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("Created the endpoint")) {
		panic("the output panics")
	}
	return len(p), nil
}

// TestLostCreate interrupts the create, which then takes no effect: the command warns that it found no endpoint.
func TestLostCreate(t *testing.T) {
	t.Parallel()
	i := newInstallation(t, &sandbox.Server{})
	ctx, interrupt := context.WithCancel(t.Context())
	i.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Match: func(sandbox.Request) bool { interrupt(); return true }, Close: true})
	i.run(ctx, "-yes").expect(exitBroken, "WARNING: the create got no usable response", "https://terraform-provider-prosa-conformance.example.com/")
}

// TestFailsBeforeCreate checks the runs that end before they create the endpoint.
func TestFailsBeforeCreate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		variable, value string
		args            []string
		message         string
	}{
		"no key":         {"PROSA_API_KEY", "", []string{"-yes"}, "PROSA_API_KEY is not set"},
		"bad key":        {"PROSA_API_KEY", " x", []string{"-yes"}, "PROSA_API_KEY cannot be used"},
		"wrong key":      {"PROSA_API_KEY", "another", []string{"-yes"}, "does not accept the key"},
		"bad base URL":   {"PROSA_BASE_URL", "http://example.com", []string{"-yes"}, "PROSA_BASE_URL cannot be used"},
		"wrong base URL": {"PROSA_BASE_URL", "elsewhere", []string{"-yes"}, "check PROSA_BASE_URL"},
		"unreachable":    {"PROSA_BASE_URL", "http://127.0.0.1:1", []string{"-yes"}, "cannot be reached"},
		"bad zone":       {"PROSA_TIME_ZONE", "Jakarta", []string{"-yes"}, "PROSA_TIME_ZONE"},
		"bad URL":        {"", "", []string{"-yes", "-url", "example.com"}, "-url cannot be used"},
		"URL with query": {"", "", []string{"-yes", "-url", "https://example.com/?token=1"}, "-url cannot be used"},
		"existing URL":   {"", "", []string{"-yes", "-url", "https://OTHER.example.com/hook/"}, "already has an endpoint"},
		"bad flag":       {"", "", []string{"-no"}, "conformance -h explains the flags"},
		"argument":       {"", "", []string{"yes"}, `"yes" is not a flag`},
		"bad report":     {"", "", []string{"-yes", "-report", filepath.Join("no", "such", "folder")}, "cannot write the report"},
		"not confirmed":  {"", "", nil, "nothing was done"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInstallation(t, &sandbox.Server{})
			if test.value == "elsewhere" {
				test.value = i.env["PROSA_BASE_URL"] + test.value
			}
			i.env[test.variable] = test.value
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), test.args, func(name string) string { return i.env[name] }, strings.NewReader("no\n"), &stdout, &stderr)
			if code != exitUsage || !strings.Contains(stderr.String(), test.message) {
				t.Errorf("exit code %d, want %d with %q:\n%s", code, exitUsage, test.message, stderr.String())
			}
			for _, r := range i.sandbox.RequestLog() {
				if r.Method != http.MethodGet {
					t.Errorf("the command sends %s %s", r.Method, r.Path)
				}
			}
		})
	}
}

func TestHelpAndConfirmation(t *testing.T) {
	t.Parallel()
	i := newInstallation(t, &sandbox.Server{})
	getenv := func(name string) string { return i.env[name] }
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-h"}, getenv, nil, &stdout, &stderr); code != exitOK || !strings.Contains(stdout.String(), "PROSA_TIME_ZONE") {
		t.Errorf("-h: exit code %d: %s", code, stdout.String())
	}
	if code := run(t.Context(), nil, getenv, strings.NewReader("yes\n"), &stdout, &stderr); code != exitOK {
		t.Errorf("exit code %d: %s%s", code, stdout.String(), stderr.String())
	}
}

// TestGuard checks that the transport rejects requests about objects that the command did not create.
func TestGuard(t *testing.T) {
	t.Parallel()
	r := &recorder{own: map[string]bool{"own": true}, foreign: map[string]bool{"foreign": true}}
	for want, requests := range map[bool][]string{
		true: {
			"GET webhooks/endpoints", "POST webhooks/endpoints", "GET webhooks/events", "GET webhooks/endpoints/own", "DELETE webhooks/endpoints/own",
			"POST webhooks/deliveries/own/replay", "GET webhooks/endpoints/own/deliveries", "GET webhooks/endpoints/new",
		},
		false: {
			"POST webhooks/events", "DELETE webhooks/endpoints", "PUT webhooks/endpoints/new", "GET webhooks/endpoints/new/deliveries",
			"GET webhooks/endpoints/foreign", "DELETE webhooks/endpoints/foreign", "POST webhooks/deliveries/foreign/replay", "GET webhooks/events/foreign",
		},
	} {
		for _, request := range requests {
			method, path, _ := strings.Cut(request, " ")
			if got := r.allows(method, strings.Split(path, "/")); got != want {
				t.Errorf("%s is allowed: %t, want %t", request, got, want)
			}
		}
	}
}

// TestFields compares the lists of fields with the reference's examples.
func TestFields(t *testing.T) {
	t.Parallel()
	for file, fields := range map[string]string{
		"endpoint.json": endpointFields, "endpoints.json": endpointListFields, "event.json": eventFields, "events.json": eventListFields,
		"deliveries.json": deliveryFields, "ticket.json": ticketFields, "tickets.json": ticketFields,
	} {
		body, err := os.ReadFile(filepath.Join("..", "..", "sandbox", "testdata", "contract", file))
		if err != nil {
			t.Fatal(err)
		}
		if different := differences(body, fields, ""); different != "" || len(elements(body)) != 1 {
			t.Errorf("%s: %q", file, different)
		}
	}
	different := differences([]byte(`[{"a":1,"l":[{"x":1},{"y":null}],"n":null,"data":{"z":1}},{"a":null,"l":[]}]`), "a l l[].x data", "")
	if different != "; missing: data; null: a; not in the reference: l[].y, n" {
		t.Errorf("got the differences %q", different)
	}
}

// TestDeleteAnsweredWithAnEmptyList: the response is a finding, not a panic.
func TestDeleteAnsweredWithAnEmptyList(t *testing.T) {
	t.Parallel()
	i := newInstallation(t, &sandbox.Server{})
	i.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpDeleteEndpoint, Do: true, Body: "[]"})
	o := i.run(t.Context(), "-yes")
	o.expect(exitOK)
	o.expectCheck("delete an endpoint", handled, "DELETE /webhooks/endpoints/{id}: 200, []")
}

// TestPreviousReport: only a run with results replaces the report of an earlier run.
func TestPreviousReport(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report.json")
	previous := strings.Repeat("the previous report\n", 10_000)
	if err := os.WriteFile(file, []byte(previous), 0o600); err != nil {
		t.Fatal(err)
	}
	i := newInstallation(t, &sandbox.Server{})
	for _, test := range []struct {
		key      string
		replaced bool
	}{{"another", false}, {apiKey, true}} {
		i.env["PROSA_API_KEY"] = test.key
		run(t.Context(), []string{"-yes", "-wait", "1s", "-report", file}, func(name string) string { return i.env[name] }, nil, io.Discard, io.Discard)
		text, err := os.ReadFile(file)
		if err != nil || json.Valid(text) != test.replaced || (string(text) == previous) == test.replaced {
			t.Errorf("with the key %q, the report has %d bytes, error %v", test.key, len(text), err)
		}
	}
}
