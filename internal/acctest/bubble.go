package acctest

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// Bubble runs a test with simulated time. Time advances only when all goroutines wait, so that time-outs and waits cost
// nothing and take exactly the configured time. The provider runs without a CLI there. The test fails if a goroutine
// outlives it.
func Bubble(t *testing.T, test func(*testing.T, *Env), configure ...func(*sandbox.Server)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &sandbox.Server{APIKey: APIKey}
		for _, change := range configure {
			change(server)
		}
		e := &Env{T: t, Sandbox: server, BaseURL: "http://localhost" + sandbox.DefaultBasePath, Clock: &Clock{}}
		e.Vars = map[string]string{"PROSA_API_KEY": APIKey, "PROSA_BASE_URL": e.BaseURL}
		e.Serve(server)
		test(t, e)
	})
}

// Serve replaces the sandbox of a bubble with a handler.
func (e *Env) Serve(handler http.Handler) {
	network := &pipes{dialed: make(chan net.Conn), closed: make(chan struct{})}
	listener := &http.Server{Handler: handler, ReadHeaderTimeout: time.Hour}
	go func() { _ = listener.Serve(network) }()
	transport := &http.Transport{DialContext: network.dial}
	e.T.Cleanup(func() {
		_ = listener.Close()
		e.Sandbox.Wait()
	})
	e.Client = append(e.Client, func(c *prosa.Config) { c.Transport, c.Sleep = transport, nil })
}

// pipes is an in-memory network: synctest cannot tell when a goroutine waits for a real one.
type pipes struct {
	dialed chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.dialed <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
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

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// Stop sends the provider the request that an interrupted CLI sends.
func (p *Provider) Stop() {
	p.t.Helper()
	_, err := p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{})
	p.must(err)
}
