package guides_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestActionEvents checks the claims of the page of the action prosa_webhook_send_test_event about on_failure and
// destroy events against Terraform's behaviour when the receiver does not respond with 2xx.
func TestActionEvents(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ActionCaller)
	var status atomic.Int64
	status.Store(http.StatusServiceUnavailable)
	configure := func(t *testing.T, trigger string) *acctest.Workspace {
		t.Helper()
		w := acctest.New(t, func(s *sandbox.Server) { s.Receiver = statusReceiver(&status) }).Workspace(nil)
		w.Write("main.tf", `
terraform {
  required_providers {
    prosa = { source = "prosa-ai/prosa" }
  }
}
action "prosa_webhook_send_test_event" "a" {
  config { endpoint_id = caller.id }
}
resource "prosa_webhook_endpoint" "a" {
  url = "https://speech.example.com/prosa-webhook"
  lifecycle {
    action_trigger {
      actions = [action.prosa_webhook_send_test_event.a]
      `+trigger+`
    }
  }
}
resource "terraform_data" "after" { input = prosa_webhook_endpoint.a.id }
`)
		w.Run("init")
		return w
	}
	const failed = "Test event was not accepted"
	for _, test := range []struct {
		onFailure       string
		halts, replaces bool
	}{
		{"", true, false},
		{"on_failure = halt", true, false},
		{"on_failure = taint", true, true},
		{"on_failure = continue", false, false},
	} {
		t.Run(test.onFailure, func(t *testing.T) {
			t.Parallel()
			w := configure(t, "events = [after_create]\n"+test.onFailure)
			apply := w.Run
			if test.halts {
				apply = w.ExpectError
			}
			expectTexts(t, apply("apply", "-auto-approve"), failed)
			state := w.State()
			if _, created := state["terraform_data.after"]; created == test.halts || state["prosa_webhook_endpoint.a"].Raw == "" {
				t.Errorf("the state has %v", state)
			}
			plan, replaces := w.Run("plan"), "prosa_webhook_endpoint.a is tainted, so must be replaced"
			if strings.Contains(plan, replaces) != test.replaces || strings.Contains(plan, "Actions: 1 to invoke") != test.replaces {
				t.Errorf("the next plan:\n%s", plan)
			}
		})
	}
	t.Run("destroy", func(t *testing.T) {
		t.Parallel()
		w := configure(t, "events = [before_destroy]")
		w.Run("apply", "-auto-approve")
		expectTexts(t, w.ExpectError("apply", "-auto-approve", "-replace=prosa_webhook_endpoint.a"), failed)
		expectTexts(t, w.Run("destroy", "-auto-approve"), failed, "Destroy complete!")
	})
}
