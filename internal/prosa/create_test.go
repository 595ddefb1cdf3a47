package prosa

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

const testTimeout = 10 * time.Second

func withTimeout(c *Config) { c.RequestTimeout = testTimeout }

func TestCreateIsDoneExactlyOnceWhateverBecomesOfTheAnswer(t *testing.T) {
	t.Parallel()
	type row struct {
		fault fault
		posts int // requests there must be
	}
	rows := map[string]row{
		"429":                     {throttling, 2},
		"stalled, done meanwhile": {stalling(0), 1},
		"stalled, done late":      {stalling(testTimeout + 4*time.Second), 1},
	}
	for _, code := range []int{500, 502, 503} {
		rows[fmt.Sprint(code, " before doing it")] = row{failing(code, false), 2}
		rows[fmt.Sprint(code, " after doing it")] = row{failing(code, true), 1}
	}
	rows["504 after doing it"] = row{failing(504, true), 1}
	for name, f := range map[string]func(bool) fault{"closed": closing, "cut off": truncating, "a page": garbling} {
		rows[name+" before doing it"] = row{f(false), 2}
		rows[name+" after doing it"] = row{f(true), 1}
	}
	for name, row := range rows {
		for _, key := range []string{"", "my-own-signing-key"} {
			for _, beside := range []int{0, 1, 2} {
				t.Run(fmt.Sprintf("%s/key %q/beside %d", name, key, beside), func(t *testing.T) {
					inBubble(t, func(t *testing.T) {
						a := &account{fault: first(row.fault)}
						var before []string
						for range beside {
							before = append(before, a.add(hookParams, key))
						}
						c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
						created, err := c.CreateEndpoint(t.Context(), hookParams, key)
						if err != nil {
							t.Fatal(err)
						}
						equal(t, "POSTs", r.count("POST"), row.posts)
						equal(t, "endpoints", a.ids(), append(slices.Clone(before), created.Endpoint.ID))
						equal(t, "overlapping", created.Overlapping, before)
						equal(t, "endpoint", []any{created.Endpoint.URL, created.Endpoint.EventFilters, created.Endpoint.SSLVerification}, []any{hookURL, []string{}, true})
					})
				})
			}
		}
	}
}

func TestCreateThatStaysOpenIsSentOnceAndSaidToBeUndecided(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault  fault
		taken  time.Duration // exactly
		inFact int           // endpoints in the end
	}{
		"never done":           {stalling(-1), 2 * testTimeout, 0},
		"done much later":      {stalling(3 * testTimeout), 2 * testTimeout, 1},
		"504 without doing it": {failing(504, false), testTimeout, 0},
		"408 without doing it": {failing(408, false), testTimeout, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := &account{fault: first(row.fault)}
				old := a.add(hookParams, "")
				c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
				start := time.Now()
				created, err := c.CreateEndpoint(t.Context(), hookParams, "")
				failure := undecided(t, err)
				equal(t, "taken", time.Since(start), row.taken)
				equal(t, "POSTs", r.count("POST"), 1)
				equal(t, "candidates", failure.Candidates, nil)
				equal(t, "id", created.Endpoint.ID, "")
				if n := r.count("GET"); n < 5 || n > 15 {
					t.Errorf("it was looked for %d times", n-1)
				}
				time.Sleep(5 * testTimeout)
				equal(t, "endpoints besides the old one", len(a.ids())-1, row.inFact)
				equal(t, "the old one", a.ids()[0], old)
			})
		})
	}
}

func TestCreateGivesUpAfterMaxRetries(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &account{fault: func(int, string) fault { return failing(500, false) }}
		c, r, _ := simulate(t, a.ServeHTTP, func(c *Config) { c.MaxRetries = 2 })
		_, err := c.CreateEndpoint(t.Context(), hookParams, "")
		failure := asError(t, err)
		equal(t, "POSTs", r.count("POST"), 3)
		equal(t, "status", failure.StatusCode, 500)
	})
}

func TestCreateIsNotLookedForWhenItWasCertainlyNotDone(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 401, 403, 404, 409, 422, 302} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			a := &account{fault: func(int, string) fault { return failing(code, false) }}
			r, server := serve(t, a.ServeHTTP)
			_, err := connect(t, server.URL+"/v2/speech").CreateEndpoint(t.Context(), hookParams, "")
			failure := asError(t, err)
			equal(t, "undecided", failure.Undecided, false)
			equal(t, "requests", []int{r.count("GET"), r.count("POST")}, []int{1, 1})
		})
	}
}

func TestCreateDoesNotPostWhenItCannotKnowWhatWasThereBefore(t *testing.T) {
	t.Parallel()
	r, server := serve(t, reply(500, "x"))
	_, err := connect(t, server.URL).CreateEndpoint(t.Context(), hookParams, "")
	equal(t, "undecided", asError(t, err).Undecided, false)
	equal(t, "POSTs", r.count("POST"), 0)
}

func TestAForeignEndpointThatAppearsMeanwhile(t *testing.T) {
	t.Parallel()
	foreign := func(a *account, key string, then fault) fault {
		return func(w httpWriter, r *httpRequest, work func() string) {
			a.add(hookParams, key)
			then(w, r, work)
		}
	}
	for name, row := range map[string]struct {
		then  fault
		posts int
	}{
		"done": {closing(true), 1}, "not done": {closing(false), 2}, "done, timed out": {stalling(0), 1}, "done late": {stalling(testTimeout + 3*time.Second), 1},
	} {
		t.Run("told apart by the key/"+name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := &account{}
				a.fault = first(foreign(a, "somebody-elses-key", row.then))
				c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
				created, err := c.CreateEndpoint(t.Context(), hookParams, "my-own-signing-key")
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "id", created.Endpoint.ID, last(a.ids()))
				equal(t, "endpoints", len(a.ids()), 2)
				equal(t, "POSTs", r.count("POST"), row.posts)
				equal(t, "key", created.Endpoint.Secrets[0].Key, "my-own-signing-key")
			})
		})
	}
	t.Run("not told apart", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			a := &account{}
			a.fault = first(foreign(a, "", closing(true)))
			c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
			_, err := c.CreateEndpoint(t.Context(), hookParams, "")
			failure := undecided(t, err)
			equal(t, "candidates", failure.Candidates, a.ids())
			equal(t, "POSTs", r.count("POST"), 1)
		})
	})
	t.Run("of another kind", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			a := &account{}
			a.fault = first(func(w httpWriter, r *httpRequest, work func() string) {
				a.add(EndpointParams{URL: hookURL, SSLVerification: false}, "")
				a.add(EndpointParams{URL: hookURL, SSLVerification: true, EventFilters: []string{"x"}}, "")
				a.add(EndpointParams{URL: hookURL + "/more", SSLVerification: true}, "")
				hangUp(w, r)
			})
			c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
			created, err := c.CreateEndpoint(t.Context(), hookParams, "")
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "id", created.Endpoint.ID, last(a.ids()))
			equal(t, "endpoints", len(a.ids()), 4)
			equal(t, "POSTs", r.count("POST"), 2)
		})
	})
}

func TestWhatIsFoundMayBeSpelledOtherwise(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &account{}
		a.fault = first(func(w httpWriter, r *httpRequest, _ func() string) {
			a.add(EndpointParams{URL: "https://example.com/", EventFilters: []string{"b", "a"}, SSLVerification: true}, "")
			hangUp(w, r)
		})
		c, r, _ := simulate(t, a.ServeHTTP)
		created, err := c.CreateEndpoint(t.Context(), EndpointParams{URL: "https://Example.com:443", EventFilters: []string{"a", "b", "a"}, SSLVerification: true}, "")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "id", created.Endpoint.ID, a.ids()[0])
		equal(t, "POSTs", r.count("POST"), 1)
	})
}

func TestAnAnswerAboutAnOldEndpointIsNotTaken(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &account{}
		old := a.add(hookParams, "")
		answer := asText(a.endpoints[0])
		a.fault = func(n int, _ string) fault {
			if n > 2 {
				return nil
			}
			return func(w httpWriter, r *httpRequest, work func() string) {
				if n == 2 {
					work()
				}
				reply(200, answer)(w, r)
			}
		}
		c, r, _ := simulate(t, a.ServeHTTP)
		created, err := c.CreateEndpoint(t.Context(), hookParams, "")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "POSTs", r.count("POST"), 2)
		equal(t, "endpoints", a.ids(), []string{old, created.Endpoint.ID})
	})
}

func TestAnAnswerAboutAnotherCreatesEndpointIsNotTaken(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &account{}
		c, _, _ := simulate(t, a.ServeHTTP)
		one, err := c.CreateEndpoint(t.Context(), hookParams, "")
		if err != nil {
			t.Fatal(err)
		}
		answer := asText(a.endpoints[0])
		a.fault = func(n int, _ string) fault {
			return func(w httpWriter, r *httpRequest, work func() string) {
				work()
				reply(200, answer)(w, r)
			}
		}
		two, err := c.CreateEndpoint(t.Context(), hookParams, "")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "endpoints", a.ids(), []string{one.Endpoint.ID, two.Endpoint.ID})
	})
}

func TestAfterAnUndecidedCreateALaterLostOneIsNotGuessed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &account{fault: func(n int, _ string) fault {
			switch n {
			case 1:
				return stalling(-1)
			case 2:
				return closing(true)
			}
			return nil
		}}
		c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
		_, err := c.CreateEndpoint(t.Context(), hookParams, "")
		undecided(t, err)
		_, err = c.CreateEndpoint(t.Context(), hookParams, "")
		undecided(t, err)
		equal(t, "POSTs", r.count("POST"), 2)

		other := hookParams
		other.URL += "/other"
		for range 2 { // another URL, and an answer that is not lost, are as ever
			if _, err = c.CreateEndpoint(t.Context(), other, ""); err != nil {
				t.Error(err)
			}
		}
		if _, err = c.CreateEndpoint(t.Context(), hookParams, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestAnInterruptedCreateFindsWhatWasDone(t *testing.T) {
	t.Parallel()
	t.Run("done", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			a := &account{fault: first(stalling(0))}
			c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
			start := time.Now()
			created, err := c.CreateEndpoint(cancelAfter(t, time.Second), hookParams, "")
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "endpoints", a.ids(), []string{created.Endpoint.ID})
			equal(t, "requests", []int{r.count("GET"), r.count("POST")}, []int{2, 1})
			equal(t, "taken", time.Since(start), time.Second)
		})
	})
	t.Run("not done", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			a := &account{fault: first(stalling(-1))}
			c, r, _ := simulate(t, a.ServeHTTP, withTimeout)
			start := time.Now()
			_, err := c.CreateEndpoint(cancelAfter(t, time.Second), hookParams, "")
			undecided(t, err)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			equal(t, "POSTs", r.count("POST"), 1)
			if taken := time.Since(start); taken > 2*time.Second {
				t.Errorf("it took %s", taken)
			}
		})
	})
	t.Run("not done, while it is looked for", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			a := &account{fault: first(closing(false))}
			c, r, _ := simulate(t, a.ServeHTTP)
			_, err := c.CreateEndpoint(cancelAfter(t, 100*time.Millisecond), hookParams, "")
			undecided(t, err) // one look is too early to say that it was not done
			equal(t, "requests", []int{r.count("GET"), r.count("POST")}, []int{2, 1})
		})
	})
	t.Run("while it is looked for", func(t *testing.T) {
		for name, f := range map[string]fault{"after a lost answer": closing(true), "after a time-out": stalling(2300 * time.Millisecond)} {
			t.Run(name, func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					a := &account{fault: first(f)}
					c, r, _ := simulate(t, a.ServeHTTP, func(c *Config) { c.RequestTimeout = 2 * time.Second })
					interrupt := 100 * time.Millisecond
					if name == "after a time-out" {
						interrupt = 2350 * time.Millisecond
					}
					created, err := c.CreateEndpoint(cancelAfter(t, interrupt), hookParams, "")
					if err != nil {
						t.Fatal(err)
					}
					equal(t, "endpoints", a.ids(), []string{created.Endpoint.ID})
					equal(t, "POSTs", r.count("POST"), 1)
				})
			})
		}
	})
	t.Run("nothing answers any more", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			var broken sync.Once
			gone := make(chan struct{})
			a := &account{fault: first(func(w httpWriter, r *httpRequest, work func() string) {
				broken.Do(func() { close(gone) })
				stalling(-1)(w, r, work)
			})}
			c, _, _ := simulate(t, func(w httpWriter, r *httpRequest) {
				select {
				case <-gone:
					silent(w, r)
				default:
					a.ServeHTTP(w, r)
				}
			}, withTimeout)
			start := time.Now()
			_, err := c.CreateEndpoint(cancelAfter(t, time.Second), hookParams, "")
			undecided(t, err)
			if taken := time.Since(start); taken > 2*time.Second {
				t.Errorf("it took %s", taken)
			}
		})
	})
}
