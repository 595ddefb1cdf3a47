package prosa

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"testing"
	"time"
)

type clientCall func(context.Context, *Client) error

// send has one request of each HTTP method. Its POST is a test event, which the client does not retry after a lost
// response.
var send = map[string]clientCall{
	"GET": func(ctx context.Context, c *Client) error { _, err := c.GetEndpoint(ctx, idA); return err },
	"PUT": func(ctx context.Context, c *Client) error {
		_, err := c.UpdateEndpoint(ctx, idA, hookParams)
		return err
	},
	"DELETE": func(ctx context.Context, c *Client) error { return c.DeleteEndpoint(ctx, idA) },
	"POST":   func(ctx context.Context, c *Client) error { _, err := c.SendTestEvent(ctx, idA); return err },
}

// success is a response that each function of send accepts.
var success = map[string]http.HandlerFunc{
	"GET": reply(200, detailJSON), "PUT": reply(200, detailJSON), "DELETE": reply(204, ""), "POST": reply(200, ticketJSON),
}

func TestRetries(t *testing.T) {
	t.Parallel()
	const retried, once = 3, 1 // requests, with MaxRetries 2
	for name, row := range map[string]struct {
		response       http.HandlerFunc
		idempotent     int // requests: GET, PUT, DELETE
		post           int
		postMayBeDone  bool
		deleteSucceeds bool
	}{
		"304":                          {response: reply(304, ""), idempotent: once, post: once},
		"400":                          {response: reply(400, "x"), idempotent: once, post: once},
		"401":                          {response: reply(401, "x"), idempotent: once, post: once},
		"403":                          {response: reply(403, "x"), idempotent: once, post: once},
		"405":                          {response: reply(405, "x"), idempotent: once, post: once},
		"408":                          {response: reply(408, "x"), idempotent: once, post: once, postMayBeDone: true},
		"409":                          {response: reply(409, "x"), idempotent: once, post: once},
		"422":                          {response: reply(422, "x"), idempotent: once, post: once},
		"500":                          {response: reply(500, "x"), idempotent: once, post: once, postMayBeDone: true},
		"500 with Retry-After":         {response: reply(500, "x", "Retry-After", "1"), idempotent: once, post: once, postMayBeDone: true},
		"501":                          {response: reply(501, "x"), idempotent: once, post: once, postMayBeDone: true},
		"502":                          {response: reply(502, "x"), idempotent: retried, post: once, postMayBeDone: true},
		"502, cut off":                 {response: cutOff(502, "<html></html>", 6), idempotent: retried, post: once, postMayBeDone: true},
		"503":                          {response: reply(503, "x"), idempotent: retried, post: once, postMayBeDone: true},
		"503 with Retry-After":         {response: reply(503, "x", "Retry-After", "1"), idempotent: retried, post: retried},
		"503 with invalid Retry-After": {response: reply(503, "x", "Retry-After", "soon"), idempotent: retried, post: once, postMayBeDone: true},
		"504":                          {response: reply(504, "x"), idempotent: retried, post: once, postMayBeDone: true},
		"closed":                       {response: hangUp, idempotent: retried, post: once, postMayBeDone: true},
		"200, cut off":                 {response: cutOff(200, detailJSON, 40), idempotent: retried, post: once, postMayBeDone: true, deleteSucceeds: true},
		"200, HTML":                    {response: reply(200, "<html>"), idempotent: once, post: once, postMayBeDone: true, deleteSucceeds: true},
	} {
		for method, call := range send {
			runInBubble(t, name+" "+method, func(t *testing.T) {
				c, log := newClient(t, row.response, func(c *Config) { c.MaxRetries = 2 })
				err := call(t.Context(), c)
				if method == "DELETE" && row.deleteSucceeds {
					equal(t, "error, requests", []any{err, log.count("")}, []any{nil, once})
					return
				}
				failure := asError(t, err)
				want := row.idempotent
				if method == "POST" {
					want = row.post
					equal(t, "may be done", failure.MayBeDone(), row.postMayBeDone)
				}
				equal(t, "requests", log.count(""), want)
				equal(t, "requests with "+method, log.count(method), want)
			})
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for jitter, want := range map[float64][]time.Duration{
		0:   {0, 250e6, 750e6, 1750e6, 3750e6, 7750e6, 15750e6, 30750e6, 45750e6},
		0.5: {0, 375e6, 1125e6, 2625e6, 5625e6, 11625e6, 23625e6, 46125e6, 68625e6},
	} {
		runInBubble(t, fmt.Sprint("jitter ", jitter), func(t *testing.T) {
			start := time.Now()
			c, log := newClient(t, reply(502, "x"), func(c *Config) { c.MaxRetries, c.Jitter = len(want)-1, func() float64 { return jitter } })
			asError(t, send["GET"](t.Context(), c))
			equal(t, "arrivals", log.arrivals(start), want)
		})
	}
	c, _ := newClient(t, nil, func(c *Config) { c.Jitter = func() float64 { return 0.999 } })
	for _, n := range []int{0, 7, 63, 64, 1000} {
		if wait := c.backoff(n); wait <= 0 || wait > maxBackoff {
			t.Errorf("backoff(%d) = %s, want at most %s", n, wait, maxBackoff)
		}
	}
}

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": -1, "  ": -1, "soon": -1, "-1": -1, "+1": -1, "1.5": -1, "1e3": -1, "0x10": -1, "5s": -1, "١": -1,
		"0": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "007": 7 * time.Second, "86400": 24 * time.Hour,
		"9223372036": 9223372036 * time.Second, "9223372037": math.MaxInt64, "99999999999999999999999999": math.MaxInt64,
		"Wed, 02 Jan 2030 03:05:35 GMT": 90 * time.Second, "Wednesday, 02-Jan-30 03:05:35 GMT": 90 * time.Second,
		"Wed Jan  2 03:05:35 2030": 90 * time.Second, "Wed, 02 Jan 2030 03:04:05 GMT": 0, "Sun, 06 Nov 1994 08:49:37 GMT": 0,
		"Fri, 31 Dec 9999 23:59:59 GMT": math.MaxInt64, "2030-01-02T03:05:35Z": -1,
	} {
		if got := parseRetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: got %d, want %d", value, got, want)
		}
	}
}

func TestRetryAfterOf503(t *testing.T) {
	t.Parallel()
	apiClock := time.Date(2029, 1, 2, 3, 4, 5, 0, time.UTC) // which differs from the client's
	date := func(d time.Duration) string { return apiClock.Add(d).Format(http.TimeFormat) }
	for name, row := range map[string]struct {
		value string
		want  []time.Duration
	}{
		"seconds":              {"7", []time.Duration{0, 7 * time.Second}},
		"date":                 {date(90 * time.Second), []time.Duration{0, 90 * time.Second}},
		"past date":            {date(-time.Hour), []time.Duration{0, 0}},
		"ten minutes":          {"599", []time.Duration{0, 599 * time.Second}},
		"longer":               {"600", []time.Duration{0}}, // with the jitter
		"longest number":       {"99999999999999999999", []time.Duration{0}},
		"date after any clock": {"Fri, 31 Dec 9999 23:59:59 GMT", []time.Duration{0}},
	} {
		runInBubble(t, name, func(t *testing.T) {
			start := time.Now()
			c, log := newClient(t, reply(503, "x", "Retry-After", row.value, "Date", date(0)), func(c *Config) {
				c.MaxRetries, c.Jitter = 1, func() float64 { return 0.5 }
			})
			equal(t, "status", asError(t, send["POST"](t.Context(), c)).StatusCode, 503)
			for n := range row.want[1:] {
				row.want[n+1] += firstBackoff / 2 // the jitter
			}
			equal(t, "arrivals", log.arrivals(start), row.want)
		})
	}
}

// If no connection can be made, the API cannot have received the request, so even a POST is retried.
func TestFailedConnectionIsRetried(t *testing.T) {
	t.Parallel()
	for method, call := range send {
		runInBubble(t, method, func(t *testing.T) {
			up := time.Now().Add(time.Minute)
			c, log := newClient(t, success[method], wrapDial(func(dial dialer) dialer {
				return func(ctx context.Context, network, address string) (net.Conn, error) {
					if time.Now().Before(up) {
						return nil, errors.New("connection refused")
					}
					return dial(ctx, network, address)
				}
			}))
			start := time.Now()
			failure := asError(t, call(t.Context(), c))
			equal(t, "elapsed", time.Since(start), 3750*time.Millisecond) // the waits before four retries
			equal(t, "may be done, status", []any{failure.MayBeDone(), failure.StatusCode}, []any{false, 0})
			mustContain(t, failure.Error(), "no response: ", "refused", "http://localhost")
			time.Sleep(time.Until(up) - time.Second)
			mustCall(t, c, call)
			equal(t, "requests", log.count(""), 1)
		})
	}
}

func TestCertificateErrorIsNotRetried(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, _ := newClient(t, http.HandlerFunc(hang), wrapDial(func(dialer) dialer {
			return func(context.Context, string, string) (net.Conn, error) {
				return nil, &tls.CertificateVerificationError{Err: errors.New("unknown authority")}
			}
		}))
		start := time.Now()
		failure := asError(t, send["POST"](t.Context(), c))
		equal(t, "elapsed, may be done", []any{time.Since(start), failure.MayBeDone()}, []any{time.Duration(0), false})
		mustContain(t, failure.Error(), "unknown authority")
	})
}

func TestRequestWithoutAConnectionIsNotDone(t *testing.T) {
	t.Parallel()
	for name, interrupt := range map[string]time.Duration{"interrupted": time.Second, "timed out": time.Hour} {
		runInBubble(t, name, func(t *testing.T) {
			hangingDial := wrapDial(func(dialer) dialer {
				return func(ctx context.Context, _, _ string) (net.Conn, error) {
					return nil, sleep(ctx, time.Hour) // net/http continues to dial after the request has ended
				}
			})
			c, _ := newClient(t, success["POST"], hangingDial)
			failure := asError(t, send["POST"](cancelAfter(t, interrupt), c))
			equal(t, "may be done", failure.MayBeDone(), false)
			equal(t, "interrupted", errors.Is(failure, context.Canceled), name == "interrupted")
			if name == "timed out" {
				mustContain(t, failure.Error(), "no connection could be made within 10s")
			}
		})
	}
}

func TestTimeoutOfOneAttempt(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]http.HandlerFunc{
		"no response": hang, "no body": stall(200, ""), "half a body": stall(200, detailJSON[:50]),
	} {
		runInBubble(t, name, func(t *testing.T) {
			start := time.Now()
			c, log := newClient(t, response, func(c *Config) { c.MaxRetries = 1 })
			failure := asError(t, send["GET"](t.Context(), c))
			equal(t, "elapsed", time.Since(start), 2*testTimeout+250*time.Millisecond)
			equal(t, "arrivals", log.arrivals(start), []time.Duration{0, testTimeout + 250*time.Millisecond})
			mustContain(t, failure.Error(), "longer than 10s")

			start = time.Now()
			failure = asError(t, send["POST"](t.Context(), c))
			equal(t, "elapsed for the POST", time.Since(start), testTimeout)
			equal(t, "POSTs", log.count("POST"), 1)
			equal(t, "may be done", failure.MayBeDone(), true)
		})
	}
}

func TestErrorKeepsItsStatusIfTheBodyStalls(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, log := newClient(t, stall(403, `{"status":"forb`))
		failure := asError(t, send["POST"](t.Context(), c))
		equal(t, "status, may be done", []any{failure.StatusCode, failure.MayBeDone()}, []any{403, false})
		equal(t, "requests", log.count(""), 1)
	})
}
