package guides_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	testingGuide = "testing-modules"
	startSandbox = "go run github.com/prosa-ai/terraform-provider-prosa/internal/cmd/sandbox@latest"
	sandboxKey   = "sandbox" // the command's default key
)

// TestTestingModules runs the guide's tests: those with a mock without an API, and the others against a sandbox.
func TestTestingModules(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.APIKey = sandboxKey })
	w := e.Installed("PROSA_API_KEY=", "PROSA_BASE_URL=http://127.0.0.1:1/v2/speech")
	follow(t, w, testingGuide)
	r := readerOf(t, w, testingGuide)

	r.run("terraform -chdir=mock init")
	r.run("terraform -chdir=mock test")
	r.sees("4 passed, 0 failed.")

	r.leavesOut(startSandbox) // TestSandboxGuide runs it
	r.leavesOut("export PROSA_BASE_URL=http://127.0.0.1:8723/v2/speech")
	w.Setenv("PROSA_BASE_URL", e.BaseURL)
	r.run("terraform -chdir=sandbox init")
	r.run("terraform -chdir=sandbox test")
	r.sees("4 passed, 0 failed.")
	var written []string
	for _, one := range e.Writes() {
		path, _, _ := strings.Cut(strings.TrimPrefix(one.Path, "/webhooks/endpoints"), "?")
		if path != "" {
			path = path[len("/497f6eca-6276-4993-bfeb-53cbbbba6f08"):]
		}
		written = append(written, one.Method+path)
	}
	if want := []string{"POST", "POST/secret", "PUT", "DELETE"}; !slices.Equal(written, want) {
		t.Errorf("the tests wrote %q, want %q", written, want)
	}
	r.ends()
}

// TestTestsNoticeMistakes adds the mistakes to the modules that the modules' tests must detect.
func TestTestsNoticeMistakes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		module, file, from, to string
		says                   string
	}{
		"the URL": {
			"mock", "mock/main.tf", "/${each.key}/prosa-webhook", "/prosa-webhook",
			"The URL does not consist of host and service.",
		},
		"the validation": {
			"mock", "mock/main.tf", "length(types) > 0", "length(types) >= 0",
			"Missing expected failure",
		},
		"the keys": {
			"mock", "mock/tests/receiver.tftest.hcl", `keys = ["old-key"]`, `keys = ["new-key"]`,
			"A signature of another key was accepted.",
		},
		"the endpoint is replaced": {
			"sandbox", "sandbox/main.tf", "event_filters = [", "secret_key = var.url\n  event_filters = [",
			"The change of the URL replaced the endpoint.",
		},
		"the overlap": {
			"sandbox", "sandbox/main.tf", "{ days = 3 }", "{ days = 3 }\n  lifecycle { ignore_changes = [rotate_when_changed] }",
			"The key was not rotated, or there is no overlap.",
		},
		"the filters": {
			"sandbox", "sandbox/main.tf", `, "stt.jobs.failed"]`, "]",
			"The event types in Prosa differ from those of the module.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t, func(s *sandbox.Server) { s.APIKey = sandboxKey })
			e.Vars["PROSA_API_KEY"] = sandboxKey
			w := e.Workspace(nil)
			follow(t, w, testingGuide)
			before := w.Read(test.file)
			if strings.Count(before, test.from) != 1 {
				t.Fatalf("%s has not one %q", test.file, test.from)
			}
			w.Write(test.file, strings.Replace(before, test.from, test.to, 1))
			w.Run("-chdir="+test.module, "init")
			if output := w.ExpectError("-chdir="+test.module, "test"); !strings.Contains(output, test.says) {
				t.Errorf("it does not say %q: %s", test.says, output)
			}
			if err := e.CheckEmpty(nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTestsAreHarmless runs the tests in the environment of a user with a real account.
func TestTestsAreHarmless(t *testing.T) {
	t.Parallel()
	e := acctest.New(t) // with another key than the sandbox's
	w := e.Workspace(nil)
	follow(t, w, testingGuide)
	w.Run("-chdir=sandbox", "init")
	w.ExpectError("-chdir=sandbox", "test")
	for _, one := range e.Sandbox.RequestLog() {
		if one.Status != 401 {
			t.Errorf("%s %s was answered with %d", one.Method, one.Path, one.Status)
		}
	}
	if len(e.Sandbox.RequestLog()) == 0 {
		t.Error("the test asked for nothing, and so shows nothing")
	}
	e.Sandbox.ResetRequestLog()
	w.Run("-chdir=mock", "init")
	w.Run("-chdir=mock", "test")
	if asked := e.Sandbox.RequestLog(); len(asked) > 0 {
		t.Errorf("with a mock, %s %s was asked for", asked[0].Method, asked[0].Path)
	}
}
