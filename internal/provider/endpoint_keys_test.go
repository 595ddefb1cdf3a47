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
)

// TestEndpointStoresSecrets has keys rotated, and expire, between plan and apply and between runs.
func TestEndpointStoresSecrets(t *testing.T) {
	e := acctest.New(t)
	kept := func(path, store string) string {
		return endpoint("url = \"https://example.com/" + path + "\"\nsecret_key = \"own-key\"\nstore_secrets = " + store)
	}
	secrets := func(order ...int) statecheck.StateCheck {
		return attribute(endpointA, "secrets", lazyList(func() (all []knownvalue.Check) {
			for _, i := range order {
				all = append(all, secret(e.OnlyEndpoint().Secrets[i]))
			}
			return all
		}))
	}
	e.Test(resource.TestCase{TerraformVersionChecks: quietWithSecrets(), Steps: []resource.TestStep{
		{
			Config:           kept("one", "true"),
			ConfigPlanChecks: before(acctest.ExpectUnknown(endpointA, "id", "secrets")),
			ConfigStateChecks: []statecheck.StateCheck{
				secrets(0), statecheck.ExpectSensitiveValue(endpointA, tfjsonpath.New("secrets").AtSliceIndex(0).AtMapKey("key")),
				attribute(endpointA, "secret_key", knownvalue.StringExact("own-key")), statecheck.ExpectSensitiveValue(endpointA, tfjsonpath.New("secret_key")),
			},
			PostApplyFunc: func() {
				e.ExpectWrites(`POST /webhooks/endpoints {"url":"https://example.com/one","event_filters":[],"ssl_verification":true,"secret_key":"own-key"}`)
				e.Sandbox.RotateSecret(e.OnlyEndpoint().ID, day)
				e.Sandbox.ResetRequestLog()
			},
		},
		{
			Config: kept("two", "true"),
			ConfigPlanChecks: before(expectAction(endpointA, update), acctest.BeforeApply(func() {
				e.Sandbox.RotateSecret(e.OnlyEndpoint().ID, 3*day)
				e.Clock.Advance(2 * day)
			})),
			PostApplyFunc: e.Sandbox.ResetRequestLog,
		},
		{
			Config:            kept("two", "true"),
			ConfigPlanChecks:  before(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: []statecheck.StateCheck{secrets(1, 0)},
		},
		{
			Config:            kept("two", "false"),
			ConfigPlanChecks:  before(expectAction(endpointA, update), acctest.ExpectUnknown(endpointA)),
			ConfigStateChecks: []statecheck.StateCheck{attribute(endpointA, "secrets", knownvalue.Null())},
			PostApplyFunc: func() {
				e.ExpectWrites()
				for _, s := range e.OnlyEndpoint().Secrets {
					if strings.Contains(e.StateFile(), s.Key) {
						t.Error("a signing key is still in the state file")
					}
				}
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
			if got := e.OnlyEndpoint().Secrets[0].Key; got != key {
				t.Errorf("the endpoint has the key %q, want %q", got, key)
			}
			if strings.Contains(e.StateFile(), key) {
				t.Error("the write-only key is in the state file")
			}
			e.Sandbox.ResetRequestLog()
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
