package provider_test

import (
	"fmt"
	"slices"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// registerTwice registers two endpoints with the same URL.
func registerTwice(e *acctest.Env) {
	for _, id := range []string{knownID, noSuchID} {
		e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: id, URL: hook})
	}
}

func importMessages() []messageCase {
	moving := func(provider, typ, state string) run {
		return func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
			_, _, problems := e.Provider().Move(provider, typ, state, endpointType)
			return problems
		}
	}
	const otherRestAPI = `{"id": "17", "path": "/jobs", "data": "{}"}`
	const otherRestful = `{"id": "/jobs/1", "body": {"value": {"name": "x"}}}`
	moved := restAPIState("/webhooks/endpoints", knownID)
	return []messageCase{
		{name: "import of an endpoint by an empty id", run: importing(endpointType, "")},
		{name: "import of a rotation by a blank id", run: importing(rotationType, " ")},
		{name: "import of an endpoint by an id that does not exist", run: importing(endpointType, noSuchID)},
		{name: "import of a rotation by an id that does not exist", run: importing(rotationType, noSuchID)},
		{name: "move of an endpoint that was deleted", run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
			p := e.Configured()
			state, _, problems := p.Move(restAPIAddress, "restapi_object", moved, endpointType)
			problems.ExpectNone(e.T)
			_, problems = p.Read(endpointType, state)
			return problems
		}},
		{name: "import of an endpoint by a URL that is not registered", run: importing(endpointType, hook)},
		{name: "import of an endpoint by a URL that is registered twice", arrange: registerTwice, run: importing(endpointType, hook)},
		{name: "import of a test event", run: importing(testEventType, noSuchID)},
		{name: "import of an endpoint by an identity that is a URL", run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
			_, problems := e.Configured().ImportByIdentity(endpointType, acctest.Object{"id": hook})
			return problems
		}},
		{name: "update of a resource without updates", arrange: registerEndpoint, run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
			p := e.Configured()
			state := p.MustApply(testEventType, nil, acctest.Object{"endpoint_id": knownID})
			_, problems := p.Apply(testEventType, state, acctest.Object{"endpoint_id": knownID})
			return problems
		}},
		{name: "move of another mastercard/restapi object", run: moving(restAPIAddress, "restapi_object", otherRestAPI)},
		{name: "move of another magodo/restful object", run: moving(restfulAddress, "restful_resource", otherRestful)},
		{name: "move of a state that is not a JSON object", run: moving(restAPIAddress, "restapi_object", `"x"`)},
		{name: "move from another provider", run: moving("registry.terraform.io/example/rest", "restapi_object", moved)},
	}
}

// readingMessages covers data sources, ephemeral resources, list resources and functions.
func readingMessages() []messageCase {
	const one, many, event = "prosa_webhook_endpoint", "prosa_webhook_endpoints", "prosa_webhook_event"
	const events, deliveries = "prosa_webhook_events", "prosa_webhook_deliveries"
	calling := func(name, function string, arguments ...any) messageCase {
		return messageCase{name: name, run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
			_, problem, argument := e.Provider().Call(function, arguments...)
			return acctest.Diagnostics{{Severity: "function error", Attribute: fmt.Sprintf("argument %d", argument+1), Summary: problem}}
		}}
	}
	deletedMeanwhile := func(e *acctest.Env) {
		registerEndpoint(e)
		e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Match: func(sandbox.Request) bool {
			return !e.Sandbox.RemoveEndpoint(knownID)
		}})
	}
	withoutKeys := sandbox.Fault{Operation: sandbox.OpGetEndpoint, Body: endpointWithoutKeys}
	all := slices.Concat(
		validating(validateDataSource, one,
			acctest.Object{},
			acctest.Object{"id": noSuchID, "url": hook},
			acctest.Object{"id": ""},
			acctest.Object{"id": " 7"},
			acctest.Object{"url": ""},
			acctest.Object{"url": "example.com/hook"},
		),
		validating(validateDataSource, many,
			acctest.Object{"url_regex": "(unclosed"},
			acctest.Object{"url_regex": "a(?=b)"},
			acctest.Object{"event_type": ""},
		),
		validating(validateDataSource, event, acctest.Object{"id": ""}, acctest.Object{"id": "last "}),
		validating(validateDataSource, deliveries,
			acctest.Object{"endpoint_id": "first "},
			acctest.Object{"endpoint_id": "a\n"},
			acctest.Object{"endpoint_id": noSuchID, "from_date": "2026-02-02", "to_date": "2026-02-01"},
			acctest.Object{"endpoint_id": noSuchID, "limit": 0},
			acctest.Object{"endpoint_id": noSuchID, "event_types": []any{""}},
		),
		[]messageCase{
			{name: one + ", by a URL that is not registered", run: reading(one, acctest.Object{"url": hook})},
			{name: one + ", by a URL that is registered twice", arrange: registerTwice, run: reading(one, acctest.Object{"url": hook})},
			{
				name: one + ", deleted before its keys are read", arrange: deletedMeanwhile,
				run: reading(one, acctest.Object{"url": hook, "include_secrets": true}),
			},
			{name: "ephemeral keys, by an empty id", run: opening("")},
			{name: "ephemeral keys of an endpoint without keys", arrange: registerEndpointWith(withoutKeys), run: opening(knownID)},
			{name: "list with an invalid url_regex", run: querying(acctest.Object{"url_regex": "[z-a]"})},
			{name: "list with an empty event_type", run: querying(acctest.Object{"event_type": ""})},
			calling("signature with an empty key", "signature", "", int64(0), "body"),
			calling("verify_signature with an empty key", "verify_signature", "t=1,v1=00", "body", []any{"key", ""}),
			calling("verify_signature with a null key", "verify_signature", "t=1,v1=00", "body", []any{nil}),
		},
	)
	return append(all, validating(validateDataSource, events,
		acctest.Object{"from_date": "2026-02-30"},
		acctest.Object{"from_date": "2026-02-02", "to_date": "2026-02-01"},
		acctest.Object{"to_date": "2026-02-01T00:00:00Z"},
		acctest.Object{"from_date": "yesterday"},
		acctest.Object{"to_date": ""},
		acctest.Object{"from_date": "2026-02-02", "to_date": "2026-2-1"},
		acctest.Object{"from_date": "0999-12-31"},
		acctest.Object{"to_date": "0002-01-01"},
		acctest.Object{"limit": 0},
		acctest.Object{"limit": -5},
		acctest.Object{"limit": 1.5},
		acctest.Object{"event_types": []any{""}},
		acctest.Object{"event_types": []any{" "}},
		acctest.Object{"event_types": []any{nil}},
	)...)
}
