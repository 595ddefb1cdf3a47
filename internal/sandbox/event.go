package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Event is an event that is delivered to endpoints.
type Event struct {
	ID        string          `json:"id"`
	Type      string          `json:"event_type"`
	Data      json.RawMessage `json:"data"` // served byte for byte
	CreatedAt time.Time       `json:"created_at"`
}

func (e Event) clone() Event {
	e.Data = bytes.Clone(e.Data)
	return e
}

// AddEvent records an event, fills in a missing id, time and data ({}), and returns it as stored. It delivers nothing.
// It panics on data that is not JSON.
func (a *Account) AddEvent(e Event) Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return must(a.addEvent(e)).clone()
}

func (a *Account) addEvent(e Event) (Event, error) {
	var err error
	if e.ID, err = a.checkID("id", "ev", e.ID); err != nil {
		return e, err
	}
	if _, taken := a.event(e.ID); taken {
		return e, fmt.Errorf("id exists already: %q", e.ID)
	}
	if e = e.clone(); e.Data == nil {
		e.Data = json.RawMessage("{}")
	}
	if !json.Valid(e.Data) {
		return e, fmt.Errorf("data must be JSON: %s", e.Data)
	}
	if e.CreatedAt.IsZero() {
		e.CreatedAt = a.now()
	}
	a.events = append(a.events, e)
	return e, nil
}

// event returns a stored event, not a copy.
func (a *Account) event(id string) (Event, bool) {
	for _, e := range a.events {
		if e.ID == id {
			return e, true
		}
	}
	return Event{}, false
}

// Events returns all events in order of insertion.
func (a *Account) Events() []Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := slices.Clone(a.events)
	for i, e := range list {
		list[i] = e.clone()
	}
	return list
}

// Send records an event like AddEvent, as a finished speech job does, and delivers it to every endpoint whose filters
// include its type. It returns the stored event and these endpoints, and does not wait for the deliveries.
func (a *Account) Send(e Event) (Event, []Endpoint) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e = must(a.addEvent(e))
	var receivers []Endpoint
	for _, endpoint := range a.endpoints {
		if len(endpoint.EventFilters) == 0 || slices.Contains(endpoint.EventFilters, e.Type) {
			receiver := endpoint.active(a.now())
			a.dispatch(receiver, e.ID, e.Type, e.Data)
			receivers = append(receivers, receiver)
		}
	}
	return e.clone(), receivers
}

// listEvents is GET /webhooks/events.
func (a *Account) listEvents(c *call) answer {
	var items []json.RawMessage
	for _, e := range a.events {
		if c.dates.include(e.CreatedAt) {
			items = append(items, a.object(
				field{"id", e.ID},
				field{"event_type", e.Type},
				field{"created_at", a.dateTime(e.CreatedAt)},
			))
		}
	}
	return a.list(items)
}

// getEvent is GET /webhooks/events/{event_id}.
func (a *Account) getEvent(c *call) answer {
	e, ok := a.event(c.id)
	if !ok {
		return a.notFound(c)
	}
	return success(a.object(
		field{"id", e.ID},
		field{"event_type", e.Type},
		field{"data", e.Data},
		field{"created_at", a.dateTime(e.CreatedAt)},
	))
}
