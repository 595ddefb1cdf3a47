package sandbox_test

import (
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestDates(t *testing.T) {
	t.Parallel()
	jakarta := sandbox.Quirks{DateZone: "Asia/Jakarta"} // UTC+7
	for _, test := range []struct {
		quirks sandbox.Quirks
		query  string
		want   []any // the events, by day and hour in UTC
	}{
		{sandbox.Quirks{}, "", []any{"1616", "1617", "1623", "1700", "1716", "1717", "1723", "1800"}},
		{sandbox.Quirks{}, "?from_date=2023-01-17", []any{"1700", "1716", "1717", "1723", "1800"}},
		{sandbox.Quirks{}, "?to_date=2023-01-17", []any{"1616", "1617", "1623", "1700", "1716", "1717", "1723"}},
		{sandbox.Quirks{}, "?from_date=2023-01-17&to_date=2023-01-17", []any{"1700", "1716", "1717", "1723"}},
		{sandbox.Quirks{}, "?to_date=2023-01-15", []any{}},
		{sandbox.Quirks{}, "?from_date=2023-01-19&to_date=9999-12-31", []any{}},
		{jakarta, "?from_date=2023-01-17&to_date=2023-01-17", []any{"1617", "1623", "1700", "1716"}},
		{sandbox.Quirks{TimeZone: "Asia/Jakarta"}, "?from_date=2023-01-18", []any{"1800"}},
		{sandbox.Quirks{ToDate: "exclusive"}, "?from_date=2023-01-16&to_date=2023-01-17", []any{"1616", "1617", "1623"}},
		{sandbox.Quirks{ToDate: "exclusive"}, "?from_date=2023-01-17&to_date=2023-01-17", []any{}},
		{sandbox.Quirks{ToDate: "ignored"}, "?from_date=2023-01-18&to_date=2023-01-17", []any{"1800"}},
		{sandbox.Quirks{ToDate: "ignored"}, "?from_date=2023-01-18&to_date=nonsense&to_date=twice", []any{"1800"}},
		{sandbox.Quirks{ToDate: "until_date"}, "?from_date=2023-01-18&to_date=2023-01-17", []any{"1800"}},
		{sandbox.Quirks{ToDate: "until_date"}, "?until_date=2023-01-16&page=2", []any{"1616", "1617", "1623"}},
	} {
		s := &sandbox.Server{Quirks: test.quirks}
		e := s.AddEndpoint(sandbox.Endpoint{URL: hookURL})
		for day := range 2 {
			for _, hour := range []int{17, 24} { // when a day begins in Jakarta and in UTC
				begin := time.Date(2023, 1, 16+day, hour, 0, 0, 0, time.UTC)
				for _, at := range []time.Time{begin.Add(-time.Nanosecond), begin} {
					s.AddEvent(sandbox.Event{Type: at.Format("0215"), CreatedAt: at})
					s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, DeliveredAt: at, RequestMethod: at.Format("0215")})
				}
			}
		}
		c := serve(t, s)
		name := test.quirks.DateZone + " " + test.quirks.ToDate + " " + test.query
		equal(t, "events "+name, column(c.ok("GET", "/webhooks/events"+test.query, "").list(), "event_type"), test.want)
		equal(t, "deliveries "+name, column(c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries"+test.query, "").list(), "request_method"), test.want)
	}
}

func TestDates_invalid(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ toDate, query, want string }{
		{"until_date", "?from_date=2023-01-02&until_date=2023-01-01", "query.from_date date_range"},
		{"until_date", "?until_date=x", "query.until_date date"},
		{"ignored", "?until_date=x", "query.until_date extra"},
	} {
		c := serve(t, &sandbox.Server{Quirks: sandbox.Quirks{ToDate: test.toDate}})
		c.do("GET", "/webhooks/events"+test.query, "").wantInvalid(test.want)
	}
}
