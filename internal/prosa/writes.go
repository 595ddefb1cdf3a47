package prosa

import (
	"sync"
	"sync/atomic"
	"time"
)

// writes is what this client has written in this run, or may have written.
type writes struct {
	begun atomic.Bool // whether any write has begun

	mu        sync.Mutex
	byID      map[string]write
	undecided map[string]bool // keys of undecided writes
}

// write is the last change of an endpoint.
type write struct {
	endpoint Endpoint
	url      string // normalized
	at       time.Time
	created  bool // by this client
	deleted  bool
}

func newWrites() *writes {
	return &writes{byID: map[string]write{}, undecided: map[string]bool{}}
}

// claim records that a create of this client created e. It returns false if another create has claimed e.
func (w *writes) claim(e Endpoint, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byID[e.ID].created {
		return false
	}
	w.set(e, write{at: now, created: true})
	return true
}

func (w *writes) isClaimed(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.byID[id].created
}

func (w *writes) updated(e Endpoint, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set(e, write{at: now, created: w.byID[e.ID].created})
}

func (w *writes) deleted(id string, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set(Endpoint{ID: id}, write{at: now, created: w.byID[id].created, deleted: true})
}

func (w *writes) set(e Endpoint, last write) {
	e.Secrets = nil
	last.endpoint, last.url = e, NormalizeURL(e.URL)
	w.byID[e.ID] = last
}

// present returns the endpoints with a normalized URL: those of a listing, updated with what this client wrote since.
func (w *writes) present(l *listing, url string) []Endpoint {
	w.mu.Lock()
	defer w.mu.Unlock()
	var endpoints []Endpoint
	for _, e := range l.byURL[url] {
		if last, written := w.byID[e.ID]; !written || last.at.Before(l.requestedAt) {
			endpoints = append(endpoints, e)
		}
	}
	for _, last := range w.byID {
		if last.url == url && !last.deleted && !last.at.Before(l.requestedAt) {
			endpoints = append(endpoints, last.endpoint)
		}
	}
	return endpoints
}

func (w *writes) markUndecided(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.undecided[key] = true
}

func (w *writes) isUndecided(key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.undecided[key]
}

// beginWrite drops the caches of reads before a write, and again when the write ends.
func (c *Client) beginWrite() (end func()) {
	c.writes.begun.Store(true)
	drop := func() {
		c.listings.drop()
		c.details.drop()
	}
	drop()
	return drop
}
