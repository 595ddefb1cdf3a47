package prosa

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	// looksBeforeResend is how often a lost write is looked for before it is sent again.
	looksBeforeResend = 2
	// lookAfterInterrupt is how long a write that was interrupted is looked for.
	lookAfterInterrupt = time.Second
	// lookInterval is how often a write that timed out is looked for, at the most.
	lookInterval = time.Second
)

// ambiguousError says that a look found more than one thing that could be the result of the write.
type ambiguousError struct{ ids []string }

func (e *ambiguousError) Error() string {
	return fmt.Sprintf("it could be any of %s", strings.Join(e.ids, ", "))
}

// exactlyOnce sends a write that must not be done twice. When it cannot know whether the API did it, find looks for
// the result: what is found is taken; when there is nothing, the write is sent again, but never after a time-out, as
// it may still be under way. What stays open is an *Error that is Undecided.
func exactlyOnce[T any](ctx context.Context, c *Client, key string, send func(context.Context) (T, error), find func(context.Context) (T, bool, error)) (T, error) {
	for resent := 0; ; resent++ {
		value, err := send(ctx)
		failure := As(err)
		if failure == nil || !failure.MayBeDone() {
			return value, err
		}
		if c.ledger.isUndecided(key) { // what a look finds could be the earlier one's result
			failure.Undecided = true
			return value, failure
		}
		value, found, err := look(ctx, c, failure.outcome, find)
		if found {
			return value, nil
		}
		if err == nil && failure.outcome == lost && resent < c.config.MaxRetries {
			continue
		}
		c.ledger.undecided(key)
		failure.Undecided = true
		var ambiguous *ambiguousError
		if errors.As(err, &ambiguous) {
			failure.Candidates = ambiguous.ids
		}
		return value, failure
	}
}

// look finds out whether a write was done whose answer is missing for the reason why.
func look[T any](ctx context.Context, c *Client, why outcome, find func(context.Context) (T, bool, error)) (value T, found bool, err error) {
	switch why {
	case interrupted:
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookAfterInterrupt)
		defer cancel()
		return find(ctx)
	case timedOut:
		ctx, cancel := context.WithTimeout(ctx, c.config.RequestTimeout)
		defer cancel()
		for {
			var ambiguous *ambiguousError
			if value, found, err = find(ctx); found || errors.As(err, &ambiguous) {
				return value, found, err
			}
			if c.config.Sleep(ctx, min(lookInterval, c.config.RequestTimeout/10)) != nil {
				return value, false, err
			}
		}
	default:
		for n := range looksBeforeResend {
			if err := c.config.Sleep(ctx, c.backoff(n)); err != nil {
				return value, false, err
			}
			if value, found, err = find(ctx); found || err != nil {
				return value, found, err
			}
		}
		return value, false, nil
	}
}

// ledger is what a client has written, or may have written, in this run.
type ledger struct {
	mu      sync.Mutex
	made    map[string]bool      // ids of endpoints that were created
	latest  map[string]*Endpoint // by id, as they were last written; nil: deleted
	pending map[string]bool      // keys of writes that stayed undecided
}

// claim notes that e was created; it is false for one that was claimed before.
func (l *ledger) claim(e Endpoint) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made[e.ID] {
		return false
	}
	if l.made == nil {
		l.made = map[string]bool{}
	}
	l.made[e.ID] = true
	l.note(e.ID, &e)
	return true
}

func (l *ledger) isMade(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.made[id]
}

func (l *ledger) changed(e Endpoint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(e.ID, &e)
}

func (l *ledger) deleted(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(id, nil)
}

func (l *ledger) note(id string, e *Endpoint) {
	if l.latest == nil {
		l.latest = map[string]*Endpoint{}
	}
	if e != nil {
		e.Secrets = nil
	}
	l.latest[id] = e
}

// present is listed, an older listing, brought up to date with what this client has written since.
func (l *ledger) present(listed []Endpoint) []Endpoint {
	l.mu.Lock()
	defer l.mu.Unlock()
	var endpoints []Endpoint
	for _, e := range listed {
		if _, written := l.latest[e.ID]; !written {
			endpoints = append(endpoints, e)
		}
	}
	for _, e := range l.latest {
		if e != nil {
			endpoints = append(endpoints, *e)
		}
	}
	return endpoints
}

func (l *ledger) undecided(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending == nil {
		l.pending = map[string]bool{}
	}
	l.pending[key] = true
}

func (l *ledger) isUndecided(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pending[key]
}
