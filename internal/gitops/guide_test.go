//go:build unix

package gitops_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// shellBlock is what the guide has its reader run.
var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// testGuide follows the guide: its commands, in its order.
func testGuide(t *testing.T, state database) {
	guide, err := os.ReadFile("../../templates/guides/gitops.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	p := installed(t, state)
	first := p.checkout()
	first.run(0, "git init --quiet && git add --all")
	steps := []struct {
		line  string
		env   []string
		code  int
		says  []string
		wrote []string
	}{
		{
			line: "./pipeline.sh check", env: []string{"PROSA_API_KEY=", "PG_CONN_STR="},
			says: []string{"The configuration is valid", "Success! 3 passed, 0 failed"},
		},
		{line: "./pipeline.sh plan staging", code: 2, says: []string{"3 to add, 0 to change, 0 to destroy", "staging: there are changes"}},
		{line: "./pipeline.sh apply staging", says: []string{"3 added"}, wrote: []string{created, rotated, tested}},
		{line: "./pipeline.sh plan staging", says: []string{"No changes", "staging: no changes."}},
		{line: "./pipeline.sh nightly staging", says: []string{"no rotation is due"}},
	}
	var lines []string
	for _, block := range shellBlock.FindAllStringSubmatch(string(guide), -1) {
		lines = append(lines, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	take := []string{ // which is what checkout does
		"git clone --depth 1 https://github.com/prosa-ai/terraform-provider-prosa",
		"cp -R terraform-provider-prosa/examples/gitops webhooks",
		"cd webhooks",
	}
	if len(lines) != len(take)+len(steps) || !slices.Equal(lines[:len(take)], take) {
		t.Fatalf("the guide has other commands than this test follows: %q", lines)
	}
	lines = lines[len(take):]
	for i, step := range steps {
		if lines[i] != step.line {
			t.Fatalf("the guide has %q, and this test expects %q", lines[i], step.line)
		}
		expect(t, first.run(step.code, lines[i], step.env...), step.says...)
		if step.env != nil && len(p.e.Sandbox.Journal()) != 0 {
			t.Errorf("%s asked Prosa", step.line)
		}
		if i == 0 {
			testLeftToCommit(first)
		}
		p.wrote(step.wrote...)
	}
	if got, want := first.run(0, "git ls-files --others --exclude-standard"), "environments/production/.terraform.lock.hcl\nenvironments/staging/.terraform.lock.hcl\n"; got != want {
		t.Errorf("the guide has two files committed; git lists\n%s", got)
	}
	if state.state("production") != "" {
		t.Error("production has a state, and only staging was planned")
	}
	testCarriedPlan(t, p)
	staged := state.state("staging")
	p.first("production")
	if state.state("production") == "" || state.state("staging") != staged {
		t.Error("production should have a state of its own, beside that of staging")
	}
}

// testLeftToCommit looks at what git would have committed of the files that the check has left.
func testLeftToCommit(c checkout) {
	status := exec.Command("git", "-C", c.folder, "status", "--porcelain", "--untracked-files=all")
	init := exec.Command("git", "-C", c.folder, "init", "--quiet")
	if output, err := init.CombinedOutput(); err != nil {
		c.p.t.Fatalf("git: %v\n%s", err, output)
	}
	output, err := status.CombinedOutput()
	if err != nil {
		c.p.t.Fatalf("git: %v\n%s", err, output)
	}
	var locks []string
	for line := range strings.Lines(string(output)) {
		if line = strings.TrimSpace(line); strings.HasSuffix(line, ".terraform.lock.hcl") {
			locks = append(locks, strings.TrimPrefix(line, "?? "))
		}
	}
	if want := []string{"environments/production/.terraform.lock.hcl", "environments/staging/.terraform.lock.hcl"}; !slices.Equal(locks, want) {
		c.p.t.Errorf("git would commit the locks %q, want %q:\n%s", locks, want, output)
	}
	if strings.Contains(string(output), "/.terraform/") {
		c.p.t.Errorf("git would commit what the CLI has downloaded:\n%s", output)
	}
}

// testCarriedPlan applies a plan in another folder than it was made in, and tries to do so twice.
func testCarriedPlan(t *testing.T, p *project) {
	planned, applied, late := p.checkout(), p.checkout(), p.checkout()
	for _, c := range []checkout{planned, applied, late} { // the commit that the pipeline is about
		c.edit(file, filters, `["stt.jobs.completed"]`)
	}
	planned.run(2, "./pipeline.sh plan staging")
	expect(t, planned.read("plans/staging/plan.txt"), `- "stt.jobs.failed"`, "1 to add, 1 to change, 1 to destroy")
	p.wrote()
	applied.carry(planned, "staging")
	late.carry(planned, "staging")
	applied.run(0, "./pipeline.sh apply staging")
	p.wrote(updated, tested)
	if got := p.e.Only().EventFilters; len(got) != 1 || got[0] != "stt.jobs.completed" {
		t.Errorf("the plan was not applied: %q", got)
	}
	expect(t, applied.run(1, "./pipeline.sh apply staging"), "There is no saved plan for staging")
	expect(t, late.run(3, "./pipeline.sh apply staging"), "The plan for staging is stale", "Plan again")
	p.wrote()

	p.agrees(planned)
	applied.carry(planned, "staging")
	expect(t, applied.run(0, "./pipeline.sh apply staging"), "0 added, 0 changed, 0 destroyed") // a plan without changes
	p.wrote()
	p.agrees(applied)
}

// testVerifyingReceiver has a receiver that verifies signatures: it has to be told the key of a new endpoint, and accepts what
// is sent after a rotation by the key before.
func testVerifyingReceiver(t *testing.T, state database) {
	var known atomic.Value
	known.Store("")
	e := acctest.New(t, func(s *sandbox.Server) {
		s.Receiver = func(_ context.Context, r sandbox.DeliveryRequest) sandbox.DeliveryResult {
			sum := sha256.Sum256([]byte(known.Load().(string) + "." + string(r.Body)))
			if !strings.Contains(r.Headers["x-prosa-signature"], "v1="+hex.EncodeToString(sum[:])) {
				return sandbox.DeliveryResult{Status: http.StatusUnauthorized}
			}
			return sandbox.DeliveryResult{Status: http.StatusNoContent}
		}
	})
	p := newProject(t, e, e.Workspace(nil), state)
	c := p.checkout()
	c.run(2, "./pipeline.sh plan staging")
	expect(t, c.run(1, "./pipeline.sh apply staging"), "Test event was not accepted", "401")
	p.wrote(created, rotated, tested)

	keys := e.Only().Secrets
	known.Store(keys[len(keys)-1].Key)
	c.run(2, "./pipeline.sh plan staging")
	c.run(0, "./pipeline.sh apply staging")
	p.wrote(tested)
	p.agrees(c)

	e.Clock.Advance(31 * 24 * time.Hour)
	c.run(0, "./pipeline.sh nightly staging")
	p.wrote(rotated, tested)
}
