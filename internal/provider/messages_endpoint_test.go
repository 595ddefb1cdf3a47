package provider_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func endpointSituations() []situation {
	all := validating(endpointType,
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
	for _, config := range []acctest.Object{
		{"url": hook, "secret_key": "my-own-key"},
		{"url": hook, "secret_key_wo": "my-own-key", "secret_key_wo_version": 1},
	} {
		all = append(all, situation{name: "plan after an import " + argumentsText(config), say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
			p := e.Configured()
			state, problems := p.Import(endpointType, hook)
			problems.ExpectNone(t)
			_, problems = p.Plan(endpointType, state, config)
			return problems
		}})
	}
	return append(all,
		situation{name: "create of a URL that is registered", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
			_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
			return problems
		}},
		situation{name: "create whose keys cannot be read afterwards", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Close: true})
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Status: http.StatusForbidden, Body: `{"status":"forbidden","message":"Forbidden"}`})
			_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook, "store_secrets": true})
			return problems
		}},
		situation{name: "update of an endpoint that is gone by then", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			p := e.Configured()
			state, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
			problems.ExpectNone(t)
			e.Sandbox.RemoveEndpoint(e.OnlyEndpoint().ID)
			_, problems = p.Apply(endpointType, state, acctest.Object{"url": hook + "/other"})
			return problems
		}},
		situation{name: "create before which the endpoints cannot be listed", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Status: http.StatusInternalServerError, Times: -1})
			_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
			return problems
		}},
		situation{name: "create with a key that is refused", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.Inject(refusing(sandbox.OpCreateEndpoint, `["body", "secret_key"]`))
			_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook, "secret_key": "my-own-key"})
			return problems
		}},
		situation{name: "create with a write-only key that is refused", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.Inject(refusing(sandbox.OpCreateEndpoint, `["body", "secret_key"]`))
			_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook, "secret_key_wo": "my-own-key", "secret_key_wo_version": 1})
			return problems
		}},
		situation{name: "create with two values that are refused, one of which is no attribute's", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.Inject(sandbox.Fault{
				Operation: sandbox.OpCreateEndpoint, Status: http.StatusUnprocessableEntity,
				Body: `{"status":"request_validation_error","message":"2 wrong values","context":[` +
					`{"location":["body","url"],"message":"host is not public","status":"value_error"},{"location":["body","label"],"message":"field required","status":"value_error.missing"}]}`,
			})
			_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
			return problems
		}},
		situation{name: "interrupt while another create of the URL is under way", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Delay: time.Hour, Times: -1})
			p := e.Configured()
			var others sync.WaitGroup
			defer others.Wait()
			others.Go(func() { _, _ = p.Apply(endpointType, nil, acctest.Object{"url": hook}) })
			pause(t, time.Second)
			others.Go(func() {
				pause(t, time.Second)
				p.Stop()
			})
			_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
			return problems
		}},
		situation{name: "interrupt of a read that waits for a rate limit", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.Inject(sandbox.Fault{Status: http.StatusTooManyRequests, Times: -1})
			p := e.Configured()
			var others sync.WaitGroup
			defer others.Wait()
			others.Go(func() { _, _ = p.ReadDataSource("prosa_webhook_endpoints", nil) }) // is answered with 429
			pause(t, 100*time.Millisecond)
			others.Go(func() {
				pause(t, 100*time.Millisecond)
				p.Stop()
			})
			_, problems := p.ReadDataSource("prosa_webhook_events", nil)
			return problems
		}},
		interrupting("a create that waits for a rate limit", sandbox.Fault{Operation: sandbox.OpListEndpoints, Status: http.StatusTooManyRequests, Times: -1}),
		interrupting("a create that is to be retried", sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"60"}}, Times: -1}),
		interrupting("the listing before a create", sandbox.Fault{Operation: sandbox.OpListEndpoints, Delay: time.Hour}),
		interrupting("a create", sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Delay: time.Hour}),
	)
}

// refusing answers an operation with a wrong value at a place.
func refusing(op sandbox.Operation, location string) sandbox.Fault {
	return sandbox.Fault{Operation: op, Times: -1, Status: http.StatusUnprocessableEntity, Body: `{"status":"request_validation_error","message":"1 wrong value",` +
		`"context":[{"location":` + location + `,"message":"this value will not do","status":"value_error"}]}`}
}

// interrupting is an interrupt of a create that a fault holds up.
func interrupting(what string, fault sandbox.Fault) situation {
	return situation{name: "interrupt of " + what, say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
		e.Sandbox.Inject(fault)
		p := e.Configured()
		go func() {
			pause(t, 100*time.Millisecond)
			p.Stop()
		}()
		_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
		return problems
	}}
}

// lostCreateSituations are creates of which nobody knows whether they were done.
func lostCreateSituations() []situation {
	create := func(url string, arrange func(e *acctest.Env)) func(*testing.T, *acctest.Env) acctest.Diagnostics {
		return func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			arrange(e)
			_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": url})
			return problems
		}
	}
	// another answers creates with an endpoint of this id.
	another := func(e *acctest.Env, id, url string) {
		e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Times: -1, Body: fmt.Sprintf(
			`{"id":%q,"url":%q,"secrets":[],"event_filters":[],"ssl_verification":true}`, id, url)})
	}
	return []situation{
		{name: "time-out", say: create(hook, func(e *acctest.Env) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Delay: time.Hour})
		})},
		{name: "time-out, of a URL that a shell would take apart", say: create("https://example.com/it's?a=$b&c=d", func(e *acctest.Env) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Delay: time.Hour})
		})},
		{name: "two endpoints appeared, one of which is somebody else's", say: create(hook, func(e *acctest.Env) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Close: true, Match: func(sandbox.Request) bool {
				e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true})
				return true
			}})
		})},
		{name: "the endpoints cannot be listed afterwards", say: create(hook, func(e *acctest.Env) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Close: true})
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Status: http.StatusInternalServerError, Skip: 1, Times: -1})
		})},
		{name: "never done, however often it is sent again", say: create(hook, func(e *acctest.Env) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: http.StatusInternalServerError, Times: -1})
		})},
		{name: "the answer is about an endpoint that was there before", say: create(hook, func(e *acctest.Env) {
			another(e, e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook + "/old"}).ID, hook)
		})},
		{name: "the answer is about an endpoint that another create made", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			p := e.Configured()
			first, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook + "/first"})
			problems.ExpectNone(t)
			another(e, first.Attributes["id"].(string), hook)
			_, problems = p.Apply(endpointType, nil, acctest.Object{"url": hook})
			return problems
		}},
		{name: "lost again, after another create of the URL was lost", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: http.StatusGatewayTimeout, Times: 1})
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Close: true})
			p := e.Configured()
			_, _ = p.Apply(endpointType, nil, acctest.Object{"url": hook})
			_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
			return problems
		}},
	}
}
