package provider_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	event1 = "11111111-0000-4000-8000-000000000001" // 17 January, with a fraction
	event2 = "22222222-0000-4000-8000-000000000002" // the first moment of 18 January
	event3 = "33333333-0000-4000-8000-000000000003" // its last
	event4 = "44444444-0000-4000-8000-000000000004" // the same as event3
)

func seedEvents(t *testing.T, e *acctest.Env) {
	for _, event := range []struct{ id, eventType, created string }{
		{event3, "stt.jobs.completed", "2023-01-18T23:59:59.999999Z"},
		{event1, "stt.jobs.completed", "2023-01-17T14:26:27.329321Z"},
		{event4, "webhook.ping", "2023-01-18T23:59:59.999999Z"},
		{event2, "stt.jobs.failed", "2023-01-18T00:00:00Z"},
	} {
		e.Sandbox.AddEvent(sandbox.Event{ID: event.id, Type: event.eventType, CreatedAt: apiTime(t, event.created)})
	}
}

func TestEventsDataSource(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	seedEvents(t, e)
	p := e.Configured()
	listed := func(id, eventType, created string) acctest.Object {
		return acctest.Object{"id": id, "event_type": eventType, "created_at": created}
	}
	got, problems := p.ReadDataSource("prosa_webhook_events", nil)
	problems.ExpectNone(t)
	expectObject(t, "all", got, acctest.Object{
		"events": []any{
			listed(event4, "webhook.ping", "2023-01-18T23:59:59.999999Z"),
			listed(event3, "stt.jobs.completed", "2023-01-18T23:59:59.999999Z"),
			listed(event2, "stt.jobs.failed", "2023-01-18T00:00:00Z"),
			listed(event1, "stt.jobs.completed", "2023-01-17T14:26:27.329321Z"),
		},
		"total_count": int64(4), "from_date": nil, "to_date": nil, "event_types": nil, "limit": nil,
	})
	got, problems = p.ReadDataSource("prosa_webhook_events", acctest.Object{
		"from_date": "2024-01-01", "to_date": "2024-01-01", "event_types": []any{"stt.jobs.failed"}, "limit": 3,
	})
	problems.ExpectNone(t)
	expectObject(t, "none", got, acctest.Object{"events": []any{}, "total_count": int64(0)})
	e.ExpectWrites()
}

func TestEventsDataSourceFilters(t *testing.T) {
	t.Parallel()
	const list = "GET /webhooks/events"
	all := []any{event4, event3, event2, event1}
	for _, row := range []struct {
		name   string
		config acctest.Object
		ids    []any
		total  int64
		sent   string
	}{
		{"none", nil, all, 4, list},
		{"from", acctest.Object{"from_date": "2023-01-18"}, []any{event4, event3, event2}, 3, list + "?from_date=2023-01-16"},
		{"to", acctest.Object{"to_date": "2023-01-17"}, []any{event1}, 1, list + "?to_date=2023-01-19"},
		{"one day", acctest.Object{"from_date": "2023-01-18", "to_date": "2023-01-18"}, []any{event4, event3, event2}, 3, list + "?from_date=2023-01-16&to_date=2023-01-20"},
		{"leap day", acctest.Object{"from_date": "2024-02-29"}, []any{}, 0, list + "?from_date=2024-02-27"},
		{"types", acctest.Object{"event_types": []any{"stt.jobs.completed", "stt.jobs.failed"}}, []any{event3, event2, event1}, 3, list},
		{"a type in another case", acctest.Object{"event_types": []any{"STT.jobs.failed"}}, []any{}, 0, list},
		{"empty set of types", acctest.Object{"event_types": []any{}}, all, 4, list},
		{"limit", acctest.Object{"limit": 1}, []any{event4}, 4, list},
		{"limit of exactly all", acctest.Object{"limit": 4}, all, 4, list},
		{"limit beyond reason", acctest.Object{"limit": int64(math.MaxInt64)}, all, 4, list},
		{"limit beyond 32 bits", acctest.Object{"limit": int64(1<<32 + 1)}, all, 4, list},
		{"all together", acctest.Object{"from_date": "2023-01-17", "to_date": "2023-01-18", "event_types": []any{"stt.jobs.completed"}, "limit": 1}, []any{event3}, 2, list + "?from_date=2023-01-15&to_date=2023-01-20"},
	} {
		for _, order := range []string{"", "shuffle"} {
			t.Run(row.name+"/"+order, func(t *testing.T) {
				t.Parallel()
				e := acctest.New(t, func(s *sandbox.Server) {
					s.Quirks = sandbox.Quirks{ListOrder: order, ZonelessTimes: true, UnknownFields: true}
				})
				seedEvents(t, e)
				result, problems := e.Configured().ReadDataSource("prosa_webhook_events", row.config)
				problems.ExpectNone(t)
				if got := columnOf(result["events"], "id"); !reflect.DeepEqual(got, row.ids) || result["total_count"] != row.total {
					t.Errorf("got %v of %v, want %v of %d", got, result["total_count"], row.ids, row.total)
				}
				if sent := sentRequests(e); !slices.Equal(sent, []string{row.sent}) {
					t.Errorf("sent %q, want %q", sent, row.sent)
				}
			})
		}
	}
}
