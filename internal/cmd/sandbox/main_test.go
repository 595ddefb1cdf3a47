package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// running is the sandbox command while it runs.
type running struct {
	t    *testing.T
	base string
	key  string
	stop context.CancelFunc
	done chan error
	out  *output
}

// output is the standard output of a command. It passes on the greeting, which is one write.
type output struct {
	mu       sync.Mutex
	text     bytes.Buffer
	greeting chan []string
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if match := regexp.MustCompile(`export PROSA_BASE_URL='(.*)'\n +export PROSA_API_KEY='(.*)'`).FindSubmatch(p); match != nil {
		o.greeting <- []string{string(match[1]), string(match[2])}
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start runs the command on a free port and waits for its greeting.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{t: t, stop: cancel, done: make(chan error, 1), out: &output{greeting: make(chan []string, 1)}}
	go func() { r.done <- run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), r.out, io.Discard) }()
	select {
	case greeting := <-r.out.greeting:
		r.base, r.key = greeting[0], greeting[1]
	case err := <-r.done:
		t.Fatalf("the command ended: %v\n%s", err, r.out)
	}
	t.Cleanup(func() { r.end() })
	return r
}

// end interrupts the command, waits for it, and returns all its output. It can be called several times.
func (r *running) end() string {
	r.t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		r.t.Errorf("the command ended with %v", err)
	}
	r.done <- nil
	return r.out.String()
}

func (r *running) send(method, path, body string) (*http.Response, error) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.base+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("x-api-key", r.key)
	request.Header.Set("content-type", "application/json")
	if body == "" {
		request.Header.Del("content-type")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return client.Do(request)
}

func (r *running) do(method, path, body string) (int, string) {
	r.t.Helper()
	response, err := r.send(method, path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func (r *running) mustAnswer(want int, method, path, body string) string {
	r.t.Helper()
	status, text := r.do(method, path, body)
	if status != want {
		r.t.Fatalf("%s %s: %d, want %d: %s", method, path, status, want, text)
	}
	return text
}

// create creates an endpoint and returns its path.
func (r *running) create(body string) string {
	r.t.Helper()
	var e struct{ ID string }
	if err := json.Unmarshal([]byte(r.mustAnswer(200, "POST", "/webhooks/endpoints", body)), &e); err != nil {
		r.t.Fatal(err)
	}
	return "/webhooks/endpoints/" + e.ID
}

func TestRun(t *testing.T) {
	t.Parallel()
	r := start(t, "-api-key", "the-api-key")
	if r.key != "the-api-key" || !regexp.MustCompile(`^http://127\.0\.0\.1:\d+/v2/speech$`).MatchString(r.base) {
		t.Errorf("base %q, key %q", r.base, r.key)
	}
	created := r.mustAnswer(200, "POST", "/webhooks/endpoints", `{"url":"https://example.com/hook","secret_key":"the-signing-key"}`)
	if !strings.Contains(created, "the-signing-key") {
		t.Error(created)
	}
	r.mustAnswer(200, "GET", "/webhooks/events?from_date=2023-01-17", "")
	r.mustAnswer(422, "GET", "/webhooks/events?x-api-key=the-api-key", "")
	r.key = "a-wrong-key"
	r.mustAnswer(401, "GET", "/webhooks/endpoints", "")

	text := r.end()
	_, lines, _ := strings.Cut(text, "export PROSA_API_KEY='the-api-key'\n")
	for _, want := range []string{
		"POST   /webhooks/endpoints  200\n", `GET    /webhooks/events from_date="2023-01-17"  200` + "\n",
		"GET    /webhooks/events  422\n", "GET    /webhooks/endpoints  401 (not the key of this sandbox: see -api-key)\n",
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Other keys") {
		t.Errorf("the greeting of a single key mentions others:\n%s", text)
	}
	for _, key := range []string{"the-api-key", "the-signing-key", "a-wrong-key"} {
		if strings.Contains(lines, key) {
			t.Errorf("%s is printed:\n%s", key, text)
		}
	}
}

// The command waits only a few seconds for a receiver that does not respond.
func TestRun_interruptedWhileDelivering(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // net/http detects a closed connection only after the body is read
		close(reached)
		<-r.Context().Done()
	}))
	t.Cleanup(receiver.Close)
	r := start(t)
	r.mustAnswer(200, "POST", r.create(`{"url":"`+receiver.URL+`"}`)+"/test", "")
	<-reached
	if text := r.end(); !strings.Contains(text, "no answer") {
		t.Error(text)
	}
}

// The command does not wait for an operation that a fault delays.
func TestRun_interruptedBeforeLateFault(t *testing.T) {
	t.Parallel()
	r := start(t, "-fault", "create-endpoint=late/1h")
	if response, err := r.send("POST", "/webhooks/endpoints", `{"url":"https://example.com/hook"}`); err == nil {
		_ = response.Body.Close()
		t.Errorf("the response is %s, want a closed connection", response.Status)
	}
	r.end()
}

func TestParseFault(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]sandbox.Fault{
		"create-endpoint=late/2s":        {Operation: sandbox.OpCreateEndpoint, Do: true, DoAfter: 2 * time.Second, Close: true},
		"rotate-secret=late/1m30s:3":     {Operation: sandbox.OpRotateSecret, Do: true, DoAfter: 90 * time.Second, Close: true, Times: 3},
		"any=late/10ms:-1":               {Do: true, DoAfter: 10 * time.Millisecond, Close: true, Times: -1},
		"replay-delivery=lost":           {Operation: sandbox.OpReplayDelivery, Do: true, Close: true},
		"replay-failed-deliveries=502:2": {Operation: sandbox.OpReplayFailedDeliveries, Status: 502, Times: 2},
	} {
		if fault, err := parseFault(text); err != nil || !reflect.DeepEqual(fault, want) {
			t.Errorf("%s: %+v, %v", text, fault, err)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	t.Run("seed", func(t *testing.T) {
		t.Parallel()
		r := start(t, "-seed", "seed.example.json", "-quiet")
		if text := r.mustAnswer(200, "GET", "/webhooks/endpoints", ""); strings.Count(text, `"url":`) != 2 {
			t.Error(text)
		}
		if text := r.end(); strings.Contains(text, "GET") || !strings.Contains(text, "Loaded from seed.example.json: endpoints: 2, events: 2, deliveries: 2.\n") {
			t.Errorf("the output has requests, or lacks the seed:\n%s", text)
		}
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		o, err := parse([]string{"-rate-limit", "1", "-latency", "5ms"}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		s, err := o.server(t.Context(), &console{out: io.Discard})
		if err != nil || s.RateLimit != (sandbox.RateLimit{PerSecond: 1, RetryAfter: true}) || s.Latency.Milliseconds() != 5 {
			t.Errorf("%v, %+v, %s", err, s.RateLimit, s.Latency)
		}
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		if len(s.RequestLog()) > 0 {
			t.Error("the command keeps the request log")
		}
	})
	t.Run("several keys", func(t *testing.T) {
		t.Parallel()
		r := start(t, "-api-key", "stt,tts", "-api-key", "third", "-seed", "seed.example.json")
		if r.key != "stt" {
			t.Errorf("the first key is %q", r.key)
		}
		for key, endpoints := range map[string]int{"stt": 2, "tts": 0, "third": 0} {
			r.key = key
			if text := r.mustAnswer(200, "GET", "/webhooks/endpoints", ""); strings.Count(text, `"url":`) != endpoints {
				t.Errorf("%s: %s", key, text)
			}
		}
		r.key = "tts"
		_, _ = r.admin("POST", "/sandbox/events", `{"event_type":"x"}`)
		if text := r.mustAnswer(200, "GET", "/webhooks/events", ""); strings.Count(text, `"event_type":`) != 1 {
			t.Errorf("the account of the admin API's key has the events %s", text)
		}
		r.key = "sandbox"
		r.mustAnswer(401, "GET", "/webhooks/endpoints", "")
		if text := r.end(); !strings.Contains(text, "Other keys, each with an account of its own: tts, third.") {
			t.Error(text)
		}
	})
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var help bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, &help, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Error(err)
	}
	for _, want := range []string{
		"-addr", "-api-key", "-seed", "-deliver", "-latency", "-rate-limit", "-fault", "-quiet", "-quirk",
		"seed.example.json", "rotate-secret", "lost", "/sandbox/events", "/sandbox/faults",
	} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("-h does not mention %s:\n%s", want, help.String())
		}
	}
}

func TestInvalidArguments(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = busy.Close() })
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	if err := os.WriteFile(wrong, []byte(`{"endpoints":[{"url":"example.com"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args string
		part string
	}{
		{"-nothing", "sandbox -h lists the flags"},
		{"serve", `"serve" is not a flag`},
		{"-latency=-1s", "-latency must not be negative"},
		{"-rate-limit=-1", "-rate-limit must not be negative"},
		{"-fault=nothing=500", `unknown operation "nothing"; use one of: any, list-endpoints`},
		{"-fault=any=late/", `"" is not a positive duration`},
		{"-fault=any=late/-1s", `"-1s" is not a positive duration`},
		{"-fault=any=late", `"late" is not a status`},
		{"-api-key=a,,b", "an empty key cannot be combined"},
		{"-quirk=nothing", `unknown quirk "nothing"; use one of: create-status, update-answer`},
		{"-quirk=to-date=never", `must be one of ["" "exclusive" "ignored" "until_date"]: "never"`},
		{"-quirk=to-date", "write to-date=exclusive|ignored|until_date"},
		{"-quirk=to-date=", "write to-date=exclusive|ignored|until_date"},
		{"-quirk=keep-url=true", "write keep-url"},
		{"-quirk=create-status=x", "write create-status=2xx"},
		{"-fault=any", `"" is not a status`},
		{"-fault=any=99", `"99" is not a status`},
		{"-fault=any=x", `"x" is not a status`},
		{"-fault=any=500:0", `"0" is not a valid number of times`},
		{"-fault=any=500:", `"" is not a valid number of times`},
		{"-seed=no-such-file", "cannot read the seed"},
		{"-seed=" + wrong, wrong + ": endpoints[0].url must begin with https://"},
		{"-addr=" + busy.Addr().String(), "choose another address with -addr"},
	} {
		err := run(t.Context(), []string{test.args}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.part) {
			t.Errorf("%s: %v, want an error with %q", test.args, err, test.part)
		}
	}
}

func TestReachableAddress(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"[::]:8723": "127.0.0.1:8723", "0.0.0.0:1": "127.0.0.1:1", "127.0.0.1:2": "127.0.0.1:2", "[::1]:3": "[::1]:3",
	} {
		resolved, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := reachable(resolved); got != want {
			t.Errorf("the sandbox at %s is reachable at %s, want %s", addr, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	if got, want := quote("it's"), `'it'\''s'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
