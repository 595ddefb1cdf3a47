package provider_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	testEventType    = "prosa_webhook_test_event"
	replayType       = "prosa_webhook_delivery_replay"
	replayFailedType = "prosa_webhook_failed_deliveries_replay"
)

// TestRunOnceResources creates each resource, and plans a change of each argument, which replaces the resource.
func TestRunOnceResources(t *testing.T) {
	t.Parallel()
	e, existing := withReceiver(t, 202)
	endpointID, otherID := existing.ID, strings.ToUpper(existing.ID) // ids are case-sensitive
	delivery := addDelivery(e, endpointID, 500)
	failing := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://example.com/failing"}).ID
	addDelivery(e, failing, 500)
	addDelivery(e, failing, 0)
	for resourceType, c := range map[string]struct {
		config  acctest.Object
		changes acctest.Object // other values of all arguments but triggers
		request string
		unknown []string // in the plan of a create
		want    acctest.Object
	}{
		testEventType: {
			config:  acctest.Object{"endpoint_id": endpointID},
			changes: acctest.Object{"endpoint_id": otherID, "timeout": "90s", "wait_for_delivery": false},
			request: "POST /webhooks/endpoints/" + endpointID + "/test",
			unknown: []string{"delivery_id", "delivery_tag", "elapsed_time", "id", "response_status", "triggered_at"},
			want: acctest.Object{
				"wait_for_delivery": true, "timeout": "60s", "response_status": int64(202), "elapsed_time": 0.25, "triggers": nil,
			},
		},
		replayType: {
			config:  acctest.Object{"delivery_id": delivery.DeliveryID},
			changes: acctest.Object{"delivery_id": strings.ToUpper(delivery.DeliveryID)},
			request: "POST /webhooks/deliveries/" + delivery.DeliveryID + "/replay",
			unknown: []string{"delivery_tag", "id", "triggered_at"},
		},
		replayFailedType: {
			config:  acctest.Object{"endpoint_id": failing},
			changes: acctest.Object{"endpoint_id": otherID},
			request: "POST /webhooks/endpoints/" + failing + "/replay-failed-deliveries",
			unknown: []string{"delivery_tags", "id", "replayed_count", "triggered_at"},
			want:    acctest.Object{"replayed_count": int64(2)},
		},
	} {
		p, from := e.Configured(), e.Clock.Now().Truncate(time.Second)
		planned := p.MustPlan(resourceType, nil, c.config)
		if got := unknownIn(planned.Attributes); !slices.Equal(got, c.unknown) {
			t.Errorf("%s: unknown in the plan: %q, want %q", resourceType, got, c.unknown)
		}
		e.Sandbox.ResetRequestLog()
		state, problems := p.ApplyPlanned(resourceType, nil, planned)
		problems.ExpectNone(t)
		e.ExpectWrites(c.request)
		if resourceType == testEventType {
			deliveries := e.Sandbox.Deliveries(endpointID)
			c.want["delivery_id"] = deliveries[len(deliveries)-1].DeliveryID
		}
		expectObject(t, resourceType, state.Attributes, c.want)
		at, err := time.Parse("2006-01-02T15:04:05Z", state.Attributes["triggered_at"].(string))
		if err != nil || at.Before(from) || at.After(e.Clock.Now()) {
			t.Errorf("%s: triggered_at is %v, want a time since %s", resourceType, state.Attributes["triggered_at"], from)
		}
		for _, name := range c.unknown {
			if value := state.Attributes[name]; value == nil || value == acctest.Unknown {
				t.Errorf("%s: %s has no value after the apply", resourceType, name)
			}
		}
		if tags, ok := state.Attributes["delivery_tags"].([]any); ok && len(tags) != 2 {
			t.Errorf("%s: the delivery_tags are %v, want two", resourceType, tags)
		}

		e.Sandbox.ResetRequestLog()
		state = p.MustRead(resourceType, state)
		if replace := p.MustPlan(resourceType, state, c.config).Replace; len(replace) > 0 {
			t.Errorf("%s: without changes, it is replaced because of %q", resourceType, replace)
		}
		c.changes["triggers"] = acctest.Object{"a": "b"}
		for argument, value := range c.changes {
			config := acctest.Object{argument: value}
			for name, unchanged := range c.config {
				if config[name] == nil {
					config[name] = unchanged
				}
			}
			if replace := p.MustPlan(resourceType, state, config).Replace; !slices.Equal(replace, []string{argument}) {
				t.Errorf("%s: a change of %s replaces it because of %q", resourceType, argument, replace)
			}
		}
		p.Destroy(resourceType, state).ExpectNone(t)
		e.ExpectRequests()
	}
}

// TestTestEventResourceFailure: if the receiver fails, no resource is created. With wait_for_delivery = false, it is
// created anyway.
func TestTestEventResourceFailure(t *testing.T) {
	t.Parallel()
	e, existing := withReceiver(t, 503)
	p := e.Configured()
	state, problems := p.Apply(testEventType, nil, acctest.Object{"endpoint_id": existing.ID})
	problems.Expect(t, "error", "endpoint_id", "Test event was not accepted", "answered the test event with 503")
	if state != nil {
		t.Errorf("the state has %v", state.Attributes)
	}
	e.Sandbox.ResetRequestLog()
	state = p.MustApply(testEventType, nil, acctest.Object{"endpoint_id": existing.ID, "wait_for_delivery": false})
	expectObject(t, "state", state.Attributes, acctest.Object{"delivery_id": nil, "response_status": nil, "elapsed_time": nil})
	if state.Attributes["delivery_tag"] == nil {
		t.Error("delivery_tag is null")
	}
	e.ExpectRequests("POST /webhooks/endpoints/" + existing.ID + "/test")
}
