package provider_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// endpoint is a configuration of prosa_webhook_endpoint.a with these arguments.
func endpoint(arguments string) string {
	return "resource \"prosa_webhook_endpoint\" \"a\" {\n" + arguments + "\n}\n"
}

func attribute(address, name string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(name), value)
}

func before(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

func expectAction(address string, action plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(address, action)
}

const (
	create  = plancheck.ResourceActionCreate
	update  = plancheck.ResourceActionUpdate
	replace = plancheck.ResourceActionReplace
	noop    = plancheck.ResourceActionNoop
)

func texts(values ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(values))
	for i, value := range values {
		checks[i] = knownvalue.StringExact(value)
	}
	return knownvalue.SetExact(checks)
}

// TestEndpointLifecycle creates an endpoint, changes it, and repairs what somebody else changes or deletes.
func TestEndpointLifecycle(t *testing.T) {
	e := acctest.New(t)
	var id, path string
	const plain = `{"url":"https://example.com/hook","event_filters":[],"ssl_verification":true}`
	sameID := attribute(endpointA, "id", knownvalue.StringFunc(func(got string) error { return equal(got, id) }))
	wrote := func(want string) func() {
		return func() {
			id = e.OnlyEndpoint().ID
			path = "/webhooks/endpoints/" + id
			e.ExpectWrites(strings.Replace(want, "ID", id, 1))
			if strings.Contains(e.StateFile(), e.OnlyEndpoint().Secrets[0].Key) {
				t.Error("the signing key is in the state file")
			}
			e.Sandbox.ResetRequestLog()
		}
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{
			Config:           configHook,
			ConfigPlanChecks: before(acctest.ExpectUnknown(endpointA, "id")),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute(endpointA, "url", knownvalue.StringExact(hook)),
				attribute(endpointA, "event_filters", texts()),
				attribute(endpointA, "ssl_verification", knownvalue.Bool(true)),
				attribute(endpointA, "secret_key", knownvalue.Null()),
				attribute(endpointA, "secret_key_wo", knownvalue.Null()),
				attribute(endpointA, "secret_key_wo_version", knownvalue.Null()),
				attribute(endpointA, "store_secrets", knownvalue.Bool(false)),
				attribute(endpointA, "secrets", knownvalue.Null()),
			},
			PostApplyFunc: wrote("POST /webhooks/endpoints " + plain),
		},
		{
			Config: endpoint(`
  url              = "https://example.com/other"
  event_filters    = ["stt.jobs.failed"]
  ssl_verification = false`),
			ConfigPlanChecks: before(expectAction(endpointA, update), acctest.ExpectUnknown(endpointA)),
			ConfigStateChecks: []statecheck.StateCheck{
				sameID,
				attribute(endpointA, "url", knownvalue.StringExact("https://example.com/other")),
				attribute(endpointA, "event_filters", texts("stt.jobs.failed")),
				attribute(endpointA, "ssl_verification", knownvalue.Bool(false)),
			},
			PostApplyFunc: wrote(`PUT /webhooks/endpoints/ID {"url":"https://example.com/other","event_filters":["stt.jobs.failed"],"ssl_verification":false}`),
		},
		{ // changed by somebody else, and spelled in another way
			PreConfig: func() {
				e.Sandbox.UpdateEndpoint(id, func(e *sandbox.Endpoint) {
					e.URL, e.EventFilters, e.SSLVerification = "https://example.com/theirs", []string{"tts.job.failed"}, true
				})
			},
			Config:            endpoint(`url = "HTTPS://Example.COM:443/hook"`),
			ConfigPlanChecks:  before(expectAction(endpointA, update), acctest.ExpectUnknown(endpointA)),
			ConfigStateChecks: []statecheck.StateCheck{sameID, attribute(endpointA, "url", knownvalue.StringExact("HTTPS://Example.COM:443/hook"))},
			PostApplyFunc:     wrote("PUT /webhooks/endpoints/ID " + strings.Replace(plain, "https://example.com", "HTTPS://Example.COM:443", 1)),
		},
		{Config: configHook, PlanOnly: true}, // the spelling alone is no change
		{
			PreConfig: func() {
				e.Sandbox.RemoveEndpoint(id)
				e.Sandbox.ResetRequestLog()
			},
			Config: configHook,
			ConfigPlanChecks: before(expectAction(endpointA, create), acctest.BeforeApply(func() {
				if n := e.Sandbox.Count(sandbox.OpGetEndpoint); n != 1 {
					t.Errorf("an endpoint missing in the listing should be asked for by id once, not %d times", n)
				}
			})),
			PostApplyFunc: wrote("POST /webhooks/endpoints " + plain),
		},
	}})
	e.ExpectWrites("DELETE " + path)
}

func TestEndpointDrift(t *testing.T) {
	t.Parallel()
	config := acctest.Object{"url": hook, "event_filters": []any{"stt.jobs.completed", "stt.jobs.failed"}}
	for name, drift := range map[string]func(*sandbox.Endpoint){
		"url":              func(e *sandbox.Endpoint) { e.URL = "https://example.com/theirs" },
		"event_filters":    func(e *sandbox.Endpoint) { e.EventFilters = nil },
		"ssl_verification": func(e *sandbox.Endpoint) { e.SSLVerification = false },
		"none":             func(e *sandbox.Endpoint) { e.EventFilters = append(e.EventFilters, e.EventFilters...) },
	} {
		e := acctest.New(t)
		p := e.Configured()
		created, problems := p.Apply(endpointType, nil, config)
		problems.ExpectNone(t)
		e.Sandbox.UpdateEndpoint(e.OnlyEndpoint().ID, drift)
		read, problems := p.Read(endpointType, created)
		problems.ExpectNone(t)
		for attribute, value := range created.Attributes {
			if same := reflect.DeepEqual(read.Attributes[attribute], value); same == (attribute == name) {
				t.Errorf("%s changed out of band: %s was read as %v", name, attribute, read.Attributes[attribute])
			}
		}
		planned, problems := p.Plan(endpointType, read, config)
		problems.ExpectNone(t)
		expectObject(t, name, planned.Attributes, created.Attributes)
	}
}

// TestAccEndpoint also runs against a real account: PROSA_ACC_LIVE=1 PROSA_API_KEY=… go test -run '^TestAcc' ./internal/provider
// It leaves nothing behind.
func TestAccEndpoint(t *testing.T) {
	e := acctest.NewOrLive(t)
	url := "https://example.com/terraform-provider-prosa/" + uuid.NewString()
	e.Test(resource.TestCase{TerraformVersionChecks: quietWithSecrets(), Steps: []resource.TestStep{
		{
			Config:            endpoint(`url = "` + url + `"`),
			ConfigStateChecks: []statecheck.StateCheck{attribute(endpointA, "event_filters", texts())},
		},
		{ResourceName: endpointA, ImportState: true, ImportStateVerify: true},
		{ResourceName: endpointA, ImportState: true, ImportStateId: url, ImportStateVerify: true},
		{
			Config: endpoint(`
  url              = "` + url + `/changed"
  event_filters    = ["stt.jobs.completed"]
  ssl_verification = false
  store_secrets    = true`),
			ConfigPlanChecks:  before(expectAction(endpointA, update)),
			ConfigStateChecks: []statecheck.StateCheck{attribute(endpointA, "secrets", knownvalue.ListSizeExact(1))},
		},
	}})
}
