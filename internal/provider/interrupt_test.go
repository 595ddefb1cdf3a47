package provider_test

import (
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

// signal is a channel that is closed once.
type signal struct {
	once sync.Once
	c    chan struct{}
}

func newSignal() *signal { return &signal{c: make(chan struct{})} }

func (s *signal) give() { s.once.Do(func() { close(s.c) }) }

// keepAnswer puts something before the sandbox that never answers requests of a method whose path ends like this. done
// says whether they are carried out.
func keepAnswer(e *acctest.Env, method, pathEnd string, done bool) *signal {
	kept := newSignal()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method || !strings.HasSuffix(r.URL.Path, pathEnd) {
			e.Sandbox.ServeHTTP(w, r)
			return
		}
		if done {
			e.Sandbox.ServeHTTP(httptest.NewRecorder(), r)
		}
		kept.give()
		_, _ = r.Body.Read(make([]byte, 1<<16)) // the end of the client is noticed after the end of the body
		<-r.Context().Done()
	}))
	e.T.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	e.Vars["PROSA_BASE_URL"] = server.URL + sandbox.DefaultBasePath
	return kept
}

// answering is given once an answer has this status.
func answering(status int) (*signal, func(*sandbox.Server)) {
	given := newSignal()
	return given, func(s *sandbox.Server) {
		s.Log = func(r sandbox.Request) {
			if r.Status == status {
				given.give()
			}
		}
	}
}

// TestInterruptEndsAtOnceAndTheStateIsCorrect presses Ctrl-C in each kind of wait.
func TestInterruptEndsAtOnceAndTheStateIsCorrect(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no process can be interrupted there like this")
	}
	const sleepless = time.Hour // nothing ends by itself
	type interrupted struct {
		arrange func(t *testing.T) (*acctest.Env, *signal)
		config  func(e *acctest.Env) string // nil: configHook
		check   func(t *testing.T, e *acctest.Env, state map[string]acctest.Instance, output string)
	}
	kept := func(method, pathEnd string, done bool) func(*testing.T) (*acctest.Env, *signal) {
		return func(t *testing.T) (*acctest.Env, *signal) {
			e := acctest.New(t)
			return e, keepAnswer(e, method, pathEnd, done)
		}
	}
	refusing := func(status int, op sandbox.Operation, header http.Header) func(*testing.T) (*acctest.Env, *signal) {
		return func(t *testing.T) (*acctest.Env, *signal) {
			given, watch := answering(status)
			e := acctest.New(t, watch)
			e.Sandbox.Inject(sandbox.Fault{Operation: op, Status: status, Header: header, Times: -1})
			return e, given
		}
	}
	nothingMade := func(t *testing.T, e *acctest.Env, state map[string]acctest.Instance, output string) {
		if len(e.Sandbox.Endpoints()) > 0 || len(state) > 0 {
			t.Errorf("there are %v, and the state has %v", e.Sandbox.Endpoints(), state)
		}
	}
	rotating := func(e *acctest.Env) string {
		return rotationOf(`"`+e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID+`"`, threeDays)
	}
	hour := http.Header{"Retry-After": {"500"}}
	for name, c := range map[string]interrupted{
		"create, done": {arrange: kept("POST", "/endpoints", true), check: func(t *testing.T, e *acctest.Env, state map[string]acctest.Instance, _ string) {
			if id := state[endpointA].Text("id"); id != e.OnlyEndpoint().ID {
				t.Errorf("the state has %q, the endpoint is %s", id, e.OnlyEndpoint().ID)
			}
		}},
		"create, not done": {arrange: kept("POST", "/endpoints", false), check: func(t *testing.T, e *acctest.Env, state map[string]acctest.Instance, output string) {
			nothingMade(t, e, state, output)
			if !strings.Contains(output, "it was interrupted") || !strings.Contains(output, "terraform import prosa_webhook_endpoint.NAME '"+hook+"'") {
				t.Errorf("it says %s", output)
			}
		}},
		"wait after a 429": {arrange: refusing(429, sandbox.OpCreateEndpoint, hour), check: nothingMade},
		"rotation, done": {arrange: kept("POST", "/secret", true), config: rotating, check: func(t *testing.T, e *acctest.Env, state map[string]acctest.Instance, _ string) {
			if id := state[rotationA].Text("secret_id"); len(e.OnlyEndpoint().Secrets) != 2 || id != newest(e).ID {
				t.Errorf("the state has %q, the keys are %v", id, e.OnlyEndpoint().Secrets)
			}
		}},
		"rotation, not done": {arrange: kept("POST", "/secret", false), config: rotating, check: func(t *testing.T, e *acctest.Env, state map[string]acctest.Instance, output string) {
			if len(e.OnlyEndpoint().Secrets) != 1 || len(state) > 0 || !strings.Contains(output, "Prosa may have added a key nevertheless") {
				t.Errorf("the keys are %v, the state has %v, it says %s", e.OnlyEndpoint().Secrets, state, output)
			}
		}},
		"wait for a delivery": {arrange: func(t *testing.T) (*acctest.Env, *signal) {
			sent, waiting := newSignal(), newSignal()
			return acctest.New(t, func(s *sandbox.Server) {
				s.DeliveryDelay = sleepless
				s.Log = func(r sandbox.Request) {
					switch r.Operation {
					case sandbox.OpSendTestEvent:
						sent.give()
					case sandbox.OpListDeliveries: // once before it is sent, then again and again
						select {
						case <-sent.c:
							waiting.give()
						default:
						}
					}
				}
			}), waiting
		}, config: func(e *acctest.Env) string {
			return `resource "prosa_webhook_test_event" "a" {
  endpoint_id = "` + e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID + `"
  timeout     = "1h"
}`
		}, check: func(t *testing.T, e *acctest.Env, state map[string]acctest.Instance, output string) {
			if len(state) > 0 || len(e.Sandbox.Deliveries("")) != 1 || !strings.Contains(output, "A test event was sent to "+hook) {
				t.Errorf("the state has %v, it says %s", state, output)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, when := c.arrange(t)
			e.Client = append(e.Client, func(c *prosa.Config) { c.RequestTimeout, c.MaxRetries, c.Sleep = sleepless, 100, nil })
			config := configHook
			if c.config != nil {
				config = c.config(e)
			}
			w := e.Workspace(nil)
			w.Write("main.tf", withSource+config)
			end := w.Interrupt(when.c, "apply", "-auto-approve")
			if end.Took > 2*time.Second {
				t.Errorf("it took %s to end", end.Took)
			}
			if strings.Contains(end.Output, "can be reached from here") {
				t.Errorf("it gives advice that has nothing to do with it: %s", end.Output)
			}
			c.check(t, e, w.State(), end.Output)
		})
	}
}
