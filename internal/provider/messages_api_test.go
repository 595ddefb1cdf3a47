package provider_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// apiCall is something that users have done by one operation of the API, about the endpoint, event or delivery movedID.
type apiCall struct {
	op        sandbox.Operation
	imported  string   // the type of a resource that is in the state before; empty: none
	ask       asking   // has it done
	locations []string // what the API can find wrong
	silentOn  []string // the failures that are none here
}

type asking func(t *testing.T, e *acctest.Env, p *acctest.Provider, state *acctest.State) acctest.Diagnostics

// apiCalls are by the name of the file that has what is said of their failures.
func apiCalls() map[string]apiCall {
	const notFound = "404 of the API"
	byID, days := []string{`["path","endpoint_id"]`}, []string{`["query","from_date"]`, `["query","to_date"]`}
	applying := func(resource string, config acctest.Object) asking {
		return func(_ *testing.T, _ *acctest.Env, p *acctest.Provider, state *acctest.State) acctest.Diagnostics {
			_, problems := p.Apply(resource, state, config)
			return problems
		}
	}
	refreshing := func(resource string) asking {
		return func(_ *testing.T, _ *acctest.Env, p *acctest.Provider, state *acctest.State) acctest.Diagnostics {
			_, problems := p.Read(resource, state)
			return problems
		}
	}
	reading := func(dataSource string, config acctest.Object) asking {
		return func(_ *testing.T, _ *acctest.Env, p *acctest.Provider, _ *acctest.State) acctest.Diagnostics {
			_, problems := p.ReadDataSource(dataSource, config)
			return problems
		}
	}
	return map[string]apiCall{
		"create": {op: sandbox.OpCreateEndpoint, ask: applying(endpointType, acctest.Object{"url": hook + "/new"}), locations: []string{`["body","url"]`, `["body","event_filters",0]`, `["body","ssl_verification"]`}},
		"update": {op: sandbox.OpUpdateEndpoint, imported: endpointType, ask: applying(endpointType, acctest.Object{"url": hook + "/new"}), locations: []string{`["body","url"]`}},
		"read":   {op: sandbox.OpListEndpoints, imported: endpointType, ask: refreshing(endpointType)},
		"delete": {op: sandbox.OpDeleteEndpoint, imported: endpointType, silentOn: []string{notFound, "answer without an end", "page in place of JSON"}, ask: func(_ *testing.T, _ *acctest.Env, p *acctest.Provider, state *acctest.State) acctest.Diagnostics {
			return p.Destroy(endpointType, state)
		}},
		"import": {op: sandbox.OpListEndpoints, ask: func(_ *testing.T, _ *acctest.Env, p *acctest.Provider, _ *acctest.State) acctest.Diagnostics {
			_, problems := p.Import(endpointType, hook)
			return problems
		}},
		"rotate":        {op: sandbox.OpRotateSecret, ask: applying(rotationType, rotationObject(movedID, nil)), locations: []string{`["body","rotation_period","days"]`, `["body","rotation_period","hours"]`, `["body","rotation_period"]`, `["path","endpoint_id"]`}},
		"rotation_read": {op: sandbox.OpGetEndpoint, imported: rotationType, ask: refreshing(rotationType)},
		"rotation_take_over": {op: sandbox.OpGetEndpoint, locations: byID,
			ask: applying(rotationType, rotationObject(movedID, acctest.Object{"rotate_on_create": false}))},
		"test_event":      {op: sandbox.OpSendTestEvent, locations: byID, ask: applying(testEventType, acctest.Object{"endpoint_id": movedID})},
		"replay":          {op: sandbox.OpReplayDelivery, locations: []string{`["path","delivery_id"]`}, ask: applying(replayType, acctest.Object{"delivery_id": movedID})},
		"replay_failed":   {op: sandbox.OpReplayFailedDeliveries, locations: byID, ask: applying(replayFailedType, acctest.Object{"endpoint_id": movedID})},
		"data_endpoint":   {op: sandbox.OpGetEndpoint, locations: byID, ask: reading("prosa_webhook_endpoint", acctest.Object{"id": movedID})},
		"data_by_url":     {op: sandbox.OpListEndpoints, ask: reading("prosa_webhook_endpoint", acctest.Object{"url": hook})},
		"data_endpoints":  {op: sandbox.OpListEndpoints, ask: reading("prosa_webhook_endpoints", nil)},
		"data_event":      {op: sandbox.OpGetEvent, locations: []string{`["path","event_id"]`}, ask: reading("prosa_webhook_event", acctest.Object{"id": movedID})},
		"data_events":     {op: sandbox.OpListEvents, locations: days, ask: reading("prosa_webhook_events", nil)},
		"data_deliveries": {op: sandbox.OpListDeliveries, locations: append(days, byID...), ask: reading("prosa_webhook_deliveries", acctest.Object{"endpoint_id": movedID})},
		"endpoint_secrets": {op: sandbox.OpGetEndpoint, locations: byID, ask: func(_ *testing.T, _ *acctest.Env, p *acctest.Provider, _ *acctest.State) acctest.Diagnostics {
			_, problems := p.OpenEphemeral(ephemeralType, acctest.Object{"endpoint_id": movedID})
			return problems
		}},
		"list": {op: sandbox.OpListEndpoints, ask: func(_ *testing.T, _ *acctest.Env, p *acctest.Provider, _ *acctest.State) (problems acctest.Diagnostics) {
			for _, result := range p.List(endpointType, nil, 0, false) {
				problems = append(problems, result.Problems...)
			}
			return problems
		}},
	}
}

// apiFailure is something that keeps an operation from being answered as it should be.
type apiFailure struct {
	name   string
	fault  sandbox.Fault
	client func(*prosa.Config) // what is wrong on this side; nil: nothing
}

func failures(call apiCall) []apiFailure {
	status := "webhook_endpoint_not_found"
	switch call.op {
	case sandbox.OpGetEvent:
		status = "webhook_event_not_found"
	case sandbox.OpReplayDelivery:
		status = "webhook_delivery_not_found"
	}
	const page = "<html><body><h1>Bad Gateway</h1></body></html>"
	all := []apiFailure{
		{name: "401", fault: sandbox.Fault{Status: 401, Body: `{"status":"auth_unauthorized","message":"Unauthorized"}`}},
		{name: "403", fault: sandbox.Fault{Status: 403, Body: `{"status":"forbidden","message":"Forbidden"}`}},
		{name: "404 of the API", fault: sandbox.Fault{Status: 404, Body: `{"status":"` + status + `","message":"Not found"}`}},
		{name: "404 of a gateway", fault: sandbox.Fault{Status: 404, Body: `{"detail":"Not Found"}`}},
		{name: "409", fault: sandbox.Fault{Status: 409, Body: `{"status":"conflict","message":"Another request is under way"}`}},
		{name: "429 for longer than is waited", fault: sandbox.Fault{Status: 429}},
		{name: "429 that asks for an hour", fault: sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}},
		{name: "500", fault: sandbox.Fault{Status: 500, Body: "Internal Server Error"}},
		{name: "503", fault: sandbox.Fault{Status: 503, Body: page}},
		{name: "503 that asks for an hour", fault: sandbox.Fault{Status: 503, Header: http.Header{"Retry-After": {"3600"}}}},
		{name: "504", fault: sandbox.Fault{Status: 504, Body: page}},
		{name: "redirect", fault: sandbox.Fault{Status: 307, Header: http.Header{"Location": {"https://other.example.com/v3/speech"}}}},
		{name: "page in place of JSON", fault: sandbox.Fault{Body: page}},
		{name: "answer without an end", fault: sandbox.Fault{Endless: true}, client: bounded},
		{name: "time-out", fault: sandbox.Fault{Delay: time.Hour}},
		{name: "connection that is closed", fault: sandbox.Fault{Close: true}},
		{name: "no connection", client: dialing(0, errors.New("connection refused"))},
		{name: "no connection in time", client: dialing(35*time.Second, errors.New("i/o timeout"))},
		{name: "422 about nothing that is known", fault: refusing("", `["body","label"]`)},
	}
	if op := string(call.op); strings.HasPrefix(op, "list") || strings.HasPrefix(op, "get") {
		all = append(all, apiFailure{name: "answer that is cut off", fault: sandbox.Fault{Truncate: 1}})
	}
	for _, location := range call.locations {
		all = append(all, apiFailure{name: "422 about " + location, fault: refusing("", location)})
	}
	return all
}

// dialing has connections fail after some time.
func dialing(after time.Duration, reason error) func(*prosa.Config) {
	return func(c *prosa.Config) {
		c.Transport = &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), after)
			defer cancel()
			<-ctx.Done()
			return nil, &net.OpError{Op: "dial", Net: network, Err: reason}
		}}
	}
}

// apiSituations are all failures of all calls.
func apiSituations() map[string][]situation {
	files := map[string][]situation{}
	for file, call := range apiCalls() {
		for _, failure := range failures(call) {
			files[file] = append(files[file], situation{
				name:   strings.ReplaceAll(file, "_", " ") + ": " + failure.name,
				silent: slices.Contains(call.silentOn, failure.name),
				say:    func(t *testing.T, e *acctest.Env) acctest.Diagnostics { return call.fails(t, e, failure) },
			})
		}
	}
	return files
}

func (call apiCall) fails(t *testing.T, e *acctest.Env, failure apiFailure) acctest.Diagnostics {
	t.Helper()
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: movedID, URL: hook, SSLVerification: true})
	event := e.Sandbox.AddEvent(sandbox.Event{ID: movedID, Type: "stt.jobs.failed"})
	e.Sandbox.AddDelivery(sandbox.Delivery{DeliveryID: movedID, EndpointID: movedID, EventID: event.ID})
	var state *acctest.State
	if call.imported != "" {
		var problems acctest.Diagnostics
		state, problems = e.Configured().Import(call.imported, movedID)
		problems.ExpectNone(t)
	}
	if failure.client != nil {
		e.Client = append(e.Client, failure.client)
	}
	failure.fault.Operation, failure.fault.Times = call.op, -1
	e.Sandbox.Inject(failure.fault)
	defer pause(t, time.Minute) // until the last dial has ended
	return call.ask(t, e, e.Configured(), state)
}
