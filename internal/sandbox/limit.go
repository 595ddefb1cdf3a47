package sandbox

import (
	"net/http"
	"sync"
	"time"
)

// RateLimit allows PerSecond requests in each second, by the server's clock: a bucket of that many tokens that refills
// evenly. The server answers 429 to further requests. Zero: no limit.
type RateLimit struct {
	PerSecond  int
	RetryAfter bool // a 429 has the header Retry-After
}

// limiter is the bucket of one server.
type limiter struct {
	mu     sync.Mutex
	used   float64 // tokens taken and not yet refilled
	filled time.Time
}

// refuse takes a token, or returns the 429 answer if there is none.
func (b *limiter) refuse(limit RateLimit, now time.Time) (answer, bool) {
	size := float64(limit.PerSecond)
	if size == 0 {
		return answer{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if passed := now.Sub(b.filled).Seconds(); passed > 0 {
		b.used = max(0, b.used-passed*size)
		b.filled = now
	}
	const rounding = 1e-9 // do not refuse a client that waited exactly long enough because of a rounding error
	if b.used+1 <= size+rounding {
		b.used++
		return answer{}, false
	}
	refused := answer{status: http.StatusTooManyRequests, body: []byte(`{"detail":"Too Many Requests"}`)}
	if limit.RetryAfter {
		refused.header = http.Header{"Retry-After": {"1"}} // the next token comes within a second
	}
	return refused, true
}
