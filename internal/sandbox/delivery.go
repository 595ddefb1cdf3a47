package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// Delivery is one attempt to send an event to an endpoint. If ResponseStatus is nil, the receiver did not answer.
type Delivery struct {
	DeliveryID      string            `json:"delivery_id"`
	EventID         string            `json:"event_id"`
	EndpointID      string            `json:"endpoint_id"`
	DeliveredAt     time.Time         `json:"delivery"`
	RequestMethod   string            `json:"request_method"`
	RequestHeaders  map[string]string `json:"request_headers"` // an empty map is served as null; [Quirks].HeaderLists splits values at line breaks
	RequestBody     json.RawMessage   `json:"request_body"`    // served byte for byte; nil: null
	ResponseStatus  *int              `json:"response_status"`
	ResponseHeaders map[string]string `json:"response_headers"` // nil: null
	ResponseBody    *string           `json:"response_body"`
	ElapsedTime     *float64          `json:"elapsed_time"` // seconds
}

// listedDelivery is a delivery and the time from which the API lists it.
type listedDelivery struct {
	Delivery
	listedAt time.Time
}

func (d Delivery) clone() Delivery {
	d.RequestHeaders = maps.Clone(d.RequestHeaders)
	d.RequestBody = bytes.Clone(d.RequestBody)
	d.ResponseStatus = clonePointer(d.ResponseStatus)
	d.ResponseHeaders = maps.Clone(d.ResponseHeaders)
	d.ResponseBody = clonePointer(d.ResponseBody)
	d.ElapsedTime = clonePointer(d.ElapsedTime)
	return d
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

// AddDelivery records a delivery, which the API lists immediately, and returns it as stored. It fills in missing ids,
// time and method. If the headers are nil, it adds those that Prosa sends: the event type if the event is known, and a
// signature if the endpoint is known. It panics on a missing EndpointID, and on a body that is not JSON.
func (a *Account) AddDelivery(d Delivery) Delivery {
	a.mu.Lock()
	defer a.mu.Unlock()
	return must(a.addDelivery(d)).clone()
}

func (a *Account) addDelivery(d Delivery) (Delivery, error) {
	if d.EndpointID == "" {
		return d, errors.New("endpoint_id is missing")
	}
	for _, id := range []struct {
		name, prefix string
		value        *string
	}{{"delivery_id", "dl", &d.DeliveryID}, {"event_id", "ev", &d.EventID}, {"endpoint_id", "ep", &d.EndpointID}} {
		var err error
		if *id.value, err = a.checkID(id.name, id.prefix, *id.value); err != nil {
			return d, err
		}
	}
	if _, taken := a.delivery(d.DeliveryID); taken {
		return d, fmt.Errorf("delivery_id exists already: %q", d.DeliveryID)
	}
	if d.RequestBody != nil && !json.Valid(d.RequestBody) {
		return d, fmt.Errorf("request_body must be JSON: %s", d.RequestBody)
	}
	if d = d.clone(); d.DeliveredAt.IsZero() {
		d.DeliveredAt = a.now()
	}
	d.RequestMethod = cmp.Or(d.RequestMethod, http.MethodPost)
	if d.RequestHeaders == nil {
		event, _ := a.event(d.EventID)
		endpoint, _ := a.endpoint(d.EndpointID)
		d.RequestHeaders = a.deliveryHeaders(endpoint, d.EventID, event.Type, d.RequestBody, d.DeliveredAt)
	}
	a.deliveries = append(a.deliveries, listedDelivery{d, a.now()})
	return d, nil
}

// delivery returns a stored delivery, not a copy.
func (a *Account) delivery(id string) (Delivery, bool) {
	for _, d := range a.deliveries {
		if d.DeliveryID == id {
			return d.Delivery, true
		}
	}
	return Delivery{}, false
}

// Deliveries returns the deliveries to an endpoint in order of insertion; an empty id selects those to all endpoints.
// It includes deliveries that the API does not list yet, and deliveries to deleted endpoints.
func (a *Account) Deliveries(endpointID string) []Delivery {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := []Delivery{}
	for _, d := range a.deliveries {
		if endpointID == "" || d.EndpointID == endpointID {
			list = append(list, d.clone())
		}
	}
	return list
}

// listDeliveries is GET /webhooks/endpoints/{endpoint_id}/deliveries.
func (a *Account) listDeliveries(c *call) answer {
	if a.find(c.id) == nil {
		return a.notFound(c)
	}
	var items []json.RawMessage
	for _, d := range a.deliveries {
		if d.EndpointID == c.id && !d.listedAt.After(a.now()) && c.dates.include(d.DeliveredAt) {
			items = append(items, a.deliveryObject(d.Delivery))
		}
	}
	return a.list(items)
}

// sendTestEvent is POST /webhooks/endpoints/{endpoint_id}/test. It ignores the endpoint's filters.
func (a *Account) sendTestEvent(c *call) answer {
	endpoint, ok := a.endpoint(c.id)
	if !ok {
		return a.notFound(c)
	}
	event := must(a.addEvent(Event{Type: "webhook.ping", Data: json.RawMessage(`{"message":"ping"}`)}))
	return success(a.dispatch(endpoint, event.ID, event.Type, event.Data))
}

// replayDelivery is POST /webhooks/deliveries/{delivery_id}/replay. A delivery to a deleted endpoint is not found.
func (a *Account) replayDelivery(c *call) answer {
	d, _ := a.delivery(c.id)
	endpoint, ok := a.endpoint(d.EndpointID)
	if !ok {
		return a.notFound(c)
	}
	return success(a.replay(endpoint, d))
}

// replayFailedDeliveries is POST /webhooks/endpoints/{endpoint_id}/replay-failed-deliveries. An event has failed if its
// latest delivery to the endpoint was not answered with 2xx.
func (a *Account) replayFailedDeliveries(c *call) answer {
	endpoint, ok := a.endpoint(c.id)
	if !ok {
		return a.notFound(c)
	}
	latest := map[string]Delivery{}
	var order []string
	for _, d := range a.deliveries {
		before, known := latest[d.EventID]
		switch {
		case d.EndpointID != c.id:
		case !known:
			order = append(order, d.EventID)
			latest[d.EventID] = d.Delivery
		case !d.DeliveredAt.Before(before.DeliveredAt):
			latest[d.EventID] = d.Delivery
		}
	}
	var tickets []json.RawMessage
	for _, event := range order {
		if !latest[event].succeeded() {
			tickets = append(tickets, a.replay(endpoint, latest[event]))
		}
	}
	return a.list(tickets)
}

// replay sends the body of a delivery again, to the endpoint's current URL and signed with its current keys.
func (a *Account) replay(endpoint Endpoint, d Delivery) json.RawMessage {
	kind, body := d.eventType(), d.RequestBody
	if event, ok := a.event(d.EventID); ok {
		kind = event.Type
		if body == nil {
			body = event.Data
		}
	}
	return a.dispatch(endpoint, d.EventID, kind, value(body))
}

// dispatch creates a delivery and returns its ticket.
func (a *Account) dispatch(endpoint Endpoint, eventID, eventType string, body json.RawMessage) json.RawMessage {
	now := a.now()
	tag := a.orderedID("tag")
	d := Delivery{
		DeliveryID: a.newID("dl"), EventID: eventID, EndpointID: endpoint.ID, DeliveredAt: now,
		RequestMethod:  http.MethodPost,
		RequestHeaders: a.deliveryHeaders(endpoint, eventID, eventType, body, now),
		RequestBody:    body,
	}
	if a.Quirks.TagIsDeliveryID {
		d.DeliveryID = tag
	}
	record := func(result DeliveryResult) {
		a.deliveries = append(a.deliveries, listedDelivery{d.answered(result), now.Add(a.DeliveryDelay)})
	}
	if a.Receiver == nil {
		record(acceptDelivery(now))
	} else {
		r := DeliveryRequest{
			Method: d.RequestMethod, URL: endpoint.URL, SSLVerification: endpoint.SSLVerification,
			Headers: maps.Clone(d.RequestHeaders), Body: bytes.Clone(d.RequestBody),
		}
		a.sending.start(func() {
			result := a.Receiver(context.Background(), r)
			a.mu.Lock()
			defer a.mu.Unlock()
			record(result)
		})
	}
	return a.object(
		field{"delivery_tag", tag},
		field{"endpoint_id", endpoint.ID},
		field{"url", endpoint.URL},
	)
}

// deliveryObject encodes a delivery. Fields that the receiver did not provide are null.
func (s *Server) deliveryObject(d Delivery) json.RawMessage {
	return s.object(
		field{"delivery_id", d.DeliveryID},
		field{"event_id", d.EventID},
		field{"endpoint_id", d.EndpointID},
		field{"delivery", s.deliveryTime(d.DeliveredAt)},
		field{"request_method", d.RequestMethod},
		field{"request_headers", s.requestHeaders(d.RequestHeaders)},
		field{"request_body", d.RequestBody},
		field{"response_status", d.ResponseStatus},
		field{"response_headers", s.headers(d.ResponseHeaders)},
		field{"response_body", d.ResponseBody},
		field{"elapsed_time", d.ElapsedTime},
	)
}

func (s *Server) requestHeaders(headers map[string]string) any {
	if len(headers) == 0 {
		return nil
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

// headers returns what is shown of a map of headers; nil is shown as null.
func (s *Server) headers(headers map[string]string) any {
	if !s.Quirks.HeaderLists || headers == nil {
		return headers
	}
	lists := map[string][]string{}
	for name, text := range headers {
		lists[name] = strings.Split(text, "\n")
	}
	return lists
}
