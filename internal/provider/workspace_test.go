package provider_test

import (
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// withSource names the provider by its own address, as workspaces need.
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
			t.Errorf("the CLI does not say %q:\n%s", text, output)
		}
	}
}

// TestActionTriggers sends a test event after the endpoint is created and after it is updated, and one by hand.
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
		t.Errorf("creating it sent %q", got)
	}
	w.Write("main.tf", config("two"))
	expectOutput(t, w.Run("apply", "-auto-approve"), accepted)
	if got := methods(); got != "PUT POST " {
		t.Errorf("updating it sent %q", got)
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

// TestOtherActions invokes the other three by hand.
func TestOtherActions(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Actions)
	e, there := receiving(t, 200)
	delivery := addDelivery(e, there.ID, 500)
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+`
action "prosa_webhook_rotate_secret" "a" {
  config {
    endpoint_id     = "`+there.ID+`"
    rotation_period = { days = 3 }
  }
}
action "prosa_webhook_replay_delivery" "a" {
  config { delivery_id = "`+delivery.DeliveryID+`" }
}
action "prosa_webhook_replay_failed_deliveries" "a" {
  config { endpoint_id = "`+there.ID+`" }
}
`)
	w.Run("init")
	for action, says := range map[string]string{
		rotateAction: "has the new signing key ", replayAction: "sending delivery " + delivery.DeliveryID + " again", replayFailedAction: "failed deliver",
	} {
		expectOutput(t, w.Run("apply", "-auto-approve", "-invoke=action."+action+".a"), says)
	}
	if n := len(e.Writes()); n != 3 {
		t.Errorf("there were %d requests", n)
	}
}

// TestQueryImportsInBulk takes the way from terraform query over the configuration it writes to an empty plan.
func TestQueryImportsInBulk(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Query)
	e := acctest.New(t)
	for _, there := range []sandbox.Endpoint{
		{URL: "https://a.example/hook", EventFilters: []string{"stt.jobs.completed", "stt.jobs.failed"}, SSLVerification: true},
		{URL: "https://b.example/hook"},
		{URL: "https://c.example/other", SSLVerification: true},
	} {
		e.Sandbox.AddEndpoint(there)
	}
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+"provider \"prosa\" {}\n")
	w.Write("find.tfquery.hcl", `
list "prosa_webhook_endpoint" "hooks" {
  provider = prosa
  config { url_regex = "/hook$" }
}
`)
	w.Run("init")
	expectOutput(t, w.Run("query", "-generate-config-out=generated.tf"), "https://a.example/hook", "https://b.example/hook")
	w.Remove("find.tfquery.hcl")
	expectOutput(t, w.Run("apply", "-auto-approve"), "2 imported, 0 added, 0 changed, 0 destroyed")
	w.Run("plan", "-detailed-exitcode") // fails when there is something to do
	e.ExpectWrites()
}
