package provider_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
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
		says   string
	}{
		"create, done":     {path: creates, done: true},
		"create, not done": {path: creates, says: "terraform import prosa_webhook_endpoint.NAME '" + hook + "'"},
		"wait after a 429": {path: creates, status: http.StatusTooManyRequests},
		"rotate, done":     {path: rotates, done: true},
		"rotate, not done": {path: rotates, says: "Prosa may have added a key nevertheless"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
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
			e.Vars["PROSA_BASE_URL"] = server.URL + sandbox.DefaultBasePath
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
			state := w.State()
			if !c.done {
				if len(e.Writes()) > 0 || len(state) > 0 {
					t.Errorf("%v took effect, and the state has %v", e.Writes(), state)
				}
				return
			}
			want := e.OnlyEndpoint().ID
			if c.path == rotates {
				want = e.OnlyEndpoint().Secrets[1].ID
			}
			if got := state[address].Text(id); got != want || len(e.Writes()) != 1 {
				t.Errorf("the state has %q, want %q after one POST: %v", got, want, e.Writes())
			}
		})
	}
}
