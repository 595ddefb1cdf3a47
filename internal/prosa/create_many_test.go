package prosa

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestCreatesShareTheListingBeforeThem(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &account{}
		c, r, _ := simulate(t, a.ServeHTTP)
		const many = 12
		var all sync.WaitGroup
		for n := range many {
			all.Go(func() {
				p := EndpointParams{URL: fmt.Sprintf("https://example.com/%d", n/2), SSLVerification: true}
				if _, err := c.CreateEndpoint(t.Context(), p, ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, "requests", []int{r.count("GET"), r.count("POST"), r.count("")}, []int{1, many, many + 1})

		time.Sleep(2 * time.Minute) // what was there then is old by now
		if _, err := c.CreateEndpoint(t.Context(), hookParams, ""); err != nil {
			t.Error(err)
		}
		equal(t, "listings", r.count("GET"), 2)
	})
}

// TestManyCreatesAtOnce makes 20 endpoints at the same time, half of them with the same URL, over an API that fails in
// every way it can. Each must get an endpoint of its own, and none may be made twice.
func TestManyCreatesAtOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(7, seed))
				faults := []fault{
					nil, nil, closing(true), closing(false), failing(500, true), failing(502, false), failing(503, true), failing(504, true),
					truncating(true), truncating(false), garbling(true), garbling(false), stalling(0), stalling(testTimeout + 2*time.Second), throttling,
				}
				a := &account{fault: func(int, string) fault { return faults[random.IntN(len(faults))] }}
				c, r, _ := simulate(t, a.ServeHTTP, withTimeout, func(c *Config) { c.MaxRetries = 50 })
				const many = 20
				var (
					all sync.WaitGroup
					mu  sync.Mutex
					got []string
				)
				for n := range many {
					p := hookParams
					if n%2 == 0 {
						p.URL = fmt.Sprintf("https://example.com/%d", n)
					}
					all.Go(func() {
						created, err := c.CreateEndpoint(t.Context(), p, "")
						if err != nil {
							t.Error(err)
						} else if NormalizeURL(created.Endpoint.URL) != p.URL {
							t.Errorf("asked for %s, got %s", p.URL, created.Endpoint.URL)
						}
						mu.Lock()
						defer mu.Unlock()
						got = append(got, created.Endpoint.ID)
					})
				}
				all.Wait()
				there := a.ids()
				slices.Sort(got)
				slices.Sort(there)
				equal(t, "ids", got, there)
				equal(t, "endpoints", len(there), many)
				if r.count("POST") < many {
					t.Errorf("%d POSTs for %d endpoints", r.count("POST"), many)
				}
			})
		})
	}
}

func TestCreatesOfOneURLTakeTurns(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var (
			mu           sync.Mutex
			now, mostNow = map[string]int{}, map[string]int{}
		)
		a := &account{fault: func(_ int, url string) fault {
			return func(w httpWriter, _ *httpRequest, work func() string) {
				mu.Lock()
				now[url]++
				mostNow[url] = max(mostNow[url], now[url])
				mostNow["any"] = max(mostNow["any"], now["https://a.test/"]+now["https://b.test"])
				mu.Unlock()
				time.Sleep(time.Second)
				body := work()
				mu.Lock()
				now[url]--
				mu.Unlock()
				_, _ = w.Write([]byte(body))
			}
		}}
		c, _, _ := simulate(t, a.ServeHTTP)
		var all sync.WaitGroup
		for n := range 6 {
			all.Go(func() {
				if _, err := c.CreateEndpoint(t.Context(), EndpointParams{URL: []string{"https://a.test/", "https://b.test"}[n%2]}, ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, "at the same time", []int{mostNow["https://a.test/"], mostNow["https://b.test"], mostNow["any"]}, []int{1, 1, 2})
	})
}

func TestOverlapping(t *testing.T) {
	t.Parallel()
	a := &account{}
	all := a.add(EndpointParams{URL: "https://example.com"}, "")
	some := a.add(EndpointParams{URL: "https://EXAMPLE.com/", EventFilters: []string{"x", "y"}}, "")
	a.add(EndpointParams{URL: "https://example.com/other"}, "")
	_, server := serve(t, a.ServeHTTP)
	c := connect(t, server.URL+"/v2/speech")
	create := func(filters ...string) (string, []string) {
		created, err := c.CreateEndpoint(t.Context(), EndpointParams{URL: "https://example.com:443/", EventFilters: filters}, "")
		if err != nil {
			t.Fatal(err)
		}
		return created.Endpoint.ID, created.Overlapping
	}
	z, got := create("z")
	equal(t, "another type", got, []string{all})
	_, got = create("y", "w")
	equal(t, "a type in common", got, []string{all, some})
	every, got := create()
	if len(got) != 4 || !slices.Contains(got, z) {
		t.Errorf("every type: got %v", got)
	}

	for _, id := range []string{all, every} {
		if err := c.DeleteEndpoint(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	_, got = create("v")
	equal(t, "after deletes", got, nil)
	if _, err := c.UpdateEndpoint(t.Context(), some, EndpointParams{URL: "https://example.com", EventFilters: []string{"u"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpdateEndpoint(t.Context(), z, EndpointParams{URL: "https://example.com/moved", EventFilters: []string{"u"}}); err != nil {
		t.Fatal(err)
	}
	_, got = create("u", "z", "x")
	equal(t, "after updates", got, []string{some})
}

func TestACreateWaitsForItsTurnAndThenDoesItsOwn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &account{fault: first(stalling(0))}
		c, _, _ := simulate(t, a.ServeHTTP, withTimeout)
		var all sync.WaitGroup
		ids := make([]string, 2)
		for n := range ids {
			all.Go(func() {
				ctx := t.Context()
				if n == 0 {
					ctx = cancelAfter(t, time.Second)
				}
				created, err := c.CreateEndpoint(ctx, hookParams, "")
				if err != nil {
					t.Error(err)
				}
				ids[n] = created.Endpoint.ID
			})
			synctest.Wait()
		}
		all.Wait()
		equal(t, "endpoints", a.ids(), ids)
	})
}

func TestAnInterruptedListingDoesNotFailTheOtherCreates(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &account{}
		var once sync.Once
		c, r, _ := simulate(t, func(w httpWriter, r *httpRequest) {
			stalled := false
			once.Do(func() { stalled = true })
			if stalled {
				silent(w, r)
				return
			}
			a.ServeHTTP(w, r)
		}, withTimeout)
		var all sync.WaitGroup
		errs := make([]error, 4)
		for n := range errs {
			all.Go(func() {
				ctx := t.Context()
				if n == 0 {
					ctx = cancelAfter(t, time.Second)
				}
				_, errs[n] = c.CreateEndpoint(ctx, EndpointParams{URL: fmt.Sprint("https://example.com/", n)}, "")
			})
			synctest.Wait()
		}
		all.Wait()
		equal(t, "errors", []bool{errs[0] != nil, errs[1] != nil, errs[2] != nil, errs[3] != nil}, []bool{true, false, false, false})
		equal(t, "requests", []int{r.count("GET"), r.count("POST")}, []int{2, 3})
	})
}

func TestAnEndpointThatGoesWhileItIsLookedForIsNotTaken(t *testing.T) {
	t.Parallel()
	// The listing shows it, the question for its keys does not.
	var posts int
	_, server := serve(t, func(w httpWriter, r *httpRequest) {
		switch {
		case r.Method == "POST":
			posts++
			if posts == 1 {
				hangUp(w, r)
			}
			reply(200, detailJSON)(w, r)
		case r.RequestURI == "/webhooks/endpoints" && posts > 0:
			reply(200, fmt.Sprintf(`[{"id":%q,"url":%q,"ssl_verification":true}]`, idB, hookURL))(w, r)
		case r.RequestURI == "/webhooks/endpoints":
			reply(200, "[]")(w, r)
		default:
			reply(404, `{"status":"webhook_endpoint_not_found","message":"x"}`)(w, r)
		}
	})
	created, err := connect(t, server.URL).CreateEndpoint(context.Background(), hookParams, "my-own-signing-key")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "id", created.Endpoint.ID, idA)
}

func TestAnEndpointIsClaimedOnce(t *testing.T) {
	t.Parallel()
	var l ledger
	equal(t, "claims", []bool{l.isMade(idA), l.claim(Endpoint{ID: idA}), l.isMade(idA), l.claim(Endpoint{ID: idA}), l.claim(Endpoint{ID: idB})}, []bool{false, true, true, false, true})
}

// TestALookThatFailsIsNotTheLast has the API fail right after a lost create.
func TestALookThatFailsIsNotTheLast(t *testing.T) {
	for _, done := range []bool{true, false} {
		t.Run(fmt.Sprint("done ", done), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := &account{fault: first(closing(done))}
				listings := 0
				c, r, _ := simulate(t, func(w httpWriter, r *httpRequest) {
					if r.Method == "GET" {
						if listings++; listings == 2 {
							reply(500, "broken")(w, r)
							return
						}
					}
					a.ServeHTTP(w, r)
				})
				created, err := c.CreateEndpoint(t.Context(), hookParams, "")
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "endpoints", a.ids(), []string{created.Endpoint.ID})
				equal(t, "listings", r.count("GET"), 3)
			})
		})
	}
}
