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
