package provider_test

import (
	"context"
	"fmt"
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
	if n := len(e.Sandbox.Journal()); n > 0 {
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
	secrets := e.Only().Secrets
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

func TestRotateActionWarnsOfManyKeys(t *testing.T) {
	t.Parallel()
	e, there := receiving(t, 200)
	e.Sandbox.RotateSecret(there.ID, time.Hour)
	_, problems := e.Configured().InvokeAction(t.Context(), rotateAction, acctest.Object{
		"endpoint_id": there.ID, "rotation_period": acctest.Object{"days": int64(1)},
	}, nil)
	problems.Expect(t, "warning", "rotation_period", "3 active signing keys")
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

func TestTestEventActionWithoutWaiting(t *testing.T) {
	t.Parallel()
	e, there := receiving(t, 500)
	messages, problems := e.Configured().InvokeAction(t.Context(), testEventAction, acctest.Object{"endpoint_id": there.ID, "wait_for_delivery": false}, nil)
	problems.ExpectNone(t)
	expectMessages(t, messages, "Prosa is sending a test event to "+hook)
	if n := len(e.Sandbox.Journal()); n != 1 {
		t.Errorf("it took %d requests", n)
	}
}

func TestTestEventActionFailsWithTheReceiver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		lag    time.Duration
		says   []string
	}{
		"refused":    {status: 503, says: []string{hook, "503", "250ms", "2xx"}},
		"redirected": {status: 301, says: []string{hook, "301", "2xx"}},
		"silent":     {status: 0, says: []string{hook, "has not answered the test event within 20s", "(delivery "}},
		"not seen":   {status: 200, lag: time.Hour, says: []string{hook, "No delivery", "within 20s", "delivery tag", `"timeout"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, there := receiving(t, c.status)
			e.Sandbox.DeliveryDelay = c.lag
			_, problems := e.Configured().InvokeAction(t.Context(), testEventAction, acctest.Object{"endpoint_id": there.ID, "timeout": "20s"}, nil)
			problems.Expect(t, "error", "endpoint_id", append(c.says, "Test event was not accepted", "prosa_webhook_deliveries", "run this again")...)
			e.ExpectWrites("POST /webhooks/endpoints/" + there.ID + "/test")
		})
	}
}

func TestReplayAction(t *testing.T) {
	t.Parallel()
	e, there := receiving(t, 200)
	delivery := addDelivery(e, there.ID, 500)
	messages, problems := e.Configured().InvokeAction(t.Context(), replayAction, acctest.Object{"delivery_id": delivery.DeliveryID}, nil)
	problems.ExpectNone(t)
	expectMessages(t, messages, "sending delivery "+delivery.DeliveryID+" again, to "+hook+" (delivery tag ")
	e.ExpectWrites("POST /webhooks/deliveries/" + delivery.DeliveryID + "/replay")
}

func TestReplayFailedAction(t *testing.T) {
	t.Parallel()
	for failed, want := range map[int][]string{
		0: {"There is no failed delivery to endpoint "},
		1: {"sending 1 failed delivery again, to endpoint ", "Delivery tag "},
		3: {"sending 3 failed deliveries again, to endpoint ", "Delivery tag ", "Delivery tag ", "Delivery tag "},
	} {
		t.Run(fmt.Sprint(failed), func(t *testing.T) {
			t.Parallel()
			e, there := receiving(t, 200)
			addDelivery(e, there.ID, 200)
			for n := range failed {
				addDelivery(e, there.ID, 500*(n%2))
			}
			messages, problems := e.Configured().InvokeAction(t.Context(), replayFailedAction, acctest.Object{"endpoint_id": there.ID}, nil)
			problems.ExpectNone(t)
			expectMessages(t, messages, want...)
			e.ExpectWrites("POST /webhooks/endpoints/" + there.ID + "/replay-failed-deliveries")
		})
	}
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

func TestActionsWhoseAnswerIsLostAreNotSentAgain(t *testing.T) {
	t.Parallel()
	for action := range operationConfigs("", "") {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			e, there := receiving(t, 200)
			e.Vars["PROSA_MAX_RETRIES"] = "0"
			delivery := addDelivery(e, there.ID, 500)
			e.Sandbox.Inject(sandbox.Fault{
				Match: func(r sandbox.Request) bool { return r.Method == http.MethodPost }, Status: http.StatusBadGateway, Times: -1,
			})
			_, problems := e.Configured().InvokeAction(t.Context(), action, operationConfigs(there.ID, delivery.DeliveryID)[action], nil)
			problems.Expect(t, "error", "", "Unable to", "502", "all the same", "run this again")
			if n := len(e.Writes()); n != 1 {
				t.Errorf("it was sent %d times", n)
			}
		})
	}
}

func TestActionsSayWhereAKeyCameFrom(t *testing.T) {
	t.Parallel()
	const wrong = "the-key-of-somebody-else"
	for action := range operationConfigs("", "") {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			e, there := receiving(t, 200)
			e.Sandbox.Quirks.EchoKey = true
			p := e.Provider()
			p.Configure(acctest.Object{"api_key": wrong}).ExpectNone(t)
			messages, problems := p.InvokeAction(t.Context(), action, operationConfigs(there.ID, noSuchID)[action], nil)
			problems.Expect(t, "error", "", "Unable to", "401", `the provider's argument "api_key"`)
			if text := fmt.Sprint(messages, problems); strings.Contains(text, wrong) {
				t.Errorf("the key is in %s", text)
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

func TestActionsWithAnUnknownConfiguration(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	p.Configure(acctest.Object{"api_key": acctest.Unknown}).ExpectNone(t)
	for action, config := range operationConfigs(noSuchID, noSuchID) {
		p.PlanAction(action, config).ExpectNone(t)
		_, problems := p.InvokeAction(t.Context(), action, config, nil)
		problems.Expect(t, "error", "", `"api_key"`)
	}
}

func TestTestEventActionIsInterrupted(t *testing.T) {
	t.Parallel()
	for name, during := range map[string]func(e *acctest.Env, interrupt func()){
		"in a wait": func(e *acctest.Env, interrupt func()) {
			e.Client = append(e.Client, func(c *prosa.Config) {
				sleep := c.Sleep
				c.Sleep = func(ctx context.Context, d time.Duration) error {
					interrupt()
					return sleep(ctx, d)
				}
			})
		},
		"in a request": func(e *acctest.Env, interrupt func()) {
			looks := 0
			e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpListDeliveries, Times: -1, Delay: time.Minute, Match: func(sandbox.Request) bool {
				if looks++; looks > 1 { // the first is before the test event
					interrupt()
				}
				return looks > 1
			}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, there := receiving(t, 0)
			ctx, interrupt := context.WithCancel(t.Context())
			during(e, interrupt)
			_, problems := e.Configured().InvokeAction(ctx, testEventAction, acctest.Object{"endpoint_id": there.ID, "timeout": "24h"}, nil)
			problems.Expect(t, "error", "", "Unable to see what became of the test event", hook, "interrupted", "prosa_webhook_deliveries", "another test event")
			e.ExpectWrites("POST /webhooks/endpoints/" + there.ID + "/test")
		})
	}
}

func TestTestEventActionLosesSight(t *testing.T) {
	t.Parallel()
	e, there := receiving(t, 0)
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpListDeliveries, Skip: 1, Status: http.StatusInternalServerError})
	_, problems := e.Configured().InvokeAction(t.Context(), testEventAction, acctest.Object{"endpoint_id": there.ID}, nil)
	problems.Expect(t, "error", "", "Unable to see what became of the test event", "was sent to "+hook, "500", "another test event")
}
