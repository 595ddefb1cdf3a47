package sandbox_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestTestEvent(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	e := s.AddEndpoint(sandbox.Endpoint{URL: "https://example.com:8443/hook?x=1", EventFilters: []string{"stt.jobs.failed"}, Secrets: []sandbox.Secret{
		{Key: "gone", ExpiredAt: ptr(clock.Now())},
		{Key: "old", ExpiredAt: ptr(clock.Now().Add(time.Second))},
		{Key: "new"},
	}})
	s.AddEndpoint(sandbox.Endpoint{URL: hook})
	c := serve(t, s)

	ticket := c.ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "").object()
	equal(t, "events", len(s.Events()), 1)
	event := s.Events()[0]
	equal(t, "event type", event.Type, "webhook.ping")
	equal(t, "event time", event.CreatedAt, clock.Now())
	equal(t, "event by id", c.ok("GET", "/webhooks/events/"+event.ID, "").object()["event_type"], any("webhook.ping"))

	equal(t, "deliveries to all", len(s.Deliveries("")), 1)
	d := s.Deliveries(e.ID)[0]
	equal(t, "ticket", ticket, map[string]any{"delivery_tag": ticket["delivery_tag"], "endpoint_id": e.ID, "url": e.URL})
	if ticket["delivery_tag"] == d.DeliveryID {
		t.Error("the tag is the id of the delivery, which the reference does not promise")
	}
	equal(t, "listing", c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").list(), []map[string]any{{
		"delivery_id": d.DeliveryID, "event_id": event.ID, "endpoint_id": e.ID,
		"delivery": clock.Now().Format(time.RFC3339), "request_method": "POST",
		"request_headers": map[string]any{
			"host": "example.com:8443", "accept": "*/*", "connection": "keep-alive", "accept-encoding": "gzip, deflate, br",
			"user-agent": "prosa-speech-api", "content-type": "application/json", "content-length": "18",
			"x-prosa-event": "webhook.ping", "x-prosa-event-uuid": event.ID,
			"x-prosa-signature": sandbox.Sign([]string{"old", "new"}, clock.Now(), d.RequestBody),
		},
		"request_body":    map[string]any{"message": "ping"},
		"response_status": json.Number("200"), "response_body": "", "elapsed_time": json.Number("0.001"),
		"response_headers": map[string]any{"server": "sandbox", "content-length": "0", "date": "Fri, 15 Jan 2027 08:00:00 GMT"},
	}})
	equal(t, "body of the event", string(event.Data), string(d.RequestBody))
}

func TestReplay(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook, Secrets: []sandbox.Secret{{Key: "one"}}})
	event := s.AddEvent(sandbox.Event{Type: "stt.jobs.failed", Data: json.RawMessage(`{"a":1}`)})
	known := s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, EventID: event.ID, RequestBody: json.RawMessage(untouchable)})
	equal(t, "filled in", known.RequestHeaders["x-prosa-signature"], sandbox.Sign([]string{"one"}, clock.Now(), []byte(untouchable)))
	equal(t, "filled in", known.RequestHeaders["x-prosa-event"], "stt.jobs.failed")
	withoutBody := s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, EventID: event.ID, RequestHeaders: map[string]string{}})
	foreign := s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, RequestHeaders: map[string]string{"X-Prosa-Event": "of.old"}})
	c := serve(t, s)

	clock.Advance(time.Minute)
	s.RotateSecret(e.ID, 0)
	s.UpdateEndpoint(e.ID, func(e *sandbox.Endpoint) { e.URL, e.Secrets[0].Key = "https://example.com/moved", "two" })
	replay := func(d sandbox.Delivery, kind, body string) {
		t.Helper()
		ticket := c.ok("POST", "/webhooks/deliveries/"+strings.ToUpper(d.DeliveryID)+"/replay", "").object()
		equal(t, "URL", ticket["url"], any("https://example.com/moved"))
		all := s.Deliveries(e.ID)
		again := all[len(all)-1]
		equal(t, "event", again.EventID, d.EventID)
		equal(t, "type", again.RequestHeaders["x-prosa-event"], kind)
		equal(t, "body", string(again.RequestBody), body)
		equal(t, "time", again.DeliveredAt, clock.Now())
		equal(t, "signature", again.RequestHeaders["x-prosa-signature"], sandbox.Sign([]string{"two"}, clock.Now(), []byte(body)))
		if again.DeliveryID == d.DeliveryID {
			t.Error("the delivery has the id of the one it replays")
		}
	}
	replay(known, "stt.jobs.failed", untouchable)
	replay(withoutBody, "stt.jobs.failed", `{"a":1}`)
	replay(foreign, "of.old", `null`)
	equal(t, "events", len(s.Events()), 1)
	if body := c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").body; strings.Count(body, `"request_body":`+untouchable+`,`) != 2 {
		t.Errorf("the body was touched: %s", body)
	}

	s.RemoveEndpoint(e.ID)
	c.do("POST", "/webhooks/deliveries/"+known.DeliveryID+"/replay", "").
		wantError(404, "webhook_delivery_not_found", map[string]any{"delivery_id": known.DeliveryID})
	equal(t, "kept on record", len(s.Deliveries(e.ID)), 6)
}

func TestReplayFailed(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	other := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	names := map[string]string{}
	// The statuses of each event's deliveries, by their age in minutes; 0: never answered.
	add := func(name string, endpoint sandbox.Endpoint, statuses ...int) {
		id := names[name]
		if id == "" {
			id = s.AddEvent(sandbox.Event{Type: name}).ID
			names[name] = id
		}
		for i, status := range statuses {
			d := sandbox.Delivery{EndpointID: endpoint.ID, EventID: id, DeliveredAt: clock.Now().Add(-time.Duration(i+1) * time.Minute)}
			if status != 0 {
				d.ResponseStatus = &status
			}
			s.AddDelivery(d)
		}
	}
	add("never answered", e, 0)
	add("delivered", e, 200)
	add("refused", e, 500)
	add("redirected", e, 302)
	add("delivered later", e, 204, 500, 0)
	add("failed later", e, 299, 300)
	add("failed in the end", e, 404, 200)
	add("failed elsewhere", other, 500)
	add("delivered elsewhere", other, 200)
	add("delivered elsewhere", e, 500)
	c := serve(t, s)

	tickets := c.ok("POST", "/webhooks/endpoints/"+e.ID+"/replay-failed-deliveries", "").list()
	equal(t, "tickets", len(tickets), 5)
	var replayed []any
	for _, d := range s.Deliveries(e.ID)[12:] {
		replayed = append(replayed, d.RequestHeaders["x-prosa-event"])
	}
	equal(t, "replayed", replayed, []any{"never answered", "refused", "redirected", "failed in the end", "delivered elsewhere"})
	equal(t, "nothing left", c.ok("POST", "/webhooks/endpoints/"+e.ID+"/replay-failed-deliveries", "").body, "[]")
}

func TestDeliveryDelay(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now, DeliveryDelay: time.Minute}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	s.AddDelivery(sandbox.Delivery{EndpointID: e.ID})
	c := serve(t, s)
	listed := func() int { return len(c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").list()) }

	c.ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "")
	equal(t, "listed at once", listed(), 1)
	equal(t, "recorded at once", len(s.Deliveries(e.ID)), 2)
	clock.Advance(time.Minute - time.Nanosecond)
	equal(t, "listed before the delay", listed(), 1)
	clock.Advance(time.Nanosecond)
	equal(t, "listed after it", listed(), 2)
}

// With a receiver, a delivery happens after the request was answered, and records the receiver's response.
func TestReceiver(t *testing.T) {
	t.Parallel()
	let := make(chan sandbox.DeliveryResult)
	got := make(chan sandbox.DeliveryRequest, 1)
	s := &sandbox.Server{Receiver: func(_ context.Context, r sandbox.DeliveryRequest) sandbox.DeliveryResult {
		got <- r
		return <-let
	}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook, Secrets: []sandbox.Secret{{Key: "k"}}})
	c := serve(t, s)
	at := "/webhooks/endpoints/" + e.ID

	c.ok("POST", at+"/test", "")
	r := <-got
	equal(t, "recorded before an answer", len(s.Deliveries(e.ID)), 0)
	equal(t, "method", r.Method, http.MethodPost)
	equal(t, "URL", r.URL, hook)
	equal(t, "type", r.Headers["x-prosa-event"], "webhook.ping")
	equal(t, "event", r.Headers["x-prosa-event-uuid"], s.Events()[0].ID)
	equal(t, "verification", r.SSLVerification, false)
	equal(t, "signed", sandbox.VerifySignature(r.Headers["x-prosa-signature"], r.Body, []string{"k"}), true)
	let <- sandbox.DeliveryResult{Status: 500, Body: "no", Elapsed: 1500 * time.Millisecond}
	s.Wait()
	failed := c.ok("GET", at+"/deliveries", "").list()[0]
	equal(t, "status", failed["response_status"], any(json.Number("500")))
	equal(t, "body", failed["response_body"], any("no"))
	equal(t, "headers", failed["response_headers"], any(map[string]any{}))
	equal(t, "time taken", failed["elapsed_time"], any(json.Number("1.5")))

	c.ok("POST", at+"/replay-failed-deliveries", "")
	<-got
	let <- sandbox.DeliveryResult{}
	s.Wait()
	silent := c.ok("GET", at+"/deliveries", "").list()[1]
	for _, name := range []string{"response_status", "response_body", "response_headers", "elapsed_time"} {
		if text, there := silent[name]; text != nil || !there {
			t.Errorf("%s is %v", name, text)
		}
	}
}

func TestDeliveriesMayHaveNoBodyAndNoHeaders(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, RequestHeaders: map[string]string{}})
	d := serve(t, s).ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").list()[0]
	for _, name := range []string{"request_headers", "request_body"} {
		if text, there := d[name]; text != nil || !there {
			t.Errorf("%s is %v", name, text)
		}
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	var s sandbox.Server
	all := s.AddEndpoint(sandbox.Endpoint{URL: hook, Secrets: []sandbox.Secret{{Key: "k"}}})
	one := s.AddEndpoint(sandbox.Endpoint{URL: hook, EventFilters: []string{"stt.jobs.failed", "stt.jobs.completed"}})
	other := s.AddEndpoint(sandbox.Endpoint{URL: hook, EventFilters: []string{"stt.jobs.failed"}})

	event, told := s.Send(sandbox.Event{Type: "stt.jobs.completed", Data: json.RawMessage(`{"n": 1.0}`)})
	s.Wait()
	equal(t, "told", len(told), 2)
	equal(t, "events", len(s.Events()), 1)
	equal(t, "to one that does not want it", len(s.Deliveries(other.ID)), 0)
	equal(t, "to one that wants it", s.Deliveries(one.ID)[0].EventID, event.ID)
	d := s.Deliveries(all.ID)[0]
	equal(t, "body", string(d.RequestBody), `{"n": 1.0}`)
	equal(t, "type", d.RequestHeaders["x-prosa-event"], "stt.jobs.completed")
	equal(t, "signed", sandbox.VerifySignature(d.RequestHeaders["x-prosa-signature"], d.RequestBody, []string{"k"}), true)
}
