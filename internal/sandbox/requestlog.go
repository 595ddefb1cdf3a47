package sandbox

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// maxBody is the maximum size of a request's body that is read, in bytes.
const maxBody = 1 << 20

// Request is one request that the sandbox received. Header and Body are as sent and can contain keys.
type Request struct {
	Time      time.Time // arrival, by the server's clock
	Operation Operation
	Method    string
	Path      string // escaped; relative to BasePath, or the whole path if it is outside
	Query     url.Values
	Header    http.Header
	Body      []byte
	Status    int  // of the answer; 0: none yet, or the connection was closed without one
	Faulted   bool // a fault applied to it
}

func (r Request) clone() Request {
	r.Query = url.Values(http.Header(r.Query).Clone()) // url.Values has no Clone, but the same underlying type
	r.Header = r.Header.Clone()
	r.Body = bytes.Clone(r.Body)
	return r
}

// call is one request while the server handles it.
type call struct {
	handler
	sent    *http.Request // its body has been read
	request Request       // a copy for faults, the log and the operation; never changed
	readErr error         // of the body
	input
	entry   *Request // in the request log
	faulted bool
}

// requestLog holds the requests in order of arrival, and counts those in flight.
type requestLog struct {
	mu       sync.Mutex
	entries  []*Request
	inFlight int
	most     int
}

// RequestLog returns all requests since the start or the last ResetRequestLog, in order of arrival. It includes rejected
// requests and those to which a fault applied. The status is recorded before the client gets the answer.
func (s *Server) RequestLog() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	list := make([]Request, len(s.requests.entries))
	for i, entry := range s.requests.entries {
		list[i] = entry.clone()
	}
	return list
}

// ResetRequestLog clears the request log. MaxConcurrent restarts with the number of requests now in flight.
func (s *Server) ResetRequestLog() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.entries = nil
	s.requests.most = s.requests.inFlight
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

// MaxConcurrent returns the maximum number of requests that were in flight at the same time. A request is in flight from
// its arrival until its answer begins, so a client that sends one request at a time never counts twice.
func (s *Server) MaxConcurrent() int {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return s.requests.most
}

// newCall reads a request and adds it to the request log.
func (s *Server) newCall(w http.ResponseWriter, r *http.Request, h handler) *call {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	request := Request{
		Time: s.now(), Operation: h.route.operation,
		Method: r.Method, Path: r.URL.EscapedPath(),
		Query: r.URL.Query(), Header: r.Header.Clone(), Body: body,
	}
	if below, ok := strings.CutPrefix(request.Path, s.basePath()); ok && strings.HasPrefix(below, "/webhooks/") {
		request.Path = below
	}
	return &call{handler: h, sent: r, request: request, readErr: err, entry: s.requests.add(request)}
}

func (l *requestLog) add(r Request) *Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight++
	l.most = max(l.most, l.inFlight)
	entry := r.clone()
	l.entries = append(l.entries, &entry)
	return &entry
}

// recordStatus records a request's status before the answer is sent. The request is then no longer in flight.
func (s *Server) recordStatus(c *call, status int) {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	c.entry.Status, c.entry.Faulted = status, c.faulted
	s.requests.inFlight--
}

// report passes an answered request to Log.
func (s *Server) report(c *call) {
	if s.Log == nil {
		return
	}
	s.requests.mu.Lock()
	request := c.entry.clone()
	s.requests.mu.Unlock()
	s.Log(request)
}
