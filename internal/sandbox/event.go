package sandbox

import "net/http"

// listEvents is GET /webhooks/events.
func (a *Account) listEvents(_ *call, in *input) answer {
	var items [][]byte
	for _, e := range a.Events() {
		if in.dates.include(e.CreatedAt) {
			items = append(items, a.object(
				field{"id", value(e.ID)},
				field{"event_type", value(e.Type)},
				field{"created_at", a.dateTime(e.CreatedAt)},
			))
		}
	}
	return a.list(items)
}

// getEvent is GET /webhooks/events/{event_id}.
func (a *Account) getEvent(c *call, in *input) answer {
	e, ok := a.store.event(in.id)
	if !ok {
		return a.notFound(c, "event", in.id)
	}
	return answer{status: http.StatusOK, body: a.object(
		field{"id", value(e.ID)},
		field{"event_type", value(e.Type)},
		field{"data", e.Data},
		field{"created_at", a.dateTime(e.CreatedAt)},
	)}
}
