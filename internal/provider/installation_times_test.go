package provider_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestReferenceExamplesAreInUTC reads the examples of the API's documentation. Their times are those of Jakarta, even
// those that end in Z. The expiry of a key has no zone either.
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
	p := e.Configured()
	event := p.MustReadDataSource("prosa_webhook_event", acctest.Object{"id": knownID})
	expectObject(t, "event", event, acctest.Object{"created_at": "2023-01-17T07:26:27.329321Z"})
	deliveries := p.MustReadDataSource("prosa_webhook_deliveries", acctest.Object{"endpoint_id": "e9ce0d4f-d433-423d-9497-4c000544106c"})
	expectObject(t, "deliveries", deliveries, acctest.Object{"last_success_at": "2023-01-17T07:26:22Z", "total_count": int64(1)})
	delivery := deliveries["deliveries"].([]any)[0].(acctest.Object)
	expectObject(t, "delivery", delivery, acctest.Object{"delivered_at": "2023-01-17T07:26:22Z"})
	registerEndpoint(e)
	rotation := p.MustApply(rotationType, nil, rotationObject(knownID, nil))
	expectObject(t, "rotation", rotation.Attributes, acctest.Object{"previous_secrets_expire_at": formatTime(*e.OnlyEndpoint().Secrets[0].ExpiredAt)})
}

// TestTimesOfEveryInstallationAreInUTC covers installations whose date-times have no zone, or the wrong one.
func TestTimesOfEveryInstallationAreInUTC(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		quirks   sandbox.Quirks
		timeZone any           // the provider's argument
		off      time.Duration // the error of delivered_at
	}{
		"argument":                      {quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: "UTC"}, timeZone: "UTC"},
		"variable":                      {quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: "America/St_Johns"}},
		"false UTC":                     {quirks: sandbox.Quirks{FalseUTC: true}},
		"false UTC, quarter hours":      {quirks: sandbox.Quirks{FalseUTC: true, TimeZone: "Asia/Kathmandu"}},
		"zoneless, signature without t": {quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: "America/St_Johns", SHA256Signatures: true}},
		// Without a time in the signature, nothing shows that the times are not in UTC.
		"false UTC, signature without t": {quirks: sandbox.Quirks{FalseUTC: true, SHA256Signatures: true}, off: 7 * time.Hour},
	} {
		e := acctest.New(t, func(s *sandbox.Server) { s.Quirks = c.quirks })
		e.Setenv("PROSA_TIME_ZONE", "America/St_Johns")
		registerEndpoint(e)
		e.Sandbox.Send(sandbox.Event{Type: "stt.jobs.completed"})
		p := e.Provider()
		p.Configure(acctest.Object{"time_zone": c.timeZone}).ExpectNone(t)
		event := p.MustReadDataSource("prosa_webhook_events", nil)["events"].([]any)[0].(acctest.Object)
		expectObject(t, name, event, acctest.Object{"created_at": formatTime(e.Sandbox.Events()[0].CreatedAt)})
		deliveries := p.MustReadDataSource("prosa_webhook_deliveries", acctest.Object{"endpoint_id": knownID})
		expectObject(t, name, deliveries, acctest.Object{"last_success_at": formatTime(e.Sandbox.Deliveries(knownID)[0].DeliveredAt.Add(c.off))})
	}
}
