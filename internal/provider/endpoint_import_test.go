package provider_test

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func failing(step resource.TestStep, says string) resource.TestStep {
	step.ExpectError = regexp.MustCompile(`(?s)` + says)
	return step
}

// TestEndpointImportIDs has what users may give, and then the plan of the same configuration.
func TestEndpointImportIDs(t *testing.T) {
	t.Parallel()
	for _, resource := range []string{endpointType, rotationType} {
		e := acctest.New(t)
		there := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
		p := e.Configured()
		for _, id := range []string{there.ID, hook, "HTTPS://EXAMPLE.com:443/hook"} {
			imported, problems := p.Import(resource, id)
			problems.ExpectNone(t)
			if imported == nil || imported.Attributes["id"] != there.ID {
				t.Fatalf("%s imported by %s: %v", resource, id, imported)
			}
			config := acctest.Object{"url": "https://Example.com/hook"}
			if resource == rotationType {
				config = rotationObject(there.ID, nil)
			}
			planned, problems := p.Plan(resource, imported, config)
			problems.ExpectNone(t)
			for attribute, was := range imported.Attributes {
				if attribute != "rotation_period" && !reflect.DeepEqual(planned.Attributes[attribute], was) {
					t.Errorf("%s imported by %s: %s is %v and planned as %v", resource, id, attribute, was, planned.Attributes[attribute])
				}
			}
			if len(planned.Replace) > 0 {
				t.Errorf("%s imported by %s would be replaced because of %q", resource, id, planned.Replace)
			}
		}
		for id, says := range map[string]string{
			"": "neither the id", there.ID + "\n": "neither the id", "hook": "no endpoint with the id", "example.com/hook": "no endpoint with the id",
			"ftp://example.com/hook": "no endpoint with the id", "https://": "no endpoint with the id", "https:///hook": "no endpoint with the id", "https://example.com/HOOK": "https://example.com/HOOK",
		} {
			_, problems := p.Import(resource, id)
			problems.Expect(t, "error", "", says)
		}
		e.ExpectWrites()
	}
}

func TestEndpointImportByIdentity(t *testing.T) {
	e := acctest.New(t)
	e.Test(resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{Config: configHook, ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectIdentity(endpointA, map[string]knownvalue.Check{"id": lazyText(func() string { return e.OnlyEndpoint().ID })}),
			}},
			{ResourceName: endpointA, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
			{
				Config: rotation(threeDays),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentity(rotationA, map[string]knownvalue.Check{"endpoint_id": lazyText(func() string { return e.OnlyEndpoint().ID })}),
				},
			},
			{ResourceName: rotationA, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity, ExpectNonEmptyPlan: true},
			{ // gone out of band, with an identity in the state
				PreConfig:        func() { e.Sandbox.RemoveEndpoint(e.OnlyEndpoint().ID) },
				Config:           configHook,
				ConfigPlanChecks: before(expectAction(endpointA, create)),
			},
		},
	})
}

// TestEndpointImportWithKey takes the key as it stands in the configuration of an endpoint that was imported.
func TestEndpointImportWithKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key, another acctest.Object
		replace      string
	}{
		{acctest.Object{"secret_key": "k"}, acctest.Object{"secret_key": "another"}, "[secret_key]"},
		{acctest.Object{"secret_key_wo": "k", "secret_key_wo_version": 3}, acctest.Object{"secret_key_wo": "another", "secret_key_wo_version": 4}, "[secret_key_wo_version]"},
	} {
		e := acctest.New(t)
		p := e.Configured()
		state, problems := p.Import(endpointType, e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true}).ID)
		problems.ExpectNone(t)
		c.key["url"], c.another["url"] = "https://Example.com/hook", hook
		state, problems = p.Apply(endpointType, state, c.key)
		problems.Expect(t, "warning", strings.Trim(c.replace, "[]"), "Signing key cannot be compared")
		e.ExpectWrites()
		planned, problems := p.Plan(endpointType, state, c.another) // from now on
		problems.ExpectNone(t)
		if got := fmt.Sprint(planned.Replace); got != c.replace {
			t.Errorf("another key replaces it because of %s, want %s", got, c.replace)
		}
	}
}

// TestEndpointKeyAddedLater has a key added to an endpoint that was imported or moved, however many refreshes later, or
// not at all.
func TestEndpointKeyAddedLater(t *testing.T) {
	t.Parallel()
	type path func(p *acctest.Provider, id string) (*acctest.State, acctest.Diagnostics)
	imported := func(reads int) path {
		return func(p *acctest.Provider, id string) (*acctest.State, acctest.Diagnostics) {
			state, problems := p.Import(endpointType, id) // which reads, too
			for range reads {
				state, problems = p.Read(endpointType, state)
			}
			return state, problems
		}
	}
	for name, c := range map[string]struct {
		state   path
		replace string
	}{
		"import block":              {imported(0), "[]"},
		"next plan after an import": {imported(1), "[]"},
		"many refreshes later":      {imported(10), "[]"},
		"moved": {func(p *acctest.Provider, id string) (*acctest.State, acctest.Diagnostics) {
			state, _, _ := p.Move(restAPIAddress, "restapi_object", restAPIState("/webhooks/endpoints", id), endpointType)
			return p.Read(endpointType, state)
		}, "[]"},
		"imported, and then changed": {func(p *acctest.Provider, id string) (*acctest.State, acctest.Diagnostics) {
			state, _ := p.Import(endpointType, id)
			state, _ = p.Apply(endpointType, state, acctest.Object{"url": hook, "event_filters": []any{"stt.jobs.failed"}})
			return p.Read(endpointType, state)
		}, "[secret_key]"},
		"never imported": {func(p *acctest.Provider, _ string) (*acctest.State, acctest.Diagnostics) {
			return p.Apply(endpointType, nil, acctest.Object{"url": "https://example.com/own"})
		}, "[secret_key]"},
	} {
		e := acctest.New(t)
		p := e.Configured()
		state, problems := c.state(p, e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true}).ID)
		problems.ExpectNone(t)
		planned, problems := p.Plan(endpointType, state, acctest.Object{"url": state.Attributes["url"], "secret_key": "new"})
		if c.replace == "[]" {
			problems.Expect(t, "warning", "secret_key", "Signing key cannot be compared")
		} else {
			problems.ExpectNone(t)
		}
		if got := fmt.Sprint(planned.Replace); got != c.replace {
			t.Errorf("%s: replaced because of %s, want %s", name, got, c.replace)
		}
	}
}

// TestRefreshOnlyAfterImport refreshes twice after an import, which changes nothing in the state. A key that is added
// then replaces nothing.
func TestRefreshOnlyAfterImport(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	there := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
	w := e.Workspace(nil)
	rotation := rotationOf(`"`+there.ID+`"`, threeDays)
	w.Write("main.tf", withSource+configHook+rotation)
	w.Run("import", endpointA, there.ID)
	w.Run("import", rotationA, hook)
	imported := w.State()
	for range 2 {
		if acctest.TestedCLI(t).OpenTofu { // Terraform 1.11 exits with 2 for any resource with sensitive attributes
			w.Run("plan", "-refresh-only", "-detailed-exitcode")
		}
		w.Run("apply", "-refresh-only", "-auto-approve")
		for address, was := range imported {
			if is := w.State()[address]; is.Raw != was.Raw {
				t.Errorf("a refresh made of %s\n%s\nthis:\n%s", address, was.Raw, is.Raw)
			}
		}
	}
	w.Write("main.tf", withSource+endpoint("url = \"https://example.com/hook\"\nsecret_key = \"the-key-it-has\"")+rotation)
	w.Run("apply", "-auto-approve")
	w.Run("plan", "-detailed-exitcode")
	if id := e.OnlyEndpoint().ID; id != there.ID {
		t.Errorf("the endpoint was replaced by %s", id)
	}
	e.ExpectWrites()
}
