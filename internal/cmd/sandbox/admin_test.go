package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// admin sends a request to the admin API, and returns the status and the body of the response.
func (r *running) admin(method, path, body string) (int, string) {
	r.t.Helper()
	base := r.base
	defer func() { r.base = base }()
	r.base = strings.TrimSuffix(base, sandbox.DefaultBasePath)
	status, text, _ := r.do(method, path, body)
	return status, text
}

// mustHangUp sends a request whose connection must be closed without an answer.
func (r *running) mustHangUp(method, path, body string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.base+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("x-api-key", r.key)
	request.Header.Set("content-type", "application/json")
	if response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request); err == nil {
		_ = response.Body.Close()
		r.t.Errorf("%s %s was answered: %s", method, path, response.Status)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	const body = `{"time_end": 6.470000009536743, "job_id": "1"}`
	type got struct {
		header   http.Header
		body     string
		verified bool
	}
	arrived := make(chan got, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		arrived <- got{r.Header, string(text), sandbox.VerifySignature(r.Header.Get("x-prosa-signature"), text, []string{"the-signing-key"})}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(receiver.Close)
	r := start(t)
	for _, endpoint := range []string{
		`{"url":"` + receiver.URL + `/failed","event_filters":["stt.jobs.failed"]}`,
		`{"url":"` + receiver.URL + `/done","event_filters":["stt.jobs.completed"],"secret_key":"the-signing-key"}`,
		`{"url":"https://example.com/all"}`,
	} {
		r.mustAnswer(200, "POST", "/webhooks/endpoints", endpoint)
	}
	status, text := r.admin("POST", "/sandbox/events", `{"event_type":"stt.jobs.completed","data":`+body+`}`)
	if status != 200 || !strings.HasPrefix(text, "delivered stt.jobs.completed to "+receiver.URL+"/done  204 after ") ||
		!strings.HasSuffix(text, "\nnot delivered stt.jobs.completed to https://example.com/all  the sandbox sends to this machine only\n") {
		t.Errorf("%d %s", status, text)
	}
	if len(arrived) != 1 {
		t.Fatalf("%d deliveries arrived", len(arrived))
	}
	d := <-arrived
	if !d.verified || d.body != body || d.header.Get("x-prosa-event") != "stt.jobs.completed" || d.header.Get("x-prosa-event-uuid") == "" {
		t.Errorf("%+v", d)
	}
	if events := r.mustAnswer(200, "GET", "/webhooks/events", ""); !strings.Contains(events, d.header.Get("x-prosa-event-uuid")) {
		t.Errorf("the event is not listed: %s", events)
	}
	list := func(url string) string {
		t.Helper()
		listed := r.mustAnswer(200, "GET", "/webhooks/endpoints", "")
		before, _, _ := strings.Cut(listed, `"url":"`+url)
		id := before[strings.LastIndex(before, `"id":"`)+len(`"id":"`):][:36]
		return r.mustAnswer(200, "GET", "/webhooks/endpoints/"+id+"/deliveries", "")
	}
	if all := list(receiver.URL + "/done"); !strings.Contains(all, `"response_status":204`) || !strings.Contains(all, body) {
		t.Error(all)
	}
	if all := list("https://example.com/all"); !strings.Contains(all, `"response_status":null`) {
		t.Error(all)
	}
	if all := list(receiver.URL + "/failed"); strings.Contains(all, "delivery_id") {
		t.Errorf("delivered in spite of its filter: %s", all)
	}
}

func TestEventsWithoutDelivering(t *testing.T) {
	t.Parallel()
	r := start(t, "-deliver=false")
	if status, text := r.admin("POST", "/sandbox/events", `{"event_type":"stt.jobs.failed"}`); status != 200 || text != "No endpoint wants events of the type stt.jobs.failed.\n" {
		t.Errorf("%d %s", status, text)
	}
	r.mustAnswer(200, "POST", "/webhooks/endpoints", `{"url":"https://example.com/all"}`)
	if status, text := r.admin("POST", "/sandbox/events", `{"event_type":"stt.jobs.failed"}`); status != 200 || !strings.HasPrefix(text, "delivered stt.jobs.failed to https://example.com/all  200") {
		t.Errorf("%d %s", status, text)
	}
}

func TestFaultsWhileItRuns(t *testing.T) {
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
	if status, text := r.admin("POST", "/sandbox/faults", "list-endpoints=503\nnothing=500\n"); status != 400 || !strings.Contains(text, `unknown operation "nothing"`) {
		t.Errorf("%d %s", status, text)
	}
	r.mustAnswer(200, "GET", "/webhooks/endpoints", "")
	if text := r.end(); !strings.Contains(text, "          faults added: 2\n") || !strings.Contains(text, "          faults removed\n") {
		t.Error(text)
	}
}

// TestLostAnswer: the operation takes effect although the client gets no response.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	r := start(t, "-fault", "create-endpoint=lost")
	r.mustHangUp("POST", "/webhooks/endpoints", `{"url":"https://example.com/hook"}`)
	if listed := r.mustAnswer(200, "GET", "/webhooks/endpoints", ""); !strings.Contains(listed, "https://example.com/hook") {
		t.Errorf("it was not done: %s", listed)
	}
}

// TestLateFault: the operation takes effect after the client has checked and found nothing.
func TestLateFault(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]sandbox.Fault{
		"create-endpoint=late/2s":        {Operation: sandbox.OpCreateEndpoint, Do: true, DoAfter: 2 * time.Second, Close: true},
		"rotate-secret=late/1m30s:3":     {Operation: sandbox.OpRotateSecret, Do: true, DoAfter: 90 * time.Second, Close: true, Times: 3},
		"any=late/10ms:-1":               {Do: true, DoAfter: 10 * time.Millisecond, Close: true, Times: -1},
		"replay-delivery=lost":           {Operation: sandbox.OpReplayDelivery, Do: true, Close: true},
		"replay-failed-deliveries=502:2": {Operation: sandbox.OpReplayFailedDeliveries, Status: 502, Times: 2},
	} {
		if fault, err := parseFault(text); err != nil || !reflect.DeepEqual(fault, want) {
			t.Errorf("%s: %+v, %v", text, fault, err)
		}
	}

	r := start(t)
	if status, text := r.admin("POST", "/sandbox/faults", "create-endpoint=late/1ms\nrotate-secret=late/1h"); status != 204 {
		t.Fatalf("%d %s", status, text)
	}
	r.mustHangUp("POST", "/webhooks/endpoints", `{"url":"https://example.com/hook"}`)
	var listed string
	for !strings.Contains(listed, "https://example.com/hook") {
		listed = r.mustAnswer(200, "GET", "/webhooks/endpoints", "")
	}
	_, id, _ := strings.Cut(listed, `"id":"`)
	at := "/webhooks/endpoints/" + id[:36]
	r.mustHangUp("POST", at+"/secret", `{"rotation_period":{"days":1}}`)
	if text := r.mustAnswer(200, "GET", at, ""); strings.Count(text, `"key":`) != 1 {
		t.Errorf("it was done at once: %s", text)
	}
	r.end() // does not wait for an hour
}

func TestAdminRefuses(t *testing.T) {
	t.Parallel()
	r := start(t)
	right := r.key
	for name, test := range map[string]struct {
		key, method, path, body string
		status                  int
		part                    string
	}{
		"wrong key":          {"another", "DELETE", "/sandbox/faults", "", 401, "must have the sandbox's key"},
		"no key":             {"", "DELETE", "/sandbox/faults", "", 401, "must have the sandbox's key"},
		"no fault":           {right, "POST", "/sandbox/faults", "\n", 400, "update-endpoint=503:2"},
		"too long":           {right, "POST", "/sandbox/faults", strings.Repeat("any=500\n", maxAdminBody/8+1), 400, "update-endpoint=503:2"},
		"no event":           {right, "POST", "/sandbox/events", "stt.jobs.completed", 400, `{"event_type": "stt.jobs.completed"`},
		"event without type": {right, "POST", "/sandbox/events", "{}", 400, `{"event_type": "stt.jobs.completed"`},
		"unknown member":     {right, "POST", "/sandbox/events", `{"event_type":"a","dat":{}}`, 400, `{"event_type": "stt.jobs.completed"`},
		"other path":         {right, "POST", "/sandbox/nothing", "", 404, ""},
		"other method":       {right, "GET", "/sandbox/faults", "", 405, ""},
	} {
		r.key = test.key
		if status, text := r.admin(test.method, test.path, test.body); status != test.status || !strings.Contains(text, test.part) {
			t.Errorf("%s: %d %s; want %d and %q", name, status, text, test.status, test.part)
		}
	}
	r.key = right
	if events := r.mustAnswer(200, "GET", "/webhooks/events", ""); events != "[]" {
		t.Errorf("the sandbox recorded events anyway: %s", events)
	}
}

// TestAdminWithAnyKey: a sandbox that accepts any key still requires one, because a web page cannot send the header.
func TestAdminWithAnyKey(t *testing.T) {
	t.Parallel()
	r := start(t, "-api-key", "")
	for key, want := range map[string]int{"": 401, "another": 204} {
		r.key = key
		if status, text := r.admin("DELETE", "/sandbox/faults", ""); status != want {
			t.Errorf("key %q: %d %s, want %d", key, status, text, want)
		}
	}
}
