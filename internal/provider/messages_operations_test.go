package provider_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// operationSituations are test events and replays, as actions, which say what they do, and as resources.
func operationSituations() []situation {
	all := []situation{
		validatingAction(testEventAction, acctest.Object{"endpoint_id": ""}),
		validatingAction(testEventAction, acctest.Object{"endpoint_id": noSuchID, "timeout": "60"}),
		validatingAction(testEventAction, acctest.Object{"endpoint_id": noSuchID, "timeout": "0s"}),
		validatingAction(testEventAction, acctest.Object{"endpoint_id": noSuchID, "timeout": "-1m"}),
		validatingAction(testEventAction, nil),
		validatingAction(replayAction, acctest.Object{"delivery_id": "last "}),
		validatingAction(replayFailedAction, acctest.Object{"endpoint_id": " all"}),
	}
	all = append(all, validating(testEventType, acctest.Object{"endpoint_id": "first "}, acctest.Object{"endpoint_id": noSuchID, "timeout": "0s"})...)
	all = append(all, validating(replayType, acctest.Object{"delivery_id": "last "})...)
	all = append(all, validating(replayFailedType, acctest.Object{"endpoint_id": " all"})...)
	all = append(all,
		testing20s("the receiver accepts it", http.StatusOK, func(e *acctest.Env, _ string) { e.Sandbox.DeliveryDelay = 6 * time.Second }),
		testing20s("the receiver refuses it", http.StatusServiceUnavailable, nil),
		testing20s("the receiver redirects it", http.StatusMovedPermanently, nil),
		testing20s("the receiver never answers", 0, nil),
		testing20s("no delivery is listed in time", http.StatusOK, func(e *acctest.Env, _ string) { e.Sandbox.DeliveryDelay = time.Hour }),
		testing20s("somebody else tests at the same time", http.StatusOK, func(e *acctest.Env, id string) {
			refused := http.StatusInternalServerError
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpSendTestEvent, Match: func(sandbox.Request) bool {
				event := e.Sandbox.AddEvent(sandbox.Event{Type: "webhook.ping"})
				e.Sandbox.AddDelivery(sandbox.Delivery{EndpointID: id, EventID: event.ID, ResponseStatus: &refused, DeliveredAt: e.Clock.Now().Add(time.Second)})
				return false
			}})
		}),
		testing20s("two others test at the same time, one of whom gets no answer", http.StatusOK, func(e *acctest.Env, id string) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpSendTestEvent, Match: func(sandbox.Request) bool {
				event := e.Sandbox.AddEvent(sandbox.Event{Type: "webhook.ping"})
				e.Sandbox.AddDelivery(sandbox.Delivery{EndpointID: id, EventID: event.ID, DeliveredAt: e.Clock.Now().Add(time.Second)})
				return false
			}})
		}),
		testing20s("its delivery cannot be looked for", http.StatusOK, func(e *acctest.Env, _ string) {
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpListDeliveries, Skip: 1, Status: http.StatusInternalServerError})
		}),
		situation{name: "test event, interrupted while it waits", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			e.Sandbox.DeliveryDelay = time.Hour
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return told(e.Configured().InvokeAction(ctx, testEventAction, acctest.Object{"endpoint_id": id}))
		}},
		situation{name: "test event, without waiting", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			return told(e.Configured().InvokeAction(t.Context(), testEventAction, acctest.Object{"endpoint_id": id, "wait_for_delivery": false}))
		}},
		situation{name: "test event, of an endpoint that does not exist", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			return told(e.Configured().InvokeAction(t.Context(), testEventAction, acctest.Object{"endpoint_id": noSuchID}))
		}},
		situation{name: "replay", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			delivery := addDelivery(e, e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID, http.StatusInternalServerError)
			return told(e.Configured().InvokeAction(t.Context(), replayAction, acctest.Object{"delivery_id": delivery.DeliveryID}))
		}},
	)
	for failed, name := range []string{"no failed delivery", "one failed delivery", "two failed deliveries"} {
		all = append(all, situation{name: "replay of " + name, say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			for range failed {
				addDelivery(e, id, http.StatusInternalServerError)
			}
			return told(e.Configured().InvokeAction(t.Context(), replayFailedAction, acctest.Object{"endpoint_id": id}))
		}})
	}
	return all
}

// testing20s is a test event with a time-out of 20s, answered with a status (0: not at all) after something has happened.
func testing20s(name string, status int, arrange func(e *acctest.Env, id string)) situation {
	return situation{
		name: "test event, " + name,
		sandbox: func(s *sandbox.Server) {
			s.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
				return sandbox.DeliveryResult{Status: status, Elapsed: 250 * time.Millisecond}
			}
		},
		say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			if arrange != nil {
				arrange(e, id)
			}
			return told(e.Configured().InvokeAction(t.Context(), testEventAction, acctest.Object{"endpoint_id": id, "timeout": "20s"}))
		},
	}
}
