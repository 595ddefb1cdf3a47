package prosa

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// reads are the ways to share an answer; each is served by listJSON or detailJSON.
var reads = map[string]func(context.Context, *Client) error{
	"LookupEndpoint":  func(ctx context.Context, c *Client) error { _, err := c.LookupEndpoint(ctx, idA); return err },
	"SharedEndpoints": func(ctx context.Context, c *Client) error { _, err := c.SharedEndpoints(ctx); return err },
	"FindByURL":       func(ctx context.Context, c *Client) error { _, err := c.FindByURL(ctx, hookURL); return err },
	"ReadEndpoint":    func(ctx context.Context, c *Client) error { _, err := c.ReadEndpoint(ctx, idA); return err },
}

// slowly answers listings and details after a second.
func slowly(w httpWriter, r *httpRequest) {
	time.Sleep(time.Second)
	if r.RequestURI == "/v2/speech/webhooks/endpoints" {
		reply(200, listJSON)(w, r)
		return
	}
	reply(200, detailJSON)(w, r)
}

func TestReadsAtTheSameTimeShareOneAnswer(t *testing.T) {
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c, r, _ := simulate(t, slowly)
				start := time.Now()
				var all sync.WaitGroup
				for range 25 {
					all.Go(func() {
						if err := read(t.Context(), c); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				equal(t, "requests", r.count(""), 1)
				equal(t, "taken", time.Since(start), time.Second)
			})
		})
	}
}

func TestLookupsAndFindsShareOneListing(t *testing.T) {
	t.Parallel()
	r, server := serve(t, script(t, reply(200, listJSON)))
	c := connect(t, server.URL)
	for _, name := range []string{"LookupEndpoint", "SharedEndpoints", "FindByURL"} {
		if err := reads[name](t.Context(), c); err != nil {
			t.Error(err)
		}
	}
	equal(t, "requests", r.count(""), 1)
}

// step is a read after a while, and how many requests have been made by then.
type step struct {
	advance  time.Duration
	requests int
}

func TestASharedAnswerGetsOld(t *testing.T) {
	t.Parallel()
	for name := range reads {
		lifetime := cacheLifetime
		if name == "ReadEndpoint" {
			lifetime = detailLifetime
		}
		checkAge(t, name, []step{{0, 1}, {lifetime / 2, 1}, {lifetime / 2, 1}, {1, 2}, {time.Hour, 3}})
	}
}

// When the API is down, a refresh of many endpoints does not run through all retries for every ten of them.
func TestAFailureIsSharedWithThoseRightAfterIt(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{"hangs": silent, "502": reply(502, "x"), "401": reply(401, `{"status":"auth_unauthorized","message":"x"}`)} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c, r, _ := simulate(t, answer)
				start := time.Now()
				places := make(chan struct{}, 10)
				var all sync.WaitGroup
				for n := range 500 {
					places <- struct{}{}
					all.Go(func() {
						if _, err := c.LookupEndpoint(t.Context(), fmt.Sprint("e", n)); err == nil {
							t.Error("no error")
						}
						<-places
					})
				}
				all.Wait()
				if taken := time.Since(start); taken > 3*time.Minute || r.count("") > 2*(1+DefaultMaxRetries) {
					t.Errorf("%d requests in %s", r.count(""), taken)
				}
			})
		})
	}
}

// The age counts from the arrival: an API that takes longer than that for a listing is not asked by everyone in turn.
func TestASlowAnswerIsSharedToo(t *testing.T) {
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c, r, _ := simulate(t, func(w httpWriter, r *httpRequest) {
					time.Sleep(2 * cacheLifetime)
					slowly(w, r)
				})
				for range 3 {
					if err := read(t.Context(), c); err != nil {
						t.Error(err)
					}
				}
				equal(t, "requests", r.count(""), 1)
			})
		})
	}
}

func checkAge(t *testing.T, name string, steps []step) {
	t.Helper()
	clock := newClock()
	r, server := serve(t, func(w httpWriter, r *httpRequest) {
		if r.RequestURI == "/webhooks/endpoints" {
			reply(200, listJSON)(w, r)
			return
		}
		reply(200, detailJSON)(w, r)
	})
	c := connect(t, server.URL, func(c *Config) { c.Now = clock.Now })
	for i, s := range steps {
		clock.advance(s.advance)
		if err := reads[name](t.Context(), c); err != nil {
			t.Error(err)
		}
		equal(t, fmt.Sprintf("%s, step %d, after %s", name, i, s.advance), r.count(""), s.requests)
	}
}

// writing are the operations that change endpoints, with the answers they need.
var writing = map[string]func(context.Context, *Client) error{
	"create": func(ctx context.Context, c *Client) error {
		_, err := c.CreateEndpoint(ctx, hookParams, "")
		return err
	},
	"update": send["PUT"],
	"delete": send["DELETE"],
	"rotate": func(ctx context.Context, c *Client) error {
		_, err := c.RotateSecret(ctx, idA, threeDays)
		return err
	},
}

func TestAnyWriteDropsWhatIsShared(t *testing.T) {
	for name, write := range writing {
		for readName, read := range reads {
			for _, good := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %s, good %t", name, readName, good), func(t *testing.T) {
					inBubble(t, func(t *testing.T) {
						api := &sandbox.Server{}
						e := hook(hookParams)
						e.ID = idA
						api.AddEndpoint(e)
						c, r, _ := simulate(t, func(w httpWriter, r *httpRequest) {
							if r.Method != "GET" && !good {
								reply(403, "no")(w, r)
								return
							}
							if r.Method == "DELETE" {
								reply(204, "")(w, r) // it stays there to be read
								return
							}
							api.ServeHTTP(w, r)
						})
						ask := func() int {
							before := r.count("GET")
							if err := read(t.Context(), c); err != nil {
								t.Error(err)
							}
							return r.count("GET") - before
						}
						equal(t, "first", ask(), 1)
						equal(t, "again", ask(), 0)
						if err := write(t.Context(), c); (err == nil) != good {
							t.Fatal(err)
						}
						equal(t, "after the write", ask(), 1)
						equal(t, "again", ask(), 0)
					})
				})
			}
		}
	}
}

// While a write is under way, nobody knows any more whether what was read before it still holds.
func TestAWriteDropsWhatIsSharedAtItsBeginning(t *testing.T) {
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c, r, _ := simulate(t, slowly)
				if err := read(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				var all sync.WaitGroup
				all.Go(func() {
					if err := send["PUT"](t.Context(), c); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
				if err := read(t.Context(), c); err != nil {
					t.Error(err)
				}
				all.Wait()
				equal(t, "reads", r.count("GET"), 2)
			})
		})
	}
}

// TestAWriteDropsAnAnswerThatIsOnItsWay has a read before, and a read during a write, answered with what was there
// before the write: a read after it must not be given that.
func TestAWriteDropsAnAnswerThatIsOnItsWay(t *testing.T) {
	const slow = 10 * time.Second
	for name, read := range reads {
		for _, started := range []time.Duration{0, 1500 * time.Millisecond} { // the write takes from 1 s to 2 s
			t.Run(fmt.Sprint(name, " after ", started), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					c, r, _ := simulate(t, func(w httpWriter, r *httpRequest) {
						switch {
						case r.Method == "PUT":
							time.Sleep(time.Second)
						case r.Method == "GET":
							time.Sleep(slow)
						}
						slowly(w, r)
					}, func(c *Config) { c.RequestTimeout = time.Minute })
					var all sync.WaitGroup
					for _, at := range []time.Duration{started, 4 * time.Second, 5 * time.Second} {
						all.Go(func() {
							time.Sleep(at)
							if err := read(t.Context(), c); err != nil {
								t.Error(err)
							}
						})
					}
					time.Sleep(time.Second)
					if err := send["PUT"](t.Context(), c); err != nil {
						t.Error(err)
					}
					all.Wait()
					equal(t, "reads", r.count("GET"), 2)
				})
			})
		}
	}
}

func TestAnEndpointMissingInTheListingIsAskedForByID(t *testing.T) {
	t.Parallel()
	r, server := serve(t, script(t, reply(200, "[]"), reply(200, detailJSON)))
	c := connect(t, server.URL)
	e, err := c.LookupEndpoint(t.Context(), idA)
	equal(t, "id, keys, error", []any{e.ID, e.Secrets == nil, err}, []any{idA, true, nil})
	equal(t, "target", r.all()[1].target, "/webhooks/endpoints/"+idA)
	detail, err := c.ReadEndpoint(t.Context(), idA)
	equal(t, "the shared answer still has its keys", []any{len(detail.Secrets), err}, []any{1, nil})
}

func TestAListingThatLeavesFieldsOutIsCompleted(t *testing.T) {
	t.Parallel()
	_, server := serve(t, func(w httpWriter, r *httpRequest) {
		if strings.HasSuffix(r.RequestURI, "endpoints") {
			reply(200, `[{"id":"`+idA+`","url":"`+hookURL+`"}]`)(w, r)
			return
		}
		reply(200, strings.Replace(detailJSON, `"event_filters":[]`, `"event_filters":["x","y","x"]`, 1))(w, r)
	})
	c := connect(t, server.URL)
	e, err := c.LookupEndpoint(t.Context(), idA)
	equal(t, "endpoint", []any{e.SSLVerification, e.EventFilters, err}, []any{true, []string{"x", "y"}, nil})
	all, err := c.SharedEndpoints(t.Context())
	equal(t, "endpoints", []any{len(all), all[0].EventFilters, err}, []any{1, []string{"x", "y"}, nil})
}

// TestWhatA404Means has every request about an endpoint answered with 404 in each form, while the endpoint is there,
// is deleted, or cannot be listed.
func TestWhatA404Means(t *testing.T) {
	t.Parallel()
	const prosas = `{"status":"webhook_endpoint_not_found","message":"x","context":{"endpoint_id":"%s"}}`
	bodies := map[string]struct {
		body    string
		certain bool
	}{
		"Prosa's":             {fmt.Sprintf(prosas, idA), true},
		"without a context":   {`{"status":"webhook_endpoint_not_found","message":"x"}`, true},
		"of another endpoint": {fmt.Sprintf(prosas, idB), false},
		"in another spelling": {`{"status":"endpoint_not_found","message":"x"}`, false},
		"of another kind":     {`{"status":"webhook_event_not_found","message":"x"}`, false},
		"FastAPI's":           {`{"detail":"Not Found"}`, false},
		"a page of a gateway": {"<html>404</html>", false},
		"nothing":             {"", false},
	}
	listings := map[string]http.HandlerFunc{
		"listed": reply(200, listJSON), "not listed": reply(200, "[]"), "no listing": reply(404, fmt.Sprintf(prosas, idA)), "a page": reply(200, "<html>"),
	}
	requests := maps.Clone(send)
	requests["rotate"] = func(ctx context.Context, c *Client) error {
		return c.do(ctx, &request{method: "POST", path: endpointPath(idA, "secret")})
	}
	for form, body := range bodies {
		for state, listing := range listings {
			for name, run := range requests {
				r, server := serve(t, func(w httpWriter, r *httpRequest) {
					if r.RequestURI == "/webhooks/endpoints" {
						listing(w, r)
						return
					}
					reply(404, body.body)(w, r)
				})
				err := run(t.Context(), connect(t, server.URL, func(c *Config) { c.MaxRetries = 0 }))
				failure := asError(t, err)
				what := fmt.Sprintf("%s, %s, %s: ", form, state, name)
				equal(t, what+"deleted", IsEndpointGone(err), body.certain || state == "not listed")
				equal(t, what+"unsupported", failure.Unsupported, !body.certain && state == "listed")
				equal(t, what+"may be done", failure.MayBeDone(), false)
				want := 2
				if body.certain {
					want = 1
				}
				equal(t, what+"requests", r.count(""), want)
			}
		}
	}
}

// A 404 for the listing says nothing of any endpoint, whatever it says.
func TestA404ForTheListingDeletesNothing(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(context.Context, *Client) error{"LookupEndpoint": reads["LookupEndpoint"], "SharedEndpoints": reads["SharedEndpoints"]} {
		_, server := serve(t, func(w httpWriter, r *httpRequest) {
			reply(404, `{"status":"webhook_endpoint_not_found","message":"x","context":{"endpoint_id":"`+idA+`"}}`)(w, r)
		})
		equal(t, name, IsEndpointGone(read(t.Context(), connect(t, server.URL))), false)
	}
}

func TestIDsAreOpaque(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"497f6eca62764993bfeb53cbbbba6f08", "497F6ECA-6276-4993-BFEB-53CBBBBA6F08", "a/b?c#d %2F:é", ".."} {
		r, server := serve(t, func(w httpWriter, r *httpRequest) {
			reply(200, strings.ReplaceAll(detailJSON, `"`+idA+`"`, asJSON(id)))(w, r)
		})
		e, err := connect(t, server.URL).GetEndpoint(t.Context(), id)
		equal(t, id, []any{e.ID, err}, []any{id, nil})
		target := strings.TrimPrefix(r.all()[0].target, "/webhooks/endpoints/")
		if got, err := url.PathUnescape(target); got != id || err != nil || strings.Contains(target, "/") {
			t.Errorf("%q is asked for as %q", id, target)
		}
	}
	if _, err := answered(t, 200, detailJSON).GetEndpoint(t.Context(), strings.ToUpper(idA)); err == nil {
		t.Error("ids that differ in case are the same")
	}
}

func TestFindByURLComparesInNormalForm(t *testing.T) {
	t.Parallel()
	_, server := serve(t, reply(200, `[{"id":"`+idA+`","url":"https://example.com/","ssl_verification":true},`+
		`{"id":"`+idB+`","url":"https://EXAMPLE.com:443","ssl_verification":true},{"id":"`+idC+`","url":"https://example.com/x","ssl_verification":true}]`))
	c := connect(t, server.URL)
	for url, want := range map[string][]string{"https://Example.com": {idA, idB}, "https://example.com/x": {idC}, "https://example.com/y": nil} {
		found, err := c.FindByURL(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, url, idsOf(found), want)
	}
}

func TestAFailureIsSharedLikeAnAnswer(t *testing.T) {
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c, r, _ := simulate(t, func(w httpWriter, r *httpRequest) {
					time.Sleep(time.Second)
					reply(500, "broken")(w, r)
				})
				var all sync.WaitGroup
				for range 20 {
					all.Go(func() {
						if err := read(t.Context(), c); err == nil || As(err).StatusCode != 500 {
							t.Errorf("got %v", err)
						}
					})
				}
				all.Wait()
				equal(t, "requests", r.count(""), 1)
				time.Sleep(time.Minute)
				_ = read(t.Context(), c)
				equal(t, "requests later on", r.count(""), 2)
			})
		})
	}
}

// TestWhoeverGivesUpDoesNotFailTheOthers ends the context of the one who asked, in each way it can be waiting.
func TestWhoeverGivesUpDoesNotFailTheOthers(t *testing.T) {
	for stage, firstAnswer := range map[string]http.HandlerFunc{
		"during the request": silent, "before the next attempt": reply(502, "x"), "while throttled": reply(429, "", "Retry-After", "60"), "in the middle of the body": stuck(200, "["),
	} {
		for how, giveUp := range map[string]func(*testing.T) context.Context{
			"interrupt": func(t *testing.T) context.Context { return cancelAfter(t, 100*time.Millisecond) },
			"deadline": func(t *testing.T) context.Context {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				t.Cleanup(cancel)
				return ctx
			},
		} {
			for name, read := range reads {
				t.Run(stage+"/"+how+"/"+name, func(t *testing.T) {
					inBubble(t, func(t *testing.T) {
						c, r, _ := simulate(t, func() http.HandlerFunc {
							var once sync.Once
							return func(w httpWriter, r *httpRequest) {
								answer := slowly
								once.Do(func() { answer = firstAnswer })
								answer(w, r)
							}
						}())
						var all sync.WaitGroup
						ctx := giveUp(t)
						all.Go(func() {
							if err := read(ctx, c); !errors.Is(err, ctx.Err()) {
								t.Errorf("whoever gave up got %v", err)
							}
						})
						synctest.Wait()
						for range 5 {
							all.Go(func() {
								if err := read(t.Context(), c); err != nil {
									t.Error(err)
								}
							})
						}
						all.Wait()
						equal(t, "requests", r.count(""), 2)
					})
				})
			}
		}
	}
}

func TestAWaiterMayGiveUpAlone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, r, _ := simulate(t, slowly)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := c.SharedEndpoints(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		start := time.Now()
		got, err := c.SharedEndpoints(cancelAfter(t, 100*time.Millisecond))
		if !errors.Is(err, context.Canceled) || got != nil {
			t.Errorf("got %v, %v", got, err)
		}
		equal(t, "taken", time.Since(start), 100*time.Millisecond)
		all.Wait()
		equal(t, "requests", r.count(""), 1)
	})
}
