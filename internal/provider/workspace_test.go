package provider_test

import (
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

// TestActionTriggers sends a test event after a create, after an update, and with -invoke.
func TestActionTriggers(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Actions)
	trigger := endpointA
	if acctest.ActionCaller.In(acctest.TestedCLI(t)) {
		trigger = "caller"
	}
	e, seed := receiving(t, 200, 200, 200, 503)
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
	methods := func() (methods string) {
		for _, r := range e.Writes() {
			methods += r.Method + " "
		}
		e.Sandbox.ResetRequestLog()
		return methods
	}
	w.Write("main.tf", config("one"))
	w.Run("init")
	expectOutput(t, w.Run("apply", "-auto-approve"), "(triggered by prosa_webhook_endpoint.a)", accepted)
	if got := methods(); got != "POST POST " {
		t.Errorf("the create sent %q", got)
	}
	w.Write("main.tf", config("two"))
	expectOutput(t, w.Run("apply", "-auto-approve"), accepted)
	if got := methods(); got != "PUT POST " {
		t.Errorf("the update sent %q", got)
	}
	w.Run("apply", "-auto-approve")
	if got := methods(); got != "" {
		t.Errorf("an apply without changes sent %q", got)
	}
	expectOutput(t, w.Run("apply", "-auto-approve", "-invoke=action.prosa_webhook_send_test_event.a"), accepted)
	expectOutput(t, w.ExpectError("apply", "-auto-approve", "-invoke=action.prosa_webhook_send_test_event.a"),
		"Test event was not accepted", hook+" answered the test event with 503")
	w.Run("destroy", "-auto-approve")
}
