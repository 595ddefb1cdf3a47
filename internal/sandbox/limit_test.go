package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestRateLimit(t *testing.T) {
	t.Parallel()
	for form, want := range map[string][2]string{
		"":        {"", ""},
		"seconds": {"20", "1"},
		"date":    {"Fri, 15 Jan 2027 08:00:20 GMT", "Fri, 15 Jan 2027 08:00:20 GMT"},
	} {
		clock := newClock()
		s := &sandbox.Server{Now: clock.Now, RateLimit: sandbox.RateLimit{Requests: 3, Per: time.Minute, RetryAfter: form}}
		c := serve(t, s)
		c.key = "" // the limit is checked before the key
		status := func() int { return c.do("POST", "/webhooks/endpoints", create).status }
		for range 3 {
			equal(t, "status within the limit", status(), 401)
		}
		c.key = "a-key"
		r := c.do("POST", "/webhooks/endpoints", create)
		equal(t, "status above the limit", r.status, http.StatusTooManyRequests)
		equal(t, "retry-after", r.header.Get("retry-after"), want[0])
		equal(t, "body", r.body, `{"detail":"Too Many Requests"}`)
		equal(t, "endpoints", len(s.Endpoints()), 0)

		clock.Advance(20*time.Second - time.Millisecond)
		r = c.do("POST", "/webhooks/endpoints", create)
		equal(t, "status just before the next token", r.status, http.StatusTooManyRequests)
		equal(t, "retry-after", r.header.Get("retry-after"), want[1])
		clock.Advance(time.Millisecond)
		equal(t, "status with the next token", status(), 200)
		equal(t, "status without a token", status(), 429)
		clock.Advance(time.Hour)
		for range 3 {
			equal(t, "status with a full bucket", status(), 200)
		}
		equal(t, "status with an empty bucket", status(), 429)
		equal(t, "status in the request log", s.RequestLog()[3].Status, 429)
	}
}
