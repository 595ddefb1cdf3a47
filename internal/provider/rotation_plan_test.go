package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// rotates are the checks of a plan that rotates in place.
func rotates(alsoUnknown ...string) resource.ConfigPlanChecks {
	unknown := append([]string{"secret_id", "secret_version", "rotated_at", "previous_secrets_expire_at"}, alsoUnknown...)
	return before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA, unknown...))
}

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
		e.Sandbox.ResetJournal()
	}
}

func TestRotationWhenChanged(t *testing.T) {
	e := acctest.New(t)
	secret := versions{e: e}
	when := func(m string) string { return rotation(threeDays + "\nrotate_when_changed = " + m) }
	quiet := before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA))
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: rotation(threeDays), PostApplyFunc: rotations(e, 1)},
		{Config: when(`{}`), ConfigPlanChecks: quiet, PostApplyFunc: rotations(e, 0)}, // set for the first time
		{
			Config:           when(`{ reason = "leak" }`),
			ConfigPlanChecks: rotates(),
			ConfigStateChecks: []statecheck.StateCheck{
				secret.rises(), attribute(rotationA, "secret_id", lazyText(func() string { return newest(e).ID })),
			},
			PostApplyFunc: func() {
				e.ExpectWrites(secretPath(e.Only().ID) + rotationBody)
				e.Sandbox.ResetJournal()
			},
		},
		{ // the period alone sends nothing
			Config:           rotation("rotation_period = { hours = 1 }\nrotate_when_changed = { reason = \"leak\" }"),
			ConfigPlanChecks: quiet,
			PostApplyFunc:    rotations(e, 0),
		},
		{ // and counts from the next rotation on
			Config:           rotation("rotation_period = { hours = 1 }\nrotate_when_changed = { reason = \"another leak\" }"),
			ConfigPlanChecks: rotates(),
			PostApplyFunc: func() {
				e.ExpectWrites(secretPath(e.Only().ID) + `{"rotation_period":{"days":0,"hours":1}}`)
				e.Sandbox.ResetJournal()
			},
		},
		{Config: rotation("rotation_period = { hours = 1 }"), ConfigPlanChecks: quiet, PostApplyFunc: rotations(e, 0)},
	}})
}

// later is a value that is not known while planning, and then value; another trigger makes it unknown again.
func later(value, trigger string) string {
	return "resource \"terraform_data\" \"later\" {\n  input = " + value + "\n  triggers_replace = " + trigger + "\n}\n"
}

func TestRotationWhenUnknown(t *testing.T) {
	e := acctest.New(t)
	secret := versions{e: e}
	config := func(value, trigger string) string {
		return later(value, trigger) + rotation(threeDays+"\nrotate_when_changed = { v = terraform_data.later.output }\nstore_secrets = true")
	}
	may := before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA, "rotate_when_changed", "secret_id", "secret_key",
		"secret_version", "rotated_at", "previous_secrets_expire_at", "rotation_due", "active"))
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: config(`"a"`, "1"), ConfigStateChecks: []statecheck.StateCheck{secret.rises()}, PostApplyFunc: rotations(e, 1)},
		{Config: config(`"a"`, "2"), ConfigPlanChecks: may, ConfigStateChecks: []statecheck.StateCheck{secret.stays()}, PostApplyFunc: rotations(e, 0)},
		{Config: config(`"b"`, "3"), ConfigPlanChecks: may, ConfigStateChecks: []statecheck.StateCheck{secret.rises()}, PostApplyFunc: rotations(e, 1)},
	}})
}

func TestRotationSchedule(t *testing.T) {
	e := acctest.New(t)
	secret := versions{e: e}
	config := rotation(threeDays + "\nrotate_every = { days = 30 }")
	var first time.Time // when it was first due
	next := func(intervals int) statecheck.StateCheck {
		return attribute(rotationA, "next_rotation_at", lazyText(func() string { return stamp(first.Add(time.Duration(intervals) * 30 * day)) }))
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{
			Config:           config,
			ConfigPlanChecks: before(plancheck.ExpectUnknownValue(rotationA, tfjsonpath.New("next_rotation_at"))),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute(rotationA, "rotated_at", knownvalue.StringFunc(func(got string) error {
					rotated, err := time.Parse(time.RFC3339, got)
					first = rotated.Add(30 * day)
					return err
				})),
				next(0),
			},
			PostApplyFunc: rotations(e, 1),
		},
		{ // not due yet
			PreConfig:        func() { e.Clock.Advance(29 * day) },
			Config:           config,
			ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
			PostApplyFunc:    rotations(e, 0),
		},
		{ // two days late; and much later still when the plan is applied
			PreConfig:         func() { e.Clock.Advance(3 * day) },
			Config:            config,
			ConfigPlanChecks:  rotates("next_rotation_at"),
			ConfigStateChecks: []statecheck.StateCheck{secret.rises(), next(1), attribute(rotationA, "rotation_due", knownvalue.Bool(false))},
			PostApplyFunc:     rotations(e, 1),
		},
		{ // three were missed: one makes up for them, in rhythm
			PreConfig:         func() { e.Clock.Advance(100 * day) },
			Config:            config,
			ConfigPlanChecks:  rotates("next_rotation_at"),
			ConfigStateChecks: []statecheck.StateCheck{secret.rises(), next(4)},
			PostApplyFunc:     rotations(e, 1),
		},
	}})
}

// TestRotationDueDuringApply has the time come between plan and apply: this apply keeps to its plan, the next plan rotates.
func TestRotationDueDuringApply(t *testing.T) {
	e := acctest.New(t)
	secret := versions{e: e}
	config := func(period string) string {
		return rotation("rotation_period = { days = " + period + " }\nrotate_every = { days = 30 }")
	}
	comes := acctest.Do(func() { e.Clock.Advance(40 * day) })
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: config("3"), PostApplyFunc: rotations(e, 1)},
		{
			Config:             config("2"),
			ConfigPlanChecks:   before(acctest.ExpectUnknown(rotationA), comes),
			PostApplyFunc:      rotations(e, 0),
			ExpectNonEmptyPlan: true,
		},
		{ // a rotation that was planned is made once, also when the next one is due by then
			Config:            config("2"),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: append(rotates("next_rotation_at").PreApply, comes)},
			ConfigStateChecks: []statecheck.StateCheck{secret.rises()},
			PostApplyFunc:     rotations(e, 1),
		},
	}})
}

// TestRotationScheduleChanges changes the interval of a rotation, due and not due, and takes it away.
func TestRotationScheduleChanges(t *testing.T) {
	e := acctest.New(t)
	secret := versions{e: e}
	config := func(every string) string { return rotation(threeDays + "\n" + every) }
	var rotated time.Time
	next := func(after time.Duration) statecheck.StateCheck {
		return attribute(rotationA, "next_rotation_at", lazyText(func() string { return stamp(rotated.Add(after)) }))
	}
	quiet := before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA))
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: config(""), ConfigStateChecks: []statecheck.StateCheck{
			attribute(rotationA, "rotated_at", knownvalue.StringFunc(func(got string) (err error) {
				rotated, err = time.Parse(time.RFC3339, got)
				return err
			})),
		}, PostApplyFunc: rotations(e, 1)},
		{Config: config("rotate_every = { days = 10, hours = 5 }"), ConfigPlanChecks: quiet, ConfigStateChecks: []statecheck.StateCheck{next(10*day + 5*time.Hour)}, PostApplyFunc: rotations(e, 0)},
		{ // due, but by another interval not yet
			PreConfig:         func() { e.Clock.Advance(11 * day) },
			Config:            config("rotate_every = { days = 20 }"),
			ConfigPlanChecks:  quiet,
			ConfigStateChecks: []statecheck.StateCheck{next(20 * day), attribute(rotationA, "rotation_due", knownvalue.Bool(false))},
			PostApplyFunc:     rotations(e, 0),
		},
		{ // due, and by a shorter interval all the more: in the rhythm of that
			PreConfig:         func() { e.Clock.Advance(11 * day) },
			Config:            config("rotate_every = { days = 8 }"),
			ConfigPlanChecks:  rotates("next_rotation_at"),
			ConfigStateChecks: []statecheck.StateCheck{secret.rises(), next(24 * day)},
			PostApplyFunc:     rotations(e, 1),
		},
		{ // due, and no longer scheduled
			PreConfig:         func() { e.Clock.Advance(11 * day) },
			Config:            config(""),
			ConfigPlanChecks:  quiet,
			ConfigStateChecks: []statecheck.StateCheck{attribute(rotationA, "next_rotation_at", knownvalue.Null()), secret.stays()},
			PostApplyFunc:     rotations(e, 0),
		},
	}})
}

// TestRotationScheduleUnknown has a rotation due whose interval only the apply knows.
func TestRotationScheduleUnknown(t *testing.T) {
	e := acctest.New(t)
	secret := versions{e: e}
	config := func(days, trigger string) string {
		return later(days, trigger) + rotation(threeDays+"\nrotate_every = { days = terraform_data.later.output, hours = 1 }")
	}
	advance := func() { e.Clock.Advance(11 * day) }
	may := before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA, "rotate_every", "secret_id", "secret_version",
		"rotated_at", "previous_secrets_expire_at", "next_rotation_at", "rotation_due", "active"))
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: config("10", "1"), PostApplyFunc: rotations(e, 1)},
		{Config: config("10", "2"), ConfigPlanChecks: before(acctest.ExpectUnknown(rotationA, "rotate_every", "next_rotation_at")), PostApplyFunc: rotations(e, 0)},
		{PreConfig: advance, Config: config("10", "3"), ConfigPlanChecks: may, ConfigStateChecks: []statecheck.StateCheck{secret.rises()}, PostApplyFunc: rotations(e, 1)},
		{PreConfig: advance, Config: config("90", "4"), ConfigPlanChecks: may, ConfigStateChecks: []statecheck.StateCheck{secret.stays()}, PostApplyFunc: rotations(e, 0)},
	}})
}

func TestRotationExpiryOfOlderKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		quirks sandbox.Quirks
		keys   int
		want   func(e *acctest.Env, rotatedAt time.Time) any
	}{
		"as the API says": {sandbox.Quirks{}, 1, func(e *acctest.Env, _ time.Time) any { return stamp(*e.Only().Secrets[0].ExpiredAt) }},
		"zoneless": {sandbox.Quirks{ZonelessTimes: true}, 1, func(e *acctest.Env, _ time.Time) any {
			return stamp(e.Only().Secrets[0].ExpiredAt.Truncate(time.Microsecond))
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

func TestRotationOfManyKeysWarns(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	p := e.Configured()
	state, problems := p.Apply(rotationType, nil, rotationObject(id, acctest.Object{"rotate_when_changed": acctest.Object{"n": "1"}}))
	problems.ExpectNone(t) // two keys
	first := state.Attributes["secret_version"].(int64)
	state, problems = p.Apply(rotationType, state, rotationObject(id, acctest.Object{"rotate_when_changed": acctest.Object{"n": "2"}}))
	problems.Expect(t, "warning", "rotation_period", "3 active signing keys")
	if len(e.Only().Secrets) != 3 || state.Attributes["secret_version"].(int64) <= first {
		t.Errorf("keys %v, state %v", e.Only().Secrets, state.Attributes)
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

// TestRotationAnswerLost has the connection break after the key was added.
func TestRotationAnswerLost(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Do: true, Close: true})
	state, problems := e.Configured().Apply(rotationType, nil, rotationObject(id, nil))
	problems.ExpectNone(t)
	if len(e.Writes()) != 1 || state.Attributes["secret_id"] != newest(e).ID {
		t.Errorf("writes %v, state %v", e.Writes(), state.Attributes)
	}
}

// TestRotationUndecided has nobody know whether the key was added: it is not sent again, and the error says what to do.
func TestRotationUndecided(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Vars["PROSA_REQUEST_TIMEOUT"] = "100ms" // it is looked for that long
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Status: http.StatusGatewayTimeout})
	state, problems := e.Configured().Apply(rotationType, nil, rotationObject(id, nil))
	problems.Expect(t, "error", "", "terraform state rm prosa_webhook_secret_rotation.NAME", "terraform import prosa_webhook_secret_rotation.NAME "+id)
	if state != nil || len(e.Writes()) != 1 {
		t.Errorf("state %v, writes %v", state, e.Writes())
	}
}

// TestRotationSharesAnswer reads an endpoint with its keys and two rotations of it: one request.
func TestRotationSharesAnswer(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	endpoint, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook, "store_secrets": true})
	problems.ExpectNone(t)
	rotation, problems := p.Apply(rotationType, nil, rotationObject(e.Only().ID, nil))
	problems.ExpectNone(t)
	e.Sandbox.ResetJournal()
	p.Read(endpointType, endpoint)
	p.Read(rotationType, rotation)
	p.Read(rotationType, rotation)
	if n := len(e.Sandbox.Journal()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestRotationVersionAfterReplacement replaces the rotation, and then its endpoint, at once: a store that follows
// secret_version must be given the key again each time.
func TestRotationVersionAfterReplacement(t *testing.T) {
	e := acctest.New(t)
	secret := versions{e: e}
	config := func(key string) string {
		return endpoint("url = \"https://example.com/hook\"\nsecret_key = \""+key+"\"") + rotationOf("prosa_webhook_endpoint.a.id", threeDays)
	}
	rises := []statecheck.StateCheck{secret.rises()}
	replaced := before(expectAction(rotationA, replace))
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: config("one"), ConfigStateChecks: rises, PostApplyFunc: rotations(e, 1)},
		{Config: config("one"), Taint: []string{rotationA}, ConfigPlanChecks: replaced, ConfigStateChecks: rises, PostApplyFunc: rotations(e, 1)},
		{Config: config("two"), ConfigPlanChecks: replaced, ConfigStateChecks: rises, PostApplyFunc: rotations(e, 1)},
		{
			PreConfig: func() {
				e.Sandbox.RemoveEndpoint(e.Only().ID)
				e.Clock.Advance(time.Minute)
			},
			Config: config("two"), ConfigPlanChecks: before(expectAction(rotationA, create)), ConfigStateChecks: rises, PostApplyFunc: rotations(e, 1),
		},
	}})
}

// TestRotationOfOldVersion has a state from when versions were counted from 1.
func TestRotationOfOldVersion(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true}).ID
	w := e.Workspace(nil)
	version := func() any { return w.State()[rotationA].Attributes["secret_version"] }
	w.Write("main.tf", withSource+rotationOf(`"`+id+`"`, threeDays+"\nrotate_when_changed = { n = 1 }"))
	w.Run("apply", "-auto-approve")
	w.Write("terraform.tfstate", regexp.MustCompile(`"secret_version": ?[^,]*`).ReplaceAllString(w.Read("terraform.tfstate"), `"secret_version": 3`))
	w.Run("plan", "-detailed-exitcode")
	if got := version(); got != 3.0 {
		t.Errorf("without a rotation the version is %v", got)
	}
	w.Write("main.tf", withSource+rotationOf(`"`+id+`"`, threeDays+"\nrotate_when_changed = { n = 2 }"))
	w.Run("apply", "-auto-approve")
	if got, ok := version().(float64); !ok || got < 1e9 {
		t.Errorf("after a rotation the version is %v", version())
	}
}

// TestRotationOverdueByNewSchedule returns a rotation a schedule that it is overdue by: the plan says that the next run
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
