package provider_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func endpointMessages() []messageCase {
	all := validating(validateResource, endpointType,
		acctest.Object{"url": ""},
		acctest.Object{"url": "example.com/hook"},
		acctest.Object{"url": "/hook"},
		acctest.Object{"url": "https:///hook"},
		acctest.Object{"url": "ftp://example.com"},
		acctest.Object{"url": "https://example.com/a b"},
		acctest.Object{"url": "https://example.com:port/"},
		acctest.Object{"url": "https://me@example.com:port/"},
		acctest.Object{"url": "http://example.com/hook"},
		acctest.Object{"url": hook, "event_filters": []any{"stt.jobs.failed", " "}},
		acctest.Object{"url": hook, "event_filters": []any{""}},
		acctest.Object{"url": hook, "event_filters": []any{nil}},
		acctest.Object{"url": hook, "event_filters": []any{"stt.job.complete"}},
		acctest.Object{"url": hook, "event_filters": []any{"STT.Jobs.Failed"}},
		acctest.Object{"url": hook, "event_filters": []any{"nonsense"}},
		acctest.Object{"url": hook, "ssl_verification": false},
		acctest.Object{"url": hook, "secret_key": ""},
		acctest.Object{"url": hook, "secret_key_wo": "", "secret_key_wo_version": 1},
		acctest.Object{"url": hook, "secret_key_wo": "k"},
		acctest.Object{"url": hook, "secret_key_wo_version": 1},
		acctest.Object{"url": hook, "secret_key": "k", "secret_key_wo": "k", "secret_key_wo_version": 1},
	)
	plain := acctest.Object{"url": hook}
	keyed := acctest.Object{"url": hook, "secret_key": "my-own-key"}
	writeOnly := acctest.Object{"url": hook, "secret_key_wo": "my-own-key", "secret_key_wo_version": 1}
	createFails := func(fault sandbox.Fault) func(*acctest.Env) {
		fault.Operation, fault.Times = sandbox.OpCreateEndpoint, -1
		return withFaults(fault)
	}
	cannotReadKeys := forbidden
	cannotReadKeys.Operation = sandbox.OpGetEndpoint
	invalidKey := invalid(`["body", "secret_key"]`)
	twoFields := sandbox.Fault{Status: http.StatusUnprocessableEntity, Body: `{"status":"request_validation_error","message":"2 wrong values",` +
		`"context":[{"location":["body","url"],"message":"host is not public","status":"value_error"},` +
		`{"location":["body","label"],"message":"field required","status":"value_error.missing"}]}`}
	retryAfter := http.Header{"Retry-After": {"60"}}
	creating := func(p *acctest.Provider) acctest.Diagnostics {
		_, problems := p.Apply(endpointType, nil, plain)
		return problems
	}
	readingData := func(dataSource string) call {
		return func(p *acctest.Provider) acctest.Diagnostics {
			_, problems := p.ReadDataSource(dataSource, nil)
			return problems
		}
	}
	documented := acctest.Object{"url": hook, "event_filters": []any{
		"stt.jobs.completed", "stt.jobs.failed", "stt.job.completed", "stt.job.failed", "tts.job.completed", "tts.job.failed", "webhook.ping",
	}}
	return append(all, []messageCase{
		{name: "plan with all documented event types", run: planning(endpointType, documented)},
		{name: "plan after an import " + formatConfig(keyed), prior: endpointType, run: planning(endpointType, keyed)},
		{name: "plan after an import " + formatConfig(writeOnly), prior: endpointType, run: planning(endpointType, writeOnly)},
		{
			name: "plan with a URL that is registered and unknown event_filters", arrange: registerEndpoint,
			run: planning(endpointType, acctest.Object{"url": hook, "event_filters": acctest.Unknown}),
		},
		{name: "plan with an unknown URL", arrange: registerEndpoint, run: planning(endpointType, acctest.Object{"url": acctest.Unknown})},
		{name: "create with a URL that is registered", arrange: registerEndpoint, run: applying(endpointType, plain)},
		{
			name: "create whose keys cannot be read afterwards",
			arrange: withFaults(
				sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Close: true},
				cannotReadKeys,
			),
			run: applying(endpointType, acctest.Object{"url": hook, "store_secrets": true}),
		},
		{
			name: "update of an endpoint that was deleted after the plan", prior: endpointType,
			arrange: func(e *acctest.Env) { e.Sandbox.RemoveEndpoint(knownID) },
			run:     applying(endpointType, acctest.Object{"url": hook + "/other"}),
		},
		{
			name:    "create without a baseline",
			arrange: withFaults(sandbox.Fault{Operation: sandbox.OpListEndpoints, Status: http.StatusInternalServerError, Times: -1}),
			run:     applying(endpointType, plain),
		},
		{name: "create with an invalid secret_key", arrange: createFails(invalidKey), run: applying(endpointType, keyed)},
		{name: "create with an invalid secret_key_wo", arrange: createFails(invalidKey), run: applying(endpointType, writeOnly)},
		{name: "create with two invalid fields, one of them unknown", arrange: createFails(twoFields), run: applying(endpointType, plain)},
		{
			name:    "interrupt while another create of the URL is in flight",
			arrange: createFails(sandbox.Fault{Delay: time.Hour}),
			run:     interrupting(creating, creating),
		},
		{
			name:    "interrupt of a read that waits for a rate limit",
			arrange: withFaults(sandbox.Fault{Status: http.StatusTooManyRequests, Times: -1}),
			run:     interrupting(readingData("prosa_webhook_endpoints"), readingData("prosa_webhook_events")),
		},
		{
			name:    "interrupt of a create that waits for a rate limit",
			arrange: withFaults(sandbox.Fault{Operation: sandbox.OpListEndpoints, Status: http.StatusTooManyRequests, Times: -1}),
			run:     interrupting(creating),
		},
		{
			name:    "interrupt of a create that waits for a retry",
			arrange: createFails(sandbox.Fault{Status: http.StatusServiceUnavailable, Header: retryAfter}),
			run:     interrupting(creating),
		},
		{
			name:    "interrupt of the listing before a create",
			arrange: withFaults(sandbox.Fault{Operation: sandbox.OpListEndpoints, Delay: time.Hour}),
			run:     interrupting(creating),
		},
		{name: "interrupt of a create", arrange: createFails(sandbox.Fault{Delay: time.Hour}), run: interrupting(creating)},
	}...)
}

// lostCreateMessages covers creates whose response is lost and that may or may not have taken effect.
func lostCreateMessages() []messageCase {
	const create = sandbox.OpCreateEndpoint
	timeout := withFaults(sandbox.Fault{Operation: create, Delay: time.Hour})
	plain := applying(endpointType, acctest.Object{"url": hook})
	// respondsWith makes creates return the endpoint with this id.
	respondsWith := func(id any) sandbox.Fault {
		body := fmt.Sprintf(`{"id":%q,"url":%q,"secrets":[],"event_filters":[],"ssl_verification":true}`, id, hook)
		return sandbox.Fault{Operation: create, Times: -1, Body: body}
	}
	return []messageCase{
		{name: "timeout", arrange: timeout, run: plain},
		{
			name: "timeout, with a URL that needs quotes in a shell", arrange: timeout,
			run: applying(endpointType, acctest.Object{"url": "https://example.com/it's?a=$b&c=d"}),
		},
		{
			name: "two new endpoints, one of them of another process",
			arrange: func(e *acctest.Env) {
				e.Sandbox.Inject(sandbox.Fault{Operation: create, Do: true, Close: true, Match: func(sandbox.Request) bool {
					e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
					return true
				}})
			},
			run: plain,
		},
		{
			name: "the endpoints cannot be listed afterwards",
			arrange: withFaults(
				sandbox.Fault{Operation: create, Close: true},
				sandbox.Fault{Operation: sandbox.OpListEndpoints, Status: http.StatusInternalServerError, Skip: 1, Times: -1},
			),
			run: plain,
		},
		{
			name:    "no retry takes effect",
			arrange: withFaults(sandbox.Fault{Operation: create, Status: http.StatusInternalServerError, Times: -1}),
			run:     plain,
		},
		{
			name: "the response is about an endpoint that existed before",
			arrange: func(e *acctest.Env) {
				e.Sandbox.Inject(respondsWith(e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook + "/old"}).ID))
			},
			run: plain,
		},
		{name: "the response is about the endpoint of another create", run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
			p := e.Configured()
			first := p.MustApply(endpointType, nil, acctest.Object{"url": hook + "/first"})
			e.Sandbox.Inject(respondsWith(first.Attributes["id"]))
			_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
			return problems
		}},
		{
			name: "lost again, after another create of the URL was lost",
			arrange: withFaults(
				sandbox.Fault{Operation: create, Status: http.StatusGatewayTimeout},
				sandbox.Fault{Operation: create, Close: true},
			),
			run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
				p := e.Configured()
				_, _ = p.Apply(endpointType, nil, acctest.Object{"url": hook})
				_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
				return problems
			},
		},
	}
}
