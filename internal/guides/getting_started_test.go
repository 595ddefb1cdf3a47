package guides_test

import (
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
	const stt, tts = "your-key-for-speech-to-text", "your-key-for-text-to-speech"
	var status atomic.Int64
	status.Store(http.StatusServiceUnavailable)
	e := acctest.New(t, func(s *sandbox.Server) {
		s.APIKey, s.OtherKeys = stt, []string{tts}
		s.Receiver = statusReceiver(&status)
	})
	deliverBeforeWaiting(e)
	e.Setenv("PROSA_API_KEY", stt)
	w := e.Workspace(nil)
	w.Setenv("PROSA_BASE_URL", e.BaseURL) // for curl
	r := newReader(t, w, "getting-started")
	r.skip("git clone https://github.com/prosa-ai/terraform-provider-prosa")
	r.skip("make -C terraform-provider-prosa install") // TestInstall
	r.skip(sandboxCommand + " -api-key= -deliver=false")
	s, _ := startSandbox(t, w, "-api-key=", "-deliver=false")
	s.interrupt(t)
	r.skip(exportSandbox)

	r.copy("main.tf")
	r.run("export PROSA_API_KEY=" + stt)
	r.run("terraform init")
	r.run("terraform plan -out=first.tfplan")
	expectTexts(t, oneLine(r.output), shownPlan(r))
	plan := w.SavedPlan("first.tfplan")
	r.run("terraform apply first.tfplan", "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
	r.run("terraform plan -detailed-exitcode", "No changes")
	expectNoKeys(e, w, plan)

	r.copy("test-event.tf")
	r.fails("terraform apply", "Test event was not accepted")
	status.Store(http.StatusOK)
	r.run("terraform apply", "response_status = 200")
	e.Sandbox.ResetRequestLog()
	r.run("terraform apply -replace=prosa_webhook_test_event.transcripts")
	e.ExpectWrites("POST /webhooks/endpoints/" + e.OnlyEndpoint().ID + "/test")
	const invoke = "terraform apply -invoke=action.prosa_webhook_send_test_event.transcripts"
	if r.supports(acctest.Actions, invoke) {
		r.copy("actions.tf")
		r.run(invoke, "answered the test event with 200")
	}

	r.copy("deliveries.tf")
	r.run("terraform apply", "webhook.ping 200")
	r.run(`curl -sS -H "x-api-key: $PROSA_API_KEY" -H 'content-type: application/json'` +
		` -d '{"url": "https://billing.example.com/prosa-webhook", "event_filters": []}' $PROSA_BASE_URL/webhooks/endpoints`)
	e.Sandbox.ResetRequestLog()
	r.copy("import.tf")
	r.run("terraform plan", "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.")
	r.run("terraform apply")
	e.ExpectWrites()
	r.run("terraform state rm prosa_webhook_endpoint.billing")
	w.Remove("import.tf")
	r.run("terraform destroy")
	if url := e.OnlyEndpoint().URL; url != "https://billing.example.com/prosa-webhook" {
		t.Errorf("the destroy leaves %s; it should leave the imported endpoint", url)
	}

	r.w = e.Installed() // which keeps the two configurations of the provider apart
	r.copy("two-accounts")
	r.run("export TF_VAR_stt_api_key=" + stt)
	r.run("export TF_VAR_tts_api_key=" + tts)
	r.run("export TF_VAR_receiver_url=https://speech.example.com")
	r.run("terraform -chdir=two-accounts init")
	e.Sandbox.ResetRequestLog()
	r.run("terraform -chdir=two-accounts apply", "Apply complete! Resources: 2 added, 0 changed, 0 destroyed.")
	created := map[string]string{}
	for _, request := range e.Writes() {
		created[request.Header.Get("X-Api-Key")] += string(request.Body)
	}
	if len(created) != 2 || !strings.Contains(created[stt], "stt.jobs.completed") || !strings.Contains(created[tts], "tts.job.completed") {
		t.Errorf("each account should have an endpoint of its own: %q", created)
	}
	r.run("terraform -chdir=two-accounts destroy")
	e.OnlyEndpoint()
	r.expectEnd()
}

// shownPlan returns the plan in the guide, which is Terraform's, in the words of the CLI under test.
func shownPlan(r *reader) string {
	r.t.Helper()
	plan, cli := r.textBlock("will be created"), acctest.TestedCLI(r.t)
	if cli.OpenTofu {
		plan = strings.ReplaceAll(plan, "Terraform", "OpenTofu")
	}
	if !acctest.WriteOnlyArguments.In(cli) {
		plan = strings.Replace(plan, "      + secret_key_wo    = (write-only attribute)\n", "", 1)
	}
	return oneLine(plan)
}
