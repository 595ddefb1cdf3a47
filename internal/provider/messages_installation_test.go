package provider_test

import (
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// otherKey is the key of another account in the same sandbox.
const otherKey = "the-key-of-another-account"

func withOtherAccount(s *sandbox.Server) { s.OtherKeys = []string{otherKey} }

// installationSituations are what an installation can do differently, and what shows that it is the wrong one.
func installationSituations() []situation {
	quirk := func(name string, quirks sandbox.Quirks, config acctest.Object) situation {
		return situation{name: name, sandbox: func(s *sandbox.Server) { s.Quirks = quirks }, say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			_, problems := e.Configured().Apply(endpointType, nil, config)
			return problems
		}}
	}
	// later applies an object, changes something, and asks for it again.
	later := func(name, resource string, change func(e *acctest.Env, id string), ask func(p *acctest.Provider, state *acctest.State) acctest.Diagnostics) situation {
		return situation{name: name, sandbox: withOtherAccount, say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook + "/rotated"}).ID
			config := acctest.Object{"url": hook}
			if resource == rotationType {
				config = rotationObject(id, nil)
			}
			state, problems := e.Configured().Apply(resource, nil, config)
			problems.ExpectNone(t)
			if resource == endpointType {
				id = state.Attributes["id"].(string)
			}
			change(e, id)
			return ask(e.Configured(), state)
		}}
	}
	deleted := func(e *acctest.Env, id string) { e.Sandbox.RemoveEndpoint(id) }
	swapped := func(e *acctest.Env, _ string) { e.Vars["PROSA_API_KEY"] = otherKey }
	read := func(resource string) func(*acctest.Provider, *acctest.State) acctest.Diagnostics {
		return func(p *acctest.Provider, state *acctest.State) acctest.Diagnostics {
			_, problems := p.Read(resource, state)
			return problems
		}
	}
	return []situation{
		quirk("the API rewrites URLs", sandbox.Quirks{RewriteURLs: true}, acctest.Object{"url": hook}),
		quirk("the API drops event types", sandbox.Quirks{DropUnknownFilters: true}, acctest.Object{"url": hook, "event_filters": []any{"stt.jobs.completed", "my.own.type"}}),
		quirk("the API ignores ssl_verification", sandbox.Quirks{IgnoreSSLVerification: true}, acctest.Object{"url": hook, "ssl_verification": false}),
		quirk("FastAPI's own 422", sandbox.Quirks{FastAPIErrors: true}, acctest.Object{"url": "https://user@example.com:0/"}),
		{name: "FastAPI's own 403 for a key that is refused", sandbox: func(s *sandbox.Server) { s.Quirks.FastAPIErrors = true }, say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Vars["PROSA_API_KEY"] = "nobody-knows-this-key"
			_, problems := e.Configured().ReadDataSource("prosa_webhook_endpoints", nil)
			return problems
		}},
		{name: "a redirect that adds a slash to the path", sandbox: func(s *sandbox.Server) { s.Quirks.TrailingSlash = true }, say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
			return problems
		}},
		{name: "an operation that the installation lacks", sandbox: func(s *sandbox.Server) { s.Quirks.Lacks = []sandbox.Operation{sandbox.OpRotateSecret} }, say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			_, problems := e.Configured().Apply(rotationType, nil, rotationObject(id, nil))
			return problems
		}},
		{name: "plan of a create with a key that is refused", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Vars["PROSA_API_KEY"] = "nobody-knows-this-key"
			p := e.Configured()
			_, problems := p.Plan(endpointType, nil, acctest.Object{"url": hook})
			_, more := p.Plan(endpointType, nil, acctest.Object{"url": hook + "/other"}) // it is said once
			return append(problems, more...)
		}},
		{name: "plan of an update to a URL that is registered", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			p := e.Configured()
			state, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
			problems.ExpectNone(t)
			e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook + "/other"})
			_, problems = e.Configured().Plan(endpointType, state, acctest.Object{"url": hook + "/other"})
			return problems
		}},
		later("refresh of an endpoint that was deleted", endpointType, deleted, read(endpointType)),
		later("refresh of an endpoint with the key of another account", endpointType, swapped, read(endpointType)),
		later("refresh of a rotation whose endpoint was deleted", rotationType, deleted, read(rotationType)),
		later("refresh of a rotation with the key of another account", rotationType, swapped, read(rotationType)),
		later("update with the key of another account, by a plan that was saved before", endpointType, swapped, func(p *acctest.Provider, state *acctest.State) acctest.Diagnostics {
			_, problems := p.Apply(endpointType, state, acctest.Object{"url": hook + "/new"})
			return problems
		}),
		later("delete with the key of another account", endpointType, swapped, func(p *acctest.Provider, state *acctest.State) acctest.Diagnostics {
			return p.Destroy(endpointType, state)
		}),
	}
}
