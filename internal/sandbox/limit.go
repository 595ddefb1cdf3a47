package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// RateLimit allows Requests in each Per, by the server's clock: a bucket of that many tokens that refills evenly. The
// server answers 429 to further requests. Zero: no limit.
type RateLimit struct {
	Requests   int
	Per        time.Duration
	RetryAfter string // form of the header in a 429: "" (no header), "seconds" or "date"
}

func (l RateLimit) problem() string {
	if l == (RateLimit{}) {
		return ""
	}
	if l.Requests < 1 || l.Per <= 0 {
		return fmt.Sprintf("RateLimit needs Requests and Per above 0: %d per %s", l.Requests, l.Per)
	}
	switch l.RetryAfter {
	case "", "seconds", "date":
		return ""
	}
	return fmt.Sprintf(`RateLimit.RetryAfter is none of "", "seconds", "date": %q`, l.RetryAfter)
}

// limiter is the bucket of one server.
type limiter struct {
	mu     sync.Mutex
	used   float64 // tokens taken and not yet refilled
	filled time.Time
}

// refuse takes a token, or returns the 429 answer if there is none.
func (b *limiter) refuse(limit RateLimit, now time.Time) (answer, bool) {
	if limit.Requests == 0 {
		return answer{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	each := limit.Per.Seconds() / float64(limit.Requests)
	if passed := now.Sub(b.filled).Seconds(); passed > 0 {
		b.used = max(0, b.used-passed/each)
		b.filled = now
	}
	const rounding = 1e-9 // do not refuse a client that waited exactly long enough because of a rounding error
	if b.used+1 <= float64(limit.Requests)+rounding {
		b.used++
		return answer{}, false
	}
	wait := (b.used + 1 - float64(limit.Requests)) * each
	refused := answer{status: http.StatusTooManyRequests, body: []byte(`{"detail":"Too Many Requests"}`)}
	switch limit.RetryAfter {
	case "seconds":
		refused.header = http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil(wait)))}}
	case "date":
		// A date has whole seconds only. Round up, so that a client that waits for it is accepted.
		at := now.Add(time.Duration(wait * float64(time.Second))).Add(time.Second - 1).Truncate(time.Second)
		refused.header = http.Header{"Retry-After": {at.UTC().Format(http.TimeFormat)}}
	}
	return refused, true
}
