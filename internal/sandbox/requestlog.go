package sandbox

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// maxBody is how much of a request's body is read, in bytes.
const maxBody = 1 << 20

// Request is one request as the sandbox saw it. Header and Body are as sent and do hold keys.
type Request struct {
	Time      time.Time // of its arrival, by the server's clock
	Operation Operation
	Method    string
	Path      string // escaped; below BasePath, or all of it when it is outside
	Query     url.Values
	Header    http.Header
	Body      []byte
	Status    int  // answered; 0: none yet, or the connection was closed without an answer
	Faulted   bool // a fault applied to it
}

func (r Request) clone() Request {
	r.Query = maps.Clone(r.Query)
	for name, values := range r.Query {
		r.Query[name] = append([]string(nil), values...)
	}
	r.Header = r.Header.Clone()
	r.Body = bytes.Clone(r.Body)
	return r
}

// call is one request on its way through the server.
type call struct {
	request  Request // as it arrived; never changed
	entry    *Request
	rawQuery string
	readErr  error

	route     *route
	parameter string // the name of the path parameter, and its value
	value     string
	allowed   []string // the methods of the path, if it has none for this one
	slashed   string   // where a request without a trailing slash is redirected to
	left      bool
}

// requestLog holds the requests in order of arrival, and counts those under way.
type requestLog struct {
	mu       sync.Mutex
	entries  []*Request
	underWay int
	most     int
}

// Journal returns the request log: every request since the start or the last ResetJournal in order of arrival: also those that were refused,
// or that a fault applied to. An answer's status is in it before the client has the answer.
func (s *Server) Journal() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	list := make([]Request, len(s.requests.entries))
	for i, entry := range s.requests.entries {
		list[i] = entry.clone()
	}
	return list
}

// ResetJournal forgets the requests so far, and restarts MaxConcurrent from those that are under way.
func (s *Server) ResetJournal() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.entries = nil
	s.requests.most = s.requests.underWay
}

// Count returns how many requests of an operation are in the request log.
func (s *Server) Count(op Operation) int {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	n := 0
	for _, entry := range s.requests.entries {
		if entry.Operation == op {
			n++
		}
	}
	return n
}

// MaxConcurrent returns the most requests that were under way at the same time. A request is under way from its arrival
// until its answer begins, so that a client that takes turns never counts as two.
func (s *Server) MaxConcurrent() int {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return s.requests.most
}

// arrive reads a request and adds it to the request log.
func (s *Server) arrive(w http.ResponseWriter, r *http.Request) *call {
	s.requests.enter()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	request := Request{
		Time: s.now(), Operation: OpUnknown,
		Method: r.Method, Path: r.URL.EscapedPath(),
		Query: r.URL.Query(), Header: r.Header.Clone(), Body: body,
	}
	c := &call{rawQuery: r.URL.RawQuery, readErr: err}
	if below, ok := strings.CutPrefix(request.Path, s.basePath()); ok && strings.HasPrefix(below, "/webhooks/") {
		request.Path = below
		s.find(c, r, below)
	}
	if c.route != nil {
		request.Operation = c.route.operation
	}
	c.request, c.entry = request, s.requests.add(request)
	return c
}

// settle notes what a request is answered with, before it is.
func (s *Server) settle(c *call, status int, faulted bool) {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	c.entry.Status = status
	c.entry.Faulted = c.entry.Faulted || faulted
}

// leave ends the time a request counts as under way.
func (s *Server) leave(c *call) {
	if c.left {
		return
	}
	c.left = true
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.underWay--
}

// report hands an answered request to Log.
func (s *Server) report(c *call) {
	s.leave(c)
	if s.Log == nil {
		return
	}
	s.requests.mu.Lock()
	request := c.entry.clone()
	s.requests.mu.Unlock()
	s.Log(request)
}

func (l *requestLog) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.underWay++
	l.most = max(l.most, l.underWay)
}

func (l *requestLog) add(r Request) *Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry := r.clone()
	l.entries = append(l.entries, &entry)
	return &entry
}
