package provider_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// rotationRun is one run of the CLI: refresh, plan and apply.
type rotationRun struct {
	later   time.Duration  // since the previous run
	config  acctest.Object // besides endpoint_id and rotation_period
	partial acctest.Object // config as first planned, with unknown values; nil if all values are known
	unknown []string       // in the first plan; nil is not checked if the run creates the rotation
	during  time.Duration  // between plan and apply
	rotates int
	next    time.Duration // next_rotation_at, since the first run; 0: null
	warning string        // of the plan
}

// TestRotationOverSeveralRuns plans and applies several configurations of one rotation, one after another.
func TestRotationOverSeveralRuns(t *testing.T) {
	t.Parallel()
	when := func(value any) acctest.Object {
		return acctest.Object{"rotate_when_changed": acctest.Object{"v": value}, "store_secrets": true}
	}
	every := func(days any, hours int) acctest.Object {
		return acctest.Object{"rotate_every": acctest.Object{"days": days, "hours": hours}}
	}
	hourly := func(reason any) acctest.Object {
		return acctest.Object{"rotation_period": acctest.Object{"hours": 1}, "rotate_when_changed": reason}
	}
	whenAndEvery := func(value any) acctest.Object {
		return acctest.Object{"rotate_when_changed": acctest.Object{"v": value}, "rotate_every": acctest.Object{"days": 30}}
	}
	leak, another := acctest.Object{"reason": "leak"}, acctest.Object{"reason": "another leak"}
	rotating := []string{"previous_secrets_expire_at", "rotated_at", "secret_id", "secret_version"}
	scheduled := append([]string{"next_rotation_at"}, rotating...)
	perhaps := append([]string{"active", "rotation_due", "rotate_when_changed", "secret_key"}, rotating...)
	newSchedule := []string{"next_rotation_at", "rotate_every"}
	perhapsScheduled := append([]string{"active", "rotation_due", "rotate_every"}, scheduled...)
	for name, runs := range map[string][]rotationRun{
		"when changed": {
			{unknown: rotating, rotates: 1},
			{ // sets the map for the first time
				partial: acctest.Object{"rotate_when_changed": acctest.Object{"reason": acctest.Unknown}},
				config:  acctest.Object{"rotate_when_changed": leak}, unknown: []string{"rotate_when_changed"},
			},
			{config: hourly(leak)},
			{config: hourly(another), unknown: rotating, rotates: 1},
			{config: hourly(nil)},
		},
		"when changed, with an unknown value": {
			{config: when("a"), rotates: 1},
			{partial: when(acctest.Unknown), config: when("a"), unknown: perhaps},
			{partial: when(acctest.Unknown), config: when("b"), unknown: perhaps, rotates: 1},
			{partial: acctest.Object{"rotate_when_changed": acctest.Unknown, "store_secrets": true}, config: when("b"), unknown: perhaps},
		},
		"on schedule": {
			{config: every(30, 0), unknown: scheduled, rotates: 1, next: 30 * day},
			{later: 29 * day, config: every(30, 0), next: 30 * day},
			{later: day, config: every(29, 24), unknown: scheduled, rotates: 1, next: 60 * day},       // on time, same interval
			{later: 100 * day, config: every(30, 0), unknown: scheduled, rotates: 1, next: 150 * day}, // three intervals late
		},
		"on schedule, with the same interval in another form": {
			{config: every(30, 0), rotates: 1, next: 30 * day},
			{later: 40 * day, config: every(30, 0), unknown: scheduled, rotates: 1, next: 60 * day},
			{later: 10 * day, config: every(29, 24), next: 60 * day},
			{later: 10 * day, config: every(0, 30*24), unknown: scheduled, rotates: 1, next: 90 * day},
		},
		"on schedule, with an unknown value": {
			{config: whenAndEvery("a"), rotates: 1, next: 30 * day},
			{
				later: 30 * day, partial: whenAndEvery(acctest.Unknown), config: whenAndEvery("a"),
				unknown: append([]string{"rotate_when_changed"}, scheduled...), rotates: 1, next: 60 * day,
			},
		},
		"due between plan and apply, which applies the plan": {
			{config: every(30, 0), rotates: 1, next: 30 * day},
			{config: every(60, 0), during: 70 * day, next: 60 * day},
			{config: every(60, 0), unknown: scheduled, during: 70 * day, rotates: 1, next: 180 * day}, // once, though due twice
		},
		"changed schedule": {
			{rotates: 1},
			{config: every(10, 5), next: 10*day + 5*time.Hour},
			{later: 11 * day, config: every(20, 0), next: 20 * day},                                // due only by the old one
			{later: 11 * day, config: every(8, 0), unknown: scheduled, rotates: 1, next: 24 * day}, // due by both
			{later: 11 * day},                      // due, and no longer scheduled
			{config: every(12, 0), next: 34 * day}, // the last rotation was on day 22
			{config: every(9, 0), next: 31 * day, warning: "Rotation is overdue by this schedule"}, // the next run rotates
			{config: every(9, 0), unknown: scheduled, rotates: 1, next: 40 * day},
		},
		"changed schedule, with an unknown value": {
			{config: every(10, 1), rotates: 1, next: 10*day + time.Hour},
			{partial: every(acctest.Unknown, 1), config: every(10, 1), unknown: newSchedule, next: 10*day + time.Hour},
			{later: 11 * day, partial: every(acctest.Unknown, 1), config: every(90, 1), unknown: perhapsScheduled, next: 90*day + time.Hour},
			{partial: acctest.Object{"rotate_every": acctest.Unknown}, config: every(40, 1), unknown: newSchedule, next: 40*day + time.Hour},
		},
		"not on create": {
			{config: acctest.Object{"rotate_on_create": false}},
			{config: acctest.Object{"rotate_on_create": true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
				id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true}).ID
				var state *acctest.State
				start := e.Clock.Now()
				for n, run := range runs {
					state = run.do(t, fmt.Sprint("run ", n+1), e, id, start, state)
				}
			})
		})
	}
}

func (run rotationRun) do(t *testing.T, name string, e *acctest.Env, id string, start time.Time, state *acctest.State) *acctest.State {
	t.Helper()
	pause(t, run.later)
	e.Sandbox.ResetRequestLog()
	p, config := e.Configured(), rotationObject(id, run.config)
	if state != nil {
		state = p.MustRead(rotationType, state)
	}
	first := config
	if run.partial != nil {
		first = rotationObject(id, run.partial)
	}
	planned, problems := p.Plan(rotationType, state, first)
	if run.warning == "" {
		problems.ExpectNone(t)
	} else {
		problems.Expect(t, "warning", "rotate_every", run.warning)
	}
	unknown := unknownIn(planned.Attributes)
	if (state != nil || run.unknown != nil) && !slices.Equal(unknown, slices.Sorted(slices.Values(run.unknown))) {
		t.Errorf("%s: unknown in the plan: %q, want %q", name, unknown, run.unknown)
	}
	if run.partial != nil { // Terraform plans again when all values are known
		known := planned.Attributes
		for _, attribute := range unknown {
			delete(known, attribute)
		}
		planned = p.MustPlan(rotationType, state, config)
		expectObject(t, name+", second plan", planned.Attributes, known)
	}
	pause(t, run.during)
	after, problems := p.ApplyPlanned(rotationType, state, planned)
	if problems.Errors() > 0 {
		t.Fatal(problems)
	}
	var next any
	if run.next > 0 {
		next = start.Add(run.next).Format(time.RFC3339)
	}
	expectObject(t, name, after.Attributes, acctest.Object{"next_rotation_at": next, "secret_id": newest(e).ID})
	if got := e.Sandbox.Count(sandbox.OpRotateSecret); got != run.rotates {
		t.Errorf("%s: %d rotations, want %d", name, got, run.rotates)
	}
	if state != nil && (after.Attributes["secret_version"].(int64) > state.Attributes["secret_version"].(int64)) != (run.rotates > 0) {
		t.Errorf("%s: secret_version was %v and is %v", name, state.Attributes["secret_version"], after.Attributes["secret_version"])
	}
	if period := config["rotation_period"].(acctest.Object); run.rotates > 0 && period["hours"] != nil {
		e.ExpectWrites(rotateRequest(id, 0, 1))
	}
	if run.during == 0 && run.warning == "" {
		p = e.Configured()
		planned = p.MustPlan(rotationType, p.MustRead(rotationType, after), config)
		expectObject(t, name+", plan after the apply", planned.Attributes, after.Attributes)
	}
	return after
}

// unknownIn returns the sorted names of the attributes that are wholly or partly unknown.
func unknownIn(object acctest.Object) (names []string) {
	for name, value := range object {
		nested, _ := value.(acctest.Object)
		if value == acctest.Unknown || len(unknownIn(nested)) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestRotationVersionAfterReplacement replaces a rotation within the same second.
func TestRotationVersionAfterReplacement(t *testing.T) {
	acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
		p, config := e.Configured(), rotationObject(e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID, nil)
		first := p.MustApply(rotationType, nil, config)
		p.Destroy(rotationType, first).ExpectNone(t)
		second, _ := p.Apply(rotationType, nil, config) // warns of three active keys
		if was, is := first.Attributes["secret_version"].(int64), second.Attributes["secret_version"].(int64); is <= was {
			t.Errorf("secret_version was %d and is %d", was, is)
		}
	})
}

// TestRotationExpiryOfOlderKeys rotates a key whose expiry the API does not list, and then an endpoint without keys.
func TestRotationExpiryOfOlderKeys(t *testing.T) {
	acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
		e.Sandbox.Quirks.HideExpiry = true
		id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
		for _, expires := range []any{formatTime(e.Clock.Now().Add(3 * day)), nil} {
			state := e.Configured().MustApply(rotationType, nil, rotationObject(id, nil))
			expectObject(t, "rotation", state.Attributes, acctest.Object{"previous_secrets_expire_at": expires})
			e.Sandbox.UpdateEndpoint(id, func(e *sandbox.Endpoint) { e.Secrets = nil })
		}
	})
}

func TestRotationThatFailsKeepsTheState(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	p := e.Configured()
	config := func(n string) acctest.Object {
		return rotationObject(id, acctest.Object{"rotate_when_changed": acctest.Object{"n": n}})
	}
	state := p.MustApply(rotationType, nil, config("1"))
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Status: 403})
	kept, problems := p.Apply(rotationType, state, config("2"))
	problems.Expect(t, "error", "", "Unable to rotate", "PROSA_API_KEY")
	expectObject(t, "after the failure", kept.Attributes, state.Attributes)
	e.Clock.Advance(day)
	state, problems = p.Apply(rotationType, kept, config("2"))
	problems.Expect(t, "warning", "rotation_period")
	const secondsPerDay = 24 * 60 * 60 // secret_version is a Unix time
	expectObject(t, "on the next day", state.Attributes, acctest.Object{"secret_id": newest(e).ID})
	if was, is := kept.Attributes["secret_version"].(int64), state.Attributes["secret_version"].(int64); is < was+secondsPerDay {
		t.Errorf("secret_version was %d and is %d a day later", was, is)
	}
}
