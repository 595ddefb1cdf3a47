//go:build unix

package guides_test

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestGitOpsGuide follows the guide with a real PostgreSQL, and then makes the pipeline fail: with a stale plan, a locked
// state, drift, and a receiver that is down. At the end, no output, state, plan or other file may contain a key.
func TestGitOpsGuide(t *testing.T) {
	t.Parallel()
	acctest.Program(t, "jq", "jq")
	database := startPostgres(t)
	var status atomic.Int64
	status.Store(http.StatusNoContent)
	e := acctest.New(t, func(s *sandbox.Server) { s.Receiver = statusReceiver(&status) })
	w := e.Installed("PROSA_API_KEY=")
	r := newReader(t, w, "gitops")
	p := &pipeline{t: t, env: e, reader: r, secrets: []string{acctest.APIKey, databasePassword}}
	r.skip("git clone --depth 1 https://github.com/prosa-ai/terraform-provider-prosa",
		"cp -R terraform-provider-prosa/examples/gitops webhooks", "cd webhooks")
	checkout(t, w.Folder)
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = w.Folder
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, output)
		}
		return string(output)
	}
	git("init", "--quiet")
	git("add", "--all")

	p.follow("./pipeline.sh check", 0, "The configuration is valid", "Success! 4 passed, 0 failed")
	if requests := e.Sandbox.RequestLog(); len(requests) > 0 {
		t.Errorf("the check sends requests: %v", requests)
	}
	const locks = "environments/production/.terraform.lock.hcl\nenvironments/staging/.terraform.lock.hcl\n"
	if untracked := git("ls-files", "--others", "--exclude-standard"); untracked != locks {
		t.Errorf("the new files are %q; the guide says to commit %q", untracked, locks)
	}

	p.use(w, w.Folder, database)
	w.Setenv("PROSA_API_KEY", acctest.APIKey)
	p.follow("./pipeline.sh plan staging", 2, "3 to add, 0 to change, 0 to destroy", "staging: there are changes")
	p.expectWrites()
	planned, applied := w.Folder, t.TempDir() // another CI job, which gets the plan as an artifact
	checkout(t, applied)
	if err := os.CopyFS(filepath.Join(applied, "plans"), os.DirFS(filepath.Join(planned, "plans"))); err != nil {
		t.Fatal(err)
	}
	w.Folder = applied
	p.follow("./pipeline.sh apply staging", 0, "3 added")
	p.expectWrites(sandbox.OpCreateEndpoint, sandbox.OpRotateSecret, sandbox.OpSendTestEvent)
	p.run("./pipeline.sh apply staging", 1, "There is no saved plan for staging")
	w.Folder = planned
	p.run("./pipeline.sh apply staging", 3, "The plan for staging is stale", "Nothing was done")
	p.follow("./pipeline.sh plan staging", 0, "No changes", "staging: no changes.")
	p.follow("./pipeline.sh nightly staging", 0, "no rotation is due")
	r.expectEnd()

	unlock := database.lock("prosa_webhooks_staging")
	p.run("./pipeline.sh plan staging", 1, "Error acquiring the state lock", "Another pipeline has the state of staging, and nothing was done")
	unlock()
	e.Sandbox.UpdateEndpoint(e.OnlyEndpoint().ID, func(e *sandbox.Endpoint) { e.EventFilters = []string{"stt.jobs.elsewhere"} })
	p.run("./pipeline.sh nightly staging", 2,
		"staging is not as in the repository, and nothing was done", "module.transcripts.prosa_webhook_endpoint.this: update")
	p.expectWrites()

	// The provider in this process has a clock that the test can advance.
	deliverBeforeWaiting(e)
	w = e.Workspace(nil)
	p.use(w, planned, database)
	const production = "environments/production/main.tf"
	environment := w.Read(production)
	w.Write(production, strings.Replace(environment, "  url ", "  send_test_event = false\n  url ", 1)) // the receiver has no key yet
	p.run("./pipeline.sh plan production", 2, "2 to add")
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Close: true})
	p.run("./pipeline.sh apply production", 0, "2 added")
	p.expectLostResponse()
	p.expectWrites(sandbox.OpCreateEndpoint, sandbox.OpRotateSecret)
	w.Write(production, environment)
	p.run("./pipeline.sh plan production", 2, "1 to add")
	status.Store(http.StatusServiceUnavailable)
	p.run("./pipeline.sh apply production", 1, "Test event was not accepted", "The apply for production failed")
	p.expectWrites(sandbox.OpSendTestEvent)
	status.Store(http.StatusNoContent)
	p.run("./pipeline.sh plan production", 2, "1 to add")
	p.run("./pipeline.sh apply production", 0, "1 added")
	p.expectWrites(sandbox.OpSendTestEvent)
	e.Clock.Advance(91 * day)
	p.run("./pipeline.sh nightly production", 0, "signing keys are due for rotation", "1 added, 1 changed, 1 destroyed")
	p.expectWrites(sandbox.OpRotateSecret, sandbox.OpSendTestEvent)

	dump := database.dump()
	if !strings.Contains(dump, "prosa_webhook_endpoint") {
		t.Error("the database does not contain the state")
	}
	p.expectNoSecrets("the database", dump)
	for _, folder := range []string{planned, applied} {
		err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				p.expectNoSecrets(file, content(t, file))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// checkout copies the example into a folder, without files left by manual runs.
func checkout(t *testing.T, folder string) {
	t.Helper()
	if err := os.CopyFS(folder, os.DirFS(pipelineFolder)); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"plans", "*/*/.terraform", "*/*/.terraform.lock.hcl"} {
		left, _ := filepath.Glob(filepath.Join(folder, pattern))
		for _, file := range left {
			if err := os.RemoveAll(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// pipeline is a team's repository and CI system.
type pipeline struct {
	t       *testing.T
	env     *acctest.Env
	reader  *reader
	secrets []string
}

// use switches the pipeline to a folder and the environment of a workspace.
func (p *pipeline) use(w *acctest.Workspace, folder string, state *postgres) {
	w.Folder = folder
	w.Setenv("TERRAFORM", acctest.TestedCLI(p.t).Path)
	w.Setenv("LOCK_TIMEOUT", "0s")
	w.Setenv("PG_CONN_STR", state.url())
	p.reader.w = w
}

// follow runs the guide's next command.
func (p *pipeline) follow(command string, code int, texts ...string) {
	p.t.Helper()
	p.reader.skip(command)
	p.run(command, code, texts...)
}

// run runs a command, which must exit with this code and print these texts, but no secrets.
func (p *pipeline) run(command string, code int, texts ...string) {
	p.t.Helper()
	got := 0
	if err := p.reader.shell(command); err != nil {
		exit := (*exec.ExitError)(nil)
		if !errors.As(err, &exit) {
			p.t.Fatalf("%s: %v", command, err)
		}
		got = exit.ExitCode()
	}
	if got != code {
		p.t.Fatalf("%s: exit code %d, want %d:\n%s", command, got, code, p.reader.output)
	}
	expectTexts(p.t, oneLine(p.reader.output), texts...)
	for _, endpoint := range p.env.Sandbox.Endpoints() {
		for _, secret := range endpoint.Secrets {
			p.secrets = append(p.secrets, secret.Key)
		}
	}
	p.expectNoSecrets(command, p.reader.output)
	plans, _ := filepath.Glob(filepath.Join(p.reader.w.Folder, "plans", "*", "plan.tfplan"))
	if len(plans) == 0 && strings.Contains(command, " plan ") && code == 2 { // there are changes
		p.t.Errorf("%s saved no plan", command)
	}
	for _, plan := range plans {
		p.expectNoSecrets(plan, acctest.Unzip(p.t, plan))
	}
}

// expectLostResponse checks that the requests that the guide shows for a lost response were sent, in this order.
func (p *pipeline) expectLostResponse() {
	p.t.Helper()
	var sent []string
	for _, request := range p.env.Sandbox.RequestLog() {
		path := request.Path
		for _, endpoint := range p.env.Sandbox.Endpoints() {
			path = strings.ReplaceAll(path, endpoint.ID, "{id}")
		}
		sent = append(sent, request.Method+" "+path)
	}
	left := sent
	for line := range strings.Lines(p.reader.textBlock("connection closed")) {
		at := -1
		if fields := strings.Fields(line); len(fields) >= 2 {
			at = slices.Index(left, fields[0]+" "+fields[1])
		}
		if at < 0 {
			p.t.Fatalf("the requests do not contain %q, which the guide shows next: %q", line, sent)
		}
		left = left[at+1:]
	}
}

// expectWrites checks the write requests since the last call.
func (p *pipeline) expectWrites(want ...sandbox.Operation) {
	p.t.Helper()
	var got []sandbox.Operation
	for _, request := range p.env.Writes() {
		got = append(got, request.Operation)
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("the write requests are %q, want %q", got, want)
	}
	p.env.Sandbox.ResetRequestLog()
}

func (p *pipeline) expectNoSecrets(where, text string) {
	p.t.Helper()
	for _, secret := range p.secrets {
		if strings.Contains(text, secret) {
			p.t.Errorf("%s contains the secret %s", where, secret)
		}
	}
}
