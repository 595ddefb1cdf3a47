package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
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
	secrets := e.Only().Secrets
	return secrets[len(secrets)-1]
}

func TestRotationOnCreate(t *testing.T) {
	e := acctest.New(t)
	e.Test(resource.TestCase{Steps: []resource.TestStep{{
		Config: rotation(threeDays),
		ConfigPlanChecks: before(acctest.ExpectUnknown(rotationA,
			"id", "endpoint_id", "secret_id", "secret_version", "rotated_at", "previous_secrets_expire_at")),
		ConfigStateChecks: []statecheck.StateCheck{
			attribute(rotationA, "id", lazyText(func() string { return e.Only().ID })),
			attribute(rotationA, "endpoint_id", lazyText(func() string { return e.Only().ID })),
			attribute(rotationA, "rotation_period", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"days": knownvalue.Int64Exact(3), "hours": knownvalue.Int64Exact(0),
			})),
			attribute(rotationA, "rotate_when_changed", knownvalue.Null()),
			attribute(rotationA, "rotate_every", knownvalue.Null()),
			attribute(rotationA, "rotate_on_create", knownvalue.Bool(true)),
			attribute(rotationA, "store_secrets", knownvalue.Bool(false)),
			attribute(rotationA, "secret_id", lazyText(func() string { return newest(e).ID })),
			attribute(rotationA, "secret_key", knownvalue.Null()),
			(&versions{e: e}).rises(),
			attribute(rotationA, "rotated_at", near(func() time.Time { return e.Writes()[1].Time })),
			attribute(rotationA, "next_rotation_at", knownvalue.Null()),
			attribute(rotationA, "previous_secrets_expire_at", lazyText(func() string {
				return stamp(*e.Only().Secrets[0].ExpiredAt)
			})),
			attribute(rotationA, "rotation_due", knownvalue.Bool(false)),
			attribute(rotationA, "active", knownvalue.Bool(true)),
		},
		PostApplyFunc: func() {
			e.ExpectWrites(`POST /webhooks/endpoints {"url":"https://example.com/hook","event_filters":[],"ssl_verification":true}`,
				secretPath(e.Only().ID)+rotationBody)
			for _, s := range e.Only().Secrets {
				if strings.Contains(e.StateFile(), s.Key) {
					t.Error("a signing key is in the state file")
				}
			}
			e.Sandbox.ResetJournal()
		},
	}}})
	if writes := e.Writes(); len(writes) != 1 || writes[0].Operation != sandbox.OpDeleteEndpoint {
		t.Errorf("the destroy should write nothing but the endpoint's end: %v", writes)
	}
}

func TestRotationNotOnCreate(t *testing.T) {
	e := acctest.New(t)
	const not = threeDays + "\nrotate_on_create = "
	start := []statecheck.StateCheck{
		attribute(rotationA, "secret_id", lazyText(func() string { return newest(e).ID })),
		attribute(rotationA, "rotated_at", knownvalue.NotNull()),
		attribute(rotationA, "previous_secrets_expire_at", knownvalue.Null()),
	}
	secret := versions{e: e}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: configHook},
		{PreConfig: e.Sandbox.ResetJournal, Config: rotation(not + "false"), ConfigStateChecks: append(start, secret.rises())},
		{Config: rotation(not + "true"), ConfigStateChecks: append(start, secret.stays()), ConfigPlanChecks: before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA)),
			PostApplyFunc: func() { e.ExpectWrites() }},
	}})
}

func TestRotationStoresKey(t *testing.T) {
	e := acctest.New(t)
	stored := threeDays + "\nstore_secrets = true\nrotate_when_changed = { v = "
	key := attribute(rotationA, "secret_key", lazyText(func() string { return newest(e).Key }))
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: rotation(threeDays)},
		{
			PreConfig:         e.Sandbox.ResetJournal,
			Config:            rotation(stored + "1 }"),
			ConfigPlanChecks:  before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA, "secret_key")),
			ConfigStateChecks: []statecheck.StateCheck{key, statecheck.ExpectSensitiveValue(rotationA, tfjsonpath.New("secret_key"))},
			PostApplyFunc:     func() { e.ExpectWrites() },
		},
		{Config: rotation(stored + "2 }"), ConfigStateChecks: []statecheck.StateCheck{key}},
		{
			Config:            rotation(threeDays),
			ConfigPlanChecks:  before(acctest.ExpectUnknown(rotationA)),
			ConfigStateChecks: []statecheck.StateCheck{attribute(rotationA, "secret_key", knownvalue.Null())},
			PostApplyFunc: func() {
				e.ExpectWrites(secretPath(e.Only().ID) + rotationBody) // of the step before
				if strings.Contains(e.StateFile(), newest(e).Key) {
					t.Error("the signing key is still in the state file")
				}
			},
		},
	}})
}

// TestRotationKeyGone has the key that was stored disappear.
func TestRotationKeyGone(t *testing.T) {
	e := acctest.New(t)
	var gone sandbox.Secret
	secret := versions{e: e}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: rotation(threeDays + "\nstore_secrets = true"), ConfigStateChecks: []statecheck.StateCheck{secret.rises()}, PostApplyFunc: func() { gone = newest(e) }},
		{
			PreConfig: func() {
				e.Sandbox.RotateSecret(e.Only().ID, 0)
				e.Sandbox.ResetJournal()
			},
			Config:           rotation(threeDays + "\nstore_secrets = true"),
			ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute(rotationA, "active", knownvalue.Bool(false)),
				attribute(rotationA, "secret_id", lazyText(func() string { return gone.ID })),
				attribute(rotationA, "secret_key", lazyText(func() string { return gone.Key })),
				secret.stays(),
			},
			PostApplyFunc: func() { e.ExpectWrites() },
		},
	}})
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

// TestRotationKeyNotToBeHad asks for a key to be stored that is gone: a warning, and no rotation.
func TestRotationKeyNotToBeHad(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	_, state, problems := storesFromNowOn(t, e, func(id string) {
		e.Sandbox.RotateSecret(id, 0)
		e.Sandbox.ResetJournal()
	})
	problems.Expect(t, "warning", "secret_key", "does not list this key any more")
	if state.Attributes["secret_key"] != nil || len(e.Writes()) > 0 {
		t.Errorf("secret_key is %v, writes %v", state.Attributes["secret_key"], e.Writes())
	}
}

// TestRotationKeyStoredLater is refused the key that is to be stored: the next read stores it.
func TestRotationKeyStoredLater(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p, state, problems := storesFromNowOn(t, e, func(string) {
		e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Status: http.StatusForbidden})
	})
	problems.Expect(t, "warning", "secret_key", "The next plan or apply looks for it again")
	state, problems = p.Read(rotationType, state)
	problems.ExpectNone(t)
	if key := newest(e).Key; state.Attributes["secret_key"] != key {
		t.Errorf("secret_key is %v, not %s", state.Attributes["secret_key"], key)
	}
}

func TestRotationEndpointGone(t *testing.T) {
	e := acctest.New(t)
	there := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
	config := rotationOf(`"`+there.ID+`"`, threeDays)
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: config},
		{
			PreConfig:   func() { e.Sandbox.RemoveEndpoint(there.ID) },
			Config:      config,
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`plan was not empty`), // the refresh took it out of the state
		},
		{Config: config, ExpectError: regexp.MustCompile(`(?s)There is no endpoint ` + there.ID + `.*Plan\s+again`)},
	}})
}

// TestRotationDestroyedLast has the endpoint go before the rotation, which is destroyed all the same.
func TestRotationDestroyedLast(t *testing.T) {
	e := acctest.New(t)
	there := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook})
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: rotationOf(`"`+there.ID+`"`, threeDays), PostApplyFunc: func() {
			e.Sandbox.RemoveEndpoint(there.ID)
			e.Sandbox.ResetJournal()
		}},
	}})
	if n := len(e.Sandbox.Journal()); n > 0 {
		t.Errorf("the destroy made %d requests", n)
	}
}

func TestRotationOfReplacedEndpoint(t *testing.T) {
	e := acctest.New(t)
	config := func(key string) string {
		return endpoint("url = \"https://example.com/hook\"\nsecret_key = \""+key+"\"") + rotationOf("prosa_webhook_endpoint.a.id", threeDays)
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: config("one"), PostApplyFunc: e.Sandbox.ResetJournal},
		{
			Config:           config("two"),
			ConfigPlanChecks: before(expectAction(endpointA, replace), expectAction(rotationA, replace)),
			PostApplyFunc: func() {
				if n := e.Sandbox.Count(sandbox.OpRotateSecret); n != 1 {
					t.Errorf("%d rotations", n)
				}
			},
		},
	}})
}

// TestRotationsTakeTurns rotates one endpoint twice in one apply.
func TestRotationsTakeTurns(t *testing.T) {
	e := acctest.New(t)
	e.Test(resource.TestCase{Steps: []resource.TestStep{{
		Config: rotation(threeDays) + strings.Replace(rotationOf("prosa_webhook_endpoint.a.id", threeDays), `"a"`, `"b"`, 1) + `
output "ids" {
  value = sort([prosa_webhook_secret_rotation.a.secret_id, prosa_webhook_secret_rotation.b.secret_id])
}`,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("ids", lazyList(func() []knownvalue.Check {
				s := e.Only().Secrets
				return []knownvalue.Check{knownvalue.StringExact(s[1].ID), knownvalue.StringExact(s[2].ID)}
			})),
		},
	}}})
}

func TestRotationValidation(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	const id = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	period := func(days, hours any) acctest.Object { return acctest.Object{"days": days, "hours": hours} }
	for _, c := range []struct {
		config             acctest.Object
		severity, on, says string
	}{
		{acctest.Object{"endpoint_id": "", "rotation_period": period(1, nil)}, "error", "endpoint_id", "not an id"},
		{acctest.Object{"endpoint_id": id + " ", "rotation_period": period(1, nil)}, "error", "endpoint_id", "not an id"},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(nil, nil)}, "error", "rotation_period", `neither "days" nor "hours"`},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(1.5, nil)}, "error", "rotation_period.days", "is 1.5. Give a whole number"},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(0, 0)}, "warning", "rotation_period", "at once"},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(-1, nil)}, "error", "rotation_period.days", "from 0 to"},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(nil, -1)}, "error", "rotation_period.hours", "from 0 to"},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(1_000_000, nil)}, "error", "rotation_period.days", "36500"},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(nil, 10_000_000)}, "error", "rotation_period.hours", "876000"},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(1, nil), "rotate_every": period(0, nil)}, "error", "rotate_every", "together above zero"},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(1, nil), "rotate_every": period(nil, nil)}, "error", "rotate_every", `neither "days" nor "hours"`},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(1, nil), "rotate_every": period(nil, 0.5)}, "error", "rotate_every.hours", "is 0.5. Give a whole number"},
		{acctest.Object{"endpoint_id": id, "rotation_period": period(1, nil), "rotate_every": period(2, -24)}, "error", "rotate_every.hours", "from 0 to"},
	} {
		t.Run(fmt.Sprint(c.config), func(t *testing.T) { p.Validate(rotationType, c.config).Expect(t, c.severity, c.on, c.says) })
	}
	for _, good := range []acctest.Object{
		{"endpoint_id": "no-uuid/at all", "rotation_period": period(0, 1), "rotate_every": period(nil, 1)},
		{"endpoint_id": acctest.Unknown, "rotation_period": acctest.Unknown, "rotate_every": acctest.Unknown},
		{"endpoint_id": id, "rotation_period": period(acctest.Unknown, nil), "rotate_every": period(0, acctest.Unknown)},
	} {
		p.Validate(rotationType, good).ExpectNone(t)
	}
}

// rotationObject is a configuration with a period of three days.
func rotationObject(endpointID string, more acctest.Object) acctest.Object {
	config := acctest.Object{"endpoint_id": endpointID, "rotation_period": acctest.Object{"days": 3}}
	for name, value := range more {
		config[name] = value
	}
	return config
}

func TestRotationRefused(t *testing.T) {
	t.Parallel()
	for location, on := range map[string]string{
		`["body","rotation_period","days"]`: "rotation_period.days",
		`["body","rotation_period"]`:        "rotation_period",
		`["path","endpoint_id"]`:            "endpoint_id",
	} {
		e := acctest.New(t)
		id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
		e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Status: http.StatusUnprocessableEntity,
			Body: `{"status":"request_validation_error","message":"wrong","context":[{"location":` + location + `,"message":"too long","status":"value_error"}]}`})
		state, problems := e.Configured().Apply(rotationType, nil, rotationObject(id, nil))
		problems.Expect(t, "error", on, "Unable to rotate the signing key", "too long")
		if state != nil {
			t.Errorf("%s: there is a state: %v", location, state.Attributes)
		}
	}
}

func TestRotationImport(t *testing.T) {
	e := acctest.New(t)
	there := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
	e.Sandbox.RotateSecret(there.ID, 2*day)
	key := newest(e)
	config := rotationOf(`"`+there.ID+`"`, threeDays+"\nrotate_every = { days = 30 }\nrotate_when_changed = { a = 1 }")
	imported := resource.TestStep{Config: config, ResourceName: rotationA, ImportState: true, ImportStateId: "https://EXAMPLE.com/hook"}
	byID := imported
	byID.ImportStateId, byID.ImportStatePersist = there.ID, true
	nonsense := imported
	nonsense.ImportStateId = "hook"
	e.Test(resource.TestCase{CheckDestroy: func(*terraform.State) error { return nil }, Steps: []resource.TestStep{
		imported,
		failing(nonsense, "terraform import prosa_webhook_secret_rotation.NAME https://"),
		byID,
		{
			Config:           config,
			ConfigPlanChecks: before(expectAction(rotationA, update), acctest.ExpectUnknown(rotationA)),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute(rotationA, "secret_id", knownvalue.StringExact(key.ID)),
				attribute(rotationA, "secret_key", knownvalue.Null()),
				(&versions{e: e}).rises(),
				attribute(rotationA, "rotated_at", knownvalue.NotNull()),
				attribute(rotationA, "next_rotation_at", knownvalue.NotNull()),
				attribute(rotationA, "previous_secrets_expire_at", instant(*e.Only().Secrets[0].ExpiredAt)),
				attribute(rotationA, "active", knownvalue.Bool(true)),
			},
			PostApplyFunc: func() { e.ExpectWrites() },
		},
	}})
	e.ExpectWrites()
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

// TestRotationPeriodFromVariables has periods that Terraform knows only after it has validated the configuration.
func TestRotationPeriodFromVariables(t *testing.T) {
	e := acctest.New(t)
	config := func(value, trigger string) string {
		return `
variable "days" {
  type    = number
  default = ` + value + `
}
` + later("var.days", trigger) + rotation("rotation_period = { days = terraform_data.later.output }")
	}
	var steps []resource.TestStep
	for value, says := range map[string]string{
		"1.5":   `is 1.5. Give a whole number`,
		"-1":    `is -1. Give a whole number from 0`,
		"40000": `is 40000. Give a whole number`,
		"null":  `neither "days" nor "hours"`,
	} {
		says = strings.ReplaceAll(says, " ", `\s+`)
		direct := `variable "days" { default = ` + value + " }\n" + rotation("rotation_period = { days = var.days }")
		steps = append(steps, failing(resource.TestStep{Config: direct}, says), failing(resource.TestStep{Config: config(value, `"`+value+`"`)}, says))
	}
	steps = append(steps,
		failing(resource.TestStep{Config: rotation("rotation_period = { day = 3 }")}, `silently\s+drops\s+other\s+names`),
		resource.TestStep{Config: config("2", "2"), PostApplyFunc: rotations(e, 1)},
	)
	e.Test(resource.TestCase{Steps: steps})
}
