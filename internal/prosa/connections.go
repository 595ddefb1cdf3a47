package prosa

import (
	"io"
	"net/http"
	"sync"
)

// connections never has more connections open than requests were ever under way at the same time. A [http.Transport]
// that several requests share can: what it dials for one that is then served by another connection stays open as well.
// So each request has a transport, and with it a connection, to itself until its answer is read.
type connections struct {
	template *http.Transport
	mu       sync.Mutex
	free     []*http.Transport // the one that was used last is the next to be used
}

func (c *connections) RoundTrip(r *http.Request) (*http.Response, error) {
	transport := c.take()
	response, err := transport.RoundTrip(r)
	if err != nil {
		transport.CloseIdleConnections() // it goes on dialing for a request that has given up
		c.giveBack(transport)
		return nil, err
	}
	response.Body = &lastRead{response.Body, sync.OnceFunc(func() { c.giveBack(transport) })}
	return response, nil
}

func (c *connections) take() *http.Transport {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := len(c.free) - 1
	if last < 0 {
		return c.template.Clone()
	}
	transport := c.free[last]
	c.free = c.free[:last]
	return transport
}

func (c *connections) giveBack(transport *http.Transport) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = append(c.free, transport)
}

// CloseIdleConnections closes those that no request is using.
func (c *connections) CloseIdleConnections() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, transport := range c.free {
		transport.CloseIdleConnections()
	}
}

// lastRead is a body whose end is made known.
type lastRead struct {
	io.ReadCloser
	done func()
}

func (b *lastRead) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}
