package guides_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	watchingGuide = "watching-deliveries"

	checkFailed  = "Check block assertion failed"                    // the CLI's warning about a failed check
	noSuccess    = "No delivery has succeeded in the last 24 hours." // the guide's warning
	jobCompleted = "stt.jobs.completed"
	ping         = "webhook.ping"
)

// TestWatchingDeliveries follows the guide with a receiver that is down for a while.
func TestWatchingDeliveries(t *testing.T) {
	t.Parallel()
	acctest.Program(t, "jq", "jq")
	var status atomic.Int64
	e := acctest.New(t, func(s *sandbox.Server) { s.Receiver = statusReceiver(&status) })
	w := e.Workspace(nil)
	r := newReader(t, w, watchingGuide)
	r.copy("main.tf", "monitor.sh")
	r.run("terraform init")
	r.run("terraform apply", noSuccess)
	endpoint := e.OnlyEndpoint().ID
	deliver(e, "", jobCompleted, 200)
	e.Sandbox.ResetRequestLog()
	r.run("sh monitor.sh")
	expectNoWarning(t, r.output)
	if requests := e.Sandbox.RequestLog(); len(requests) != 2 || len(e.Writes()) != 0 {
		t.Errorf("the monitor should send two requests, which change nothing: %v", requests)
	}

	const deliveryID = "9892f438-d31c-4ff2-bc84-146525b292ff"
	deliver(e, deliveryID, jobCompleted, 0)
	deliver(e, "", jobCompleted, 503)
	deliver(e, "", jobCompleted, 503)
	const failed = "3 events did not arrive. 3 of 4 deliveries failed. Last success: 20"
	if err := r.shell("sh monitor.sh"); err == nil {
		t.Error("the monitor should fail")
	}
	r.expectShown(checkFailed, "check.every_event_arrives: "+failed,
		`on main.tf line 35, in check "every_event_arrives":`, "condition = length(local.missing) == 0")

	r.copy("failed.tf")
	expectTexts(t, w.Run("plan"), deliveryID, "= 503")
	w.Remove("failed.tf")

	// A replay that fails again does not count as arrived.
	e.Sandbox.ResetRequestLog()
	status.Store(http.StatusServiceUnavailable)
	r.copy("replay.tf")
	w.Run("apply", "-auto-approve")
	e.Sandbox.Wait()
	expectTexts(t, w.Run("plan"), checkFailed, "3 events did not arrive. 6 of 7 deliveries failed")

	status.Store(http.StatusNoContent)
	w.Write("replay.tf", strings.Replace(w.Read("replay.tf"), "2026-11-20", "2026-11-21", 1))
	r.run("terraform apply", checkFailed)
	expectTexts(t, r.output, "replayed = 3")
	e.Sandbox.Wait()
	r.run("terraform plan")
	expectNoWarning(t, r.output)
	expectTexts(t, r.output, "No changes.")
	replay := "POST /webhooks/endpoints/" + endpoint + "/replay-failed-deliveries"
	e.ExpectWrites(replay, replay)

	const invoke = "terraform apply -invoke=action.prosa_webhook_replay_failed_deliveries.transcripts"
	if r.supports(acctest.Actions, invoke) {
		deliver(e, "", jobCompleted, 503)
		r.copy("action.tf")
		e.Sandbox.ResetRequestLog()
		r.run(invoke)
		e.ExpectWrites(replay)
		e.Sandbox.Wait()
	}

	e.Sandbox.ResetRequestLog()
	r.copy("failed.tf")
	r.run("terraform plan")
	expectNoWarning(t, r.output)
	r.copy("one-delivery.tf")
	r.run("terraform apply")
	e.ExpectWrites("POST /webhooks/deliveries/" + deliveryID + "/replay")

	e.Sandbox.ResetRequestLog()
	r.copy("test-event.tf")
	r.run("terraform apply")
	r.run("terraform apply -replace=prosa_webhook_test_event.transcripts")
	r.expectEnd()
	test := "POST /webhooks/endpoints/" + endpoint + "/test"
	e.ExpectWrites(test, test)
	deliver(e, "", ping, 503)
	expectNoWarning(t, w.Run("plan"))
	e.Sandbox.ResetRequestLog()
	w.Run("destroy", "-auto-approve")
	e.ExpectWrites("DELETE /webhooks/endpoints/" + endpoint)
}

// TestNoRecentDelivery checks that the guide's other check warns if no delivery succeeded for a day. Neither an old success nor
// a test event may prevent the warning.
func TestNoRecentDelivery(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	w := e.Workspace(nil)
	newReader(t, w, watchingGuide).copy("main.tf")
	w.Run("apply", "-auto-approve")
	deliver(e, "", ping, 200)
	event, accepted := e.Sandbox.AddEvent(sandbox.Event{Type: jobCompleted}), http.StatusOK
	e.Sandbox.AddDelivery(sandbox.Delivery{
		EventID: event.ID, EndpointID: e.OnlyEndpoint().ID, DeliveredAt: e.Clock.Now().Add(-2 * day), ResponseStatus: &accepted,
	})
	expectTexts(t, w.Run("plan"), checkFailed, noSuccess)
	deliver(e, "", jobCompleted, 200)
	expectNoWarning(t, w.Run("plan"))
}

// deliver adds an event and its delivery to the only endpoint, with the status of the receiver's response; 0: none.
func deliver(e *acctest.Env, id, eventType string, status int) {
	e.T.Helper()
	event := e.Sandbox.AddEvent(sandbox.Event{Type: eventType, Data: json.RawMessage(`{"job_id": "1"}`)})
	delivery := sandbox.Delivery{DeliveryID: id, EventID: event.ID, EndpointID: e.OnlyEndpoint().ID, RequestBody: event.Data}
	if status != 0 {
		delivery.ResponseStatus = &status
	}
	e.Sandbox.AddDelivery(delivery)
}

func expectNoWarning(t *testing.T, output string) {
	t.Helper()
	if strings.Contains(output, "Warning") {
		t.Errorf("the CLI warns:\n%s", output)
	}
}
