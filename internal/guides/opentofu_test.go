package guides_test

import (
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	terraformRegistry = "registry.terraform.io"
	tofuRegistry      = "registry.opentofu.org"

	replaceProvider = "terraform state replace-provider registry.opentofu.org/prosa-ai/prosa registry.terraform.io/prosa-ai/prosa"
)

// TestOpenTofuGuide follows the guide up to an encrypted state, and then moves another state from Terraform.
func TestOpenTofuGuide(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.StateEncryption)
	const key = "your-key" // in the guide
	e := acctest.New(t, func(s *sandbox.Server) { s.APIKey = key })
	w := e.Installed()
	r := newReader(t, w, "opentofu")
	r.copy("main.tf")
	r.run("export PROSA_API_KEY=" + key)
	r.run("tofu init")
	r.run("tofu apply", "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
	created := w.Read("terraform.tfstate")
	expectTexts(t, created, newestKey(e), tofuRegistry) // the key in clear text

	expectEncrypted := func(file string) {
		t.Helper()
		text := w.Read(file)
		if !strings.Contains(text, "encrypted_data") || strings.Contains(text, newestKey(e)) || strings.Contains(text, "speech.example.com") {
			t.Errorf("%s is not encrypted:\n%s", file, text)
		}
	}
	r.use("encrypt/encryption.tofu")
	r.run("export TF_VAR_state_passphrase=a-long-passphrase-of-your-own")
	r.run("tofu apply", "No changes")
	r.run("tofu state list")
	expectTexts(t, r.output, "prosa_webhook_endpoint.transcripts")
	expectEncrypted("terraform.tfstate")
	r.use("enforce/encryption.tofu")
	r.run("tofu plan -detailed-exitcode", "No changes")
	w.Run("plan", "-out=saved.tfplan")
	expectEncrypted("saved.tfplan")
	w.Setenv("TF_VAR_state_passphrase", "the-passphrase-of-another-user")
	w.ExpectError("plan")

	r.w = e.Installed("PROSA_API_KEY=" + key)
	r.copy("main.tf")
	r.w.Write("terraform.tfstate", strings.ReplaceAll(created, tofuRegistry, terraformRegistry)) // as Terraform writes it
	e.Sandbox.ResetRequestLog()
	r.run("tofu init")
	r.run("tofu plan -detailed-exitcode", "No changes")
	r.expectNext(replaceProvider)
	e.ExpectWrites()
	r.w.Write("main.tf", strings.Replace(r.file("main.tf"), "stt.jobs.failed", "stt.job.failed", 1))
	r.w.Run("apply", "-auto-approve")
	if state := r.w.Read("terraform.tfstate"); strings.Contains(state, terraformRegistry) {
		t.Errorf("the state still has the provider's address in Terraform's registry:\n%s", state)
	}
}

// TestBackToTerraform follows the guide from OpenTofu back to Terraform.
func TestBackToTerraform(t *testing.T) {
	t.Parallel()
	if cli := acctest.TestedCLI(t); cli.OpenTofu {
		t.Skipf("this test needs Terraform, and runs %s", cli)
	}
	e := acctest.New(t)
	w := e.Installed()
	r := newReader(t, w, "opentofu")
	r.copy("main.tf")
	w.Run("init")
	w.Run("apply", "-auto-approve")
	w.Write("terraform.tfstate", strings.ReplaceAll(w.Read("terraform.tfstate"), terraformRegistry, tofuRegistry)) // as OpenTofu writes it
	e.Sandbox.ResetRequestLog()
	r.skipTo(replaceProvider)
	r.run(replaceProvider)
	expectTexts(t, r.output, "Successfully replaced provider")
	r.expectEnd()
	w.Run("init")
	if lock := w.Read(".terraform.lock.hcl"); strings.Contains(lock, tofuRegistry) {
		t.Errorf("Terraform still uses OpenTofu's registry:\n%s", lock)
	}
	expectNoChanges(t, w)
	e.ExpectWrites()
}
