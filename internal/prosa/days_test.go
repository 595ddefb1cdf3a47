package prosa

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// Days are whole days in UTC, however an installation interprets from_date and to_date.
func TestDaysAreWholeDaysInUTC(t *testing.T) {
	t.Parallel()
	times := []string{
		"2026-03-09T23:59:59.999999Z", "2026-03-10T00:00:00Z", "2026-03-10T23:59:59Z", "2026-03-11T12:00:00Z",
		"2026-03-12T23:59:59.999999Z", "2026-03-13T00:00:00Z",
	}
	for name, quirks := range map[string]sandbox.Quirks{
		"as documented":        {},
		"to_date is exclusive": {ToDate: "exclusive"},
		"to_date is ignored":   {ToDate: "ignored"},
		"until_date":           {ToDate: "until_date"},
		"days of UTC+14":       {DateZone: "Pacific/Kiritimati", ToDate: "exclusive"},
		"days of UTC-11":       {DateZone: "Pacific/Pago_Pago", ToDate: "exclusive"},
		"times without a zone": {ZonelessTimes: true},
		"local times as UTC":   {FalseUTC: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := sandboxWithEndpoint()
			api.Quirks = quirks
			for _, text := range times {
				at, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Fatal(err)
				}
				event := api.AddEvent(sandbox.Event{Type: "stt.jobs.completed", CreatedAt: at})
				api.AddDelivery(sandbox.Delivery{EndpointID: idA, EventID: event.ID, DeliveredAt: at})
			}
			c, _ := newClient(t, api)
			for days, want := range map[Days][]string{
				{}:                                     times,
				{From: "2026-03-10"}:                   times[1:],
				{To: "2026-03-12"}:                     times[:5],
				{From: "2026-03-10", To: "2026-03-12"}: times[1:5],
				{From: "2026-03-11", To: "2026-03-11"}: times[3:4],
			} {
				events, err := c.ListEvents(t.Context(), days)
				if err != nil {
					t.Fatal(err)
				}
				report, err := c.ListDeliveries(t.Context(), DeliveryQuery{EndpointID: idA, Days: days})
				if err != nil {
					t.Fatal(err)
				}
				var created, delivered []string
				for _, e := range events {
					created = append(created, e.CreatedAt.String())
				}
				for _, d := range report.Deliveries {
					delivered = append(delivered, d.DeliveredAt.String())
				}
				slices.Reverse(delivered) // they come newest first
				equal(t, fmt.Sprint(days, " events"), created, want)
				equal(t, fmt.Sprint(days, " deliveries"), delivered, want)
				equal(t, fmt.Sprint(days, " count"), report.TotalCount, int64(len(want)))
			}
		})
	}
}

func TestDaysAtTheLimits(t *testing.T) {
	t.Parallel()
	c, log := newClient(t, reply(200, "[]"))
	if _, err := c.ListEvents(t.Context(), Days{To: "9999-12-31"}); err != nil {
		t.Error(err)
	}
	for _, days := range []Days{{From: "2026-02-30"}, {To: "2026-02-30"}} {
		if _, err := c.ListEvents(t.Context(), days); err == nil {
			t.Errorf("%v is accepted", days)
		}
	}
	equal(t, "requests", log.count(""), 1)
}
