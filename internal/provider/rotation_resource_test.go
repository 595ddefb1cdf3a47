package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// rotation configures an endpoint, and its rotation with these arguments.
func rotation(arguments string) string {
	return configHook + rotationOf("prosa_webhook_endpoint.a.id", arguments)
}

// rotationOf configures prosa_webhook_secret_rotation.a with these arguments.
func rotationOf(endpointID, arguments string) string {
	return `
resource "prosa_webhook_secret_rotation" "a" {
  endpoint_id = ` + endpointID + `
  ` + arguments + `
}
`
}

const threeDays = `rotation_period = { days = 3 }`

// rotationObject configures a rotation with a period of three days.
func rotationObject(endpointID string, more acctest.Object) acctest.Object {
	config := acctest.Object{"endpoint_id": endpointID, "rotation_period": acctest.Object{"days": 3}}
	maps.Copy(config, more)
	return config
}

// rotateRequest is a rotation in the form that ExpectWrites compares.
func rotateRequest(id string, days, hours int) string {
	return fmt.Sprintf(`POST /webhooks/endpoints/%s/secret {"rotation_period":{"days":%d,"hours":%d}}`, id, days, hours)
}

// newest returns the newest key of the only endpoint.
func newest(e *acctest.Env) sandbox.Secret {
	secrets := e.OnlyEndpoint().Secrets
	return secrets[len(secrets)-1]
}

// TestRotationLifecycle rotates on create, when rotate_when_changed changes, on schedule, and for a replaced endpoint.
func TestRotationLifecycle(t *testing.T) {
	e := acctest.New(t)
	newKey := attribute(rotationA, "secret_id", lazyString(func() string { return newest(e).ID }))
	differs := statecheck.CompareValue(compare.ValuesDiffer())
	newVersion := func() statecheck.StateCheck {
		return differs.AddStateValue(rotationA, tfjsonpath.New("secret_version"))
	}
	rotatedOnce := func() {
		if got := e.Sandbox.Count(sandbox.OpRotateSecret); got != 1 {
			t.Errorf("%d rotations, want 1", got)
		}
		e.Sandbox.ResetRequestLog()
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{
			Config: rotation(threeDays + "\nrotate_when_changed = {}"),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute(rotationA, "id", lazyString(func() string { return e.OnlyEndpoint().ID })),
				attribute(rotationA, "endpoint_id", lazyString(func() string { return e.OnlyEndpoint().ID })),
				attribute(rotationA, "rotation_period", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"days": knownvalue.Int64Exact(3), "hours": knownvalue.Int64Exact(0),
				})),
				attribute(rotationA, "rotate_when_changed", knownvalue.MapExact(nil)),
				attribute(rotationA, "rotate_every", knownvalue.Null()),
				attribute(rotationA, "rotate_on_create", knownvalue.Bool(true)),
				attribute(rotationA, "store_secrets", knownvalue.Bool(false)),
				newKey, newVersion(),
				attribute(rotationA, "secret_key", knownvalue.Null()),
				attribute(rotationA, "rotated_at", knownvalue.NotNull()),
				attribute(rotationA, "next_rotation_at", knownvalue.Null()),
				attribute(rotationA, "previous_secrets_expire_at", lazyString(func() string {
					return formatTime(*e.OnlyEndpoint().Secrets[0].ExpiredAt)
				})),
				attribute(rotationA, "rotation_due", knownvalue.Bool(false)),
				attribute(rotationA, "active", knownvalue.Bool(true)),
			},
			PostApplyFunc: func() {
				e.ExpectWrites(`POST /webhooks/endpoints {"url":"https://example.com/hook","event_filters":[],"ssl_verification":true}`,
					rotateRequest(e.OnlyEndpoint().ID, 3, 0))
				e.Sandbox.ResetRequestLog()
			},
		},
		{
			Config:           rotation(threeDays + "\nstore_secrets = true\nrotate_when_changed = { reason = \"leak\" }\nrotate_every = { days = 30 }"),
			ConfigPlanChecks: preApply(expectAction(rotationA, update)),
			ConfigStateChecks: []statecheck.StateCheck{
				newKey, newVersion(),
				attribute(rotationA, "secret_key", lazyString(func() string { return newest(e).Key })),
			},
			PostApplyFunc: rotatedOnce,
		},
		{
			PreConfig:         func() { e.Clock.Advance(32 * day) },
			Config:            rotation(threeDays + "\nrotate_every = { days = 30 }"),
			ConfigPlanChecks:  preApply(expectAction(rotationA, update)),
			ConfigStateChecks: []statecheck.StateCheck{newKey, newVersion(), attribute(rotationA, "secret_key", knownvalue.Null())},
			PostApplyFunc:     rotatedOnce,
		},
		{
			Config:            rotation(threeDays),
			Taint:             []string{endpointA},
			ConfigPlanChecks:  preApply(expectAction(endpointA, replace), expectAction(rotationA, replace)),
			ConfigStateChecks: []statecheck.StateCheck{newKey, newVersion()},
			PostApplyFunc:     rotatedOnce,
		},
	}})
	if writes := e.Writes(); len(writes) != 1 || writes[0].Operation != sandbox.OpDeleteEndpoint {
		t.Errorf("the destroy should only delete the endpoint, got %v", writes)
	}
}

// TestRotationImport applies an imported rotation, which does not rotate.
func TestRotationImport(t *testing.T) {
	acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
		existing := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
		e.Sandbox.RotateSecret(existing.ID, 2*day)
		p, now := e.Configured(), e.Clock.Now()
		state, problems := p.Import(rotationType, "https://EXAMPLE.com/hook")
		problems.ExpectNone(t)
		state = p.MustApply(rotationType, state, rotationObject(existing.ID, acctest.Object{
			"rotate_every": acctest.Object{"days": 30}, "rotate_when_changed": acctest.Object{"a": "1"},
		}))
		expectObject(t, "rotation", state.Attributes, acctest.Object{
			"id": existing.ID, "secret_id": newest(e).ID, "secret_key": nil, "secret_version": now.Unix(), "rotated_at": formatTime(now),
			"next_rotation_at": formatTime(now.Add(30 * day)), "previous_secrets_expire_at": formatTime(now.Add(2 * day)), "active": true,
		})
		e.ExpectWrites()
	})
}

// TestRotationOfRevokedKey revokes the key in the state, which changes nothing else, and then deletes the endpoint.
func TestRotationOfRevokedKey(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p, config := e.Configured(), rotationObject(e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID, acctest.Object{"store_secrets": true})
	state := p.MustApply(rotationType, nil, config)
	e.Sandbox.RotateSecret(e.OnlyEndpoint().ID, 0)
	e.Sandbox.ResetRequestLog()
	read := e.Configured().MustRead(rotationType, state)
	state.Attributes["active"] = false
	expectObject(t, "state", read.Attributes, state.Attributes)
	expectObject(t, "plan", p.MustPlan(rotationType, read, config).Attributes, read.Attributes)
	e.ExpectWrites()

	e.Sandbox.RemoveEndpoint(e.OnlyEndpoint().ID)
	deleted, problems := e.Configured().Read(rotationType, read)
	problems.Expect(t, "warning", "", "Webhook endpoint is deleted")
	if deleted != nil {
		t.Errorf("the endpoint is deleted, the state has %v", deleted.Attributes)
	}
	e.Sandbox.ResetRequestLog()
	p.Destroy(rotationType, read).ExpectNone(t)
	e.ExpectRequests()
}

// TestRotationStoresKeyLater enables store_secrets, first when the key cannot be read. The next refresh reads it.
func TestRotationStoresKeyLater(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p, id := e.Configured(), e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	created, config := p.MustApply(rotationType, nil, rotationObject(id, nil)), rotationObject(id, acctest.Object{"store_secrets": true})
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Status: http.StatusForbidden})
	state, problems := p.Apply(rotationType, created, config)
	problems.Expect(t, "warning", "secret_key", "The next plan or apply reads it again")
	expectObject(t, "after the apply", state.Attributes, acctest.Object{"secret_key": nil, "store_secrets": true})
	expectObject(t, "next read", p.MustRead(rotationType, state).Attributes, acctest.Object{"secret_key": newest(e).Key})
	state = p.MustApply(rotationType, created, config)
	expectObject(t, "key that can be read", state.Attributes, acctest.Object{"secret_key": newest(e).Key})
	if n := e.Sandbox.Count(sandbox.OpRotateSecret); n != 1 {
		t.Errorf("%d rotations, want 1", n)
	}
}
