package guides_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	verifyingGuide = "verifying-signatures"
	exampleKey     = "a-signing-key-for-trying-things-out" // in the guide's configuration and its commands
)

// TestReceivers tests each of the guide's receivers against the rules of the guide.
func TestReceivers(t *testing.T) {
	t.Parallel()
	for language, commandOf := range map[string]func(*testing.T) []string{"Go": goReceiver, "Python": pythonReceiver} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			command := commandOf(t)
			r := startReceiver(t, command)
			// These subtests share the process, and run in this order: the third removes its keys.
			t.Run("verify", func(t *testing.T) { testVerification(t, r) })
			t.Run("duplicates", func(t *testing.T) { testDuplicates(t, r) })
			t.Run("no keys", func(t *testing.T) { testMissingKeys(t, r) })
			t.Run("environment", func(t *testing.T) { testEnvironment(t, command) })
		})
	}
}

func testVerification(t *testing.T, r *receiver) {
	now, body := time.Now(), []byte(`{"job_id": "1"}`)
	sign := func(at time.Time, body []byte, keys ...string) string { return sandbox.Sign(keys, at, body) }
	valid := sign(now, body, exampleKey)
	timePart, digest, _ := strings.Cut(valid, "v1=")
	mac := hmac.New(sha256.New, []byte(exampleKey))
	mac.Write(body)
	// extended is what an attacker can sign by length extension; the test uses the key to get such a signature.
	extended := append(bytes.Clone(body), "\x80\x00\x01\x00"+`{"job_id": "2"}`...)
	large := bytes.Repeat([]byte(" "), 16<<20+1)
	for name, test := range map[string]struct {
		signature string
		body      []byte
		status    int
	}{
		"valid":                   {valid, body, 204},
		"sent 4 minutes ago":      {sign(now.Add(-4*time.Minute), body, exampleKey), body, 204},
		"sent in 4 minutes":       {sign(now.Add(4*time.Minute), body, exampleKey), body, 204},
		"several keys":            {sign(now, body, "older-key", exampleKey, "newer-key"), body, 204},
		"unknown members":         {timePart + "v2=unknown,v1=" + digest, body, 204},
		"no signature":            {"", body, 401},
		"another key":             {sign(now, body, "another-key"), body, 401},
		"empty key":               {sign(now, body, ""), body, 401},
		"altered body":            {valid, []byte(`{"job_id": "2"}`), 401},
		"sent 6 minutes ago":      {sign(now.Add(-6*time.Minute), body, exampleKey), body, 401},
		"sent in 6 minutes":       {sign(now.Add(6*time.Minute), body, exampleKey), body, 401},
		"no time":                 {"v1=" + digest, body, 401},
		"time is not a number":    {"t=now,v1=" + digest, body, 401},
		"time is out of range":    {"t=" + strings.Repeat("9", 400) + ",v1=" + digest, body, 401},
		"no v1":                   {strings.TrimSuffix(timePart, ","), body, 401},
		"another version":         {timePart + "v0=" + digest, body, 401},
		"empty v1":                {timePart + "v1=", body, 401},
		"truncated v1":            {timePart + "v1=" + digest[:32], body, 401},
		"v1 with more digits":     {timePart + "v1=" + digest + "00", body, 401},
		"v1 is not ASCII":         {timePart + "v1=é" + digest, body, 401},
		"HMAC":                    {timePart + fmt.Sprintf("v1=%x", mac.Sum(nil)), body, 401},
		"trailing bytes":          {sign(now, extended, exampleKey), extended, 400},
		"body larger than 16 MiB": {sign(now, large, exampleKey), large, 413},
	} {
		if status := send(t, http.MethodPost, r.url, test.signature, "event", test.body); status != test.status {
			t.Errorf("%s: the receiver responds with %d, want %d\n%s", name, status, test.status, r.printed())
		}
	}
	if status := send(t, http.MethodGet, r.url, "", "", nil); status < 400 || status == 404 {
		t.Errorf("the receiver responds to a GET with %d", status)
	}
	if status := send(t, http.MethodPost, r.url+"/other", valid, "", body); status != 404 {
		t.Errorf("the receiver responds to another path with %d", status)
	}
	if strings.Contains(r.printed(), exampleKey) {
		t.Errorf("the receiver logs its key:\n%s", r.printed())
	}
}

// testDuplicates sends a body twice with the same event id, and once with another.
func testDuplicates(t *testing.T, r *receiver) {
	body := []byte(`{"job_id": "duplicate"}`)
	for _, eventID := range []string{"original", "original", "altered"} {
		if status := sendSigned(t, r.url, exampleKey, eventID, body); status != 204 {
			t.Errorf("the receiver responds with %d, want 204\n%s", status, r.printed())
		}
	}
	// The dots match quotation marks, which differ by language.
	r.await(t, `event .original. of type`)
	r.await(t, `event .original. is a duplicate`)
	r.await(t, `event .altered. is a duplicate`)
	if n := len(regexp.MustCompile(`event .(original|altered). of type`).FindAllString(r.printed(), -1)); n != 1 {
		t.Errorf("the receiver processes the body %d times:\n%s", n, r.printed())
	}
}

// testMissingKeys checks that the receiver rejects every delivery if its file is empty, and responds with 500 if the file
// does not exist.
func testMissingKeys(t *testing.T, r *receiver) {
	body := []byte(`{}`)
	r.load(t)
	for _, key := range []string{exampleKey, ""} {
		if status := sendSigned(t, r.url, key, "event", body); status != 401 {
			t.Errorf("without keys, the receiver responds with %d, want 401", status)
		}
	}
	if err := os.Remove(r.keyFile); err != nil {
		t.Fatal(err)
	}
	if status := sendSigned(t, r.url, exampleKey, "event", body); status != 500 {
		t.Errorf("without its file, the receiver responds with %d, want 500", status)
	}
}

// testEnvironment starts the receiver with keys in the environment, as the guide does, and then without keys.
func testEnvironment(t *testing.T, command []string) {
	body := []byte(`{}`)
	p := start(t, exec.Command(command[0], command[1:]...), "PORT=0", "PROSA_SIGNING_KEYS=older-key\n\n"+exampleKey)
	url := p.await(t, `listening on (http://127.0.0.1:\S+)`)
	for key, want := range map[string]int{exampleKey: 204, "older-key": 204, "": 401, "another-key": 401} {
		if status := sendSigned(t, url, key, "event", body); status != want {
			t.Errorf("signed with %q: the receiver responds with %d, want %d", key, status, want)
		}
	}
	p = start(t, exec.Command(command[0], command[1:]...), "PORT=0", "PROSA_SIGNING_KEYS=\n")
	p.await(t, "There are no signing keys")
}

// TestVerifyingGuide runs the guide's commands except those that start a receiver, which it builds instead.
func TestVerifyingGuide(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.Receiver = sandbox.HTTPReceiver })
	deliverBeforeWaiting(e)
	w := e.Workspace(nil)
	r := newReader(t, w, verifyingGuide)
	r.copy()
	receiver := startReceiver(t, goReceiver(t))
	w.Setenv("TF_VAR_receiver_url", receiver.url)
	const downloads = "curl -sSO https://raw.githubusercontent.com/prosa-ai/terraform-provider-prosa/main/examples/guides/verifying-signatures/"
	r.skip(downloads+"receiver.go", "export PROSA_SIGNING_KEYS="+exampleKey, "go run receiver.go")
	r.skip(downloads+"receiver.py", "export PROSA_SIGNING_KEYS="+exampleKey, "python3 receiver.py")
	r.run("terraform init")
	r.run("terraform apply", "Apply complete! Resources: 2 added, 0 changed, 0 destroyed.")
	receiver.await(t, `"webhook.ping"`)
	receiver.load(t, "another-key")
	const again = "terraform apply -replace=prosa_webhook_test_event.transcripts"
	r.fails(again, "Test event was not accepted")
	r.skip(again)
	r.expectShownIn(receiver.printed(), "rejected with 401: no signing key matches the signature")

	e.Sandbox.ResetRequestLog()
	r.run("terraform -chdir=recorded init")
	r.run("terraform -chdir=recorded test", "1 passed, 0 failed.")
	r.expectEnd()
	w.Write("recorded/signature.tftest.hcl", strings.Replace(r.file("recorded/signature.tftest.hcl"), "ping", "pong", 1))
	expectTexts(t, w.ExpectError("-chdir=recorded", "test"), "No key matches a signature of this request.")
	if requests := e.Sandbox.RequestLog(); len(requests) > 0 {
		t.Errorf("the test of the recorded request sends %v", requests)
	}

	_, code, found := strings.Cut(r.text, "\n```python\n")
	if !found {
		t.Fatal("the guide shows no Python code")
	}
	code, _, _ = strings.Cut(code, "```")
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); !strings.Contains(r.file("receiver.py"), "    "+line+"\n") {
			t.Errorf("receiver.py does not contain %q, which the guide shows", line)
		}
	}
}
