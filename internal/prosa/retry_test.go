package prosa

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// send makes one request with each HTTP method; the POST is one that is not looked for when its answer is lost.
var send = map[string]func(context.Context, *Client) error{
	"GET": func(ctx context.Context, c *Client) error { _, err := c.GetEndpoint(ctx, idA); return err },
	"PUT": func(ctx context.Context, c *Client) error {
		_, err := c.UpdateEndpoint(ctx, idA, hookParams)
		return err
	},
	"DELETE": func(ctx context.Context, c *Client) error { return c.DeleteEndpoint(ctx, idA) },
	"POST":   func(ctx context.Context, c *Client) error { _, err := c.SendTestEvent(ctx, idA); return err },
}

func TestWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	const again, once = 3, 1 // requests, with two retries
	for _, row := range []struct {
		name      string
		answer    http.HandlerFunc
		safe      int // GET, PUT, DELETE
		post      int
		postMaybe bool // a POST may have been done
	}{
		{"400", reply(400, "x"), once, once, false},
		{"401", reply(401, "x"), once, once, false},
		{"403", reply(403, "x"), once, once, false},
		{"405", reply(405, "x"), once, once, false},
		{"408", reply(408, "x"), once, once, true},
		{"409", reply(409, "x"), once, once, false},
		{"422", reply(422, "x"), once, once, false},
		{"500", reply(500, "x"), once, once, true},
		{"500 with a time to come back", reply(500, "x", "Retry-After", "1"), once, once, true},
		{"501", reply(501, "x"), once, once, true},
		{"502", reply(502, "x"), again, once, true},
		{"503", reply(503, "x"), again, once, true},
		{"503 with a time to come back", reply(503, "x", "Retry-After", "1"), again, again, false},
		{"503 with garbage for it", reply(503, "x", "Retry-After", "soon"), again, once, true},
		{"504", reply(504, "x"), again, once, true},
		{"closed", hangUp, again, once, true},
		{"cut off", cutOff(detailJSON, 40), again, once, true},
		{"a page", reply(200, "<html>"), once, once, true},
		{"cut off page of an error", cutOffError(502), again, once, true},
		{"304", reply(304, ""), once, once, false},
	} {
		for method, run := range send {
			t.Run(row.name+" "+method, func(t *testing.T) {
				t.Parallel()
				r, server := serve(t, row.answer)
				c := connect(t, server.URL, func(c *Config) { c.MaxRetries = 2 })
				err := run(t.Context(), c)
				if method == "DELETE" && (row.name == "a page" || row.name == "cut off") { // any 2xx is a success
					equal(t, "error, requests", []any{err, r.count("")}, []any{nil, once})
					return
				}
				failure := asError(t, err)
				want := row.safe
				if method == "POST" {
					want = row.post
					equal(t, "may be done", failure.MayBeDone(), row.postMaybe)
				}
				equal(t, "requests", r.count(""), want)
				equal(t, "of that method", r.count(method), want)
			})
		}
	}
}

func cutOffError(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html>"))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestARetryThatSucceedsIsASuccess(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{"GET": detailJSON, "PUT": detailJSON, "DELETE": "", "POST": ticketJSON}
	for method, run := range send {
		_, server := serve(t, script(t, reply(503, "x", "Retry-After", "1"), reply(429, "x"), reply(200, bodies[method])))
		if err := run(t.Context(), connect(t, server.URL)); err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
}

func TestNoRetriesWhenNoneAreWanted(t *testing.T) {
	t.Parallel()
	r, server := serve(t, reply(502, "x"))
	clock := newClock()
	c := connect(t, server.URL, func(c *Config) { c.MaxRetries, c.Sleep = 0, clock.Sleep })
	asError(t, send["GET"](t.Context(), c))
	equal(t, "requests", r.count(""), 1)
	equal(t, "waits", clock.waited(), nil)
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		jitter float64
		want   []time.Duration
	}{
		{0, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 15 * time.Second}},
		{0.5, []time.Duration{375 * time.Millisecond, 750 * time.Millisecond, 1500 * time.Millisecond, 3 * time.Second, 6 * time.Second, 12 * time.Second, 22500 * time.Millisecond, 22500 * time.Millisecond}},
	} {
		clock := newClock()
		c := connect(t, "https://api.test", func(c *Config) {
			c.Transport, c.MaxRetries = always(502, "x"), len(row.want)
			c.Sleep, c.Jitter = clock.Sleep, func() float64 { return row.jitter }
		})
		asError(t, send["GET"](t.Context(), c))
		equal(t, fmt.Sprint("waits with jitter ", row.jitter), clock.waited(), row.want)
	}
	c := connect(t, "https://api.test", func(c *Config) { c.Jitter = func() float64 { return 0.999 } })
	for _, n := range []int{0, 7, 63, 64, 1000} {
		if wait := c.backoff(n); wait <= 0 || wait > maxBackoff {
			t.Errorf("backoff(%d) = %s", n, wait)
		}
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, row := range []struct {
		value string
		want  time.Duration
	}{
		{"", -1}, {"  ", -1}, {"soon", -1}, {"-1", -1}, {"+1", -1}, {"1.5", -1}, {"1e3", -1}, {"0x10", -1}, {"5s", -1}, {"١", -1},
		{"0", 0}, {"7", 7 * time.Second}, {" 7 ", 7 * time.Second}, {"007", 7 * time.Second}, {"86400", 24 * time.Hour},
		{"9223372036", 9223372036 * time.Second}, {"9223372037", math.MaxInt64}, {"99999999999999999999999999", math.MaxInt64},
		{"Wed, 02 Jan 2030 03:05:35 GMT", 90 * time.Second}, {"Wednesday, 02-Jan-30 03:05:35 GMT", 90 * time.Second}, {"Wed Jan  2 03:05:35 2030", 90 * time.Second},
		{"Wed, 02 Jan 2030 03:04:05 GMT", 0}, {"Sun, 06 Nov 1994 08:49:37 GMT", 0}, {"Fri, 31 Dec 9999 23:59:59 GMT", math.MaxInt64}, {"2030-01-02T03:05:35Z", -1},
	} {
		if got := parseRetryAfter(http.Header{"Retry-After": {row.value}}, now); got != row.want {
			t.Errorf("%q: got %d, want %d", row.value, got, row.want)
		}
	}
}

func TestRetryAfterDecidesHowLongAnUnavailableAPIIsWaitedFor(t *testing.T) {
	t.Parallel()
	clock := newClock()
	there := clock.now.Add(-5 * time.Hour) // the API's clock, which dates are compared with
	date := func(d time.Duration) string { return there.Add(d).Format(http.TimeFormat) }
	for _, row := range []struct {
		name, value string
		requests    int
		want        []time.Duration
	}{
		{"seconds", "7", 2, []time.Duration{7 * time.Second}},
		{"date", date(90 * time.Second), 2, []time.Duration{90 * time.Second}},
		{"past", date(-time.Hour), 2, []time.Duration{0}},
		{"garbage", "soon", 2, []time.Duration{250 * time.Millisecond}},
		{"ten minutes", "600", 2, []time.Duration{10 * time.Minute}},
		{"longer than ten minutes", "601", 1, nil},
		{"huge", "99999999999999999999", 1, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			r, server := serve(t, reply(503, "x", "Retry-After", row.value, "Date", date(0)))
			c := connect(t, server.URL, func(c *Config) { c.MaxRetries, c.Now, c.Sleep = 1, clock.Now, clock.Sleep })
			failure := asError(t, send["GET"](t.Context(), c))
			equal(t, "requests", r.count(""), row.requests)
			equal(t, "waits", clock.waited(), row.want)
			equal(t, "status", failure.StatusCode, 503)
		})
	}
}

func TestAPostIsRepeatedWhenNoConnectionCouldBeMade(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	for method, run := range send {
		clock := newClock()
		c := connect(t, "http://"+address, func(c *Config) { c.Sleep, c.MaxRetries = clock.Sleep, 3 })
		failure := asError(t, run(t.Context(), c))
		equal(t, method+" waits", len(clock.waited()), 3)
		equal(t, method+" may be done", failure.MayBeDone(), false)
		equal(t, method+" status", failure.StatusCode, 0)
		mustContain(t, failure.Error(), "no response: ", "refused", "http://"+address)
	}
}

func TestAPostGoesThroughOnceTheServerListens(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		up := time.Now().Add(2 * time.Second)
		c, r, _ := simulate(t, reply(200, ticketJSON), func(c *Config) {
			through := c.Transport.(*http.Transport)
			dial := through.DialContext
			through.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				if time.Now().Before(up) {
					return nil, fmt.Errorf("connection refused")
				}
				return dial(ctx, network, address)
			}
		})
		if err := send["POST"](t.Context(), c); err != nil {
			t.Fatal(err)
		}
		equal(t, "requests", r.count(""), 1)
	})
}

func TestWhatNeverGotAConnectionWasNotDone(t *testing.T) {
	for name, stop := range map[string]func(*testing.T) context.Context{
		"interrupted": func(t *testing.T) context.Context { return cancelAfter(t, time.Second) },
		"timed out":   func(t *testing.T) context.Context { return t.Context() },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c, r, _ := simulate(t, reply(200, ticketJSON), func(c *Config) {
					c.RequestTimeout, c.MaxRetries = 5*time.Second, 1
					c.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
						return nil, sleep(ctx, time.Hour) // net/http goes on dialing for a request that has given up
					}
				})
				failure := asError(t, send["POST"](stop(t), c))
				equal(t, "requests", r.count(""), 0)
				equal(t, "may be done", failure.MayBeDone(), false)
				equal(t, "interrupted", errors.Is(failure, context.Canceled), name == "interrupted")
				if name == "timed out" {
					mustContain(t, failure.Error(), "no connection could be made within 5s")
				}
			})
		})
	}
}

func TestTheTimeOutIsOfOneAttemptAndCoversTheBody(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"silent": silent, "headers only": stuck(200, ""), "half a body": stuck(200, detailJSON[:50]),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				start := time.Now()
				c, r, _ := simulate(t, answer, func(c *Config) { c.RequestTimeout, c.MaxRetries = 5*time.Second, 1 })
				failure := asError(t, send["GET"](t.Context(), c))
				equal(t, "taken", time.Since(start), 10250*time.Millisecond)
				equal(t, "arrivals", r.since(start), []time.Duration{0, 5250 * time.Millisecond})
				mustContain(t, failure.Error(), "longer than 5s")

				start = time.Now()
				failure = asError(t, send["POST"](t.Context(), c))
				equal(t, "taken by POST", time.Since(start), 5*time.Second)
				equal(t, "requests", r.count("POST"), 1)
				equal(t, "may be done", failure.MayBeDone(), true)
			})
		})
	}
}

func TestAnErrorWhoseBodyNeverEndsKeepsItsStatus(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, r, _ := simulate(t, stuck(403, `{"status":"forb`))
		failure := asError(t, send["POST"](t.Context(), c))
		equal(t, "status", failure.StatusCode, 403)
		equal(t, "requests", r.count(""), 1)
		equal(t, "may be done", failure.MayBeDone(), false)
	})
}

func TestPace(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		start := time.Now()
		c, r, _ := simulate(t, reply(200, detailJSON), func(c *Config) { c.RequestsPerSecond = 4 })
		for range 6 {
			go func() {
				if err := send["GET"](t.Context(), c); err != nil {
					t.Error(err)
				}
			}()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		arrivals := r.since(start)
		equal(t, "requests", len(arrivals), 6)
		for i, at := range arrivals {
			equal(t, fmt.Sprint("arrival ", i), at, time.Duration(i)*250*time.Millisecond)
		}
	})
}

func TestPaceCountsRetries(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		start := time.Now()
		c, r, _ := simulate(t, reply(502, "x"), func(c *Config) { c.RequestsPerSecond, c.MaxRetries = 0.5, 2 })
		asError(t, send["GET"](t.Context(), c))
		equal(t, "arrivals", r.since(start), []time.Duration{0, 2 * time.Second, 4 * time.Second})
	})
}
