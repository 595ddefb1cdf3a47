package prosa

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	firstPoll = 250 * time.Millisecond
	maxPoll   = 2 * time.Second
	// lookupAfterInterrupt limits the lookup after an interrupt.
	lookupAfterInterrupt = time.Second
	// baselineAge is how old the baseline of a write may be when the write is sent.
	baselineAge = 3 * time.Second
)

// ErrEarlierUndecided is the error for a write that was not sent, because an earlier identical write of this run is
// undecided. The results of both would look the same.
var ErrEarlierUndecided = errors.New(
	"an earlier request of this run may or may not have taken effect, and the results of the two could not be told apart")

// unclearError means that a lookup found objects that may be the result of the write.
type unclearError struct {
	ids   []string
	final bool // searching again does not help
}

func (e *unclearError) Error() string {
	return fmt.Sprintf("it could be any of %s", strings.Join(e.ids, ", "))
}

// onceOnly is a write that must not happen twice: a create or a rotation.
type onceOnly interface {
	// post sends the write. A retry must keep the baseline, because a new one could contain the result already.
	post(ctx context.Context, retry bool) (Endpoint, error)
	// find searches for the result. It fails with an *unclearError if it finds something that may be the result.
	find(ctx context.Context) (result Endpoint, found bool, err error)
}

// exactlyOnce sends a write. If the response is lost, it searches for the result before it retries. After a timeout it
// never retries, because the API may still be working. If it cannot tell whether the write took effect, the error is an
// *Error that is Undecided. Writes whose results look the same have the same key, whose lock the caller holds.
func (c *Client) exactlyOnce(ctx context.Context, key string, w onceOnly) (Endpoint, error) {
	if c.writes.isUndecided(key) {
		return Endpoint{}, ErrEarlierUndecided
	}
	for retries := 0; ; retries++ {
		result, err := w.post(ctx, retries > 0)
		failure := As(err)
		if failure == nil || retries == 0 && !failure.MayBeDone() {
			return result, err
		}
		result, found, err := c.lookup(ctx, failure, w)
		if found {
			return result, nil
		}
		certainlyNotDone := err == nil && ctx.Err() == nil && failure.outcome == lost
		if certainlyNotDone && retries < c.config.MaxRetries && c.left(ctx) > 0 {
			continue
		}
		c.writes.markUndecided(key)
		failure.Undecided = true
		if unclear, ok := errors.AsType[*unclearError](err); ok {
			failure.Candidates = unclear.ids
		}
		return Endpoint{}, failure
	}
}

// lookup searches for the result of a write whose last attempt ended with failure. After an interrupt, it searches one
// last time, briefly, so that the result of the write is not lost.
func (c *Client) lookup(ctx context.Context, failure *Error, w onceOnly) (result Endpoint, found bool, err error) {
	if ctx.Err() == nil {
		pollErr := c.poll(ctx, c.endOfLookup(ctx, failure), func() bool {
			result, found, err = w.find(ctx)
			unclear, ok := errors.AsType[*unclearError](err)
			return found || ok && unclear.final || ctx.Err() != nil
		})
		if pollErr != nil {
			err = pollErr
		}
	}
	if found || ctx.Err() == nil {
		return result, found, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupAfterInterrupt)
	defer cancel()
	return w.find(ctx)
}

// endOfLookup is when to stop searching for the result of a write. After a timeout, the API may need that long again.
// After another lost response, it may continue until the request would have timed out. If the last attempt was refused,
// one search shows whether an earlier attempt took effect.
func (c *Client) endOfLookup(ctx context.Context, failure *Error) time.Time {
	now := c.config.Now()
	end := now.Add(firstPoll)
	switch failure.outcome {
	case timedOut:
		end = now.Add(c.config.RequestTimeout)
	case lost:
		end = failure.sent.Add(c.config.RequestTimeout)
	}
	if endOfOperation := now.Add(c.left(ctx) + c.config.RequestTimeout); endOfOperation.Before(end) {
		return endOfOperation
	}
	return end
}

// poll calls check at growing intervals until it returns true, and for the last time at end.
func (c *Client) poll(ctx context.Context, end time.Time, check func() (done bool)) error {
	for pause := firstPoll; ; pause = min(2*pause, maxPoll) {
		if err := c.config.Sleep(ctx, min(pause, max(0, end.Sub(c.config.Now())))); err != nil {
			return err
		}
		if check() || !c.config.Now().Before(end) {
			return nil
		}
	}
}
