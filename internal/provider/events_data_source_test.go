package provider_test

import (
	"math"
	"reflect"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	event1 = "11111111-0000-4000-8000-000000000001" // 17 January
	event2 = "22222222-0000-4000-8000-000000000002" // the first moment of 18 January
	event3 = "33333333-0000-4000-8000-000000000003" // the last moment of 18 January
	event4 = "44444444-0000-4000-8000-000000000004" // the same moment as event3
)

func TestEventsDataSource(t *testing.T) {
	t.Parallel()
	const list = "GET /webhooks/events"
	event := func(id, eventType, created string) acctest.Object {
		return acctest.Object{"id": id, "event_type": eventType, "created_at": created}
	}
	newestFirst := []any{
		event(event4, "webhook.ping", "2023-01-18T23:59:59.999999Z"),
		event(event3, "stt.jobs.completed", "2023-01-18T23:59:59.999999Z"),
		event(event2, "stt.jobs.failed", "2023-01-18T00:00:00Z"),
		event(event1, "stt.jobs.completed", "2023-01-17T14:26:27.329321Z"),
	}
	all := []any{event4, event3, event2, event1}
	for name, row := range map[string]struct {
		config  acctest.Object
		ids     []any
		total   int64
		request string
	}{
		"no filter": {nil, all, 4, list},
		"from_date": {acctest.Object{"from_date": "2023-01-18"}, []any{event4, event3, event2}, 3, list + "?from_date=2023-01-16"},
		"to_date":   {acctest.Object{"to_date": "2023-01-17"}, []any{event1}, 1, list + "?to_date=2023-01-19"},
		"one day": {
			acctest.Object{"from_date": "2023-01-18", "to_date": "2023-01-18"},
			[]any{event4, event3, event2}, 3, list + "?from_date=2023-01-16&to_date=2023-01-20",
		},
		"types":                {acctest.Object{"event_types": []any{"stt.jobs.completed", "stt.jobs.failed"}}, []any{event3, event2, event1}, 3, list},
		"type in another case": {acctest.Object{"event_types": []any{"STT.jobs.failed"}}, []any{}, 0, list},
		"no types":             {acctest.Object{"event_types": []any{}}, all, 4, list},
		"limit":                {acctest.Object{"limit": 1}, []any{event4}, 4, list},
		"limit of 64 bits":     {acctest.Object{"limit": int64(math.MaxInt64)}, all, 4, list},
		"dates, type and limit": {
			acctest.Object{"from_date": "2023-01-17", "to_date": "2023-01-18", "event_types": []any{"stt.jobs.completed"}, "limit": 1},
			[]any{event3}, 2, list + "?from_date=2023-01-15&to_date=2023-01-20",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.ListOrder = "shuffle" })
			for _, existing := range newestFirst {
				existing := existing.(acctest.Object)
				e.Sandbox.AddEvent(sandbox.Event{
					ID: existing["id"].(string), Type: existing["event_type"].(string), CreatedAt: apiTime(t, existing["created_at"].(string)),
				})
			}
			got := e.Configured().MustReadDataSource("prosa_webhook_events", row.config)
			if ids := columnOf(got["events"], "id"); !reflect.DeepEqual(ids, row.ids) || got["total_count"] != row.total {
				t.Errorf("got %v of %v, want %v of %d", ids, got["total_count"], row.ids, row.total)
			}
			if row.config == nil {
				expectObject(t, "all", got, acctest.Object{"events": newestFirst, "from_date": nil, "to_date": nil, "event_types": nil, "limit": nil})
			}
			e.ExpectRequests(row.request)
		})
	}
}
