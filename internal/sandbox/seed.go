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
	Endpoint
	Secrets         []seedSecret `json:"secrets"`
	SSLVerification *bool        `json:"ssl_verification"`
}

type seedSecret struct {
	Secret
	ExpiredAt *seedTime `json:"expired_at"`
}

type seedEvent struct {
	Event
	CreatedAt seedTime `json:"created_at"`
}

type seedDelivery struct {
	Delivery
	DeliveredAt seedTime `json:"delivery"`
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
	return fmt.Errorf("%q is not a date-time such as 2023-01-17T14:26:22Z", *text)
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
		return fmt.Errorf("the seed is invalid: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("the seed contains text after its JSON object")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	endpoints, events, deliveries := a.endpoints, a.events, a.deliveries
	if err := a.add(data); err != nil {
		a.endpoints, a.events, a.deliveries = endpoints, events, deliveries
		return err
	}
	return nil
}

// add adds the items up to the first invalid one.
func (a *Account) add(data seed) error {
	zone := a.localZone()
	for i, e := range data.Endpoints {
		if _, err := a.addEndpoint(e.endpoint(zone)); err != nil {
			return fmt.Errorf("endpoints[%d].%w", i, err)
		}
	}
	for i, e := range data.Events {
		e.Event.CreatedAt = e.CreatedAt.in(zone)
		if e.Type == "" {
			return fmt.Errorf("events[%d].event_type is missing", i)
		}
		if _, err := a.addEvent(e.Event); err != nil {
			return fmt.Errorf("events[%d].%w", i, err)
		}
	}
	for i, d := range data.Deliveries {
		d.Delivery.DeliveredAt = d.DeliveredAt.in(zone)
		added, err := a.addDelivery(d.Delivery)
		if err != nil {
			return fmt.Errorf("deliveries[%d].%w", i, err)
		}
		if a.find(added.EndpointID) == nil {
			return fmt.Errorf("deliveries[%d].endpoint_id must be the id of an endpoint: %q", i, d.EndpointID)
		}
	}
	return nil
}

func (e seedEndpoint) endpoint(zone *time.Location) Endpoint {
	endpoint := e.Endpoint
	endpoint.SSLVerification = e.SSLVerification == nil || *e.SSLVerification
	for _, k := range e.Secrets {
		if k.ExpiredAt != nil {
			k.Secret.ExpiredAt = new(k.ExpiredAt.in(zone))
		}
		endpoint.Secrets = append(endpoint.Secrets, k.Secret)
	}
	return endpoint
}
