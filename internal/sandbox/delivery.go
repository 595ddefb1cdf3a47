package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// listDeliveries is GET /webhooks/endpoints/{endpoint_id}/deliveries.
func (a *Account) listDeliveries(c *call, in *input) answer {
	now := a.now()
	if _, ok := a.store.endpoint(in.id, now); !ok {
		return a.notFound(c, "endpoint", in.id)
	}
	var items [][]byte
	for _, d := range a.store.delivered(func(r recorded) bool {
		return r.EndpointID == in.id && !r.listed.After(now) && in.dates.include(r.DeliveredAt)
	}) {
		items = append(items, a.deliveryObject(d))
	}
	return a.list(items)
}

// sendTestEvent is POST /webhooks/endpoints/{endpoint_id}/test. It ignores the endpoint's filters.
func (a *Account) sendTestEvent(c *call, in *input) answer {
	endpoint, ok := a.Endpoint(in.id)
	if !ok {
		return a.notFound(c, "endpoint", in.id)
	}
	event := a.AddEvent(Event{Type: "webhook.ping", Data: json.RawMessage(`{"message":"ping"}`)})
	return answer{status: http.StatusOK, body: a.dispatch(endpoint, event.ID, event.Type, event.Data)}
}

// replayDelivery is POST /webhooks/deliveries/{delivery_id}/replay. A delivery to a deleted endpoint is not found.
func (a *Account) replayDelivery(c *call, in *input) answer {
	found := a.store.delivered(func(r recorded) bool { return r.DeliveryID == in.id })
	if len(found) == 0 {
		return a.notFound(c, "delivery", in.id)
	}
	endpoint, ok := a.Endpoint(found[0].EndpointID)
	if !ok {
		return a.notFound(c, "delivery", in.id)
	}
	return answer{status: http.StatusOK, body: a.replay(endpoint, found[0])}
}

// replayFailedDeliveries is POST /webhooks/endpoints/{endpoint_id}/replay-failed-deliveries. An event has failed if its
// latest delivery to the endpoint was not answered with 2xx.
func (a *Account) replayFailedDeliveries(c *call, in *input) answer {
	endpoint, ok := a.Endpoint(in.id)
	if !ok {
		return a.notFound(c, "endpoint", in.id)
	}
	latest := map[string]Delivery{}
	var order []string
	for _, d := range a.Deliveries(in.id) {
		before, known := latest[d.EventID]
		if !known {
			order = append(order, d.EventID)
		}
		if !known || !d.DeliveredAt.Before(before.DeliveredAt) {
			latest[d.EventID] = d
		}
	}
	var tickets [][]byte
	for _, event := range order {
		if !latest[event].succeeded() {
			tickets = append(tickets, a.replay(endpoint, latest[event]))
		}
	}
	return a.list(tickets)
}

func (d Delivery) succeeded() bool {
	return d.ResponseStatus != nil && *d.ResponseStatus >= 200 && *d.ResponseStatus <= 299
}

// eventType returns the event type that a delivery was sent with. The header's name is matched case-insensitively.
func (d Delivery) eventType() string {
	for name, text := range d.RequestHeaders {
		if strings.EqualFold(name, "x-prosa-event") {
			return text
		}
	}
	return ""
}

// replay sends the body of a delivery again, to the endpoint's current URL and signed with its current keys.
func (a *Account) replay(endpoint Endpoint, d Delivery) []byte {
	kind, body := d.eventType(), d.RequestBody
	if event, ok := a.store.event(d.EventID); ok {
		kind = event.Type
		if body == nil {
			body = event.Data
		}
	}
	if body == nil {
		body = json.RawMessage("null")
	}
	return a.dispatch(endpoint, d.EventID, kind, body)
}

// dispatch creates a delivery and returns its ticket.
func (a *Account) dispatch(endpoint Endpoint, eventID, eventType string, body json.RawMessage) []byte {
	now := a.now()
	tag := a.store.tag(now)
	d := Delivery{
		DeliveryID: a.newID("dl"), EventID: eventID, EndpointID: endpoint.ID, DeliveredAt: now,
		RequestMethod:  http.MethodPost,
		RequestHeaders: a.deliveryHeaders(endpoint, eventID, eventType, body, now),
		RequestBody:    body,
	}
	if a.Quirks.TagIsDeliveryID {
		d.DeliveryID = tag
	}
	listed := now.Add(a.DeliveryDelay)
	if a.Receiver == nil {
		a.store.addDelivery(d.answered(silentReceiver(now)), listed)
	} else {
		r := DeliveryRequest{
			Method: d.RequestMethod, URL: endpoint.URL, SSLVerification: endpoint.SSLVerification,
			Headers: maps.Clone(d.RequestHeaders), Body: bytes.Clone(d.RequestBody),
		}
		a.detached.start(func() {
			a.store.addDelivery(d.answered(a.Receiver(context.Background(), r)), listed)
		})
	}
	return a.object(
		field{"delivery_tag", value(tag)},
		field{"endpoint_id", value(endpoint.ID)},
		field{"url", value(endpoint.URL)},
	)
}

// deliveryObject encodes a delivery. Fields that the receiver did not provide are null.
func (s *Server) deliveryObject(d Delivery) []byte {
	return s.object(
		field{"delivery_id", value(d.DeliveryID)},
		field{"event_id", value(d.EventID)},
		field{"endpoint_id", value(d.EndpointID)},
		field{"delivery", s.deliveryTime(d.DeliveredAt)},
		field{"request_method", value(d.RequestMethod)},
		field{"request_headers", s.requestHeaders(d.RequestHeaders)},
		field{"request_body", orNull(d.RequestBody)},
		field{"response_status", value(d.ResponseStatus)},
		field{"response_headers", s.headers(d.ResponseHeaders)},
		field{"response_body", value(d.ResponseBody)},
		field{"elapsed_time", value(d.ElapsedTime)},
	)
}

func (s *Server) requestHeaders(headers map[string]string) []byte {
	if len(headers) == 0 {
		return []byte("null")
	}
	shown := map[string]string{}
	for name, text := range headers {
		if s.Quirks.UpperCaseHeaders {
			name = strings.ToUpper(name)
		}
		shown[name] = text
	}
	return s.headers(shown)
}

// headers encodes a map of headers; nil becomes null.
func (s *Server) headers(headers map[string]string) []byte {
	if !s.Quirks.HeaderLists || headers == nil {
		return value(headers)
	}
	lists := map[string][]string{}
	for name, text := range headers {
		lists[name] = strings.Split(text, "\n")
	}
	return value(lists)
}

func orNull(raw json.RawMessage) []byte {
	if raw == nil {
		return []byte("null")
	}
	return slices.Clone(raw)
}
