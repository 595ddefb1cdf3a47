package prosa

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// cacheLifetime is how long reads use a response.
	cacheLifetime = 10 * time.Second
	// failureLifetime is how long reads use a failure. If the API is down, a refresh of many endpoints, ten in parallel,
	// must not go through all retries once for every ten.
	failureLifetime = time.Second
)

// cache shares responses between callers. Concurrent callers share one request, and its failure. The zero value is ready.
type cache[T any] struct {
	flights singleflight.Group

	mu         sync.Mutex
	generation int // how often the cache was dropped
	entries    map[string]entry[T]
}

type entry[T any] struct {
	value       T
	err         error
	requestedAt time.Time
	receivedAt  time.Time
}

// maxAge limits the age of an entry, since its request, since its response, or both. 0: no limit.
type maxAge struct{ sinceRequest, sinceResponse time.Duration }

func (e entry[T]) isWithin(limit maxAge, now time.Time) bool {
	return (limit.sinceRequest == 0 || now.Sub(e.requestedAt) <= limit.sinceRequest) &&
		(limit.sinceResponse == 0 || now.Sub(e.receivedAt) <= limit.sinceResponse)
}

// errAbandoned is the failure of a shared request whose sender was interrupted. The other callers send their own.
var errAbandoned = errors.New("the caller that sent the shared request was interrupted")

// get returns the value of key. It uses an entry within the age limit that was requested after the last drop, or joins
// a request in flight, or sends one.
func (ca *cache[T]) get(ctx context.Context, c *Client, key string, limit maxAge, fetch func(context.Context) (T, error)) (T, error) {
	var none T
	ctx, cancel := c.withDeadline(ctx)
	defer cancel()
	started := c.config.Now()
	var throttledErr error
	for ctx.Err() == nil {
		if e, ok := ca.find(key); ok && e.isUsable(limit, started) {
			return e.value, e.err
		}
		e, err := ca.share(ctx, c, key, fetch)
		switch {
		case err != nil: // ctx ended, or the request was abandoned
		case isThrottled(e.err) && c.mayWait(ctx): // the shared request ran out of time, but this caller did not
			throttledErr = e.err
		case e.err != nil:
			return none, e.err
		case e.isWithin(limit, started):
			return e.value, nil
		default: // the request that this caller joined was sent too early
		}
	}
	cause := context.Cause(ctx)
	if throttledErr != nil && errors.Is(cause, errOutOfTime) {
		return none, throttledErr
	}
	return none, cause
}

// isUsable reports whether a caller that started at that time can use e instead of sending a request. A create, which
// limits the time since the request, does not use failures.
func (e entry[T]) isUsable(limit maxAge, started time.Time) bool {
	if e.err != nil {
		return limit.sinceRequest == 0 && started.Sub(e.receivedAt) < failureLifetime
	}
	return e.isWithin(limit, started)
}

// share sends a request, or joins the one in flight for the key. The error is only that of ctx, or errAbandoned.
func (ca *cache[T]) share(ctx context.Context, c *Client, key string, fetch func(context.Context) (T, error)) (entry[T], error) {
	generation := ca.currentGeneration()
	flight := ca.flights.DoChan(fmt.Sprint(generation, " ", key), func() (any, error) {
		requestedAt := c.config.Now()
		value, err := fetch(withoutOperation(ctx))
		if err != nil && ctx.Err() != nil {
			return entry[T]{}, errAbandoned
		}
		e := entry[T]{value, err, requestedAt, c.config.Now()}
		if !isThrottled(err) {
			ca.store(key, generation, e)
		}
		return e, nil
	})
	select {
	case result := <-flight:
		e, _ := result.Val.(entry[T])
		return e, result.Err
	case <-ctx.Done():
		return entry[T]{}, ctx.Err()
	}
}

func (ca *cache[T]) find(key string) (entry[T], bool) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	e, ok := ca.entries[key]
	return e, ok
}

func (ca *cache[T]) currentGeneration() int {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return ca.generation
}

// store keeps e, unless the cache was dropped since the request of e.
func (ca *cache[T]) store(key string, generation int, e entry[T]) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if generation != ca.generation {
		return
	}
	if ca.entries == nil {
		ca.entries = map[string]entry[T]{}
	}
	ca.entries[key] = e
}

// drop removes all entries. Only callers that joined before the drop get the responses of requests in flight.
func (ca *cache[T]) drop() {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.generation++
	ca.entries = nil
}

// keyedMutex has a lock for each key. The zero value is ready.
type keyedMutex struct {
	mu    sync.Mutex
	byKey map[string]chan struct{} // each holds one element while it is locked
}

// lock waits for key until ctx ends.
func (m *keyedMutex) lock(ctx context.Context, key string) (unlock func(), err error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	select {
	case m.of(key) <- struct{}{}:
		return func() { <-m.of(key) }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *keyedMutex) isLocked(key string) bool { return len(m.of(key)) > 0 }

func (m *keyedMutex) of(key string) chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byKey == nil {
		m.byKey = map[string]chan struct{}{}
	}
	if m.byKey[key] == nil {
		m.byKey[key] = make(chan struct{}, 1)
	}
	return m.byKey[key]
}
