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

// installation is a sandbox, and the environment in which the command uses it.
type installation struct {
	t         *testing.T
	sandbox   *sandbox.Server
	foreign   sandbox.Endpoint // not the command's
	env       map[string]string
	onRequest func(n int) // if set, is called before the sandbox gets request n

	mu       sync.Mutex
	requests int
	bodies   bytes.Buffer // of all requests and responses
}

func newInstallation(t *testing.T, server *sandbox.Server) *installation {
	t.Helper()
	i := &installation{t: t, sandbox: server}
	server.APIKey = apiKey
	i.foreign = server.AddEndpoint(sandbox.Endpoint{
		URL: "https://other.example.com/hook", Secrets: []sandbox.Secret{{Key: "the-key-of-the-foreign-endpoint"}},
	})
	server.AddDelivery(sandbox.Delivery{EndpointID: i.foreign.ID})
	web := httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(web.Close)
	i.env = map[string]string{"PROSA_API_KEY": apiKey, "PROSA_BASE_URL": web.URL + sandbox.DefaultBasePath + "/"}
	return i
}

// serve passes requests to the sandbox, which carries them out even if the client gives up.
func (i *installation) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	i.mu.Lock()
	i.requests++
	n := i.requests
	i.mu.Unlock()
	if i.onRequest != nil {
		i.onRequest(n)
	}
	response := httptest.NewRecorder()
	i.sandbox.ServeHTTP(response, r.WithContext(context.WithoutCancel(r.Context())))
	i.mu.Lock()
	i.bodies.Write(body)
	i.bodies.Write(response.Body.Bytes())
	i.mu.Unlock()
	for name, values := range response.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(response.Code)
	_, _ = w.Write(response.Body.Bytes())
}

// outcome is the result of a run.
type outcome struct {
	t      *testing.T
	code   int
	output string
	report string
	checks []reportedCheck // in the report
}

var (
	keyInBody = regexp.MustCompile(`"(?:secret_)?key": ?"([^"]+)"`)
	idInBody  = regexp.MustCompile(`"(?:[a-z]+_)?(?:id|tag)": ?"([^"]+)"`)
)

// run runs the command with a report. It fails the test if the output or the report contains a key, if the report contains
// an id or a host, or if the command uses the foreign endpoint.
func (i *installation) run(ctx context.Context, args ...string) outcome {
	i.t.Helper()
	file := filepath.Join(i.t.TempDir(), "report.json")
	var stdout, stderr bytes.Buffer
	args = append([]string{"-report", file, "-wait", "1s"}, args...)
	o := outcome{t: i.t}
	o.code = run(ctx, args, func(name string) string { return i.env[name] }, strings.NewReader("no\n"), &stdout, &stderr)
	o.output = stdout.String() + stderr.String()
	text, _ := os.ReadFile(file)
	o.report = string(text)
	if o.report != "" {
		var parsed report
		if err := json.Unmarshal(text, &parsed); err != nil {
			i.t.Fatalf("the report is not JSON: %v\n%s", err, text)
		}
		o.checks = parsed.Checks
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	secrets := [][]string{{"", apiKey}, {"", i.foreign.ID}, {"", "other.example.com"}}
	for _, secret := range append(secrets, keyInBody.FindAllStringSubmatch(i.bodies.String(), -1)...) {
		if strings.Contains(o.output+o.report, secret[1]) {
			i.t.Errorf("the output or the report contains %s:\n%s\n%s", secret[1], o.output, o.report)
		}
	}
	hosts := [][]string{{"", "127.0.0.1"}, {"", "example.com"}}
	for _, id := range append(hosts, idInBody.FindAllStringSubmatch(i.bodies.String(), -1)...) {
		if strings.Contains(o.report, id[1]) {
			i.t.Errorf("the report contains %s:\n%s", id[1], o.report)
		}
	}
	for _, r := range i.sandbox.RequestLog() {
		if strings.Contains(r.Path, i.foreign.ID) {
			i.t.Errorf("%s %s is about the foreign endpoint", r.Method, r.Path)
		}
	}
	if len(i.sandbox.Deliveries(i.foreign.ID)) != 1 {
		i.t.Error("the foreign endpoint gets a delivery")
	}
	return o
}

// leftovers returns the endpoints that the command did not delete.
func (i *installation) leftovers() []sandbox.Endpoint {
	return slices.DeleteFunc(i.sandbox.Endpoints(), func(e sandbox.Endpoint) bool { return e.ID == i.foreign.ID })
}

// expect checks the exit code and texts in the output.
func (o outcome) expect(code int, texts ...string) {
	o.t.Helper()
	if o.code != code {
		o.t.Errorf("the exit code is %d, want %d:\n%s", o.code, code, o.output)
	}
	for _, text := range texts {
		if !strings.Contains(o.output, text) {
			o.t.Errorf("the output does not contain %q:\n%s", text, o.output)
		}
	}
}

// expectCheck checks a row of the report.
func (o outcome) expectCheck(name string, result verdict, seen string) {
	o.t.Helper()
	at := slices.IndexFunc(o.checks, func(c reportedCheck) bool { return c.Name == name })
	if at < 0 {
		o.t.Fatalf("the report has no check %q:\n%s", name, o.output)
	}
	if c := o.checks[at]; c.Result != result || !strings.Contains(c.Seen, seen) {
		o.t.Errorf("%s: %s: %s; want %s: …%s…", name, c.Result, c.Seen, result, seen)
	}
}
