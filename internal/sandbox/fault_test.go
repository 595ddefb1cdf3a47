package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const createBody = `{"url":"` + hookURL + `"}`

// incomplete sends a request whose response must be cut off, and returns the part that arrived; status 0: none.
func (c *client) incomplete(r *http.Request) (status int, body string) {
	c.t.Helper()
	response, err := c.http.Do(r)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	part, err := io.ReadAll(response.Body)
	if err == nil {
		c.t.Fatalf("%s %s got a complete response: %d %s", r.Method, r.URL.Path, response.StatusCode, part)
	}
	return response.StatusCode, string(part)
}

func TestFault_response(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault     sandbox.Fault
		status    int // 0: the connection is closed without a response
		body      string
		cutOff    bool
		endpoints int // 0: the operation is not carried out
	}{
		"status":                    {sandbox.Fault{Status: 503}, 503, "", false, 0},
		"status and body":           {sandbox.Fault{Status: 503, Body: "busy"}, 503, "busy", false, 0},
		"body":                      {sandbox.Fault{Body: "[1"}, 200, "[1", false, 0},
		"status, carried out":       {sandbox.Fault{Do: true, Status: 502}, 502, "", false, 1},
		"no content, carried out":   {sandbox.Fault{Do: true, Status: 204}, 204, "", false, 1},
		"closed":                    {sandbox.Fault{Close: true}, 0, "", true, 0},
		"closed, carried out":       {sandbox.Fault{Do: true, Close: true}, 0, "", true, 1},
		"truncated":                 {sandbox.Fault{Truncate: 6}, 200, `{"id":`, true, 1},
		"truncated at the end":      {sandbox.Fault{Truncate: 3, Status: 500, Body: "abc"}, 500, "abc", false, 0},
		"truncated status and body": {sandbox.Fault{Truncate: 2, Status: 500, Body: "abc"}, 500, "ab", true, 0},
		"truncated, then operation": {sandbox.Fault{Do: true, DoAfter: time.Millisecond, Truncate: 2, Body: "abc"}, 200, "ab", true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sandbox.Server{}
			c := serve(t, s)
			test.fault.Operation = sandbox.OpCreateEndpoint
			s.Inject(test.fault)
			request := c.request("POST", "/webhooks/endpoints", createBody)
			var status int
			var body string
			if test.cutOff {
				status, body = c.incomplete(request)
			} else {
				r := c.send(request)
				status, body = r.status, r.body
			}
			equal(t, "status", status, test.status)
			equal(t, "body", body, test.body)
			s.Wait() // for operations that a fault carries out after the response
			equal(t, "endpoints", len(s.Endpoints()), test.endpoints)
			c.ok("POST", "/webhooks/endpoints", createBody)
			equal(t, "endpoints after another create", len(s.Endpoints()), test.endpoints+1)
		})
	}
}

func TestFault_header(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		fault  sandbox.Fault
		method string
		want   http.Header
	}{
		{"own", sandbox.Fault{Status: 503, Header: http.Header{"retry-after": {"7"}}}, "GET", http.Header{"Retry-After": {"7"}}},
		{"added to the real response", sandbox.Fault{Header: http.Header{"x-id": {"8"}}}, "PATCH", http.Header{"X-Id": {"8"}, "Allow": {"GET, POST"}}},
		{"real response below Truncate", sandbox.Fault{Truncate: 1 << 20}, "PATCH", http.Header{"Allow": {"GET, POST"}}},
		{"HTML", sandbox.Fault{Body: "<html>"}, "GET", http.Header{"Content-Type": {"text/html; charset=utf-8"}}},
		{"JSON", sandbox.Fault{Body: "{}"}, "GET", http.Header{"Content-Type": {"application/json"}}},
		{"own content type", sandbox.Fault{Body: "{", Header: http.Header{"content-type": {"a/b"}}}, "GET", http.Header{"Content-Type": {"a/b"}}},
	} {
		s := &sandbox.Server{}
		s.Inject(test.fault)
		r := serve(t, s).do(test.method, "/webhooks/endpoints", "")
		for name, want := range test.want {
			equal(t, test.name+": "+name, r.header[name], want)
		}
	}
}

// A fault applies before the key is checked. The operation that it carries out checks the key.
func TestFault_withoutKey(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	s.Inject(sandbox.Fault{Do: true, Status: 504})
	c := serve(t, s)
	c.key = ""
	equal(t, "status", c.do("POST", "/webhooks/endpoints", createBody).status, 504)
	equal(t, "endpoints", len(s.Endpoints()), 0)
}

func TestFault_endless(t *testing.T) {
	t.Parallel()
	ended := make(chan sandbox.Request, 2)
	s := &sandbox.Server{Log: func(r sandbox.Request) { ended <- r }}
	c := serve(t, s)
	for _, test := range []struct {
		fault     sandbox.Fault
		status    int
		beginning string
	}{
		{sandbox.Fault{Endless: true}, 200, "["},
		{sandbox.Fault{Endless: true, Status: 404, Body: `{"detail":`, Do: true}, 404, `{"detail":`},
	} {
		s.Inject(test.fault)
		response, err := c.http.Do(c.request("POST", "/webhooks/endpoints", createBody))
		if err != nil {
			t.Fatal(err)
		}
		const length = 3 << 20
		body, err := io.ReadAll(io.LimitReader(response.Body, length))
		if err != nil || len(body) != length {
			t.Fatalf("%d bytes, %v", len(body), err)
		}
		equal(t, "beginning", strings.TrimRight(string(body), " "), test.beginning)
		equal(t, "status", response.StatusCode, test.status)
		_ = response.Body.Close()
		equal(t, "status in the request log", (<-ended).Status, test.status)
	}
	equal(t, "endpoints", len(s.Endpoints()), 1)
}

func TestFault_order(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	c := serve(t, s)
	s.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Skip: 1, Times: 2, Status: 501})
	s.Inject(sandbox.Fault{Match: func(r sandbox.Request) bool { return r.Query.Get("from_date") == "2023-01-17" }, Status: 502})
	s.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Skip: 1, Status: 503})
	s.Inject(sandbox.Fault{Operation: sandbox.OpUnknown, Times: -1, Status: 504})
	status := func(path string) int { return c.do("GET", path, "").status }

	equal(t, "skipped by both faults of the listing", status("/webhooks/endpoints"), 200)
	equal(t, "another operation", status("/webhooks/events"), 200)
	equal(t, "first", status("/webhooks/endpoints"), 501)
	equal(t, "first again", status("/webhooks/endpoints"), 501)
	equal(t, "third fault, when the first is used up", status("/webhooks/endpoints"), 503)
	equal(t, "all used up", status("/webhooks/endpoints"), 200)
	equal(t, "another query", status("/webhooks/events?from_date=2023-01-18"), 200)
	equal(t, "matching query", status("/webhooks/events?from_date=2023-01-17"), 502)
	equal(t, "matching query, used up", status("/webhooks/events?from_date=2023-01-17"), 200)
	for range 3 {
		equal(t, "always", status("/nothing"), 504)
	}
	s.ClearFaults()
	equal(t, "cleared", status("/nothing"), 404)

	s.Inject(sandbox.Fault{Status: 500})
	equal(t, "any", status("/webhooks/endpoints"), 500)
	equal(t, "any, once", status("/webhooks/endpoints"), 200)
}

func TestInject_rejectsContradictions(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	for _, f := range []sandbox.Fault{
		{Status: 100}, {Status: 600}, {Status: -1}, {Status: 204, Body: "x"}, {Skip: -1}, {Truncate: -1}, {Delay: -1}, {DoAfter: -1, Do: true, Status: 500},
		{Close: true, Endless: true}, {Close: true, Truncate: 1}, {Endless: true, Body: "[", Truncate: 1},
		{Truncate: 1, Status: 500}, {Truncate: 3, Body: "ab"},
		{Close: true, Status: 500}, {Close: true, Body: "x"}, {Close: true, Header: http.Header{}},
		{DoAfter: 1, Status: 500}, {DoAfter: 1, Do: true}, {DoAfter: 1, Do: true, Truncate: 1}, {DoAfter: 1, Do: true, Detach: true, Status: 500},
		{Detach: true, Status: 500}, {Detach: true, Close: true},
	} {
		wantPanic(t, "sandbox: Fault.", func() { s.Inject(f) })
	}
	equal(t, "status afterwards", serve(t, s).do("GET", "/webhooks/endpoints", "").status, 200)
}

// direct calls the handler without a network, with the simulated time of a synctest bubble.
func direct(ctx context.Context, s *sandbox.Server, method, path, body string) (w *httptest.ResponseRecorder, aborted bool) {
	w = httptest.NewRecorder()
	r := httptest.NewRequestWithContext(ctx, method, "/v2/speech"+path, strings.NewReader(body))
	r.Header.Set("x-api-key", "a-key")
	r.Header.Set("content-type", "application/json")
	defer func() {
		if err, _ := recover().(error); errors.Is(err, http.ErrAbortHandler) {
			aborted = true
		}
	}()
	s.ServeHTTP(w, r)
	return w, aborted
}

func TestFault_times(t *testing.T) {
	t.Parallel()
	const step = time.Minute
	for _, test := range []struct {
		name                          string
		fault                         sandbox.Fault
		timeout, answered, carriedOut time.Duration // the client's timeout; carriedOut 0: never
		aborted                       bool
	}{
		{"delay", sandbox.Fault{Delay: 2 * step}, 9 * step, 2 * step, 2 * step, false},
		{"delay with a status", sandbox.Fault{Delay: 2 * step, Status: 500}, 9 * step, 2 * step, 0, false},
		{"delay before both", sandbox.Fault{Delay: 2 * step, Do: true, Status: 500}, 9 * step, 2 * step, 2 * step, false},
		{"delay, client times out", sandbox.Fault{Delay: 2 * step, Do: true, Status: 500}, step, step, 0, true},
		{"detached", sandbox.Fault{Delay: 2 * step, Do: true, Detach: true, Status: 500}, 9 * step, 2 * step, 2 * step, false},
		{"detached, client times out", sandbox.Fault{Delay: 2 * step, Do: true, Detach: true, Status: 500}, step, step, 2 * step, true},
		{"after the response", sandbox.Fault{Do: true, DoAfter: 3 * step, Status: 500}, 9 * step, 0, 3 * step, false},
		{"after a delay and the response", sandbox.Fault{Delay: step, Do: true, DoAfter: 3 * step, Status: 500}, 9 * step, step, 4 * step, false},
		{"after closing the connection", sandbox.Fault{Do: true, DoAfter: 3 * step, Close: true}, 9 * step, 0, 3 * step, true},
		{"client times out before the response", sandbox.Fault{Delay: 2 * step, Do: true, DoAfter: 3 * step, Close: true}, step, step, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &sandbox.Server{}
				s.Inject(test.fault)
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
				defer cancel()
				e := s.AddEndpoint(sandbox.Endpoint{URL: hookURL})
				w, aborted := direct(ctx, s, "POST", "/webhooks/endpoints/"+e.ID+"/test", "")
				equal(t, "answered after", time.Since(start), test.answered)
				equal(t, "aborted", aborted, test.aborted)
				if !aborted && test.fault.Status != 0 {
					equal(t, "status", w.Code, test.fault.Status)
				}
				equal(t, "faulted, in the request log", s.RequestLog()[0].Faulted, true)
				s.Wait()
				var carriedOut time.Duration
				if events := s.Events(); len(events) > 0 {
					carriedOut = events[0].CreatedAt.Sub(start)
				}
				equal(t, "carried out after", carriedOut, test.carriedOut)
			})
		})
	}
}

// slowWriter writes to a client that takes a minute to read a response.
type slowWriter struct{ *httptest.ResponseRecorder }

func (w slowWriter) Write(b []byte) (int, error) {
	time.Sleep(time.Minute)
	return w.ResponseRecorder.Write(b)
}

func TestFault_doAfterSlowResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sandbox.Server{}
		s.Inject(sandbox.Fault{Do: true, DoAfter: time.Second, Body: "late"})
		start := time.Now()
		path := "/v2/speech/webhooks/endpoints/" + s.AddEndpoint(sandbox.Endpoint{URL: hookURL}).ID + "/test"
		r := httptest.NewRequestWithContext(t.Context(), "POST", path, nil)
		r.Header.Set("x-api-key", "a-key")
		s.ServeHTTP(slowWriter{httptest.NewRecorder()}, r)
		s.Wait()
		equal(t, "carried out after", s.Events()[0].CreatedAt.Sub(start), time.Minute+time.Second)
	})
}

func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sandbox.Server{Latency: time.Minute}
		start := time.Now()
		w, _ := direct(t.Context(), s, "POST", "/webhooks/endpoints", createBody)
		equal(t, "status", w.Code, 200)
		equal(t, "time taken", time.Since(start), time.Minute)
		_, _ = direct(t.Context(), s, "GET", "/nothing", "")
		equal(t, "time taken with an unknown path", time.Since(start), 2*time.Minute)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, aborted := direct(ctx, s, "POST", "/webhooks/endpoints", createBody)
		equal(t, "aborted", aborted, true)
		equal(t, "time taken by a client that times out", time.Since(start), 2*time.Minute+time.Second)
		equal(t, "endpoints", len(s.Endpoints()), 1)
	})
}
