package sandbox_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestHTTPReceiver(t *testing.T) {
	t.Parallel()
	var path, header, body string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		path, header, body = r.URL.String(), r.Header.Get("x-prosa-signature"), string(sent)
		must(t, "connection closed afterwards", r.Close, true)
		must(t, "user agent", r.UserAgent(), "prosa-speech-api")
		must(t, "content type", r.Header.Get("content-type"), "application/json")
		must(t, "event", r.Header.Get("x-prosa-event"), "webhook.ping")
		must(t, "host", r.Host, r.Context().Value(http.LocalAddrContextKey).(interface{ String() string }).String())
		w.Header().Set("X-Seen", "yes")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "thanks\xff")
	}))
	t.Cleanup(receiver.Close)
	s := &sandbox.Server{Receiver: sandbox.HTTPReceiver(nil)}
	e := s.AddEndpoint(sandbox.Endpoint{URL: receiver.URL + "/hook?a=b", SSLVerification: true, Secrets: []sandbox.Secret{{Key: "old"}}})
	s.RotateSecret(e.ID, time.Hour)
	serve(t, s).ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "")
	s.Wait()

	now, _ := s.Endpoint(e.ID)
	must(t, "path", path, "/hook?a=b")
	for _, key := range now.Secrets {
		must(t, "signed with "+key.ID, sandbox.VerifySignature(header, []byte(body), []string{key.Key}), true)
	}
	must(t, "keys", len(now.Secrets), 2)
	d := s.Deliveries(e.ID)[0]
	must(t, "status", *d.ResponseStatus, http.StatusAccepted)
	must(t, "body", *d.ResponseBody, "thanks�")
	must(t, "headers", d.ResponseHeaders["x-seen"], "yes")
	if *d.ElapsedTime <= 0 {
		t.Errorf("it took %v seconds", *d.ElapsedTime)
	}
}

func TestHTTPReceiverVerifiesWhereTheEndpointDoes(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	receiver := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	receiver.Config.ErrorLog = log.New(io.Discard, "", 0)
	receiver.StartTLS()
	t.Cleanup(receiver.Close)
	deliver := func(client *http.Client, verify bool) int {
		return sandbox.HTTPReceiver(client)(t.Context(), sandbox.DeliveryRequest{Method: "POST", URL: receiver.URL, SSLVerification: verify}).Status
	}
	must(t, "unknown authority, verified", deliver(nil, true), 0)
	must(t, "calls", calls.Load(), 0)
	must(t, "unknown authority, not verified", deliver(nil, false), 200)
	must(t, "known authority, verified", deliver(receiver.Client(), true), 200)
	// The caller's transport is copied, not changed.
	own := &http.Transport{DialContext: (&net.Dialer{}).DialContext}
	must(t, "own transport, not verified", deliver(&http.Client{Transport: own}, false), 200)
	must(t, "own transport, verified", deliver(&http.Client{Transport: own}, true), 0)
	must(t, "calls", calls.Load(), 3)
}

// spy is a transport that records the hosts of requests and answers with a redirect.
type spy struct{ hosts []string }

func (s *spy) RoundTrip(r *http.Request) (*http.Response, error) {
	s.hosts = append(s.hosts, r.URL.Host)
	return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"https://example.com/"}}, Body: io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20)))}, nil
}

func TestHTTPReceiverStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	transport := &spy{}
	receive := sandbox.HTTPReceiver(&http.Client{Transport: transport})
	for _, url := range []string{
		"https://example.com/hook", "http://127.0.0.1.example.com/", "http://localhost.example.com", "http://10.0.0.1/", "http://0.0.0.0/",
		"http://127.0.0.1@example.com/", "http://2130706433/", "http:///", "::",
	} {
		must(t, url, receive(t.Context(), sandbox.DeliveryRequest{Method: "POST", URL: url}), sandbox.DeliveryResult{})
	}
	must(t, "requests", transport.hosts, nil)

	for _, url := range []string{"http://127.0.0.1:1/", "http://LOCALHOST:1", "http://[::1]:1/"} {
		result := receive(t.Context(), sandbox.DeliveryRequest{Method: "POST", URL: url})
		must(t, "status, the redirect not followed", result.Status, 302)
		must(t, "length of the body kept", len(result.Body), 64<<10)
	}
	must(t, "requests", len(transport.hosts), 3)
}

func TestHTTPReceiverWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	receive := sandbox.HTTPReceiver(nil)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	must(t, "refused", receive(t.Context(), sandbox.DeliveryRequest{Method: "POST", URL: closed.URL}), sandbox.DeliveryResult{})
	must(t, "no method", receive(t.Context(), sandbox.DeliveryRequest{Method: "a b", URL: closed.URL}), sandbox.DeliveryResult{})

	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("content-length", "10")
		_, _ = io.WriteString(w, "half")
	}))
	t.Cleanup(cut.Close)
	must(t, "cut off", receive(t.Context(), sandbox.DeliveryRequest{Method: "POST", URL: cut.URL}), sandbox.DeliveryResult{})

	reached := make(chan struct{})
	mute := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(reached)
		<-r.Context().Done()
	}))
	t.Cleanup(mute.Close)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	must(t, "given up", receive(ctx, sandbox.DeliveryRequest{Method: "POST", URL: mute.URL}), sandbox.DeliveryResult{})
}
