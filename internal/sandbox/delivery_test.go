package sandbox_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestSendTestEvent(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	e := s.AddEndpoint(sandbox.Endpoint{URL: "https://example.com:8443/hook?x=1", EventFilters: []string{"stt.jobs.failed"}, Secrets: []sandbox.Secret{
		{Key: "expired", ExpiredAt: new(clock.Now())},
		{Key: "old", ExpiredAt: new(clock.Now().Add(time.Second))},
		{Key: "new"},
	}})
	s.AddEndpoint(sandbox.Endpoint{URL: hookURL})
	c := serve(t, s)

	ticket := c.ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "").object()
	equal(t, "events", len(s.Events()), 1)
	event := s.Events()[0]
	equal(t, "event type", event.Type, "webhook.ping")
	equal(t, "event time", event.CreatedAt, clock.Now())
	equal(t, "event by id", c.ok("GET", "/webhooks/events/"+event.ID, "").object()["event_type"], any("webhook.ping"))

	equal(t, "deliveries to all endpoints", len(s.Deliveries("")), 1)
	d := s.Deliveries(e.ID)[0]
	tag, _ := ticket["delivery_tag"].(string)
	delete(ticket, "delivery_tag")
	equal(t, "ticket without the tag", ticket, map[string]any{"endpoint_id": e.ID, "url": e.URL})
	if tag == "" {
		t.Error("the ticket has no tag")
	}
	if tag == d.DeliveryID {
		t.Error("the tag equals the delivery's id: clients could rely on that, but the reference does not promise it")
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
	e := s.AddEndpoint(sandbox.Endpoint{URL: hookURL, Secrets: []sandbox.Secret{{Key: "one"}}})
	event := s.AddEvent(sandbox.Event{Type: "stt.jobs.failed", Data: json.RawMessage(`{"a":1}`)})
	withBody := s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, EventID: event.ID, RequestBody: json.RawMessage(unusualJSON)})
	equal(t, "generated header", withBody.RequestHeaders["x-prosa-signature"], sandbox.Sign([]string{"one"}, clock.Now(), []byte(unusualJSON)))
	equal(t, "generated header", withBody.RequestHeaders["x-prosa-event"], "stt.jobs.failed")
	withoutBody := s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, EventID: event.ID, RequestHeaders: map[string]string{}})
	withoutEvent := s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, RequestHeaders: map[string]string{"X-Prosa-Event": "type.from.the.header"}})
	c := serve(t, s)

	clock.Advance(time.Minute)
	s.RotateSecret(e.ID, 0) // without a period, only the new key is left
	s.UpdateEndpoint(e.ID, func(e *sandbox.Endpoint) { e.URL, e.Secrets[0].Key = "https://example.com/moved", "two" })
	replay := func(d sandbox.Delivery, kind, body string) {
		t.Helper()
		ticket := c.ok("POST", "/webhooks/deliveries/"+strings.ToUpper(d.DeliveryID)+"/replay", "").object()
		equal(t, "URL", ticket["url"], any("https://example.com/moved"))
		all := s.Deliveries(e.ID)
		replayed := all[len(all)-1]
		equal(t, "event", replayed.EventID, d.EventID)
		equal(t, "type", replayed.RequestHeaders["x-prosa-event"], kind)
		equal(t, "body", string(replayed.RequestBody), body)
		equal(t, "time", replayed.DeliveredAt, clock.Now())
		equal(t, "signature", replayed.RequestHeaders["x-prosa-signature"], sandbox.Sign([]string{"two"}, clock.Now(), []byte(body)))
		if replayed.DeliveryID == d.DeliveryID {
			t.Error("the delivery has the id of the one it replays")
		}
	}
	replay(withBody, "stt.jobs.failed", unusualJSON)
	replay(withoutBody, "stt.jobs.failed", `{"a":1}`)
	replay(withoutEvent, "type.from.the.header", `null`)
	equal(t, "events", len(s.Events()), 1)
	// The body is listed twice: for the delivery with this body, and for its replay.
	if body := c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").body; strings.Count(body, `"request_body":`+unusualJSON+`,`) != 2 {
		t.Errorf("the body has changed: %s", body)
	}

	s.RemoveEndpoint(e.ID)
	c.do("POST", "/webhooks/deliveries/"+withBody.DeliveryID+"/replay", "").
		wantError(404, "webhook_delivery_not_found", map[string]any{"delivery_id": withBody.DeliveryID})
	equal(t, "deliveries after the removal", len(s.Deliveries(e.ID)), 6)
}

func TestReplayFailedDeliveries(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	e, other := s.AddEndpoint(sandbox.Endpoint{URL: hookURL}), s.AddEndpoint(sandbox.Endpoint{URL: hookURL})
	var want []any
	for _, test := range []struct {
		event           string
		here, elsewhere []int // the statuses of its deliveries, the newest first; 0: no response
		replayed        bool
	}{
		{"no response", []int{0}, nil, true},
		{"success", []int{200}, nil, false},
		{"failure", []int{500}, nil, true},
		{"redirect", []int{302}, nil, true},
		{"success after failures", []int{204, 500, 0}, nil, false},
		{"high success status", []int{299, 300}, nil, false},
		{"failure after success", []int{404, 200}, nil, true},
		{"failure elsewhere", nil, []int{500}, false},
		{"success elsewhere", []int{500}, []int{200}, true},
	} {
		event := s.AddEvent(sandbox.Event{Type: test.event})
		// Deliveries before their event: the API does not check that, and a replay, which is made now, is the latest.
		for endpoint, statuses := range map[string][]int{e.ID: test.here, other.ID: test.elsewhere} {
			for age, status := range statuses {
				d := sandbox.Delivery{EndpointID: endpoint, EventID: event.ID, DeliveredAt: event.CreatedAt.Add(-time.Duration(age+1) * time.Minute)}
				if status != 0 {
					d.ResponseStatus = &status
				}
				s.AddDelivery(d)
			}
		}
		if test.replayed {
			want = append(want, test.event)
		}
	}
	before := len(s.Deliveries(e.ID))
	c := serve(t, s)
	tickets := c.ok("POST", "/webhooks/endpoints/"+e.ID+"/replay-failed-deliveries", "").list()
	equal(t, "tickets", len(tickets), len(want))
	var replayed []any
	for _, d := range s.Deliveries(e.ID)[before:] {
		replayed = append(replayed, d.RequestHeaders["x-prosa-event"])
	}
	equal(t, "replayed events", replayed, want)
	equal(t, "tickets of a second replay", c.ok("POST", "/webhooks/endpoints/"+e.ID+"/replay-failed-deliveries", "").body, "[]")
}

func TestDeliveryDelay(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now, DeliveryDelay: time.Minute}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hookURL})
	s.AddDelivery(sandbox.Delivery{EndpointID: e.ID})
	c := serve(t, s)
	listed := func() int { return len(c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").list()) }

	c.ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "")
	equal(t, "listed immediately", listed(), 1)
	equal(t, "recorded immediately", len(s.Deliveries(e.ID)), 2)
	clock.Advance(time.Minute - time.Nanosecond)
	equal(t, "listed before the delay", listed(), 1)
	clock.Advance(time.Nanosecond)
	equal(t, "listed after the delay", listed(), 2)
}

// With a receiver, a delivery happens after the request was answered, and records the receiver's response.
func TestReceiver(t *testing.T) {
	t.Parallel()
	respond := make(chan sandbox.DeliveryResult)
	received := make(chan sandbox.DeliveryRequest, 1)
	s := &sandbox.Server{Receiver: func(_ context.Context, r sandbox.DeliveryRequest) sandbox.DeliveryResult {
		received <- r
		return <-respond
	}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hookURL, SSLVerification: true, Secrets: []sandbox.Secret{{Key: "k"}}})
	c := serve(t, s)
	path := "/webhooks/endpoints/" + e.ID

	c.ok("POST", path+"/test", "")
	r := <-received
	equal(t, "deliveries before the response", len(s.Deliveries(e.ID)), 0)
	equal(t, "signed", sandbox.VerifySignature(r.Headers["x-prosa-signature"], r.Body, []string{"k"}), true)
	equal(t, "event", r.Headers["x-prosa-event-uuid"], s.Events()[0].ID)
	r.Headers = nil
	equal(t, "request", r, sandbox.DeliveryRequest{Method: "POST", URL: hookURL, Body: []byte(`{"message":"ping"}`), SSLVerification: true})

	respond <- sandbox.DeliveryResult{Status: 500, Body: "no", Elapsed: 1500 * time.Millisecond}
	s.Wait()
	c.ok("POST", path+"/replay-failed-deliveries", "")
	<-received
	respond <- sandbox.DeliveryResult{}
	s.Wait()
	list := c.ok("GET", path+"/deliveries", "").list()
	for name, want := range map[string][]any{
		"response_status": {json.Number("500"), nil}, "response_body": {"no", nil},
		"response_headers": {map[string]any{}, nil}, "elapsed_time": {json.Number("1.5"), nil},
	} {
		equal(t, name, column(list, name), want)
	}
}

func TestDelivery_noBodyAndNoHeaders(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hookURL})
	s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, RequestHeaders: map[string]string{}})
	body := serve(t, s).ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").body
	if !strings.Contains(body, `"request_headers":null,"request_body":null,"response_status":null,"response_headers":null,`) {
		t.Errorf("the delivery is %s", body)
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	var s sandbox.Server
	unfiltered := s.AddEndpoint(sandbox.Endpoint{URL: hookURL, Secrets: []sandbox.Secret{{Key: "k"}}})
	matching := s.AddEndpoint(sandbox.Endpoint{URL: hookURL, EventFilters: []string{"stt.jobs.failed", "stt.jobs.completed"}})
	other := s.AddEndpoint(sandbox.Endpoint{URL: hookURL, EventFilters: []string{"stt.jobs.failed"}})

	event, receivers := s.Send(sandbox.Event{Type: "stt.jobs.completed", Data: json.RawMessage(`{"n": 1.0}`)})
	s.Wait()
	equal(t, "receivers", len(receivers), 2)
	equal(t, "events", len(s.Events()), 1)
	equal(t, "deliveries of another event type", len(s.Deliveries(other.ID)), 0)
	equal(t, "event", s.Deliveries(matching.ID)[0].EventID, event.ID)
	d := s.Deliveries(unfiltered.ID)[0]
	equal(t, "body", string(d.RequestBody), `{"n": 1.0}`)
	equal(t, "type", d.RequestHeaders["x-prosa-event"], "stt.jobs.completed")
	equal(t, "signed", sandbox.VerifySignature(d.RequestHeaders["x-prosa-signature"], d.RequestBody, []string{"k"}), true)
}
