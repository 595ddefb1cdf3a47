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
	// operationLimit is how long after its beginning an operation may still wait or begin an attempt.
	operationLimit = 10 * time.Minute
)

// ErrThrottled is in the chain of the error for a request that was not sent because the API answers others with 429.
var ErrThrottled = errors.New("the API limits the rate of requests (429), and the wait would be longer than an operation may take")

// operation is the deadline that all attempts, waits and look-ups of one exported method share.
type operation struct {
	began time.Time
	limit time.Duration
	paced atomic.Int64 // nanoseconds spent waiting for the client's own pace, which do not count
}

type operationKey struct{}

// begin returns ctx a deadline for an operation, unless it is part of one already.
func (c *Client) begin(ctx context.Context, limit time.Duration) context.Context {
	if operationOf(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, operationKey{}, &operation{began: c.config.Now(), limit: limit})
}

// operationOf returns the operation that ctx is part of, or nil.
func operationOf(ctx context.Context) *operation {
	op, _ := ctx.Value(operationKey{}).(*operation)
	return op
}

// withoutOperation returns ctx for a request that several operations share: the next do gives it a deadline of its own.
func withoutOperation(ctx context.Context) context.Context {
	return context.WithValue(ctx, operationKey{}, (*operation)(nil))
}

// left is how long the operation may still wait, or is negative. One attempt may take a RequestTimeout longer.
func (c *Client) left(ctx context.Context) time.Duration {
	op := operationOf(ctx)
	return op.limit + time.Duration(op.paced.Load()) - c.config.Now().Sub(op.began)
}

// mayWait says whether the operation has enough time left to wait until the throttle opens.
func (c *Client) mayWait(ctx context.Context) bool {
	_, until := c.throttle.times()
	return operationOf(ctx) != nil && until.Sub(c.config.Now()) < c.left(ctx)
}

// backoff is how long to wait before attempt n+1 (n from 0): exponential, with jitter.
func (c *Client) backoff(n int) time.Duration {
	d := min(maxBackoff, firstBackoff<<min(n, 10))
	return d/2 + time.Duration(c.config.Jitter()*float64(d/2))
}

// parseRetryAfter reads the header as seconds or as an HTTP date, which counts from the response's own Date. It is
// negative if there is none to be read.
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

// throttle holds requests back: all of them once the API has answered 429 to one, and each for the client's pace.
type throttle struct {
	interval time.Duration // between two requests; 0: no pace

	mu     sync.Mutex
	shutAt time.Time     // when the API last answered 429
	until  time.Time     // no request is sent before
	streak int           // answers of 429 in a row, those of one burst counted once
	next   time.Time     // the next turn of the pace
	queue  chan struct{} // held by the request that waits for that turn
}

// wait returns when a request may be sent. A turn of the pace is taken at the moment of sending only: a 429 that
// arrives meanwhile makes everyone wait, and costs nobody a turn. refusals is how often this request got a 429.
func (c *Client) wait(ctx context.Context, refusals int, unpaced bool) error {
	for {
		if err := c.waitWhileThrottled(ctx, refusals); err != nil {
			return err
		}
		if unpaced || c.throttle.interval == 0 {
			return ctx.Err()
		}
		if sent, err := c.waitForTurn(ctx); sent || err != nil {
			return err
		}
	}
}

// waitForNextTurn takes the next turn of the pace, ahead of the queue, and waits for it if that ends before latest.
func (c *Client) waitForNextTurn(ctx context.Context, latest time.Time) error {
	now := c.config.Now()
	next := c.throttle.takeTurn(now)
	if !next.After(now) || next.After(latest) {
		return ctx.Err()
	}
	defer c.countPaced(ctx, now)
	return c.config.Sleep(ctx, next.Sub(now))
}

// countPaced notes that an operation has waited for the pace since began.
func (c *Client) countPaced(ctx context.Context, began time.Time) {
	operationOf(ctx).paced.Add(int64(c.config.Now().Sub(began)))
}

// waitForTurn queues for a turn of the pace and takes it, unless a 429 has arrived meanwhile.
func (c *Client) waitForTurn(ctx context.Context) (taken bool, err error) {
	t := &c.throttle
	defer c.countPaced(ctx, c.config.Now())
	queue := t.line()
	select {
	case queue <- struct{}{}:
		defer func() { <-queue }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	for {
		now := c.config.Now()
		next, until := t.times()
		switch {
		case until.After(now):
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

func (t *throttle) line() chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.queue == nil {
		t.queue = make(chan struct{}, 1)
	}
	return t.queue
}

func (t *throttle) times() (next, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next, t.until
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

// waitWhileThrottled waits until the time that a 429 has set. Those who waited are spread out so that they do not all
// go at once, and the more the more often they were refused.
func (c *Client) waitWhileThrottled(ctx context.Context, refusals int) error {
	spread := float64(firstBackoff << min(max(refusals-1, 0), 4))
	for waitedFor := (time.Time{}); ; {
		_, until := c.throttle.times()
		wait := until.Sub(c.config.Now())
		if wait <= 0 || until.Equal(waitedFor) {
			return ctx.Err()
		}
		left := c.left(ctx)
		if wait > left {
			return ErrThrottled
		}
		if err := c.config.Sleep(ctx, min(wait+time.Duration(c.config.Jitter()*spread), left)); err != nil {
			return err
		}
		waitedFor = until
	}
}

// refused shuts the throttle after a 429 to a request that was sent at the time sent.
func (c *Client) refused(sent time.Time, retryAfter time.Duration) {
	t, now := &c.throttle, c.config.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	sameBurst := !sent.After(t.shutAt) // a coarse clock gives a whole burst one time
	if !sameBurst {
		t.shutAt = now
		t.streak++
	}
	wait := retryAfter
	if wait <= 0 {
		if sameBurst {
			return
		}
		wait = 2 * c.backoff(t.streak-1)
	}
	if until := now.Add(min(wait, 365*24*time.Hour)); until.After(t.until) {
		t.until = until
	}
}

// passed notes that the API answers again.
func (t *throttle) passed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.streak = 0
}
