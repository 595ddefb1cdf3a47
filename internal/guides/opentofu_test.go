package guides_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	tofuGuide         = "opentofu"
	terraformRegistry = "registry.terraform.io"
	tofuRegistry      = "registry.opentofu.org"
)

// TestOpenTofuGuide follows the guide up to an encrypted state, and then moves another state from Terraform.
func TestOpenTofuGuide(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.StateEncryption)
	e := acctest.New(t, func(s *sandbox.Server) { s.APIKey = "" }) // any key
	w := e.Installed()
	r := readerOf(t, w, tofuGuide)
	encryption := func(step string) {
		t.Helper()
		w.Write("encryption.tofu", fileOf(t, tofuGuide, step+"/encryption.tofu"))
	}
	key := func() string { return newestKey(t, e) }

	follow(t, w, tofuGuide, "main.tf")
	r.run(exportKey)
	r.run("tofu init")
	r.run("tofu apply")
	r.sees("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
	created := w.Read("terraform.tfstate")
	if !strings.Contains(created, key()) || !strings.Contains(created, tofuRegistry) {
		t.Fatal("the state should have the key in clear to begin with, and the provider from OpenTofu's registry")
	}

	encryption("encrypt")
	r.run("export TF_VAR_state_passphrase=a-long-passphrase-of-your-own")
	r.run("tofu apply")
	r.sees("No changes")
	r.run("tofu state list")
	if !strings.Contains(r.output, "prosa_webhook_endpoint.transcripts") {
		t.Errorf("OpenTofu cannot read its state:\n%s", r.output)
	}
	expectEncrypted(t, w.Read("terraform.tfstate"), key())
	encryption("enforce")
	r.run("tofu plan -detailed-exitcode")
	r.sees("No changes")
	w.Run("plan", "-out=saved.tfplan")
	expectEncrypted(t, w.Read("saved.tfplan"), key())
	w.Setenv("TF_VAR_state_passphrase", "the-passphrase-of-another-user")
	w.ExpectError("plan")

	moved := e.Installed()
	r.w = moved
	moved.Write("main.tf", w.Read("main.tf"))
	moved.Write("terraform.tfstate", strings.ReplaceAll(created, tofuRegistry, terraformRegistry)) // as Terraform has it
	e.Sandbox.ResetRequestLog()
	r.run("tofu init")
	r.run("tofu plan -detailed-exitcode")
	r.sees("No changes")
	e.ExpectWrites()
	moved.Write("main.tf", strings.Replace(w.Read("main.tf"), "stt.jobs.failed", "stt.job.failed", 1))
	moved.Run("apply", "-auto-approve")
	if state := moved.Read("terraform.tfstate"); strings.Contains(state, terraformRegistry) {
		t.Errorf("the state still has the address in Terraform's registry:\n%s", state)
	}
}

// TestBackToTerraform follows the guide from OpenTofu back to Terraform.
func TestBackToTerraform(t *testing.T) {
	t.Parallel()
	if cli := acctest.TestedCLI(t); cli.OpenTofu {
		t.Skipf("%s is where the way back begins", cli)
	}
	e := acctest.New(t)
	w := e.Installed()
	r := readerOf(t, w, tofuGuide)
	follow(t, w, tofuGuide, "main.tf")
	w.Run("init")
	w.Run("apply", "-auto-approve")
	w.Write("terraform.tfstate", strings.ReplaceAll(w.Read("terraform.tfstate"), terraformRegistry, tofuRegistry)) // as OpenTofu has it
	e.Sandbox.ResetRequestLog()
	for len(r.commands) > 1 {
		r.leavesOut(r.commands[0])
	}
	r.run("terraform state replace-provider registry.opentofu.org/prosa-ai/prosa registry.terraform.io/prosa-ai/prosa")
	r.ends()
	w.Run("init")
	if lock := w.Read(".terraform.lock.hcl"); strings.Contains(lock, tofuRegistry) {
		t.Errorf("the provider was looked for in OpenTofu's registry as well:\n%s", lock)
	}
	w.Run("plan", "-detailed-exitcode") // fails if there are changes
	e.ExpectWrites()
}

// TestFilesForOpenTofu parses the files that only OpenTofu reads, with the CLI of every test.
func TestFilesForOpenTofu(t *testing.T) {
	t.Parallel()
	parsed := 0
	err := filepath.WalkDir(filepath.Join(examplesFolder, "guides"), func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) != ".tofu" {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		parsed++
		format := exec.CommandContext(t.Context(), acctest.TestedCLI(t).Path, "fmt", "-check", "-diff", "-")
		format.Stdin = strings.NewReader(string(text))
		if output, err := format.CombinedOutput(); err != nil {
			t.Errorf("%s is not well-formed: %v\n%s", file, err, output)
		}
		return nil
	})
	if err != nil || parsed == 0 {
		t.Fatalf("%d files were parsed: %v", parsed, err)
	}
}

func expectEncrypted(t *testing.T, content, key string) {
	t.Helper()
	if !strings.Contains(content, "encrypted_data") || strings.Contains(content, key) || strings.Contains(content, "speech.example.com") {
		t.Errorf("this is not encrypted:\n%s", content)
	}
}
