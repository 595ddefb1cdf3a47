package guides_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const watchingGuide = "watching-deliveries"

// checkWarning is the CLI's warning about a failed check. A plan without this text has no failed check.
const checkWarning = "Check block assertion failed"

// silent is the warning about an endpoint that has received nothing for a day.
const silent = "No delivery has succeeded in the last 24 hours."

// TestWatchingDeliveries follows the guide with a receiver that is down for a while.
func TestWatchingDeliveries(t *testing.T) {
	t.Parallel()
	acctest.Program(t, "jq", "jq")
	var status atomic.Int64
	e := acctest.New(t, func(s *sandbox.Server) {
		s.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			return sandbox.DeliveryResult{Status: int(status.Load())}
		}
	})
	w := e.Workspace(nil)
	r := readerOf(t, w, watchingGuide)
	follow(t, w, watchingGuide, "main.tf", "monitor.sh")
	r.run("terraform init")
	r.run("terraform apply")
	r.sees(silent) // nothing has arrived yet
	endpoint := e.OnlyEndpoint().ID
	delivered(e, endpoint, "", 200)
	expectQuiet(t, r)
	monitor := "sh monitor.sh"
	left := r.commands
	e.Sandbox.ResetRequestLog()
	r.run(monitor)
	if asked := e.Sandbox.RequestLog(); len(asked) != 2 || len(e.Writes()) != 0 {
		t.Errorf("the monitor made %d requests, and should have made two that change nothing", len(asked))
	}
	r.commands = left

	delivered(e, endpoint, "9892f438-d31c-4ff2-bc84-146525b292ff", 0)
	delivered(e, endpoint, "", 503)
	delivered(e, endpoint, "", 503)
	r.output = w.Run("plan")
	const says = "3 events did not arrive. 3 of 4 deliveries failed. Last success: 20"
	r.sees(checkWarning, `on main.tf line 35, in check "every_event_arrives":`, "condition = length(local.missing) == 0", says)
	expectInJSON(t, w.Run("plan", "-json"), says)
	if err := r.try(monitor); err == nil {
		t.Errorf("the monitor does not fail:\n%s", r.output)
	}
	r.sees("check.every_event_arrives: " + says)

	follow(t, w, watchingGuide, "failed.tf")
	expectTexts(t, w.Run("plan"), "9892f438-d31c-4ff2-bc84-146525b292ff", "= 503")
	w.Remove("failed.tf")

	// A replay that fails again does not count as arrived.
	e.Sandbox.ResetRequestLog()
	status.Store(503)
	follow(t, w, watchingGuide, "replay.tf")
	w.Run("apply", "-auto-approve")
	e.Sandbox.Wait()
	expectTexts(t, w.Run("plan"), checkWarning, "3 events did not arrive. 6 of 7 deliveries failed")

	status.Store(204)
	w.Write("replay.tf", strings.Replace(w.Read("replay.tf"), "2026-11-20", "2026-11-21", 1))
	r.run("terraform apply")
	r.sees(checkWarning)
	expectTexts(t, r.output, "replayed = 3")
	e.Sandbox.Wait()
	r.run("terraform plan")
	expectNoWarning(t, r.output)
	expectNoChanges(t, w)
	replay := "POST /webhooks/endpoints/" + endpoint + "/replay-failed-deliveries"
	e.ExpectWrites(replay, replay)

	replaysWithAction(t, e, r, endpoint)
	replaysOne(t, e, r)

	e.Sandbox.ResetRequestLog()
	follow(t, w, watchingGuide, "test-event.tf")
	r.run("terraform apply")
	r.run("terraform apply -replace=prosa_webhook_test_event.transcripts")
	test := "POST /webhooks/endpoints/" + endpoint + "/test"
	e.ExpectWrites(test, test)
	pinged(e, endpoint, 503)
	expectQuiet(t, r)
	r.ends()
	e.Sandbox.ResetRequestLog()
	w.Run("destroy", "-auto-approve")
	e.ExpectWrites("DELETE /webhooks/endpoints/" + endpoint)
}

// TestSilence checks that the guide's other check warns if no delivery succeeded for a day: neither an old success nor
// the absence of deliveries may prevent the warning.
func TestSilence(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	w := e.Workspace(nil)
	follow(t, w, watchingGuide, "main.tf")
	w.Run("init")
	w.Run("apply", "-auto-approve")
	endpoint := e.OnlyEndpoint().ID

	e.Sandbox.ResetRequestLog()
	expectTexts(t, w.Run("plan"), checkWarning, silent)
	if asked := e.Sandbox.Count(sandbox.OpListDeliveries); asked != 1 || len(e.Sandbox.Deliveries(endpoint)) != 0 {
		t.Errorf("the plan listed the deliveries %d times; want one list, without deliveries", asked)
	}
	pinged(e, endpoint, 200) // a test event is not an event of a job
	expectTexts(t, w.Run("plan"), checkWarning, silent)

	event := e.Sandbox.AddEvent(sandbox.Event{Type: "stt.jobs.completed"})
	accepted := 200
	e.Sandbox.AddDelivery(sandbox.Delivery{
		EventID: event.ID, EndpointID: endpoint, DeliveredAt: e.Clock.Now().AddDate(0, 0, -2), ResponseStatus: &accepted,
	})
	expectTexts(t, w.Run("plan"), checkWarning, silent)
	delivered(e, endpoint, "", 200)
	expectNoWarning(t, w.Run("plan"))
}

// delivered adds an event and its delivery with the status of the receiver's response; 0: no response.
func delivered(e *acctest.Env, endpoint, delivery string, status int) {
	add(e, endpoint, delivery, "stt.jobs.completed", status)
}

// pinged is delivered for a test event, which the checks ignore.
func pinged(e *acctest.Env, endpoint string, status int) {
	add(e, endpoint, "", "webhook.ping", status)
}

func add(e *acctest.Env, endpoint, delivery, eventType string, status int) {
	event := e.Sandbox.AddEvent(sandbox.Event{Type: eventType, Data: json.RawMessage(`{"job_id": "1"}`)})
	d := sandbox.Delivery{DeliveryID: delivery, EventID: event.ID, EndpointID: endpoint, RequestBody: event.Data}
	if status != 0 {
		d.ResponseStatus = &status
	}
	e.Sandbox.AddDelivery(d)
}

// replaysWithAction follows the guide through another outage.
func replaysWithAction(t *testing.T, e *acctest.Env, r *reader, endpoint string) {
	t.Helper()
	invoke := "terraform apply -invoke=action.prosa_webhook_replay_failed_deliveries.transcripts"
	t.Run("action", func(t *testing.T) {
		defer leaveOutWhenSkipped(t, r, []string{invoke})
		acctest.Needs(t, acctest.Actions)
		delivered(e, endpoint, "", 503)
		e.Sandbox.ResetRequestLog()
		follow(t, r.w, watchingGuide, "action.tf")
		r.run(invoke)
		e.ExpectWrites("POST /webhooks/endpoints/" + endpoint + "/replay-failed-deliveries")
		e.Sandbox.Wait()
		expectQuiet(t, r)
	})
}

// replaysOne replays the delivery that the guide names, which has arrived by now.
func replaysOne(t *testing.T, e *acctest.Env, r *reader) {
	t.Helper()
	e.Sandbox.ResetRequestLog()
	follow(t, r.w, watchingGuide, "failed.tf")
	r.run("terraform plan")
	follow(t, r.w, watchingGuide, "one-delivery.tf")
	r.run("terraform apply")
	e.ExpectWrites("POST /webhooks/deliveries/9892f438-d31c-4ff2-bc84-146525b292ff/replay")
	e.Sandbox.Wait()
	expectQuiet(t, r)
}

func expectQuiet(t *testing.T, r *reader) {
	t.Helper()
	expectNoWarning(t, r.w.Run("plan"))
}

func expectNoWarning(t *testing.T, output string) {
	t.Helper()
	if strings.Contains(output, "Warning") {
		t.Errorf("there is a warning:\n%s", output)
	}
}

// expectInJSON expects the warning in the output of plan -json.
func expectInJSON(t *testing.T, lines, says string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var message struct {
			Level      string `json:"@level"`
			Diagnostic struct{ Summary, Detail string }
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatal(fmt.Errorf("%w: %s", err, line))
		}
		if message.Level == "warn" && message.Diagnostic.Summary == checkWarning && strings.HasPrefix(message.Diagnostic.Detail, says) {
			return
		}
	}
	t.Errorf("no line has the warning:\n%s", lines)
}
