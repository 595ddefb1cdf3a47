package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	endpointID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	missingID  = "00000000-0000-4000-8000-000000000000"
	hookURL    = "https://example.com/hook"
)

// clock is a server's clock. It moves only when a test advances it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1_800_000_000, 0).UTC()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// client talks to a sandbox over HTTP, without the real client's retries and leniency.
type client struct {
	t    *testing.T
	url  string
	key  string
	http *http.Client
}

func serve(t *testing.T, s *sandbox.Server) *client {
	t.Helper()
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		web.Close()
		s.Wait()
	})
	// Without keep-alive, net/http has no reason to retry a request by itself.
	return &client{t: t, url: web.URL + "/v2/speech", key: "a-key", http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// reply is a response, read to the end.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (c *client) request(method, path, body string) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.key != "" {
		r.Header.Set("x-api-key", c.key)
	}
	if body != "" {
		r.Header.Set("content-type", "application/json")
	}
	return r
}

func (c *client) send(r *http.Request) reply {
	c.t.Helper()
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	return reply{c.t, response.StatusCode, response.Header, string(body)}
}

func (c *client) do(method, path, body string) reply {
	c.t.Helper()
	return c.send(c.request(method, path, body))
}

// ok is do for a request that must succeed.
func (c *client) ok(method, path, body string) reply {
	c.t.Helper()
	r := c.do(method, path, body)
	if r.status != http.StatusOK {
		c.t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
	return r
}

// object and list decode a response, and keep numbers as they were written.
func (r reply) object() map[string]any {
	r.t.Helper()
	return decode[map[string]any](r.t, r.body)
}

func (r reply) list() []map[string]any {
	r.t.Helper()
	return decode[[]map[string]any](r.t, r.body)
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("unexpected JSON: %v: %s", err, text)
	}
	return v
}

// equal compares any two values.
func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %#v\nwant %#v", what, got, want)
	}
}

// wantError compares a response with an error in the API's form, ignoring the message.
func (r reply) wantError(status int, id string, context any) {
	r.t.Helper()
	got := r.object()
	if message, _ := got["message"].(string); message == "" {
		r.t.Errorf("the error has no message: %s", r.body)
	}
	delete(got, "message")
	want := map[string]any{"status": id}
	if context != nil {
		want["context"] = context
	}
	equal(r.t, "status", r.status, status)
	equal(r.t, "error", got, want)
	equal(r.t, "content type", r.header.Get("content-type"), "application/json")
}

// column returns one member of each object of a list.
func column(list []map[string]any, name string) []any {
	values := []any{}
	for _, item := range list {
		values = append(values, item[name])
	}
	return values
}

func wantPanic(t *testing.T, part string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got, _ := recover().(string); !strings.Contains(got, part) {
			t.Errorf("panic %q, want one with %q", got, part)
		}
	}()
	f()
}
