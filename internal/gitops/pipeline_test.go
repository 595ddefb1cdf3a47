//go:build unix

package gitops_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestMain(m *testing.M) {
	for _, variable := range os.Environ() { // of somebody's own database and CI system
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "PG") || slices.Contains([]string{"TERRAFORM", "LOCK_TIMEOUT", "PLANFILE"}, name) {
			_ = os.Unsetenv(name)
		}
	}
	acctest.Main(m)
}

// TestPipeline runs the pipeline's script as CI systems do: each job in a checkout of its own, the plans carried over.
func TestPipeline(t *testing.T) {
	t.Parallel()
	acctest.Program(t, "jq", "jq")
	server := startPostgres(t)
	for name, test := range map[string]func(*testing.T, database){
		"guide":           testGuide,
		"drifted_night":   testDriftedNight,
		"due_rotation":    testDueRotation,
		"failing":         testFailingReceiver,
		"verifying":       testVerifyingReceiver,
		"two_at_once":     testTwoAtOnce,
		"two_first_plans": testTwoFirstPlans,
	} {
		state := server.database(t, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state.t = t
			test(t, state)
		})
	}
}

// installed is a project whose CLI installs the provider.
func installed(t *testing.T, state database, configure ...func(*sandbox.Server)) *project {
	e := acctest.New(t, configure...)
	return newProject(t, e, e.Installed(), state)
}

// wrote checks and forgets which requests were made that could change something: method and path, {id} for the endpoint's.
func (p *project) wrote(want ...string) {
	p.t.Helper()
	var got []string
	for _, r := range p.e.Writes() {
		path := r.Path
		for _, endpoint := range p.e.Sandbox.Endpoints() {
			path = strings.ReplaceAll(path, endpoint.ID, "{id}")
		}
		got = append(got, r.Method+" "+path)
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("written: %q, want %q", got, want)
	}
	p.e.Sandbox.ResetJournal()
}

const (
	created = "POST /webhooks/endpoints"
	updated = "PUT /webhooks/endpoints/{id}"
	rotated = "POST /webhooks/endpoints/{id}/secret"
	tested  = "POST /webhooks/endpoints/{id}/test"
)

// expect checks that texts were printed, however the CLI wraps and frames them.
func expect(t *testing.T, output string, want ...string) {
	t.Helper()
	output = strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
	for _, text := range want {
		if !strings.Contains(output, text) {
			t.Errorf("it does not say %q:\n%s", text, output)
		}
	}
}

// first applies an environment for the first time.
func (p *project) first(environment string) {
	p.t.Helper()
	c := p.checkout()
	c.run(2, "./pipeline.sh plan "+environment)
	c.run(0, "./pipeline.sh apply "+environment)
	p.wrote(created, rotated, tested)
}

// agrees checks that the repository, the state and Prosa agree: there is nothing to plan.
func (p *project) agrees(c checkout) {
	p.t.Helper()
	expect(p.t, c.run(0, "./pipeline.sh plan staging"), "No changes", "staging: no changes.")
	p.wrote()
}

const (
	file    = "environments/staging/main.tf"
	filters = `["stt.jobs.completed", "stt.jobs.failed"]`
)

func testDriftedNight(t *testing.T, state database) {
	p := installed(t, state)
	p.first("staging")
	expect(t, p.checkout().run(0, "./pipeline.sh nightly staging"), "as in the repository, and no rotation is due")

	endpoint := p.e.Only()
	p.e.Sandbox.UpdateEndpoint(endpoint.ID, func(e *sandbox.Endpoint) { e.EventFilters = []string{"stt.jobs.elsewhere"} })
	night := p.checkout()
	expect(t, night.run(2, "./pipeline.sh nightly staging"),
		`- "stt.jobs.elsewhere"`, "staging is not as in the repository, and nothing was done",
		"module.transcripts.prosa_webhook_endpoint.this: update", "Somebody changed it elsewhere")
	p.wrote()

	day := p.checkout()
	day.run(2, "./pipeline.sh plan staging")
	day.run(0, "./pipeline.sh apply staging")
	p.wrote(updated, tested)
	if got := p.e.Only(); !slices.Equal(got.EventFilters, []string{"stt.jobs.completed", "stt.jobs.failed"}) || got.ID != endpoint.ID {
		t.Errorf("the endpoint was not mended: %+v", got)
	}
	p.agrees(p.checkout())
	p.checkout().run(0, "./pipeline.sh nightly staging")
	p.wrote()
}

// testDueRotation has the provider in this process, for its clock.
func testDueRotation(t *testing.T, state database) {
	e := acctest.New(t)
	p := newProject(t, e, e.Workspace(nil), state)
	p.first("staging")
	night := p.checkout()
	e.Clock.Advance(29 * 24 * time.Hour)
	expect(t, night.run(0, "./pipeline.sh nightly staging"), "no rotation is due")
	p.wrote()

	e.Clock.Advance(48 * time.Hour)
	expect(t, night.run(0, "./pipeline.sh nightly staging"), "signing keys are due for rotation",
		"module.transcripts.prosa_webhook_secret_rotation.this will be updated in-place", "1 changed")
	p.wrote(rotated, tested)
	if keys := e.Only().Secrets; len(keys) != 2 {
		t.Errorf("there should be the new key and, for the overlap, the one before: %d", len(keys))
	}
	p.agrees(night)
	expect(t, night.run(0, "./pipeline.sh nightly staging"), "no rotation is due")
	p.wrote()

	outputs := p.checkout()
	outputs.edit(file, "value = module.transcripts", "value = module.transcripts.endpoint_id")
	expect(t, outputs.run(2, "./pipeline.sh nightly staging"), "nothing was done", "only outputs, or test events")
	p.wrote()

	// A rotation that is due goes with no other change.
	e.Clock.Advance(31 * 24 * time.Hour)
	e.Sandbox.UpdateEndpoint(e.Only().ID, func(e *sandbox.Endpoint) { e.SSLVerification = false })
	expect(t, night.run(2, "./pipeline.sh nightly staging"), "nothing was done", "module.transcripts.prosa_webhook_endpoint.this: update")
	p.wrote()
	e.Sandbox.UpdateEndpoint(e.Only().ID, func(e *sandbox.Endpoint) { e.SSLVerification = true })

	// Nor does a change of the rotation that was merged and not applied, whether a rotation is due or not.
	merged := p.checkout()
	merged.edit("modules/speech-webhook/main.tf", "days = var.overlap_days", "days = var.overlap_days + 1")
	expect(t, merged.run(2, "./pipeline.sh nightly staging"), "nothing was done", "module.transcripts.prosa_webhook_secret_rotation.this: update")
	p.wrote()
	merged.edit(file, "event_filters", "answer_within = \"61s\"\n  event_filters")
	merged.edit("modules/speech-webhook/main.tf", "days = var.overlap_days + 1", "days = var.overlap_days")
	expect(t, merged.run(2, "./pipeline.sh nightly staging"), "nothing was done", "module.transcripts.prosa_webhook_test_event.this: delete, create")
	p.wrote()

	night.run(0, "./pipeline.sh nightly staging")
	p.wrote(rotated, tested)
	p.agrees(night)
}

func testFailingReceiver(t *testing.T, state database) {
	var status atomic.Int64
	status.Store(http.StatusServiceUnavailable)
	p := installed(t, state, func(s *sandbox.Server) {
		s.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			return sandbox.DeliveryResult{Status: int(status.Load())}
		}
	})
	c := p.checkout()
	c.run(2, "./pipeline.sh plan staging")
	// As in a job of a CI system, where what follows is not done: here production.
	expect(t, c.run(1, "set -e; ./pipeline.sh apply staging; ./pipeline.sh plan production"),
		"Test event was not accepted", "answered the test event with 503", "The apply for staging failed", "Mend what it says, then plan and apply again")
	p.wrote(created, rotated, tested)
	if state.state("production") != "" {
		t.Error("production was planned although staging had failed")
	}

	again := p.checkout()
	again.run(2, "./pipeline.sh plan staging")
	again.run(1, "./pipeline.sh apply staging")
	p.wrote(tested)
	status.Store(http.StatusNoContent)
	expect(t, again.run(2, "./pipeline.sh nightly staging"), "module.transcripts.prosa_webhook_test_event.this: create")
	p.wrote()
	again.run(2, "./pipeline.sh plan staging")
	again.run(0, "./pipeline.sh apply staging")
	p.wrote(tested)
	p.agrees(again)
}

// testTwoAtOnce has one pipeline come while another applies, which stays in its test event for as long as it takes.
func testTwoAtOnce(t *testing.T, state database) {
	arrived, answer := make(chan struct{}), make(chan struct{})
	var slow atomic.Bool
	p := installed(t, state, func(s *sandbox.Server) {
		s.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			if slow.CompareAndSwap(true, false) {
				close(arrived)
				<-answer
			}
			return sandbox.DeliveryResult{Status: http.StatusOK}
		}
	})
	release := sync.OnceFunc(func() { close(answer) })
	t.Cleanup(release)
	p.first("staging")
	one, two := p.checkout(), p.checkout()
	one.edit(file, filters, `["of.one"]`)
	two.edit(file, filters, `["of.two"]`)
	one.run(2, "./pipeline.sh plan staging")
	two.run(2, "./pipeline.sh plan staging")
	stale := p.checkout()
	stale.carry(two, "staging")

	slow.Store(true)
	applying := one.start("./pipeline.sh apply staging")
	applying.reaches(arrived, "sent its test event")
	expect(t, two.run(1, "./pipeline.sh apply staging", "LOCK_TIMEOUT=0s"),
		"Error acquiring the state lock", "Another pipeline has the state of staging, and nothing was done")
	waiting := two.start("./pipeline.sh plan staging")
	waiting.prints("Acquiring state lock")
	release()
	applying.ends(0)
	waiting.ends(2)
	p.wrote(updated, tested)
	expect(t, two.read("plans/staging/plan.txt"), `- "of.one"`, `+ "of.two"`)

	expect(t, stale.run(3, "./pipeline.sh apply staging"), "Saved plan is stale", "The plan for staging is stale", "Nothing was done")
	p.wrote()
	two.run(0, "./pipeline.sh apply staging")
	p.wrote(updated, tested)
	if got := p.e.Only().EventFilters; !slices.Equal(got, []string{"of.two"}) {
		t.Errorf("the endpoint should be as in the last plan that was applied: %q", got)
	}
	p.agrees(two)
	if got := serial(t, state.state("staging")); got < 3 {
		t.Errorf("the state should have been written by three applies: serial %d", got)
	}
}

// testTwoFirstPlans has two pipelines plan before there is a state.
func testTwoFirstPlans(t *testing.T, state database) {
	p := installed(t, state)
	one, two := p.checkout(), p.checkout()
	one.run(2, "./pipeline.sh plan staging")
	two.run(2, "./pipeline.sh plan staging")
	one.run(0, "./pipeline.sh apply staging")
	p.wrote(created, rotated, tested)
	expect(t, two.run(3, "./pipeline.sh apply staging"), "The plan for staging is stale")
	p.wrote()
	p.agrees(two)
}

func serial(t *testing.T, state string) int {
	t.Helper()
	var file struct{ Serial int }
	if err := json.Unmarshal([]byte(state), &file); err != nil {
		t.Fatal(err)
	}
	return file.Serial
}
