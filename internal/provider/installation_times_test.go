package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// contractExample is an example of the API's reference page, to the byte.
func contractExample(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "sandbox", "testdata", "contract", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestReferenceExamplesAreInUTC reads the examples of the reference page, whose times are those of Jakarta, also where they
// end in Z. The end of a key has no zone either.
func TestReferenceExamplesAreInUTC(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.ZonelessTimes = true })
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEvent, Times: -1, Body: contractExample(t, "event.json")})
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpListDeliveries, Times: -1, Body: contractExample(t, "deliveries.json")})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+rotation(threeDays)+`
data "prosa_webhook_event" "a" { id = "497f6eca-6276-4993-bfeb-53cbbbba6f08" }
data "prosa_webhook_deliveries" "a" { endpoint_id = "e9ce0d4f-d433-423d-9497-4c000544106c" }
`)
	w.Run("init")
	w.Run("apply", "-auto-approve")
	state := w.State()
	expectAttributes(t, state, "data.prosa_webhook_event.a", map[string]string{"created_at": "2023-01-17T07:26:27.329321Z"})
	expectAttributes(t, state, "data.prosa_webhook_deliveries.a", map[string]string{"last_success_at": "2023-01-17T07:26:22Z", "total_count": "1"})
	deliveries, _ := state["data.prosa_webhook_deliveries.a"].Attributes["deliveries"].([]any)
	if first, _ := deliveries[0].(map[string]any); first["delivered_at"] != "2023-01-17T07:26:22Z" {
		t.Errorf("delivered_at is %v", first["delivered_at"])
	}
	expectAttributes(t, state, rotationA, map[string]string{"previous_secrets_expire_at": microseconds(*e.OnlyEndpoint().Secrets[0].ExpiredAt)})
}

// microseconds is a time as the provider shows it where the API gives six digits of a second.
func microseconds(t time.Time) string {
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

// TestTimesOfEveryInstallationAreInUTC has installations whose date-times carry no zone, or the wrong one.
func TestTimesOfEveryInstallationAreInUTC(t *testing.T) {
	t.Parallel()
	all := []*installation{
		{name: "argument", quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: "UTC"}, settings: `time_zone = "UTC"`},
		{name: "variable", quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: "America/St_Johns"}},
		{name: "false_utc", quirks: sandbox.Quirks{FalseUTC: true}},
		{name: "quarter_hours", quirks: sandbox.Quirks{FalseUTC: true, TimeZone: "Asia/Kathmandu"}},
		{name: "zoneless_without_t", quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: "America/St_Johns", SHA256Signatures: true}},
		{name: "false_utc_without_t", quirks: sandbox.Quirks{FalseUTC: true, SHA256Signatures: true}},
	}
	w := install(t, all)
	for _, i := range all {
		i.Vars["PROSA_TIME_ZONE"] = "America/St_Johns"
		i.Sandbox.AddEndpoint(sandbox.Endpoint{ID: knownID, URL: hook})
		i.Sandbox.Send(sandbox.Event{Type: "stt.jobs.completed"})
	}
	w.Write("main.tf", configFor(all, fmt.Sprintf(`
data "prosa_webhook_events" "NAME" { provider = PROVIDER }
data "prosa_webhook_deliveries" "NAME" {
  provider    = PROVIDER
  endpoint_id = %q
}
`, knownID)))
	w.Run("apply", "-auto-approve")
	state := w.State()
	for _, i := range all {
		events, _ := state["data.prosa_webhook_events."+i.name].Attributes["events"].([]any)
		created, _ := events[0].(map[string]any)
		if want := microseconds(i.Sandbox.Events()[0].CreatedAt); created["created_at"] != want {
			t.Errorf("%s: created_at is %v, want %s", i.name, created["created_at"], want)
		}
		delivered := i.Sandbox.Deliveries(knownID)[0].DeliveredAt
		if i.quirks.FalseUTC && i.quirks.SHA256Signatures { // nothing tells that Jakarta's time is not UTC
			delivered = delivered.Add(7 * time.Hour)
		}
		expectAttributes(t, state, "data.prosa_webhook_deliveries."+i.name, map[string]string{"last_success_at": microseconds(delivered)})
	}
}

// TestDatesAreWholeDaysOfUTC has installations that take the dates for days of another zone, and the last one for excluded, for
// nothing, or for a parameter of another name.
func TestDatesAreWholeDaysOfUTC(t *testing.T) {
	t.Parallel()
	var all []*installation
	for _, toDate := range []string{"", "exclusive", "ignored", "until_date"} {
		for name, zone := range map[string]string{"east": "Pacific/Kiritimati", "west": "Pacific/Pago_Pago"} {
			all = append(all, &installation{name: "z" + toDate + "_" + name, quirks: sandbox.Quirks{ToDate: toDate, DateZone: zone}})
		}
	}
	w := install(t, all)
	times := []string{"2026-03-09T23:59:59.999999Z", "2026-03-10T00:00:00Z", "2026-03-10T12:00:00Z", "2026-03-11T23:59:59.999999Z", "2026-03-12T00:00:00Z"}
	for _, i := range all {
		i.Sandbox.AddEndpoint(sandbox.Endpoint{ID: knownID, URL: hook})
		for n, text := range times {
			event := i.Sandbox.AddEvent(sandbox.Event{Type: "stt.jobs.completed", CreatedAt: apiTime(t, text)})
			status := 200
			if n%2 == 1 {
				status = 500
			}
			i.Sandbox.AddDelivery(sandbox.Delivery{EndpointID: knownID, EventID: event.ID, DeliveredAt: apiTime(t, text), ResponseStatus: &status})
		}
	}
	w.Write("main.tf", configFor(all, fmt.Sprintf(`
data "prosa_webhook_events" "NAME" {
  provider  = PROVIDER
  from_date = "2026-03-10"
  to_date   = "2026-03-11"
}
data "prosa_webhook_deliveries" "NAME" {
  provider    = PROVIDER
  endpoint_id = %q
  from_date   = "2026-03-10"
  to_date     = "2026-03-11"
}
`, knownID)))
	w.Run("apply", "-auto-approve")
	state := w.State()
	for _, i := range all {
		for list, member := range map[string]string{"events": "created_at", "deliveries": "delivered_at"} {
			address := "data.prosa_webhook_" + list + "." + i.name
			var got []string
			listed, _ := state[address].Attributes[list].([]any)
			for _, one := range listed {
				got = append(got, one.(map[string]any)[member].(string))
			}
			if fmt.Sprint(got) != fmt.Sprint([]string{times[3], times[2], times[1]}) {
				t.Errorf("%s has %v", address, got)
			}
			expectAttributes(t, state, address, map[string]string{"total_count": "3"})
		}
		expectAttributes(t, state, "data.prosa_webhook_deliveries."+i.name, map[string]string{"failed_count": "2", "last_success_at": times[2]})
		for _, r := range i.Sandbox.RequestLog() {
			if query := r.Query.Encode(); query != "from_date=2026-03-08&to_date=2026-03-13" {
				t.Errorf("%s was asked for %s", i.name, query)
			}
		}
	}
}
