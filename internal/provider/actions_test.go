package provider_test

import (
	"context"
	"net/http"
	"strings"
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

// receiving makes a test's sandbox with an endpoint, whose receiver answers with these statuses in turn, the last one for
// ever; 0 is no answer. The provider's waits let deliveries that are under way be listed first.
func receiving(t *testing.T, statuses ...int) (*acctest.Env, sandbox.Endpoint) {
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

// addDelivery puts a delivery of a job's event there, answered with a status; 0: not at all.
func addDelivery(e *acctest.Env, endpointID string, status int) sandbox.Delivery {
	event := e.Sandbox.AddEvent(sandbox.Event{Type: "stt.jobs.completed"})
	d := sandbox.Delivery{EndpointID: endpointID, EventID: event.ID}
	if status != 0 {
		d.ResponseStatus = &status
	}
	return e.Sandbox.AddDelivery(d)
}

func expectMessages(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d messages, want %d: %q", len(got), len(want), got)
	}
	for i, text := range want {
		if !strings.Contains(got[i], text) {
			t.Errorf("message %d is %q, and does not say %q", i+1, got[i], text)
		}
	}
}

func TestActionsPlanWithoutRequestsAndWithUnknownValues(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	for action, config := range map[string]acctest.Object{
		rotateAction:       {"endpoint_id": acctest.Unknown, "rotation_period": acctest.Object{"days": acctest.Unknown}},
		testEventAction:    {"endpoint_id": acctest.Unknown, "wait_for_delivery": acctest.Unknown, "timeout": acctest.Unknown},
		replayAction:       {"delivery_id": acctest.Unknown},
		replayFailedAction: {"endpoint_id": acctest.Unknown},
	} {
		p.ValidateAction(action, config).ExpectNone(t)
		p.PlanAction(action, config).ExpectNone(t)
	}
	if n := len(e.Sandbox.RequestLog()); n > 0 {
		t.Errorf("planning made %d requests", n)
	}
}

func TestRotateAction(t *testing.T) {
	t.Parallel()
	e, there := receiving(t, 200)
	messages, problems := e.Configured().InvokeAction(t.Context(), rotateAction, acctest.Object{
		"endpoint_id": there.ID, "rotation_period": acctest.Object{"days": int64(1), "hours": int64(2)},
	}, nil)
	problems.ExpectNone(t)
	e.ExpectWrites("POST /webhooks/endpoints/" + there.ID + `/secret {"rotation_period":{"days":1,"hours":2}}`)
	secrets := e.OnlyEndpoint().Secrets
	if len(secrets) != 2 {
		t.Fatalf("there are %d keys", len(secrets))
	}
	expectMessages(t, messages, secrets[1].ID)
	if end := secrets[0].ExpiredAt.UTC().Format("2006-01-02T15:04"); !strings.Contains(messages[0], end) {
		t.Errorf("%q does not say that the older key ends at %s", messages[0], end)
	}
	for _, secret := range secrets {
		if strings.Contains(messages[0], secret.Key) {
			t.Error("a key is in the progress")
		}
	}
}

func TestTestEventAction(t *testing.T) {
	t.Parallel()
	e, there := receiving(t, 204)
	e.Sandbox.DeliveryDelay = 13 * time.Second
	messages, problems := e.Configured().InvokeAction(t.Context(), testEventAction, acctest.Object{"endpoint_id": there.ID}, nil)
	problems.ExpectNone(t)
	expectMessages(t, messages,
		"Sending a test event to endpoint "+there.ID,
		"Waiting for the receiver to answer the test event (",
		" of 1m0s).",
		hook+" answered the test event with 204 after 250ms")
	e.ExpectWrites("POST /webhooks/endpoints/" + there.ID + "/test")
}

// operationConfigs are the actions with arguments that are in order.
func operationConfigs(endpointID, deliveryID string) map[string]acctest.Object {
	return map[string]acctest.Object{
		rotateAction:       {"endpoint_id": endpointID, "rotation_period": acctest.Object{"days": int64(3)}},
		testEventAction:    {"endpoint_id": endpointID},
		replayAction:       {"delivery_id": deliveryID},
		replayFailedAction: {"endpoint_id": endpointID},
	}
}

func TestActionsOnWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for action, config := range operationConfigs(noSuchID, noSuchID) {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			messages, problems := acctest.New(t).Configured().InvokeAction(t.Context(), action, config, nil)
			on := "endpoint_id"
			if action == replayAction {
				on = "delivery_id"
			}
			problems.Expect(t, "error", on, "Unable to", "the id")
			for _, message := range messages {
				if !strings.HasPrefix(message, "Sending ") {
					t.Errorf("it was said that %q", message)
				}
			}
		})
	}
}

func TestActionsShowWrongValuesOnTheirArguments(t *testing.T) {
	t.Parallel()
	for action, c := range map[string]struct{ location, on string }{
		rotateAction:       {`["body", "rotation_period", "days"]`, "rotation_period.days"},
		testEventAction:    {`["path", "endpoint_id"]`, "endpoint_id"},
		replayAction:       {`["path", "delivery_id"]`, "delivery_id"},
		replayFailedAction: {`["path", "endpoint_id"]`, "endpoint_id"},
	} {
		e, there := receiving(t, 200)
		e.Sandbox.Inject(sandbox.Fault{
			Match:  func(r sandbox.Request) bool { return r.Method == http.MethodPost },
			Status: http.StatusUnprocessableEntity,
			Body:   `{"status":"request_validation_error","message":"wrong","context":[{"location":` + c.location + `,"message":"will not do","status":"value_error"}]}`,
		})
		_, problems := e.Configured().InvokeAction(t.Context(), action, operationConfigs(there.ID, noSuchID)[action], nil)
		problems.Expect(t, "error", c.on, "Unable to", "will not do")
	}
}
