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

// createMany creates endpoints, so many of them at a time.
func createMany(t *testing.T, p *acctest.Provider, total, atATime int) {
	t.Helper()
	var all sync.WaitGroup
	places := make(chan struct{}, atATime)
	for n := range total {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			if _, problems := p.Apply(endpointType, nil, acctest.Object{"url": fmt.Sprintf("https://example.com/%d", n)}); len(problems) > 0 {
				t.Errorf("create %d: %v", n, problems)
			}
		})
	}
	all.Wait()
}

// expectFewRefused fails when there is not one endpoint for each create, or when one was refused three times.
func expectFewRefused(t *testing.T, e *acctest.Env, creates int) {
	t.Helper()
	refused, some := map[string]int{}, false
	for _, r := range e.Sandbox.RequestLog() {
		if r.Status == http.StatusTooManyRequests {
			refused[r.Method+" "+string(r.Body)]++
			some = true
		}
	}
	for create, n := range refused {
		if n >= 3 {
			t.Errorf("%s was refused %d times", create, n)
		}
	}
	if n := len(e.Sandbox.Endpoints()); n != creates || !some {
		t.Errorf("there are %d endpoints, and %d creates were refused", n, len(refused))
	}
}

// TestBulkApplyAgainstARateLimit gets slower and does not fail, in real time.
func TestBulkApplyAgainstARateLimit(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.RateLimit = sandbox.RateLimit{PerSecond: 20} })
	e.Client = append(e.Client, func(c *prosa.Config) { c.Sleep = nil })
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint("count = 60\n  url = \"https://example.com/${count.index}\""))
	w.Run("apply", "-auto-approve", "-parallelism=60")
	expectFewRefused(t, e, 60)
	if n := len(w.State()); n != 60 {
		t.Errorf("there are %d resources in the state", n)
	}
}

func TestRequestsPerSecondHoldsThePace(t *testing.T) {
	acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
		p := e.Provider()
		p.Configure(acctest.Object{"requests_per_second": 4}).ExpectNone(t)
		// The second answer gets lost, so that retries are among the requests.
		e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Skip: 1, Status: 502})
		createMany(t, p, 20, 10)
		requests := e.Sandbox.RequestLog()
		for i := 1; i < len(requests); i++ {
			if gap := requests[i].Time.Sub(requests[i-1].Time); gap < 250*time.Millisecond-time.Microsecond {
				t.Errorf("request %d came %s after the one before it", i, gap)
			}
		}
		if took := requests[len(requests)-1].Time.Sub(requests[0].Time); len(requests) < 22 || took > time.Duration(len(requests))*250*time.Millisecond+30*time.Second { // for so long the lost one is looked for
			t.Errorf("%d requests took %s", len(requests), took)
		}
	})
}
