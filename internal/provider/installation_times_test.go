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

func readData(t *testing.T, e *acctest.Env, dataSource string, config acctest.Object) acctest.Object {
	t.Helper()
	result, problems := e.Configured().ReadDataSource(dataSource, config)
	problems.ExpectNone(t)
	return result
}

// timesIn returns an attribute of each element of a list.
func timesIn(result acctest.Object, list, attribute string) (times []string) {
	for _, element := range result[list].([]any) {
		times = append(times, fmt.Sprint(element.(acctest.Object)[attribute]))
	}
	return times
}

// TestReferenceExamplesAreInUTC reads the examples of the API's documentation. Their times are those of Jakarta, even
// those that end in Z. When a key expires has no zone either.
func TestReferenceExamplesAreInUTC(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.ZonelessTimes = true })
	for op, name := range map[sandbox.Operation]string{sandbox.OpGetEvent: "event.json", sandbox.OpListDeliveries: "deliveries.json"} {
		example, err := os.ReadFile(filepath.Join("..", "sandbox", "testdata", "contract", name))
		if err != nil {
			t.Fatal(err)
		}
		e.Sandbox.Inject(sandbox.Fault{Operation: op, Times: -1, Body: string(example)})
	}
	event := readData(t, e, "prosa_webhook_event", acctest.Object{"id": knownID})
	expectObject(t, "event", event, acctest.Object{"created_at": "2023-01-17T07:26:27.329321Z"})
	deliveries := readData(t, e, "prosa_webhook_deliveries", acctest.Object{"endpoint_id": "e9ce0d4f-d433-423d-9497-4c000544106c"})
	expectObject(t, "deliveries", deliveries, acctest.Object{"last_success_at": "2023-01-17T07:26:22Z", "total_count": int64(1)})
	if got := timesIn(deliveries, "deliveries", "delivered_at"); got[0] != "2023-01-17T07:26:22Z" {
		t.Errorf("delivered_at is %s", got)
	}
	registered(e)
	rotation, problems := e.Configured().Apply(rotationType, nil, rotationObject(knownID, nil))
	problems.ExpectNone(t)
	expectObject(t, "rotation", rotation.Attributes, acctest.Object{"previous_secrets_expire_at": stamp(*e.OnlyEndpoint().Secrets[0].ExpiredAt)})
}

// TestTimesOfEveryInstallationAreInUTC has date-times without a zone, or with the wrong one.
func TestTimesOfEveryInstallationAreInUTC(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		quirks   sandbox.Quirks
		timeZone any
		off      time.Duration // the error of delivered_at
	}{
		"argument":                      {quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: "UTC"}, timeZone: "UTC"},
		"variable":                      {quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: "America/St_Johns"}},
		"false UTC":                     {quirks: sandbox.Quirks{FalseUTC: true}},
		"false UTC, quarter hours":      {quirks: sandbox.Quirks{FalseUTC: true, TimeZone: "Asia/Kathmandu"}},
		"zoneless, signature without t": {quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: "America/St_Johns", SHA256Signatures: true}},
		// Nothing shows that this is Jakarta's time.
		"false UTC, signature without t": {quirks: sandbox.Quirks{FalseUTC: true, SHA256Signatures: true}, off: 7 * time.Hour},
	} {
		e := acctest.New(t, func(s *sandbox.Server) { s.Quirks = c.quirks })
		e.Vars["PROSA_TIME_ZONE"] = "America/St_Johns"
		registered(e)
		e.Sandbox.Send(sandbox.Event{Type: "stt.jobs.completed"})
		p := e.Provider()
		p.Configure(acctest.Object{"time_zone": c.timeZone}).ExpectNone(t)
		events, problems := p.ReadDataSource("prosa_webhook_events", nil)
		problems.ExpectNone(t)
		if got, want := timesIn(events, "events", "created_at"), stamp(e.Sandbox.Events()[0].CreatedAt); got[0] != want {
			t.Errorf("%s: created_at is %s, want %s", name, got, want)
		}
		deliveries, problems := p.ReadDataSource("prosa_webhook_deliveries", acctest.Object{"endpoint_id": knownID})
		problems.ExpectNone(t)
		expectObject(t, name, deliveries, acctest.Object{"last_success_at": stamp(e.Sandbox.Deliveries(knownID)[0].DeliveredAt.Add(c.off))})
	}
}

// TestDatesAreWholeDaysInUTC: to_date can be exclusive, ignored or have another name, and days can be those of another zone.
func TestDatesAreWholeDaysInUTC(t *testing.T) {
	t.Parallel()
	times := []string{
		"2026-03-09T23:59:59.999999Z", "2026-03-10T00:00:00Z", "2026-03-10T12:00:00Z", "2026-03-11T23:59:59.999999Z", "2026-03-12T00:00:00Z",
	}
	for name, quirks := range map[string]sandbox.Quirks{
		"east":            {DateZone: "Pacific/Kiritimati"},
		"west, exclusive": {DateZone: "Pacific/Pago_Pago", ToDate: "exclusive"},
		"ignored":         {ToDate: "ignored"},
		"renamed":         {ToDate: "until_date"},
	} {
		e := acctest.New(t, func(s *sandbox.Server) { s.Quirks = quirks })
		registered(e)
		for n, text := range times {
			event := e.Sandbox.AddEvent(sandbox.Event{Type: "stt.jobs.completed", CreatedAt: apiTime(t, text)})
			status := []int{200, 500}[n%2]
			e.Sandbox.AddDelivery(sandbox.Delivery{EndpointID: knownID, EventID: event.ID, DeliveredAt: apiTime(t, text), ResponseStatus: &status})
		}
		events := readData(t, e, "prosa_webhook_events", acctest.Object{"from_date": "2026-03-10", "to_date": "2026-03-11"})
		deliveries := readData(t, e, "prosa_webhook_deliveries", acctest.Object{
			"endpoint_id": knownID, "from_date": "2026-03-10", "to_date": "2026-03-11",
		})
		expectObject(t, name, events, acctest.Object{"total_count": int64(3)})
		expectObject(t, name, deliveries, acctest.Object{"total_count": int64(3), "failed_count": int64(2), "last_success_at": times[2]})
		for _, got := range [][]string{timesIn(events, "events", "created_at"), timesIn(deliveries, "deliveries", "delivered_at")} {
			if want := []string{times[3], times[2], times[1]}; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		for _, r := range e.Sandbox.RequestLog() {
			if query := r.Query.Encode(); query != "from_date=2026-03-08&to_date=2026-03-13" {
				t.Errorf("%s: the query is %s", name, query)
			}
		}
	}
}
