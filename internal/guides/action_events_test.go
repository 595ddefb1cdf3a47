package guides_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestActionEvents checks the claims of the page of the action prosa_webhook_send_test_event about on_failure and
// destroy events against Terraform's behaviour when the receiver does not respond with 2xx.
func TestActionEvents(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ActionCaller)
	configured := func(t *testing.T, trigger string) *acctest.Workspace {
		t.Helper()
		e := acctest.New(t, func(s *sandbox.Server) {
			s.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
				return sandbox.DeliveryResult{Status: http.StatusServiceUnavailable}
			}
		})
		w := e.Workspace(nil)
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
	replaces := "prosa_webhook_endpoint.a is tainted, so must be replaced"

	for _, c := range []struct {
		onFailure      string
		halts, replace bool
	}{
		{"", true, false},
		{"on_failure = halt", true, false},
		{"on_failure = taint", true, true},
		{"on_failure = continue", false, false},
	} {
		t.Run(c.onFailure, func(t *testing.T) {
			t.Parallel()
			w := configured(t, "events = [after_create]\n"+c.onFailure)
			apply := w.Run
			if c.halts {
				apply = w.ExpectError
			}
			expectTexts(t, apply("apply", "-auto-approve"), failed)
			state := w.Run("state", "list")
			if !strings.Contains(state, "prosa_webhook_endpoint.a") || strings.Contains(state, "terraform_data.after") == c.halts {
				t.Errorf("the state has:\n%s", state)
			}
			if plan := w.Run("plan"); strings.Contains(plan, replaces) != c.replace || strings.Contains(plan, "Actions: 1 to invoke") != c.replace {
				t.Errorf("the next plan:\n%s", plan)
			}
		})
	}
	t.Run("destroy", func(t *testing.T) {
		t.Parallel()
		w := configured(t, "events = [before_destroy]")
		w.Run("apply", "-auto-approve")
		expectTexts(t, w.ExpectError("apply", "-auto-approve", "-replace=prosa_webhook_endpoint.a"), failed)
		expectTexts(t, w.Run("destroy", "-auto-approve"), failed, "Destroy complete!")
	})
}
