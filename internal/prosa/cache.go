package prosa

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// cacheLifetime is how long reads use what was read before.
const cacheLifetime = 10 * time.Second

// cache lets callers share what one of them reads. Concurrent callers share one request, and its failure. Its zero
// value is ready.
type cache[T any] struct {
	flights singleflight.Group

	mu         sync.Mutex
	generation int // a drop begins a new one
	entries    map[string]entry[T]
}

type entry[T any] struct {
	value          T
	err            error
	asked, arrived time.Time
}

// failureLifetime is how long a failure is shared with callers that come right after it: when the API is down, a refresh
// of many endpoints must not run through all retries for every ten of them.
const failureLifetime = time.Second

// age limits how old an entry may be: since it was asked for, since it arrived, or both. 0: no limit.
type age struct{ asked, arrived time.Duration }

func (e entry[T]) isWithin(limit age, now time.Time) bool {
	return (limit.asked == 0 || now.Sub(e.asked) <= limit.asked) && (limit.arrived == 0 || now.Sub(e.arrived) <= limit.arrived)
}

// errAbandoned is the failure of a caller that gave up: the others read for themselves.
var errAbandoned = errors.New("whoever sent this request gave up")

// get returns what key stands for, within the age limit and asked for after the last drop.
func (s *cache[T]) get(ctx context.Context, c *Client, key string, limit age, fetch func(context.Context) (T, error)) (T, error) {
	var (
		none T
		last error
		now  = c.config.Now()
	)
	if operationOf(ctx) != nil { // the shared request has a deadline of its own
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.left(ctx)+c.config.RequestTimeout, errOutOfTime)
		defer cancel()
	}
	for ctx.Err() == nil {
		e, ok, generation := s.find(key)
		switch {
		case ok && e.err != nil && limit.asked == 0 && now.Sub(e.arrived) < failureLifetime: // a create asks again
			return e.value, e.err
		case ok && e.err == nil && e.isWithin(limit, now):
			return e.value, nil
		}
		flight := s.flights.DoChan(fmt.Sprint(generation, " ", key), func() (any, error) {
			asked := c.config.Now()
			value, err := fetch(withoutOperation(ctx))
			if err != nil && ctx.Err() != nil {
				return nil, errAbandoned
			}
			e := entry[T]{value, err, asked, c.config.Now()}
			if !isThrottled(err) {
				s.store(key, generation, e)
			}
			return e, err
		})
		select {
		case result := <-flight:
			if e, ok := result.Val.(entry[T]); ok && result.Err == nil && e.isWithin(limit, now) {
				return e.value, nil
			}
			switch {
			case result.Err == nil || errors.Is(result.Err, errAbandoned):
			case isThrottled(result.Err) && c.mayWait(ctx): // the shared request ran out of time, this caller did not
				last = result.Err
			default:
				return none, result.Err
			}
		case <-ctx.Done():
		}
	}
	if cause := context.Cause(ctx); last == nil || !errors.Is(cause, errOutOfTime) {
		return none, cause
	}
	return none, last
}

func (s *cache[T]) find(key string) (e entry[T], ok bool, generation int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok = s.entries[key]
	return e, ok, s.generation
}

func (s *cache[T]) store(key string, generation int, e entry[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation != s.generation {
		return
	}
	if s.entries == nil {
		s.entries = map[string]entry[T]{}
	}
	s.entries[key] = e
}

// drop makes the next get read again. A request that is under way serves those who asked before the drop, and nobody
// after it.
func (s *cache[T]) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	s.entries = nil
}

// keyedMutex makes writes to the same thing follow each other. Its zero value is ready.
type keyedMutex struct {
	mu    sync.Mutex
	byKey map[string]chan struct{}
}

// lock waits for key until ctx ends.
func (m *keyedMutex) lock(ctx context.Context, key string) (unlock func(), err error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m.mu.Lock()
	if m.byKey == nil {
		m.byKey = map[string]chan struct{}{}
	}
	one := m.byKey[key]
	if one == nil {
		one = make(chan struct{}, 1)
		m.byKey[key] = one
	}
	m.mu.Unlock()
	select {
	case one <- struct{}{}:
		return func() { <-one }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
