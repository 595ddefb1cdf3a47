package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// rotation is a configuration of an endpoint and of its rotation with these arguments.
func rotation(arguments string) string {
	return configHook + rotationOf("prosa_webhook_endpoint.a.id", arguments)
}

// rotationOf is a configuration of prosa_webhook_secret_rotation.a with these arguments.
func rotationOf(endpointID, arguments string) string {
	return `
resource "prosa_webhook_secret_rotation" "a" {
  endpoint_id = ` + endpointID + `
  ` + arguments + `
}
`
}

const (
	threeDays    = `rotation_period = { days = 3 }`
	rotationBody = `{"rotation_period":{"days":3,"hours":0}}`
)

func secretPath(id string) string { return "POST /webhooks/endpoints/" + id + "/secret " }

// newest is the key that was made last.
func newest(e *acctest.Env) sandbox.Secret {
	secrets := e.OnlyEndpoint().Secrets
	return secrets[len(secrets)-1]
}

// TestRotationLifecycle rotates on create, when told, on schedule, and for an endpoint that was replaced.
func TestRotationLifecycle(t *testing.T) {
	e := acctest.New(t)
	secret := versions{e: e}
	var rotatedAt time.Time
	stored := "\nstore_secrets = true\nrotate_when_changed = { reason = "
	newKey := attribute(rotationA, "secret_id", lazyText(func() string { return newest(e).ID }))
	noKeyInState := func() {
		for _, s := range e.OnlyEndpoint().Secrets {
			if strings.Contains(e.StateFile(), s.Key) {
				t.Error("a signing key is in the state file")
			}
		}
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		failing(resource.TestStep{Config: rotation("rotation_period = { day = 3 }")}, `silently\s+drops\s+other\s+names`),
		{
			Config: rotation(threeDays),
			ConfigPlanChecks: before(acctest.ExpectUnknown(rotationA,
				"id", "endpoint_id", "secret_id", "secret_version", "rotated_at", "previous_secrets_expire_at")),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute(rotationA, "id", lazyText(func() string { return e.OnlyEndpoint().ID })),
				attribute(rotationA, "endpoint_id", lazyText(func() string { return e.OnlyEndpoint().ID })),
				attribute(rotationA, "rotation_period", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"days": knownvalue.Int64Exact(3), "hours": knownvalue.Int64Exact(0),
				})),
				attribute(rotationA, "rotate_when_changed", knownvalue.Null()),
				attribute(rotationA, "rotate_every", knownvalue.Null()),
				attribute(rotationA, "rotate_on_create", knownvalue.Bool(true)),
				attribute(rotationA, "store_secrets", knownvalue.Bool(false)),
				newKey,
				attribute(rotationA, "secret_key", knownvalue.Null()),
				secret.rises(),
				attribute(rotationA, "rotated_at", near(func() time.Time { return e.Writes()[1].Time })),
				attribute(rotationA, "next_rotation_at", knownvalue.Null()),
				attribute(rotationA, "previous_secrets_expire_at", lazyText(func() string {
					return stamp(*e.OnlyEndpoint().Secrets[0].ExpiredAt)
				})),
				attribute(rotationA, "rotation_due", knownvalue.Bool(false)),
				attribute(rotationA, "active", knownvalue.Bool(true)),
			},
			PostApplyFunc: func() {
				e.ExpectWrites(`POST /webhooks/endpoints {"url":"https://example.com/hook","event_filters":[],"ssl_verification":true}`,
					secretPath(e.OnlyEndpoint().ID)+rotationBody)
				noKeyInState()
				e.Sandbox.ResetRequestLog()
			},
		},
		{ // a reason that is set for the first time does not rotate, nor does storing the key
			Config:            rotation(threeDays + stored + `"none" }`),
			ConfigPlanChecks:  before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA, "secret_key")),
			ConfigStateChecks: []statecheck.StateCheck{storedKey(e), secret.stays(), statecheck.ExpectSensitiveValue(rotationA, tfjsonpath.New("secret_key"))},
			PostApplyFunc:     func() { e.ExpectWrites() },
		},
		{
			Config:           rotation(threeDays + stored + "\"leak\" }\nrotate_every = { days = 30 }"),
			ConfigPlanChecks: before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA, append(rotates, "next_rotation_at", "secret_key")...)),
			ConfigStateChecks: []statecheck.StateCheck{storedKey(e), newKey, secret.rises(), attribute(rotationA, "rotated_at", knownvalue.StringFunc(func(got string) (err error) {
				rotatedAt, err = time.Parse(time.RFC3339, got)
				return err
			}))},
			PostApplyFunc: rotations(e, 1),
		},
		{ // two days late
			PreConfig:        func() { e.Clock.Advance(32 * day) },
			Config:           rotation(threeDays + "\nrotate_every = { days = 30 }"),
			ConfigPlanChecks: before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA, append(rotates, "next_rotation_at")...)),
			ConfigStateChecks: []statecheck.StateCheck{
				newKey, secret.rises(), attribute(rotationA, "secret_key", knownvalue.Null()), attribute(rotationA, "rotation_due", knownvalue.Bool(false)),
				attribute(rotationA, "next_rotation_at", lazyText(func() string { return stamp(rotatedAt.Add(60 * day)) })),
			},
			PostApplyFunc: func() {
				rotations(e, 1)()
				noKeyInState()
			},
		},
		{ // within the same second, perhaps: a store that follows secret_version must be given the new key
			Config:            rotation(threeDays),
			Taint:             []string{endpointA},
			ConfigPlanChecks:  before(expectAction(endpointA, replace), expectAction(rotationA, replace)),
			ConfigStateChecks: []statecheck.StateCheck{newKey, secret.rises()},
			PostApplyFunc:     rotations(e, 1),
		},
	}})
	if writes := e.Writes(); len(writes) != 1 || writes[0].Operation != sandbox.OpDeleteEndpoint {
		t.Errorf("the destroy should write nothing but the endpoint's end: %v", writes)
	}
}

func storedKey(e *acctest.Env) statecheck.StateCheck {
	return attribute(rotationA, "secret_key", lazyText(func() string { return newest(e).Key }))
}

func TestRotationImport(t *testing.T) {
	e := acctest.New(t)
	there := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
	e.Sandbox.RotateSecret(there.ID, 2*day)
	config := rotationOf(`"`+there.ID+`"`, threeDays+"\nrotate_every = { days = 30 }\nrotate_when_changed = { a = 1 }")
	e.Test(resource.TestCase{CheckDestroy: acctest.CheckNothing, Steps: []resource.TestStep{
		{Config: config, ResourceName: rotationA, ImportState: true, ImportStateId: "https://EXAMPLE.com/hook", ImportStatePersist: true},
		{
			Config:           config,
			ConfigPlanChecks: before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA)),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute(rotationA, "secret_id", knownvalue.StringExact(newest(e).ID)),
				attribute(rotationA, "secret_key", knownvalue.Null()),
				(&versions{e: e}).rises(),
				attribute(rotationA, "rotated_at", knownvalue.NotNull()),
				attribute(rotationA, "next_rotation_at", knownvalue.NotNull()),
				attribute(rotationA, "previous_secrets_expire_at", instant(*e.OnlyEndpoint().Secrets[0].ExpiredAt)),
				attribute(rotationA, "active", knownvalue.Bool(true)),
			},
		},
	}})
	e.ExpectWrites()
}

// TestRotationValidation has what is valid. TestMessages has the rest.
func TestRotationValidation(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	for _, good := range []acctest.Object{
		{"endpoint_id": "no-uuid/at all", "rotation_period": acctest.Object{"days": 0, "hours": 1}, "rotate_every": acctest.Object{"hours": 1}},
		{"endpoint_id": acctest.Unknown, "rotation_period": acctest.Unknown, "rotate_every": acctest.Unknown},
		{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": acctest.Unknown}, "rotate_every": acctest.Object{"days": 0, "hours": acctest.Unknown}},
	} {
		p.Validate(rotationType, good).ExpectNone(t)
	}
}

// TestRotationPeriodFromVariables has periods that Terraform knows only after it has validated the configuration.
func TestRotationPeriodFromVariables(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Configured()
	for days, says := range map[any]string{1.5: "is 1.5. Give a whole number", -1: "is -1. Give a whole number from 0", 40000: "is 40000. Give a whole number", nil: `neither "days" nor "hours"`} {
		_, problems := p.Plan(rotationType, nil, acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": days}})
		on := "rotation_period.days"
		if days == nil {
			on = "rotation_period"
		}
		problems.Expect(t, "error", on, says)
	}
}

// TestRotationKeyGone revokes the key that is stored, which changes nothing else, and then deletes the endpoint.
func TestRotationKeyGone(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p, config := e.Configured(), rotationObject(e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID, acctest.Object{"store_secrets": true})
	state, problems := p.Apply(rotationType, nil, config)
	problems.ExpectNone(t)
	e.Sandbox.RotateSecret(e.OnlyEndpoint().ID, 0)
	e.Sandbox.ResetRequestLog()
	read, problems := e.Configured().Read(rotationType, state)
	problems.ExpectNone(t)
	state.Attributes["active"] = false
	expectObject(t, "after the key was revoked", read.Attributes, state.Attributes)
	planned, problems := p.Plan(rotationType, read, config)
	problems.ExpectNone(t)
	expectObject(t, "plan", planned.Attributes, read.Attributes)
	e.ExpectWrites()

	e.Sandbox.RemoveEndpoint(e.OnlyEndpoint().ID)
	gone, problems := e.Configured().Read(rotationType, read)
	problems.Expect(t, "warning", "", "Webhook endpoint is deleted")
	if gone != nil {
		t.Errorf("the endpoint is deleted, and the state has %v", gone.Attributes)
	}
	e.Sandbox.ResetRequestLog()
	p.Destroy(rotationType, read).ExpectNone(t)
	if n := len(e.Sandbox.RequestLog()); n > 0 {
		t.Errorf("the destroy made %d requests", n)
	}
}

// TestRotationKeyNotStored asks for a key to be stored that is revoked, or cannot be read: a warning, and no rotation.
func TestRotationKeyNotStored(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	_, state, problems := storesFromNowOn(t, e, func(id string) { e.Sandbox.RotateSecret(id, 0) })
	problems.Expect(t, "warning", "secret_key", "does not list this key any more")
	if state.Attributes["secret_key"] != nil || e.Sandbox.Count(sandbox.OpRotateSecret) != 1 {
		t.Errorf("secret_key is %v, writes %v", state.Attributes["secret_key"], e.Writes())
	}

	e = acctest.New(t)
	p, state, problems := storesFromNowOn(t, e, func(string) {
		e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Status: http.StatusForbidden})
	})
	problems.Expect(t, "warning", "secret_key", "The next plan or apply reads it again")
	state, problems = p.Read(rotationType, state)
	problems.ExpectNone(t)
	if key := newest(e).Key; state.Attributes["secret_key"] != key {
		t.Errorf("secret_key is %v, not %s", state.Attributes["secret_key"], key)
	}
}

// storesFromNowOn creates a rotation, and turns store_secrets on after something has happened.
func storesFromNowOn(t *testing.T, e *acctest.Env, happens func(id string)) (*acctest.Provider, *acctest.State, acctest.Diagnostics) {
	t.Helper()
	p, id := e.Configured(), e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	state, problems := p.Apply(rotationType, nil, rotationObject(id, nil))
	problems.ExpectNone(t)
	happens(id)
	state, problems = p.Apply(rotationType, state, rotationObject(id, acctest.Object{"store_secrets": true}))
	return p, state, problems
}

// rotationObject is a configuration with a period of three days.
func rotationObject(endpointID string, more acctest.Object) acctest.Object {
	config := acctest.Object{"endpoint_id": endpointID, "rotation_period": acctest.Object{"days": 3}}
	for name, value := range more {
		config[name] = value
	}
	return config
}

// TestAccRotation also runs against a real account: PROSA_ACC_LIVE=1 PROSA_API_KEY=… go test -run '^TestAcc' ./internal/provider
// It leaves nothing behind.
func TestAccRotation(t *testing.T) {
	e := acctest.NewOrLive(t)
	secret := versions{e: e}
	url := "https://example.com/terraform-provider-prosa/" + uuid.NewString()
	config := func(version string) string {
		return endpoint(`url = "`+url+`"`) +
			rotationOf("prosa_webhook_endpoint.a.id", "rotation_period = { hours = 1 }\nstore_secrets = true\nrotate_when_changed = { version = "+version+" }")
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: config("1"), ConfigStateChecks: []statecheck.StateCheck{
			secret.rises(),
			attribute(rotationA, "secret_key", knownvalue.NotNull()),
		}},
		{Config: config("2"), ConfigPlanChecks: before(expectAction(rotationA, update)), ConfigStateChecks: []statecheck.StateCheck{
			secret.rises(),
			attribute(rotationA, "active", knownvalue.Bool(true)),
		}},
	}})
}
