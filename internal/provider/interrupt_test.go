package provider_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestInterruptDuringApply interrupts an apply, as Ctrl-C does, during a POST or the wait after it.
func TestInterruptDuringApply(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the test cannot interrupt a process on Windows")
	}
	const creates, rotates = "/endpoints", "/secret"
	for name, c := range map[string]struct {
		path   string // the end of the POST's path
		status int    // the response; 0: none
		done   bool   // whether the POST takes effect
		says   string // in the error; empty: the apply of the resource succeeds
	}{
		"create, done":     {path: creates, done: true},
		"create, not done": {path: creates, says: "terraform import prosa_webhook_endpoint.NAME '" + hook + "'"},
		"wait after a 429": {path: creates, status: http.StatusTooManyRequests, says: "it was interrupted before it was retried"},
		"rotate, done":     {path: rotates, done: true},
		"rotate, not done": {path: rotates, says: "Prosa may have added a key nevertheless"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var posts atomic.Int32
			var interrupted time.Time
			interrupt := sync.OnceFunc(func() {
				interrupted = e.Clock.Now()
				cancel()
			})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, c.path) {
					e.Sandbox.ServeHTTP(w, r)
					return
				}
				posts.Add(1)
				if c.done {
					e.Sandbox.ServeHTTP(httptest.NewRecorder(), r)
				}
				defer interrupt()
				if c.status != 0 {
					w.Header().Set("Retry-After", "500")
					w.WriteHeader(c.status)
					return
				}
				interrupt()
				_, _ = r.Body.Read(make([]byte, 1<<16)) // the server notices a closed connection only after the body's end
				<-r.Context().Done()
			}))
			t.Cleanup(server.Close)
			t.Cleanup(server.CloseClientConnections)
			e.Setenv("PROSA_BASE_URL", server.URL+sandbox.DefaultBasePath)
			e.Client = append(e.Client, func(c *prosa.Config) { c.RequestTimeout, c.MaxRetries, c.Sleep = time.Hour, 100, nil })
			config, address, id := configHook, endpointA, "id"
			if c.path == rotates {
				registerEndpoint(e)
				config, address, id = rotationOf(`"`+knownID+`"`, threeDays), rotationA, "secret_id"
			}
			w := e.Workspace(nil)
			w.Write("main.tf", withSource+config)
			output, err := w.RunContext(ctx, "apply", "-auto-approve")
			if ctx.Err() == nil {
				t.Fatalf("the apply ended before the interrupt: %v\n%s", err, output)
			}
			if took := e.Clock.Now().Sub(interrupted); took > 2*time.Second {
				t.Errorf("the apply ended %s after the interrupt", took)
			}
			output = acctest.OneLine(output)
			if !strings.Contains(output, c.says) || strings.Contains(output, "PROSA_REQUEST_TIMEOUT") {
				t.Errorf("the output should have %q, and no advice about the network: %s", c.says, output)
			}
			if failed := strings.Contains(output, "Error: Unable to"); failed == c.done {
				t.Errorf("want an error only if the POST did not take effect: %s", output)
			}
			if n := posts.Load(); n != 1 {
				t.Errorf("%d POSTs, want 1", n)
			}
			state := w.State()
			if !c.done {
				if len(e.Writes()) > 0 || len(state) > 0 {
					t.Errorf("the provider sent %v, and the state has %v", e.Writes(), state)
				}
				return
			}
			want := e.OnlyEndpoint().ID
			if c.path == rotates {
				want = e.OnlyEndpoint().Secrets[1].ID
			}
			if got := state[address].Text(id); got != want || len(e.Writes()) != 1 {
				t.Errorf("the state has %q, want %q; the requests, of which only the POST should write: %v", got, want, e.Writes())
			}
		})
	}
}
