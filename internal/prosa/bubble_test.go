package prosa

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// inBubble runs test where time is simulated: it passes only when everybody waits. Time-outs cost nothing there, and
// how long something takes is exact.
func inBubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// pipes is a network in memory, as a bubble cannot see through a real one.
type pipes struct {
	dialed chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialed:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.dialed <- far:
		return near, nil
	case <-p.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// naps are the waits that a client asked for.
type naps struct {
	mu    sync.Mutex
	waits []time.Duration
}

func (n *naps) sleep(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	n.waits = append(n.waits, d)
	n.mu.Unlock()
	return sleep(ctx, d)
}

func (n *naps) all() []time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]time.Duration(nil), n.waits...)
}

// simulate makes a client and a server in the bubble of the test.
func simulate(t *testing.T, answer http.HandlerFunc, change ...func(*Config)) (*Client, *recorder, *naps) {
	t.Helper()
	network := &pipes{dialed: make(chan net.Conn), closed: make(chan struct{})}
	recorded := &recorder{answer: answer}
	server := &http.Server{Handler: recorded}
	go func() { _ = server.Serve(network) }()
	t.Cleanup(func() {
		_ = server.Close()
		time.Sleep(24 * time.Hour) // for handlers that still have something to do: time stands still when the test is over
	})
	asleep := &naps{}
	c, err := New(withChanges(Config{
		BaseURL: "http://localhost/v2/speech", APIKey: testKey, UserAgent: "test/1", MaxRetries: DefaultMaxRetries,
		Transport: &http.Transport{DialContext: network.dial, MaxIdleConnsPerHost: idleConnections}, Sleep: asleep.sleep, Jitter: func() float64 { return 0 },
	}, change))
	if err != nil {
		t.Fatal(err)
	}
	return c, recorded, asleep
}

func withChanges(config Config, change []func(*Config)) Config {
	for _, f := range change {
		f(&config)
	}
	return config
}

// silent never answers; it ends when the client is gone.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// stuck sends the beginning of an answer and no more.
func stuck(status int, beginning string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(beginning))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

// cancelAfter is a context that is interrupted after d of simulated time.
func cancelAfter(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(d, cancel)
	t.Cleanup(func() {
		timer.Stop()
		cancel()
	})
	return ctx
}
