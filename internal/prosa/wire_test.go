package prosa

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	testKey       = "pk-live-5f0c1d2e3b4a"
	testTimeout   = 10 * time.Second
	idA           = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	idB           = "5b0f8a52-6f0e-4d0e-9a43-0e6b7f1c2d3e"
	idC           = "6c1f9b63-7a1f-4e1f-8b54-1f7c8a2d3e4f"
	secretIDA     = "063c6473-fa0c-79b7-8000-760e63e5b4f7"
	secretIDB     = "063c6474-fa0c-79b7-8000-760e63e5b4f8"
	keyA          = "a35837907f71e9eaf52848b54ca11135187e9e30e23f2ac001eabbc3321e9bdd"
	keyB          = "b45837907f71e9eaf52848b54ca11135187e9e30e23f2ac001eabbc3321e9bee"
	hookURL       = "https://example.domain.name/prosa-webhook"
	endpointsPath = "/v2/speech/webhooks/endpoints"
	ticketJSON    = `{"delivery_tag":"` + idB + `","endpoint_id":"` + idA + `","url":"` + hookURL + `"}`
	detailJSON    = `{"id":"` + idA + `","url":"` + hookURL + `","secrets":[{"id":"` + secretIDA + `","key":"` + keyA + `"}],` +
		`"event_filters":[],"ssl_verification":true}`
	listJSON       = `[{"id":"` + idA + `","url":"` + hookURL + `","event_filters":[],"ssl_verification":true}]`
	eventJSON      = `{"id":"` + idA + `","event_type":"webhook.ping","created_at":"2023-01-17T14:26:27.329321","data":{}}`
	deletedMessage = `{"status":"webhook_endpoint_not_found","message":"x","context":{"endpoint_id":"` + idA + `"}}`
	rotatedJSON    = `{"id":"` + idA + `","url":"` + hookURL + `","secrets":[{"id":"` + secretIDA + `","key":"` + keyA +
		`","expired_at":"2030-01-05T03:04:05Z"},{"id":"` + secretIDB + `","key":"` + keyB + `"}],"event_filters":[],"ssl_verification":true}`
)

var (
	hookParams = EndpointParams{URL: hookURL, SSLVerification: true}
	threeDays  = Period{Days: 3}
)

// hook returns an endpoint of the sandbox.
func hook(params EndpointParams) sandbox.Endpoint {
	return sandbox.Endpoint{URL: params.URL, EventFilters: params.EventFilters, SSLVerification: params.SSLVerification}
}

// sandboxWithEndpoint returns a sandbox with one endpoint, whose id is idA.
func sandboxWithEndpoint() *sandbox.Server {
	api := &sandbox.Server{}
	e := hook(hookParams)
	e.ID = idA
	api.AddEndpoint(e)
	return api
}

// inBubble runs a test with simulated time: waits take no real time, and durations are exact.
func inBubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(24 * time.Hour) // until all handlers have ended: time stops when this function returns
		test(t)
	})
}

// runInBubble is inBubble for a subtest.
func runInBubble(t *testing.T, name string, test func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { inBubble(t, test) })
}

// newClient returns a client and the log of the requests to its server. They are connected in memory, because the
// time of a bubble does not advance during network I/O.
func newClient(t testing.TB, handler http.Handler, change ...func(*Config)) (*Client, *requestLog) {
	t.Helper()
	network := &memoryNetwork{dialed: make(chan net.Conn), closed: make(chan struct{})}
	log := &requestLog{handler: handler}
	server := &http.Server{Handler: log}
	go func() { _ = server.Serve(network) }()
	t.Cleanup(func() { _ = server.Close() })
	config := Config{
		BaseURL: "http://localhost/v2/speech", APIKey: testKey, UserAgent: "test/1", RequestTimeout: testTimeout, MaxRetries: DefaultMaxRetries,
		Transport: &http.Transport{DialContext: network.dial, MaxIdleConnsPerHost: idleConnections},
		Jitter:    func() float64 { return 0 },
	}
	for _, f := range change {
		f(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c, log
}

// clientFor returns a client that gets the same response to every request.
func clientFor(t testing.TB, status int, body string, headers ...string) *Client {
	t.Helper()
	c, _ := newClient(t, reply(status, body, headers...))
	return c
}

// memoryNetwork is a net.Listener whose connections are pipes.
type memoryNetwork struct {
	dialed chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (n *memoryNetwork) Accept() (net.Conn, error) {
	select {
	case conn := <-n.dialed:
		return conn, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *memoryNetwork) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *memoryNetwork) Addr() net.Addr { return &net.TCPAddr{} }

func (n *memoryNetwork) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.dialed <- server:
		return client, nil
	case <-n.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// dialer is the function with which a transport connects.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// wrapDial changes how the client of newClient connects.
func wrapDial(wrap func(dialer) dialer) func(*Config) {
	return func(c *Config) {
		transport := c.Transport.(*http.Transport)
		transport.DialContext = wrap(transport.DialContext)
	}
}

// loggedRequest is a request as the server received it.
type loggedRequest struct {
	at     time.Time
	method string
	target string // escaped path and query
	header http.Header
	body   string
}

// requestLog logs requests and passes them to a handler.
type requestLog struct {
	handler  http.Handler
	mu       sync.Mutex
	requests []loggedRequest
}

func (l *requestLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	l.mu.Lock()
	l.requests = append(l.requests, loggedRequest{time.Now(), r.Method, r.RequestURI, r.Header.Clone(), string(body)})
	l.mu.Unlock()
	l.handler.ServeHTTP(w, r)
}

func (l *requestLog) all() []loggedRequest {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// count returns the number of requests with a method, or of all requests if it is empty.
func (l *requestLog) count(method string) int {
	n := 0
	for _, r := range l.all() {
		if method == "" || r.method == method {
			n++
		}
	}
	return n
}

// arrivals returns how long after start each request arrived.
func (l *requestLog) arrivals(start time.Time) []time.Duration {
	var at []time.Duration
	for _, r := range l.all() {
		at = append(at, r.at.Sub(start))
	}
	return at
}

// reply responds with a status, a body, and headers given as name, value, name, value.
func reply(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			_, _ = io.WriteString(w, body)
		}
	}
}

// replyByPath responds to requests for the listing of endpoints, and to all others.
func replyByPath(listing, other http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI == endpointsPath {
			listing.ServeHTTP(w, r)
			return
		}
		other.ServeHTTP(w, r)
	}
}

// hangUp closes the connection without a response.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// hang never responds. It ends when the client closes the connection.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// cutOff responds with the first length bytes of a body and closes the connection.
func cutOff(status int, body string, length int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body[:length])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// stall sends the beginning of a response, and then waits until the client closes the connection.
func stall(status int, beginning string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, beginning)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

// inTurn handles each request with the next handler. The test fails if there are more requests than handlers.
func inTurn(t *testing.T, handlers ...http.HandlerFunc) http.HandlerFunc {
	var count atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		n := int(count.Add(1)) - 1
		if n >= len(handlers) {
			t.Errorf("unexpected request %d: %s %s", n+1, r.Method, r.RequestURI)
			http.Error(w, "unexpected", http.StatusTeapot)
			return
		}
		handlers[n](w, r)
	}
}

// firstThen handles the first n requests with one handler, and all later ones with another.
func firstThen(n int64, first, then http.HandlerFunc) http.HandlerFunc {
	var count atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if count.Add(1) <= n {
			first(w, r)
			return
		}
		then(w, r)
	}
}

// cancelAfter returns a context that is canceled after d.
func cancelAfter(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(d, cancel)
	return ctx
}

// inParallel calls f with 0 to n-1 at the same time, and waits.
func inParallel(n int, f func(n int)) {
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() { f(i) })
	}
	calls.Wait()
}

func mustCall(t *testing.T, c *Client, call clientCall) {
	t.Helper()
	if err := call(t.Context(), c); err != nil {
		t.Error(err)
	}
}

func mustCreate(t *testing.T, c *Client, p EndpointParams, key string) Endpoint {
	t.Helper()
	e, err := c.CreateEndpoint(t.Context(), p, key)
	if err != nil {
		t.Error(err)
	}
	return e
}

func mustRotate(t *testing.T, c *Client, id string) Rotation {
	t.Helper()
	rotation, err := c.RotateSecret(t.Context(), id, threeDays)
	if err != nil {
		t.Error(err)
	}
	return rotation
}

func mustContain(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not contain %q", text, part)
		}
	}
}

func mustNotContain(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q contains %q", text, part)
		}
	}
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

// asError returns err as an *Error. If it is none, the test ends.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	e := As(err)
	if e == nil {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	return e
}

// asUndecided is asError for an error that must be Undecided.
func asUndecided(t *testing.T, err error) *Error {
	t.Helper()
	failure := asError(t, err)
	if !failure.Undecided {
		t.Errorf("the error is not undecided: %v", err)
	}
	return failure
}
