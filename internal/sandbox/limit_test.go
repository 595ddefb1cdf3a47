package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestRateLimit(t *testing.T) {
	t.Parallel()
	for retryAfter, want := range map[bool]string{false: "", true: "1"} {
		clock := newClock()
		s := &sandbox.Server{Now: clock.Now, RateLimit: sandbox.RateLimit{PerSecond: 3, RetryAfter: retryAfter}}
		c := serve(t, s)
		c.key = "" // the limit is checked before the key
		status := func() int { return c.do("GET", "/webhooks/endpoints", "").status }
		for range 3 {
			equal(t, "status within the limit", status(), 401)
		}
		r := c.do("GET", "/webhooks/endpoints", "")
		equal(t, "status above the limit", r.status, http.StatusTooManyRequests)
		equal(t, "retry-after", r.header.Get("retry-after"), want)
		equal(t, "body", r.body, `{"detail":"Too Many Requests"}`)
		equal(t, "status in the request log", s.RequestLog()[3].Status, 429)

		clock.Advance(time.Second/3 - time.Millisecond)
		equal(t, "status just before the next token", status(), 429)
		clock.Advance(2 * time.Millisecond)
		equal(t, "status with the next token", status(), 401)
		equal(t, "status without a token", status(), 429)
		clock.Advance(time.Hour)
		for range 3 {
			equal(t, "status with a full bucket", status(), 401)
		}
		equal(t, "status with an empty bucket", status(), 429)
	}
}
