package guides_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestGettingStarted follows the guide with a receiver that is down at first.
func TestGettingStarted(t *testing.T) {
	t.Parallel()
	acctest.Program(t, "curl", "curl")
	var refuses atomic.Bool
	const stt, tts = "your-key-for-speech-to-text", "your-key-for-text-to-speech"
	e := acctest.New(t, func(s *sandbox.Server) {
		s.APIKey, s.OtherKeys = stt, []string{tts}
		s.Receiver = func(_ context.Context, r sandbox.DeliveryRequest) sandbox.DeliveryResult {
			if refuses.Load() || !strings.HasPrefix(r.URL, "https://speech.example.com/") {
				return sandbox.DeliveryResult{Status: http.StatusServiceUnavailable}
			}
			return sandbox.DeliveryResult{Status: http.StatusOK}
		}
	})
	w := e.Installed()
	r := readerOf(t, w, "getting-started")
	r.leavesOut(clone)
	r.leavesOut(install) // TestInstall
	r.leavesOut(inSandbox)
	startCommand(t, w, buildSandbox(t), strings.Fields(strings.TrimPrefix(inSandbox, startSandbox))...).ends()
	r.leavesOut("export PROSA_BASE_URL=" + sandboxAddress + "/v2/speech")

	follow(t, w, "getting-started", "main.tf")
	r.run("export PROSA_API_KEY=" + stt)
	r.run("terraform init")
	r.run("terraform plan -out=first.tfplan")
	if plan := shownPlan(t); !strings.Contains(oneLine(r.output), plan) {
		t.Errorf("the guide shows another plan than the CLI:\n%s\n%s", plan, r.output)
	}
	reviewed := w.SavedPlan("first.tfplan")
	r.run("terraform apply first.tfplan")
	r.sees("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
	r.run("terraform plan -detailed-exitcode")
	r.sees("No changes")
	if key := e.OnlyEndpoint().Secrets[0].Key; strings.Contains(reviewed+w.Read("terraform.tfstate"), key) {
		t.Error("the signing key is in the plan or in the state")
	}

	follow(t, w, "getting-started", "test-event.tf")
	refuses.Store(true)
	r.fails("terraform apply")
	r.sees("Test event was not accepted")
	refuses.Store(false)
	r.run("terraform apply")
	r.sees("response_status = 200")
	e.Sandbox.ResetRequestLog()
	r.run("terraform apply -replace=prosa_webhook_test_event.transcripts")
	if sent := e.Sandbox.Count(sandbox.OpSendTestEvent); sent != 1 || len(e.Writes()) != 1 {
		t.Errorf("one test event should have been sent, and nothing else: %d of %d", sent, len(e.Writes()))
	}
	invoke := "terraform apply -invoke=action.prosa_webhook_send_test_event.transcripts"
	invoked := false
	t.Run("action", func(t *testing.T) {
		acctest.Needs(t, acctest.Actions)
		follow(t, w, "getting-started", "actions.tf")
		r.run(invoke)
		r.sees("answered the test event with 200")
		invoked = true
	})
	if !invoked {
		r.leavesOut(invoke)
	}

	follow(t, w, "getting-started", "deliveries.tf")
	r.run("terraform apply")
	r.sees("webhook.ping 200")
	r.run(registers)
	e.Sandbox.ResetRequestLog()
	follow(t, w, "getting-started", "import.tf")
	r.run("terraform plan")
	r.sees("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.")
	r.run("terraform apply")
	e.ExpectWrites()

	r.run("terraform state rm prosa_webhook_endpoint.billing")
	w.Remove("import.tf")
	r.run("terraform destroy")
	if left := e.OnlyEndpoint(); left.URL != "https://billing.example.com/prosa-webhook" {
		t.Errorf("%s is left, and the imported endpoint should be", left.URL)
	}

	follow(t, w, "getting-started", "two-accounts/main.tf", "two-accounts/modules/speech-webhooks/main.tf")
	r.run("export TF_VAR_stt_api_key=" + stt)
	r.run("export TF_VAR_tts_api_key=" + tts)
	r.run("export TF_VAR_receiver_url=https://speech.example.com")
	r.run("terraform -chdir=two-accounts init")
	e.Sandbox.ResetRequestLog()
	r.run("terraform -chdir=two-accounts apply")
	r.sees("Apply complete! Resources: 2 added, 0 changed, 0 destroyed.")
	created := map[string]string{}
	for _, one := range e.Writes() {
		created[one.Header.Get("X-Api-Key")] += string(one.Body)
	}
	if len(created) != 2 || !strings.Contains(created[stt], "stt.jobs.completed") || !strings.Contains(created[tts], "tts.job.completed") {
		t.Errorf("each account should have an endpoint of its own: %q", created)
	}
	r.run("terraform -chdir=two-accounts destroy")
	e.OnlyEndpoint()
	r.ends()
}

// shownPlan returns the plan in the guide, which is Terraform's, in the words of the CLI under test.
func shownPlan(t *testing.T) string {
	t.Helper()
	_, plan, _ := strings.Cut(guideText(t, "getting-started"), "```text\n")
	plan, _, found := strings.Cut(plan, "\n```")
	if !found {
		t.Fatal("the guide shows no plan")
	}
	cli := acctest.TestedCLI(t)
	if cli.OpenTofu {
		plan = strings.ReplaceAll(plan, "Terraform", "OpenTofu")
	}
	if cli.Minor < 11 { // has no write-only arguments
		plan = strings.Replace(plan, "      + secret_key_wo    = (write-only attribute)\n", "", 1)
	}
	return oneLine(plan)
}

const (
	inSandbox = startSandbox + " -api-key= -deliver=false"
	registers = `curl -sS -H "x-api-key: $PROSA_API_KEY" -H 'content-type: application/json'` +
		` -d '{"url": "https://billing.example.com/prosa-webhook", "event_filters": []}' $PROSA_BASE_URL/webhooks/endpoints`
)
