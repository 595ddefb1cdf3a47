package guides_test

import (
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const importingGuide = "importing"

// TestImporting imports an existing account: first one endpoint, then the others, and rotations last. Nothing may send
// a write request.
func TestImporting(t *testing.T) {
	t.Parallel()
	e := importable(t)
	w := e.Workspace(nil)
	r := readerOf(t, w, importingGuide)

	w.Write("main.tf", fileOf(t, importingGuide, "one/main.tf"))
	r.run("terraform init")
	r.run("terraform plan")
	r.sees("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.")
	r.run("terraform apply")
	expectNoChanges(t, w)
	importsWithoutConfiguration(t, e, r)

	follow(t, w, importingGuide, "find/main.tf", "all/main.tf")
	r.run("terraform -chdir=find init")
	r.run("terraform -chdir=find apply")
	r.sees("registered_more_than_once")
	r.run("terraform -chdir=find output -json found > all/found.auto.tfvars.json")
	if found := w.Read("all/found.auto.tfvars.json"); strings.Count(found, "https://") != 2 || strings.Contains(found, "/twice") {
		t.Errorf("the variables have not the two endpoints that can be told apart by their URLs: %s", found)
	}
	r.run("terraform -chdir=all init")
	r.run("terraform -chdir=all apply")
	expectTexts(t, r.output, "Resources: 2 imported, 0 added, 0 changed, 0 destroyed.")
	expectNoChanges(t, w, "-chdir=all")

	importsByIdentity(t, r)
	importsInModule(t, r)

	follow(t, w, importingGuide, "all/rotations.tf")
	r.run("terraform -chdir=all apply")
	expectTexts(t, r.output, "Resources: 2 imported, 0 added, 2 changed, 0 destroyed.")
	expectNoChanges(t, w, "-chdir=all")

	importsByQuery(t, r)
	e.ExpectWrites()
	for _, endpoint := range e.Sandbox.Endpoints() {
		if len(endpoint.Secrets) != 1 {
			t.Errorf("%s has %d keys", endpoint.URL, len(endpoint.Secrets))
		}
	}
	r.ends()
}

// importsWithoutConfiguration imports the same endpoint with a generated resource block.
func importsWithoutConfiguration(t *testing.T, e *acctest.Env, r *reader) {
	t.Helper()
	const generate = "terraform plan -generate-config-out=endpoint.tf"
	if cli := acctest.TestedCLI(t); cli.OpenTofu && cli.Major == 1 && cli.Minor < 12 {
		t.Logf("%s is not asked to write a configuration: it can crash at that", cli)
		r.leavesOut(generate)
		return
	}
	w := e.Workspace(nil)
	main, _, found := strings.Cut(fileOf(t, importingGuide, "one/main.tf"), `resource "prosa_webhook_endpoint"`)
	if !found {
		t.Fatal("one/main.tf has no endpoint")
	}
	generating := main
	if cli := acctest.TestedCLI(t); !cli.OpenTofu && cli.Minor >= 16 {
		generating = strings.Replace(main, "import {", "import {\n  provider = prosa", 1)
	}
	w.Write("main.tf", generating)
	w.Run("init")
	before := r.w
	r.w = w
	r.run(generate)
	r.w = before
	expectTexts(t, w.Read("endpoint.tf"), `"stt.jobs.completed"`)
	w.Write("main.tf", main)
	w.Run("apply", "-auto-approve")
	expectNoChanges(t, w)
}

func importsByIdentity(t *testing.T, r *reader) {
	t.Helper()
	commands := []string{"terraform -chdir=by-id init", "terraform -chdir=by-id apply"}
	done := t.Run("identity", func(t *testing.T) {
		defer leaveOutWhenSkipped(t, r, commands)
		acctest.Needs(t, acctest.ResourceIdentity)
		follow(t, r.w, importingGuide, "by-id/main.tf")
		r.run(commands[0])
		r.run(commands[1])
		expectTexts(t, r.output, "Resources: 1 imported, 0 added, 0 changed, 0 destroyed.")
		expectNoChanges(t, r.w, "-chdir=by-id")
	})
	if !done {
		t.FailNow()
	}
}

func importsInModule(t *testing.T, r *reader) {
	t.Helper()
	commands := []string{"terraform -chdir=module init", "terraform -chdir=module apply"}
	done := t.Run("module", func(t *testing.T) {
		defer leaveOutWhenSkipped(t, r, commands)
		acctest.Needs(t, acctest.ImportInModules)
		follow(t, r.w, importingGuide, "module/main.tf", "module/modules/webhook/main.tf")
		r.run(commands[0])
		r.run(commands[1])
		expectTexts(t, r.output, "Resources: 1 imported, 0 added, 0 changed, 0 destroyed.")
		expectNoChanges(t, r.w, "-chdir=module")
	})
	if !done {
		t.FailNow()
	}
}

func importsByQuery(t *testing.T, r *reader) {
	t.Helper()
	commands := []string{
		"terraform -chdir=by-query init", "terraform -chdir=by-query query",
		"terraform -chdir=by-query query -generate-config-out=endpoints.tf", "terraform -chdir=by-query apply",
	}
	done := t.Run("query", func(t *testing.T) {
		defer leaveOutWhenSkipped(t, r, commands)
		acctest.Needs(t, acctest.Query)
		follow(t, r.w, importingGuide, "by-query/main.tf", "by-query/transcripts.tfquery.hcl")
		r.run(commands[0])
		r.run(commands[1])
		// The three endpoints that get the event type, but not the one whose filter excludes it.
		expectTexts(t, r.output, "https://speech.example.com/prosa-webhook", "https://speech.example.com/other", "https://speech.example.com/twice")
		r.run(commands[2])
		r.run(commands[3])
		expectTexts(t, r.output, "Resources: 3 imported, 0 added, 0 changed, 0 destroyed.")
		expectNoChanges(t, r.w, "-chdir=by-query")
	})
	if !done {
		t.FailNow()
	}
}

// TestImportingSaysWhichIDs: if a URL is registered twice, the import by URL fails and lists the ids to import by.
func TestImportingSaysWhichIDs(t *testing.T) {
	t.Parallel()
	e := importable(t)
	w := e.Workspace(nil)
	main := strings.ReplaceAll(fileOf(t, importingGuide, "one/main.tf"), "https://speech.example.com/prosa-webhook", "https://speech.example.com/twice")
	main = strings.ReplaceAll(main, `event_filters = ["stt.jobs.completed", "stt.jobs.failed"]`, "")
	w.Write("main.tf", main)
	w.Run("init")
	expectTexts(t, w.ExpectError("plan"), "More than one webhook endpoint", twiceID)
	for _, id := range []string{"https://speech.example.com/nowhere", "11111111-1111-4111-8111-111111111111"} {
		w.Write("main.tf", strings.Replace(main, `id = "https://speech.example.com/twice"`, `id = "`+id+`"`, 1))
		expectTexts(t, w.ExpectError("plan"), "No such webhook endpoint", id)
	}
	w.Write("main.tf", strings.Replace(main, `id = "https://speech.example.com/twice"`, `id = "`+twiceID+`"`, 1))
	expectTexts(t, w.Run("apply", "-auto-approve"), "Resources: 1 imported, 0 added, 0 changed, 0 destroyed.")
	expectNoChanges(t, w)
	e.ExpectWrites()
}

const twiceID = "497f6eca-6276-4993-bfeb-53cbbbba6f08" // as in the guide

// importable returns an account with four endpoints, two of which have the same URL.
func importable(t *testing.T) *acctest.Env {
	t.Helper()
	e := acctest.New(t)
	for _, there := range []sandbox.Endpoint{
		{URL: "https://speech.example.com/prosa-webhook", EventFilters: []string{"stt.jobs.completed", "stt.jobs.failed"}, SSLVerification: true},
		{URL: "https://speech.example.com/other"},
		{ID: twiceID, URL: "https://speech.example.com/twice", SSLVerification: true},
		{URL: "https://speech.example.com/twice", EventFilters: []string{"tts.job.failed"}, SSLVerification: true},
	} {
		e.Sandbox.AddEndpoint(there)
	}
	return e
}

// expectNoChanges fails if a plan has changes.
func expectNoChanges(t *testing.T, w *acctest.Workspace, chdir ...string) {
	t.Helper()
	expectTexts(t, w.Run(append(chdir, "plan", "-detailed-exitcode")...), "No changes.")
}

// leaveOutWhenSkipped skips the commands of a part that needs a newer CLI.
func leaveOutWhenSkipped(t *testing.T, r *reader, commands []string) {
	t.Helper()
	for _, command := range commands {
		if t.Skipped() {
			r.leavesOut(command)
		}
	}
}
