package provider_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	endpointType = "prosa_webhook_endpoint"
	rotationType = "prosa_webhook_secret_rotation"

	endpointA = endpointType + ".a"
	rotationA = rotationType + ".a"

	hook       = "https://example.com/hook"
	configHook = `resource "prosa_webhook_endpoint" "a" { url = "https://example.com/hook" }`
)

// endpoint configures prosa_webhook_endpoint.a with these arguments.
func endpoint(arguments string) string {
	return "resource \"prosa_webhook_endpoint\" \"a\" {\n" + arguments + "\n}\n"
}

// TestEndpointLifecycle creates and updates an endpoint, and recreates it after it was deleted outside Terraform.
func TestEndpointLifecycle(t *testing.T) {
	e := acctest.New(t)
	var id string
	const body = `{"url":"https://example.com/hook","event_filters":[],"ssl_verification":true}`
	// expectWrites also remembers the endpoint's id, and begins a new request log for the next step.
	expectWrites := func(want string) func() {
		return func() {
			id = e.OnlyEndpoint().ID
			e.ExpectWrites(strings.Replace(want, "ID", id, 1))
			e.Sandbox.ResetRequestLog()
		}
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{
			Config: configHook,
			ConfigStateChecks: []statecheck.StateCheck{
				attribute(endpointA, "url", knownvalue.StringExact(hook)),
				attribute(endpointA, "event_filters", knownvalue.SetExact(nil)),
				attribute(endpointA, "ssl_verification", knownvalue.Bool(true)),
				attribute(endpointA, "secret_key", knownvalue.Null()),
				attribute(endpointA, "secret_key_wo", knownvalue.Null()),
				attribute(endpointA, "secret_key_wo_version", knownvalue.Null()),
				attribute(endpointA, "store_secrets", knownvalue.Bool(false)),
				attribute(endpointA, "secrets", knownvalue.Null()),
			},
			PostApplyFunc: expectWrites("POST /webhooks/endpoints " + body),
		},
		{
			Config:            endpoint("url = \"https://example.com/other\"\nevent_filters = [\"stt.jobs.failed\"]\nssl_verification = false"),
			ConfigPlanChecks:  preApply(expectAction(endpointA, update)),
			ConfigStateChecks: []statecheck.StateCheck{attribute(endpointA, "id", lazyString(func() string { return id }))},
			PostApplyFunc: expectWrites("PUT /webhooks/endpoints/ID " +
				`{"url":"https://example.com/other","event_filters":["stt.jobs.failed"],"ssl_verification":false}`),
		},
		{
			PreConfig: func() {
				e.Sandbox.RemoveEndpoint(id)
				e.Sandbox.ResetRequestLog()
			},
			Config: configHook,
			ConfigPlanChecks: preApply(expectAction(endpointA, create), acctest.BeforeApply(func() {
				if n := e.Sandbox.Count(sandbox.OpGetEndpoint); n != 1 {
					t.Errorf("the provider confirmed %d times that the endpoint missing from the list is deleted, want 1", n)
				}
			})),
			PostApplyFunc: expectWrites("POST /webhooks/endpoints " + body),
		},
	}})
	e.ExpectWrites("DELETE /webhooks/endpoints/" + id)
}

// TestEndpointDrift changes each attribute outside Terraform.
func TestEndpointDrift(t *testing.T) {
	t.Parallel()
	config := acctest.Object{"url": hook, "event_filters": []any{"stt.jobs.completed", "stt.jobs.failed"}}
	for name, drift := range map[string]func(*sandbox.Endpoint){
		"url":               func(e *sandbox.Endpoint) { e.URL = "https://example.com/theirs" },
		"event_filters":     func(e *sandbox.Endpoint) { e.EventFilters = nil },
		"ssl_verification":  func(e *sandbox.Endpoint) { e.SSLVerification = false },
		"duplicate filters": func(e *sandbox.Endpoint) { e.EventFilters = append(e.EventFilters, e.EventFilters...) },
	} {
		e := acctest.New(t)
		p := e.Configured()
		created := p.MustApply(endpointType, nil, config)
		e.Sandbox.UpdateEndpoint(e.OnlyEndpoint().ID, drift)
		read := p.MustRead(endpointType, created)
		for attribute, value := range created.Attributes {
			changed := !reflect.DeepEqual(read.Attributes[attribute], value)
			if changed != (attribute == name) {
				t.Errorf("drift of %s: %s is read as %v", name, attribute, read.Attributes[attribute])
			}
		}
		expectObject(t, "plan after drift of "+name, p.MustPlan(endpointType, read, config).Attributes, created.Attributes)
	}
}

// TestAccEndpointAndRotation also runs against a real account:
// PROSA_ACC_LIVE=1 PROSA_API_KEY=… go test -run '^TestAcc' ./internal/provider
func TestAccEndpointAndRotation(t *testing.T) {
	acctest.Needs(t, acctest.SensitiveLists)
	e := acctest.NewOrLive(t)
	url := "https://example.com/terraform-provider-prosa/" + uuid.NewString()
	rotation := func(version string) string {
		return rotationOf("prosa_webhook_endpoint.a.id", "rotation_period = { hours = 1 }\nrotate_when_changed = { version = "+version+" }")
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: endpoint(`url = "`+url+`"`) + rotation("1")},
		{ResourceName: endpointA, ImportState: true, ImportStateVerify: true},
		{ResourceName: endpointA, ImportState: true, ImportStateId: url, ImportStateVerify: true},
		{
			Config: endpoint(`
  url              = "`+url+`/changed"
  event_filters    = ["stt.jobs.completed"]
  ssl_verification = false
  store_secrets    = true`) + rotation("2"),
			ConfigPlanChecks: preApply(expectAction(endpointA, update), expectAction(rotationA, update)),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute(endpointA, "secrets", knownvalue.NotNull()),
				attribute(rotationA, "active", knownvalue.Bool(true)),
			},
		},
	}})
}
