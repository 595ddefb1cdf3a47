package prosa

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testKey    = "pk-live-5f0c1d2e3b4a"
	idA        = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	idB        = "5b0f8a52-6f0e-4d0e-9a43-0e6b7f1c2d3e"
	idC        = "6c1f9b63-7a1f-4e1f-8b54-1f7c8a2d3e4f"
	keyA       = "a35837907f71e9eaf52848b54ca11135187e9e30e23f2ac001eabbc3321e9bdd"
	secretIDA  = "063c6473-fa0c-79b7-8000-760e63e5b4f7"
	hookURL    = "https://example.domain.name/prosa-webhook"
	ticketJSON = `{"delivery_tag":"` + idB + `","endpoint_id":"` + idA + `","url":"` + hookURL + `"}`
	detailJSON = `{"id":"` + idA + `","url":"` + hookURL + `","secrets":[{"id":"` + secretIDA + `","key":"` + keyA + `"}],"event_filters":[],"ssl_verification":true}`
	listJSON   = `[{"id":"` + idA + `","url":"` + hookURL + `","event_filters":[],"ssl_verification":true}]`
	eventJSON  = `{"id":"` + idA + `","event_type":"webhook.ping","created_at":"2023-01-17T14:26:27.329321","data":{}}`
)

var hookParams = EndpointParams{URL: hookURL, SSLVerification: true}

// call is a request as the server saw it.
type call struct {
	at     time.Time
	method string
	target string // escaped path and query
	header http.Header
	body   string
}

// recorder notes every request before it is answered.
type recorder struct {
	answer http.HandlerFunc
	mu     sync.Mutex
	calls  []call
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	r.calls = append(r.calls, call{time.Now(), req.Method, req.RequestURI, req.Header.Clone(), string(body)})
	r.mu.Unlock()
	r.answer(w, req)
}

func (r *recorder) all() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]call(nil), r.calls...)
}

// count returns the number of requests with that method; an empty one counts all.
func (r *recorder) count(method string) int {
	n := 0
	for _, c := range r.all() {
		if method == "" || c.method == method {
			n++
		}
	}
	return n
}

// since returns when each request arrived, counted from start.
func (r *recorder) since(start time.Time) []time.Duration {
	var at []time.Duration
	for _, c := range r.all() {
		at = append(at, c.at.Sub(start))
	}
	return at
}

// serve answers over TCP.
func serve(t *testing.T, answer http.HandlerFunc) (*recorder, *httptest.Server) {
	t.Helper()
	r := &recorder{answer: answer}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, server
}

// clock stands still but for those who sleep: they move it, at once.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	return nil
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) waited() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.waits...)
}

// connect makes a client that never really sleeps.
func connect(t *testing.T, base string, change ...func(*Config)) *Client {
	t.Helper()
	clock := newClock()
	config := Config{
		BaseURL: base, APIKey: testKey, UserAgent: "test/1", MaxRetries: DefaultMaxRetries,
		Now: clock.Now, Sleep: clock.Sleep, Jitter: func() float64 { return 0 },
	}
	for _, f := range change {
		f(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	if transport, ok := c.config.Transport.(*http.Transport); ok {
		t.Cleanup(transport.CloseIdleConnections)
	}
	return c
}

// transport answers without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// always is a transport that gives every request the same answer.
func always(status int, body string, headers ...string) transport {
	return func(r *http.Request) (*http.Response, error) {
		return respond(reply(status, body, headers...), r), nil
	}
}

// respond is what a handler answers, without a network.
func respond(answer http.HandlerFunc, r *http.Request) *http.Response {
	recorded := httptest.NewRecorder()
	answer(recorded, r)
	response := recorded.Result()
	response.Request = r
	return response
}

// answered makes a client whose every request gets the same answer.
func answered(t *testing.T, status int, body string, headers ...string) *Client {
	t.Helper()
	return connect(t, "https://api.test/v2/speech", func(c *Config) { c.Transport = always(status, body, headers...) })
}

// reply answers with a status, a body, and headers given as name, value, name, value.
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

// hangUp closes the connection without an answer.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// cutOff answers with the beginning of body and closes the connection.
func cutOff(body string, length int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = io.WriteString(w, body[:length])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// script returns the nth request the nth answer; one more request than answers is a failure.
func script(t *testing.T, answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	next := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n := next
		next++
		mu.Unlock()
		if n >= len(answers) {
			t.Errorf("request %d was not expected: %s %s", n+1, r.Method, r.RequestURI)
			http.Error(w, "not expected", http.StatusTeapot)
			return
		}
		answers[n](w, r)
	}
}

// times repeats an answer.
func times(n int, answer http.HandlerFunc) []http.HandlerFunc {
	var answers []http.HandlerFunc
	for range n {
		answers = append(answers, answer)
	}
	return answers
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
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}

// asError is err as an *Error; anything else ends the test.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	e := As(err)
	if e == nil {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	return e
}

type (
	httpWriter  = http.ResponseWriter
	httpRequest = http.Request
	httpHandler = http.HandlerFunc
)
