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

// sendInParallel sends n GETs at the same time and waits for them. Each must succeed.
func sendInParallel(t *testing.T, c *Client, n int) {
	t.Helper()
	inParallel(n, func(int) { mustCall(t, c, send["GET"]) })
}

func TestPace(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		start := time.Now()
		c, log := newClient(t, firstThen(5, success["GET"], reply(502, "x")), func(c *Config) { c.RequestsPerSecond, c.MaxRetries = 0.5, 2 })
		sendInParallel(t, c, 5)
		asError(t, send["GET"](t.Context(), c)) // retries keep the pace too
		var want []time.Duration
		for n := range 8 {
			want = append(want, time.Duration(n)*2*time.Second)
		}
		equal(t, "arrivals", log.arrivals(start), want)
	})
}

// The request for the baseline uses the turn of its write, and the write then takes the next turn.
func TestPaceOfABaseline(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		start := time.Now()
		c, log := newClient(t, sandboxWithEndpoint(), func(c *Config) { c.RequestsPerSecond = 1 })
		mustCreate(t, c, hookParams, "")
		mustRotate(t, c, idA)
		equal(t, "arrivals", log.arrivals(start), []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second})
	})
}

func TestPaceExtendsTheDeadline(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, _ := newClient(t, &sandbox.Server{}, func(c *Config) { c.RequestsPerSecond = 0.01 })
		inParallel(20, func(n int) { mustCreate(t, c, endpointAt(n), "") })
	})
}

func TestA429DoesNotUseUpRetries(t *testing.T) {
	t.Parallel()
	for method, call := range send {
		runInBubble(t, method, func(t *testing.T) {
			start := time.Now()
			handler := firstThen(3, reply(429, "slow down", "Retry-After", "3"), success[method])
			c, log := newClient(t, handler, func(c *Config) { c.MaxRetries = 0 })
			mustCall(t, c, call)
			equal(t, "arrivals", log.arrivals(start), []time.Duration{0, 3 * time.Second, 6 * time.Second, 9 * time.Second})
		})
	}
}

func TestA429MakesAllRequestsWait(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		start := time.Now()
		c, log := newClient(t, firstThen(1, reply(429, "", "Retry-After", "30"), success["GET"]))
		inParallel(10, func(n int) {
			time.Sleep(time.Duration(n) * time.Second)
			mustCall(t, c, send["GET"])
		})
		arrivals := log.arrivals(start)
		equal(t, "requests", len(arrivals), 11)
		for _, at := range arrivals[1:] {
			equal(t, "arrival", at, 30*time.Second)
		}
	})
}

func TestBulkRequestsAgainstARateLimitSucceed(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string][]string{"none": nil, "Retry-After 0": {"Retry-After", "0"}, "Retry-After 2": {"Retry-After", "2"}} {
		runInBubble(t, name, func(t *testing.T) {
			var mu sync.Mutex
			inWindow := map[int64]int{} // requests in each ten seconds
			c, log := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				window := time.Now().Unix() / 10
				if inWindow[window]++; inWindow[window] > 5 {
					reply(429, "", headers...)(w, r)
					return
				}
				success["GET"](w, r)
			}), func(c *Config) { c.MaxRetries = 0 })
			sendInParallel(t, c, 40)
			if n := log.count(""); n > 40*40 {
				t.Errorf("%d requests for 40 calls", n)
			}
		})
	}
}

func TestA429IsRetriedForAtMostTenMinutes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		retryAfter string
		elapsed    time.Duration // 0: between five and ten minutes
		requests   int           // at most
	}{
		{"601", time.Nanosecond, 1},
		{"99999999999999999999", time.Nanosecond, 1},
		{"400", 400 * time.Second, 2},
		{"600", 600 * time.Second, 2},
		{"", 0, 30},
		{"0", 0, 30},
		{"invalid", 0, 30},
		{"Sun, 06 Nov 1994 08:49:37 GMT", 0, 30},
	} {
		runInBubble(t, "Retry-After "+row.retryAfter, func(t *testing.T) {
			start := time.Now()
			c, log := newClient(t, reply(429, `{"status":"too_many","message":"slow down"}`, "Retry-After", row.retryAfter))
			failure := asError(t, send["POST"](t.Context(), c))
			equal(t, "status", []any{failure.StatusCode, failure.Status}, []any{429, "too_many"})
			equal(t, "may be done", failure.MayBeDone(), false)
			elapsed, requests := time.Since(start), log.count("")
			if row.elapsed > 0 {
				equal(t, "elapsed, requests", []any{elapsed.Truncate(time.Second), requests}, []any{row.elapsed.Truncate(time.Second), row.requests})
			} else if elapsed < 5*time.Minute || elapsed > 10*time.Minute || requests > row.requests {
				t.Errorf("%d requests in %s, want at most %d in five to ten minutes", requests, elapsed, row.requests)
			}
			arrivals := log.arrivals(start)
			for n, at := range arrivals[1:] {
				if at-arrivals[n] < 500*time.Millisecond {
					t.Errorf("two requests within %s, want at least 500ms", at-arrivals[n])
				}
			}
		})
	}
}

// All requests wait after a 429, and then continue at the pace.
func TestPaceContinuesAfterA429(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		pace               float64
		requests, parallel int
	}{{1, 100, 10}, {1, 100, 100}, {0.8, 200, 50}} {
		runInBubble(t, fmt.Sprintf("%g per second, %d in parallel", row.pace, row.parallel), func(t *testing.T) {
			const throttled, wait = 3, 12 * time.Second // 10 s and jitter
			api := sandboxWithEndpoint()
			for range throttled {
				api.Inject(sandbox.Fault{Skip: row.requests / 5, Status: 429, Header: http.Header{"Retry-After": {"10"}}})
			}
			c, log := newClient(t, api, func(c *Config) { c.RequestsPerSecond = row.pace })
			start := time.Now()
			inParallel(row.parallel, func(int) {
				for range row.requests / row.parallel {
					mustCall(t, c, send["GET"])
				}
			})
			paced := time.Duration(float64(row.requests+throttled) / row.pace * float64(time.Second))
			if elapsed := time.Since(start); elapsed > paced+throttled*wait {
				t.Errorf("it took %s, want at most %s", elapsed, paced+throttled*wait)
			}
			arrivals := log.arrivals(start)
			for n, at := range arrivals[1:] {
				if at-arrivals[n] > wait {
					t.Errorf("no request between %s and %s", arrivals[n], at)
				}
			}
		})
	}
}

// An operation ends at most ten minutes plus one request after it began, however the API delays it.
func TestOperationHasADeadline(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, handler http.Handler, call clientCall) {
		c, _ := newClient(t, handler, func(c *Config) { c.MaxRetries = 1000 })
		start := time.Now()
		asError(t, call(t.Context(), c))
		if elapsed := time.Since(start); elapsed > operationLimit+testTimeout {
			t.Errorf("it took %s, want at most ten minutes and one request", elapsed)
		}
	}
	for name, response := range map[string]http.HandlerFunc{
		"429":                  reply(429, "x"),
		"429, stalls":          stall(429, "x"),
		"429 for five minutes": reply(429, "x", "Retry-After", "300"),
		"503 for ten minutes":  reply(503, "x", "Retry-After", "600"),
		"503 for four minutes": reply(503, "x", "Retry-After", "240"),
		"502":                  reply(502, "x"),
		"hangs":                hang,
		"500, stalls":          stall(500, "x"),
	} {
		for callName, call := range map[string]clientCall{
			"GET": send["GET"], "PUT": send["PUT"], "POST": send["POST"], "create": writing["create"], "rotate": writing["rotate"],
		} {
			runInBubble(t, name+"/"+callName, func(t *testing.T) { check(t, response, call) })
		}
	}
	runInBubble(t, "429 before each request of a failing create", func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: 500, Times: -1})
		n := 0
		check(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n++; n%2 == 1 {
				reply(429, "x", "Retry-After", "290")(w, r)
				return
			}
			api.ServeHTTP(w, r)
		}), writing["create"])
	})
}

// Each operation has its own deadline: if a shared listing fails at the deadline of the operation that sent it, another
// operation, which began later, reads the listing again.
func TestOperationsDoNotShareTheirDeadline(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {"598"}}})
		api.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Delay: time.Second, Status: 429, Header: http.Header{"Retry-After": {"30"}}})
		c, _ := newClient(t, api)
		var errs [2]error
		inParallel(2, func(n int) {
			time.Sleep(time.Duration(n) * 590 * time.Second)
			start := time.Now()
			_, errs[n] = c.CreateEndpoint(t.Context(), endpointAt(n), "")
			if elapsed := time.Since(start); elapsed > operationLimit+testTimeout {
				t.Errorf("create %d took %s, want at most ten minutes and one request", n, elapsed)
			}
		})
		equal(t, "undecided", asError(t, errs[0]).Undecided, false)
		equal(t, "error of the later create", errs[1], nil)
	})
}

// At the deadline, the client sends no write that would have less than its whole timeout, and ends the lookup.
func TestCreateAtItsDeadline(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		retryAfter  string
		listingTime time.Duration
		posts       int
		undecided   bool
	}{
		"the baseline takes the rest": {"600", 8 * time.Second, 0, false},
		"the last POST hangs":         {"598", 0, 1, true},
	} {
		runInBubble(t, name, func(t *testing.T) {
			api := &sandbox.Server{}
			api.Inject(sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {row.retryAfter}}})
			api.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Delay: row.listingTime})
			api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Delay: time.Hour, Times: -1})
			c, log := newClient(t, api)
			start := time.Now()
			_, err := c.CreateEndpoint(t.Context(), hookParams, "")
			equal(t, "undecided", asError(t, err).Undecided, row.undecided)
			equal(t, "POSTs", log.count("POST"), row.posts)
			if elapsed := time.Since(start); elapsed > operationLimit+testTimeout {
				t.Errorf("it took %s, want at most ten minutes and one request", elapsed)
			}
		})
	}
}

func TestThrottledRequestFailsWith429(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, log := newClient(t, reply(429, "", "Retry-After", "3600"))
		asError(t, send["GET"](t.Context(), c))
		failure := asError(t, send["POST"](t.Context(), c)) // is not sent
		equal(t, "requests", log.count(""), 1)
		equal(t, "may be done", failure.MayBeDone(), false)
		mustContain(t, failure.Error(), "429")
	})
}

func TestThrottledRequestsAreSpreadOut(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		response := firstThen(1, reply(429, "", "Retry-After", "10"), success["GET"])
		c, log := newClient(t, response, func(c *Config) { c.Jitter = nil }) // random
		start := time.Now()
		var first sync.WaitGroup
		first.Go(func() { mustCall(t, c, send["GET"]) })
		synctest.Wait() // until it gets the 429
		sendInParallel(t, c, 4)
		first.Wait()
		arrivals := log.arrivals(start)
		for n, at := range arrivals[1:] {
			if at < 10*time.Second || at == arrivals[n] {
				t.Errorf("arrivals at %s and %s, want different times after 10s", arrivals[n], at)
			}
		}
	})
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	paced := func(c *Config) { c.RequestsPerSecond = 0.01 }
	lock := func(key string) func(*Client) {
		return func(c *Client) { _, _ = c.locks.lock(context.Background(), key) }
	}
	for name, row := range map[string]struct {
		response http.HandlerFunc
		call     clientCall
		change   func(*Config)
		before   func(*Client)
	}{
		"response":         {response: hang, call: send["GET"]},
		"response to POST": {response: hang, call: send["POST"]},
		"body":             {response: stall(200, detailJSON[:9]), call: send["GET"]},
		"body of an error": {response: stall(502, "<html>"), call: send["GET"]},
		"backoff":          {response: reply(502, "x"), call: send["GET"], change: func(c *Config) { c.MaxRetries = 100 }},
		"Retry-After":      {response: reply(503, "x", "Retry-After", "500"), call: send["POST"]},
		"429":              {response: reply(429, "x", "Retry-After", "500"), call: send["POST"]},
		"pace":             {response: success["GET"], call: send["GET"], change: paced, before: func(c *Client) { c.throttle.takeTurn(time.Now()) }},
		"lock of a create": {response: hang, call: writing["create"], before: lock("create " + hookURL)},
		"lock of a rotate": {response: hang, call: writing["rotate"], before: lock("rotate " + idA)},
		"shared listing":   {response: hang, call: reads["LookupEndpoint"]},
		"baseline":         {response: hang, call: writing["create"]},
	} {
		runInBubble(t, name, func(t *testing.T) {
			c, _ := newClient(t, row.response, func(c *Config) {
				c.RequestTimeout = time.Hour
				if row.change != nil {
					row.change(c)
				}
			})
			if row.before != nil {
				row.before(c)
			}
			const wait = 3 * time.Second
			ctx := cancelAfter(t, wait)
			start := time.Now()
			err := row.call(ctx, c)
			equal(t, "elapsed", time.Since(start), wait)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
			if err := row.call(ctx, c); !errors.Is(err, context.Canceled) {
				t.Errorf("after the interrupt: got %v, want context.Canceled", err)
			}
			equal(t, "elapsed after the interrupt", time.Since(start), wait)
		})
	}
}

func TestInterruptedRetryNamesTheLastError(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, _ := newClient(t, reply(502, "<h1>Bad Gateway</h1>"), func(c *Config) { c.MaxRetries = 100 })
		failure := asError(t, send["PUT"](cancelAfter(t, time.Second), c))
		mustContain(t, failure.Error(), "interrupted", "502", "Bad Gateway")
		equal(t, "may be done", failure.MayBeDone(), true)
	})
}
