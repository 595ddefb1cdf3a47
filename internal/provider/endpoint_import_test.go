package provider_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestImportByIDOrURL(t *testing.T) {
	t.Parallel()
	for _, resource := range []string{endpointType, rotationType} {
		e := acctest.New(t)
		existing := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
		p := e.Configured()
		for _, id := range []string{existing.ID, hook, "HTTPS://EXAMPLE.com:443/hook"} {
			imported, problems := p.Import(resource, id)
			problems.ExpectNone(t)
			config := acctest.Object{"url": "https://Example.com/hook"}
			if resource == rotationType {
				config = rotationObject(existing.ID, nil)
			}
			planned := p.MustPlan(resource, imported, config)
			want := maps.Clone(imported.Attributes)
			want["id"] = existing.ID
			delete(want, "rotation_period") // cannot be imported
			expectObject(t, resource+" imported by "+id, planned.Attributes, want)
			if len(planned.Replace) > 0 {
				t.Errorf("%s imported by %s would be replaced because of %q", resource, id, planned.Replace)
			}
		}
		for id, text := range map[string]string{
			"":                         "neither the id",
			existing.ID + "\n":         "neither the id",
			"example.com/hook":         "no endpoint with the id",
			"ftp://example.com/hook":   "no endpoint with the id",
			"https:///hook":            "no endpoint with the id",
			"https://example.com/HOOK": "https://example.com/HOOK",
		} {
			_, problems := p.Import(resource, id)
			problems.Expect(t, "error", "", text)
		}
		e.ExpectWrites()
	}
}

func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	existing := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook})
	p := e.Configured()
	state, problems := p.ImportByIdentity(endpointType, acctest.Object{"id": existing.ID})
	problems.ExpectNone(t)
	expectObject(t, "endpoint", state.Attributes, acctest.Object{"id": existing.ID, "url": hook})
	state, problems = p.ImportByIdentity(rotationType, acctest.Object{"endpoint_id": existing.ID})
	problems.ExpectNone(t)
	expectObject(t, "rotation", state.Attributes, acctest.Object{"endpoint_id": existing.ID, "secret_id": existing.Secrets[0].ID})
	e.ExpectWrites()

	_, problems = p.ImportByIdentity(endpointType, acctest.Object{"id": noSuchID})
	problems.Expect(t, "error", "", "No such webhook endpoint", noSuchID)
}

func TestImportBlockWithIdentity(t *testing.T) {
	acctest.Needs(t, acctest.ResourceIdentity)
	e := acctest.New(t)
	id := lazyString(func() string { return e.OnlyEndpoint().ID })
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{
			Config: rotation(threeDays),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectIdentity(endpointA, map[string]knownvalue.Check{"id": id}),
				statecheck.ExpectIdentity(rotationA, map[string]knownvalue.Check{"endpoint_id": id}),
			},
		},
		{ResourceName: endpointA, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		{ResourceName: rotationA, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity, ExpectNonEmptyPlan: true},
		{
			PreConfig:        func() { e.Sandbox.RemoveEndpoint(e.OnlyEndpoint().ID) },
			Config:           configHook,
			ConfigPlanChecks: preApply(expectAction(endpointA, create)),
		},
	}})
}

// TestKeyAddedLater plans a key for an endpoint that was imported, moved or created without one. After an import or a
// move, the provider trusts the key, because the API cannot compare keys. Otherwise the key replaces the endpoint.
func TestKeyAddedLater(t *testing.T) {
	t.Parallel()
	imported := func(p *acctest.Provider, id string, refreshes int) *acctest.State {
		state, _ := p.Import(endpointType, id)
		for range refreshes {
			state = p.MustRead(endpointType, state)
		}
		return state
	}
	for name, c := range map[string]struct {
		prior    func(p *acctest.Provider, id string) *acctest.State
		replaces bool
	}{
		"import block":                  {func(p *acctest.Provider, id string) *acctest.State { return imported(p, id, 0) }, false},
		"ten refreshes after an import": {func(p *acctest.Provider, id string) *acctest.State { return imported(p, id, 10) }, false},
		"move": {func(p *acctest.Provider, id string) *acctest.State {
			state, _, _ := p.Move(restAPIAddress, "restapi_object", restAPIState("/webhooks/endpoints", id), endpointType)
			return p.MustRead(endpointType, state)
		}, false},
		"update after an import": {func(p *acctest.Provider, id string) *acctest.State {
			state := p.MustApply(endpointType, imported(p, id, 0), acctest.Object{"url": hook, "event_filters": []any{"stt.jobs.failed"}})
			return p.MustRead(endpointType, state)
		}, true},
		"another key after an import": {func(p *acctest.Provider, id string) *acctest.State {
			state, _ := p.Apply(endpointType, imported(p, id, 0), acctest.Object{"url": hook, "secret_key": "k"}) // warns
			return state
		}, true},
		"create": {func(p *acctest.Provider, _ string) *acctest.State {
			return p.MustApply(endpointType, nil, acctest.Object{"url": "https://example.com/own"})
		}, true},
	} {
		e := acctest.New(t)
		p := e.Configured()
		state := c.prior(p, e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true}).ID)
		planned, problems := p.Plan(endpointType, state, acctest.Object{"url": state.Attributes["url"], "secret_key": "new"})
		want := "[secret_key]"
		if c.replaces {
			problems.ExpectNone(t)
		} else {
			want = "[]"
			problems.Expect(t, "warning", "secret_key", "Signing key cannot be compared")
		}
		if got := fmt.Sprint(planned.Replace); got != want {
			t.Errorf("%s: the endpoint would be replaced because of %s, want %s", name, got, want)
		}
	}
}

// TestRefreshOnlyAfterImport checks that a refresh changes nothing in the state file, and that a key can be added after it.
func TestRefreshOnlyAfterImport(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	existing := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
	w := e.Workspace(nil)
	rotation := rotationOf(`"`+existing.ID+`"`, threeDays)
	w.Write("main.tf", withSource+configHook+rotation)
	w.Run("import", endpointA, existing.ID)
	w.Run("import", rotationA, hook)
	imported := w.State()
	w.Run("apply", "-refresh-only", "-auto-approve")
	for address, was := range imported {
		if is := w.State()[address]; is.Raw != was.Raw {
			t.Errorf("the refresh changed %s from\n%s\nto\n%s", address, was.Raw, is.Raw)
		}
	}
	w.Write("main.tf", withSource+endpoint("url = \"https://example.com/hook\"\nsecret_key = \"the-key-it-has\"")+rotation)
	w.Run("apply", "-auto-approve")
	expectEmptyPlan(t, w)
	if id := e.OnlyEndpoint().ID; id != existing.ID {
		t.Errorf("the endpoint was replaced by %s", id)
	}
	e.ExpectWrites()
}
