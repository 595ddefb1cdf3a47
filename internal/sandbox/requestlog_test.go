package sandbox_test

import (
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestRequestLog(t *testing.T) {
	t.Parallel()
	clock := newClock()
	answered := make(chan sandbox.Request, 1)
	var logged []sandbox.Request
	s := &sandbox.Server{APIKey: "a-key", Now: clock.Now, Log: func(r sandbox.Request) { answered <- r }}
	c := serve(t, s)
	do := func(method, path, body string) {
		t.Helper()
		c.do(method, path, body)
		logged = append(logged, <-answered)
	}
	do("POST", "/webhooks/endpoints", create)
	clock.Advance(time.Second)
	do("GET", "/webhooks/events?from_date=x&from_date=y", "")
	c.key = "wrong"
	do("DELETE", "/webhooks/endpoints/"+missingID, "")
	s.Inject(sandbox.Fault{Status: 503})
	s.Inject(sandbox.Fault{Close: true})
	do("PUT", "/webhooks/endpoints/a%2Fb", "{}")
	c.broken(c.request("GET", "/other", ""))
	logged = append(logged, <-answered)

	type line struct {
		at           time.Duration
		op           sandbox.Operation
		method, path string
		query        url.Values
		key, body    string
		status       int
		faulted      bool
	}
	want := []line{
		{0, sandbox.OpCreateEndpoint, "POST", "/webhooks/endpoints", url.Values{}, "a-key", create, 200, false},
		{time.Second, sandbox.OpListEvents, "GET", "/webhooks/events", url.Values{"from_date": {"x", "y"}}, "a-key", "", 422, false},
		{time.Second, sandbox.OpDeleteEndpoint, "DELETE", "/webhooks/endpoints/" + missingID, url.Values{}, "wrong", "", 401, false},
		{time.Second, sandbox.OpUpdateEndpoint, "PUT", "/webhooks/endpoints/a%2Fb", url.Values{}, "wrong", "{}", 503, true},
		{time.Second, sandbox.OpUnknown, "GET", "/v2/speech/other", url.Values{}, "wrong", "", 0, true},
	}
	lines := func(requests []sandbox.Request) []line {
		var list []line
		for _, r := range requests {
			list = append(list, line{r.Time.Sub(newClock().now), r.Operation, r.Method, r.Path, r.Query, r.Header.Get("x-api-key"), string(r.Body), r.Status, r.Faulted})
		}
		return list
	}
	equal(t, "request log", lines(s.RequestLog()), want)
	equal(t, "logged", lines(logged), want)
	equal(t, "count", s.Count(sandbox.OpCreateEndpoint), 1)
	equal(t, "count of what was refused", s.Count(sandbox.OpDeleteEndpoint), 1)
	equal(t, "count of what there was none of", s.Count(sandbox.OpGetEvent), 0)
	equal(t, "at the same time", s.MaxConcurrent(), 1)

	// Results are copies.
	r := s.RequestLog()[1]
	r.Header.Set("x-api-key", "changed")
	r.Query["from_date"][0] = "changed"
	s.RequestLog()[0].Body[0] = 'x'
	equal(t, "request log", lines(s.RequestLog()), want)

	s.ResetRequestLog()
	equal(t, "request log after a reset", len(s.RequestLog()), 0)
	equal(t, "count after a reset", s.Count(sandbox.OpCreateEndpoint), 0)
	equal(t, "at the same time after a reset", s.MaxConcurrent(), 0)
	equal(t, "state after a reset", len(s.Endpoints()), 1)
	do("GET", "/webhooks/endpoints", "")
	equal(t, "request log goes on", len(s.RequestLog()), 1)
}

func TestMaxConcurrent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sandbox.Server{Latency: time.Minute}
		var requests sync.WaitGroup
		for i := range 5 {
			requests.Go(func() {
				// The first two have been answered before the others arrive.
				time.Sleep(time.Duration(i/2) * time.Hour)
				direct(t.Context(), s, "GET", "/webhooks/endpoints", "")
			})
		}
		requests.Wait()
		equal(t, "at the same time", s.MaxConcurrent(), 2)

		for range 3 {
			requests.Go(func() { direct(t.Context(), s, "GET", "/nothing", "") })
		}
		synctest.Wait()
		s.ResetRequestLog()
		equal(t, "under way at a reset", s.MaxConcurrent(), 3)
		requests.Wait()
		equal(t, "after it", s.MaxConcurrent(), 3)
	})
}

// A request whose answer has begun is no longer in flight: its client may have the answer, and send the next request,
// before the handler returns.
func TestMaxConcurrentIsOneForAClientThatTakesTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sandbox.Server{}
		var requests sync.WaitGroup
		for range 2 {
			requests.Go(func() {
				s.ServeHTTP(slow{httptest.NewRecorder()}, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
			})
			synctest.Wait()
		}
		requests.Wait()
		equal(t, "at the same time", s.MaxConcurrent(), 1)
	})
}
