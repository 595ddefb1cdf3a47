package provider_test

import (
	"maps"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	otherKey   = "the-key-of-another-account" // in the same sandbox
	unknownKey = "an-unknown-key"
)

// installationMessages covers installations that differ from the API's documentation, and API keys of the wrong account.
func installationMessages() []messageCase {
	quirks := func(q sandbox.Quirks) func(*acctest.Env) {
		return func(e *acctest.Env) { e.Sandbox.Quirks = q }
	}
	creating := func(more acctest.Object) run {
		config := acctest.Object{"url": hook}
		maps.Copy(config, more)
		return applying(endpointType, config)
	}
	deleted := func(e *acctest.Env) { e.Sandbox.RemoveEndpoint(knownID) }
	otherAccount := func(e *acctest.Env) {
		e.Sandbox.OtherKeys = []string{otherKey}
		e.Setenv("PROSA_API_KEY", otherKey)
	}
	plan := planning(endpointType, acctest.Object{"url": hook})
	listingFails := func(fault sandbox.Fault) func(*acctest.Env) {
		fault.Times = -1
		return withFaults(fault)
	}
	const other = hook + "/other"
	return []messageCase{
		{name: "the API rewrites URLs", arrange: quirks(sandbox.Quirks{RewriteURLs: true}), run: creating(nil)},
		{
			name: "the API drops event types", arrange: quirks(sandbox.Quirks{DropUnknownFilters: true}),
			run: creating(acctest.Object{"event_filters": []any{"stt.jobs.completed", "my.own.type"}}),
		},
		{
			name: "the API ignores ssl_verification", arrange: quirks(sandbox.Quirks{IgnoreSSLVerification: true}),
			run: creating(acctest.Object{"ssl_verification": false}),
		},
		{
			name: "422 of FastAPI", arrange: quirks(sandbox.Quirks{FastAPIErrors: true}),
			run: creating(acctest.Object{"url": "https://user@example.com:0/"}),
		},
		{
			name: "403 of FastAPI for an invalid API key",
			arrange: func(e *acctest.Env) {
				e.Sandbox.Quirks.FastAPIErrors = true
				e.Setenv("PROSA_API_KEY", unknownKey)
			},
			run: reading("prosa_webhook_endpoints", nil),
		},
		{name: "redirect to a path with a trailing slash", arrange: quirks(sandbox.Quirks{TrailingSlash: true}), run: creating(nil)},
		{
			name: "operation that the installation lacks", prior: endpointType,
			arrange: quirks(sandbox.Quirks{Lacks: []sandbox.Operation{sandbox.OpRotateSecret}}),
			run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
				return applying(rotationType, rotationObject(knownID, nil))(e, nil)
			},
		},
		{
			name: "plans of two creates with an invalid API key, which is reported once", arrange: withKey(unknownKey),
			run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
				p := e.Configured()
				_, problems := p.Plan(endpointType, nil, acctest.Object{"url": hook})
				_, more := p.Plan(endpointType, nil, acctest.Object{"url": other})
				return append(problems, more...)
			},
		},
		{name: "plan of a create with an API key without permission", arrange: withFaults(forbidden), run: plan},
		{name: "plan of a create, listing fails with 500", arrange: listingFails(sandbox.Fault{Status: 500}), run: plan},
		{name: "plan of a create, listing fails with 404", arrange: listingFails(sandbox.Fault{Status: 404}), run: plan},
		{name: "plan of a create, listing is an HTML page", arrange: listingFails(sandbox.Fault{Body: "<html>"}), run: plan},
		{name: "plan of a create, no response to listing", arrange: listingFails(sandbox.Fault{Close: true}), run: plan},
		{
			name: "plan of an update to a URL that is registered", prior: endpointType,
			arrange: func(e *acctest.Env) { e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: other}) },
			run:     planning(endpointType, acctest.Object{"url": other}),
		},
		{name: "refresh of a deleted endpoint", prior: endpointType, arrange: deleted, run: refreshing(endpointType)},
		{name: "refresh of an endpoint of another account", prior: endpointType, arrange: otherAccount, run: refreshing(endpointType)},
		{name: "refresh of a rotation of a deleted endpoint", prior: rotationType, arrange: deleted, run: refreshing(rotationType)},
		{name: "refresh of a rotation of another account", prior: rotationType, arrange: otherAccount, run: refreshing(rotationType)},
		{
			name: "update of an endpoint of another account, from a saved plan", prior: endpointType, arrange: otherAccount,
			run: applying(endpointType, acctest.Object{"url": hook + "/new"}),
		},
		{name: "delete of an endpoint of another account", prior: endpointType, arrange: otherAccount, run: destroying},
	}
}
