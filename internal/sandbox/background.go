package sandbox

import "sync"

// background is the work that continues after a request was answered. A sync.WaitGroup does not allow new work during a
// Wait.
type background struct {
	mu      sync.Mutex
	running int
	idle    sync.Cond
}

func (b *background) start(work func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running++
	b.idle.L = &b.mu
	go func() {
		defer b.done()
		work()
	}()
}

func (b *background) done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running--
	if b.running == 0 {
		b.idle.Broadcast()
	}
}

func (b *background) wait() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.running > 0 {
		b.idle.Wait()
	}
}
