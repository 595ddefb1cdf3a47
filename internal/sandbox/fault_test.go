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

const create = `{"url":"` + hook + `"}`

// broken sends a request whose answer must not arrive whole, and returns the part that arrived.
func (c *client) broken(r *http.Request) (status int, body string) {
	c.t.Helper()
	response, err := c.http.Do(r)
	if err == nil {
		defer func() { _ = response.Body.Close() }()
		var part []byte
		part, err = io.ReadAll(response.Body)
		status, body = response.StatusCode, string(part)
	}
	if err == nil {
		c.t.Fatalf("%s %s was answered: %d %s", r.Method, r.URL.Path, status, body)
	}
	return status, body
}

func TestFaultAnswersInstead(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	c := serve(t, s)
	s.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: 503, Header: http.Header{"retry-after": {"7"}}, Body: "<html>busy</html>"})
	r := c.do("POST", "/webhooks/endpoints", create)
	equal(t, "status", r.status, 503)
	equal(t, "body", r.body, "<html>busy</html>")
	equal(t, "header", r.header.Get("Retry-After"), "7")
	equal(t, "content type", r.header.Get("Content-Type"), "text/html; charset=utf-8")
	equal(t, "not carried out", len(s.Endpoints()), 0)

	c.ok("POST", "/webhooks/endpoints", create)
	equal(t, "carried out after the fault", len(s.Endpoints()), 1)

	s.Inject(sandbox.Fault{Body: "[1", Header: http.Header{"Content-Type": {"application/json"}}})
	r = c.do("GET", "/webhooks/endpoints", "")
	equal(t, "status of a body alone", r.status, 200)
	equal(t, "body", r.body, "[1")
	equal(t, "content type", r.header.Get("Content-Type"), "application/json")

	s.Inject(sandbox.Fault{Header: http.Header{"X-Request-Id": {"7"}}})
	r = c.ok("GET", "/webhooks/endpoints", "")
	equal(t, "header added to the real answer", r.header.Get("X-Request-Id"), "7")
	equal(t, "real body", len(r.list()), 1)

	s.Inject(sandbox.Fault{Header: http.Header{"x-request-id": {"8"}}})
	r = c.do("PATCH", "/webhooks/endpoints", "")
	equal(t, "header beside the real answer's own", r.header.Get("X-Request-Id")+r.header.Get("Allow"), "8GET, POST")

	// Faults come before the key is checked.
	s.Inject(sandbox.Fault{Status: 302, Header: http.Header{"Location": {"https://example.com/"}}})
	c.key = ""
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	equal(t, "redirect without a key", c.do("GET", "/webhooks/endpoints", "").status, 302)
}

func TestFaultCarriesOut(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	c := serve(t, s)
	s.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Status: 502})
	r := c.do("POST", "/webhooks/endpoints", create)
	equal(t, "status", r.status, 502)
	equal(t, "body", r.body, "")
	equal(t, "carried out", len(s.Endpoints()), 1)

	s.Inject(sandbox.Fault{Operation: sandbox.OpDeleteEndpoint, Do: true, Close: true})
	c.broken(c.request("DELETE", "/webhooks/endpoints/"+s.Endpoints()[0].ID, ""))
	equal(t, "carried out before the connection closed", len(s.Endpoints()), 0)

	s.Inject(sandbox.Fault{Close: true})
	c.broken(c.request("POST", "/webhooks/endpoints", create))
	equal(t, "not carried out before the connection closed", len(s.Endpoints()), 0)

	// A fault with Do carries out the real operation, which validates the request as always.
	s.Inject(sandbox.Fault{Do: true, Status: 504})
	c.key = ""
	equal(t, "status", c.do("POST", "/webhooks/endpoints", create).status, 504)
	equal(t, "carried out without a key", len(s.Endpoints()), 0)
}

func TestFaultTruncates(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	c := serve(t, s)
	s.Inject(sandbox.Fault{Truncate: 8, Times: 2})
	status, body := c.broken(c.request("POST", "/webhooks/endpoints", create))
	equal(t, "status", status, 200)
	equal(t, "carried out for its answer", len(s.Endpoints()), 1)
	equal(t, "body", body, `{"id":"`+s.Endpoints()[0].ID[:1])

	status, body = c.broken(c.request("GET", "/webhooks/endpoints/"+missingID, ""))
	equal(t, "status of the real answer", status, 404)
	equal(t, "body", body, `{"status`)

	s.Inject(sandbox.Fault{Truncate: 2, Status: 500, Body: "abc"})
	status, body = c.broken(c.request("POST", "/webhooks/endpoints", create))
	equal(t, "status of a given answer", status, 500)
	equal(t, "body", body, "ab")
	equal(t, "not carried out for a given answer", len(s.Endpoints()), 1)

	s.Inject(sandbox.Fault{Truncate: 1 << 20})
	equal(t, "cut after its end", c.do("GET", "/webhooks/endpoints/"+s.Endpoints()[0].ID, "").status, 200)
}

func TestFaultNeverEnds(t *testing.T) {
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
		response, err := c.http.Do(c.request("POST", "/webhooks/endpoints", create))
		if err != nil {
			t.Fatal(err)
		}
		const much = 3 << 20
		body, err := io.ReadAll(io.LimitReader(response.Body, much))
		if err != nil || len(body) != much {
			t.Fatalf("%d bytes, %v", len(body), err)
		}
		equal(t, "beginning", strings.TrimRight(string(body), " "), test.beginning)
		equal(t, "status", response.StatusCode, test.status)
		_ = response.Body.Close()
		equal(t, "status in the request log", (<-ended).Status, test.status)
	}
	equal(t, "carried out once", len(s.Endpoints()), 1)
}

func TestFaultsAreMatchedInOrder(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	c := serve(t, s)
	s.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Skip: 1, Times: 2, Status: 501})
	s.Inject(sandbox.Fault{Match: func(r sandbox.Request) bool { return r.Query.Get("from_date") == "2023-01-17" }, Status: 502})
	s.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Skip: 1, Status: 503})
	s.Inject(sandbox.Fault{Operation: sandbox.OpUnknown, Times: -1, Status: 504})
	status := func(path string) int { return c.do("GET", path, "").status }

	equal(t, "skipped by both of the listing's", status("/webhooks/endpoints"), 200)
	equal(t, "another operation", status("/webhooks/events"), 200)
	equal(t, "first", status("/webhooks/endpoints"), 501)
	equal(t, "first again", status("/webhooks/endpoints"), 501)
	equal(t, "the third has skipped one, and counts on when the first is used up", status("/webhooks/endpoints"), 503)
	equal(t, "all used up", status("/webhooks/endpoints"), 200)
	equal(t, "not the query", status("/webhooks/events?from_date=2023-01-18"), 200)
	equal(t, "the query", status("/webhooks/events?from_date=2023-01-17"), 502)
	equal(t, "the query, used up", status("/webhooks/events?from_date=2023-01-17"), 200)
	for range 3 {
		equal(t, "always", status("/nothing"), 504)
	}
	s.ClearFaults()
	equal(t, "cleared", status("/nothing"), 404)

	s.Inject(sandbox.Fault{Status: 500})
	equal(t, "any", status("/webhooks/endpoints"), 500)
	equal(t, "any, once", status("/webhooks/endpoints"), 200)
}

func TestFaultsThatContradictThemselves(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	for _, f := range []sandbox.Fault{
		{Status: 100}, {Status: 600}, {Status: -1}, {Status: 204, Body: "x"}, {Skip: -1}, {Truncate: -1}, {Delay: -1}, {DoAfter: -1, Do: true, Status: 500},
		{Close: true, Endless: true}, {Close: true, Truncate: 1}, {Endless: true, Truncate: 1},
		{Close: true, Status: 500}, {Close: true, Body: "x"}, {Close: true, Header: http.Header{}},
		{DoAfter: 1, Status: 500}, {DoAfter: 1, Do: true}, {DoAfter: 1, Do: true, Truncate: 1}, {DoAfter: 1, Do: true, Detach: true, Status: 500},
		{Detach: true, Status: 500}, {Detach: true, Close: true},
	} {
		wantPanic(t, "sandbox: Fault.", func() { s.Inject(f) })
	}
	equal(t, "nothing injected", serve(t, s).do("GET", "/webhooks/endpoints", "").status, 200)
}

// The client gives up, over a real connection. Depending on the fault, the operation is still carried out or is not.
func TestFaultWhenTheClientGivesUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault sandbox.Fault
		want  int
	}{
		{"delayed", sandbox.Fault{Delay: time.Hour}, 0},
		{"to be carried out after the delay", sandbox.Fault{Delay: time.Hour, Do: true, Status: 500}, 0},
		{"detached", sandbox.Fault{Delay: 200 * time.Millisecond, Do: true, Detach: true, Close: true}, 1},
		{"detached, with the real answer", sandbox.Fault{Delay: 200 * time.Millisecond, Detach: true}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan sandbox.Request, 1)
			s := &sandbox.Server{Log: func(r sandbox.Request) { ended <- r }}
			c := serve(t, s)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			test.fault.Match = func(sandbox.Request) bool {
				cancel()
				return true
			}
			s.Inject(test.fault)
			c.broken(c.request("POST", "/webhooks/endpoints", create).WithContext(ctx))
			r := <-ended
			equal(t, "status", r.Status, 0)
			equal(t, "faulted", r.Faulted, true)
			s.Wait()
			equal(t, "endpoints", len(s.Endpoints()), test.want)
		})
	}
}

// TestFaultTimes tests when the operation is carried out. This tests which operations are, over a real connection.
func TestFaultDoesTheWorkLater(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"behind a 500":               {Status: 500},
		"behind a 502":               {Status: 502, Body: "<html>"},
		"behind a closed connection": {Close: true},
		"behind a cut body":          {Status: 200, Body: "abc", Truncate: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fault.Do, fault.DoAfter = true, time.Millisecond
			s := &sandbox.Server{}
			c := serve(t, s)
			lose := func(path, body string) {
				t.Helper()
				s.Inject(fault)
				if fault.Status >= 500 {
					equal(t, "status", c.do("POST", path, body).status, fault.Status)
				} else {
					c.broken(c.request("POST", path, body))
				}
			}

			lose("/webhooks/endpoints", create)
			// Wait counts the work as soon as the client has the answer.
			s.Wait()
			equal(t, "endpoints", len(s.Endpoints()), 1)
			e := s.Endpoints()[0]
			equal(t, "listed later", column(c.ok("GET", "/webhooks/endpoints", "").list(), "id"), []any{e.ID})

			lose("/webhooks/endpoints/"+e.ID+"/secret", `{"rotation_period":{"days":1}}`)
			s.Wait()
			equal(t, "keys later", len(s.Endpoints()[0].Secrets), 2)

			var lost []int
			for _, r := range s.RequestLog() {
				if r.Faulted {
					lost = append(lost, r.Status)
				}
			}
			equal(t, "lost requests in the request log", lost, []int{fault.Status, fault.Status})
		})
	}
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

func TestFaultTimes(t *testing.T) {
	t.Parallel()
	const step = time.Minute
	for _, test := range []struct {
		name                    string
		fault                   sandbox.Fault
		patience, answered, did time.Duration // did: when the operation was carried out; 0: never
		aborted                 bool
	}{
		{"delay", sandbox.Fault{Delay: 2 * step}, 9 * step, 2 * step, 2 * step, false},
		{"delay with an answer", sandbox.Fault{Delay: 2 * step, Status: 500}, 9 * step, 2 * step, 0, false},
		{"delay before both", sandbox.Fault{Delay: 2 * step, Do: true, Status: 500}, 9 * step, 2 * step, 2 * step, false},
		{"delay, given up", sandbox.Fault{Delay: 2 * step, Do: true, Status: 500}, step, step, 0, true},
		{"detached", sandbox.Fault{Delay: 2 * step, Do: true, Detach: true, Status: 500}, 9 * step, 2 * step, 2 * step, false},
		{"detached, given up", sandbox.Fault{Delay: 2 * step, Do: true, Detach: true, Status: 500}, step, step, 2 * step, true},
		{"after the answer", sandbox.Fault{Do: true, DoAfter: 3 * step, Status: 500}, 9 * step, 0, 3 * step, false},
		{"after a delay and the answer", sandbox.Fault{Delay: step, Do: true, DoAfter: 3 * step, Status: 500}, 9 * step, step, 4 * step, false},
		{"after a connection that closed", sandbox.Fault{Do: true, DoAfter: 3 * step, Close: true}, 9 * step, 0, 3 * step, true},
		{"after an answer to a client that gave up", sandbox.Fault{Delay: 2 * step, Do: true, DoAfter: 3 * step, Close: true}, step, step, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &sandbox.Server{}
				s.Inject(test.fault)
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), test.patience)
				defer cancel()
				e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
				w, aborted := direct(ctx, s, "POST", "/webhooks/endpoints/"+e.ID+"/test", "")
				equal(t, "answered after", time.Since(start), test.answered)
				equal(t, "aborted", aborted, test.aborted)
				if !aborted && test.fault.Status != 0 {
					equal(t, "status", w.Code, test.fault.Status)
				}
				s.Wait()
				var did time.Duration
				if events := s.Events(); len(events) > 0 {
					did = events[0].CreatedAt.Sub(start)
				}
				equal(t, "carried out after", did, test.did)
			})
		})
	}
}

// slow is a client that takes a minute to read an answer.
type slow struct{ *httptest.ResponseRecorder }

func (w slow) Write(b []byte) (int, error) {
	time.Sleep(time.Minute)
	return w.ResponseRecorder.Write(b)
}

func TestLateWorkBeginsWhenTheAnswerIsGiven(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sandbox.Server{}
		s.Inject(sandbox.Fault{Do: true, DoAfter: time.Second, Body: "late"})
		start := time.Now()
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/v2/speech/webhooks/endpoints/"+s.AddEndpoint(sandbox.Endpoint{URL: hook}).ID+"/test", nil)
		r.Header.Set("x-api-key", "a-key")
		s.ServeHTTP(slow{httptest.NewRecorder()}, r)
		s.Wait()
		equal(t, "carried out after", s.Events()[0].CreatedAt.Sub(start), time.Minute+time.Second)
	})
}

func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sandbox.Server{Latency: time.Minute}
		start := time.Now()
		w, _ := direct(t.Context(), s, "POST", "/webhooks/endpoints", create)
		equal(t, "status", w.Code, 200)
		equal(t, "time taken", time.Since(start), time.Minute)
		_, _ = direct(t.Context(), s, "GET", "/nothing", "")
		equal(t, "time taken with what is not found", time.Since(start), 2*time.Minute)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, aborted := direct(ctx, s, "POST", "/webhooks/endpoints", create)
		equal(t, "given up", aborted, true)
		equal(t, "time taken when given up", time.Since(start), 2*time.Minute+time.Second)
		equal(t, "endpoints", len(s.Endpoints()), 1)
	})
}
