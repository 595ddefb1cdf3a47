package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// untouchable is JSON that decoding into Go types, or encoding with encoding/json, would change.
const untouchable = `{ "z": 6.470000009536743, "a": 9007199254740993, "e": 1e400, "n": {"x": null, "x": [ ]},	"h": "<&>\u00e9é" }`

func TestEvents(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	c := serve(t, s)
	equal(t, "empty listing", c.ok("GET", "/webhooks/events", "").body, "[]")

	a := s.AddEvent(sandbox.Event{Type: "stt.jobs.completed", Data: json.RawMessage(untouchable), CreatedAt: clock.Now().Add(-time.Microsecond)})
	b := s.AddEvent(sandbox.Event{ID: upper(endpointID), Type: "anything.else"})
	equal(t, "time filled in", b.CreatedAt, clock.Now())
	equal(t, "id", b.ID, endpointID)

	equal(t, "listing", c.ok("GET", "/webhooks/events", "").list(), []map[string]any{
		{"id": a.ID, "event_type": "stt.jobs.completed", "created_at": "2027-01-15T07:59:59.999999Z"},
		{"id": b.ID, "event_type": "anything.else", "created_at": "2027-01-15T08:00:00Z"},
	})
	if body := c.ok("GET", "/webhooks/events/"+a.ID, "").body; !strings.Contains(body, `"data":`+untouchable+`,`) {
		t.Errorf("the data was touched: %s", body)
	}
	equal(t, "without data", c.ok("GET", "/webhooks/events/"+b.ID, "").object()["data"], any(map[string]any{}))

	// Results are copies.
	a.Data[0] = 'x'
	s.Events()[0].Data[0] = 'x'
	equal(t, "stored", string(s.Events()[0].Data), untouchable)
	equal(t, "all", len(s.Events()), 2)
}

func TestDatesAreWholeDaysInUTC(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	jakarta := time.FixedZone("WIB", 7*60*60)
	for _, at := range []time.Time{
		time.Date(2023, 1, 16, 23, 59, 59, 999999999, time.UTC),
		time.Date(2023, 1, 17, 7, 0, 0, 0, jakarta), // 00:00 in UTC
		time.Date(2023, 1, 18, 6, 59, 59, 999999999, jakarta),
		time.Date(2023, 1, 18, 0, 0, 0, 0, time.UTC),
	} {
		name := at.UTC().Format("0215")
		s.AddEvent(sandbox.Event{Type: name, CreatedAt: at})
		s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, DeliveredAt: at, RequestMethod: name})
	}
	c := serve(t, s)
	for query, want := range map[string][]any{
		"":                      {"1623", "1700", "1723", "1800"},
		"?from_date=2023-01-17": {"1700", "1723", "1800"},
		"?to_date=2023-01-17":   {"1623", "1700", "1723"},
		"?from_date=2023-01-17&to_date=2023-01-17": {"1700", "1723"},
		"?to_date=2023-01-15":                      {},
		"?from_date=2023-01-19&to_date=9999-12-31": {},
	} {
		equal(t, "events"+query, column(c.ok("GET", "/webhooks/events"+query, "").list(), "event_type"), want)
		equal(t, "deliveries"+query, column(c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries"+query, "").list(), "request_method"), want)
	}
}
