package provider_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	rotateAction       = "prosa_webhook_rotate_secret"
	testEventAction    = "prosa_webhook_send_test_event"
	replayAction       = "prosa_webhook_replay_delivery"
	replayFailedAction = "prosa_webhook_replay_failed_deliveries"

	noSuchID = "11111111-2222-4333-8444-555555555555"
)

// withReceiver returns a sandbox with an endpoint, whose receiver responds with these statuses in turn and then repeats the
// last one; 0 is no response. While the provider waits, the sandbox finishes the pending deliveries.
func withReceiver(t *testing.T, statuses ...int) (*acctest.Env, sandbox.Endpoint) {
	t.Helper()
	var mu sync.Mutex
	e := acctest.New(t, func(s *sandbox.Server) {
		s.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			mu.Lock()
			defer mu.Unlock()
			status := statuses[0]
			if len(statuses) > 1 {
				statuses = statuses[1:]
			}
			return sandbox.DeliveryResult{Status: status, Elapsed: 250 * time.Millisecond}
		}
	})
	e.Client = append(e.Client, func(c *prosa.Config) {
		sleep := c.Sleep
		c.Sleep = func(ctx context.Context, d time.Duration) error {
			e.Sandbox.Wait()
			return sleep(ctx, d)
		}
	})
	return e, e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook})
}

// addDelivery adds a delivery of a job's event, with the response's status; 0: no response.
func addDelivery(e *acctest.Env, endpointID string, status int) sandbox.Delivery {
	event := e.Sandbox.AddEvent(sandbox.Event{Type: "stt.jobs.completed"})
	d := sandbox.Delivery{EndpointID: endpointID, EventID: event.ID}
	if status != 0 {
		d.ResponseStatus = &status
	}
	return e.Sandbox.AddDelivery(d)
}

// operationConfigs returns valid arguments of each action.
func operationConfigs(endpointID, deliveryID string) map[string]acctest.Object {
	return map[string]acctest.Object{
		rotateAction:       {"endpoint_id": endpointID, "rotation_period": acctest.Object{"days": int64(3)}},
		testEventAction:    {"endpoint_id": endpointID},
		replayAction:       {"delivery_id": deliveryID},
		replayFailedAction: {"endpoint_id": endpointID},
	}
}

func TestRotateAction(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	registerEndpoint(e)
	messages, problems := e.Configured().InvokeAction(rotateAction, acctest.Object{
		"endpoint_id": knownID, "rotation_period": acctest.Object{"days": int64(1), "hours": int64(2)},
	})
	problems.ExpectNone(t)
	e.ExpectWrites(rotateRequest(knownID, 1, 2))
	older, newer := e.OnlyEndpoint().Secrets[0], newest(e)
	want := fmt.Sprintf("Endpoint %s has the new signing key %s; the older keys stop working at %s.", knownID, newer.ID, formatTime(*older.ExpiredAt))
	if !slices.Equal(messages, []string{want}) {
		t.Errorf("got the messages %q, want %q", messages, want)
	}
}

// TestActionArgumentsFromVariables plans and invokes actions with invalid arguments. Validation does not find these if they
// come from variables, which are unknown then.
func TestActionArgumentsFromVariables(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	period := acctest.Object{"days": int64(3)}
	for _, c := range []struct {
		action    string
		config    acctest.Object
		attribute string
	}{
		{rotateAction, acctest.Object{"endpoint_id": "", "rotation_period": period}, "endpoint_id"},
		{rotateAction, acctest.Object{"rotation_period": period}, "endpoint_id"},
		{rotateAction, acctest.Object{"endpoint_id": noSuchID}, "rotation_period"},
		{rotateAction, acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": nil}}, "rotation_period"},
		{rotateAction, acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": -1}}, "rotation_period.days"},
		{testEventAction, acctest.Object{"endpoint_id": noSuchID, "timeout": "60"}, "timeout"},
		{replayAction, acctest.Object{"delivery_id": "last "}, "delivery_id"},
		{replayFailedAction, acctest.Object{}, "endpoint_id"},
	} {
		p.PlanAction(c.action, c.config).Expect(t, "error", c.attribute, "Invalid ")
		_, problems := p.InvokeUnchecked(c.action, c.config)
		problems.Expect(t, "error", c.attribute, "Invalid ")
	}
	none := acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"hours": 0}}
	p.PlanAction(rotateAction, none).Expect(t, "warning", "rotation_period", "Older keys stop at once")
	e.ExpectRequests()
}
