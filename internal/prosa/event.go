package prosa

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// Event is something that happened, such as a job that is done. Data is nil in a listing.
type Event struct {
	ID        string
	Type      string
	CreatedAt Time
	Data      json.RawMessage // as the API sent it, to the byte
}

type wireEvent struct {
	ID        string          `json:"id"`
	Type      string          `json:"event_type"`
	CreatedAt *Time           `json:"created_at"`
	Data      json.RawMessage `json:"data"`
}

func (w wireEvent) event() (Event, error) {
	id, err := canonicalID("id", w.ID)
	switch {
	case err != nil:
		return Event{}, err
	case w.Type == "":
		return Event{}, errors.New(`the event in it has no "event_type"`)
	case w.CreatedAt == nil:
		return Event{}, errors.New(`the event in it has no "created_at"`)
	}
	return Event{ID: id, Type: w.Type, CreatedAt: *w.CreatedAt, Data: w.Data}, nil
}

// Days select what happened between two days, both included, in UTC: YYYY-MM-DD, empty for no bound.
type Days struct{ From, To string }

func (d Days) query() url.Values {
	query := url.Values{}
	if d.From != "" {
		query.Set("from_date", d.From)
	}
	if d.To != "" {
		query.Set("to_date", d.To)
	}
	return query
}

// ListEvents gives the events of those days, without their data, in no particular order.
//
// GET /webhooks/events
func (c *Client) ListEvents(ctx context.Context, days Days) ([]Event, error) {
	var events []Event
	err := c.do(ctx, &request{
		operation: "list the webhook events",
		method:    http.MethodGet,
		path:      []string{"webhooks", "events"},
		query:     days.query(),
		decode: func(body io.Reader) error {
			events = []Event{}
			return decodeList(func() wireEvent { return wireEvent{} }, func(w wireEvent) error {
				e, err := w.event()
				e.Data = nil
				events = append(events, e)
				return err
			})(body)
		},
	})
	return events, err
}

// GetEvent gives one event with its data. IsNotFound tells the error for one that is not there.
//
// GET /webhooks/events/{event_id}
func (c *Client) GetEvent(ctx context.Context, id string) (Event, error) {
	var (
		wire  wireEvent
		event Event
	)
	err := c.do(ctx, &request{
		operation: "read the webhook event",
		method:    http.MethodGet,
		path:      []string{"webhooks", "events", canonicalOr(id)},
		decode: decodeJSON(&wire, func(w *wireEvent) (err error) {
			if event, err = w.event(); err != nil {
				return err
			}
			if len(event.Data) == 0 {
				return errors.New(`the event in it has no "data"`)
			}
			return checkID("id", w.ID, id)
		}),
	})
	return event, err
}
