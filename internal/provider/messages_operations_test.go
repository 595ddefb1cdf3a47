package provider_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// operationMessages covers test events and replays, with the progress messages of actions.
func operationMessages() []messageCase {
	testEvent := func(more acctest.Object) run {
		config := acctest.Object{"endpoint_id": knownID}
		maps.Copy(config, more)
		return invoking(testEventAction, config)
	}
	failedDeliveries := func(n int) func(*acctest.Env) {
		return func(e *acctest.Env) {
			registerEndpoint(e)
			for range n {
				addDelivery(e, knownID, http.StatusInternalServerError)
			}
		}
	}
	replayAll := invoking(replayFailedAction, acctest.Object{"endpoint_id": knownID})
	return slices.Concat(
		validating(validateAction, testEventAction,
			acctest.Object{"endpoint_id": ""},
			acctest.Object{"endpoint_id": noSuchID, "timeout": "60"},
			acctest.Object{"endpoint_id": noSuchID, "timeout": "0s"},
			nil,
		),
		validating(validateAction, replayAction, acctest.Object{"delivery_id": "last "}),
		validating(validateAction, replayFailedAction, acctest.Object{"endpoint_id": " all"}),
		validating(validateResource, testEventType, acctest.Object{"endpoint_id": noSuchID, "timeout": "0s"}),
		validating(validateResource, replayType, acctest.Object{"delivery_id": "last "}),
		validating(validateResource, replayFailedType, acctest.Object{"endpoint_id": " all"}),
		testEventMessages(testEvent(acctest.Object{"timeout": "20s"})),
		[]messageCase{
			{
				name:    "test event, interrupted during the wait",
				arrange: receiver(http.StatusOK, func(e *acctest.Env) { e.Sandbox.DeliveryDelay = time.Hour }),
				run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
					ctx, cancel := context.WithTimeout(e.T.Context(), time.Second)
					defer cancel()
					return withProgress(e.Configured().WithContext(ctx).InvokeAction(testEventAction, acctest.Object{"endpoint_id": knownID}))
				},
			},
			{name: "test event, without waiting", arrange: registerEndpoint, run: testEvent(acctest.Object{"wait_for_delivery": false})},
			{name: "test event, of an endpoint that does not exist", run: testEvent(acctest.Object{"endpoint_id": noSuchID})},
			{
				name: "replay",
				run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
					registerEndpoint(e)
					delivery := addDelivery(e, knownID, http.StatusInternalServerError)
					return invoking(replayAction, acctest.Object{"delivery_id": delivery.DeliveryID})(e, nil)
				},
			},
			{name: "replay of no failed delivery", arrange: failedDeliveries(0), run: replayAll},
			{name: "replay of one failed delivery", arrange: failedDeliveries(1), run: replayAll},
			{name: "replay of two failed deliveries", arrange: failedDeliveries(2), run: replayAll},
		},
	)
}

// testEventMessages covers test events with a timeout of 20 seconds.
func testEventMessages(send run) []messageCase {
	// concurrentTest lists another test delivery just after the request.
	concurrentTest := func(status *int) func(*acctest.Env) {
		return func(e *acctest.Env) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpSendTestEvent, Match: func(sandbox.Request) bool {
				event := e.Sandbox.AddEvent(sandbox.Event{Type: "webhook.ping"})
				at := e.Clock.Now().Add(time.Second)
				e.Sandbox.AddDelivery(sandbox.Delivery{EndpointID: knownID, EventID: event.ID, ResponseStatus: status, DeliveredAt: at})
				return false
			}})
		}
	}
	delay := func(d time.Duration) func(*acctest.Env) {
		return func(e *acctest.Env) { e.Sandbox.DeliveryDelay = d }
	}
	listingFails := withFaults(sandbox.Fault{Operation: sandbox.OpListDeliveries, Skip: 1, Status: http.StatusInternalServerError})
	return []messageCase{
		{name: "test event, accepted by the receiver", arrange: receiver(http.StatusOK, delay(6*time.Second)), run: send},
		{name: "test event, rejected by the receiver", arrange: receiver(http.StatusServiceUnavailable), run: send},
		{name: "test event, redirected by the receiver", arrange: receiver(http.StatusMovedPermanently), run: send},
		{name: "test event, no response from the receiver", arrange: receiver(0), run: send},
		{name: "test event, no delivery before the timeout", arrange: receiver(http.StatusOK, delay(time.Hour)), run: send},
		{name: "test event, another one at the same time", arrange: receiver(http.StatusOK, concurrentTest(ptr(500))), run: send},
		{name: "test event, another one without a response at the same time", arrange: receiver(http.StatusOK, concurrentTest(nil)), run: send},
		{name: "test event, whose delivery cannot be listed", arrange: receiver(http.StatusOK, listingFails), run: send},
	}
}

// receiver registers endpoint knownID with a receiver that responds with this status (0: not at all).
func receiver(status int, more ...func(*acctest.Env)) func(*acctest.Env) {
	return func(e *acctest.Env) {
		e.Sandbox.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			return sandbox.DeliveryResult{Status: status, Elapsed: 250 * time.Millisecond}
		}
		registerEndpoint(e)
		for _, arrange := range more {
			arrange(e)
		}
	}
}
