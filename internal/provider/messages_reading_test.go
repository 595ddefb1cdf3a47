package provider_test

import (
	"fmt"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func importSituations() []situation {
	all := []situation{
		importOf("what is neither id nor URL", endpointType, "", nil),
		importOf("what is neither id nor URL", rotationType, " ", nil),
		importOf("an id that does not exist", endpointType, noSuchID, nil),
		importOf("an id that does not exist", rotationType, noSuchID, nil),
		{name: "move of an endpoint that was deleted", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			p := e.Configured()
			state, _, problems := p.Move(restAPIAddress, "restapi_object", restAPIState("/webhooks/endpoints", movedID), endpointType)
			problems.ExpectNone(t)
			_, problems = p.Read(endpointType, state)
			return problems
		}},
		importOf("a URL that is not registered", endpointType, hook, nil),
		importOf("a URL that is registered twice", endpointType, hook, func(e *acctest.Env) {
			for _, id := range []string{movedID, noSuchID} {
				e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, ID: id})
			}
		}),
		importOf("a test event", testEventType, noSuchID, nil),
		{name: "import by an identity that is a URL", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			_, problems := e.Configured().ImportByIdentity(endpointType, acctest.Object{"id": hook})
			return problems
		}},
		{name: "update of a resource that has nothing to update", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			p := e.Configured()
			state, problems := p.Apply(testEventType, nil, acctest.Object{"endpoint_id": id})
			problems.ExpectNone(t)
			_, problems = p.Apply(testEventType, state, acctest.Object{"endpoint_id": id})
			return problems
		}},
	}
	for _, source := range []struct{ name, provider, kind, state string }{
		{"another object of mastercard/restapi", restAPIAddress, "restapi_object", `{"id": "17", "path": "/jobs", "data": "{}"}`},
		{"another object of magodo/restful", restfulAddress, "restful_resource", `{"id": "/jobs/1", "body": {"value": {"name": "x"}}}`},
		{"a state that is no JSON object", restAPIAddress, "restapi_object", `"x"`},
		{"another provider", "registry.terraform.io/example/rest", "restapi_object", restAPIState("/webhooks/endpoints", movedID)},
	} {
		all = append(all, situation{name: "move from " + source.name, say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			_, _, problems := e.Provider().Move(source.provider, source.kind, source.state, endpointType)
			return problems
		}})
	}
	return all
}

func importOf(name, resource, id string, arrange func(*acctest.Env)) situation {
	return situation{name: "import of " + name + " as " + resource, say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
		if arrange != nil {
			arrange(e)
		}
		_, problems := e.Configured().Import(resource, id)
		return problems
	}}
}

// readingSituations are those of data sources, ephemeral and list resources, and functions.
func readingSituations() []situation {
	const deliveries, events, one, many = "prosa_webhook_deliveries", "prosa_webhook_events", "prosa_webhook_endpoint", "prosa_webhook_endpoints"
	all := []situation{
		validatingData(one, acctest.Object{}),
		validatingData(one, acctest.Object{"id": noSuchID, "url": hook}),
		validatingData(one, acctest.Object{"id": ""}),
		validatingData(one, acctest.Object{"id": " 7"}),
		validatingData(one, acctest.Object{"url": ""}),
		validatingData(one, acctest.Object{"url": "example.com/hook"}),
		validatingData(many, acctest.Object{"url_regex": "(unclosed"}),
		validatingData(many, acctest.Object{"url_regex": "a(?=b)"}),
		validatingData(many, acctest.Object{"event_type": ""}),
		validatingData("prosa_webhook_event", acctest.Object{"id": ""}),
		validatingData("prosa_webhook_event", acctest.Object{"id": "last "}),
		validatingData(deliveries, acctest.Object{"endpoint_id": "first "}),
		validatingData(deliveries, acctest.Object{"endpoint_id": "a\n"}),
		reading("a URL that is not registered", one, acctest.Object{"url": hook}, nil),
		reading("a URL that is registered twice", one, acctest.Object{"url": hook}, func(e *acctest.Env) {
			for _, id := range []string{movedID, noSuchID} {
				e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, ID: id})
			}
		}),
		reading("an endpoint that goes while its keys are read", one, acctest.Object{"url": hook, "include_secrets": true}, func(e *acctest.Env) {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Match: func(sandbox.Request) bool { return !e.Sandbox.RemoveEndpoint(id) }})
		}),
		{name: "keys of what is no endpoint", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			_, problems := e.Configured().OpenEphemeral(ephemeralType, acctest.Object{"endpoint_id": ""})
			return problems
		}},
		{name: "keys of an endpoint that has none", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Body: withoutKeys(id)})
			_, problems := e.Configured().OpenEphemeral(ephemeralType, acctest.Object{"endpoint_id": id})
			return problems
		}},
		listing(acctest.Object{"url_regex": "[z-a]"}),
		listing(acctest.Object{"event_type": ""}),
		calling("signature", "", int64(0), "body"),
		calling("verify_signature", "t=1,v1=00", "body", []any{"key", ""}),
	}
	for _, dataSource := range []string{events, deliveries} {
		for _, config := range []acctest.Object{
			{"from_date": "2026-02-30"}, {"from_date": "2026-02-02", "to_date": "2026-02-01"}, {"to_date": "2026-02-01T00:00:00Z"},
			{"from_date": "yesterday"}, {"to_date": ""}, {"from_date": "2026-02-02", "to_date": "2026-2-1"}, {"from_date": "0999-12-31"}, {"to_date": "0002-01-01"},
			{"limit": 0}, {"limit": -5}, {"limit": 1.5}, {"event_types": []any{""}}, {"event_types": []any{" "}}, {"event_types": []any{nil}},
		} {
			if dataSource == deliveries {
				config["endpoint_id"] = noSuchID
			}
			all = append(all, validatingData(dataSource, config))
		}
	}
	return all
}

func validatingData(dataSource string, config acctest.Object) situation {
	return situation{name: "data " + dataSource + " " + argumentsText(config), say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
		return e.Provider().ValidateDataSource(dataSource, config)
	}}
}

func reading(name, dataSource string, config acctest.Object, arrange func(*acctest.Env)) situation {
	return situation{name: "data " + dataSource + ", " + name, say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
		if arrange != nil {
			arrange(e)
		}
		_, problems := e.Configured().ReadDataSource(dataSource, config)
		return problems
	}}
}

func listing(config acctest.Object) situation {
	return situation{name: "list " + endpointType + " " + argumentsText(config), say: func(_ *testing.T, e *acctest.Env) (problems acctest.Diagnostics) {
		for _, result := range e.Configured().List(endpointType, config, 0, false) {
			problems = append(problems, result.Problems...)
		}
		return problems
	}}
}

func calling(function string, arguments ...any) situation {
	return situation{name: fmt.Sprintf("function %s%q", function, arguments), say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
		_, problem, argument := e.Provider().Call(function, arguments...)
		return acctest.Diagnostics{{Severity: "function error", Attribute: fmt.Sprintf("argument %d", argument+1), Summary: problem}}
	}}
}
