package prosa

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
	// operationLimit is how long an operation may wait and send requests.
	operationLimit = 10 * time.Minute
	// maxRetryAfter limits a Retry-After, so that a time plus the wait cannot overflow.
	maxRetryAfter = 365 * 24 * time.Hour
)

// ErrThrottled is in the chain of the error for a request that was not sent because of a 429 to another request.
var ErrThrottled = errors.New("the API limits the rate of requests (429), and the wait would be longer than an operation may take")

// errOutOfTime ends an operation that reached its limit.
var errOutOfTime = errors.New("the operation has taken longer than " + operationLimit.String())

// operation is a call of an exported method. All its requests, waits and lookups share one deadline.
type operation struct {
	began time.Time
	limit time.Duration
	paced atomic.Int64 // nanoseconds spent waiting for the client's own pace, by which the deadline moves
}

type operationKey struct{}

// begin returns a ctx with a new operation, unless ctx is part of one already.
func (c *Client) begin(ctx context.Context, limit time.Duration) context.Context {
	if operationOf(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, operationKey{}, &operation{began: c.config.Now(), limit: limit})
}

// operationOf returns the operation that ctx is part of. It is nil for a read of one shared response.
func operationOf(ctx context.Context) *operation {
	op, _ := ctx.Value(operationKey{}).(*operation)
	return op
}

// withoutOperation returns ctx for a request that several operations share. It gets its own deadline from do.
func withoutOperation(ctx context.Context) context.Context {
	return context.WithValue(ctx, operationKey{}, (*operation)(nil))
}

// withDeadline limits the wait for a shared request, whose deadline can be later than that of the operation.
func (c *Client) withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if operationOf(ctx) == nil {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, c.left(ctx)+c.config.RequestTimeout, errOutOfTime)
}

// left is how much longer the operation may wait or send requests. It is negative after that. An attempt that has begun
// may take a RequestTimeout longer.
func (c *Client) left(ctx context.Context) time.Duration {
	op := operationOf(ctx)
	return op.limit + time.Duration(op.paced.Load()) - c.config.Now().Sub(op.began)
}

// mayWait reports whether the operation has enough time left to wait until requests are no longer held back.
func (c *Client) mayWait(ctx context.Context) bool {
	return operationOf(ctx) != nil && c.throttle.heldUntil().Sub(c.config.Now()) < c.left(ctx)
}

// backoff is how long to wait before retry n (from 0): exponential, with jitter.
func (c *Client) backoff(n int) time.Duration {
	d := min(maxBackoff, firstBackoff<<min(n, 10))
	return d/2 + time.Duration(c.config.Jitter()*float64(d/2))
}

// parseRetryAfter returns the value of Retry-After, in seconds or as an HTTP date, which is relative to the response's
// own Date. It is negative if the header is missing or invalid.
func parseRetryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(math.MaxInt64/time.Second) {
			return math.MaxInt64
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return -1
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return max(0, at.Sub(now))
}

// throttle delays requests: all of them after a 429, and each for the client's own pace, which is
// Config.RequestsPerSecond. Each turn of the pace is for one request.
type throttle struct {
	interval time.Duration // between two requests; 0: no pace

	mu     sync.Mutex
	next   time.Time // the next turn of the pace
	held   time.Time // until when requests are held back
	last   time.Time // when the last burst of 429s began
	streak int       // number of bursts since the last success
}

// wait waits until a request may be sent: until the throttling ends, and then for a turn of the pace. In this order, no
// turns are lost while a 429 makes all requests wait. count429 is how often this request got a 429.
func (c *Client) wait(ctx context.Context, count429 int, unpaced bool) error {
	for {
		if err := c.waitWhileThrottled(ctx, count429); err != nil {
			return err
		}
		if unpaced || c.throttle.interval == 0 {
			return ctx.Err()
		}
		if taken, err := c.waitForTurn(ctx); taken || err != nil {
			return err
		}
	}
}

// waitWhileThrottled waits until requests are no longer held back. It adds jitter, so that they are not all sent at once,
// and adds more for a request that got more 429s.
func (c *Client) waitWhileThrottled(ctx context.Context, count429 int) error {
	spread := float64(firstBackoff << min(max(count429-1, 0), 4))
	for {
		wait, left := c.throttle.heldUntil().Sub(c.config.Now()), c.left(ctx)
		if wait <= 0 {
			return ctx.Err()
		}
		if wait > left {
			return ErrThrottled
		}
		if err := c.config.Sleep(ctx, min(wait+time.Duration(c.config.Jitter()*spread), left)); err != nil {
			return err
		}
	}
}

// waitForTurn waits for a turn of the pace and takes it. If a 429 arrives meanwhile, it returns without a turn.
func (c *Client) waitForTurn(ctx context.Context) (taken bool, err error) {
	t := &c.throttle
	defer c.countPaced(ctx, c.config.Now())
	unlock, err := c.locks.lock(ctx, "pace")
	if err != nil {
		return false, err
	}
	defer unlock()
	for {
		now := c.config.Now()
		next := t.nextTurn()
		switch {
		case t.heldUntil().After(now):
			return false, nil
		case !next.After(now):
			t.takeTurn(now)
			return true, ctx.Err()
		}
		if err := c.config.Sleep(ctx, next.Sub(now)); err != nil {
			return false, err
		}
	}
}

// waitForNextTurn takes the next turn of the pace, ahead of the queue. It waits for that turn, unless it is after latest.
func (c *Client) waitForNextTurn(ctx context.Context, latest time.Time) error {
	now := c.config.Now()
	next := c.throttle.takeTurn(now)
	if !next.After(now) || next.After(latest) {
		return ctx.Err()
	}
	defer c.countPaced(ctx, now)
	return c.config.Sleep(ctx, next.Sub(now))
}

// countPaced adds the time since began to what the operation waited for the pace.
func (c *Client) countPaced(ctx context.Context, began time.Time) {
	operationOf(ctx).paced.Add(int64(c.config.Now().Sub(began)))
}

func (t *throttle) nextTurn() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next
}

func (t *throttle) heldUntil() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held
}

// takeTurn takes the next turn of the pace, and returns when it is.
func (t *throttle) takeTurn(now time.Time) (turn time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next.Before(now) {
		t.next = now
	}
	turn = t.next
	t.next = turn.Add(t.interval)
	return turn
}

// holdBack holds back all requests after a 429. A 429 to a request that was sent before the last burst began belongs to
// that burst.
func (c *Client) holdBack(failure *Error) {
	t, now := &c.throttle, c.config.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	sameBurst := !failure.sent.After(t.last) // not Before: a coarse clock gives a whole burst the same time
	if !sameBurst {
		t.last = now
		t.streak++
	}
	wait := failure.RetryAfter
	if wait <= 0 {
		if sameBurst {
			return
		}
		wait = 2 * c.backoff(t.streak-1)
	}
	if until := now.Add(min(wait, maxRetryAfter)); until.After(t.held) {
		t.held = until
	}
}

// succeeded ends a streak of 429s.
func (t *throttle) succeeded() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streak = 0
}
