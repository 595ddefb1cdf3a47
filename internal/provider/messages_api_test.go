package provider_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// apiCall makes the provider call an operation of the API.
type apiCall struct {
	op     sandbox.Operation
	prior  string // as in messageCase
	run    run
	fields []string // which a 422 can be about
}

// apiCalls returns the calls by name.
func apiCalls() map[string]apiCall {
	const (
		byID            = `["path","endpoint_id"]`
		from, to        = `["query","from_date"]`, `["query","to_date"]`
		url, filter     = `["body","url"]`, `["body","event_filters",0]`
		verification    = `["body","ssl_verification"]`
		period          = `["body","rotation_period"]`
		days, hours     = `["body","rotation_period","days"]`, `["body","rotation_period","hours"]`
		event, delivery = `["path","event_id"]`, `["path","delivery_id"]`
	)
	theEndpoint := acctest.Object{"endpoint_id": knownID}
	rotate := applying(rotationType, rotationObject(knownID, nil))
	replay := applying(replayType, acctest.Object{"delivery_id": knownID})
	changed := acctest.Object{"url": hook + "/new"}
	adopt := rotationObject(knownID, acctest.Object{"rotate_on_create": false})
	return map[string]apiCall{
		"create":           {sandbox.OpCreateEndpoint, "", applying(endpointType, changed), []string{url, filter, verification}},
		"update":           {sandbox.OpUpdateEndpoint, endpointType, applying(endpointType, changed), []string{url}},
		"read":             {sandbox.OpListEndpoints, endpointType, refreshing(endpointType), nil},
		"delete":           {sandbox.OpDeleteEndpoint, endpointType, destroying, nil},
		"import":           {sandbox.OpListEndpoints, "", importing(endpointType, hook), nil},
		"rotate":           {sandbox.OpRotateSecret, "", rotate, []string{days, hours, period, byID}},
		"rotation_read":    {sandbox.OpGetEndpoint, rotationType, refreshing(rotationType), nil},
		"rotation_adopt":   {sandbox.OpGetEndpoint, "", applying(rotationType, adopt), []string{byID}},
		"test_event":       {sandbox.OpSendTestEvent, "", applying(testEventType, theEndpoint), []string{byID}},
		"replay":           {sandbox.OpReplayDelivery, "", replay, []string{delivery}},
		"replay_failed":    {sandbox.OpReplayFailedDeliveries, "", applying(replayFailedType, theEndpoint), []string{byID}},
		"data_endpoint":    {sandbox.OpGetEndpoint, "", reading("prosa_webhook_endpoint", acctest.Object{"id": knownID}), []string{byID}},
		"data_by_url":      {sandbox.OpListEndpoints, "", reading("prosa_webhook_endpoint", acctest.Object{"url": hook}), nil},
		"data_endpoints":   {sandbox.OpListEndpoints, "", reading("prosa_webhook_endpoints", nil), nil},
		"data_event":       {sandbox.OpGetEvent, "", reading("prosa_webhook_event", acctest.Object{"id": knownID}), []string{event}},
		"data_events":      {sandbox.OpListEvents, "", reading("prosa_webhook_events", nil), []string{from, to}},
		"data_deliveries":  {sandbox.OpListDeliveries, "", reading("prosa_webhook_deliveries", theEndpoint), []string{from, to, byID}},
		"endpoint_secrets": {sandbox.OpGetEndpoint, "", opening(knownID), []string{byID}},
		"list":             {sandbox.OpListEndpoints, "", querying(nil), nil},
	}
}

// apiFailure is a reason for which an operation fails.
type apiFailure struct {
	name   string
	fault  sandbox.Fault
	client func(*prosa.Config) // replaces a part of the client; nil: nothing
}

// apiFailures returns the failures of a call. Most messages are the same for every call, apart from the title and the
// request, so most calls have only those failures whose message depends on the call.
func apiFailures(name string, call apiCall) []apiFailure {
	object := "endpoint"
	switch call.op {
	case sandbox.OpGetEvent:
		object = "event"
	case sandbox.OpReplayDelivery:
		object = "delivery"
	}
	const page = "<html><body><h1>Bad Gateway</h1></body></html>"
	failures := []apiFailure{
		{name: "404 of the API", fault: sandbox.Fault{Status: 404, Body: `{"status":"webhook_` + object + `_not_found","message":"Not found"}`}},
		{name: "404 of a gateway", fault: sandbox.Fault{Status: 404, Body: `{"detail":"Not Found"}`}},
		{name: "500", fault: sandbox.Fault{Status: 500, Body: "Internal Server Error"}},
		{name: "422 about an unknown field", fault: invalid(`["body","label"]`)},
	}
	for _, field := range call.fields {
		failures = append(failures, apiFailure{name: "422 about " + field, fault: invalid(field)})
	}
	// A create, a rotation and a replay may have taken effect after these failures; a read has no effect.
	if slices.Contains([]string{"create", "rotate", "replay", "data_deliveries"}, name) {
		failures = append(failures,
			apiFailure{name: "503", fault: sandbox.Fault{Status: 503, Body: page}},
			apiFailure{name: "504", fault: sandbox.Fault{Status: 504, Body: page}},
			apiFailure{name: "HTML page", fault: sandbox.Fault{Body: page}},
			apiFailure{name: "endless response", fault: sandbox.Fault{Endless: true}, client: bounded},
			apiFailure{name: "timeout", fault: sandbox.Fault{Delay: time.Hour}},
			apiFailure{name: "closed connection", fault: sandbox.Fault{Close: true}},
		)
	}
	if name != "data_deliveries" {
		return failures
	}
	inAnHour := http.Header{"Retry-After": {"3600"}}
	elsewhere := http.Header{"Location": {"https://other.example.com/v3/speech"}}
	return append(failures,
		apiFailure{name: "401", fault: sandbox.Fault{Status: 401, Body: `{"status":"auth_unauthorized","message":"Unauthorized"}`}},
		apiFailure{name: "403", fault: forbidden},
		apiFailure{name: "409", fault: sandbox.Fault{Status: 409, Body: `{"status":"conflict","message":"Another request is under way"}`}},
		apiFailure{name: "429 for longer than the provider waits", fault: sandbox.Fault{Status: 429}},
		apiFailure{name: "503 with Retry-After of an hour", fault: sandbox.Fault{Status: 503, Header: inAnHour}},
		apiFailure{name: "redirect", fault: sandbox.Fault{Status: 307, Header: elsewhere}},
		apiFailure{name: "truncated response", fault: sandbox.Fault{Truncate: 1}},
		apiFailure{name: "refused connection", client: failedDial(0, errors.New("connection refused"))},
		apiFailure{name: "connection timeout", client: failedDial(35*time.Second, errors.New("i/o timeout"))},
	)
}

var forbidden = sandbox.Fault{Status: 403, Body: `{"status":"forbidden","message":"Forbidden"}`}

// invalid returns a 422 about a field.
func invalid(field string) sandbox.Fault {
	const body = `{"status":"request_validation_error","message":"1 wrong value",` +
		`"context":[{"location":%s,"message":"this value will not do","status":"value_error"}]}`
	return sandbox.Fault{Status: http.StatusUnprocessableEntity, Body: fmt.Sprintf(body, field)}
}

// failedDial makes connection attempts fail after some time.
func failedDial(after time.Duration, reason error) func(*prosa.Config) {
	return func(c *prosa.Config) {
		c.Transport = &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), after)
			defer cancel()
			<-ctx.Done()
			return nil, &net.OpError{Op: "dial", Net: network, Err: reason}
		}}
	}
}

func apiMessages() (all []messageCase) {
	calls := apiCalls()
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		for _, failure := range apiFailures(name, calls[name]) {
			c := calls[name].failing(failure)
			c.name = strings.ReplaceAll(name, "_", " ") + ": " + failure.name
			all = append(all, c)
		}
	}
	return all
}

func (call apiCall) failing(failure apiFailure) messageCase {
	fault := failure.fault
	fault.Operation, fault.Times = call.op, -1
	return messageCase{prior: call.prior, run: call.run, arrange: func(e *acctest.Env) {
		if call.prior == "" {
			registerEndpoint(e)
		}
		event := e.Sandbox.AddEvent(sandbox.Event{ID: knownID, Type: "stt.jobs.failed"})
		e.Sandbox.AddDelivery(sandbox.Delivery{DeliveryID: knownID, EndpointID: knownID, EventID: event.ID})
		if failure.client != nil {
			e.Client = append(e.Client, failure.client)
		}
		e.Sandbox.Inject(fault)
	}}
}
