package prosa

import (
	"sync"
	"sync/atomic"
	"time"
)

// writes records the writes of this client.
type writes struct {
	begun atomic.Bool // whether any write has begun

	mu        sync.Mutex
	byID      map[string]write
	undecided map[string]bool // keys of undecided writes
}

// write is the last change of an endpoint.
type write struct {
	endpoint Endpoint
	url      string // normalized; empty if the endpoint is deleted
	at       time.Time
	created  bool // by this client
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
	w.set(e, now, true)
	return true
}

func (w *writes) isClaimed(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.byID[id].created
}

// changed records an update of e, or a delete if e has only an id.
func (w *writes) changed(e Endpoint, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set(e, now, w.byID[e.ID].created)
}

func (w *writes) set(e Endpoint, now time.Time, created bool) {
	e.Secrets = nil
	w.byID[e.ID] = write{endpoint: e, url: NormalizeURL(e.URL), at: now, created: created}
}

// present returns the endpoints with a normalized URL: those of a listing, updated with this client's writes since then.
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
		if last.url == url && !last.at.Before(l.requestedAt) {
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
