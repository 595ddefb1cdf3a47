package prosa

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// endpointIDs returns the ids of the endpoints of a sandbox, oldest first.
func endpointIDs(api *sandbox.Server) []string {
	var ids []string
	for _, e := range api.Endpoints() {
		ids = append(ids, e.ID)
	}
	return ids
}

// endpointAt returns the parameters of an endpoint whose URL has that path.
func endpointAt(path any) EndpointParams {
	return EndpointParams{URL: fmt.Sprintf("https://example.com/%v", path), SSLVerification: true}
}

// lostResponse is a fault after which the response to a write is lost, and the number of POSTs that the client then sends.
type lostResponse struct {
	fault sandbox.Fault
	posts int
}

func lostResponses(op sandbox.Operation) map[string]lostResponse {
	rows := map[string]lostResponse{
		"429":                    {sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {"1"}}}, 2},
		"timeout, done later":    {sandbox.Fault{Delay: testTimeout + 4*time.Second, Detach: true, Do: true, Close: true}, 1},
		"504 after doing it":     {sandbox.Fault{Do: true, Status: 504}, 1},
		"303 after doing it":     {sandbox.Fault{Do: true, Status: 303, Header: http.Header{"Location": {"/done"}}}, 1},
		"cut off":                {sandbox.Fault{Truncate: 20}, 1},
		"HTML after doing it":    {sandbox.Fault{Do: true, Body: "<html>welcome</html>"}, 1},
		"HTML before doing it":   {sandbox.Fault{Body: "<html>welcome</html>"}, 2},
		"HTML, done later":       {sandbox.Fault{Body: "<html>", Do: true, DoAfter: 3 * time.Second}, 1},
		"500 before doing it":    {sandbox.Fault{Status: 500}, 2},
		"502 after doing it":     {sandbox.Fault{Status: 502, Do: true}, 1},
		"closed before doing it": {sandbox.Fault{Close: true}, 2},
	}
	for _, after := range []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, testTimeout - time.Second} {
		rows[fmt.Sprintf("closed, done after %s", after)] = lostResponse{sandbox.Fault{Close: true, Do: true, DoAfter: after}, 1}
	}
	for name, row := range rows {
		row.fault.Operation = op
		rows[name] = row
	}
	return rows
}

func TestCreateHappensOnceIfAResponseIsLost(t *testing.T) {
	t.Parallel()
	params := EndpointParams{URL: "https://Example.com:443", EventFilters: []string{"b", "a"}, SSLVerification: true}
	for name, row := range lostResponses(sandbox.OpCreateEndpoint) {
		for variant, key := range map[string]string{"generated key": "", "own key": "my-own-signing-key", "sparse listing": ""} {
			runInBubble(t, name+"/"+variant, func(t *testing.T) {
				api := &sandbox.Server{Quirks: sandbox.Quirks{SparseListing: variant == "sparse listing"}}
				var before []string
				for range 2 {
					e := hook(params)
					e.Secrets = []sandbox.Secret{{Key: key}}
					before = append(before, api.AddEndpoint(e).ID)
				}
				api.Inject(row.fault)
				c, log := newClient(t, api)
				created := mustCreate(t, c, params, key)
				equal(t, "POSTs", log.count("POST"), row.posts)
				time.Sleep(2 * testTimeout)
				equal(t, "endpoints", endpointIDs(api), append(before, created.ID))
				equal(t, "filters of the caller", params.EventFilters, []string{"b", "a"})
				equal(t, "endpoint", []any{NormalizeURL(created.URL), created.SSLVerification}, []any{"https://example.com/", true})
			})
		}
	}
}

func TestCreateThatTimesOutIsSentOnce(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault     sandbox.Fault
		elapsed   time.Duration
		endpoints int // in the end
	}{
		"not done":      {sandbox.Fault{Delay: time.Hour}, 2 * testTimeout, 1},
		"done late":     {sandbox.Fault{Delay: 3 * testTimeout, Detach: true, Do: true, Close: true}, 2 * testTimeout, 2},
		"504, not done": {sandbox.Fault{Status: 504}, testTimeout, 1},
		"408, not done": {sandbox.Fault{Status: 408}, testTimeout, 1},
	} {
		runInBubble(t, name, func(t *testing.T) {
			api := sandboxWithEndpoint()
			row.fault.Operation = sandbox.OpCreateEndpoint
			api.Inject(row.fault)
			c, log := newClient(t, api)
			start := time.Now()
			_, err := c.CreateEndpoint(t.Context(), hookParams, "")
			equal(t, "candidates", asUndecided(t, err).Candidates, nil)
			equal(t, "elapsed", time.Since(start), row.elapsed)
			equal(t, "POSTs", log.count("POST"), 1)
			if n := log.count("GET"); n < 5 || n > 15 {
				t.Errorf("%d listings, want 5 to 15", n)
			}
			time.Sleep(5 * testTimeout)
			equal(t, "endpoints", len(endpointIDs(api)), row.endpoints)
		})
	}
}

func TestCreateGivesUpAfterMaxRetries(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: 500, Times: -1})
		c, log := newClient(t, api, func(c *Config) { c.MaxRetries = 2 })
		start := time.Now()
		_, err := c.CreateEndpoint(t.Context(), hookParams, "")
		equal(t, "status", asUndecided(t, err).StatusCode, 500)
		equal(t, "POSTs", log.count("POST"), 3)
		equal(t, "elapsed", time.Since(start), 3*testTimeout)
	})
}

func TestRefusedWriteIsNotLookedUp(t *testing.T) {
	t.Parallel()
	for name, op := range map[string]sandbox.Operation{"create": sandbox.OpCreateEndpoint, "rotate": sandbox.OpRotateSecret} {
		for _, code := range []int{400, 401, 403, 409, 422, 302, 307} {
			api := sandboxWithEndpoint()
			api.Inject(sandbox.Fault{Operation: op, Status: code})
			c, log := newClient(t, api)
			what := fmt.Sprintf("%s, %d: ", name, code)
			equal(t, what+"undecided", asError(t, writing[name](t.Context(), c)).Undecided, false)
			equal(t, what+"GETs, POSTs", []int{log.count("GET"), log.count("POST")}, []int{1, 1})
		}
	}
}

// If the API refuses a retry, the first POST, whose response was lost, may still have taken effect.
func TestRefusalAfterALostResponseIsUndecided(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		doneAfter time.Duration // 0: never
		found     bool
	}{
		"not done":                             {0, false},
		"done before the lookup after the 403": {testTimeout + 100*time.Millisecond, true},
		"done after that lookup":               {2 * testTimeout, false},
	} {
		runInBubble(t, name, func(t *testing.T) {
			api := &sandbox.Server{}
			api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Close: true, Do: row.doneAfter > 0, DoAfter: row.doneAfter})
			api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: 403, Body: `{"status":"forbidden","message":"no"}`})
			c, log := newClient(t, api)
			created, err := c.CreateEndpoint(t.Context(), hookParams, "")
			equal(t, "POSTs", log.count("POST"), 2)
			if row.found {
				equal(t, "endpoints, error", []any{endpointIDs(api), err}, []any{[]string{created.ID}, nil})
				return
			}
			equal(t, "status", asUndecided(t, err).StatusCode, 403)
		})
	}
}

func TestCreateIsNotSentWithoutABaseline(t *testing.T) {
	t.Parallel()
	for _, code := range []int{500, 502, 403} {
		runInBubble(t, fmt.Sprint(code), func(t *testing.T) {
			c, log := newClient(t, reply(code, "x"))
			_, err := c.CreateEndpoint(t.Context(), hookParams, "")
			failure := asError(t, err)
			equal(t, "undecided, may be done", []bool{failure.Undecided, failure.MayBeDone()}, []bool{false, false})
			equal(t, "POSTs", log.count("POST"), 0)
		})
	}
}

// addDuringPOST injects a fault into the first create, and adds other endpoints while its POST is in flight.
func addDuringPOST(api *sandbox.Server, fault sandbox.Fault, others ...sandbox.Endpoint) {
	fault.Operation = sandbox.OpCreateEndpoint
	var once sync.Once
	fault.Match = func(sandbox.Request) bool {
		once.Do(func() {
			for _, e := range others {
				api.AddEndpoint(e)
			}
		})
		return true
	}
	api.Inject(fault)
}

func TestCreateDoesNotAdoptAnEndpointWithAnotherKey(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]lostResponse{
		"done":      {sandbox.Fault{Do: true, Close: true}, 1},
		"not done":  {sandbox.Fault{Close: true}, 2},
		"done late": {sandbox.Fault{Do: true, Close: true, DoAfter: 3 * time.Second}, 1},
	} {
		runInBubble(t, name, func(t *testing.T) {
			api := &sandbox.Server{}
			other := hook(hookParams)
			other.Secrets = []sandbox.Secret{{Key: "the key of another pipeline"}}
			addDuringPOST(api, row.fault, other, hook(endpointAt("other")))
			c, log := newClient(t, api)
			created := mustCreate(t, c, hookParams, "my-own-signing-key")
			equal(t, "id", created.ID, endpointIDs(api)[2])
			equal(t, "POSTs", log.count("POST"), row.posts)
			equal(t, "key", created.Secrets[0].Key, "my-own-signing-key")
		})
	}
}

func TestUndecidedCreateListsItsCandidates(t *testing.T) {
	t.Parallel()
	for name, others := range map[string][]sandbox.Endpoint{
		"identical endpoints": {hook(hookParams), hook(hookParams)},
		"other event filters": {hook(EndpointParams{URL: hookURL, SSLVerification: true, EventFilters: []string{"x"}})},
		"no SSL verification": {hook(EndpointParams{URL: hookURL})},
		"rewritten URL":       {hook(EndpointParams{URL: hookURL + "/", SSLVerification: true})},
	} {
		runInBubble(t, name, func(t *testing.T) {
			api := &sandbox.Server{}
			addDuringPOST(api, sandbox.Fault{Close: true}, others...)
			c, log := newClient(t, api)
			_, err := c.CreateEndpoint(t.Context(), hookParams, "")
			want := endpointIDs(api)
			slices.Sort(want)
			equal(t, "candidates", asUndecided(t, err).Candidates, want)
			equal(t, "POSTs", log.count("POST"), 1)
		})
	}
}

// Endpoints of this client's other creates are not candidates, even while those creates are in flight.
func TestLostCreateIsRetriedDuringOtherCreates(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		to := func(path string) func(sandbox.Request) bool {
			return func(r sandbox.Request) bool { return strings.Contains(string(r.Body), path+`"`) }
		}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Match: to("/lost"), Close: true})
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Match: to("/slow"), Do: true, Body: " ", Truncate: 1})
		c, _ := newClient(t, api)
		paths := []string{"lost", "slow", "plain"}
		inParallel(len(paths), func(n int) { mustCreate(t, c, endpointAt(paths[n]), "") })
		equal(t, "endpoints", len(endpointIDs(api)), 3)
	})
}

func TestCreateDoesNotAdoptAnOldEndpointInTheResponse(t *testing.T) {
	t.Parallel()
	for _, old := range []string{"existed before", "was created by this client"} {
		runInBubble(t, old, func(t *testing.T) {
			api := &sandbox.Server{}
			c, _ := newClient(t, api)
			if old == "existed before" {
				api.AddEndpoint(hook(hookParams))
			} else if _, err := c.CreateEndpoint(t.Context(), hookParams, ""); err != nil {
				t.Fatal(err)
			}
			api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Body: strings.ReplaceAll(detailJSON, idA, endpointIDs(api)[0])})
			created := mustCreate(t, c, hookParams, "")
			equal(t, "new endpoints", endpointIDs(api)[1:], []string{created.ID})
		})
	}
}

// If a create of a URL stays undecided, the client sends no other create of that URL: the results would look the same.
func TestCreateIsNotSentAfterAnUndecidedOne(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Delay: time.Hour, Times: -1})
		c, log := newClient(t, api)
		start := time.Now()
		errs := make([]error, 50)
		inParallel(len(errs), func(n int) { _, errs[n] = c.CreateEndpoint(t.Context(), hookParams, "") })
		notSent := 0
		for _, err := range errs {
			if errors.Is(err, ErrEarlierUndecided) {
				notSent++
			} else {
				asUndecided(t, err)
			}
		}
		equal(t, "not sent", notSent, 49)
		equal(t, "elapsed", time.Since(start), 2*testTimeout)
		equal(t, "POSTs", log.count("POST"), 1)

		api.ClearFaults()
		if _, err := c.CreateEndpoint(t.Context(), endpointAt("other"), ""); err != nil {
			t.Errorf("another URL: %v", err)
		}
	})
}

func TestInterruptedCreateChecksOnceWhetherItTookEffect(t *testing.T) {
	t.Parallel()
	create, list := sandbox.OpCreateEndpoint, sandbox.OpListEndpoints
	hangingPOST := sandbox.Fault{Operation: create, Delay: time.Hour}
	hangingList := sandbox.Fault{Operation: list, Skip: 1, Delay: time.Hour}
	closed, closedAndDone := sandbox.Fault{Operation: create, Close: true}, sandbox.Fault{Operation: create, Close: true, Do: true}
	doneLater := sandbox.Fault{Operation: create, Close: true, Do: true, DoAfter: time.Second}
	for name, row := range map[string]struct {
		faults      []sandbox.Fault // none: the POST takes effect, and hangs
		interrupt   time.Duration
		done        bool
		gets        int
		interrupted bool // whether the error is that of the interrupt
	}{
		"POST hangs, done":       {nil, time.Second, true, 2, true},
		"POST hangs, not done":   {[]sandbox.Fault{hangingPOST}, time.Second, false, 2, true},
		"POST and lookup hang":   {[]sandbox.Fault{hangingPOST, hangingList}, time.Second, false, 2, true},
		"first lookup, done":     {[]sandbox.Fault{closedAndDone}, 100 * time.Millisecond, true, 2, true},
		"first lookup, not done": {[]sandbox.Fault{closed}, 100 * time.Millisecond, false, 2, false},
		"lookup hangs, done":     {[]sandbox.Fault{doneLater, hangingList}, 2 * time.Second, true, 3, true},
		"retry hangs, not done":  {[]sandbox.Fault{closed, hangingPOST}, testTimeout + time.Second, false, 10, true},
	} {
		runInBubble(t, name, func(t *testing.T) {
			api := &sandbox.Server{}
			if row.faults == nil {
				addDuringPOST(api, hangingPOST, hook(hookParams))
			}
			for _, fault := range row.faults {
				api.Inject(fault)
			}
			c, log := newClient(t, api)
			start := time.Now()
			created, err := c.CreateEndpoint(cancelAfter(t, row.interrupt), hookParams, "")
			if elapsed := time.Since(start); elapsed > row.interrupt+lookupAfterInterrupt {
				t.Errorf("it took %s, which is longer than the last lookup may take", elapsed)
			}
			equal(t, "listings", log.count("GET"), row.gets)
			if row.done {
				equal(t, "endpoints, error", []any{endpointIDs(api), err}, []any{[]string{created.ID}, nil})
				return
			}
			equal(t, "interrupted", errors.Is(asUndecided(t, err), context.Canceled), row.interrupted)
		})
	}
}

func TestCreatesShareTheirBaseline(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c, log := newClient(t, &sandbox.Server{})
		create := func(n int) {
			mustCreate(t, c, endpointAt(n/2), "")
		}
		inParallel(12, create)
		equal(t, "GETs, POSTs", []int{log.count("GET"), log.count("POST")}, []int{1, 12})
		for n := range 60 {
			create(n)
			time.Sleep(time.Second)
		}
		if n := log.count("GET"); n < 15 || n > 21 { // about one per baselineAge
			t.Errorf("%d listings in a minute, want 15 to 21", n)
		}
	})
}

// The baseline is read right before the POST. An endpoint that another pipeline creates during a wait is in it, and not
// adopted.
func TestCreateReadsItsBaselineAfterTheWait(t *testing.T) {
	t.Parallel()
	for _, wait := range []string{"429", "pace"} {
		runInBubble(t, wait, func(t *testing.T) {
			api := &sandbox.Server{}
			c, log := newClient(t, api, func(c *Config) {
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
			created := mustCreate(t, c, hookParams, "")
			equal(t, "new endpoints", endpointIDs(api)[1:], []string{created.ID})
			requests := log.all()
			for n, request := range requests {
				if request.method == "POST" && request.at.Sub(requests[n-1].at) > baselineAge {
					t.Errorf("the baseline of a POST was %s old, want at most %s", request.at.Sub(requests[n-1].at), baselineAge)
				}
			}
		})
	}
}

// Half of the parallel creates have the same URL. Each must create one endpoint, and return that endpoint.
func TestParallelCreatesWithRandomFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		runInBubble(t, fmt.Sprint("seed ", seed), func(t *testing.T) {
			api := &sandbox.Server{}
			injectAtRandom(api, sandbox.OpCreateEndpoint, rand.New(rand.NewPCG(7, seed)))
			c, _ := newClient(t, api, func(c *Config) { c.MaxRetries = 50 })
			created := make([]string, 20)
			inParallel(len(created), func(n int) {
				params := hookParams
				if n%2 == 0 {
					params = endpointAt(n)
				}
				created[n] = mustCreate(t, c, params, "").ID
			})
			existing := endpointIDs(api)
			slices.Sort(created)
			slices.Sort(existing)
			equal(t, "ids", created, existing)
		})
	}
}

// injectAtRandom injects faults of every kind. Those with a Delay of 1 ms stand for requests that succeed.
func injectAtRandom(api *sandbox.Server, op sandbox.Operation, random *rand.Rand) {
	faults := []sandbox.Fault{
		{Delay: time.Millisecond}, {Delay: time.Millisecond}, {Close: true}, {Close: true, Do: true},
		{Close: true, Do: true, DoAfter: 3 * time.Second},
		{Status: 500, Do: true}, {Status: 502}, {Status: 503, Do: true, DoAfter: time.Second}, {Status: 504, Do: true}, {Truncate: 9},
		{Do: true, Body: "<html>"}, {Body: "<html>"}, {Status: 429}, {Delay: testTimeout + time.Second, Detach: true, Do: true, Close: true},
	}
	for range 200 {
		fault := faults[random.IntN(len(faults))]
		fault.Operation = op
		api.Inject(fault)
	}
}

func TestCreatesOfOneURLRunOneAfterAnother(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{}
		api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Delay: time.Second, Times: -1})
		c, log := newClient(t, api)
		start := time.Now()
		inParallel(6, func(n int) { mustCreate(t, c, endpointAt(n%2), "") })
		equal(t, "elapsed, POSTs", []any{time.Since(start), log.count("POST")}, []any{3 * time.Second, 6})
	})
}

func TestFailedLookupIsRetried(t *testing.T) {
	t.Parallel()
	for _, done := range []bool{true, false} {
		runInBubble(t, fmt.Sprint("done ", done), func(t *testing.T) {
			api := &sandbox.Server{}
			api.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Close: true, Do: done})
			api.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Skip: 1, Status: 500})
			c, _ := newClient(t, api)
			created, err := c.CreateEndpoint(t.Context(), hookParams, "")
			equal(t, "endpoints, error", []any{endpointIDs(api), err}, []any{[]string{created.ID}, nil})
		})
	}
}
