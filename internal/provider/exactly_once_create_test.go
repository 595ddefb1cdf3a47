package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// lostAnswer is something that goes wrong with a POST, and how often it is to be sent then.
type lostAnswer struct {
	fault sandbox.Fault
	posts int
}

// lostAnswers are what can go wrong and be found out about, by a name that fits into a URL.
func lostAnswers() map[string]lostAnswer {
	const page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
	retry := http.Header{"Retry-After": {"2"}}
	answers := map[string]lostAnswer{
		"none":             {sandbox.Fault{Delay: time.Millisecond}, 1},
		"closed-before":    {sandbox.Fault{Close: true}, 2},
		"closed-after":     {sandbox.Fault{Close: true, Do: true}, 1},
		"cut-off":          {sandbox.Fault{Truncate: 30}, 1},
		"page-before":      {sandbox.Fault{Body: page}, 2},
		"page-after":       {sandbox.Fault{Body: page, Do: true}, 1},
		"nothing-after":    {sandbox.Fault{Status: http.StatusNoContent, Do: true}, 1},
		"429":              {sandbox.Fault{Status: http.StatusTooManyRequests}, 2},
		"429-retry-after":  {sandbox.Fault{Status: http.StatusTooManyRequests, Header: retry}, 2},
		"503-retry-after":  {sandbox.Fault{Status: http.StatusServiceUnavailable, Header: retry}, 2},
		"504-after":        {sandbox.Fault{Status: http.StatusGatewayTimeout, Do: true}, 1},
		"null-after":       {sandbox.Fault{Body: "null", Do: true}, 1},
		"empty-list-after": {sandbox.Fault{Body: "[]", Do: true}, 1},
	}
	for _, status := range []int{500, 502, 503} {
		answers[strconv.Itoa(status)+"-before"] = lostAnswer{sandbox.Fault{Status: status, Body: page}, 2}
		answers[strconv.Itoa(status)+"-after"] = lostAnswer{sandbox.Fault{Status: status, Body: page, Do: true}, 1}
	}
	return answers
}

// eachOf writes a for_each over names, each of which has its own URL.
func eachOf(names []string) string {
	return fmt.Sprintf("for_each = toset(%s)\n  url = \"https://example.com/${each.key}\"", quotedWords(names))
}

func quotedWords(words []string) string {
	return strings.ReplaceAll(fmt.Sprintf("%q", words), `" "`, `", "`)
}

// mentions matches requests whose path or body has the text.
func mentions(text string) func(sandbox.Request) bool {
	return func(r sandbox.Request) bool { return strings.Contains(r.Path+" "+string(r.Body), text) }
}

// count counts the requests of an operation that have the text in path or body.
func count(e *acctest.Env, op sandbox.Operation, text string) (n int) {
	for _, r := range e.Sandbox.RequestLog() {
		if r.Operation == op && mentions(text)(r) {
			n++
		}
	}
	return n
}

// idsAt returns the ids of the endpoints with a URL, in order of their creation.
func idsAt(e *acctest.Env, url string) (ids []string) {
	for _, endpoint := range e.Sandbox.Endpoints() {
		if endpoint.URL == url {
			ids = append(ids, endpoint.ID)
		}
	}
	return ids
}

// impatient makes time-outs short, and the waits real ones.
func impatient(timeout time.Duration) func(*prosa.Config) {
	return func(c *prosa.Config) { c.RequestTimeout, c.Sleep = timeout, nil }
}

// TestCreateHappensOnceWhateverTheResponse creates endpoints at URLs that are registered already, with every fault.
func TestCreateHappensOnceWhateverTheResponse(t *testing.T) {
	t.Parallel()
	e, answers := acctest.New(t), lostAnswers()
	names, old := slices.Sorted(maps.Keys(answers)), map[string]string{}
	for _, name := range names {
		url := "https://example.com/" + name
		old[name] = e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: url, SSLVerification: true}).ID
		fault := answers[name].fault
		fault.Operation, fault.Match = sandbox.OpCreateEndpoint, mentions(`"`+url+`"`)
		e.Sandbox.Inject(fault)
	}
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint(eachOf(names)))
	w.Run("apply", "-auto-approve")
	state := w.State()
	for _, name := range names {
		url, instance := "https://example.com/"+name, state[fmt.Sprintf("%s[%q]", endpointA, name)]
		if ids := idsAt(e, url); len(ids) != 2 || instance.Text("id") != ids[1] {
			t.Errorf("%s: the endpoints are %q, of which %q was there before; the state has %s", name, ids, old[name], instance.Raw)
		}
		if n := count(e, sandbox.OpCreateEndpoint, `"`+url+`"`); n != answers[name].posts {
			t.Errorf("%s: it was sent %d times, want %d", name, n, answers[name].posts)
		}
	}
	w.Run("plan", "-detailed-exitcode") // fails when there is something to change
}

// TestManyCreatesAtOnceEachKeepTheirOwn has twenty creates, half of them of one URL that is registered already.
func TestManyCreatesAtOnceEachKeepTheirOwn(t *testing.T) {
	t.Parallel()
	const same = "https://example.com/same"
	e := acctest.New(t)
	old := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: same, SSLVerification: true}).ID
	lost := []sandbox.Fault{
		{Do: true, Close: true}, {Status: 502}, {Truncate: 30}, {Status: 500, Do: true}, {Close: true}, {Status: 504, Do: true}, {Body: "{}", Do: true},
	}
	for _, fault := range lost {
		for _, text := range []string{`"` + same + `"`, "https://example.com/other"} {
			fault.Operation, fault.Match = sandbox.OpCreateEndpoint, mentions(text)
			e.Sandbox.Inject(fault)
		}
	}
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint(`
  count = 20
  url   = count.index % 2 == 0 ? "`+same+`" : "https://example.com/other/${count.index}"`))
	w.Run("apply", "-auto-approve")
	urls := map[string]string{}
	for _, endpoint := range e.Sandbox.Endpoints() {
		urls[endpoint.ID] = endpoint.URL
	}
	if len(urls) != 21 {
		t.Errorf("there are %d endpoints besides the old one, want 20", len(urls)-1)
	}
	taken := map[string]string{old: "what was there before"}
	state := w.State()
	for address, instance := range state {
		id := instance.Text("id")
		if taken[id] != "" {
			t.Errorf("%s has taken %s, which is of %s", address, id, taken[id])
		}
		taken[id] = address
		if instance.Text("url") != urls[id] {
			t.Errorf("%s has %s, which has the URL %q", address, id, urls[id])
		}
	}
	if len(state) != 20 {
		t.Errorf("there are %d resources in the state", len(state))
	}
	w.Run("plan", "-detailed-exitcode")
}

// TestCreateThatTakesEffectLateIsFound: the create takes effect soon after the request timed out.
func TestCreateThatTakesEffectLateIsFound(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Client = append(e.Client, impatient(time.Second))
	old := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true}).ID
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Detach: true, Delay: 1300 * time.Millisecond})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+configHook)
	w.Run("apply", "-auto-approve")
	e.Sandbox.Wait()
	ids := idsAt(e, hook)
	if len(ids) != 2 || ids[0] != old || w.State()[endpointA].Text("id") != ids[1] || e.Sandbox.Count(sandbox.OpCreateEndpoint) != 1 {
		t.Errorf("endpoints %q, writes %v, state %s", ids, e.Writes(), w.State()[endpointA].Raw)
	}
	w.Run("plan", "-detailed-exitcode")
}

var importAdvice = regexp.MustCompile(`terraform import (prosa_webhook_endpoint)\.NAME '([^']*)'`)

// TestUndecidedCreateIsNotRetried: the request times out and the create takes effect much later. The test then follows
// the error's advice.
func TestUndecidedCreateIsNotRetried(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Client = append(e.Client, impatient(time.Second))
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Detach: true, Delay: 2500 * time.Millisecond})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+configHook)
	message := w.ExpectError("apply", "-auto-approve")
	advice := importAdvice.FindStringSubmatch(message)
	if advice == nil || advice[2] != hook || !strings.Contains(message, "with the URL "+hook) {
		t.Fatalf("the error names neither URL nor command: %s", message)
	}
	if n := e.Sandbox.Count(sandbox.OpCreateEndpoint); n != 1 || len(w.State()) > 0 {
		t.Errorf("it was sent %d times, and the state has %v", n, w.State())
	}
	e.Sandbox.Wait()
	w.Run("import", advice[1]+".a", advice[2])
	w.Run("apply", "-auto-approve")
	if id := w.State()[endpointA].Text("id"); id != e.OnlyEndpoint().ID {
		t.Errorf("the state has %s, which is not the endpoint there is", id)
	}
}

// TestCreateTakesNoForeignEndpoint has others register the same URL during the request.
func TestCreateTakesNoForeignEndpoint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   sandbox.Fault
		foreign sandbox.Endpoint
		posts   int
		open    bool
	}{
		"beside one that was done":      {sandbox.Fault{Do: true, Close: true}, sandbox.Endpoint{URL: hook, SSLVerification: true}, 1, true},
		"for other events, after it":    {sandbox.Fault{Do: true, Close: true}, sandbox.Endpoint{URL: hook, SSLVerification: true, EventFilters: []string{"x"}}, 1, false},
		"for other events, instead":     {sandbox.Fault{Close: true}, sandbox.Endpoint{URL: hook, SSLVerification: true, EventFilters: []string{"x"}}, 1, true},
		"without verification, instead": {sandbox.Fault{Status: 502}, sandbox.Endpoint{URL: hook}, 1, true},
		"at another URL, beside it":     {sandbox.Fault{Truncate: 20}, sandbox.Endpoint{URL: hook + "/", SSLVerification: true}, 1, false},
		"a late but valid response":     {sandbox.Fault{Delay: time.Millisecond}, sandbox.Endpoint{URL: hook, SSLVerification: true}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t)
			var foreign string
			fault := c.fault
			fault.Operation = sandbox.OpCreateEndpoint
			fault.Match = func(sandbox.Request) bool {
				foreign = e.Sandbox.AddEndpoint(c.foreign).ID
				return true
			}
			e.Sandbox.Inject(fault)
			state, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
			if n := e.Sandbox.Count(sandbox.OpCreateEndpoint); n != c.posts || len(e.Sandbox.Endpoints()) > 2 {
				t.Errorf("it was sent %d times, and there are %v", n, e.Sandbox.Endpoints())
			}
			if c.open {
				problems.Expect(t, "error", "", append([]string{hook, "terraform import"}, idsAt(e, hook)...)...)
				if state != nil {
					t.Errorf("the state has %v", state.Attributes)
				}
				return
			}
			problems.ExpectNone(t)
			if id := state.Attributes["id"]; id == foreign || !slices.Contains(append(idsAt(e, hook), idsAt(e, hook+"/")...), id.(string)) {
				t.Errorf("the state has %s; %s belongs to somebody else", id, foreign)
			}
		})
	}
}
