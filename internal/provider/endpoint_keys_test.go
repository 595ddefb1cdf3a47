package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestEndpointStoresSecrets(t *testing.T) {
	e := acctest.New(t)
	kept := func(store string) string {
		return endpoint("url = \"https://example.com/hook\"\nstore_secrets = " + store)
	}
	secrets := func(check func(s []sandbox.Secret) []knownvalue.Check) statecheck.StateCheck {
		return attribute(endpointA, "secrets", lazyList(func() []knownvalue.Check { return check(e.Only().Secrets) }))
	}
	e.Test(resource.TestCase{TerraformVersionChecks: quietWithSecrets(), Steps: []resource.TestStep{
		{Config: configHook},
		{
			PreConfig:        e.Sandbox.ResetJournal,
			Config:           kept("true"),
			ConfigPlanChecks: before(expectAction(endpointA, update), acctest.ExpectUnknown(endpointA, "secrets")),
			ConfigStateChecks: []statecheck.StateCheck{secrets(func(s []sandbox.Secret) []knownvalue.Check {
				return []knownvalue.Check{secret(s[0])}
			}), statecheck.ExpectSensitiveValue(endpointA, tfjsonpath.New("secrets").AtSliceIndex(0).AtMapKey("key"))},
		},
		{ // rotated out of band: no change to be made, newest first
			PreConfig:        func() { e.Sandbox.RotateSecret(e.Only().ID, day) },
			Config:           kept("true"),
			ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: []statecheck.StateCheck{secrets(func(s []sandbox.Secret) []knownvalue.Check {
				return []knownvalue.Check{secret(s[1]), secret(s[0])}
			})},
		},
		{
			Config:            kept("false"),
			ConfigPlanChecks:  before(expectAction(endpointA, update), acctest.ExpectUnknown(endpointA)),
			ConfigStateChecks: []statecheck.StateCheck{attribute(endpointA, "secrets", knownvalue.Null())},
			PostApplyFunc: func() {
				e.ExpectWrites()
				for _, s := range e.Only().Secrets {
					if strings.Contains(e.StateFile(), s.Key) {
						t.Error("a signing key is still in the state file")
					}
				}
			},
		},
	}})
}

// TestEndpointKeysChangeDuringApply has a key rotated and another one expire between plan and apply.
func TestEndpointKeysChangeDuringApply(t *testing.T) {
	e := acctest.New(t)
	config := func(path string) string {
		return endpoint("url = \"https://example.com/" + path + "\"\nstore_secrets = true")
	}
	e.Test(resource.TestCase{TerraformVersionChecks: quietWithSecrets(), Steps: []resource.TestStep{
		{Config: config("one"), PostApplyFunc: func() { e.Sandbox.RotateSecret(e.Only().ID, day) }},
		{Config: config("two"), ConfigPlanChecks: before(expectAction(endpointA, update), acctest.Do(func() {
			e.Sandbox.RotateSecret(e.Only().ID, 3*day)
			e.Clock.Advance(2 * day)
		}))},
		{Config: config("two"), ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()), ConfigStateChecks: []statecheck.StateCheck{
			attribute(endpointA, "secrets", knownvalue.ListSizeExact(2)),
		}},
	}})
}

func TestEndpointOwnKey(t *testing.T) {
	e := acctest.New(t)
	keyed := func(key string) string {
		return endpoint("url = \"https://example.com/hook\"\nsecret_key = \"" + key + "\"\nlifecycle { create_before_destroy = true }")
	}
	post := func(key string) string {
		return `POST /webhooks/endpoints {"url":"https://example.com/hook","event_filters":[],"ssl_verification":true,"secret_key":"` + key + `"}`
	}
	var first string
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{
			Config: keyed("first-key"),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute(endpointA, "secret_key", knownvalue.StringExact("first-key")),
				statecheck.ExpectSensitiveValue(endpointA, tfjsonpath.New("secret_key")),
			},
			PostApplyFunc: func() {
				e.ExpectWrites(post("first-key"))
				first = e.Only().ID
			},
		},
		{ // a rotation leaves the key of the configuration as it is
			PreConfig: func() {
				e.Sandbox.RotateSecret(first, 0)
				e.Sandbox.ResetJournal()
			},
			Config:           keyed("first-key"),
			ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
		},
		{
			Config:           keyed("second-key"),
			ConfigPlanChecks: before(expectAction(endpointA, plancheck.ResourceActionCreateBeforeDestroy)),
			PostApplyFunc: func() {
				e.ExpectWrites(post("second-key"), "DELETE /webhooks/endpoints/"+first)
			},
		},
	}})
}

func TestEndpointWriteOnlyKey(t *testing.T) {
	e := acctest.New(t)
	keyed := func(key, version string) string {
		return endpoint("url = \"https://example.com/hook\"\nsecret_key_wo = \"" + key + "\"\nsecret_key_wo_version = " + version)
	}
	hasKey := func(key string) func() {
		return func() {
			if got := e.Only().Secrets[0].Key; got != key {
				t.Errorf("the endpoint has the key %q, want %q", got, key)
			}
			if strings.Contains(e.StateFile(), key) {
				t.Error("the write-only key is in the state file")
			}
			e.Sandbox.ResetJournal()
		}
	}
	e.Test(resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		Steps: []resource.TestStep{
			{Config: keyed("first-key", "1"), PostApplyFunc: hasKey("first-key")},
			{Config: keyed("second-key", "1"), ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()), PostApplyFunc: func() {
				e.ExpectWrites()
			}},
			{Config: keyed("second-key", "2"), ConfigPlanChecks: before(expectAction(endpointA, replace)), PostApplyFunc: hasKey("second-key")},
		},
	})
}
