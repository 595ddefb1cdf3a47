package guides_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// goReceiver and pythonReceiver return the commands that run the guide's receivers.
func goReceiver(t *testing.T) []string {
	t.Helper()
	return []string{build(t, filepath.Join(examplesFolder, "guides", verifyingGuide, "receiver.go"))}
}

func pythonReceiver(t *testing.T) []string {
	t.Helper()
	return []string{acctest.Program(t, "python3", "python3"), filepath.Join(examplesFolder, "guides", verifyingGuide, "receiver.py")}
}

// receiver is one of the guide's receivers while it runs.
type receiver struct {
	*process

	url     string
	keyFile string
}

func startReceiver(t *testing.T, command []string) *receiver {
	t.Helper()
	r := &receiver{keyFile: filepath.Join(t.TempDir(), "keys")}
	r.load(t, exampleKey)
	r.process = start(t, exec.Command(command[0], command[1:]...), "PORT=0", "PROSA_SIGNING_KEYS_FILE="+r.keyFile)
	r.url = r.await(t, `listening on (http://127.0.0.1:\S+)`)
	return r
}

// load writes the receiver's keys.
func (r *receiver) load(t *testing.T, keys ...string) {
	t.Helper()
	if err := os.WriteFile(r.keyFile, []byte("\n"+strings.Join(keys, "\n")+"\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// send sends a request and returns the status of the response. An empty signature is not sent.
func send(t *testing.T, method, url, signature, eventID string, body []byte) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 1<<20 {
		request.Header.Set("Expect", "100-continue") // a receiver that rejects the length alone does not get the body
	}
	request.Header.Set("X-Prosa-Event", "stt.jobs.completed")
	request.Header.Set("X-Prosa-Event-Uuid", eventID)
	if signature != "" {
		request.Header.Set("X-Prosa-Signature", signature)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: 5 * time.Second}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode
}

// sendSigned sends a delivery that is signed with a key, and returns the status of the response.
func sendSigned(t *testing.T, url, key, eventID string, body []byte) int {
	t.Helper()
	return send(t, http.MethodPost, url, sandbox.Sign([]string{key}, time.Now(), body), eventID, body)
}

// deliverBeforeWaiting finishes all deliveries before each wait of the provider, which ends at once because the tests
// simulate its clock.
func deliverBeforeWaiting(e *acctest.Env) {
	e.Client = append(e.Client, func(c *prosa.Config) {
		sleep := c.Sleep
		c.Sleep = func(ctx context.Context, d time.Duration) error {
			e.Sandbox.Wait()
			return sleep(ctx, d)
		}
	})
}

// statusReceiver accepts or rejects deliveries with the current status.
func statusReceiver(status *atomic.Int64) func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
	return func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
		return sandbox.DeliveryResult{Status: int(status.Load())}
	}
}
