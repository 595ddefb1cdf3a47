package guides_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	exportKey = "export PROSA_API_KEY=your-key" // not seen by providers in this process
	day       = 24 * time.Hour
)

// TestZeroDowntimeRotation follows the guide with a receiver that has only the keys that the test loads.
func TestZeroDowntimeRotation(t *testing.T) {
	t.Parallel()
	f := newRotating(t)
	r, e, w := f.reader, f.env, f.reader.w
	first := newestKey(e)

	r.copy("main.tf")
	r.use("import/rotation.tf")
	r.run(exportKey)
	r.run("export TF_VAR_receiver_url=https://speech.example.com/prosa-webhook")
	r.run("terraform init")
	r.run("terraform plan", "Plan: 1 to import, 2 to add, 0 to change, 0 to destroy.")
	r.run("terraform apply", "1 imported, 2 added, 0 changed, 0 destroyed")
	f.expectWrites(f.testRequest())
	f.expectSignedWith(first)

	r.use("schedule/rotation.tf")
	r.run("terraform apply")
	f.expectWrites()
	e.Clock.Advance(89 * day)
	r.run("terraform apply -auto-approve", "No changes")
	f.expectWrites()
	e.Clock.Advance(2 * day)
	w.Run("apply", "-auto-approve") // the receiver still has only the old key
	second := newestKey(e)
	f.expectWrites(f.rotationRequest(3), f.testRequest())
	f.expectSignedWith(first, second)
	expectNoChanges(t, w)
	e.Clock.Advance(4 * day) // the overlap is over
	f.expectDelivery(http.StatusUnauthorized)
	f.load(second)
	f.expectDelivery(http.StatusOK)
	f.expectSignedWith(second)

	r.use("on-demand/rotation.tf")
	r.run("terraform apply", "1 to add, 1 to change, 1 to destroy") // the test event is replaced
	third := newestKey(e)
	f.expectWrites(f.rotationRequest(3), f.testRequest())
	f.expectSignedWith(second, third)
	e.Clock.Advance(4 * day)
	f.load(third)

	r.use("emergency/rotation.tf")
	r.fails("terraform apply", "Older keys stop at once", "Test event was not accepted")
	fourth := newestKey(e)
	f.expectWrites(f.rotationRequest(0), f.testRequest())
	f.expectSignedWith(fourth)
	f.load(fourth)
	r.run("terraform apply")
	f.expectWrites(f.testRequest())
	w.Write("rotation.tf", strings.Replace(w.Read("rotation.tf"), "{ hours = 0 }", "{ days = 3 }", 1))
	r.run("terraform apply")
	f.expectWrites()
	expectNoChanges(t, w)

	if _, ok := e.Sandbox.RotateSecret(f.endpoint, 0); !ok {
		t.Fatal("the endpoint was deleted")
	}
	r.run("terraform plan", "Check block assertion failed")
	f.expectWrites()
	r.expectEnd()
}

// rotating is an endpoint whose key is rotated, and the receiver at its URL.
type rotating struct {
	t        *testing.T
	env      *acctest.Env
	reader   *reader
	endpoint string

	mu   sync.Mutex
	keys []string                // the receiver's keys
	last sandbox.DeliveryRequest // the last delivery
}

func newRotating(t *testing.T) *rotating {
	t.Helper()
	f := &rotating{t: t}
	f.env = acctest.New(t, func(s *sandbox.Server) { s.Receiver = f.receive })
	deliverBeforeWaiting(f.env)
	endpoint := f.env.Sandbox.AddEndpoint(sandbox.Endpoint{
		URL: "https://speech.example.com/prosa-webhook", EventFilters: []string{"stt.jobs.completed", "stt.jobs.failed"}, SSLVerification: true,
	})
	f.endpoint = endpoint.ID
	f.load(endpoint.Secrets[0].Key)
	f.reader = newReader(t, f.env.Workspace(nil), "zero-downtime-rotation")
	return f
}

// receive is the receiver. It rejects deliveries that none of its keys has signed.
func (f *rotating) receive(_ context.Context, r sandbox.DeliveryRequest) sandbox.DeliveryResult {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = r
	if !sandbox.VerifySignature(r.Headers["x-prosa-signature"], r.Body, f.keys) {
		return sandbox.DeliveryResult{Status: http.StatusUnauthorized}
	}
	return sandbox.DeliveryResult{Status: http.StatusOK}
}

// load replaces the receiver's keys.
func (f *rotating) load(keys ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys = keys
}

// rotationRequest is a rotation with an overlap of some days, for expectWrites.
func (f *rotating) rotationRequest(days int) string {
	return fmt.Sprintf(`POST /webhooks/endpoints/%s/secret {"rotation_period":{"days":%d,"hours":0}}`, f.endpoint, days)
}

func (f *rotating) testRequest() string { return "POST /webhooks/endpoints/" + f.endpoint + "/test" }

// expectWrites checks the write requests since the last call.
func (f *rotating) expectWrites(want ...string) {
	f.t.Helper()
	f.env.ExpectWrites(want...)
	f.env.Sandbox.ResetRequestLog()
}

// expectSignedWith checks that the last delivery has one signature for each of these keys, and no other.
func (f *rotating) expectSignedWith(keys ...string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	signature := f.last.Headers["x-prosa-signature"]
	for i, key := range keys {
		if !sandbox.VerifySignature(signature, f.last.Body, []string{key}) {
			f.t.Errorf("key %d of %d did not sign the last delivery: %s", i+1, len(keys), signature)
		}
	}
	if signatures := strings.Count(signature, "v1="); signatures != len(keys) {
		f.t.Errorf("the last delivery has %d signatures, want %d", signatures, len(keys))
	}
}

// expectDelivery sends an event, and checks the status of the receiver's response.
func (f *rotating) expectDelivery(status int) {
	f.t.Helper()
	event, _ := f.env.Sandbox.Send(sandbox.Event{Type: "stt.jobs.completed"})
	f.env.Sandbox.Wait()
	for _, delivery := range f.env.Sandbox.Deliveries(f.endpoint) {
		if delivery.EventID != event.ID {
			continue
		}
		if got := delivery.ResponseStatus; got == nil {
			f.t.Error("the receiver does not respond")
		} else if *got != status {
			f.t.Errorf("the receiver responds with %d, want %d", *got, status)
		}
		return
	}
	f.t.Errorf("the event %s was not delivered", event.ID)
}
