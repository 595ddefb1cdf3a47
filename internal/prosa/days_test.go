package prosa

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// Days are whole days of UTC, both included, whatever an installation takes them for.
func TestDaysAreExact(t *testing.T) {
	t.Parallel()
	times := []string{
		"2026-03-09T23:59:59.999999Z", "2026-03-10T00:00:00Z", "2026-03-10T23:59:59Z", "2026-03-11T12:00:00Z",
		"2026-03-12T23:59:59.999999Z", "2026-03-13T00:00:00Z",
	}
	for name, quirks := range map[string]sandbox.Quirks{
		"as documented": {}, "exclusive": {ToDate: "exclusive"}, "ignored": {ToDate: "ignored"}, "until_date": {ToDate: "until_date"},
		"far east": {DateZone: "Pacific/Kiritimati", ToDate: "exclusive"}, "far west": {DateZone: "Pacific/Pago_Pago", ToDate: "exclusive"},
		"local times": {ZonelessTimes: true}, "local times that say UTC": {FalseUTC: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := &sandbox.Server{Quirks: quirks}
			id := api.AddEndpoint(hook(hookParams)).ID
			for _, text := range times {
				at, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Fatal(err)
				}
				event := api.AddEvent(sandbox.Event{Type: "stt.jobs.completed", CreatedAt: at})
				api.AddDelivery(sandbox.Delivery{EndpointID: id, EventID: event.ID, DeliveredAt: at})
			}
			_, server := serve(t, api.ServeHTTP)
			c := connect(t, server.URL+"/v2/speech")
			for days, want := range map[Days][]string{
				{}: times, {From: "2026-03-10"}: times[1:], {To: "2026-03-12"}: times[:5], {From: "2026-03-10", To: "2026-03-12"}: times[1:5], {From: "2026-03-11", To: "2026-03-11"}: times[3:4],
			} {
				events, err := c.ListEvents(t.Context(), days)
				if err != nil {
					t.Fatal(err)
				}
				report, err := c.ListDeliveries(t.Context(), DeliveryQuery{EndpointID: id, Days: days})
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
				slices.Reverse(delivered) // newest first
				equal(t, fmt.Sprint(days, " events"), created, want)
				equal(t, fmt.Sprint(days, " deliveries"), delivered, want)
				equal(t, fmt.Sprint(days, " counted"), report.TotalCount, int64(len(want)))
			}
		})
	}
	if _, err := answered(t, 200, "[]").ListEvents(t.Context(), Days{To: "9999-12-31"}); err != nil {
		t.Error(err)
	}
	if _, err := connect(t, DefaultBaseURL).ListEvents(t.Context(), Days{From: "2026-02-30"}); err == nil {
		t.Error("a day that does not exist is taken")
	}
}
