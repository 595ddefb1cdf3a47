//go:build unix

package guides_test

import (
	"context"
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

// TestGitOpsGuide follows the guide with a real PostgreSQL, and then makes the pipeline fail: with a stale plan, a
// state that another pipeline has locked, an endpoint that was changed elsewhere, and a receiver that does not respond.
// In the end, no key may be in the output, the state, the plans or any other file.
func TestGitOpsGuide(t *testing.T) {
	t.Parallel()
	acctest.Program(t, "jq", "jq")
	database := startPostgres(t)
	var status atomic.Int64
	status.Store(http.StatusNoContent)
	e := acctest.New(t, func(s *sandbox.Server) {
		s.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			return sandbox.DeliveryResult{Status: int(status.Load())}
		}
	})
	p := &pipeline{env: e, w: e.Installed("PROSA_API_KEY="), keys: []string{acctest.APIKey, password}}
	p.reader = readerOf(t, p.w, "gitops")
	p.reader.leavesOut("git clone --depth 1 https://github.com/prosa-ai/terraform-provider-prosa")
	p.reader.leavesOut("cp -R terraform-provider-prosa/examples/gitops webhooks")
	p.reader.leavesOut("cd webhooks")
	checkout(t, p.w.Folder)
	git := exec.CommandContext(t.Context(), "sh", "-c", "git init --quiet && git add --all")
	git.Dir = p.w.Folder
	if output, err := git.CombinedOutput(); err != nil {
		t.Fatalf("git: %v\n%s", err, output)
	}

	p.follows("./pipeline.sh check", 0, "The configuration is valid", "Success! 4 passed, 0 failed")
	if len(e.Sandbox.RequestLog()) > 0 {
		t.Error("the check sent requests to Prosa")
	}
	git = exec.CommandContext(t.Context(), "git", "ls-files", "--others", "--exclude-standard")
	git.Dir = p.w.Folder
	locks, err := git.CombinedOutput()
	if want := "environments/production/.terraform.lock.hcl\nenvironments/staging/.terraform.lock.hcl\n"; err != nil || string(locks) != want {
		t.Errorf("git lists %q (%v); the guide says to commit %q", locks, err, want)
	}

	p.use(p.w, p.w.Folder, database)
	p.w.Setenv("PROSA_API_KEY", acctest.APIKey)
	p.follows("./pipeline.sh plan staging", 2, "3 to add, 0 to change, 0 to destroy", "staging: there are changes")
	p.wrote()
	planned := p.w.Folder
	applied := t.TempDir() // another job of the CI system, which gets the plan as an artefact
	checkout(t, applied)
	if err := os.CopyFS(filepath.Join(applied, "plans"), os.DirFS(filepath.Join(planned, "plans"))); err != nil {
		t.Fatal(err)
	}
	p.w.Folder = applied
	p.follows("./pipeline.sh apply staging", 0, "3 added")
	p.wrote(created, rotated, tested)
	p.runs("./pipeline.sh apply staging", 1, "There is no saved plan for staging")
	p.w.Folder = planned
	p.runs("./pipeline.sh apply staging", 3, "The plan for staging is stale", "Nothing was done")
	p.follows("./pipeline.sh plan staging", 0, "No changes", "staging: no changes.")
	p.follows("./pipeline.sh nightly staging", 0, "no rotation is due")
	p.reader.ends()

	unlock := database.lock(t, "prosa_webhooks_staging")
	p.runs("./pipeline.sh plan staging", 1, "Error acquiring the state lock", "Another pipeline has the state of staging, and nothing was done")
	unlock()
	e.Sandbox.UpdateEndpoint(e.OnlyEndpoint().ID, func(e *sandbox.Endpoint) { e.EventFilters = []string{"stt.jobs.elsewhere"} })
	p.runs("./pipeline.sh nightly staging", 2, "staging is not as in the repository, and nothing was done", "module.transcripts.prosa_webhook_endpoint.this: update")
	p.wrote()

	// The provider in this process has a clock that the test can advance.
	deliverBeforeWaiting(e)
	p.use(e.Workspace(nil), planned, database)
	const production = "environments/production/main.tf"
	environment := p.w.Read(production)
	p.w.Write(production, strings.Replace(environment, "  url ", "  send_test_event = false\n  url ", 1)) // the receiver has no key yet
	p.runs("./pipeline.sh plan production", 2, "2 to add")
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Close: true})
	p.runs("./pipeline.sh apply production", 0, "2 added")
	p.expectLost()
	p.wrote(created, rotated)
	p.w.Write(production, environment)
	p.runs("./pipeline.sh plan production", 2, "1 to add")
	status.Store(http.StatusServiceUnavailable)
	p.runs("./pipeline.sh apply production", 1, "Test event was not accepted", "The apply for production failed")
	p.wrote(tested)
	status.Store(http.StatusNoContent)
	p.runs("./pipeline.sh plan production", 2, "1 to add")
	p.runs("./pipeline.sh apply production", 0, "1 added")
	p.wrote(tested)
	e.Clock.Advance(91 * day)
	p.runs("./pipeline.sh nightly production", 0, "signing keys are due for rotation", "1 added, 1 changed, 1 destroyed")
	p.wrote(rotated, tested)

	p.noKeys("the database", database.dump(t))
	for _, folder := range []string{planned, applied} {
		err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				p.noKeys(file, content(t, file))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// The requests that a pipeline makes.
const (
	created = "POST /webhooks/endpoints"
	rotated = "POST /webhooks/endpoints/{id}/secret"
	tested  = "POST /webhooks/endpoints/{id}/test"
)

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
	env    *acctest.Env
	w      *acctest.Workspace
	reader *reader
	keys   []string // must not be shown or stored
}

// use switches the pipeline to a folder and the environment of a workspace.
func (p *pipeline) use(w *acctest.Workspace, folder string, state *postgres) {
	w.Folder = folder
	w.Setenv("TERRAFORM", acctest.TestedCLI(p.reader.t).Path)
	w.Setenv("LOCK_TIMEOUT", "0s")
	w.Setenv("PG_CONN_STR", state.url())
	p.w, p.reader.w = w, w
}

// follows runs the guide's next command.
func (p *pipeline) follows(command string, code int, says ...string) {
	p.reader.t.Helper()
	p.reader.leavesOut(command)
	p.runs(command, code, says...)
}

// runs runs a command that must end with this exit code and print these texts.
func (p *pipeline) runs(command string, code int, says ...string) {
	t := p.reader.t
	t.Helper()
	p.reader.commands = append([]string{command}, p.reader.commands...)
	err := p.reader.try(command)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	}
	if got != code {
		t.Fatalf("%s: exit code %d, want %d:\n%s", command, got, code, p.reader.output)
	}
	expectTexts(t, oneLine(p.reader.output), says...)
	for _, endpoint := range p.env.Sandbox.Endpoints() {
		for _, secret := range endpoint.Secrets {
			if !slices.Contains(p.keys, secret.Key) {
				p.keys = append(p.keys, secret.Key)
			}
		}
	}
	p.noKeys(command, p.reader.output)
	plans, _ := filepath.Glob(filepath.Join(p.w.Folder, "plans", "*", "plan.tfplan"))
	for _, plan := range plans {
		p.noKeys(plan, acctest.Unzip(t, plan))
	}
}

// expectLost checks that these requests were sent, in this order: those that the guide shows for a lost response.
func (p *pipeline) expectLost() {
	t := p.reader.t
	t.Helper()
	var sent []string
	for _, r := range p.env.Sandbox.RequestLog() {
		path := r.Path
		for _, endpoint := range p.env.Sandbox.Endpoints() {
			path = strings.ReplaceAll(path, endpoint.ID, "{id}")
		}
		sent = append(sent, r.Method+" "+path)
	}
	_, after, found := strings.Cut(guideText(t, "gitops"), "\n## When a response is lost\n")
	shown := textBlock.FindStringSubmatch(after)
	if !found || shown == nil {
		t.Fatal("the guide shows no lost response")
	}
	left := sent
	for line := range strings.Lines(shown[1]) {
		fields := strings.Fields(line)
		at := slices.Index(left, fields[0]+" "+fields[1])
		if at < 0 {
			t.Fatalf("the guide shows %q next, and the requests were %q", line, sent)
		}
		left = left[at+1:]
	}
}

// wrote checks the write requests since the last call.
func (p *pipeline) wrote(want ...string) {
	p.reader.t.Helper()
	var got []string
	for _, r := range p.env.Writes() {
		path := r.Path
		for _, endpoint := range p.env.Sandbox.Endpoints() {
			path = strings.ReplaceAll(path, endpoint.ID, "{id}")
		}
		got = append(got, r.Method+" "+path)
	}
	if !slices.Equal(got, want) {
		p.reader.t.Errorf("written: %q, want %q", got, want)
	}
	p.env.Sandbox.ResetRequestLog()
}

func (p *pipeline) noKeys(where, text string) {
	p.reader.t.Helper()
	for _, key := range p.keys {
		if strings.Contains(text, key) {
			p.reader.t.Errorf("%s has the key %s", where, key)
		}
	}
}
