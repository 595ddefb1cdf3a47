package guides_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestTestingModules runs the guide's tests: those with a mock without an API, and the others against a sandbox.
func TestTestingModules(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.APIKey = sandboxKey })
	e.Unsetenv("PROSA_API_KEY")
	w := e.Workspace(nil)
	r := newReader(t, w, "testing-modules")
	r.copy()
	r.run("terraform -chdir=mock init")
	r.run("terraform -chdir=mock test", "4 passed, 0 failed.")
	if requests := e.Sandbox.RequestLog(); len(requests) > 0 {
		t.Errorf("the tests with a mock send %v", requests)
	}

	r.skip(sandboxCommand, exportSandbox) // TestSandboxGuide runs it
	r.run("terraform -chdir=sandbox init")
	r.run("terraform -chdir=sandbox test", "4 passed, 0 failed.")
	r.expectEnd()
	var writes []string
	for _, request := range e.Writes() {
		writes = append(writes, string(request.Operation))
	}
	if want := "create-endpoint rotate-secret update-endpoint delete-endpoint"; strings.Join(writes, " ") != want {
		t.Errorf("the tests send %q, want %s", writes, want)
	}
}

// TestModuleTestsDetectMistakes checks that the guide's tests detect mistakes in its modules, and clean up afterwards.
func TestModuleTestsDetectMistakes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ file, from, to, message string }{
		"wrong URL": {
			"mock/main.tf", "/${each.key}/prosa-webhook", "/prosa-webhook",
			"The URL does not consist of host and service.",
		},
		"no validation": {
			"mock/main.tf", "length(types) > 0", "length(types) >= 0",
			"Missing expected failure",
		},
		"key of another sender": {
			"mock/tests/receiver.tftest.hcl", `keys = ["old-key"]`, `keys = ["new-key"]`,
			"A signature of another key was accepted.",
		},
		"endpoint is replaced": {
			"sandbox/main.tf", "event_filters = [", "secret_key = var.url\n  event_filters = [",
			"The change of the URL replaced the endpoint.",
		},
		"no rotation": {
			"sandbox/main.tf", "{ days = 3 }", "{ days = 3 }\n  lifecycle { ignore_changes = [rotate_when_changed] }",
			"The key was not rotated, or there is no overlap.",
		},
		"missing filter": {
			"sandbox/main.tf", `, "stt.jobs.failed"]`, "]",
			"The event types in Prosa differ from those of the module.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t, func(s *sandbox.Server) { s.APIKey = sandboxKey })
			w := e.Workspace(nil)
			module, _, _ := strings.Cut(test.file, "/")
			newReader(t, w, "testing-modules").copy(module)
			before := w.Read(test.file)
			if strings.Count(before, test.from) != 1 {
				t.Fatalf("%s must contain %q once", test.file, test.from)
			}
			w.Write(test.file, strings.Replace(before, test.from, test.to, 1))
			w.Run("-chdir="+module, "init")
			expectTexts(t, w.ExpectError("-chdir="+module, "test"), test.message)
			if left := e.Sandbox.Endpoints(); len(left) > 0 {
				t.Errorf("the endpoints %v were not deleted", left)
			}
		})
	}
}

// TestModuleTestsWithRealAccount runs the guide's tests with the environment of a user with a real account, and without a
// sandbox. They must change nothing there.
func TestModuleTestsWithRealAccount(t *testing.T) {
	t.Parallel()
	e := acctest.New(t) // with another key than the sandbox's
	w := e.Workspace(nil)
	newReader(t, w, "testing-modules").copy("sandbox")
	w.Run("-chdir=sandbox", "init")
	w.ExpectError("-chdir=sandbox", "test")
	requests := e.Sandbox.RequestLog()
	if len(requests) == 0 || slices.ContainsFunc(requests, func(r sandbox.Request) bool { return r.Status != 401 }) {
		t.Errorf("the API should respond to each request with 401: %v", requests)
	}
}
