package provider_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestBulkApplyWithRateLimit creates 60 endpoints in real time, at a limit of 20 requests per second.
func TestBulkApplyWithRateLimit(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.RateLimit = sandbox.RateLimit{PerSecond: 20} })
	e.Client = append(e.Client, func(c *prosa.Config) { c.Sleep = nil })
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint("count = 60\n  url = \"https://example.com/${count.index}\""))
	w.Run("apply", "-auto-approve", "-parallelism=60")
	if created, state := len(e.Sandbox.Endpoints()), len(w.State()); created != 60 || state != 60 {
		t.Errorf("there are %d endpoints, and %d in the state", created, state)
	}
	limited := map[string]int{} // by create
	for _, r := range e.Sandbox.RequestLog() {
		if r.Status == http.StatusTooManyRequests {
			limited[string(r.Body)]++
		}
	}
	if len(limited) == 0 {
		t.Error("the rate limit was not reached")
	}
	for create, n := range limited {
		if n >= 3 {
			t.Errorf("%s got %d responses of 429", create, n)
		}
	}
}

// TestRequestsPerSecond creates endpoints in parallel; one create is retried.
func TestRequestsPerSecond(t *testing.T) {
	acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
		p := e.Provider()
		p.Configure(acctest.Object{"requests_per_second": 4}).ExpectNone(t)
		e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Skip: 1, Status: 502})
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				_, problems := p.Apply(endpointType, nil, acctest.Object{"url": fmt.Sprintf("https://example.com/%d", n)})
				problems.ExpectNone(t)
			})
		}
		all.Wait()
		requests := e.Sandbox.RequestLog()
		for i := 1; i < len(requests); i++ {
			if gap := requests[i].Time.Sub(requests[i-1].Time); gap < 250*time.Millisecond-time.Microsecond {
				t.Errorf("request %d came %s after the one before it", i, gap)
			}
		}
		if n := e.Sandbox.Count(sandbox.OpCreateEndpoint); n != 9 {
			t.Errorf("%d POSTs, want 9", n)
		}
	})
}
