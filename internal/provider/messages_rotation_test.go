package provider_test

import (
	"slices"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func rotationMessages() []messageCase {
	period := func(period acctest.Object) acctest.Object {
		return rotationObject(noSuchID, acctest.Object{"rotation_period": period})
	}
	schedule := func(interval acctest.Object) acctest.Object {
		return rotationObject(noSuchID, acctest.Object{"rotate_every": interval})
	}
	threeDays := acctest.Object{"days": 3}
	return slices.Concat(
		validating(validateResource, rotationType,
			acctest.Object{"endpoint_id": "first ", "rotation_period": threeDays},
			acctest.Object{"endpoint_id": "", "rotation_period": threeDays},
			period(acctest.Object{}),
			period(acctest.Object{"days": 0}),
			period(acctest.Object{"days": 1.5}),
			period(acctest.Object{"days": -1}),
			period(acctest.Object{"hours": -1}),
			period(acctest.Object{"days": 1_000_000}),
			period(acctest.Object{"hours": 1_000_000}),
			schedule(acctest.Object{}),
			schedule(acctest.Object{"hours": 0}),
			schedule(acctest.Object{"days": 36_501}),
			schedule(acctest.Object{"hours": 0.5}),
			schedule(acctest.Object{"days": 2, "hours": -24}),
		),
		validating(validateAction, rotateAction,
			acctest.Object{"endpoint_id": "", "rotation_period": threeDays},
			acctest.Object{"endpoint_id": noSuchID},
			period(acctest.Object{}),
			period(acctest.Object{"hours": -1}),
		),
		rotateMessages(),
	)
}

func rotateMessages() []messageCase {
	rotate := applying(rotationType, rotationObject(knownID, nil))
	adopt := applying(rotationType, rotationObject(knownID, acctest.Object{"rotate_on_create": false}))
	store := applying(rotationType, rotationObject(knownID, acctest.Object{"store_secrets": true}))
	action := invoking(rotateAction, acctest.Object{"endpoint_id": knownID, "rotation_period": acctest.Object{"days": 3}})

	timeout := registerEndpointWith(sandbox.Fault{Operation: sandbox.OpRotateSecret, Delay: time.Hour})
	withoutKeys := sandbox.Fault{Operation: sandbox.OpGetEndpoint, Times: -1, Body: endpointWithoutKeys}
	cannotReadKeys := forbidden
	cannotReadKeys.Operation = sandbox.OpGetEndpoint
	rotatedBefore := func(e *acctest.Env) {
		registerEndpoint(e)
		e.Sandbox.RotateSecret(knownID, day)
	}
	return []messageCase{
		{
			name: "schedule that is overdue when it is set", prior: rotationType,
			run: func(e *acctest.Env, state *acctest.State) acctest.Diagnostics {
				p, config := e.Configured(), rotationObject(knownID, acctest.Object{"rotate_every": acctest.Object{"days": 7}})
				e.Clock.Advance(10 * day)
				_, problems := p.Apply(rotationType, p.MustRead(rotationType, state), config)
				return problems
			},
		},
		{name: "plan of an action without rotation_period", run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
			return e.Configured().PlanAction(rotateAction, acctest.Object{"endpoint_id": noSuchID})
		}},
		{name: "rotation, third active key", arrange: rotatedBefore, run: rotate},
		{name: "rotation of a deleted endpoint", run: rotate},
		{name: "rotation, timeout", arrange: timeout, run: rotate},
		{
			name:    "rotation, no key in any response",
			arrange: registerEndpointWith(sandbox.Fault{Operation: sandbox.OpRotateSecret, Times: -1, Body: endpointWithoutKeys}, withoutKeys),
			run:     rotate,
		},
		{name: "rotate action", arrange: registerEndpoint, run: action},
		{name: "rotate action, third active key", arrange: rotatedBefore, run: action},
		{name: "rotate action, endpoint without keys", arrange: func(e *acctest.Env) {
			registerEndpoint(e)
			e.Sandbox.UpdateEndpoint(knownID, func(endpoint *sandbox.Endpoint) { endpoint.Secrets = nil })
		}, run: action},
		{name: "rotate action, timeout", arrange: timeout, run: action},
		{name: "rotate_on_create = false, endpoint without keys", arrange: registerEndpointWith(withoutKeys), run: adopt},
		{name: "import, endpoint without keys", arrange: registerEndpointWith(withoutKeys), run: importing(rotationType, knownID)},
		{
			name: "store_secrets of a key that is no longer listed", prior: rotationType,
			arrange: func(e *acctest.Env) { e.Sandbox.RotateSecret(knownID, 0) },
			run:     store,
		},
		{
			name: "store_secrets of a key that cannot be read", prior: rotationType,
			arrange: withFaults(cannotReadKeys),
			run:     store,
		},
	}
}

// endpointWithoutKeys is a response about endpoint knownID that lacks its keys.
const endpointWithoutKeys = `{"id":"` + knownID + `","url":"` + hook + `","event_filters":[],"ssl_verification":true}`
