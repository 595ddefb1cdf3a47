package sandbox

import "net/http"

// listEvents is GET /webhooks/events.
func (s *Server) listEvents(c *call, in *input) answer {
	if refused, ok := s.invalid(c, in); ok {
		return refused
	}
	var items [][]byte
	for _, e := range s.Events() {
		if in.dates.include(e.CreatedAt) {
			items = append(items, s.object(
				field{"id", value(e.ID)},
				field{"event_type", value(e.Type)},
				field{"created_at", s.dateTime(e.CreatedAt)},
			))
		}
	}
	return s.list(items)
}

// getEvent is GET /webhooks/events/{event_id}.
func (s *Server) getEvent(c *call, in *input) answer {
	if refused, ok := s.invalid(c, in); ok {
		return refused
	}
	e, ok := s.store.event(in.id)
	if !ok {
		return s.notFound(c, "event", in.id)
	}
	return answer{status: http.StatusOK, body: s.object(
		field{"id", value(e.ID)},
		field{"event_type", value(e.Type)},
		field{"data", e.Data},
		field{"created_at", s.dateTime(e.CreatedAt)},
	)}
}
