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
	for _, r := range e.Sandbox.Journal() {
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

func TestBulkCreateAgainstARateLimitIsSlowerAndDoesNotFail(t *testing.T) {
	t.Parallel()
	for _, retryAfter := range []string{"", "seconds", "date"} {
		for _, atATime := range []int{10, 60} {
			t.Run(fmt.Sprintf("Retry-After %q, %d at a time", retryAfter, atATime), func(t *testing.T) {
				acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
					e.Vars["PROSA_MAX_RETRIES"] = "0" // a 429 does not use them up
					start := e.Clock.Now()
					createMany(t, e.Configured(), 60, atATime)
					expectFewRefused(t, e, 60)
					if took := e.Clock.Now().Sub(start); took < 2*time.Second || took > 10*time.Second {
						t.Errorf("it took %s, and 3s should do", took)
					}
				}, func(s *sandbox.Server) {
					s.RateLimit = sandbox.RateLimit{Requests: 20, Per: time.Second, RetryAfter: retryAfter}
				})
			})
		}
	}
}

// TestBulkApplyAgainstARateLimit is the same with the CLI, and in real time.
func TestBulkApplyAgainstARateLimit(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.RateLimit = sandbox.RateLimit{Requests: 20, Per: time.Second} })
	e.Client = append(e.Client, func(c *prosa.Config) { c.Sleep = nil })
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint("count = 60\n  url = \"https://example.com/${count.index}\""))
	w.Run("apply", "-auto-approve", "-parallelism=60")
	expectFewRefused(t, e, 60)
	if n := len(w.State()); n != 60 {
		t.Errorf("there are %d resources in the state", n)
	}
}

// TestA429HoldsBackEveryRequest refuses one of many, also of those that wait for their turn by the pace.
func TestA429HoldsBackEveryRequest(t *testing.T) {
	t.Parallel()
	for _, pace := range []string{"", "4"} {
		t.Run("requests_per_second "+pace, func(t *testing.T) {
			acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
				e.Vars["PROSA_REQUESTS_PER_SECOND"] = pace
				e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Skip: 3, Status: 429, Header: http.Header{"Retry-After": {"30"}}})
				createMany(t, e.Configured(), 20, 5)
				var refusedAt time.Time
				for _, r := range e.Sandbox.Journal() {
					if after := r.Time.Sub(refusedAt); !refusedAt.IsZero() && after > 0 && after < 30*time.Second {
						t.Errorf("%s %s came %s after a 429 that asked for 30s", r.Method, r.Body, after)
					}
					if r.Status == 429 {
						refusedAt = r.Time
					}
				}
				if n := len(e.Sandbox.Endpoints()); n != 20 || refusedAt.IsZero() {
					t.Errorf("there are %d endpoints", n)
				}
			})
		})
	}
}

func TestA429IsWaitedForTenMinutesAtMost(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]http.Header{
		"for ever":    nil,
		"a long time": {"Retry-After": {"3600"}},
	} {
		t.Run(name, func(t *testing.T) {
			acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
				e.Sandbox.Inject(sandbox.Fault{Status: 429, Header: header, Times: -1})
				start := e.Clock.Now()
				_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
				problems.Expect(t, "error", "", "429", "requests_per_second")
				if took := e.Clock.Now().Sub(start); took > 10*time.Minute+30*time.Second { // the check of the plan, and the create
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

func TestRequestsPerSecondHoldsThePace(t *testing.T) {
	acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
		p := e.Provider()
		p.Configure(acctest.Object{"requests_per_second": 4}).ExpectNone(t)
		// The second answer gets lost, so that retries are among the requests.
		e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Skip: 1, Status: 502})
		createMany(t, p, 20, 10)
		journal := e.Sandbox.Journal()
		for i := 1; i < len(journal); i++ {
			if gap := journal[i].Time.Sub(journal[i-1].Time); gap < 250*time.Millisecond-time.Microsecond {
				t.Errorf("request %d came %s after the one before it", i, gap)
			}
		}
		if took := journal[len(journal)-1].Time.Sub(journal[0].Time); len(journal) < 22 || took > time.Duration(len(journal))*250*time.Millisecond+30*time.Second { // for so long the lost one is looked for
			t.Errorf("%d requests took %s", len(journal), took)
		}
	})
}
