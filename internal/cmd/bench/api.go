package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const apiKey = "the-api-key-of-the-benchmark"

// api is a sandbox that is served on this machine, and what is asked of it.
type api struct {
	sandbox     *sandbox.Server
	server      *http.Server
	url         string
	ended       chan struct{}
	connections atomic.Int64
}

func startAPI(ctx context.Context, latency time.Duration) (*api, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot listen on this machine: %w", err)
	}
	a := &api{
		sandbox: &sandbox.Server{APIKey: apiKey, Latency: latency},
		url:     "http://" + listener.Addr().String() + sandbox.DefaultBasePath,
		ended:   make(chan struct{}),
	}
	a.server = &http.Server{Handler: a.sandbox, ReadHeaderTimeout: 10 * time.Second, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			a.connections.Add(1)
		}
	}}
	go func() {
		defer close(a.ended)
		_ = a.server.Serve(listener) // it always ends with an error: that it was closed
	}()
	return a, nil
}

func (a *api) stop() {
	_ = a.server.Close()
	<-a.ended
}

func (a *api) reset() {
	a.sandbox.ResetJournal()
	a.connections.Store(0)
}

// traffic is what was asked of the API.
type traffic struct {
	requests    map[string]int // by method
	connections int            // opened
	concurrent  int            // requests under way at the same time, at most
}

// traffic is what there was since reset.
func (a *api) traffic() traffic {
	t := traffic{requests: map[string]int{}, connections: int(a.connections.Load()), concurrent: a.sandbox.MaxConcurrent()}
	for _, r := range a.sandbox.Journal() {
		t.requests[r.Method]++
	}
	return t
}

func (t traffic) total() (n int) {
	for _, count := range t.requests {
		n += count
	}
	return n
}
