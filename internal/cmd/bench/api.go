package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const apiKey = "the-api-key-of-the-benchmark"

// api is a sandbox that is served on this machine, and what is asked of it.
type api struct {
	sandbox     *sandbox.Server
	servers     []*http.Server
	url         string
	states      string // below it the CLI can keep states
	ended       sync.WaitGroup
	connections atomic.Int64
}

func startAPI(ctx context.Context, latency time.Duration) (*api, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot listen on this machine: %w", err)
	}
	kept, err := config.Listen(ctx, "tcp", "127.0.0.1:0") // apart, for its connections not to be counted
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	a := &api{
		sandbox: &sandbox.Server{APIKey: apiKey, Latency: latency},
		url:     "http://" + listener.Addr().String() + sandbox.DefaultBasePath,
		states:  "http://" + kept.Addr().String() + "/",
	}
	a.serve(listener, &http.Server{Handler: a.sandbox, ReadHeaderTimeout: 10 * time.Second, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			a.connections.Add(1)
		}
	}})
	a.serve(kept, &http.Server{Handler: &states{byPath: map[string][]byte{}}, ReadHeaderTimeout: 10 * time.Second})
	return a, nil
}

func (a *api) serve(listener net.Listener, server *http.Server) {
	a.servers = append(a.servers, server)
	a.ended.Go(func() { _ = server.Serve(listener) }) // it always ends with an error: that it was closed
}

func (a *api) stop() {
	for _, server := range a.servers {
		_ = server.Close()
	}
	a.ended.Wait()
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
