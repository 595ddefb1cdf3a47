package prosa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
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
		checkAge(t, name, []step{{0, 1}, {3 * time.Second, 1}, {3*time.Second + 1, 2}, {time.Hour, 3}})
	}
}

func TestAListingServesOneRefreshHoweverLong(t *testing.T) {
	t.Parallel()
	steps := []step{{0, 1}}
	for range 100 { // five minutes of reads without a pause
		steps = append(steps, step{3 * time.Second, 1})
	}
	checkAge(t, "LookupEndpoint", append(steps, step{time.Second, 2}, step{3 * time.Second, 2}))
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

// writes are the operations that change endpoints, with the answers they need.
var writes = map[string]func(context.Context, *Client) error{
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
	for name, write := range writes {
		for readName, read := range reads {
			for _, good := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %s, good %t", name, readName, good), func(t *testing.T) {
					inBubble(t, func(t *testing.T) {
						a := &account{}
						a.add(hookParams, "")
						a.endpoints[0].ID = idA
						c, r, _ := simulate(t, func(w httpWriter, r *httpRequest) {
							if r.Method != "GET" && !good {
								reply(403, "no")(w, r)
								return
							}
							if r.Method == "DELETE" {
								reply(204, "")(w, r)
								return
							}
							a.ServeHTTP(w, r)
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
	gone := reply(404, `{"status":"webhook_endpoint_not_found","message":"x","context":{"endpoint_id":"`+idA+`"}}`)
	for name, row := range map[string]struct {
		detail  http.HandlerFunc
		isGone  bool
		isThere bool
	}{
		"gone": {gone, true, false}, "there all the same": {reply(200, detailJSON), false, true}, "bare 404": {reply(404, `{"detail":"Not Found"}`), false, false},
	} {
		r, server := serve(t, script(t, reply(200, "[]"), row.detail))
		c := connect(t, server.URL)
		e, err := c.LookupEndpoint(t.Context(), idA)
		equal(t, name+": gone", IsEndpointGone(err), row.isGone)
		equal(t, name+": there", err == nil, row.isThere)
		equal(t, name+": keys", e.Secrets == nil, true)
		equal(t, name+": target", r.all()[1].target, "/webhooks/endpoints/"+idA)
		if row.isThere {
			detail, err := c.ReadEndpoint(t.Context(), idA)
			equal(t, "the shared answer still has its keys", []any{len(detail.Secrets), err}, []any{1, nil})
		}
	}
}

func TestLookupTakesAnySpellingOfAnID(t *testing.T) {
	t.Parallel()
	r, server := serve(t, script(t, reply(200, listJSON)))
	e, err := connect(t, server.URL).LookupEndpoint(t.Context(), "497F6ECA-6276-4993-BFEB-53CBBBBA6F08")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "id, requests", []any{e.ID, r.count("")}, []any{idA, 1})
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
