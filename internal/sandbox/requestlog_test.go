package sandbox_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestRequestLog(t *testing.T) {
	t.Parallel()
	clock := newClock()
	start := clock.Now()
	answered := make(chan sandbox.Request, 1)
	s := &sandbox.Server{APIKey: "a-key", Now: clock.Now, Log: func(r sandbox.Request) { answered <- r }}
	s.Inject(sandbox.Fault{Operation: sandbox.OpUpdateEndpoint, Status: 503})
	s.Inject(sandbox.Fault{Operation: sandbox.OpUnknown, Close: true})
	c := serve(t, s)
	none := url.Values{}
	var want []sandbox.Request
	for _, row := range []sandbox.Request{
		{Operation: sandbox.OpCreateEndpoint, Method: "POST", Path: "/webhooks/endpoints", Query: none, Body: []byte(createBody), Status: 200},
		{Operation: sandbox.OpListEvents, Method: "GET", Path: "/webhooks/events", Query: url.Values{"from_date": {"x", "y"}}, Status: 422},
		{Operation: sandbox.OpGetEndpoint, Method: "GET", Path: "/webhooks/endpoints/a%2Fb", Query: none, Status: 422},
		{Operation: sandbox.OpUpdateEndpoint, Method: "PUT", Path: "/webhooks/endpoints/1", Query: none, Body: []byte("{}"), Status: 503, Faulted: true},
		{Operation: sandbox.OpUnknown, Method: "GET", Path: "/v2/speech/other", Query: none, Faulted: true},
	} {
		request := c.request(row.Method, strings.TrimPrefix(row.Path, "/v2/speech")+"?"+row.Query.Encode(), string(row.Body))
		if row.Status == 0 {
			c.incomplete(request)
		} else {
			c.send(request)
		}
		logged := <-answered
		equal(t, "key", logged.Header.Get("x-api-key"), "a-key")
		row.Time, row.Header, row.Body = clock.Now(), logged.Header, append([]byte{}, row.Body...)
		equal(t, "Log", logged, row)
		want = append(want, row)
		clock.Advance(time.Second)
	}
	equal(t, "request log", s.RequestLog(), want)
	equal(t, "time of the first request", s.RequestLog()[0].Time, start)
	equal(t, "count", s.Count(sandbox.OpCreateEndpoint), 1)
	equal(t, "count of another operation", s.Count(sandbox.OpGetEvent), 0)

	// Results are copies.
	r := s.RequestLog()[1]
	r.Header.Set("x-api-key", "changed")
	r.Query["from_date"][0] = "changed"
	s.RequestLog()[0].Body[0] = 'x'
	equal(t, "request log", s.RequestLog(), want)

	s.ResetRequestLog()
	equal(t, "request log after a reset", len(s.RequestLog()), 0)
	equal(t, "MaxConcurrent after a reset", s.MaxConcurrent(), 0)
	equal(t, "endpoints after a reset", len(s.Endpoints()), 1)
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
		equal(t, "MaxConcurrent", s.MaxConcurrent(), 2)

		for range 3 {
			requests.Go(func() { direct(t.Context(), s, "GET", "/nothing", "") })
		}
		synctest.Wait()
		s.ResetRequestLog()
		equal(t, "MaxConcurrent at a reset", s.MaxConcurrent(), 3)
		requests.Wait()
		equal(t, "MaxConcurrent after the reset", s.MaxConcurrent(), 3)
	})
}

// A request whose response has begun is no longer in flight: its client may have the response, and send the next one,
// before the handler returns.
func TestMaxConcurrent_sequentialClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sandbox.Server{}
		var requests sync.WaitGroup
		for range 2 {
			requests.Go(func() {
				s.ServeHTTP(slowWriter{httptest.NewRecorder()}, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
			})
			synctest.Wait()
		}
		requests.Wait()
		equal(t, "MaxConcurrent", s.MaxConcurrent(), 1)
	})
}
