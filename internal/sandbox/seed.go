package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// seed is the format of a seed file. It uses the API's own names, so that users can paste the API's answers.
type seed struct {
	Endpoints  []seedEndpoint `json:"endpoints"`
	Events     []seedEvent    `json:"events"`
	Deliveries []seedDelivery `json:"deliveries"`
}

type seedEndpoint struct {
	ID              string       `json:"id"`
	URL             string       `json:"url"`
	Secrets         []seedSecret `json:"secrets"`
	EventFilters    []string     `json:"event_filters"`
	SSLVerification *bool        `json:"ssl_verification"`
}

type seedSecret struct {
	ID        string    `json:"id"`
	Key       string    `json:"key"`
	ExpiredAt *seedTime `json:"expired_at"`
}

type seedEvent struct {
	ID        string          `json:"id"`
	Type      string          `json:"event_type"`
	Data      json.RawMessage `json:"data"`
	CreatedAt seedTime        `json:"created_at"`
}

type seedDelivery struct {
	DeliveryID      string            `json:"delivery_id"`
	EventID         string            `json:"event_id"`
	EndpointID      string            `json:"endpoint_id"`
	DeliveredAt     seedTime          `json:"delivery"`
	RequestMethod   string            `json:"request_method"`
	RequestHeaders  map[string]string `json:"request_headers"`
	RequestBody     json.RawMessage   `json:"request_body"`
	ResponseStatus  *int              `json:"response_status"`
	ResponseHeaders map[string]string `json:"response_headers"`
	ResponseBody    *string           `json:"response_body"`
	ElapsedTime     *float64          `json:"elapsed_time"`
}

// seedTime is a date-time in the API's format.
type seedTime struct {
	time.Time
	zoneless bool
}

func (t *seedTime) UnmarshalJSON(raw []byte) error {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return err
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if parsed, err := time.Parse(layout, *text); err == nil {
			t.Time, t.zoneless = parsed, layout != time.RFC3339Nano
			return nil
		}
	}
	return fmt.Errorf("%q is no date-time like 2023-01-17T14:26:22Z", *text)
}

// in returns the time; a time without a zone is local in the given zone.
func (t seedTime) in(zone *time.Location) time.Time {
	if !t.zoneless {
		return t.Time
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone).UTC()
}

// Load adds the endpoints, events and deliveries of a seed file: a JSON object with the lists "endpoints", "events" and
// "deliveries". Their items have the same fields as in the API's answers. The only required fields are the url of an
// endpoint, the event_type of an event and the endpoint_id of a delivery. A time without a zone is local in
// [Quirks].TimeZone. On an error, which names the invalid item, Load adds nothing.
func (a *Account) Load(file []byte) error {
	var data seed
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&data); err != nil {
		return fmt.Errorf("the seed is not as expected: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("the seed has something after its JSON object")
	}
	if err := a.check(data); err != nil {
		return err
	}
	zone := a.localZone()
	for _, e := range data.Endpoints {
		a.AddEndpoint(e.endpoint(zone))
	}
	for _, e := range data.Events {
		a.AddEvent(Event{ID: e.ID, Type: e.Type, Data: e.Data, CreatedAt: e.CreatedAt.in(zone)})
	}
	for _, d := range data.Deliveries {
		a.AddDelivery(Delivery{
			DeliveryID: d.DeliveryID, EventID: d.EventID, EndpointID: d.EndpointID, DeliveredAt: d.DeliveredAt.in(zone),
			RequestMethod: d.RequestMethod, RequestHeaders: d.RequestHeaders, RequestBody: d.RequestBody,
			ResponseStatus: d.ResponseStatus, ResponseHeaders: d.ResponseHeaders, ResponseBody: d.ResponseBody, ElapsedTime: d.ElapsedTime,
		})
	}
	return nil
}

func (e seedEndpoint) endpoint(zone *time.Location) Endpoint {
	endpoint := Endpoint{ID: e.ID, URL: e.URL, EventFilters: e.EventFilters, SSLVerification: e.SSLVerification == nil || *e.SSLVerification}
	for _, k := range e.Secrets {
		secret := Secret{ID: k.ID, Key: k.Key}
		if k.ExpiredAt != nil {
			end := k.ExpiredAt.in(zone)
			secret.ExpiredAt = &end
		}
		endpoint.Secrets = append(endpoint.Secrets, secret)
	}
	return endpoint
}

// check rejects everything that would make Load panic, and everything that is most likely a mistake.
func (a *Account) check(data seed) error {
	endpoints, events, deliveries := a.taken()
	for i, e := range data.Endpoints {
		item := fmt.Sprintf("endpoints[%d]", i)
		if problem := urlProblem(e.URL); problem != "" {
			return fmt.Errorf("%s.url %s: %q", item, problem, e.URL)
		}
		if err := endpoints.claim(&a.Quirks, item+".id", e.ID); err != nil {
			return err
		}
		for j, k := range e.Secrets {
			if _, ok := a.Quirks.parseID(k.ID); k.ID != "" && !ok {
				return fmt.Errorf("%s.secrets[%d].id must be a UUID: %q", item, j, k.ID)
			}
		}
	}
	for i, e := range data.Events {
		item := fmt.Sprintf("events[%d]", i)
		if e.Type == "" {
			return fmt.Errorf("%s.event_type is missing", item)
		}
		if err := events.claim(&a.Quirks, item+".id", e.ID); err != nil {
			return err
		}
	}
	for i, d := range data.Deliveries {
		item := fmt.Sprintf("deliveries[%d]", i)
		if id, ok := a.Quirks.parseID(d.EndpointID); !ok || !endpoints[id] {
			return fmt.Errorf("%s.endpoint_id must be the id of an endpoint: %q", item, d.EndpointID)
		}
		if _, ok := a.Quirks.parseID(d.EventID); d.EventID != "" && !ok {
			return fmt.Errorf("%s.event_id must be a UUID: %q", item, d.EventID)
		}
		if err := deliveries.claim(&a.Quirks, item+".delivery_id", d.DeliveryID); err != nil {
			return err
		}
	}
	return nil
}

// idSet holds the ids that exist already.
type idSet map[string]bool

func (t idSet) claim(quirks *Quirks, name, id string) error {
	if id == "" {
		return nil
	}
	parsed, ok := quirks.parseID(id)
	if !ok {
		return fmt.Errorf("%s must be a UUID: %q", name, id)
	}
	if t[parsed] {
		return fmt.Errorf("%s is there twice: %q", name, id)
	}
	t[parsed] = true
	return nil
}

func (a *Account) taken() (endpoints, events, deliveries idSet) {
	endpoints, events, deliveries = idSet{}, idSet{}, idSet{}
	for _, e := range a.Endpoints() {
		endpoints[e.ID] = true
	}
	for _, e := range a.Events() {
		events[e.ID] = true
	}
	for _, d := range a.Deliveries("") {
		deliveries[d.DeliveryID] = true
	}
	return endpoints, events, deliveries
}
