package prosa

import (
	"context"
	"maps"
	"sync"
	"time"
)

// shared lets callers share one answer: it is fetched by one of them at a time, and used until it is too old or
// dropped. A failure is shared like an answer, so that an API that fails is not asked by everybody in turn.
type shared[T any] struct {
	mu      sync.Mutex
	current *fetched[T]
}

type fetched[T any] struct {
	asked   time.Time
	used    time.Time     // last, by anybody
	done    chan struct{} // closed when the rest is there
	value   T
	err     error
	givenUp bool // by the one who fetched it; the others have not
}

// lifetime is how long an answer is shared: while it is no older than age; and on, up to burst, while it is used again
// and again without a pause of that age.
type lifetime struct{ age, burst time.Duration }

// failureLifetime is how long a failure is shared: for those who wanted the same at the same time.
var failureLifetime = lifetime{age: 3 * time.Second}

func (f *fetched[T]) isFresh(now time.Time, l lifetime) bool {
	if !f.finished() {
		return true
	}
	if f.err != nil {
		l = failureLifetime
	}
	age := now.Sub(f.asked)
	return age <= l.age || age <= l.burst && now.Sub(f.used) <= l.age
}

// get gives an answer that is within its lifetime, or fetches one.
func (s *shared[T]) get(ctx context.Context, clock func() time.Time, l lifetime, fetch func(context.Context) (T, error)) (T, error) {
	for {
		s.mu.Lock()
		now := clock()
		f := s.current
		mine := f == nil || !f.isFresh(now, l)
		if mine {
			f = &fetched[T]{asked: now, done: make(chan struct{})}
			s.current = f
		}
		f.used = now
		s.mu.Unlock()
		if mine {
			f.value, f.err = fetch(ctx)
			f.givenUp = f.err != nil && ctx.Err() != nil
			s.mu.Lock()
			f.used = clock()
			s.mu.Unlock()
			close(f.done)
			return f.value, f.err
		}
		if err := f.wait(ctx); err != nil {
			var none T
			return none, err
		}
		if !f.givenUp {
			return f.value, f.err
		}
		s.forget(f)
	}
}

// wait returns when the answer is there. It only asks ctx for its end where there is something to wait for: contexts
// live as long as the provider does, and that one is asked makes it larger.
func (f *fetched[T]) wait(ctx context.Context) error {
	if f.finished() {
		return nil
	}
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fetched[T]) finished() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

func (s *shared[T]) forget(f *fetched[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == f {
		s.current = nil
	}
}

// isBusy says whether an answer is being fetched.
func (s *shared[T]) isBusy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current != nil && !s.current.finished()
}

// drop makes the next get fetch again. Those who wait already get what they asked for before the drop.
func (s *shared[T]) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
}

// sharedByKey is a shared for each key. The use of any of them counts as use of all: see lifetime.
type sharedByKey[T any] struct {
	mu    sync.Mutex
	byKey map[string]*shared[T]
	used  time.Time
}

func (s *sharedByKey[T]) get(ctx context.Context, key string, clock func() time.Time, l lifetime, fetch func(context.Context) (T, error)) (T, error) {
	s.begin(clock(), l)
	defer func() { s.end(clock()) }()
	return s.of(key).get(ctx, clock, lifetime{age: l.burst}, fetch)
}

// begin lets go of answers after a pause that was too long.
func (s *sharedByKey[T]) begin(now time.Time, l lifetime) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.used) > l.age {
		maps.DeleteFunc(s.byKey, func(_ string, one *shared[T]) bool { return !one.isBusy() })
	}
	s.used = now
}

func (s *sharedByKey[T]) end(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = now
}

func (s *sharedByKey[T]) of(key string) *shared[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey == nil {
		s.byKey = map[string]*shared[T]{}
	}
	one := s.byKey[key]
	if one == nil {
		one = &shared[T]{}
		s.byKey[key] = one
	}
	return one
}

func (s *sharedByKey[T]) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byKey = nil
}

// turns lets writes to the same thing go one after the other.
type turns struct {
	mu    sync.Mutex
	byKey map[string]chan struct{}
}

// take waits for the turn of key; the caller gives it back by calling release.
func (t *turns) take(ctx context.Context, key string) (release func(), err error) {
	t.mu.Lock()
	if t.byKey == nil {
		t.byKey = map[string]chan struct{}{}
	}
	turn := t.byKey[key]
	if turn == nil {
		turn = make(chan struct{}, 1)
		t.byKey[key] = turn
	}
	t.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
