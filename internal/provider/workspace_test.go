package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// withSource sets the provider's address, which the configurations of a Workspace need.
const withSource = `
terraform {
  required_providers {
    prosa = { source = "prosa-ai/prosa" }
  }
}
`

func expectOutput(t *testing.T, output string, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(output, text) {
			t.Errorf("the output lacks %q:\n%s", text, output)
		}
	}
}

// methods returns the methods of the requests that can change something.
func methods(e *acctest.Env) (all []string) {
	for _, r := range e.Writes() {
		all = append(all, r.Method)
	}
	return all
}

// runOneLine runs a CLI command and returns its output on one line.
func runOneLine(w *acctest.Workspace, args ...string) string {
	return acctest.OneLine(w.Run(args...))
}

// expectEmptyPlan fails the test if the plan has changes, and returns the output of the plan.
func expectEmptyPlan(t *testing.T, w *acctest.Workspace) string {
	t.Helper()
	return runOneLine(w, "plan", "-detailed-exitcode")
}

func expectOutputLacks(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(output, text) {
			t.Errorf("the output has %q:\n%s", text, output)
		}
	}
}

// TestActionTriggers sends a test event after a create, after an update, and with -invoke.
func TestActionTriggers(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Actions)
	trigger := endpointA
	if acctest.ActionCaller.In(acctest.TestedCLI(t)) {
		trigger = "caller"
	}
	e, seed := withReceiver(t, 200, 200, 200, 503)
	e.Sandbox.RemoveEndpoint(seed.ID)
	w := e.Workspace(nil)
	config := func(filter string) string {
		return withSource + `
action "prosa_webhook_send_test_event" "a" {
  config { endpoint_id = ` + trigger + `.id }
}
resource "prosa_webhook_endpoint" "a" {
  url           = "` + hook + `"
  event_filters = ["` + filter + `"]
  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.prosa_webhook_send_test_event.a]
    }
  }
}
`
	}
	const accepted = hook + " answered the test event with 200"
	expectMethods := func(want ...string) {
		t.Helper()
		if got := methods(e); !slices.Equal(got, want) {
			t.Errorf("the apply sent %q, want %q", got, want)
		}
		e.Sandbox.ResetRequestLog()
	}
	w.Write("main.tf", config("one"))
	w.Run("init")
	expectOutput(t, w.Run("apply", "-auto-approve"), "(triggered by prosa_webhook_endpoint.a)", accepted)
	expectMethods("POST", "POST")
	w.Write("main.tf", config("two"))
	expectOutput(t, w.Run("apply", "-auto-approve"), accepted)
	expectMethods("PUT", "POST")
	w.Run("apply", "-auto-approve")
	expectMethods()
	expectOutput(t, w.Run("apply", "-auto-approve", "-invoke=action.prosa_webhook_send_test_event.a"), accepted)
	expectOutput(t, w.ExpectError("apply", "-auto-approve", "-invoke=action.prosa_webhook_send_test_event.a"),
		"Test event was not accepted", hook+" answered the test event with 503")
	w.Run("destroy", "-auto-approve")
}
