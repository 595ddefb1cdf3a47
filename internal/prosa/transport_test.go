package prosa

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		for method, call := range send {
			for location, want := range map[string]string{
				"https://other.example.com/v2": "https://other.example.com/v2",
				"/login":                       "http://localhost/login",
			} {
				c, log := newClient(t, reply(code, "<html>moved</html>", "Location", location))
				failure := asError(t, call(t.Context(), c))
				what := fmt.Sprintf("%s, %d to %s: ", method, code, location)
				equal(t, what+"requests", log.count(""), 1)
				equal(t, what+"location", failure.Location, want)
				equal(t, what+"may be done", failure.MayBeDone(), code == 303 && method != "GET")
				mustContain(t, failure.Error(), "http://localhost"+endpointsPath+"/"+idA, want, fmt.Sprint(code))
			}
		}
	}
}

func TestLocationOfARedirectIsRedacted(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"https://user:hunter2@sso.example.com/a/login?token=hunter2#hunter2":           "https://sso.example.com/a/login",
		"https://a-very-long-name-of-an-internal-host:8443/":                           "https://a-very-long-name-of-an-internal-host:8443/",
		"https://sso.example.com/v2/speech/webhooks/endpoints/" + idA:                  "https://sso.example.com/v2/speech/webhooks/endpoints/" + idA,
		"https://sso.example.com/" + testKey + "/x":                                    "https://sso.example.com/(redacted)/x",
		"https://sso.example.com/session/c2Vzc2lvbi10b2tlbi1vZi1zb21lYm9keQ==/landing": "https://sso.example.com/session/(redacted)/landing",
		"//elsewhere.example.com":                                                      "http://elsewhere.example.com",
		"::not a url::":                                                                "",
		"":                                                                             "",
	} {
		failure := asError(t, send["GET"](t.Context(), clientFor(t, 302, "", "Location", location)))
		equal(t, location, failure.Location, want)
		mustContain(t, failure.Error(), "302")
		mustNotContain(t, failure.Error(), "hunter2", testKey)
	}
}

func TestLocationIsIgnoredUnlessItIsARedirect(t *testing.T) {
	t.Parallel()
	failure := asError(t, send["GET"](t.Context(), clientFor(t, 404, "x", "Location", "https://sso.example.com/")))
	equal(t, "location", failure.Location, "")
	if err := send["GET"](t.Context(), clientFor(t, 201, detailJSON, "Location", "https://sso.example.com/")); err != nil {
		t.Error(err)
	}
}

func TestResponseIsReadUpToALimit(t *testing.T) {
	t.Parallel()
	padded := func(length int) string {
		return `{"pad":"` + strings.Repeat("x", length-len(detailJSON)-len(`"pad":"",`)) + `",` + detailJSON[1:]
	}
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, _ = writer.Write([]byte(padded(1 << 20)))
	_ = writer.Close()
	for name, row := range map[string]struct {
		response http.HandlerFunc
		good     bool
	}{
		"as long as the limit":        {reply(200, padded(4096)), true},
		"one byte longer":             {reply(200, padded(4097)), false},
		"white space up to the limit": {reply(200, detailJSON+strings.Repeat(" ", 4096-len(detailJSON))), true},
		"more white space":            {reply(200, detailJSON+strings.Repeat(" ", 4097-len(detailJSON))), false},
		"endless value":               {endless(200, `{"pad":"`, "x"), false},
		"endless white space":         {endless(200, detailJSON, " "), false},
		"long when decompressed":      {reply(200, zipped.String(), "Content-Encoding", "gzip"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, log := newClient(t, row.response, func(c *Config) { c.MaxResponseSize = 4096 })
			err := send["GET"](t.Context(), c)
			equal(t, "requests", log.count(""), 1)
			if row.good {
				equal(t, "error", err, nil)
				return
			}
			failure := asError(t, err)
			mustContain(t, failure.Error(), "4096 bytes")
			if len(failure.Error()) > 600 {
				t.Errorf("the error has %d characters, want at most 600", len(failure.Error()))
			}
		})
	}
	c, _ := newClient(t, respondList(100, endpointJSON), func(c *Config) { c.MaxResponseSize = 4096 })
	if _, err := c.ListEndpoints(t.Context()); err == nil {
		t.Error("a listing beyond the limit is accepted")
	}
}

// endless begins a response and continues it until the client closes the connection.
func endless(status int, beginning, more string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, err := w.Write([]byte(beginning))
		for block := []byte(strings.Repeat(more, 1000)); err == nil; {
			_, err = w.Write(block)
		}
	}
}

func TestEndlessErrorIsReadUpToALimit(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, endless(400, "<p>no</p>\n", "x"))
	failure := asError(t, send["GET"](t.Context(), c))
	equal(t, "status, body", []any{failure.StatusCode, failure.Body}, []any{400, "<p>no</p>"})
}

// countConnections counts the connections that a client makes.
func countConnections(count *atomic.Int64) func(*Config) {
	return wrapDial(func(dial dialer) dialer {
		return func(ctx context.Context, network, address string) (net.Conn, error) {
			count.Add(1)
			return dial(ctx, network, address)
		}
	})
}

func TestConnectionIsReusedAfterAnyResponse(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		page := "<html>" + strings.Repeat("\n", 30<<10)
		var connections atomic.Int64
		c, log := newClient(t, inTurn(t,
			reply(200, detailJSON+"\n\n"), reply(503, page, "Retry-After", "0"), reply(429, page), reply(502, page), reply(200, detailJSON),
			reply(302, page, "Location", "/x"), reply(404, page), reply(200, listJSON), reply(200, detailJSON), reply(204, ""),
			reply(200, detailJSON), reply(200, detailJSON)),
			countConnections(&connections))
		for _, method := range []string{"GET", "GET", "GET", "GET", "PUT", "DELETE", "PUT", "GET"} {
			_ = send[method](t.Context(), c)
		}
		equal(t, "requests, connections", []int64{int64(log.count("")), connections.Load()}, []int64{12, 1})
	})
}

func TestConnectionsAreReusedByParallelRequests(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const parallel = 150 // more idle connections than net/http keeps by default
		var connections atomic.Int64
		c, log := newClient(t, http.HandlerFunc(respondAfterASecond), countConnections(&connections))
		for range 3 {
			sendInParallel(t, c, parallel)
		}
		equal(t, "requests, connections", []int64{int64(log.count("")), connections.Load()}, []int64{3 * parallel, parallel})
	})
	// The default transport keeps as many.
	c, err := New(Config{BaseURL: DefaultBaseURL, APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "idle connections", c.config.Transport.(*http.Transport).MaxIdleConnsPerHost, idleConnections)
}

func TestHTTP2UsesOneConnection(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(success["GET"])
	server.EnableHTTP2 = true
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	c, err := New(Config{BaseURL: server.URL, APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	transport := c.config.Transport.(*http.Transport)
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
	t.Cleanup(transport.CloseIdleConnections)
	sendInParallel(t, c, 1)
	sendInParallel(t, c, 200)
	equal(t, "connections", connections.Load(), int64(1))
}

func TestEveryAttemptIsLoggedWithoutItsBody(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var lines []string
		c, _ := newClient(t, inTurn(t, reply(502, "<html>"+testKey), reply(200, detailJSON)), logTo(&lines))
		mustCall(t, c, send["GET"])
		equal(t, "lines", len(lines), 2)
		mustContain(t, lines[0], "status:502", "method:GET", "read the webhook endpoint", "url:http://localhost"+endpointsPath+"/"+idA, "error:")
		mustContain(t, lines[1], "status:200")
		mustNotContain(t, strings.Join(lines, ""), testKey, keyA)
	})
}
