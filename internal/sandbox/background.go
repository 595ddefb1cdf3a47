package sandbox

import "sync"

// background is work that continues after a request was answered. It is not a sync.WaitGroup, because new work can start
// during a wait.
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
