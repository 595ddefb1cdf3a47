package guides_test

import (
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestImporting imports an existing account: one endpoint, then all others, then rotations. No step may send a write
// request.
func TestImporting(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	for _, endpoint := range []sandbox.Endpoint{
		{URL: "https://speech.example.com/prosa-webhook", EventFilters: []string{"stt.jobs.completed", "stt.jobs.failed"}, SSLVerification: true},
		{URL: "https://speech.example.com/other"},
		{ID: "497f6eca-6276-4993-bfeb-53cbbbba6f08", URL: "https://speech.example.com/twice", SSLVerification: true}, // as in the guide
		{URL: "https://speech.example.com/twice", EventFilters: []string{"tts.job.failed"}, SSLVerification: true},
	} {
		e.Sandbox.AddEndpoint(endpoint)
	}
	w := e.Workspace(nil)
	r := newReader(t, w, "importing")

	r.use("one/main.tf")
	r.run("terraform init")
	r.run("terraform plan", "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.")
	r.run("terraform apply")
	expectNoChanges(t, w)
	generateConfiguration(t, e, r)

	r.copy("find/main.tf", "all/main.tf")
	r.run("terraform -chdir=find init")
	r.run("terraform -chdir=find apply", "registered_more_than_once")
	r.run("terraform -chdir=find output -json found > all/found.auto.tfvars.json")
	if found := w.Read("all/found.auto.tfvars.json"); strings.Count(found, "https://") != 2 || strings.Contains(found, "/twice") {
		t.Errorf("the variables should have the two endpoints with a unique URL: %s", found)
	}
	importAll := func(folder, summary string) {
		t.Helper()
		r.run("terraform -chdir=" + folder + " apply")
		expectTexts(t, r.output, summary)
		expectNoChanges(t, w, "-chdir="+folder)
	}
	r.run("terraform -chdir=all init")
	importAll("all", "Resources: 2 imported, 0 added, 0 changed, 0 destroyed.")
	if r.supports(acctest.ResourceIdentity, "terraform -chdir=by-id init", "terraform -chdir=by-id apply") {
		r.copy("by-id")
		r.run("terraform -chdir=by-id init")
		importAll("by-id", "Resources: 1 imported, 0 added, 0 changed, 0 destroyed.")
	}
	if r.supports(acctest.ImportInModules, "terraform -chdir=module init", "terraform -chdir=module apply") {
		r.copy("module")
		r.run("terraform -chdir=module init")
		importAll("module", "Resources: 1 imported, 0 added, 0 changed, 0 destroyed.")
	}
	r.copy("all/rotations.tf")
	importAll("all", "Resources: 2 imported, 0 added, 2 changed, 0 destroyed.")
	const generate = "terraform -chdir=by-query query -generate-config-out=endpoints.tf"
	if r.supports(acctest.Query,
		"terraform -chdir=by-query init", "terraform -chdir=by-query query", generate, "terraform -chdir=by-query apply") {
		r.copy("by-query")
		r.run("terraform -chdir=by-query init")
		r.run("terraform -chdir=by-query query")
		// The three endpoints that get the event type, but not the one whose filter excludes it.
		expectTexts(t, r.output, "https://speech.example.com/prosa-webhook", "https://speech.example.com/other", "https://speech.example.com/twice")
		r.run(generate)
		importAll("by-query", "Resources: 3 imported, 0 added, 0 changed, 0 destroyed.")
	}
	e.ExpectWrites()
	r.expectEnd()
}

// generateConfiguration imports the first endpoint again, with a generated resource block.
func generateConfiguration(t *testing.T, e *acctest.Env, r *reader) {
	t.Helper()
	const generate = "terraform plan -generate-config-out=endpoint.tf"
	cli := acctest.TestedCLI(t)
	if cli.OpenTofu && cli.Minor < 12 { // which can crash here
		r.skip(generate)
		return
	}
	before := r.w
	defer func() { r.w = before }()
	r.w = e.Workspace(nil)
	main, _, _ := strings.Cut(r.file("one/main.tf"), `resource "prosa_webhook_endpoint"`)
	generating := main
	if !cli.OpenTofu && cli.Minor >= 16 {
		generating = strings.Replace(main, "import {", "import {\n  provider = prosa", 1)
	}
	r.w.Write("main.tf", generating)
	r.run(generate)
	expectTexts(t, r.w.Read("endpoint.tf"), `"stt.jobs.completed"`)
	r.w.Write("main.tf", main)
	r.w.Run("apply", "-auto-approve")
	expectNoChanges(t, r.w)
}
