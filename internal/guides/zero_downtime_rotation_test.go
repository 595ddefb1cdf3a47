package guides_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const rotationGuide = "zero-downtime-rotation"

// TestZeroDowntimeRotation follows the guide with a receiver that gets real deliveries and knows only the keys it was
// given.
func TestZeroDowntimeRotation(t *testing.T) {
	t.Parallel()
	f := newRotating(t)
	r, e, w := f.reader, f.env, f.reader.w
	first := f.newest()

	f.uses("adopt")
	r.run(exportKey)
	r.leavesOut("export TF_VAR_receiver_url=https://speech.example.com/prosa-webhook") // the test's receiver is on this machine
	r.run("terraform init")
	r.run("terraform plan")
	r.sees("Plan: 1 to import, 2 to add, 0 to change, 0 to destroy.")
	r.run("terraform apply")
	r.sees("1 imported, 2 added, 0 changed, 0 destroyed")
	f.expectWrites(f.test())
	f.expectSignedWith(first)

	f.uses("schedule")
	r.run("terraform apply")
	f.expectWrites()
	w.Run("plan", "-detailed-exitcode") // fails if there are changes

	const nightly = "terraform apply -auto-approve"
	e.Clock.Advance(89 * day)
	r.run(nightly)
	r.sees("No changes")
	f.expectWrites()
	e.Clock.Advance(2 * day)
	w.Run(strings.Fields(nightly)[1:]...) // the receiver still has only the old key
	second := f.newest()
	f.expectWrites(f.rotation(3), f.test())
	f.expectSignedWith(first, second)
	f.has(second)
	f.expectAccepted(true)
	w.Run("plan", "-detailed-exitcode")
	w.Run(strings.Fields(nightly)[1:]...)
	f.expectWrites()
	e.Clock.Advance(4 * day) // the overlap is over
	f.expectAccepted(true)
	f.expectSignedWith(second)
	f.has(first)
	f.expectAccepted(false)
	f.has(second)

	f.uses("told")
	r.run("terraform apply")
	r.sees("1 to add, 1 to change, 1 to destroy") // the test event is replaced
	third := f.newest()
	f.expectWrites(f.rotation(3), f.test())
	f.expectSignedWith(second, third)
	w.Run("plan", "-detailed-exitcode")
	e.Clock.Advance(4 * day)
	f.has(third)

	f.uses("emergency")
	r.fails("terraform apply")
	r.sees("Older keys stop at once", "Test event was not accepted")
	fourth := f.newest()
	f.expectWrites(f.rotation(0), f.test())
	f.expectSignedWith(fourth)
	f.has(fourth)
	r.run("terraform apply")
	f.expectWrites(f.test())
	w.Write("rotation.tf", strings.Replace(w.Read("rotation.tf"), "{ hours = 0 }", "{ days = 3 }", 1))
	r.run("terraform apply")
	f.expectWrites()
	w.Run("plan", "-detailed-exitcode")

	if _, ok := e.Sandbox.RotateSecret(f.endpoint, 0); !ok {
		t.Fatal("the endpoint was deleted")
	}
	r.run("terraform plan")
	r.sees("Check block assertion failed")
	f.expectWrites()
	r.ends()
}

// rotating is an endpoint whose key is rotated, and the receiver at its URL.
type rotating struct {
	t        *testing.T
	env      *acctest.Env
	reader   *reader
	endpoint string

	mu        sync.Mutex
	keys      []string // the receiver's keys
	body      []byte   // of the last delivery
	signature string   // of the last delivery
}

func newRotating(t *testing.T) *rotating {
	t.Helper()
	f := &rotating{t: t}
	receiver := httptest.NewServer(f)
	t.Cleanup(receiver.Close)
	f.env = acctest.New(t, func(s *sandbox.Server) { s.Receiver = sandbox.HTTPReceiver })
	deliverBeforeWaiting(f.env)
	there := f.env.Sandbox.AddEndpoint(sandbox.Endpoint{
		URL: receiver.URL + "/prosa-webhook", EventFilters: []string{"stt.jobs.completed", "stt.jobs.failed"}, SSLVerification: true,
	})
	f.endpoint = there.ID
	f.has(there.Secrets[0].Key)
	w := f.env.Workspace(nil)
	w.Setenv("TF_VAR_receiver_url", there.URL)
	follow(t, w, rotationGuide, "main.tf")
	f.reader = readerOf(t, w, rotationGuide)
	return f
}

// deliverBeforeWaiting finishes all deliveries, which take real time, before the provider waits, which takes no real
// time.
func deliverBeforeWaiting(e *acctest.Env) {
	e.Client = append(e.Client, func(c *prosa.Config) {
		sleep := c.Sleep
		c.Sleep = func(ctx context.Context, d time.Duration) error {
			e.Sandbox.Wait()
			return sleep(ctx, d)
		}
	})
}

// ServeHTTP is the receiver. It rejects deliveries that none of its keys has signed.
func (f *rotating) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.body, f.signature = body, r.Header.Get("X-Prosa-Signature")
	if err != nil || !sandbox.VerifySignature(f.signature, body, f.keys) {
		answer.WriteHeader(http.StatusUnauthorized)
	}
}

// has replaces the receiver's keys.
func (f *rotating) has(keys ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys = keys
}

func (f *rotating) newest() string {
	f.t.Helper()
	return newestKey(f.t, f.env)
}

// uses installs the rotation.tf of a step.
func (f *rotating) uses(step string) {
	f.t.Helper()
	f.reader.w.Write("rotation.tf", fileOf(f.t, rotationGuide, step+"/rotation.tf"))
}

func (f *rotating) rotation(days int) string {
	period := map[int]string{0: `{"days":0,"hours":0}`, 3: `{"days":3,"hours":0}`}[days]
	return "POST /webhooks/endpoints/" + f.endpoint + `/secret {"rotation_period":` + period + "}"
}

func (f *rotating) test() string { return "POST /webhooks/endpoints/" + f.endpoint + "/test" }

// expectWrites checks the write requests since the last call.
func (f *rotating) expectWrites(want ...string) {
	f.t.Helper()
	f.env.ExpectWrites(want...)
	f.env.Sandbox.ResetRequestLog()
}

// expectSignedWith checks that each of these keys alone verifies the last delivery, and that the delivery has no other
// signature.
func (f *rotating) expectSignedWith(keys ...string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, key := range keys {
		if !sandbox.VerifySignature(f.signature, f.body, []string{key}) {
			f.t.Errorf("key %d of %d does not verify the last delivery, which is signed %s", i+1, len(keys), f.signature)
		}
	}
	if signatures := strings.Count(f.signature, "v1="); signatures != len(keys) || slices.Contains(keys, "") {
		f.t.Errorf("the last delivery is signed with %d keys, want %d", signatures, len(keys))
	}
}

// expectAccepted sends one more delivery and checks whether the receiver accepts it.
func (f *rotating) expectAccepted(want bool) {
	f.t.Helper()
	request := httptest.NewRequestWithContext(f.t.Context(), http.MethodPost, sandbox.DefaultBasePath+"/webhooks/endpoints/"+f.endpoint+"/test", nil)
	request.Header.Set("X-Api-Key", acctest.APIKey)
	f.env.Sandbox.ServeHTTP(httptest.NewRecorder(), request)
	f.env.Sandbox.Wait()
	f.env.Sandbox.ResetRequestLog()
	deliveries := f.env.Sandbox.Deliveries(f.endpoint)
	status := deliveries[len(deliveries)-1].ResponseStatus
	if status == nil || (*status == http.StatusOK) != want {
		f.t.Errorf("the receiver answered %v; that it accepts the delivery should be %t", status, want)
	}
}
