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
	asked, arrived time.Time
}

// age limits how old an entry may be: since it was asked for, since it arrived, or both. 0: no limit.
type age struct{ asked, arrived time.Duration }

func (e entry[T]) isWithin(limit age, now time.Time) bool {
	return (limit.asked == 0 || now.Sub(e.asked) <= limit.asked) && (limit.arrived == 0 || now.Sub(e.arrived) <= limit.arrived)
}

// errAbandoned is the failure of a caller that gave up: the others read for themselves.
var errAbandoned = errors.New("whoever sent this request gave up")

// get returns what key stands for, within the age limit and asked for after the last drop.
func (s *cache[T]) get(ctx context.Context, c *Client, key string, limit age, fetch func(context.Context) (T, error)) (T, error) {
	now := c.config.Now()
	for ctx.Err() == nil {
		e, ok, generation := s.find(key)
		if ok && e.isWithin(limit, now) {
			return e.value, nil
		}
		flight := s.flights.DoChan(fmt.Sprint(generation, " ", key), func() (any, error) {
			asked := c.config.Now()
			value, err := fetch(ctx)
			switch {
			case err != nil && ctx.Err() != nil:
				return nil, errAbandoned
			case err != nil:
				return nil, err
			}
			e := entry[T]{value, asked, c.config.Now()}
			s.store(key, generation, e)
			return e, nil
		})
		select {
		case result := <-flight:
			if e, ok := result.Val.(entry[T]); ok && e.isWithin(limit, now) {
				return e.value, nil
			}
			if result.Err != nil && !errors.Is(result.Err, errAbandoned) {
				var none T
				return none, result.Err
			}
		case <-ctx.Done():
		}
	}
	var none T
	return none, ctx.Err()
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
