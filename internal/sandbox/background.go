package sandbox

import "sync"

// background counts the work that continues after a request was answered. It is not a sync.WaitGroup because work may
// start during a Wait.
type background struct {
	mu      sync.Mutex
	running int
	idle    chan struct{}
}

func (b *background) start(work func()) {
	b.mu.Lock()
	b.running++
	b.mu.Unlock()
	go func() {
		defer b.done()
		work()
	}()
}

func (b *background) done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running--
	if b.running == 0 && b.idle != nil {
		close(b.idle)
		b.idle = nil
	}
}

func (b *background) wait() {
	for {
		b.mu.Lock()
		if b.running == 0 {
			b.mu.Unlock()
			return
		}
		if b.idle == nil {
			b.idle = make(chan struct{})
		}
		idle := b.idle
		b.mu.Unlock()
		<-idle
	}
}
