package acctest

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// Bubble runs a test in a synctest bubble. Time advances only when all goroutines wait, so that timeouts and waits cost
// nothing and take exactly the configured time. The CLI cannot run there. The test fails if a goroutine outlives it.
func Bubble(t *testing.T, test func(*testing.T, *Env), configure ...func(*sandbox.Server)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEnv(t, configure)
		e.setOrigin("http://localhost")
		network := &pipes{dialed: make(chan net.Conn), closed: t.Context().Done()}
		listener := &http.Server{Handler: e.Sandbox, ReadHeaderTimeout: time.Hour}
		go func() { _ = listener.Serve(network) }()
		t.Cleanup(func() {
			_ = listener.Close()
			e.Sandbox.Wait()
		})
		transport := &http.Transport{DialContext: network.dial}
		e.Client = append(e.Client, func(c *prosa.Config) { c.Transport, c.Sleep = transport, nil })
		test(t, e)
	})
}

// pipes is an in-memory network, because a goroutine that waits for a real one stops the bubble's time.
type pipes struct {
	dialed chan net.Conn
	closed <-chan struct{}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.dialed <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialed:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
