package prosa

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// reads has the methods that share responses.
var reads = map[string]clientCall{
	"LookupEndpoint":  func(ctx context.Context, c *Client) error { _, err := c.LookupEndpoint(ctx, idA); return err },
	"SharedEndpoints": func(ctx context.Context, c *Client) error { _, err := c.SharedEndpoints(ctx); return err },
	"FindByURL":       func(ctx context.Context, c *Client) error { _, err := c.FindByURL(ctx, hookURL); return err },
	"ReadEndpoint":    func(ctx context.Context, c *Client) error { _, err := c.ReadEndpoint(ctx, idA); return err },
}

// writing has the methods that change endpoints.
var writing = map[string]clientCall{
	"create": func(ctx context.Context, c *Client) error {
		_, err := c.CreateEndpoint(ctx, hookParams, "")
		return err
	},
	"update": send["PUT"],
	"delete": send["DELETE"],
	"rotate": func(ctx context.Context, c *Client) error { _, err := c.RotateSecret(ctx, idA, threeDays); return err },
}

// respondToReads responds to each method of reads.
var respondToReads = replyByPath(reply(200, listJSON), reply(200, detailJSON))

// respondAfterASecond is respondToReads with a latency of a second.
func respondAfterASecond(w http.ResponseWriter, r *http.Request) {
	time.Sleep(time.Second)
	respondToReads(w, r)
}

func TestParallelReadsShareOneRequest(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		runInBubble(t, name, func(t *testing.T) {
			c, log := newClient(t, http.HandlerFunc(respondAfterASecond))
			start := time.Now()
			inParallel(25, func(int) { mustCall(t, c, read) })
			equal(t, "requests", log.count(""), 1)
			equal(t, "elapsed", time.Since(start), time.Second)
		})
	}
}

func TestReadsShareOneListing(t *testing.T) {
	t.Parallel()
	c, log := newClient(t, respondToReads)
	for _, name := range []string{"LookupEndpoint", "SharedEndpoints", "FindByURL"} {
		mustCall(t, c, reads[name])
	}
	equal(t, "requests", log.count(""), 1)
}

// The lifetime begins when the response arrives. If it began with the request, an API that takes longer than the lifetime
// to respond would get a request from each reader.
func TestSharedReadExpires(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		lifetime := cacheLifetime
		if name == "ReadEndpoint" {
			lifetime = detailLifetime
		}
		for _, latency := range []time.Duration{0, 2 * cacheLifetime} {
			runInBubble(t, fmt.Sprintf("%s, latency %s", name, latency), func(t *testing.T) {
				c, log := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(latency)
					respondToReads(w, r)
				}), func(c *Config) { c.RequestTimeout = time.Minute })
				for _, row := range []struct {
					wait     time.Duration
					requests int
				}{{0, 1}, {lifetime / 2, 1}, {lifetime / 2, 1}, {1, 2}} {
					time.Sleep(row.wait)
					mustCall(t, c, read)
					equal(t, fmt.Sprintf("requests after %s more", row.wait), log.count(""), row.requests)
				}
			})
		}
	}
}

// If the API is down, a refresh of many endpoints, ten in parallel, must not go through all retries once for every ten.
func TestFailureIsSharedWithTheNextReads(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]http.HandlerFunc{"hangs": hang, "502": reply(502, "x"), "401": reply(401, "x")} {
		runInBubble(t, name, func(t *testing.T) {
			c, log := newClient(t, response, func(c *Config) { c.RequestTimeout = 30 * time.Second })
			start := time.Now()
			inParallel(10, func(worker int) {
				for n := range 50 {
					if _, err := c.LookupEndpoint(t.Context(), fmt.Sprint(worker, "-", n)); err == nil {
						t.Error("no error")
					}
				}
			})
			requests := log.count("")
			if elapsed := time.Since(start); elapsed > 3*time.Minute || requests > 2*(1+DefaultMaxRetries) {
				t.Errorf("%d requests in %s, want the retries of at most two calls", requests, elapsed)
			}
			time.Sleep(failureLifetime)
			asError(t, reads["LookupEndpoint"](t.Context(), c))
			equal(t, "sent requests after the lifetime", log.count("") > requests, true)
		})
	}
}

func TestWriteDropsTheCaches(t *testing.T) {
	t.Parallel()
	for name, write := range writing {
		for readName, read := range reads {
			for _, succeeds := range []bool{true, false} {
				runInBubble(t, fmt.Sprintf("%s, %s, succeeds %t", name, readName, succeeds), func(t *testing.T) {
					api := sandboxWithEndpoint()
					c, log := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						switch {
						case r.Method != http.MethodGet && !succeeds:
							reply(403, "no")(w, r)
						case r.Method == http.MethodDelete:
							reply(204, "")(w, r) // without deleting it, so that the reads succeed
						default:
							api.ServeHTTP(w, r)
						}
					}))
					requestsOfRead := func() int {
						before := log.count("GET")
						mustCall(t, c, read)
						return log.count("GET") - before
					}
					equal(t, "first read", requestsOfRead(), 1)
					equal(t, "second read", requestsOfRead(), 0)
					if err := write(t.Context(), c); (err == nil) != succeeds {
						t.Fatal(err)
					}
					equal(t, "read after the write", requestsOfRead(), 1)
					equal(t, "second read after the write", requestsOfRead(), 0)
				})
			}
		}
	}
}

// A response that was requested before or during a write may be older than the write. Later reads must not get it.
func TestReadAfterAWriteIsNotOlderThanTheWrite(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		for _, started := range []time.Duration{0, 1500 * time.Millisecond} { // the write takes from 1 s to 2 s
			runInBubble(t, fmt.Sprint(name, " after ", started), func(t *testing.T) {
				c, log := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet {
						time.Sleep(10 * time.Second)
					}
					respondAfterASecond(w, r)
				}), func(c *Config) { c.RequestTimeout = time.Minute })
				at := []time.Duration{started, time.Second, 4 * time.Second, 5 * time.Second}
				calls := []clientCall{read, send["PUT"], read, read}
				inParallel(len(calls), func(n int) {
					time.Sleep(at[n])
					mustCall(t, c, calls[n])
				})
				equal(t, "reads", log.count("GET"), 2)
			})
		}
	}
}

func TestReadDuringAWriteIgnoresTheCache(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		runInBubble(t, name, func(t *testing.T) {
			c, log := newClient(t, http.HandlerFunc(respondAfterASecond))
			mustCall(t, c, read)
			var update sync.WaitGroup
			update.Go(func() { mustCall(t, c, send["PUT"]) })
			synctest.Wait()
			mustCall(t, c, read)
			update.Wait()
			equal(t, "reads", log.count("GET"), 2)
		})
	}
}

func TestLookupReadsAnEndpointMissingFromTheListing(t *testing.T) {
	t.Parallel()
	c, log := newClient(t, inTurn(t, reply(200, "[]"), reply(200, detailJSON)))
	e, err := c.LookupEndpoint(t.Context(), idA)
	equal(t, "id, no secrets, error", []any{e.ID, e.Secrets == nil, err}, []any{idA, true, nil})
	equal(t, "target", log.all()[1].target, endpointsPath+"/"+idA)
	e, err = c.ReadEndpoint(t.Context(), idA)
	equal(t, "secrets in the cache, error", []any{len(e.Secrets), err}, []any{1, nil})
}

func TestSparseListingIsCompleted(t *testing.T) {
	t.Parallel()
	complete := strings.Replace(detailJSON, `"event_filters":[]`, `"event_filters":["x","y","x"]`, 1)
	listing := reply(200, `[{"id":"`+idA+`","url":"`+hookURL+`"}]`)
	c, _ := newClient(t, replyByPath(listing, reply(200, complete)))
	e, err := c.LookupEndpoint(t.Context(), idA)
	equal(t, "endpoint", []any{e.SSLVerification, e.EventFilters, err}, []any{true, []string{"x", "y"}, nil})
	all, err := c.SharedEndpoints(t.Context())
	equal(t, "endpoints", []any{len(all), all[0].EventFilters, err}, []any{1, []string{"x", "y"}, nil})
	ids, err := c.Overlapping(t.Context(), EndpointParams{URL: hookURL, EventFilters: []string{"y"}}, "")
	equal(t, "overlapping, error", []any{ids, err}, []any{[]string{idA}, nil})
	ids, err = c.Overlapping(t.Context(), EndpointParams{URL: hookURL, EventFilters: []string{"z"}}, "")
	equal(t, "not overlapping, error", []any{len(ids), err}, []any{0, nil})

	c, _ = newClient(t, replyByPath(listing, reply(404, deletedMessage)))
	all, err = c.SharedEndpoints(t.Context())
	equal(t, "deleted meanwhile", []any{len(all), err}, []any{0, nil})
}

// An endpoint is deleted if Prosa's own 404 says so, or if a listing that is read after another 404 lacks it.
func TestEndpointIsDeletedOrUnsupportedAfterA404(t *testing.T) {
	t.Parallel()
	bodies := map[string]struct {
		body    string
		certain bool
	}{
		"Prosa":               {deletedMessage, true},
		"Prosa, no context":   {`{"status":"webhook_endpoint_not_found","message":"x"}`, true},
		"Prosa, other id":     {strings.ReplaceAll(deletedMessage, idA, idB), false},
		"Prosa, other status": {`{"status":"endpoint_not_found","message":"x"}`, false},
		"Prosa, other object": {`{"status":"webhook_event_not_found","message":"x"}`, false},
		"FastAPI":             {`{"detail":"Not Found"}`, false},
		"HTML":                {"<html>404</html>", false},
		"empty":               {"", false},
	}
	listings := map[string]http.HandlerFunc{
		"listed": reply(200, listJSON), "not listed": reply(200, "[]"),
		"listing fails with 404": reply(404, deletedMessage), "listing is HTML": reply(200, "<html>"),
	}
	calls := maps.Clone(send)
	calls["rotate"] = func(ctx context.Context, c *Client) error {
		return c.do(ctx, &request{method: "POST", path: endpointPath(idA, "secret")})
	}
	for form, body := range bodies {
		for state, listing := range listings {
			for name, call := range calls {
				c, log := newClient(t, replyByPath(listing, reply(404, body.body)))
				err := call(t.Context(), c)
				failure := asError(t, err)
				what := fmt.Sprintf("%s, %s, %s: ", form, state, name)
				equal(t, what+"deleted", IsEndpointDeleted(err), body.certain || state == "not listed")
				equal(t, what+"unsupported", failure.Unsupported, !body.certain && state == "listed")
				equal(t, what+"may be done", failure.MayBeDone(), false)
				want := 2
				if body.certain {
					want = 1
				}
				equal(t, what+"requests", log.count(""), want)
			}
		}
	}
}

func TestListingThatFailsWith404DeletesNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"LookupEndpoint", "SharedEndpoints"} {
		equal(t, name, IsEndpointDeleted(reads[name](t.Context(), clientFor(t, 404, deletedMessage))), false)
	}
}

func TestIDsAreComparedExactly(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"497f6eca62764993bfeb53cbbbba6f08", strings.ToUpper(idA), "a/b?c#d %2F:é", ".."} {
		e, err := clientFor(t, 200, strings.ReplaceAll(detailJSON, `"`+idA+`"`, asJSON(id))).GetEndpoint(t.Context(), id)
		equal(t, "id, error", []any{e.ID, err}, []any{id, nil})
		if _, err := clientFor(t, 200, detailJSON).GetEndpoint(t.Context(), id); err == nil {
			t.Errorf("%s is accepted for %s", idA, id)
		}
	}
}

func TestFindByURLComparesNormalizedURLs(t *testing.T) {
	t.Parallel()
	c := clientFor(t, 200, `[{"id":"`+idA+`","url":"https://example.com/","ssl_verification":true},`+
		`{"id":"`+idB+`","url":"https://EXAMPLE.com:443","ssl_verification":true},`+
		`{"id":"`+idC+`","url":"https://example.com/x","ssl_verification":true}]`)
	for url, want := range map[string][]string{
		"https://Example.com": {idA, idB}, "https://example.com/x": {idC}, "https://example.com/y": nil,
	} {
		found, err := c.FindByURL(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, url, idsOf(found), want)
	}
}

func TestInterruptedReaderDoesNotFailTheOthers(t *testing.T) {
	t.Parallel()
	for stage, first := range map[string]http.HandlerFunc{
		"request": hang, "backoff": reply(502, "x"), "429": reply(429, "", "Retry-After", "60"), "body": stall(200, "["),
	} {
		for name, read := range reads {
			runInBubble(t, stage+"/"+name, func(t *testing.T) {
				c, log := newClient(t, inTurn(t, first, respondAfterASecond))
				var interrupted sync.WaitGroup
				interrupted.Go(func() {
					if err := read(cancelAfter(t, 100*time.Millisecond), c); !errors.Is(err, context.Canceled) {
						t.Errorf("the interrupted reader got %v, want context.Canceled", err)
					}
				})
				synctest.Wait()
				inParallel(5, func(int) { mustCall(t, c, read) })
				interrupted.Wait()
				equal(t, "requests", log.count(""), 2)
			})
		}
	}
}

func TestInterruptedReaderDoesNotWaitForASharedRequest(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, log := newClient(t, http.HandlerFunc(respondAfterASecond))
		var other sync.WaitGroup
		other.Go(func() { mustCall(t, c, reads["SharedEndpoints"]) })
		synctest.Wait()
		start := time.Now()
		if err := reads["SharedEndpoints"](cancelAfter(t, 100*time.Millisecond), c); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		equal(t, "elapsed", time.Since(start), 100*time.Millisecond)
		other.Wait()
		equal(t, "requests", log.count(""), 1)
	})
}

func TestOverlapping(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := sandboxWithEndpoint()
		c, log := newClient(t, api)
		at := func(path string, filters ...string) EndpointParams {
			return EndpointParams{URL: "https://example.com" + path, EventFilters: filters}
		}
		existing := api.AddEndpoint(hook(at("/", "x", "y"))).ID
		check := func(what string, p EndpointParams, except string, want ...string) {
			t.Helper()
			got, err := c.Overlapping(t.Context(), p, except)
			equal(t, what, []any{got, err}, []any{want, nil})
		}
		check("other event type", at("/", "z"), "")
		check("same event type", at("/", "z", "y"), "", existing)
		check("all event types", at(""), "", existing)
		check("itself", at("/", "x"), existing)
		check("other URL", at("/x"), "")
		created := mustCreate(t, c, at("/", "z"), "")
		check("created by this client", at("/", "z"), "", created.ID)
		if _, err := c.UpdateEndpoint(t.Context(), created.ID, at("/moved", "z")); err != nil {
			t.Fatal(err)
		}
		check("old URL after an update", at("/", "z"), "")
		check("new URL after an update", at("/moved"), "", created.ID)
		if err := c.DeleteEndpoint(t.Context(), created.ID); err != nil {
			t.Fatal(err)
		}
		check("deleted by this client", at("/moved"), "")
		equal(t, "listings", log.count("GET"), 1)
		api.RemoveEndpoint(existing)
		time.Sleep(cacheLifetime + time.Second)
		check("deleted by another process", at("/"), "")
	})
}
