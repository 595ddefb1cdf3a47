package sandbox_test

import (
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	clock := newClock()
	var logged []sandbox.Request
	var mu sync.Mutex
	s := &sandbox.Server{APIKey: "a-key", Now: clock.Now, Log: func(r sandbox.Request) {
		mu.Lock()
		defer mu.Unlock()
		logged = append(logged, r)
	}}
	c := serve(t, s)
	c.ok("POST", "/webhooks/endpoints", create)
	clock.Advance(time.Second)
	c.do("GET", "/webhooks/events?from_date=x&from_date=y", "")
	c.key = "wrong"
	c.do("DELETE", "/webhooks/endpoints/"+missingID, "")
	s.Inject(sandbox.Fault{Status: 503})
	s.Inject(sandbox.Fault{Close: true})
	c.do("PUT", "/webhooks/endpoints/a%2Fb", "{}")
	c.broken(c.request("GET", "/other", ""))

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
	must(t, "journal", lines(s.Journal()), want)
	must(t, "count", s.Count(sandbox.OpCreateEndpoint), 1)
	must(t, "count of what was refused", s.Count(sandbox.OpDeleteEndpoint), 1)
	must(t, "count of what there was none of", s.Count(sandbox.OpGetEvent), 0)
	must(t, "at the same time", s.MaxConcurrent(), 1)

	// What is handed out is a copy.
	r := s.Journal()[1]
	r.Header.Set("x-api-key", "changed")
	r.Query["from_date"][0] = "changed"
	s.Journal()[0].Body[0] = 'x'
	must(t, "journal", lines(s.Journal()), want)

	s.ResetJournal()
	must(t, "journal after a reset", len(s.Journal()), 0)
	must(t, "count after a reset", s.Count(sandbox.OpCreateEndpoint), 0)
	must(t, "at the same time after a reset", s.MaxConcurrent(), 0)
	must(t, "state after a reset", len(s.Endpoints()), 1)
	c.do("GET", "/webhooks/endpoints", "")
	must(t, "journal goes on", len(s.Journal()), 1)

	// Log comes after the answer, and the last of these answers may just have been given.
	c.http.CloseIdleConnections()
	s.Wait()
	mu.Lock()
	defer mu.Unlock()
	if got := lines(logged); len(got) < len(want) {
		t.Errorf("logged %d", len(got))
	} else {
		must(t, "logged", got[:len(want)], want)
	}
}

func TestMaxConcurrent(t *testing.T) {
	t.Parallel()
	const most = 5
	together := make(chan struct{})
	arrived := make(chan struct{}, most)
	s := &sandbox.Server{}
	// Each request waits here for the others; a fault that never applies is only asked.
	s.Inject(sandbox.Fault{Skip: 1 << 30, Match: func(sandbox.Request) bool { return false }})
	s.Now = func() time.Time {
		arrived <- struct{}{}
		<-together
		return time.Unix(0, 0)
	}
	c := serve(t, s)
	var requests sync.WaitGroup
	for range most {
		requests.Go(func() { c.ok("GET", "/webhooks/endpoints", "") })
	}
	for range most {
		<-arrived
	}
	go func() {
		for range arrived {
		}
	}()
	close(together)
	requests.Wait()
	must(t, "at the same time", s.MaxConcurrent(), most)
}
