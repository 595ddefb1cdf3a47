package prosa

import (
	"sync"
	"time"
)

// writes is what this client has written in this run, or may have written. Its zero value is ready.
type writes struct {
	mu        sync.Mutex
	begun     bool
	byID      map[string]write
	inFlight  map[string]int  // creates that have not returned, by normal URL
	undecided map[string]bool // keys of keyedMutex under which a write stayed undecided
}

// write is the last change of one endpoint.
type write struct {
	endpoint Endpoint
	url      string // in its normal form
	at       time.Time
	created  bool // by this client
	deleted  bool
}

func (w *writes) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun = true
}

func (w *writes) hasBegun() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.begun
}

// claim notes that e was created; it is false if another create has claimed e.
func (w *writes) claim(e Endpoint, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byID[e.ID].created {
		return false
	}
	w.set(e.ID, write{endpoint: e, url: NormalizeURL(e.URL), at: now, created: true})
	return true
}

func (w *writes) isClaimed(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.byID[id].created
}

func (w *writes) changed(e Endpoint, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set(e.ID, write{endpoint: e, url: NormalizeURL(e.URL), at: now, created: w.byID[e.ID].created})
}

func (w *writes) deleted(id string, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set(id, write{at: now, created: w.byID[id].created, deleted: true})
}

func (w *writes) set(id string, last write) {
	if w.byID == nil {
		w.byID = map[string]write{}
	}
	last.endpoint.Secrets = nil
	w.byID[id] = last
}

// present returns the endpoints at a normal URL: those of a listing, brought up to date with what this client has written
// since.
func (w *writes) present(l *listing, url string) []Endpoint {
	w.mu.Lock()
	defer w.mu.Unlock()
	var endpoints []Endpoint
	for _, e := range l.byURL()[url] {
		if last, written := w.byID[e.ID]; !written || last.at.Before(l.asked) {
			endpoints = append(endpoints, e)
		}
	}
	for _, last := range w.byID {
		if last.url == url && !last.deleted && !last.at.Before(l.asked) {
			endpoints = append(endpoints, last.endpoint)
		}
	}
	return endpoints
}

// beginCreate notes a create of a normal URL until it ends.
func (w *writes) beginCreate(url string) (end func()) {
	w.add(url, 1)
	return func() { w.add(url, -1) }
}

func (w *writes) add(url string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.inFlight == nil {
		w.inFlight = map[string]int{}
	}
	w.inFlight[url] += n
}

func (w *writes) isInFlight(url string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.inFlight[url] > 0
}

func (w *writes) leaveUndecided(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.undecided == nil {
		w.undecided = map[string]bool{}
	}
	w.undecided[key] = true
}

func (w *writes) isUndecided(key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.undecided[key]
}

// beginWrite drops what reads share, before a write and, through what it returns, after it.
func (c *Client) beginWrite() (end func()) {
	c.writes.begin()
	drop := func() {
		c.listings.drop()
		c.details.drop()
	}
	drop()
	return drop
}
