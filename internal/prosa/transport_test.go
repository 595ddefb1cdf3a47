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
	"sync"
	"sync/atomic"
	"testing"
)

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		for method, run := range send {
			t.Run(fmt.Sprint(code, method), func(t *testing.T) {
				t.Parallel()
				other, otherServer := serve(t, reply(200, detailJSON))
				place := otherServer.URL + "/v2/speech/webhooks/somewhere/else"
				r, server := serve(t, reply(code, "<html>moved</html>", "Location", place))
				failure := asError(t, run(t.Context(), connect(t, server.URL)))
				equal(t, "requests", r.count(""), 1)
				equal(t, "requests to the other place", other.count(""), 0)
				equal(t, "location", failure.Location, place)
				equal(t, "may be done", failure.MayBeDone(), code == 303 && method != "GET")
				mustContain(t, failure.Error(), server.URL+"/webhooks/endpoints/"+idA, place, fmt.Sprint(code))
			})
		}
	}
}

func TestRedirectsAreNotFollowedWithinTheOrigin(t *testing.T) {
	t.Parallel()
	r, server := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) })
	failure := asError(t, send["GET"](t.Context(), connect(t, server.URL)))
	equal(t, "requests", r.count(""), 1)
	equal(t, "location", failure.Location, server.URL+"/login")
}

func TestTheLocationOfARedirectIsNamedWithoutWhatItMayHide(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"https://user:hunter2@sso.example.com/a/login?token=hunter2#hunter2":           "https://sso.example.com/a/login",
		"https://a-very-long-name-of-an-internal-host:8443/":                           "https://a-very-long-name-of-an-internal-host:8443/",
		"https://sso.example.com/v2/speech/webhooks/endpoints/" + idA:                  "https://sso.example.com/v2/speech/webhooks/endpoints/" + idA,
		"https://sso.example.com/" + testKey + "/x":                                    "https://sso.example.com/(redacted)/x",
		"https://sso.example.com/session/c2Vzc2lvbi10b2tlbi1vZi1zb21lYm9keQ==/landing": "https://sso.example.com/session/(redacted)/landing",
		"//elsewhere.example.com":                                                      "https://elsewhere.example.com",
		"::not a url::":                                                                "",
		"":                                                                             "",
	} {
		failure := asError(t, send["GET"](t.Context(), answered(t, 302, "", "Location", location)))
		equal(t, location, failure.Location, want)
		mustContain(t, failure.Error(), "302")
		mustNotContain(t, failure.Error(), "hunter2", testKey)
	}
}

func TestALocationOfAnythingButARedirectIsNone(t *testing.T) {
	t.Parallel()
	failure := asError(t, send["GET"](t.Context(), answered(t, 404, "x", "Location", "https://sso.example.com/")))
	equal(t, "location", failure.Location, "")
	if err := send["GET"](t.Context(), answered(t, 201, detailJSON, "Location", "https://sso.example.com/")); err != nil {
		t.Error(err)
	}
}

func TestNoMoreOfAnAnswerIsReadThanTheBound(t *testing.T) {
	t.Parallel()
	padded := func(length int) string {
		return `{"pad":"` + strings.Repeat("x", length-len(detailJSON)-len(`"pad":"",`)) + `",` + detailJSON[1:]
	}
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, _ = writer.Write([]byte(padded(1 << 20)))
	_ = writer.Close()
	for _, row := range []struct {
		name   string
		answer http.HandlerFunc
		good   bool
	}{
		{"as long as the bound", reply(200, padded(4096)), true},
		{"one byte longer", reply(200, padded(4097)), false},
		{"white space up to the bound", reply(200, detailJSON+strings.Repeat(" ", 4096-len(detailJSON))), true},
		{"white space beyond it", reply(200, detailJSON+strings.Repeat(" ", 4097-len(detailJSON))), false},
		{"endless value", endless(`{"pad":"`, "x"), false},
		{"endless white space", endless(detailJSON, " "), false},
		{"endless list", endless("[", "1,"), false},
		{"grown from little", reply(200, zipped.String(), "Content-Encoding", "gzip"), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r, server := serve(t, row.answer)
			c := connect(t, server.URL, func(c *Config) { c.MaxAnswer = 4096 })
			err := send["GET"](t.Context(), c)
			equal(t, "requests", r.count(""), 1)
			if row.good {
				if err != nil {
					t.Error(err)
				}
				return
			}
			failure := asError(t, err)
			if len(failure.Error()) > 600 {
				t.Errorf("%d characters of error", len(failure.Error()))
			}
			if row.name != "endless list" {
				mustContain(t, failure.Error(), "4096 bytes")
			}
		})
	}
	if _, err := connect(t, "https://api.test", func(c *Config) {
		c.Transport, c.MaxAnswer = always(200, "["+strings.Repeat(listJSON[1:len(listJSON)-1]+",", 99)+listJSON[1:]), 4096
	}).ListEndpoints(t.Context()); err == nil {
		t.Error("a listing beyond the bound was taken")
	}
	equal(t, "bound", connect(t, DefaultBaseURL).config.MaxAnswer, int64(64<<20))
}

// endless begins an answer and repeats something until the client hangs up.
func endless(beginning, more string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write([]byte(beginning))
		for block := []byte(strings.Repeat(more, 1000)); err == nil; {
			_, err = w.Write(block)
		}
	}
}

func TestAnEndlessErrorBodyEnds(t *testing.T) {
	t.Parallel()
	_, server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		endless("<p>no</p>\n", "x")(w, r)
	})
	failure := asError(t, send["GET"](t.Context(), connect(t, server.URL)))
	equal(t, "status, body", []any{failure.StatusCode, failure.Body}, []any{400, "<p>no</p>"})

	body := &counted{}
	c := connect(t, "https://api.test", func(c *Config) {
		c.Transport = transport(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 400, Header: http.Header{}, Body: body, Request: r}, nil
		})
	})
	asError(t, send["GET"](t.Context(), c))
	if body.read > 128<<10 || !body.closed {
		t.Errorf("%d bytes of an error were read; closed: %t", body.read, body.closed)
	}
}

// counted is an endless body that knows how much of it was read.
type counted struct {
	read   int
	closed bool
}

func (c *counted) Read(p []byte) (int, error) {
	c.read += len(p)
	return copy(p, bytes.Repeat([]byte("x"), len(p))), nil
}

func (c *counted) Close() error {
	c.closed = true
	return nil
}

// countDials counts the connections that a client of a bubble makes.
func countDials(count *atomic.Int64) func(*Config) {
	return func(c *Config) {
		through := c.Transport.(*http.Transport)
		dial := through.DialContext
		through.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			count.Add(1)
			return dial(ctx, network, address)
		}
	}
}

func TestOneConnectionIsEnoughForOneRequestAtATime(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		page := "<html>" + strings.Repeat("\n", 30<<10)
		var connections atomic.Int64
		c, r, _ := simulate(t, script(t,
			reply(200, detailJSON+"\n\n"), reply(503, page, "Retry-After", "0"), reply(429, page), reply(502, page), reply(200, detailJSON),
			reply(302, page, "Location", "/x"), reply(404, page), reply(200, listJSON), reply(200, detailJSON), reply(204, ""), reply(200, detailJSON), reply(200, detailJSON)),
			countDials(&connections))
		for range 4 {
			_ = send["GET"](t.Context(), c)
		}
		_ = send["PUT"](t.Context(), c)
		_ = send["DELETE"](t.Context(), c)
		_ = send["PUT"](t.Context(), c)
		_ = send["GET"](t.Context(), c)
		equal(t, "requests, connections", []int64{int64(r.count("")), connections.Load()}, []int64{12, 1})
	})
}

func TestNoMoreConnectionsThanRequestsAtTheSameTime(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const many = 150 // more than the standard library keeps of its own accord
		var connections atomic.Int64
		c, r, _ := simulate(t, slowly, countDials(&connections))
		for range 3 {
			var all sync.WaitGroup
			for range many {
				all.Go(func() {
					if err := send["GET"](t.Context(), c); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		equal(t, "requests, connections", []int64{int64(r.count("")), connections.Load()}, []int64{3 * many, many})
	})
}

// With HTTP/2, one connection serves all requests.
func TestHTTP2NeedsOneConnection(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(reply(200, detailJSON))
	server.EnableHTTP2 = true
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	c := connect(t, server.URL)
	c.config.Transport.(*http.Transport).TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
	if err := send["GET"](t.Context(), c); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if err := send["GET"](t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	equal(t, "connections", connections.Load(), int64(1))
}

func TestEveryAttemptIsLoggedWithoutItsBody(t *testing.T) {
	t.Parallel()
	var lines []string
	_, server := serve(t, script(t, reply(502, "<html>"+testKey), reply(200, detailJSON)))
	c := connect(t, server.URL, func(c *Config) { c.Log = collect(&lines) })
	if err := send["GET"](t.Context(), c); err != nil {
		t.Fatal(err)
	}
	equal(t, "lines", len(lines), 2)
	mustContain(t, lines[0], "status:502", "method:GET", "read the webhook endpoint", "url:"+server.URL+"/webhooks/endpoints/"+idA, "error:")
	mustContain(t, lines[1], "status:200")
	mustNotContain(t, strings.Join(lines, ""), testKey, keyA)
}
