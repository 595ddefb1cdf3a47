package guides_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	verifyingGuide = "verifying-signatures"
	exampleKey     = "a-signing-key-for-trying-things-out" // in the guide's configuration and its commands
)

// TestVerifyingSignatures tests each of the guide's receivers with the sandbox's deliveries, through a rotation, and
// with forged requests.
func TestVerifyingSignatures(t *testing.T) {
	t.Parallel()
	for language, command := range map[string]func(t *testing.T) []string{
		"Go": func(t *testing.T) []string {
			t.Helper()
			return []string{buildReceiver(t)}
		},
		"Python": func(t *testing.T) []string {
			t.Helper()
			return []string{acctest.Program(t, "python3", "python3"), filepath.Join(examplesFolder, "guides", verifyingGuide, "receiver.py")}
		},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			command := command(t)
			t.Run("keys from the environment", func(t *testing.T) { testEnvironment(t, command) })
			r := startReceiver(t, command)
			t.Run("refuses", func(t *testing.T) { testForgeries(t, r) })
			t.Run("takes once", func(t *testing.T) { testDuplicates(t, r) })
			t.Run("sandbox", func(t *testing.T) { testDeliveries(t, r) })
			t.Run("without keys", func(t *testing.T) { testWithoutKeys(t, r) })
		})
	}
}

// buildReceiver builds the receiver in Go, because go run would leave it running.
func buildReceiver(t *testing.T) string {
	t.Helper()
	return buildProgram(t, filepath.Join(examplesFolder, "guides", verifyingGuide, "receiver.go"))
}

// program is a running receiver.
type program struct {
	url  string
	keys string // the receiver's file of keys

	mu  sync.Mutex
	log bytes.Buffer
}

func (p *program) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(text)
}

func (p *program) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// knows writes the receiver's keys.
func (p *program) knows(t *testing.T, keys ...string) {
	t.Helper()
	if err := os.WriteFile(p.keys, []byte("\n"+strings.Join(keys, "\n")+"\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func startReceiver(t *testing.T, command []string, env ...string) *program {
	t.Helper()
	p := &program{keys: filepath.Join(t.TempDir(), "keys")}
	p.knows(t, exampleKey)
	cmd := exec.Command(command[0], command[1:]...)
	if len(env) == 0 {
		env = []string{"PROSA_SIGNING_KEYS_FILE=" + p.keys}
	}
	cmd.Env = append(append(os.Environ(), "PORT=0"), env...)
	cmd.Stderr = p
	output, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	p.url, _ = strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !strings.HasPrefix(p.url, "http://127.0.0.1:") {
		t.Fatalf("the receiver does not say where it listens: %q, %v\n%s", line, err, p.logged())
	}
	return p
}

// post sends a request to the receiver and returns the status of the response. An empty header is not sent.
func (p *program) post(t *testing.T, header, eventID string, body []byte) int {
	t.Helper()
	return p.send(t, http.MethodPost, "", header, eventID, body)
}

func (p *program) send(t *testing.T, method, below, header, eventID string, body []byte) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.url+below, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 1<<20 {
		request.Header.Set("Expect", "100-continue") // a receiver that rejects the length alone does not get the body
	}
	request.Header.Set("X-Prosa-Event", "stt.jobs.completed")
	request.Header.Set("X-Prosa-Event-Uuid", eventID)
	if header != "" {
		request.Header.Set("X-Prosa-Signature", header)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: 5 * time.Second}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatalf("%v\n%s", err, p.logged())
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode
}

// testForgeries sends forged requests that must be rejected, each together with the genuine request that it is made
// from.
func testForgeries(t *testing.T, r *program) {
	now := time.Now()
	body := []byte(`{"job_id": "forged"}`)
	signed := func(at time.Time, body []byte, keys ...string) string { return sandbox.Sign(keys, at, body) }
	digest := strings.Split(signed(now, body, exampleKey), "v1=")[1]
	at := fmt.Sprintf("t=%d,", now.Unix())
	mac := hmac.New(sha256.New, []byte(exampleKey))
	mac.Write(body)
	longer, header := extended(t, exampleKey, body, now)
	large := bytes.Repeat([]byte(" "), 16<<20+1)

	for name, test := range map[string]struct {
		header string
		body   []byte
		status int
	}{
		"no signature":           {"", body, 401},
		"another key":            {signed(now, body, "another-key"), body, 401},
		"an empty key":           {signed(now, body, ""), body, 401},
		"an altered body":        {signed(now, body, exampleKey), []byte(`{"job_id": "altered"}`), 401},
		"spaces in the body":     {signed(now, body, exampleKey), []byte(`{"job_id":"forged"}`), 401},
		"an old one":             {signed(now.Add(-6*time.Minute), body, exampleKey), body, 401},
		"one of the future":      {signed(now.Add(6*time.Minute), body, exampleKey), body, 401},
		"no time":                {"v1=" + digest, body, 401},
		"a time that is none":    {"t=now,v1=" + digest, body, 401},
		"a time beyond any":      {"t=" + strings.Repeat("9", 400) + ",v1=" + digest, body, 401},
		"no v1":                  {strings.TrimSuffix(at, ","), body, 401},
		"another version":        {at + "v0=" + digest, body, 401},
		"an empty v1":            {at + "v1=", body, 401},
		"part of a v1":           {at + "v1=" + digest[:32], body, 401},
		"a v1 with more":         {at + "v1=" + digest + "00", body, 401},
		"letters that are none":  {at + "v1=é" + digest, body, 401},
		"an HMAC":                {at + "v1=" + hex.EncodeToString(mac.Sum(nil)), body, 401},
		"bytes after the object": {header, longer, 400},
		"too long":               {signed(now, large, exampleKey), large, 413},
	} {
		if status := r.post(t, test.header, "forgery", test.body); status != test.status {
			t.Errorf("%s: it was answered with %d, not with %d\n%s", name, status, test.status, r.logged())
		}
	}
	if status := r.send(t, http.MethodGet, "", "", "", nil); status < 400 || status == 404 {
		t.Errorf("a GET was answered with %d", status)
	}
	if status := r.send(t, http.MethodPost, "/other", signed(now, body, exampleKey), "", body); status != 404 {
		t.Errorf("another path was answered with %d", status)
	}
	if strings.Contains(r.logged(), "of type") {
		t.Errorf("something of it was taken:\n%s", r.logged())
	}
	if strings.Contains(r.logged(), exampleKey) {
		t.Errorf("the key is logged:\n%s", r.logged())
	}
	for name, header := range map[string]string{
		"now":               signed(now, body, exampleKey),
		"4 minutes ago":     signed(now.Add(-4*time.Minute), body, exampleKey),
		"in 4 minutes":      signed(now.Add(4*time.Minute), body, exampleKey),
		"with others":       signed(now, body, "older-key", exampleKey, "newer-key"),
		"with more members": at + "v2=unknown,v1=" + digest,
	} {
		if status := r.post(t, header, "genuine", body); status != 204 {
			t.Errorf("a genuine one, %s, was answered with %d\n%s", name, status, r.logged())
		}
	}
}

// extended does a length extension attack: it returns a longer body and its signature, made without the key.
func extended(t *testing.T, key string, body []byte, at time.Time) (longer []byte, header string) {
	t.Helper()
	hashed := len(key) + 1 + len(body)
	longer = append(append([]byte{}, body...), 0x80)
	for (len(key)+1+len(longer)+8)%sha256.BlockSize != 0 {
		longer = append(longer, 0)
	}
	longer = binary.BigEndian.AppendUint64(longer, uint64(hashed)*8)

	// Create a hash that has read as many blocks, and replace its state with the signature.
	hash := sha256.New()
	hash.Write(make([]byte, len(key)+1+len(longer)))
	state, err := hash.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	signature, err := hex.DecodeString(strings.Split(sandbox.Sign([]string{key}, at, body), "v1=")[1])
	if err != nil {
		t.Fatal(err)
	}
	const magic = 4 // bytes before the state
	copy(state[magic:], signature)
	if err := hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	const more = `{"job_id": "mine"}`
	hash.Write([]byte(more))
	longer = append(longer, more...)
	header = fmt.Sprintf("t=%d,v1=%x", at.Unix(), hash.Sum(nil))
	if !sandbox.VerifySignature(header, longer, []string{key}) {
		t.Fatal("the extended signature is not right, and so tests nothing")
	}
	return longer, header
}

// testDuplicates sends an event twice, and then the same event as if it were another one.
func testDuplicates(t *testing.T, r *program) {
	body := []byte(`{"job_id": "twice"}`)
	for _, eventID := range []string{"one-event", "one-event", "made-up-event"} {
		if status := r.post(t, sandbox.Sign([]string{exampleKey}, time.Now(), body), eventID, body); status != 204 {
			t.Errorf("it was answered with %d\n%s", status, r.logged())
		}
	}
	log := eventually(t, r, "one-event\" of type", "one-event' of type")
	if n := strings.Count(log, "one-event"); n != 2 || strings.Count(log, "is a duplicate") < 2 || strings.Contains(log, "made-up-event\" of type") || strings.Contains(log, "made-up-event' of type") {
		t.Errorf("it was not taken once:\n%s", log)
	}
}

// eventually waits until one of the texts is logged, because the receiver does the work after its response.
func eventually(t *testing.T, r *program, texts ...string) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-time.After(10 * time.Millisecond) {
		for _, text := range texts {
			if log := r.logged(); strings.Contains(log, text) {
				return log
			}
		}
	}
	t.Fatalf("%q is never logged:\n%s", texts, r.logged())
	return ""
}

// testDeliveries applies the guide's configuration, and then rotates the key.
func testDeliveries(t *testing.T, r *program) {
	e := acctest.New(t, func(s *sandbox.Server) { s.Receiver = sandbox.HTTPReceiver(nil) })
	deliverBeforeWaiting(e)
	w := e.Workspace(nil)
	follow(t, w, verifyingGuide, "main.tf")
	w.Setenv("TF_VAR_receiver_url", r.url)
	w.Run("init")
	w.Run("apply", "-auto-approve") // fails unless the receiver accepts the test event
	id := e.OnlyEndpoint().ID

	deliver := func(want int, about string) {
		t.Helper()
		before := len(e.Sandbox.Deliveries(id))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.BaseURL+"/webhooks/endpoints/"+id+"/test", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Api-Key", acctest.APIKey)
		response, err := new(http.Client).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		e.Sandbox.Wait()
		all := e.Sandbox.Deliveries(id)
		if len(all) != before+1 || all[before].ResponseStatus == nil || *all[before].ResponseStatus != want {
			t.Errorf("%s: not answered with %d: %+v\n%s", about, want, all[len(all)-1], r.logged())
		}
	}
	second, _ := e.Sandbox.RotateSecret(id, 72*time.Hour)
	deliver(204, "the older key, during the overlap")
	r.knows(t, second.Key)
	deliver(204, "the newer key, during the overlap")
	r.knows(t, exampleKey, second.Key)
	deliver(204, "both keys, during the overlap")
	third, _ := e.Sandbox.RotateSecret(id, 0)
	deliver(401, "keys that have ended")
	r.knows(t, exampleKey, second.Key, third.Key)
	deliver(204, "the key after the overlap")
	r.knows(t, "another-key")
	output := w.ExpectError("apply", "-auto-approve", "-replace=prosa_webhook_test_event.transcripts")
	expectTexts(t, output, "Test event was not accepted", "401")
	w.Run("destroy", "-auto-approve")
}

// testWithoutKeys: a receiver that has lost its keys rejects everything, with an error that says the receiver is at
// fault.
func testWithoutKeys(t *testing.T, r *program) {
	body := []byte(`{}`)
	r.knows(t)
	for _, key := range []string{exampleKey, ""} {
		if status := r.post(t, sandbox.Sign([]string{key}, time.Now(), body), "no-keys", body); status != 401 {
			t.Errorf("without keys it answered with %d", status)
		}
	}
	if err := os.Remove(r.keys); err != nil {
		t.Fatal(err)
	}
	if status := r.post(t, sandbox.Sign([]string{exampleKey}, time.Now(), body), "no-file", body); status != 500 {
		t.Errorf("without its file it answered with %d", status)
	}
}

// testEnvironment passes the keys as the guide's commands do, and then passes none.
func testEnvironment(t *testing.T, command []string) {
	body := []byte(`{}`)
	r := startReceiver(t, command, "PROSA_SIGNING_KEYS=older-key\n\n"+exampleKey)
	for key, want := range map[string]int{exampleKey: 204, "older-key": 204, "": 401, "another-key": 401} {
		if status := r.post(t, sandbox.Sign([]string{key}, time.Now(), body), "environment", body); status != want {
			t.Errorf("signed with %q: it answered with %d, not with %d", key, status, want)
		}
	}
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(soon, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "PORT=0", "PROSA_SIGNING_KEYS=\n")
	if output, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(output), "There are no signing keys") {
		t.Errorf("without any key: %v, %s", err, output)
	}
}

// TestVerifyingGuide runs the guide's commands except those that start a receiver, which it builds instead.
func TestVerifyingGuide(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.Receiver = sandbox.HTTPReceiver(nil) })
	deliverBeforeWaiting(e)
	w := e.Workspace(nil)
	r := readerOf(t, w, verifyingGuide)
	follow(t, w, verifyingGuide)
	receiver := startReceiver(t, []string{buildReceiver(t)})
	w.Setenv("TF_VAR_receiver_url", receiver.url)
	const downloads = "curl -sSO https://raw.githubusercontent.com/prosa-ai/terraform-provider-prosa/main/examples/guides/verifying-signatures/"
	for _, start := range []string{"go run receiver.go", "python3 receiver.py"} {
		r.leavesOut(downloads + start[strings.LastIndex(start, " ")+1:])
		r.run("export PROSA_SIGNING_KEYS=" + exampleKey)
		r.leavesOut(start)
	}
	r.run("terraform init")
	r.run("terraform apply")
	r.sees("Apply complete! Resources: 2 added, 0 changed, 0 destroyed.")
	eventually(t, receiver, `"webhook.ping"`)
	receiver.knows(t, "another-key")
	again := "terraform apply -replace=prosa_webhook_test_event.transcripts"
	r.fails(again)
	r.sees("Test event was not accepted")
	r.output = receiver.logged()
	r.sees("rejected with 401: no signing key matches the signature")
	r.leavesOut(again)
	e.Sandbox.ResetRequestLog()
	r.run("terraform -chdir=recorded init")
	r.run("terraform -chdir=recorded test")
	r.sees("1 passed, 0 failed.")
	r.ends()

	altered := strings.Replace(fileOf(t, verifyingGuide, "recorded/signature.tftest.hcl"), "ping", "pong", 1)
	w.Write("recorded/signature.tftest.hcl", altered)
	if output := w.ExpectError("-chdir=recorded", "test"); !strings.Contains(output, "No key matches a signature of this request.") {
		t.Error(output)
	}
	e.ExpectWrites()
}

// TestVerifyingGuideShowsTheReceiver checks that the code in the guide comes from the receiver.
func TestVerifyingGuideShowsTheReceiver(t *testing.T) {
	t.Parallel()
	_, code, found := strings.Cut(guideText(t, verifyingGuide), "\n```python\n")
	code, _, closed := strings.Cut(code, "```")
	if !found || !closed {
		t.Fatal("the guide shows no Python")
	}
	receiver := fileOf(t, verifyingGuide, "receiver.py")
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); !strings.Contains(receiver, "    "+line+"\n") {
			t.Errorf("receiver.py does not contain %q", line)
		}
	}
}
