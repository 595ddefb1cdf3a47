package main

import (
	"fmt"
	"io"
	"net/http"
	"sync"
)

// states keeps states for the CLI's backend "http", by path, without locks. A CLI that keeps a state of thousands in a
// file writes all of it after each of them, which takes longer than what is measured here.
type states struct {
	mu     sync.Mutex
	byPath map[string][]byte
}

func (s *states) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch kept, ok := s.byPath[r.URL.Path]; {
	case r.Method == http.MethodPost:
		s.byPath[r.URL.Path] = content
	case r.Method == http.MethodDelete:
		delete(s.byPath, r.URL.Path)
	case !ok:
		http.NotFound(w, r)
	default:
		_, _ = w.Write(kept) // a CLI that has gone does not want it
	}
}

// backend is a configuration that keeps its state at an address.
func backend(address string) string {
	return fmt.Sprintf("terraform {\n  backend \"http\" {\n    address = %q\n  }\n}\n", address)
}
