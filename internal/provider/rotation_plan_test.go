package provider_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// versions follow the secret_version of a rotation through the steps of a case.
type versions struct {
	e    *acctest.Env
	last int64
}

// rises checks that it is about the Unix time, and greater than before.
func (v *versions) rises() statecheck.StateCheck {
	return v.check(func(n int64) bool { return n > v.last && v.e.Clock.Now().Unix()-n < 60 })
}

func (v *versions) stays() statecheck.StateCheck {
	return v.check(func(n int64) bool { return n == v.last })
}

func (v *versions) check(ok func(int64) bool) statecheck.StateCheck {
	return attribute(rotationA, "secret_version", knownvalue.Int64Func(func(n int64) error {
		if !ok(n) {
			return fmt.Errorf("it is %d after %d, and the time is %d", n, v.last, v.e.Clock.Now().Unix())
		}
		v.last = n
		return nil
	}))
}

// rotations fails the test unless this many were made since it was last asked.
func rotations(e *acctest.Env, want int) func() {
	return func() {
		e.T.Helper()
		if got := e.Sandbox.Count(sandbox.OpRotateSecret); got != want {
			e.T.Errorf("%d rotations, want %d", got, want)
		}
		e.Sandbox.ResetRequestLog()
	}
}

// rotates are the attributes that a plan to rotate leaves unknown, and may those of a plan that may.
var (
	rotates = []string{"previous_secrets_expire_at", "rotated_at", "secret_id", "secret_version"}
	may     = append([]string{"active", "next_rotation_at", "rotation_due"}, rotates...)
)

// rotationRun is a run of the CLI: refresh, plan and apply.
type rotationRun struct {
	later   time.Duration  // after the run before
	config  acctest.Object // beside endpoint and period
	first   acctest.Object // config as it was first planned, when not all of it was known
	unknown []string       // in the plan; the first run is not checked
	during  time.Duration  // between plan and apply
	rotates int
	next    time.Duration // next_rotation_at, counted from the first run; 0: null
}

// TestRotationRuns has rotations that are told to rotate, and scheduled ones, run after run.
func TestRotationRuns(t *testing.T) {
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
	leak, another := acctest.Object{"reason": "leak"}, acctest.Object{"reason": "another leak"}
	on := func(names []string, more ...string) []string { return append(more, names...) }
	const h = time.Hour
	for name, runs := range map[string][]rotationRun{
		"when changed": {
			{rotates: 1},
			{config: acctest.Object{"rotate_when_changed": acctest.Object{}}}, // for the first time
			{config: acctest.Object{"rotate_when_changed": leak}, unknown: rotates, rotates: 1},
			{config: hourly(leak)},
			{config: hourly(another), unknown: rotates, rotates: 1},
			{config: hourly(nil)},
		},
		"when changed, perhaps": {
			{config: when("a"), rotates: 1},
			{first: when(acctest.Unknown), config: when("a"), unknown: on(rotates, "active", "rotation_due", "rotate_when_changed", "secret_key")},
			{first: when(acctest.Unknown), config: when("b"), unknown: on(rotates, "active", "rotation_due", "rotate_when_changed", "secret_key"), rotates: 1},
		},
		"on schedule": {
			{config: every(30, 0), rotates: 1, next: 30 * day},
			{later: 29 * day, config: every(30, 0), next: 30 * day},
			{later: 3 * day, config: every(30, 0), unknown: on(rotates, "next_rotation_at"), rotates: 1, next: 60 * day},    // two days late
			{later: 100 * day, config: every(30, 0), unknown: on(rotates, "next_rotation_at"), rotates: 1, next: 150 * day}, // makes up for three
		},
		"due between plan and apply, which does what was planned": {
			{config: every(30, 0), rotates: 1, next: 30 * day},
			{config: every(60, 0), during: 70 * day, next: 60 * day},
			{config: every(60, 0), unknown: on(rotates, "next_rotation_at"), during: 70 * day, rotates: 1, next: 180 * day}, // once, though due twice
		},
		"another schedule": {
			{rotates: 1},
			{config: every(10, 5), next: 10*day + 5*h},
			{later: 11 * day, config: every(20, 0), next: 20 * day},                                                      // due, but not by this one
			{later: 11 * day, config: every(8, 0), unknown: on(rotates, "next_rotation_at"), rotates: 1, next: 24 * day}, // due by both
			{later: 11 * day}, // due, and no longer scheduled
		},
		"another schedule, perhaps": {
			{config: every(10, 1), rotates: 1, next: 10*day + h},
			{first: every(acctest.Unknown, 1), config: every(10, 1), unknown: []string{"next_rotation_at", "rotate_every"}, next: 10*day + h},
			{later: 11 * day, first: every(acctest.Unknown, 1), config: every(10, 1), unknown: on(may, "rotate_every"), rotates: 1, next: 20*day + 2*h},
			{later: 11 * day, first: every(acctest.Unknown, 1), config: every(90, 1), unknown: on(may, "rotate_every"), next: 101*day + h},
		},
		"not on create": {
			{config: acctest.Object{"rotate_on_create": false}},
			{config: acctest.Object{"rotate_on_create": true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t)
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true}).ID
			var state *acctest.State
			start := e.Clock.Now()
			for n, run := range runs {
				state = run.do(t, fmt.Sprint(name, ", run ", n+1), e, id, start, state)
			}
		})
	}
}

func (run rotationRun) do(t *testing.T, name string, e *acctest.Env, id string, start time.Time, state *acctest.State) *acctest.State {
	t.Helper()
	e.Clock.Advance(run.later)
	e.Sandbox.ResetRequestLog()
	p, config := e.Configured(), rotationObject(id, run.config)
	if state != nil {
		read, problems := p.Read(rotationType, state)
		problems.ExpectNone(t)
		state = read
	}
	first := config
	if run.first != nil {
		first = rotationObject(id, run.first)
	}
	planned, problems := p.Plan(rotationType, state, first)
	problems.ExpectNone(t)
	unknown := unknownIn(planned.Attributes)
	if want := slices.Sorted(slices.Values(run.unknown)); state != nil && !slices.Equal(unknown, want) {
		t.Errorf("%s: unknown in the plan: %q, want %q", name, unknown, want)
	}
	if run.first != nil { // Terraform plans again when it knows the rest
		known := planned.Attributes
		for _, attribute := range unknown {
			delete(known, attribute)
		}
		planned, problems = p.Plan(rotationType, state, config)
		problems.ExpectNone(t)
		expectObject(t, name+", second plan", planned.Attributes, known)
	}
	e.Clock.Advance(run.during)
	after, problems := p.ApplyPlanned(rotationType, state, planned)
	if problems.Errors() > 0 {
		t.Fatal(problems)
	}
	var want any
	if run.next > 0 {
		want = start.Add(run.next)
	}
	if got := e.Sandbox.Count(sandbox.OpRotateSecret); got != run.rotates || !isAbout(after.Attributes["next_rotation_at"], want) {
		t.Errorf("%s: %d rotations, want %d; the next one at %v, want %v", name, got, run.rotates, after.Attributes["next_rotation_at"], want)
	}
	if after.Attributes["secret_id"] != newest(e).ID {
		t.Errorf("%s: the state has the key %v", name, after.Attributes["secret_id"])
	}
	if state != nil && (after.Attributes["secret_version"].(int64) > state.Attributes["secret_version"].(int64)) != (run.rotates > 0) {
		t.Errorf("%s: the version was %v and is %v", name, state.Attributes["secret_version"], after.Attributes["secret_version"])
	}
	if period := config["rotation_period"].(acctest.Object); run.rotates > 0 && period["hours"] != nil {
		e.ExpectWrites(secretPath(id) + `{"rotation_period":{"days":0,"hours":1}}`)
	}
	if run.during == 0 { // nothing is left to do
		read, problems := e.Configured().Read(rotationType, after)
		problems.ExpectNone(t)
		planned, problems := p.Plan(rotationType, read, config)
		problems.ExpectNone(t)
		expectObject(t, name+", plan after it", planned.Attributes, after.Attributes)
	}
	return after
}

// unknownIn returns the attributes that are wholly or in part unknown.
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

// isAbout says whether a text is a time, give or take a minute; or null, if that is wanted.
func isAbout(got, want any) bool {
	at, isTime := want.(time.Time)
	if !isTime {
		return got == nil
	}
	parsed, err := time.Parse(time.RFC3339, fmt.Sprint(got))
	return err == nil && parsed.Sub(at).Abs() < time.Minute
}

// TestRotationVersionAfterReplacement replaces a rotation within a second.
func TestRotationVersionAfterReplacement(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p, config := e.Configured(), rotationObject(e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID, nil)
	state, problems := p.Apply(rotationType, nil, config)
	problems.ExpectNone(t)
	p.Destroy(rotationType, state).ExpectNone(t)
	again, _ := p.Apply(rotationType, nil, config)
	if was, is := state.Attributes["secret_version"].(int64), again.Attributes["secret_version"].(int64); is <= was {
		t.Errorf("the version was %d and is %d", was, is)
	}
}

func TestRotationExpiryOfOlderKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		quirks sandbox.Quirks
		keys   int
		want   func(e *acctest.Env, rotatedAt time.Time) any
	}{
		"as the API says": {sandbox.Quirks{}, 1, func(e *acctest.Env, _ time.Time) any { return stamp(*e.OnlyEndpoint().Secrets[0].ExpiredAt) }},
		"zoneless": {sandbox.Quirks{ZonelessTimes: true}, 1, func(e *acctest.Env, _ time.Time) any {
			return stamp(e.OnlyEndpoint().Secrets[0].ExpiredAt.Truncate(time.Microsecond))
		}},
		"the API is silent": {sandbox.Quirks{HideExpiry: true}, 1, func(_ *acctest.Env, at time.Time) any { return stamp(at.Add(3 * day)) }},
		"no older key":      {sandbox.Quirks{}, 0, func(*acctest.Env, time.Time) any { return nil }},
	} {
		e := acctest.New(t, func(s *sandbox.Server) { s.Quirks = c.quirks })
		id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
		e.Sandbox.UpdateEndpoint(id, func(e *sandbox.Endpoint) { e.Secrets = e.Secrets[:c.keys] })
		state, problems := e.Configured().Apply(rotationType, nil, rotationObject(id, nil))
		problems.ExpectNone(t)
		rotatedAt, err := time.Parse(time.RFC3339, fmt.Sprint(state.Attributes["rotated_at"]))
		if got, want := state.Attributes["previous_secrets_expire_at"], c.want(e, rotatedAt); err != nil || got != want {
			t.Errorf("%s: previous_secrets_expire_at is %v, want %v (%v)", name, got, want, err)
		}
	}
}

// TestRotationFailed has a rotation fail: nothing of it is in the state, and the next apply rotates.
func TestRotationFailed(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	p := e.Configured()
	told := func(n string) acctest.Object {
		return rotationObject(id, acctest.Object{"rotate_when_changed": acctest.Object{"n": n}})
	}
	state, problems := p.Apply(rotationType, nil, told("1"))
	problems.ExpectNone(t)
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Status: 403, Body: `{"status":"forbidden","message":"no"}`})
	kept, problems := p.Apply(rotationType, state, told("2"))
	problems.Expect(t, "error", "", "Unable to rotate", "forbidden", "PROSA_API_KEY")
	expectObject(t, "after a failure", kept.Attributes, state.Attributes)
	state, problems = p.Apply(rotationType, kept, told("2"))
	problems.Expect(t, "warning", "rotation_period")
	if state.Attributes["secret_version"].(int64) <= kept.Attributes["secret_version"].(int64) || state.Attributes["secret_id"] != newest(e).ID {
		t.Errorf("state %v", state.Attributes)
	}
}

// TestRotationSharesAnswer reads an endpoint with its keys and two rotations of it: one request.
func TestRotationSharesAnswer(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	endpoint, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook, "store_secrets": true})
	problems.ExpectNone(t)
	rotation, problems := p.Apply(rotationType, nil, rotationObject(e.OnlyEndpoint().ID, nil))
	problems.ExpectNone(t)
	e.Sandbox.ResetRequestLog()
	p.Read(endpointType, endpoint)
	p.Read(rotationType, rotation)
	p.Read(rotationType, rotation)
	if n := len(e.Sandbox.RequestLog()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestRotationOverdueByNewSchedule gives a rotation a schedule that it is overdue by: the plan says that the next run
// rotates, which it does.
func TestRotationOverdueByNewSchedule(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	every := func(days int) acctest.Object {
		return rotationObject(id, acctest.Object{"rotate_every": acctest.Object{"days": days}})
	}
	run := func(state *acctest.State, config acctest.Object) (*acctest.State, acctest.Diagnostics) {
		p := e.Configured()
		state, problems := p.Read(rotationType, state)
		problems.ExpectNone(t)
		return p.Apply(rotationType, state, config)
	}
	state, problems := e.Configured().Apply(rotationType, nil, rotationObject(id, nil))
	problems.ExpectNone(t)
	e.Clock.Advance(10 * day)
	state, problems = run(state, every(11))
	problems.ExpectNone(t)
	state, problems = run(state, every(9))
	problems.Expect(t, "warning", "rotate_every", "Rotation is overdue by this schedule", "the next plan rotates the key")
	_, problems = e.Configured().Plan(rotationType, state, every(8)) // without a refresh, nobody knows the time
	problems.ExpectNone(t)
	rotations(e, 1)()
	state, problems = run(state, every(9))
	problems.ExpectNone(t)
	rotations(e, 1)()
	if due := state.Attributes["rotation_due"]; due != false {
		t.Errorf("after the rotation, rotation_due is %v", due)
	}
}
