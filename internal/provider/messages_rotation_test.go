package provider_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func rotationSituations() []situation {
	all := validating(rotationType,
		acctest.Object{"endpoint_id": "first ", "rotation_period": acctest.Object{"days": 3}},
		acctest.Object{"endpoint_id": "", "rotation_period": acctest.Object{"days": 3}},
		rotationObject(noSuchID, acctest.Object{"rotation_period": acctest.Object{}}),
		rotationObject(noSuchID, acctest.Object{"rotation_period": acctest.Object{"days": 0}}),
		rotationObject(noSuchID, acctest.Object{"rotation_period": acctest.Object{"days": 1.5}}),
		rotationObject(noSuchID, acctest.Object{"rotation_period": acctest.Object{"days": -1}}),
		rotationObject(noSuchID, acctest.Object{"rotation_period": acctest.Object{"hours": -1}}),
		rotationObject(noSuchID, acctest.Object{"rotation_period": acctest.Object{"days": 1_000_000}}),
		rotationObject(noSuchID, acctest.Object{"rotation_period": acctest.Object{"hours": 1_000_000}}),
		rotationObject(noSuchID, acctest.Object{"rotate_every": acctest.Object{}}),
		rotationObject(noSuchID, acctest.Object{"rotate_every": acctest.Object{"hours": 0}}),
		rotationObject(noSuchID, acctest.Object{"rotate_every": acctest.Object{"days": 36_501}}),
		rotationObject(noSuchID, acctest.Object{"rotate_every": acctest.Object{"hours": 0.5}}),
		rotationObject(noSuchID, acctest.Object{"rotate_every": acctest.Object{"days": 2, "hours": -24}}),
	)
	for _, config := range []acctest.Object{
		{"endpoint_id": "", "rotation_period": acctest.Object{"days": 3}},
		{"endpoint_id": noSuchID, "rotation_period": acctest.Object{}},
		{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": 0}},
		{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": -1}},
		{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": 1, "hours": -1}},
		{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": 1.5}},
		{"endpoint_id": noSuchID},
		{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"hours": 1_000_000}},
	} {
		all = append(all, validatingAction(rotateAction, config))
	}
	return append(all,
		situation{name: "schedule that is overdue when it is set", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			p := e.Configured()
			state, problems := p.Apply(rotationType, nil, rotationObject(id, nil))
			problems.ExpectNone(t)
			e.Clock.Advance(10 * day)
			state, _ = p.Read(rotationType, state)
			_, problems = p.Apply(rotationType, state, rotationObject(id, acctest.Object{"rotate_every": acctest.Object{"days": 7}}))
			return problems
		}},
		situation{name: "action, without a period from a variable", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			return e.Configured().PlanAction(rotateAction, acctest.Object{"endpoint_id": noSuchID})
		}},
		rotating("third active key", func(e *acctest.Env, id string) { e.Sandbox.RotateSecret(id, day) }),
		rotating("endpoint is gone", func(e *acctest.Env, id string) { e.Sandbox.RemoveEndpoint(id) }),
		rotating("time-out", func(e *acctest.Env, _ string) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Delay: time.Hour})
		}),
		rotating("no key in any answer", func(e *acctest.Env, id string) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Times: -1, Body: withoutKeys(id)})
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Times: -1, Body: withoutKeys(id)})
		}),
		situation{name: "action, which says what it does", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			return told(e.Configured().InvokeAction(t.Context(), rotateAction, operationConfigs(id, "")[rotateAction]))
		}},
		situation{name: "action, third active key", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			e.Sandbox.RotateSecret(id, day)
			return told(e.Configured().InvokeAction(t.Context(), rotateAction, operationConfigs(id, "")[rotateAction]))
		}},
		situation{name: "action, on an endpoint without keys", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			e.Sandbox.UpdateEndpoint(id, func(there *sandbox.Endpoint) { there.Secrets = nil })
			return told(e.Configured().InvokeAction(t.Context(), rotateAction, operationConfigs(id, "")[rotateAction]))
		}},
		situation{name: "action, time-out", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Delay: time.Hour})
			return told(e.Configured().InvokeAction(t.Context(), rotateAction, operationConfigs(id, "")[rotateAction]))
		}},
		situation{name: "key to take over, and there is none", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Body: withoutKeys(id)})
			_, problems := e.Configured().Apply(rotationType, nil, rotationObject(id, acctest.Object{"rotate_on_create": false}))
			return problems
		}},
		situation{name: "import, and there is no key", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Body: withoutKeys(id)})
			_, problems := e.Configured().Import(rotationType, id)
			return problems
		}},
		storing("which the API does not list any more", func(e *acctest.Env, id string) {
			e.Sandbox.UpdateEndpoint(id, func(there *sandbox.Endpoint) { there.Secrets = there.Secrets[:1] })
		}),
		storing("which cannot be read", func(e *acctest.Env, _ string) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Status: http.StatusForbidden, Body: `{"status":"forbidden","message":"Forbidden"}`})
		}),
	)
}

// withoutKeys is an answer about the endpoint at hook that says nothing of its keys.
func withoutKeys(id string) string {
	return `{"id":"` + id + `","url":"` + hook + `","event_filters":[],"ssl_verification":true}`
}

// rotating is the create of a rotation for an endpoint that something has happened to.
func rotating(name string, arrange func(e *acctest.Env, id string)) situation {
	return situation{name: "rotation, " + name, say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
		id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
		arrange(e, id)
		_, problems := e.Configured().Apply(rotationType, nil, rotationObject(id, nil))
		return problems
	}}
}

// storing is store_secrets of a rotation that is there, turned on after something has happened.
func storing(name string, arrange func(e *acctest.Env, id string)) situation {
	return situation{name: "key to be stored " + name, say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
		_, _, problems := enableStoreSecrets(t, e, func(id string) { arrange(e, id) })
		return problems
	}}
}

func validatingAction(action string, config acctest.Object) situation {
	return situation{name: "action " + action + " " + argumentsText(config), say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
		return e.Provider().ValidateAction(action, config)
	}}
}
