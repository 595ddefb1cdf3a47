package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const apiKey = "the-api-key-of-the-account"

// world is a sandbox and the settings with which the command uses it.
type world struct {
	t       *testing.T
	sandbox *sandbox.Server
	foreign sandbox.Endpoint // belongs to another user
	env     map[string]string
	ctx     context.Context
	// before and after, unless nil, are called around each request, with its number.
	before, after func(n int)

	mu       sync.Mutex
	requests int
	keys     map[string]bool // every signing key in a request or a response
	ids      map[string]bool // every id that the API sent
}

var (
	keyInBody = regexp.MustCompile(`"(?:secret_)?key": ?"([^"]+)"`)
	idInBody  = regexp.MustCompile(`"(?:[a-z]+_)?(?:id|tag)": ?"([^"]+)"`)
)

func newWorld(t *testing.T, server *sandbox.Server) *world {
	t.Helper()
	w := &world{t: t, sandbox: server, ctx: t.Context(), keys: map[string]bool{}, ids: map[string]bool{}}
	server.APIKey = apiKey
	w.foreign = server.AddEndpoint(sandbox.Endpoint{URL: "https://other.example.com/hook", Secrets: []sandbox.Secret{{Key: "a-foreign-key-that-is-a-secret"}}})
	server.AddDelivery(sandbox.Delivery{EndpointID: w.foreign.ID})
	web := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(web.Close)
	w.env = map[string]string{"PROSA_API_KEY": apiKey, "PROSA_BASE_URL": web.URL + sandbox.DefaultBasePath + "/"}
	return w
}

// serve passes requests to the sandbox and records the signing keys in them.
func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.requests++
	n := w.requests
	w.mu.Unlock()
	body, _ := io.ReadAll(r.Body) // read it before an interrupt can close the connection
	r.Body = io.NopCloser(bytes.NewReader(body))
	if w.before != nil {
		w.before(n)
	}
	recorded := httptest.NewRecorder()
	w.sandbox.ServeHTTP(recorded, r.WithContext(context.WithoutCancel(r.Context()))) // carried out even if the client gives up
	w.mu.Lock()
	for _, match := range keyInBody.FindAllStringSubmatch(string(body)+recorded.Body.String(), -1) {
		w.keys[match[1]] = true
	}
	for _, match := range idInBody.FindAllStringSubmatch(recorded.Body.String(), -1) {
		w.ids[match[1]] = true
	}
	w.mu.Unlock()
	if w.after != nil {
		w.after(n)
	}
	for name, values := range recorded.Header() {
		rw.Header()[name] = values
	}
	rw.WriteHeader(recorded.Code)
	_, _ = rw.Write(recorded.Body.Bytes())
}

// outcome is the output and the report of a run.
type outcome struct {
	t      *testing.T
	code   int
	output string
	checks []reportedCheck // from the report; nil if there is none
}

// run runs the command with a report. It fails if the output or the report contains a key, or if the command accessed
// anything but its own endpoint.
func (w *world) run(args ...string) outcome {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "report.json")
	var stdout, stderr bytes.Buffer
	o := outcome{t: w.t}
	args = append([]string{"-report", file, "-wait", "1s"}, args...)
	o.code = run(w.ctx, args, func(name string) string { return w.env[name] }, strings.NewReader(""), &stdout, &stderr)
	o.output = stdout.String() + stderr.String()
	report, err := os.ReadFile(file)
	if err == nil && len(report) > 0 {
		var parsed struct{ Checks []reportedCheck }
		if err := json.Unmarshal(report, &parsed); err != nil {
			w.t.Fatalf("the report is not JSON: %v\n%s", err, report)
		}
		o.checks = parsed.Checks
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range w.keys {
		if strings.Contains(o.output, key) || bytes.Contains(report, []byte(key)) {
			w.t.Errorf("a signing key is in the output or the report:\n%s\n%s", o.output, report)
		}
	}
	w.ids["127.0.0.1"], w.ids["example.com"] = true, true // the report must not contain hosts either
	for id := range w.ids {
		if bytes.Contains(report, []byte(id)) {
			w.t.Errorf("%s is in the report:\n%s", id, report)
		}
	}
	for _, secret := range []string{apiKey, "other.example.com", w.foreign.ID} {
		if strings.Contains(o.output, secret) || bytes.Contains(report, []byte(secret)) {
			w.t.Errorf("%q is in the output or the report:\n%s\n%s", secret, o.output, report)
		}
	}
	for _, r := range w.sandbox.RequestLog() {
		if strings.Contains(r.Path, w.foreign.ID) {
			w.t.Errorf("%s %s is about another user's endpoint", r.Method, r.Path)
		}
	}
	if len(w.sandbox.Deliveries(w.foreign.ID)) != 1 {
		w.t.Error("another user's endpoint got a delivery")
	}
	return o
}

// left returns the endpoints that the command did not delete.
func (w *world) left() []sandbox.Endpoint {
	return slices.DeleteFunc(w.sandbox.Endpoints(), func(e sandbox.Endpoint) bool { return e.ID == w.foreign.ID })
}

func (o outcome) check(name string) reportedCheck {
	o.t.Helper()
	for _, c := range o.checks {
		if c.Name == name {
			return c
		}
	}
	o.t.Fatalf("no check is called %q:\n%s", name, o.output)
	return reportedCheck{}
}

func (o outcome) wantCode(want int) {
	o.t.Helper()
	if o.code != want {
		o.t.Errorf("it ended with %d, want %d:\n%s", o.code, want, o.output)
	}
}

func (o outcome) wantOutput(parts ...string) {
	o.t.Helper()
	for _, part := range parts {
		if !strings.Contains(o.output, part) {
			o.t.Errorf("the output does not have %q:\n%s", part, o.output)
		}
	}
}
