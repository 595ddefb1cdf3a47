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
		if err == nil && ctx.Err() == nil && failure.outcome == lost && resent < c.config.MaxRetries {
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

// look finds out whether a write was done whose answer is missing for the reason why. An interrupt ends it with one
// more look, a short one: what was done should not be lost with the answer.
func look[T any](ctx context.Context, c *Client, why outcome, find func(context.Context) (T, bool, error)) (value T, found bool, err error) {
	if why != interrupted {
		value, found, err = lookWhilePossible(ctx, c, why, find)
	}
	if found || ctx.Err() == nil {
		return value, found, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookAfterInterrupt)
	defer cancel()
	return find(ctx)
}

func lookWhilePossible[T any](ctx context.Context, c *Client, why outcome, find func(context.Context) (T, bool, error)) (value T, found bool, err error) {
	var ambiguous *ambiguousError
	if why != timedOut {
		for n := range looksBeforeResend {
			if err := c.config.Sleep(ctx, c.backoff(n)); err != nil {
				return value, false, err
			}
			if value, found, err = find(ctx); found || errors.As(err, &ambiguous) {
				return value, found, err
			}
		}
		return value, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.RequestTimeout)
	defer cancel()
	for {
		if value, found, err = find(ctx); found || errors.As(err, &ambiguous) {
			return value, found, err
		}
		if c.config.Sleep(ctx, min(lookInterval, c.config.RequestTimeout/10)) != nil {
			return value, false, err
		}
	}
}

// ledger is what a client has written, or may have written, in this run.
type ledger struct {
	mu      sync.Mutex
	made    map[string]bool                // ids of endpoints that were created
	written map[string]bool                // ids of endpoints that were created, changed or deleted
	latest  map[string]map[string]Endpoint // by NormalizeURL and id, as they were last written
	pending map[string]bool                // keys of writes that stayed undecided
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

// note takes over how an endpoint was last written; nil: deleted.
func (l *ledger) note(id string, e *Endpoint) {
	if l.written == nil {
		l.written, l.latest = map[string]bool{}, map[string]map[string]Endpoint{}
	}
	if l.written[id] {
		for _, atURL := range l.latest {
			delete(atURL, id)
		}
	}
	l.written[id] = true
	if e == nil {
		return
	}
	url := NormalizeURL(e.URL)
	if l.latest[url] == nil {
		l.latest[url] = map[string]Endpoint{}
	}
	l.latest[url][id] = Endpoint{ID: e.ID, URL: e.URL, EventFilters: e.EventFilters, SSLVerification: e.SSLVerification}
}

// present gives the endpoints at a URL, in its normal form: an older listing's, brought up to date with what this
// client has written since.
func (l *ledger) present(listed *listing, url string) []Endpoint {
	l.mu.Lock()
	defer l.mu.Unlock()
	var endpoints []Endpoint
	for _, e := range listed.byURL()[url] {
		if !l.written[e.ID] {
			endpoints = append(endpoints, e)
		}
	}
	for _, e := range l.latest[url] {
		endpoints = append(endpoints, e)
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
