package prosa

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const testTimeout = 10 * time.Second

func withTimeout(c *Config) { c.RequestTimeout = testTimeout }

func hook(params EndpointParams) sandbox.Endpoint {
	return sandbox.Endpoint{URL: params.URL, EventFilters: params.EventFilters, SSLVerification: params.SSLVerification}
}

func idsIn(api *sandbox.Server) []string {
	var ids []string
	for _, e := range api.Endpoints() {
		ids = append(ids, e.ID)
	}
	return ids
}

// lostResponses are the ways to lose the response to a write, and how many POSTs there must be.
func lostResponses(op sandbox.Operation) map[string]struct {
	fault sandbox.Fault
	posts int
} {
	type row = struct {
		fault sandbox.Fault
		posts int
	}
	rows := map[string]row{
		"429":                    {sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {"1"}}}, 2},
		"timeout, done at once":  {sandbox.Fault{Operation: hanging}, 1},
		"timeout, done later":    {sandbox.Fault{Delay: testTimeout + 4*time.Second, Detach: true, Do: true, Close: true}, 1},
		"504 after doing it":     {sandbox.Fault{Do: true, Status: 504}, 1},
		"303 after doing it":     {sandbox.Fault{Do: true, Status: 303, Header: http.Header{"Location": {"/done"}}}, 1},
		"cut off":                {sandbox.Fault{Truncate: 20}, 1},
		"a page after doing it":  {sandbox.Fault{Do: true, Body: "<html>welcome</html>"}, 1},
		"a page before doing it": {sandbox.Fault{Body: "<html>welcome</html>"}, 2},
		"a page while doing it":  {sandbox.Fault{Body: "<html>", Do: true, DoAfter: 3 * time.Second}, 1},
	}
	for name, lost := range map[string]sandbox.Fault{"closed": {Close: true}, "500": {Status: 500}, "502": {Status: 502}, "503": {Status: 503}} {
		rows[name+" before doing it"] = row{lost, 2}
		lost.Do = true
		rows[name+" after doing it"] = row{lost, 1}
		for _, late := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, testTimeout - time.Second} {
			lost.DoAfter = late
			rows[fmt.Sprintf("%s, done %s later", name, late)] = row{lost, 1}
		}
	}
	for name, row := range rows {
		if row.fault.Operation == "" {
			row.fault.Operation = op
			rows[name] = row
		}
	}
	return rows
}

// hanging is the operation of a fault that carries out the first POST and never answers it: see apiWith.
const hanging sandbox.Operation = "hang after doing it"

// apiWith is an API with a fault.
func apiWith(api *sandbox.Server, fault sandbox.Fault) http.HandlerFunc {
	if fault.Operation != hanging {
		api.Inject(fault)
		return api.ServeHTTP
	}
	var once sync.Once
	return func(w http.ResponseWriter, r *http.Request) {
		hangs := false
		if r.Method == "POST" {
			once.Do(func() { hangs = true })
		}
		if !hangs {
			api.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(httptest.NewRecorder(), r)
		<-r.Context().Done()
	}
}

func TestCreateIsDoneExactlyOnceWhateverResponseIsLost(t *testing.T) {
	t.Parallel()
	for name, row := range lostResponses(sandbox.OpCreateEndpoint) {
		for _, key := range []string{"", "my-own-signing-key"} {
			for _, beside := range []int{0, 2} {
				t.Run(fmt.Sprintf("%s/key %q/beside %d", name, key, beside), func(t *testing.T) {
					inBubble(t, func(t *testing.T) {
						api := &sandbox.Server{}
						var before []string
						for range beside {
							e := hook(hookParams)
							e.Secrets = []sandbox.Secret{{Key: key}}
							before = append(before, api.AddEndpoint(e).ID)
						}
						c, r, _ := simulate(t, apiWith(api, row.fault), withTimeout)
						created, err := c.CreateEndpoint(t.Context(), hookParams, key)
						if err != nil {
							t.Fatal(err)
						}
						equal(t, "POSTs", r.count("POST"), row.posts)
						time.Sleep(2 * testTimeout)
						equal(t, "endpoints", idsIn(api), append(slices.Clone(before), created.ID))
						equal(t, "endpoint", []any{created.URL, created.EventFilters, created.SSLVerification}, []any{hookURL, []string{}, true})
					})
				})
			}
		}
	}
}

func TestCreateThatTimesOutIsSentOnce(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault  sandbox.Fault
		taken  time.Duration // exactly
		inFact int           // endpoints in the end
	}{
		"never done":           {sandbox.Fault{Delay: time.Hour}, 2 * testTimeout, 0},
		"done much later":      {sandbox.Fault{Delay: 3 * testTimeout, Detach: true, Do: true, Close: true}, 2 * testTimeout, 1},
		"504 without doing it": {sandbox.Fault{Status: 504}, testTimeout, 0},
		"408 without doing it": {sandbox.Fault{Status: 408}, testTimeout, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				old := api.AddEndpoint(hook(hookParams)).ID
				row.fault.Operation = sandbox.OpCreateEndpoint
				api.Inject(row.fault)
				c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
				start := time.Now()
				_, err := c.CreateEndpoint(t.Context(), hookParams, "")
				failure := undecided(t, err)
				equal(t, "taken", time.Since(start), row.taken)
				equal(t, "POSTs", r.count("POST"), 1)
				equal(t, "candidates", failure.Candidates, nil)
				if n := r.count("GET"); n < 5 || n > 15 {
					t.Errorf("%d listings", n)
				}
				time.Sleep(5 * testTimeout)
				equal(t, "endpoints besides the old one", len(idsIn(api))-1, row.inFact)
				equal(t, "the old one", idsIn(api)[0], old)
			})
		})
	}
}

func TestCreateGivesUpAfterMaxRetries(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: 500, Times: -1})
		c, r, _ := simulate(t, api.ServeHTTP, withTimeout, func(c *Config) { c.MaxRetries = 2 })
		start := time.Now()
		_, err := c.CreateEndpoint(t.Context(), hookParams, "")
		equal(t, "status", undecided(t, err).StatusCode, 500)
		equal(t, "POSTs", r.count("POST"), 3)
		equal(t, "taken", time.Since(start), 3*testTimeout)
	})
}

func TestCreateIsNotLookedForIfItWasCertainlyNotDone(t *testing.T) {
	t.Parallel()
	for _, code := range []int{400, 401, 403, 404, 409, 422, 302, 307} {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: code})
		r, server := serve(t, api.ServeHTTP)
		_, err := connect(t, server.URL+"/v2/speech").CreateEndpoint(t.Context(), hookParams, "")
		equal(t, fmt.Sprint(code, " undecided"), asError(t, err).Undecided, false)
		equal(t, "requests", []int{r.count("GET"), r.count("POST")}, []int{1, 1})
	}
}

// A refusal of a re-sent POST says nothing of the one before it, whose response was lost.
func TestARefusalAfterALostResponseIsUndecided(t *testing.T) {
	for name, late := range map[string]time.Duration{"never done": 0, "done during the look after the refusal": testTimeout + 100*time.Millisecond, "done later": 2 * testTimeout} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Close: true, Do: late > 0, DoAfter: late})
				api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: 403, Body: `{"status":"forbidden","message":"no"}`})
				c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
				created, err := c.CreateEndpoint(t.Context(), hookParams, "")
				equal(t, "POSTs", r.count("POST"), 2)
				if strings.HasPrefix(name, "done during") {
					equal(t, "endpoints, error", []any{idsIn(api), err}, []any{[]string{created.ID}, nil})
					return
				}
				equal(t, "status", undecided(t, err).StatusCode, 403)
			})
		})
	}
}

func TestCreateDoesNotPostIfItCannotKnowWhatWasThereBefore(t *testing.T) {
	t.Parallel()
	for _, code := range []int{500, 502, 403} {
		r, server := serve(t, reply(code, "x"))
		_, err := connect(t, server.URL).CreateEndpoint(t.Context(), hookParams, "")
		failure := asError(t, err)
		equal(t, "undecided, may be done", []bool{failure.Undecided, failure.MayBeDone()}, []bool{false, false})
		equal(t, "POSTs", r.count("POST"), 0)
	}
}

// meanwhile adds endpoints of others while the first POST is under way.
func meanwhile(api *sandbox.Server, lost sandbox.Fault, others ...sandbox.Endpoint) {
	lost.Operation = sandbox.OpCreateEndpoint
	var once sync.Once
	lost.Match = func(sandbox.Request) bool {
		once.Do(func() {
			for _, e := range others {
				api.AddEndpoint(e)
			}
		})
		return true
	}
	api.Inject(lost)
}

func TestAForeignEndpointIsToldApartByTheKey(t *testing.T) {
	for name, row := range map[string]struct {
		lost  sandbox.Fault
		posts int
	}{
		"done": {sandbox.Fault{Do: true, Close: true}, 1}, "not done": {sandbox.Fault{Close: true}, 2},
		"done late": {sandbox.Fault{Do: true, Close: true, DoAfter: 3 * time.Second}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				foreign, elsewhere := hook(hookParams), hook(EndpointParams{URL: hookURL + "/more"})
				foreign.Secrets = []sandbox.Secret{{Key: "the key of another pipeline"}}
				meanwhile(api, row.lost, foreign, elsewhere)
				c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
				created, err := c.CreateEndpoint(t.Context(), hookParams, "my-own-signing-key")
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "id", created.ID, idsIn(api)[2])
				equal(t, "POSTs", r.count("POST"), row.posts)
				equal(t, "key", created.Secrets[0].Key, "my-own-signing-key")
			})
		})
	}
}

func TestAnEndpointThatCouldBeTheResultIsNamed(t *testing.T) {
	for name, others := range map[string][]sandbox.Endpoint{
		"the same":             {hook(hookParams), hook(hookParams)},
		"other filters":        {hook(EndpointParams{URL: hookURL, SSLVerification: true, EventFilters: []string{"x"}})},
		"not verified":         {hook(EndpointParams{URL: hookURL})},
		"the URL is rewritten": {hook(EndpointParams{URL: hookURL + "/", SSLVerification: true})},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				meanwhile(api, sandbox.Fault{Close: true}, others...)
				c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
				_, err := c.CreateEndpoint(t.Context(), hookParams, "")
				want := idsIn(api)
				slices.Sort(want)
				equal(t, "candidates", undecided(t, err).Candidates, want)
				equal(t, "POSTs", r.count("POST"), 1)
			})
		})
	}
}

// The endpoints of other creates of this run are no reason to give up.
func TestALostCreateIsResentBesideOthersOfTheRun(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		path := func(suffix string) func(sandbox.Request) bool {
			return func(r sandbox.Request) bool { return strings.Contains(string(r.Body), suffix+`"`) }
		}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Match: path("/lost"), Close: true})
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Match: path("/slow"), Do: true, Body: " ", Truncate: 1})
		c, _, _ := simulate(t, api.ServeHTTP, withTimeout)
		var all sync.WaitGroup
		for _, suffix := range []string{"/lost", "/slow", "/plain"} {
			all.Go(func() {
				if _, err := c.CreateEndpoint(t.Context(), EndpointParams{URL: hookURL + suffix}, ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, "endpoints", len(idsIn(api)), 3)
	})
}

func TestTheResultMayBeSpelledOtherwise(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Close: true})
		c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
		created, err := c.CreateEndpoint(t.Context(), EndpointParams{URL: "https://Example.com:443", EventFilters: []string{"b", "a"}, SSLVerification: true}, "")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "endpoints", idsIn(api), []string{created.ID})
		equal(t, "POSTs", r.count("POST"), 1)
	})
}

func TestAResponseAboutAnotherEndpointIsNotTaken(t *testing.T) {
	t.Parallel()
	for _, old := range []string{"was there before", "was created by this run"} {
		t.Run(old, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				c, _, _ := simulate(t, api.ServeHTTP, withTimeout)
				if old == "was there before" {
					api.AddEndpoint(hook(hookParams))
				} else if _, err := c.CreateEndpoint(t.Context(), hookParams, ""); err != nil {
					t.Fatal(err)
				}
				body := strings.ReplaceAll(detailJSON, idA, idsIn(api)[0])
				api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Body: body})
				created, err := c.CreateEndpoint(t.Context(), hookParams, "")
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "endpoints", idsIn(api)[1:], []string{created.ID})
			})
		})
	}
}

// Only the first of several creates of one URL can be found out about when the API hangs: the others are not sent.
func TestCreatesOfOneURLDoNotWaitForAnAPIThatHangs(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Delay: time.Hour, Times: -1})
		c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
		start := time.Now()
		var (
			all   sync.WaitGroup
			mu    sync.Mutex
			kinds = map[string]int{}
		)
		for range 50 {
			all.Go(func() {
				_, err := c.CreateEndpoint(t.Context(), hookParams, "")
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, ErrEarlierUndecided) {
					kinds["not sent"]++
				} else if undecided(t, err) != nil {
					kinds["undecided"]++
				}
			})
		}
		all.Wait()
		equal(t, "errors", kinds, map[string]int{"undecided": 1, "not sent": 49})
		equal(t, "taken", time.Since(start), 2*testTimeout)
		equal(t, "POSTs", r.count("POST"), 1)

		api.ClearFaults()
		if _, err := c.CreateEndpoint(t.Context(), EndpointParams{URL: hookURL + "/other"}, ""); err != nil {
			t.Errorf("another URL: %v", err)
		}
	})
}

func TestAnInterruptedCreateFindsWhatWasDone(t *testing.T) {
	t.Parallel()
	create := sandbox.OpCreateEndpoint
	for name, row := range map[string]struct {
		faults []sandbox.Fault
		after  time.Duration
		done   bool
		gets   int
	}{
		"done":                     {[]sandbox.Fault{{Operation: hanging}}, time.Second, true, 2},
		"not done":                 {[]sandbox.Fault{{Operation: create, Delay: time.Hour}}, time.Second, false, 2},
		"during the look":          {[]sandbox.Fault{{Operation: create, Do: true, Close: true}}, 100 * time.Millisecond, true, 2},
		"not done, looking":        {[]sandbox.Fault{{Operation: create, Close: true}}, 100 * time.Millisecond, false, 2},
		"no listing any more":      {[]sandbox.Fault{{Operation: create, Delay: time.Hour}, {Operation: sandbox.OpListEndpoints, Skip: 1, Delay: time.Hour}}, time.Second, false, 2},
		"before it is re-sent":     {[]sandbox.Fault{{Operation: create, Close: true}, {Operation: create, Delay: time.Hour}}, testTimeout + time.Second, false, 10},
		"during a look that hangs": {[]sandbox.Fault{{Operation: create, Close: true, Do: true, DoAfter: time.Second}, {Operation: sandbox.OpListEndpoints, Skip: 1, Delay: time.Hour}}, 2 * time.Second, true, 3},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				handler := apiWith(api, row.faults[0])
				for _, fault := range row.faults[1:] {
					api.Inject(fault)
				}
				c, r, _ := simulate(t, handler, withTimeout)
				start := time.Now()
				created, err := c.CreateEndpoint(cancelAfter(t, row.after), hookParams, "")
				if taken := time.Since(start); taken > row.after+lookAfterInterrupt {
					t.Errorf("it took %s", taken)
				}
				equal(t, "listings", r.count("GET"), row.gets)
				if row.done {
					equal(t, "endpoints, error", []any{idsIn(api), err}, []any{[]string{created.ID}, nil})
					return
				}
				undecided(t, err)
				if !strings.Contains(name, "looking") && !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestCreatesShareTheListingBeforeThem(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		c, r, _ := simulate(t, api.ServeHTTP)
		create := func(n int) {
			p := EndpointParams{URL: fmt.Sprintf("https://example.com/%d", n/2), SSLVerification: true}
			if _, err := c.CreateEndpoint(t.Context(), p, ""); err != nil {
				t.Error(err)
			}
		}
		var all sync.WaitGroup
		for n := range 12 {
			all.Go(func() { create(n) })
		}
		all.Wait()
		equal(t, "at once", []int{r.count("GET"), r.count("POST")}, []int{1, 12})
		for n := range 60 { // one listing for every three seconds
			create(n)
			time.Sleep(time.Second)
		}
		if n := r.count("GET"); n < 15 || n > 21 {
			t.Errorf("%d listings in a minute", n)
		}
	})
}

// What was there before is asked for right before the POST, also after a wait: an endpoint that another pipeline
// creates during the wait is not taken for the result.
func TestTheBaselineIsTakenAfterTheWait(t *testing.T) {
	for _, wait := range []string{"429", "pace"} {
		t.Run(wait, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				c, r, _ := simulate(t, api.ServeHTTP, withTimeout, func(c *Config) {
					if wait == "pace" {
						c.RequestsPerSecond = 0.1
					}
				})
				if wait == "429" {
					api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: 429, Header: http.Header{"Retry-After": {"60"}}})
				} else if _, err := c.ListEndpoints(t.Context()); err != nil {
					t.Fatal(err)
				}
				api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Close: true})
				time.AfterFunc(8*time.Second, func() { api.AddEndpoint(hook(hookParams)) })
				created, err := c.CreateEndpoint(t.Context(), hookParams, "")
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "endpoints", idsIn(api)[1:], []string{created.ID})
				calls := r.all()
				for n, call := range calls {
					if call.method == "POST" && call.at.Sub(calls[n-1].at) > baselineAge {
						t.Errorf("the POST left %s after the listing", call.at.Sub(calls[n-1].at))
					}
				}
			})
		})
	}
}

// TestManyCreatesAtOnce creates 20 endpoints at the same time, half of them with the same URL, over an API that fails in
// every way it can. Each must get an endpoint of its own, and none may be created twice.
func TestManyCreatesAtOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				injectAtRandom(api, sandbox.OpCreateEndpoint, rand.New(rand.NewPCG(7, seed)))
				c, _, _ := simulate(t, api.ServeHTTP, withTimeout, func(c *Config) { c.MaxRetries = 50 })
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
						}
						mu.Lock()
						defer mu.Unlock()
						got = append(got, created.ID)
					})
				}
				all.Wait()
				there := idsIn(api)
				slices.Sort(got)
				slices.Sort(there)
				equal(t, "ids", got, there)
				equal(t, "endpoints", len(there), many)
			})
		})
	}
}

// injectAtRandom makes a write go wrong in every way, or go well.
func injectAtRandom(api *sandbox.Server, op sandbox.Operation, random *rand.Rand) {
	kinds := []sandbox.Fault{
		{Delay: time.Millisecond}, {Delay: time.Millisecond}, {Close: true}, {Close: true, Do: true}, {Close: true, Do: true, DoAfter: 3 * time.Second},
		{Status: 500, Do: true}, {Status: 502}, {Status: 503, Do: true, DoAfter: time.Second}, {Status: 504, Do: true}, {Truncate: 9},
		{Do: true, Body: "<html>"}, {Body: "<html>"}, {Status: 429}, {Delay: testTimeout + time.Second, Detach: true, Do: true, Close: true},
	}
	for range 200 {
		fault := kinds[random.IntN(len(kinds))]
		fault.Operation = op
		api.Inject(fault)
	}
}

func TestCreatesOfOneURLFollowEachOther(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Delay: time.Second, Times: -1})
		c, r, _ := simulate(t, api.ServeHTTP)
		start := time.Now()
		var all sync.WaitGroup
		for n := range 6 {
			all.Go(func() {
				if _, err := c.CreateEndpoint(t.Context(), EndpointParams{URL: []string{"https://a.test/", "https://b.test"}[n%2]}, ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, "taken, POSTs", []any{time.Since(start), r.count("POST")}, []any{3 * time.Second, 6})
	})
}

func TestOverlapping(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		c, r, _ := simulate(t, api.ServeHTTP)
		at := func(path string, filters ...string) EndpointParams {
			return EndpointParams{URL: "https://example.com" + path, EventFilters: filters}
		}
		old := api.AddEndpoint(hook(at("/", "x", "y"))).ID
		overlap := func(p EndpointParams, except string) []string {
			t.Helper()
			found, err := c.Overlapping(t.Context(), p, except)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		equal(t, "another type", overlap(at("/", "z"), ""), nil)
		equal(t, "every type", overlap(at(""), ""), []string{old})
		equal(t, "itself", overlap(at("/", "x"), old), nil)
		equal(t, "another URL", overlap(at("/x"), ""), nil)
		made, err := c.CreateEndpoint(t.Context(), at("/", "z"), "")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "one of this run", overlap(at("/", "z"), ""), []string{made.ID})
		if _, err := c.UpdateEndpoint(t.Context(), made.ID, at("/moved", "z")); err != nil {
			t.Fatal(err)
		}
		equal(t, "where it was", overlap(at("/", "z"), ""), nil)
		equal(t, "where it is", overlap(at("/moved"), ""), []string{made.ID})
		if err := c.DeleteEndpoint(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
		equal(t, "deleted", overlap(at("/moved"), ""), nil)
		equal(t, "listings", r.count("GET"), 1)
		api.RemoveEndpoint(old)
		time.Sleep(cacheLifetime + time.Second)
		equal(t, "after a while", overlap(at("/"), ""), nil)
	})
}

func TestACreateWaitsForItsTurnAndThenCreatesItsOwn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		c, _, _ := simulate(t, apiWith(api, sandbox.Fault{Operation: hanging}), withTimeout)
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
				ids[n] = created.ID
			})
			synctest.Wait()
		}
		all.Wait()
		equal(t, "endpoints", idsIn(api), ids)
	})
}

func TestAnInterruptedListingDoesNotFailTheOtherCreates(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Delay: time.Hour})
		c, r, _ := simulate(t, api.ServeHTTP, withTimeout)
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
		equal(t, "failed", []bool{errs[0] != nil, errs[1] != nil, errs[2] != nil, errs[3] != nil}, []bool{true, false, false, false})
		equal(t, "requests", []int{r.count("GET"), r.count("POST")}, []int{2, 3})
	})
}

// A look that fails is not the last.
func TestALookThatFailsIsRepeated(t *testing.T) {
	for _, done := range []bool{true, false} {
		t.Run(fmt.Sprint("done ", done), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Close: true, Do: done})
				api.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Skip: 1, Status: 500})
				c, _, _ := simulate(t, api.ServeHTTP, withTimeout)
				created, err := c.CreateEndpoint(t.Context(), hookParams, "")
				equal(t, "endpoints, error", []any{idsIn(api), err}, []any{[]string{created.ID}, nil})
			})
		})
	}
}

func undecided(t *testing.T, err error) *Error {
	t.Helper()
	failure := asError(t, err)
	if !failure.Undecided {
		t.Errorf("it is not said to be undecided: %v", err)
	}
	return failure
}
