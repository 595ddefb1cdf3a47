package prosa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestA429DoesNotUseUpRetries(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{"GET": detailJSON, "PUT": detailJSON, "DELETE": "", "POST": ticketJSON}
	for method, run := range send {
		clock := newClock()
		r, server := serve(t, script(t, append(times(7, reply(429, "slow down", "Retry-After", "3")), reply(200, bodies[method]))...))
		c := connect(t, server.URL, func(c *Config) { c.MaxRetries, c.Now, c.Sleep = 0, clock.Now, clock.Sleep })
		if err := run(t.Context(), c); err != nil {
			t.Errorf("%s: %v", method, err)
		}
		equal(t, method+" requests", r.count(method), 8)
		equal(t, method+" waits", fmt.Sprint(clock.waited()), "[3s 3s 3s 3s 3s 3s 3s]")
	}
}

func TestA429MakesEveryRequestWait(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		start := time.Now()
		c, r, _ := simulate(t, script(t, append([]http.HandlerFunc{reply(429, "", "Retry-After", "30")}, times(10, reply(200, detailJSON))...)...),
			func(c *Config) { c.MaxRetries = 0 })
		var all sync.WaitGroup
		ask := func() {
			all.Go(func() {
				if err := send["GET"](t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		ask()
		for range 9 {
			time.Sleep(time.Second)
			ask()
		}
		all.Wait()
		arrivals := r.since(start)
		equal(t, "requests", len(arrivals), 11)
		for _, at := range arrivals[1:] {
			equal(t, "arrival", at, 30*time.Second)
		}
	})
}

func TestABulkApplyAgainstARateLimitGetsSlowerAndDoesNotFail(t *testing.T) {
	for _, retryAfter := range []string{"", "0", "2"} {
		t.Run("Retry-After "+retryAfter, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				var (
					mu   sync.Mutex
					left = 5
				)
				stop := make(chan struct{})
				defer close(stop)
				go func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(10 * time.Second):
							mu.Lock()
							left = 5
							mu.Unlock()
						}
					}
				}()
				c, r, _ := simulate(t, func(w http.ResponseWriter, req *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					if left--; left < 0 {
						headers := []string{}
						if retryAfter != "" {
							headers = []string{"Retry-After", retryAfter}
						}
						reply(429, "", headers...)(w, req)
						return
					}
					reply(200, detailJSON)(w, req)
				}, func(c *Config) { c.MaxRetries = 0 })
				var all sync.WaitGroup
				for range 40 {
					all.Go(func() {
						if err := send["GET"](t.Context(), c); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if n := r.count(""); n > 40*40 {
					t.Errorf("%d requests for 40", n)
				}
			})
		})
	}
}

func TestA429IsWaitedForTenMinutesAtMost(t *testing.T) {
	for _, row := range []struct {
		retryAfter string
		taken      time.Duration // negative: anything up to ten minutes and a little jitter
		requests   int           // the most there may be
	}{
		{"601", 0, 1},
		{"99999999999999999999", 0, 1},
		{"400", 400 * time.Second, 2},
		{"600", 600 * time.Second, 2},
		{"", -1, 30},
		{"0", -1, 30},
		{"garbage", -1, 30},
		{"Sun, 06 Nov 1994 08:49:37 GMT", -1, 30},
	} {
		t.Run("Retry-After "+row.retryAfter, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				start := time.Now()
				c, r, _ := simulate(t, reply(429, `{"status":"too_many","message":"slow down"}`, "Retry-After", row.retryAfter))
				failure := asError(t, send["POST"](t.Context(), c))
				equal(t, "status", []any{failure.StatusCode, failure.Status}, []any{429, "too_many"})
				equal(t, "may be done", failure.MayBeDone(), false)
				taken := time.Since(start)
				if row.taken >= 0 {
					equal(t, "taken", taken, row.taken)
					equal(t, "requests", r.count(""), row.requests)
				} else if taken < 5*time.Minute || taken > 10*time.Minute || r.count("") > row.requests {
					t.Errorf("%d requests in %s", r.count(""), taken)
				}
				last := time.Duration(-1)
				for _, at := range r.since(start) {
					if last >= 0 && at-last < 500*time.Millisecond {
						t.Errorf("two requests within %s", at-last)
					}
					last = at
				}
			})
		})
	}
}

// A 429 makes everyone wait, but costs nobody a turn of the pace.
func TestA429LosesNoTurnsOfThePace(t *testing.T) {
	for _, row := range []struct {
		pace     float64
		requests int
		parallel int
	}{{1, 100, 10}, {1, 100, 100}, {0.8, 200, 10}, {0.8, 200, 50}} {
		t.Run(fmt.Sprintf("%g a second, %d in parallel", row.pace, row.parallel), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				const refusals, wait = 3, 10 * time.Second
				api := &sandbox.Server{}
				id := api.AddEndpoint(hook(hookParams)).ID
				for range refusals {
					api.Inject(sandbox.Fault{Skip: row.requests / 5, Status: 429, Header: http.Header{"Retry-After": {"10"}}})
				}
				c, r, _ := simulate(t, api.ServeHTTP, func(c *Config) { c.RequestsPerSecond = row.pace })
				start := time.Now()
				work := make(chan int)
				var all sync.WaitGroup
				for range row.parallel {
					all.Go(func() {
						for range work {
							if _, err := c.GetEndpoint(t.Context(), id); err != nil {
								t.Error(err)
							}
						}
					})
				}
				for n := range row.requests {
					work <- n
				}
				close(work)
				all.Wait()
				paced := time.Duration(float64(row.requests+refusals) / row.pace * float64(time.Second))
				if taken := time.Since(start); taken > paced+refusals*(wait+2*time.Second) {
					t.Errorf("it took %s, of which the pace takes %s", taken, paced)
				}
				last := -time.Hour
				for _, at := range r.since(start) {
					if at-last > wait+2*time.Second && last >= 0 {
						t.Errorf("no request between %s and %s", last, at)
					}
					last = at
				}
			})
		})
	}
}

// However the API puts a client off, an operation ends ten minutes and one request after it began.
func TestAnOperationHasOneDeadline(t *testing.T) {
	const limit = operationLimit + testTimeout
	operations := map[string]func(context.Context, *Client) error{"GET": send["GET"], "PUT": send["PUT"], "POST": send["POST"], "create": writing["create"], "rotate": writing["rotate"]}
	for name, answer := range map[string]http.HandlerFunc{
		"429":                  reply(429, "x"),
		"a 429 that stalls":    stuck(429, "x"),
		"429 for five minutes": reply(429, "x", "Retry-After", "300"),
		"503 for ten minutes":  reply(503, "x", "Retry-After", "600"),
		"503 for four minutes": reply(503, "x", "Retry-After", "240"),
		"502":                  reply(502, "x"),
		"hangs":                silent,
		"500 that stalls":      stuck(500, "x"),
	} {
		for operation, run := range operations {
			t.Run(name+"/"+operation, func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					c, _, _ := simulate(t, answer, withTimeout, func(c *Config) { c.MaxRetries = 1000 })
					start := time.Now()
					asError(t, run(t.Context(), c))
					if taken := time.Since(start); taken > limit {
						t.Errorf("it took %s", taken)
					}
				})
			})
		}
	}
	t.Run("a create put off at every step", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			step := 0
			api := &sandbox.Server{}
			api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: 500, Times: -1})
			c, _, _ := simulate(t, func(w http.ResponseWriter, r *http.Request) {
				if step++; step%2 == 1 {
					reply(429, "x", "Retry-After", "290")(w, r)
					return
				}
				api.ServeHTTP(w, r)
			}, withTimeout, func(c *Config) { c.MaxRetries = 100 })
			start := time.Now()
			_, err := c.CreateEndpoint(t.Context(), hookParams, "")
			asError(t, err)
			if taken := time.Since(start); taken > limit {
				t.Errorf("it took %s", taken)
			}
		})
	})
}

// Creates that share a listing do not share a deadline: one that begins late outlasts the listing of one that ends.
func TestAnOperationDoesNotEndWithAnother(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {"598"}}})
		api.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Delay: time.Second, Status: 429, Header: http.Header{"Retry-After": {"30"}}})
		c, _, _ := simulate(t, api.ServeHTTP, withTimeout)
		var (
			all  sync.WaitGroup
			errs [2]error
		)
		start := time.Now()
		for n, at := range []time.Duration{0, 590 * time.Second} {
			all.Go(func() {
				time.Sleep(at)
				_, errs[n] = c.CreateEndpoint(t.Context(), EndpointParams{URL: fmt.Sprint(hookURL, n)}, "")
				if taken := time.Since(start) - at; taken > operationLimit+testTimeout {
					t.Errorf("create %d took %s", n, taken)
				}
			})
		}
		all.Wait()
		equal(t, "failed", []bool{errs[0] != nil, errs[1] != nil}, []bool{true, false})
		equal(t, "undecided", asError(t, errs[0]).Undecided, false)
	})
}

// At the end of the time, no attempt is made that cannot have the whole of its timeout, and no look goes on.
func TestTheEndOfAnOperation(t *testing.T) {
	for name, row := range map[string]struct {
		retryAfter string
		slow       time.Duration // the listing after the wait
		posts      int
		undecided  bool
	}{"a listing takes the rest": {"600", 8 * time.Second, 0, false}, "the last POST hangs": {"598", 0, 1, true}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				api.Inject(sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {row.retryAfter}}})
				api.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Delay: row.slow})
				api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Delay: time.Hour, Times: -1})
				c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
				start := time.Now()
				_, err := c.CreateEndpoint(t.Context(), hookParams, "")
				equal(t, "undecided", asError(t, err).Undecided, row.undecided)
				equal(t, "POSTs", r.count("POST"), row.posts)
				if taken := time.Since(start); taken > operationLimit+testTimeout {
					t.Errorf("it took %s", taken)
				}
			})
		})
	}
}

func TestARetryAfterBeyondAnyClockIsNoRetryNow(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, r, _ := simulate(t, reply(503, "", "Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"), func(c *Config) { c.Jitter = func() float64 { return 0.5 } })
		asError(t, send["POST"](t.Context(), c))
		equal(t, "requests", r.count(""), 1)
	})
}

// Waiting for the client's own pace does not count.
func TestThePaceDoesNotCount(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		c, _, _ := simulate(t, api.ServeHTTP, func(c *Config) { c.RequestsPerSecond = 0.01 })
		var all sync.WaitGroup
		for n := range 20 {
			all.Go(func() {
				if _, err := c.CreateEndpoint(t.Context(), EndpointParams{URL: fmt.Sprint(hookURL, n)}, ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}

func TestARequestThatNeverGotThroughSaysWhy(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, r, _ := simulate(t, reply(429, "", "Retry-After", "3600"))
		asError(t, send["GET"](t.Context(), c))
		failure := asError(t, send["POST"](t.Context(), c))
		equal(t, "requests", r.count(""), 1)
		equal(t, "may be done", failure.MayBeDone(), false)
		mustContain(t, failure.Error(), "429")
	})
}

func TestThoseWhoWaitedDoNotAllGoAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		next := -0.05
		c, r, _ := simulate(t, script(t, append([]http.HandlerFunc{reply(429, "", "Retry-After", "10")}, times(5, reply(200, detailJSON))...)...),
			func(c *Config) {
				c.Jitter = func() float64 {
					mu.Lock()
					defer mu.Unlock()
					next += 0.15
					return next
				}
			})
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if err := send["GET"](t.Context(), c); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		all.Wait()
		seen := map[time.Duration]bool{}
		for _, at := range r.since(start)[1:] {
			if at < 10*time.Second || seen[at] {
				t.Errorf("arrival at %s", at)
			}
			seen[at] = true
		}
	})
}

// TestInterrupt ends the caller's context during each kind of wait.
func TestInterrupt(t *testing.T) {
	after := 3 * time.Second
	for name, row := range map[string]struct {
		answer http.HandlerFunc
		change func(*Config)
		before func(*Client)
		run    func(context.Context, *Client) error
	}{
		"before anything":    {answer: reply(200, detailJSON), run: send["GET"]},
		"waiting for answer": {answer: silent, run: send["GET"]},
		"waiting for a POST": {answer: silent, run: send["POST"]},
		"waiting for body":   {answer: stuck(200, detailJSON[:9]), run: send["GET"]},
		"body of an error":   {answer: stuck(502, "<html>"), run: send["GET"]},
		"backoff":            {answer: reply(502, "x"), run: send["GET"], change: func(c *Config) { c.MaxRetries = 100 }},
		"Retry-After":        {answer: reply(503, "x", "Retry-After", "500"), run: send["POST"]},
		"429":                {answer: reply(429, "x", "Retry-After", "500"), run: send["POST"]},
		"pace": {answer: reply(200, detailJSON), run: send["GET"], change: func(c *Config) { c.RequestsPerSecond = 0.01 },
			before: func(c *Client) { _ = send["GET"](context.Background(), c) }},
		"turn to create": {answer: silent, run: func(ctx context.Context, c *Client) error {
			_, err := c.CreateEndpoint(ctx, hookParams, "")
			return err
		}, before: func(c *Client) { _, _ = c.locks.lock(context.Background(), "create "+hookURL) }},
		"turn to rotate": {answer: silent, run: func(ctx context.Context, c *Client) error {
			_, err := c.RotateSecret(ctx, idA, Period{})
			return err
		}, before: func(c *Client) { _, _ = c.locks.lock(context.Background(), "rotate "+idA) }},
		"shared listing": {answer: silent, run: func(ctx context.Context, c *Client) error {
			_, err := c.LookupEndpoint(ctx, idA)
			return err
		}},
		"listing before a create": {answer: silent, run: func(ctx context.Context, c *Client) error {
			_, err := c.CreateEndpoint(ctx, hookParams, "")
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c, _, _ := simulate(t, row.answer, func(c *Config) {
					c.RequestTimeout = time.Hour
					if row.change != nil {
						row.change(c)
					}
				})
				if row.before != nil {
					row.before(c)
				}
				wait := after
				if name == "before anything" {
					wait = 0
				}
				ctx := cancelAfter(t, wait)
				if wait == 0 {
					<-ctx.Done()
				}
				start := time.Now()
				err := row.run(ctx, c)
				equal(t, "taken", time.Since(start), wait)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestAnInterruptedRetrySaysWhatHappenedBefore(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, _, _ := simulate(t, reply(502, "<h1>Bad Gateway</h1>"), func(c *Config) { c.MaxRetries = 100 })
		failure := asError(t, send["PUT"](cancelAfter(t, time.Second), c))
		mustContain(t, failure.Error(), "interrupted", "502", "Bad Gateway")
		equal(t, "may be done", failure.MayBeDone(), true)
	})
}
