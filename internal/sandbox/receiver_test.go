package sandbox_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestHTTPReceiver(t *testing.T) {
	t.Parallel()
	received := make(chan string, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		received <- fmt.Sprintf("%s %s %s, close: %t, %s %s", r.Method, r.Host, r.URL, r.Close, r.Header.Get("x-prosa-event"), body)
		w.Header().Set("X-Seen", "yes")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "thanks\xff")
	}))
	t.Cleanup(receiver.Close)
	result := sandbox.HTTPReceiver(t.Context(), sandbox.DeliveryRequest{
		Method: "POST", URL: receiver.URL + "/hook?a=b", Body: []byte("{}"), SSLVerification: true,
		Headers: map[string]string{"host": "example.com", "content-length": "99", "connection": "keep-alive", "x-prosa-event": "webhook.ping"},
	})
	equal(t, "request", <-received, "POST "+strings.TrimPrefix(receiver.URL, "http://")+" /hook?a=b, close: true, webhook.ping {}")
	equal(t, "status", result.Status, http.StatusAccepted)
	equal(t, "body", result.Body, "thanks\uFFFD")
	equal(t, "header", result.Headers["x-seen"], "yes")
	if result.Elapsed <= 0 {
		t.Errorf("the elapsed time is %s", result.Elapsed)
	}
}

func TestHTTPReceiver_verifiesCertificates(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	receiver.Config.ErrorLog = log.New(io.Discard, "", 0)
	receiver.StartTLS()
	t.Cleanup(receiver.Close)
	for verify, want := range map[bool]int{true: 0, false: 200} {
		result := sandbox.HTTPReceiver(t.Context(), sandbox.DeliveryRequest{Method: "POST", URL: receiver.URL, SSLVerification: verify})
		equal(t, fmt.Sprintf("status with ssl_verification %t, unknown authority", verify), result.Status, want)
	}
}

func TestHTTPReceiver_redirectAndLongBody(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("location", "https://example.com/")
		w.WriteHeader(http.StatusFound)
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	}))
	t.Cleanup(receiver.Close)
	result := sandbox.HTTPReceiver(t.Context(), sandbox.DeliveryRequest{Method: "POST", URL: receiver.URL})
	equal(t, "status", result.Status, 302)
	equal(t, "length of the body", len(result.Body), 64<<10)
}

func TestIsLocal(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://127.0.0.1:1/", "http://LOCALHOST:1", "http://[::1]:1/", "https://127.1.2.3/hook"} {
		equal(t, url, sandbox.IsLocal(url), true)
	}
	for _, url := range []string{
		"https://example.com/hook", "http://127.0.0.1.example.com/", "http://localhost.example.com", "http://10.0.0.1/", "http://0.0.0.0/",
		"http://127.0.0.1@example.com/", "http://2130706433/", "http:///", "::",
	} {
		equal(t, url, sandbox.IsLocal(url), false)
		equal(t, url, sandbox.HTTPReceiver(t.Context(), sandbox.DeliveryRequest{Method: "POST", URL: url}), sandbox.DeliveryResult{})
	}
}

func TestHTTPReceiver_noResponse(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
	}{
		{"closed connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"truncated body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("content-length", "10")
			_, _ = io.WriteString(w, "half")
		}},
		{"cancelled", func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		}},
	} {
		receiver := httptest.NewServer(test.handler)
		equal(t, test.name, sandbox.HTTPReceiver(ctx, sandbox.DeliveryRequest{Method: "POST", URL: receiver.URL}), sandbox.DeliveryResult{})
		receiver.Close()
	}
	result := sandbox.HTTPReceiver(t.Context(), sandbox.DeliveryRequest{Method: "a b", URL: "http://localhost"})
	equal(t, "invalid method", result, sandbox.DeliveryResult{})
}
