package prosa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// Event is an event, such as a finished job. Data is nil in a listing.
type Event struct {
	ID        string
	Type      string
	CreatedAt Time
	Data      json.RawMessage // byte for byte as the API sent it
}

type wireEvent struct {
	ID        string          `json:"id"`
	Type      string          `json:"event_type"`
	CreatedAt *string         `json:"created_at"`
	Data      json.RawMessage `json:"data"`
}

func (c *Client) event(w wireEvent) (Event, error) {
	if anyBlank(w.ID, w.Type) {
		return Event{}, errors.New(`the event in it has no "id" or no "event_type"`)
	}
	at, err := c.time("created_at", w.CreatedAt)
	return Event{ID: w.ID, Type: w.Type, CreatedAt: at, Data: w.Data}, err
}

// ListEvents returns the events of some days, without their data, in no particular order.
//
// GET /webhooks/events
func (c *Client) ListEvents(ctx context.Context, days Days) ([]Event, error) {
	query, includes, err := days.period()
	if err != nil {
		return nil, err
	}
	events, err := doList(ctx, c, &request{
		operation: "list the webhook events",
		method:    http.MethodGet,
		path:      []string{"webhooks", "events"},
		query:     query,
	}, func(w wireEvent) (Event, error) {
		w.Data = nil
		return c.event(w)
	})
	return slices.DeleteFunc(events, func(e Event) bool { return !includes(e.CreatedAt) }), err
}

// GetEvent returns one event with its data. IsNotFound reports whether the error means that it does not exist.
//
// GET /webhooks/events/{event_id}
func (c *Client) GetEvent(ctx context.Context, id string) (Event, error) {
	return doJSON(ctx, c, &request{
		operation: "read the webhook event",
		method:    http.MethodGet,
		path:      []string{"webhooks", "events", id},
	}, func(w wireEvent) (Event, error) {
		e, err := c.event(w)
		switch {
		case err != nil:
			return e, err
		case len(e.Data) == 0:
			return e, errors.New(`the event in it has no "data"`)
		case e.ID != id:
			return e, fmt.Errorf("it is about %s, which is not what was requested", e.ID)
		}
		return e, nil
	})
}
