package prosa

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
	// maxThrottled is how long one request waits in all for an API that answers 429.
	maxThrottled = 10 * time.Minute
)

// ErrThrottled is in the chain of the error for a request that was not made because the API answers others with 429.
var ErrThrottled = errors.New("the API refuses requests (429, too many)")

// backoff is how long to wait before attempt n+1 (n from 0): exponential, with jitter.
func (c *Client) backoff(n int) time.Duration {
	d := min(maxBackoff, firstBackoff<<min(n, 10))
	return d/2 + time.Duration(c.config.Jitter()*float64(d/2))
}

// parseRetryAfter reads the header in seconds or as an HTTP date; it is negative when there is none to be read.
func parseRetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
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
	return max(0, at.Sub(now))
}

// repeatable says whether a failed attempt may simply be made again.
func (e *Error) repeatable() bool {
	switch e.outcome {
	case notSent, unavailable:
		return e.temporary
	case lost, timedOut:
		return e.Method != http.MethodPost && e.temporary
	default:
		return false
	}
}

// do makes attempts until one succeeds, fails for good, or there have been too many.
func (c *Client) do(ctx context.Context, r *request) error {
	budget, refusals := maxThrottled, 0
	for retries := 0; ; {
		if err := c.mayGo(ctx, &budget, refusals); err != nil {
			return c.notAttempted(r, err)
		}
		sent := c.config.Now()
		failure := c.attempt(ctx, r)
		if failure == nil {
			c.gate.passed()
			return nil
		}
		if failure.outcome == throttled {
			c.gate.refused(sent, c.config.Now(), failure.RetryAfter, c)
			if c.gate.opens().Sub(c.config.Now()) > budget {
				return failure
			}
			refusals++
			continue
		}
		if !failure.repeatable() || retries >= c.config.MaxRetries || failure.RetryAfter > maxThrottled {
			return failure
		}
		wait := c.backoff(retries)
		if failure.RetryAfter >= 0 {
			wait = failure.RetryAfter + time.Duration(c.config.Jitter()*float64(firstBackoff))
		}
		if err := c.config.Sleep(ctx, wait); err != nil {
			return c.givenUp(r, failure, err)
		}
		retries++
	}
}

// mayGo waits for the gate and for the pace. A gate that was shut meanwhile is waited for again: what stood in the queue
// of the pace has to stop as well.
func (c *Client) mayGo(ctx context.Context, budget *time.Duration, refusals int) error {
	for {
		if err := c.gate.wait(ctx, c, budget, refusals); err != nil {
			return err
		}
		opened := c.gate.opens()
		if err := c.pace(ctx); err != nil {
			return err
		}
		if c.gate.opens().Equal(opened) {
			return nil
		}
	}
}

// notAttempted is the error of a request that was given up before it was made.
func (c *Client) notAttempted(r *request, err error) *Error {
	e := c.newError(r)
	e.Err, e.outcome = err, refused
	if errors.Is(err, context.Canceled) {
		e.Err = &hiddenError{text: "it was interrupted while it waited to be sent", cause: err}
	}
	return e
}

// givenUp is the error of a request that err kept from being tried again after failure.
func (c *Client) givenUp(r *request, failure *Error, err error) *Error {
	e := c.newError(r)
	e.Err = &hiddenError{text: "it was interrupted before it was tried again; the last time: " + failure.Reason(), cause: err}
	e.outcome = failure.outcome
	return e
}

// pace keeps to RequestsPerSecond.
func (c *Client) pace(ctx context.Context) error {
	if c.pacer == nil {
		return ctx.Err()
	}
	now := c.config.Now()
	reservation := c.pacer.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait <= 0 {
		return ctx.Err()
	}
	if err := c.config.Sleep(ctx, wait); err != nil {
		reservation.CancelAt(c.config.Now())
		return err
	}
	return nil
}

// gate makes every request of a client wait once the API has answered 429 to one of them.
type gate struct {
	mu     sync.Mutex
	shutAt time.Time
	until  time.Time
	streak int // refusals in a row, those of one burst counted once
}

// refused shuts the gate after a 429 to a request that was sent at the time sent.
func (g *gate) refused(sent, now time.Time, retryAfter time.Duration, c *Client) {
	g.mu.Lock()
	defer g.mu.Unlock()
	sameBurst := !sent.After(g.shutAt) // a coarse clock gives a whole burst one time
	if !sameBurst {
		g.shutAt = now
		g.streak++
	}
	wait := retryAfter
	if wait <= 0 {
		if sameBurst {
			return
		}
		wait = 2 * c.backoff(g.streak-1)
	}
	wait = min(wait, 365*24*time.Hour)
	if until := now.Add(wait); until.After(g.until) {
		g.until = until
	}
}

// passed notes that the API answers again.
func (g *gate) passed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.streak = 0
}

func (g *gate) opens() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until
}

// wait returns when the gate is open, spread out so that those who waited do not all go at once, and the more the more
// often they were refused. What it waits is taken from budget.
func (g *gate) wait(ctx context.Context, c *Client, budget *time.Duration, refusals int) error {
	spread := float64(firstBackoff << min(max(refusals-1, 0), 4))
	for waitedFor := (time.Time{}); ; {
		until := g.opens()
		wait := until.Sub(c.config.Now())
		if wait <= 0 || until.Equal(waitedFor) {
			return ctx.Err()
		}
		if wait > *budget {
			return fmt.Errorf("%w, and it would have to be waited for longer than %s", ErrThrottled, maxThrottled)
		}
		wait = min(wait+time.Duration(c.config.Jitter()*spread), *budget)
		*budget -= wait
		if err := c.config.Sleep(ctx, wait); err != nil {
			return err
		}
		waitedFor = until
	}
}
