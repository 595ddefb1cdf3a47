package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// admin sends a request to the admin API, and returns the status and the body of the response.
func (r *running) admin(method, path, body string) (int, string) {
	r.t.Helper()
	api := r.base
	defer func() { r.base = api }()
	r.base = strings.TrimSuffix(api, sandbox.DefaultBasePath)
	return r.do(method, path, body)
}

// TestAdmin_events sends events to a receiver on this machine and to one that is not. Both URLs contain a secret.
func TestAdmin_events(t *testing.T) {
	t.Parallel()
	const data = `{"time_end": 6.470000009536743, "job_id": "1"}`
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.String() != "/done?token=secret" || string(body) != data ||
			!sandbox.VerifySignature(r.Header.Get("x-prosa-signature"), body, []string{"the-signing-key"}) {
			t.Errorf("the receiver got %s %s, signed %s", r.URL, body, r.Header.Get("x-prosa-signature"))
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(receiver.Close)
	r := start(t)
	status, text := r.admin("POST", "/sandbox/events", `{"event_type":"stt.jobs.completed"}`)
	if status != 200 || text != "No endpoint receives events of the type stt.jobs.completed.\n" {
		t.Errorf("without endpoints: %d %s", status, text)
	}
	r.create(`{"url":"` + receiver.URL + `/failed","event_filters":["stt.jobs.failed"]}`)
	done := r.create(`{"url":"` + receiver.URL + `/done?token=secret","event_filters":["stt.jobs.completed"],"secret_key":"the-signing-key"}`)
	all := r.create(`{"url":"https://user:secret@example.com/all"}`)

	status, text = r.admin("POST", "/sandbox/events", `{"event_type":"stt.jobs.completed","data":`+data+`}`)
	delivered := "delivered stt.jobs.completed to " + receiver.URL + "/done  204 after "
	const notDelivered = "not delivered stt.jobs.completed to https://example.com/all  the sandbox sends to this machine only\n"
	if status != 200 || !strings.HasPrefix(text, delivered) || !strings.HasSuffix(text, "\n"+notDelivered) {
		t.Errorf("%d %s", status, text)
	}
	for path, want := range map[string]string{done: `"response_status":204`, all: `"response_status":null`} {
		if list := r.mustAnswer(200, "GET", path+"/deliveries", ""); !strings.Contains(list, want) || !strings.Contains(list, data) {
			t.Errorf("the deliveries are %s, want one with %s", list, want)
		}
	}
	output := r.end()
	if !strings.Contains(output, delivered) || !strings.Contains(output, notDelivered) || strings.Contains(output, "secret") {
		t.Errorf("the output lacks a delivery or contains a secret:\n%s", output)
	}
}

// With -deliver=false, deliveries succeed without a request.
func TestAdmin_eventsWithoutDelivery(t *testing.T) {
	t.Parallel()
	r := start(t, "-deliver=false")
	r.create(`{"url":"https://example.com/hook"}`)
	status, text := r.admin("POST", "/sandbox/events", `{"event_type":"stt.jobs.failed"}`)
	if status != 200 || !strings.HasPrefix(text, "delivered stt.jobs.failed to https://example.com/hook  200") {
		t.Errorf("%d %s", status, text)
	}
}

// An event waits for its deliveries, but not for the work of a late fault.
func TestAdmin_eventDuringLateFault(t *testing.T) {
	t.Parallel()
	const hook = `{"url":"https://example.com/hook"}`
	r := start(t)
	r.create(hook)
	r.admin("POST", "/sandbox/faults", "create-endpoint=late/30s")
	if response, err := r.send("POST", "/webhooks/endpoints", hook); err == nil {
		_ = response.Body.Close()
		t.Errorf("the response is %s, want a closed connection", response.Status)
	}
	begin := time.Now()
	status, text := r.admin("POST", "/sandbox/events", `{"event_type":"stt.jobs.completed"}`)
	if took := time.Since(begin); took > 10*time.Second || status != 200 || !strings.HasPrefix(text, "not delivered ") {
		t.Errorf("%d %s after %s", status, text, took)
	}
}

func TestAdmin_faults(t *testing.T) {
	t.Parallel()
	r := start(t)
	if status, text := r.admin("POST", "/sandbox/faults", "list-endpoints=503\n\nlist-events=500:-1\n"); status != 204 {
		t.Fatalf("%d %s", status, text)
	}
	r.mustAnswer(503, "GET", "/webhooks/endpoints", "")
	r.mustAnswer(200, "GET", "/webhooks/endpoints", "")
	r.mustAnswer(500, "GET", "/webhooks/events", "")
	if status, text := r.admin("DELETE", "/sandbox/faults", ""); status != 204 {
		t.Fatalf("%d %s", status, text)
	}
	r.mustAnswer(200, "GET", "/webhooks/events", "")

	// If one line is invalid, none is added.
	status, text := r.admin("POST", "/sandbox/faults", "list-endpoints=503\nnothing=500\n")
	if status != 400 || !strings.Contains(text, `unknown operation "nothing"`) {
		t.Errorf("%d %s", status, text)
	}
	r.mustAnswer(200, "GET", "/webhooks/endpoints", "")
	if text := r.end(); !strings.Contains(text, "          faults added: 2\n") || !strings.Contains(text, "          faults removed\n") {
		t.Error(text)
	}
}

func TestAdmin_invalidRequests(t *testing.T) {
	t.Parallel()
	r, anyKey := start(t), start(t, "-api-key", "")
	key := r.key
	for name, test := range map[string]struct {
		sandbox                 *running
		key, method, path, body string
		status                  int
		part                    string
	}{
		"wrong key":          {r, "another", "DELETE", "/sandbox/faults", "", 401, "must contain the sandbox's key"},
		"no key":             {r, "", "DELETE", "/sandbox/faults", "", 401, "must contain the sandbox's key"},
		"no fault":           {r, key, "POST", "/sandbox/faults", "\n", 400, "update-endpoint=503:2"},
		"body too large":     {r, key, "POST", "/sandbox/faults", strings.Repeat("any=500\n", maxAdminBody/8+1), 400, "update-endpoint=503:2"},
		"no JSON":            {r, key, "POST", "/sandbox/events", "stt.jobs.completed", 400, `{"event_type": "stt.jobs.completed"`},
		"event without type": {r, key, "POST", "/sandbox/events", "{}", 400, `{"event_type": "stt.jobs.completed"`},
		"unknown field":      {r, key, "POST", "/sandbox/events", `{"event_type":"a","dat":{}}`, 400, `{"event_type": "stt.jobs.completed"`},
		"unknown path":       {r, key, "POST", "/sandbox/nothing", "", 404, ""},
		"wrong method":       {r, key, "GET", "/sandbox/faults", "", 405, ""},
		// A sandbox that accepts any key still requires one, because a web page cannot send the header.
		"no key, any accepted":  {anyKey, "", "DELETE", "/sandbox/faults", "", 401, "must contain the sandbox's key"},
		"any key, any accepted": {anyKey, "another", "DELETE", "/sandbox/faults", "", 204, ""},
	} {
		test.sandbox.key = test.key
		if status, text := test.sandbox.admin(test.method, test.path, test.body); status != test.status || !strings.Contains(text, test.part) {
			t.Errorf("%s: %d %s; want %d and %q", name, status, text, test.status, test.part)
		}
	}
	r.key = key
	if events := r.mustAnswer(200, "GET", "/webhooks/events", ""); events != "[]" {
		t.Errorf("the sandbox recorded events: %s", events)
	}
}
