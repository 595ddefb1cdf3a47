package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// unusualJSON is JSON that decoding into Go types, or encoding with encoding/json, would change.
const unusualJSON = `{ "z": 6.470000009536743, "a": 9007199254740993, "e": 1e400, "n": {"x": null, "x": [ ]},	"h": "<&>\u00e9é" }`

func TestEvents(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	c := serve(t, s)
	equal(t, "empty listing", c.ok("GET", "/webhooks/events", "").body, "[]")

	a := s.AddEvent(sandbox.Event{Type: "stt.jobs.completed", Data: json.RawMessage(unusualJSON), CreatedAt: clock.Now().Add(-time.Microsecond)})
	b := s.AddEvent(sandbox.Event{ID: strings.ToUpper(endpointID), Type: "anything.else"})
	equal(t, "time filled in", b.CreatedAt, clock.Now())
	equal(t, "id", b.ID, endpointID)

	equal(t, "listing", c.ok("GET", "/webhooks/events", "").list(), []map[string]any{
		{"id": a.ID, "event_type": "stt.jobs.completed", "created_at": "2027-01-15T07:59:59.999999Z"},
		{"id": b.ID, "event_type": "anything.else", "created_at": "2027-01-15T08:00:00Z"},
	})
	if body := c.ok("GET", "/webhooks/events/"+a.ID, "").body; !strings.Contains(body, `"data":`+unusualJSON+`,`) {
		t.Errorf("the data has changed: %s", body)
	}
	equal(t, "without data", c.ok("GET", "/webhooks/events/"+b.ID, "").object()["data"], any(map[string]any{}))

	// Results are copies.
	a.Data[0] = 'x'
	s.Events()[0].Data[0] = 'x'
	equal(t, "stored", string(s.Events()[0].Data), unusualJSON)
	equal(t, "all", len(s.Events()), 2)
}
