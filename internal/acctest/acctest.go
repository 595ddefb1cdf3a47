package acctest

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// APIKey is the API key of the tests' sandboxes.
const APIKey = "acceptance-test-api-key"

// Main is the TestMain of packages with acceptance tests. It finds the CLI, fails if there is none, isolates the tests from
// the user's environment, and runs them.
func Main(m *testing.M) {
	program, err := cli.Find(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "The acceptance tests run Terraform or OpenTofu:", err)
		os.Exit(1)
	}
	folder, err := os.MkdirTemp("", "acctest-")
	if err != nil {
		panic(err)
	}
	testedCLI, builtFolder = program, folder
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if (strings.HasPrefix(name, "PROSA_") && !live()) || name == "TF_APPEND_USER_AGENT" || strings.HasPrefix(name, "TF_LOG") {
			_ = os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{ // for terraform-plugin-testing
		"TF_ACC_TERRAFORM_PATH": program.Path,
		"TF_ACC_PROVIDER_HOST":  program.Registry(),
		"TF_CLI_CONFIG_FILE":    os.DevNull,
	} {
		_ = os.Setenv(name, value)
	}
	if os.Getenv("GOGC") == "" { // garbage collection in thousands of short commands takes a fifth of the tests' CPU time
		_ = os.Setenv("GOGC", "400")
		debug.SetGCPercent(400)
	}
	m.Run()
	_ = os.RemoveAll(folder)
}

// live reports whether tests that support it run against a real account.
func live() bool { return os.Getenv("PROSA_ACC_LIVE") == "1" }

// Env is the environment of one test.
type Env struct {
	T       *testing.T
	Sandbox *sandbox.Server
	BaseURL string
	Clock   *Clock
	Client  []func(*prosa.Config) // changes to the provider's client
	Logged  bool                  // the provider also logs frequent calls; see Provider.WithContext

	mu   sync.Mutex        // the race detector does not see that a CLI has ended before the test goes on
	vars map[string]string // the environment that the provider sees
}

// New starts a sandbox for a test. The functions in configure can change it before it serves requests.
func New(t *testing.T, configure ...func(*sandbox.Server)) *Env {
	t.Helper()
	e := newEnv(t, configure)
	listener := httptest.NewServer(e.Sandbox)
	t.Cleanup(func() {
		listener.CloseClientConnections()
		listener.Close()
		e.Sandbox.Wait()
	})
	e.setOrigin(listener.URL)
	return e
}

func newEnv(t *testing.T, configure []func(*sandbox.Server)) *Env {
	clock := &Clock{}
	server := &sandbox.Server{APIKey: APIKey, Now: clock.Now}
	for _, change := range configure {
		change(server)
	}
	return &Env{T: t, Sandbox: server, Clock: clock, vars: map[string]string{"PROSA_API_KEY": APIKey}}
}

// setOrigin sets the origin of the sandbox's URLs.
func (e *Env) setOrigin(origin string) {
	e.BaseURL = origin + sandbox.DefaultBasePath
	e.Setenv("PROSA_BASE_URL", e.BaseURL)
}

// Setenv sets a variable of the provider's environment.
func (e *Env) Setenv(name, value string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.vars[name] = value
}

// Unsetenv removes a variable from the provider's environment.
func (e *Env) Unsetenv(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.vars, name)
}

func (e *Env) getenv(name string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.vars[name]
}

// NewOrLive is New. If PROSA_ACC_LIVE is 1, the provider uses the real account of the variables PROSA_* instead of the
// sandbox.
func NewOrLive(t *testing.T) *Env {
	t.Helper()
	e := New(t)
	if live() {
		e.vars = map[string]string{}
		for _, variable := range os.Environ() {
			name, value, _ := strings.Cut(variable, "=")
			e.Setenv(name, value)
		}
		e.Client = append(e.Client, func(c *prosa.Config) { c.Sleep = nil })
	}
	return e
}

// Factory starts a provider.
type Factory = func() (tfprotov6.ProviderServer, error)

// Factory returns the factory of a provider that runs in this process.
func (e *Env) Factory() Factory {
	options := provider.Options{
		Getenv: e.getenv,
		Now:    e.Clock.Now,
		Client: func(c *prosa.Config) {
			c.Sleep = e.Clock.Sleep
			for _, change := range e.Client {
				change(c)
			}
		},
	}
	return func() (tfprotov6.ProviderServer, error) {
		return provider.NewServer(provider.NewWith("test", options), e.Logged), nil
	}
}

// Test runs a case with the real CLI, in parallel with other tests. At its end, all endpoints that it creates must be
// deleted.
func (e *Env) Test(c resource.TestCase) {
	e.T.Helper()
	e.T.Parallel()
	c.IsUnitTest = true // runs without TF_ACC
	c.ProtoV6ProviderFactories = map[string]Factory{"prosa": e.Factory()}
	before := len(e.Sandbox.Endpoints())
	c.CheckDestroy = func(*terraform.State) error {
		if left := e.Sandbox.Endpoints(); len(left) > before {
			return fmt.Errorf("the sandbox has the endpoints %v, want %d", left, before)
		}
		return nil
	}
	resource.Test(e.T, c)
}

// Clock is real time plus the time that the provider would have slept.
type Clock struct{ ahead atomic.Int64 }

// Now returns the clock's time.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// Sleep moves the clock forward instead of waiting.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.Advance(d)
	return ctx.Err()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
