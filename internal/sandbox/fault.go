package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"net/http"
	"sync"
	"time"
)

// Fault makes requests fail. Without Status, Body, Close, Truncate and Endless, the operation is carried out, and the client
// gets the real answer, after Delay and with Header. Delays take real time.
type Fault struct {
	Operation Operation          // the operation that fails; empty: any
	Match     func(Request) bool // selects requests of the operation; nil: any. Must not inject or clear faults
	Skip      int                // how many matching requests to let through first
	Times     int                // how many requests fail; 0: one; negative: all

	Delay   time.Duration // wait before anything else; if the client gives up meanwhile, do nothing
	Do      bool          // carry out the operation, before the answer, although the client does not get the real one
	Detach  bool          // carry out the operation after Delay even if the client has given up
	DoAfter time.Duration // with Do: carry out the operation this long after the answer instead of before it

	Status int         // the status instead of the real one; 0 with a Body: 200
	Header http.Header // added to the answer
	Body   string      // the body instead of the real one

	Close    bool // close the connection without an answer
	Truncate int  // send at most this many bytes of the body, with the full Content-Length, and close the connection
	Endless  bool // continue the body after Body until the client hangs up; without Body, it begins as a JSON list
}

// faults holds the injected faults, in order.
type faults struct {
	mu   sync.Mutex
	list []*Fault
}

// Inject adds a fault. Of the faults that match a request, are not used up and have nothing left to skip, the first applies.
// Faults after it do not see the request. Inject panics on a fault that contradicts itself.
func (s *Server) Inject(f Fault) {
	if problem := f.problem(); problem != "" {
		panic("sandbox: " + problem)
	}
	if f.Times == 0 {
		f.Times = 1
	}
	f.Header = f.Header.Clone()
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, &f)
}

// ClearFaults removes all faults. It does not affect requests to which a fault already applies.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
}

func (f Fault) problem() string {
	switch {
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return "Fault.Status must be from 200 to 599"
	case f.Body != "" && (f.Status == http.StatusNoContent || f.Status == http.StatusNotModified):
		return "Fault.Status 204 and 304 have no body: leave Fault.Body empty"
	case f.Skip < 0 || f.Truncate < 0 || f.Delay < 0 || f.DoAfter < 0:
		return "Fault.Skip, Truncate, Delay and DoAfter must not be negative"
	case f.Close && (f.Truncate > 0 || f.Endless), f.Truncate > 0 && f.Endless:
		return "Fault.Close, Truncate and Endless exclude each other"
	case !f.real() && !f.Close && f.Truncate > len(f.Body):
		return "Fault.Truncate is above the length of the fake body"
	case f.Close && (f.Status != 0 || f.Body != "" || f.Header != nil):
		return "Fault.Close gives no answer: it excludes Status, Header and Body"
	case f.DoAfter > 0 && (!f.Do || f.Detach || f.real()):
		return "Fault.DoAfter needs Do and a fake answer (Status, Body, Close or Endless), and excludes Detach"
	case f.Detach && !f.Do && !f.real():
		return "Fault.Detach needs Do: without it, there is nothing to carry out"
	}
	return ""
}

// real reports whether the client gets the operation's own answer, which requires carrying the operation out.
func (f Fault) real() bool { return f.Status == 0 && f.Body == "" && !f.Close && !f.Endless }

// take returns the fault that applies to a request, and counts the use.
func (f *faults) take(r Request) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range f.list {
		// Times 0 means used up here: Inject replaced 0 by 1.
		if fault.Times == 0 || fault.Operation != "" && fault.Operation != r.Operation {
			continue
		}
		if fault.Match != nil && !fault.Match(r.clone()) {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		if fault.Times > 0 {
			fault.Times--
		}
		return *fault, true
	}
	return Fault{}, false
}

// serveFault serves a request to which a fault applies.
func (s *Server) serveFault(ctx context.Context, w http.ResponseWriter, c *call, f Fault) {
	c.faulted = true
	a, ok := s.faultAnswer(ctx, c, f)
	if !ok {
		s.hangUp(c) // does not return
	}
	if f.DoAfter > 0 {
		answered := make(chan struct{})
		defer close(answered)
		s.late.start(func() {
			<-answered
			pause(context.WithoutCancel(ctx), f.DoAfter)
			s.carryOut(c)
		})
	}
	switch {
	case f.Close:
		s.hangUp(c)
	case f.Truncate > 0:
		s.begin(w, c, a, len(a.body))
		_, _ = w.Write(a.body[:min(f.Truncate, len(a.body))])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case f.Endless:
		s.begin(w, c, a, -1)
		writeEndless(ctx, w, a.body)
		panic(http.ErrAbortHandler)
	default:
		s.reply(w, c, a)
		_ = http.NewResponseController(w).Flush()
	}
}

// faultAnswer waits, carries out the operation if it comes before the answer, and returns the answer; false if the client
// gave up.
func (s *Server) faultAnswer(ctx context.Context, c *call, f Fault) (answer, bool) {
	act := func() answer {
		if f.DoAfter == 0 && (f.Do || f.real()) {
			return f.answer(s.carryOut(c))
		}
		return f.answer(answer{})
	}
	if !f.Detach {
		if !pause(ctx, f.Delay) {
			return answer{}, false
		}
		return act(), true
	}
	done := make(chan answer, 1)
	s.late.start(func() {
		pause(context.WithoutCancel(ctx), f.Delay)
		done <- act()
	})
	select {
	case a := <-done:
		return a, true
	case <-ctx.Done():
		return answer{}, false
	}
}

// answer returns the actual answer, or the fault's answer instead, with the fault's header.
func (f Fault) answer(actual answer) answer {
	a := actual
	if !f.real() {
		a = answer{status: cmp.Or(f.Status, http.StatusOK), body: []byte(f.Body)}
	}
	if f.Endless && f.Body == "" {
		a.body = []byte("[")
	}
	header := http.Header{}
	maps.Copy(header, a.header)
	maps.Copy(header, f.Header)
	a.header = header
	return a
}

// writeEndless writes a beginning and then blanks, which are valid after any JSON, until the client hangs up.
func writeEndless(ctx context.Context, w http.ResponseWriter, beginning []byte) {
	_, err := w.Write(beginning)
	blanks := bytes.Repeat([]byte{' '}, 32<<10)
	for err == nil && ctx.Err() == nil {
		_, err = w.Write(blanks)
	}
}
