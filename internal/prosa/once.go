package prosa

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	firstLook = 250 * time.Millisecond
	lastLook  = 2 * time.Second
	// lookAfterInterrupt limits the one look-up after an interrupt.
	lookAfterInterrupt = time.Second
	// baselineAge is how old what was there before a write may be when the write leaves.
	baselineAge = 3 * time.Second
)

// ErrEarlierUndecided is in the chain of the error for a write that was not sent: an earlier one of the same thing
// stayed undecided in this run, so nothing could tell their results apart.
var ErrEarlierUndecided = errors.New("an earlier request of this run may or may not have taken effect, and the results of the two could not be told apart")

// unclearError says that a look-up found something that may be the result of the write.
type unclearError struct {
	ids   []string
	final bool // looking on does not help
}

func (e *unclearError) Error() string {
	return fmt.Sprintf("it could be any of %s", strings.Join(e.ids, ", "))
}

// onceOnly is a write that must not be done twice.
type onceOnly[T any] struct {
	key  string // the same for writes whose results cannot be told apart; the caller holds its lock
	send func(context.Context) (T, error)
	// find looks for the result of the write. An *unclearError says that something may be it.
	find func(context.Context) (T, bool, error)
}

// exactlyOnce sends a write. If the response is lost, it looks for the result before it re-sends the write; after a
// timeout it never re-sends, as the API may still be working. If it remains unknown whether a write took effect, the
// error is an *Error that is Undecided.
func exactlyOnce[T any](ctx context.Context, c *Client, w onceOnly[T]) (T, error) {
	var none T
	if c.writes.isUndecided(w.key) {
		return none, ErrEarlierUndecided
	}
	for resent, lostBefore := 0, false; ; resent++ {
		value, err := w.send(ctx)
		failure := As(err)
		if failure == nil || !lostBefore && !failure.MayBeDone() {
			return value, err
		}
		lostBefore = true
		value, found, err := look(ctx, c, failure, w.find)
		if found {
			return value, nil
		}
		if err == nil && ctx.Err() == nil && failure.outcome == lost && resent < c.config.MaxRetries && c.left(ctx) > 0 {
			continue
		}
		c.writes.leaveUndecided(w.key)
		failure.Undecided = true
		var unclear *unclearError
		if errors.As(err, &unclear) {
			failure.Candidates = unclear.ids
		}
		return none, failure
	}
}

// look finds out whether a write took effect whose last attempt ended with failure. After an interrupt, it looks once
// and briefly: what was done should not be lost with the response.
func look[T any](ctx context.Context, c *Client, failure *Error, find func(context.Context) (T, bool, error)) (value T, found bool, err error) {
	if ctx.Err() == nil {
		value, found, err = lookUntil(ctx, c, c.endOfLook(ctx, failure), find)
	}
	if found || ctx.Err() == nil {
		return value, found, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookAfterInterrupt)
	defer cancel()
	return find(ctx)
}

// endOfLook is when to stop looking for the result of a write: after a timeout, the API may go on for another one;
// after any other lost response, until the timeout of the request would have passed. A refusal is certain about the
// last attempt, and one look-up shows what became of those before.
func (c *Client) endOfLook(ctx context.Context, failure *Error) time.Time {
	now := c.config.Now()
	end := now.Add(firstLook)
	switch failure.outcome {
	case timedOut:
		end = now.Add(c.config.RequestTimeout)
	case lost:
		end = failure.sent.Add(c.config.RequestTimeout)
	}
	if last := now.Add(c.left(ctx) + c.config.RequestTimeout); last.Before(end) {
		return last // of the operation
	}
	return end
}

// lookUntil looks again and again, for the last time at end.
func lookUntil[T any](ctx context.Context, c *Client, end time.Time, find func(context.Context) (T, bool, error)) (value T, found bool, err error) {
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		if err := c.config.Sleep(ctx, min(pause, max(0, end.Sub(c.config.Now())))); err != nil {
			return value, false, err
		}
		value, found, err = find(ctx)
		var unclear *unclearError
		final := errors.As(err, &unclear) && unclear.final
		if found || final || !c.config.Now().Before(end) || ctx.Err() != nil {
			return value, found, err
		}
	}
}
