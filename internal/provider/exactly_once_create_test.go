package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// lostResponse is a failure of a POST after which the provider can tell whether the request took effect.
type lostResponse struct {
	fault sandbox.Fault
	posts int // how many POSTs the provider must send
}

// lostResponses returns failures by a name that is used in URLs.
func lostResponses() map[string]lostResponse {
	const page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
	retryAfter := http.Header{"Retry-After": {"2"}}
	return map[string]lostResponse{
		"none":            {sandbox.Fault{Delay: time.Millisecond}, 1},
		"429":             {sandbox.Fault{Status: 429}, 2},
		"429-retry-after": {sandbox.Fault{Status: 429, Header: retryAfter}, 2},
		"503-retry-after": {sandbox.Fault{Status: 503, Header: retryAfter}, 2},
		"closed-before":   {sandbox.Fault{Close: true}, 2},
		"closed-after":    {sandbox.Fault{Close: true, Do: true}, 1},
		"truncated":       {sandbox.Fault{Truncate: 30}, 1},
		"page-before":     {sandbox.Fault{Body: page}, 2},
		"page-after":      {sandbox.Fault{Body: page, Do: true}, 1},
		"204-after":       {sandbox.Fault{Status: 204, Do: true}, 1},
		"null-after":      {sandbox.Fault{Body: "null", Do: true}, 1},
		"500-before":      {sandbox.Fault{Status: 500, Body: page}, 2},
		"500-after":       {sandbox.Fault{Status: 500, Body: page, Do: true}, 1},
		"502-before":      {sandbox.Fault{Status: 502, Body: page}, 2},
		"502-after":       {sandbox.Fault{Status: 502, Body: page, Do: true}, 1},
		"503-before":      {sandbox.Fault{Status: 503, Body: page}, 2},
		"503-after":       {sandbox.Fault{Status: 503, Body: page, Do: true}, 1},
		"504-after":       {sandbox.Fault{Status: 504, Do: true}, 1},
	}
}

// forEach returns a for_each argument with these names, and a url argument with a different URL for each name.
func forEach(names []string) string {
	set := strings.ReplaceAll(fmt.Sprintf("%q", names), `" "`, `", "`)
	return "for_each = toset(" + set + ")\n  url = \"https://example.com/${each.key}\""
}

// mentions matches requests with a text in their path or body.
func mentions(text string) func(sandbox.Request) bool {
	return func(r sandbox.Request) bool { return strings.Contains(r.Path+" "+string(r.Body), text) }
}

// countMentions returns the number of requests for an operation that mention a text.
func countMentions(e *acctest.Env, op sandbox.Operation, text string) (n int) {
	for _, r := range e.Sandbox.RequestLog() {
		if r.Operation == op && mentions(text)(r) {
			n++
		}
	}
	return n
}

// realTime makes the client wait in real time, with this request timeout.
func realTime(timeout time.Duration) func(*prosa.Config) {
	return func(c *prosa.Config) { c.RequestTimeout, c.Sleep = timeout, nil }
}

// TestCreateHappensOnceWhateverTheResponse creates, in one apply, an endpoint for each lost response, and several
// endpoints with the same URL. All of the URLs are already registered, so the URL alone does not show whether a create
// took effect.
func TestCreateHappensOnceWhateverTheResponse(t *testing.T) {
	t.Parallel()
	const same = "https://example.com/same"
	e, lost := acctest.New(t), lostResponses()
	names := slices.Sorted(maps.Keys(lost))
	wantPosts := map[string]int{same: 6 + 2} // 6 endpoints; 2 of the 4 faults happen before the create takes effect
	register := func(url string, responses ...lostResponse) {
		e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: url, SSLVerification: true})
		for _, response := range responses {
			response.fault.Operation, response.fault.Match = sandbox.OpCreateEndpoint, mentions(`"`+url+`"`)
			e.Sandbox.Inject(response.fault)
		}
	}
	for _, name := range names {
		register("https://example.com/"+name, lost[name])
		wantPosts["https://example.com/"+name] = lost[name].posts
	}
	register(same, lost["closed-after"], lost["502-before"], lost["truncated"], lost["closed-before"])
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint(forEach(names))+`
resource "prosa_webhook_endpoint" "same" {
  count = 6
  url   = "`+same+`"
}
`)
	w.Run("apply", "-auto-approve")

	inState, inAPI := map[string][]string{}, map[string][]string{} // ids by URL
	for _, instance := range w.State() {
		inState[instance.Text("url")] = append(inState[instance.Text("url")], instance.Text("id"))
	}
	for _, endpoint := range e.Sandbox.Endpoints() {
		inAPI[endpoint.URL] = append(inAPI[endpoint.URL], endpoint.ID)
	}
	for url, posts := range wantPosts {
		created := inAPI[url][1:] // without the one that was registered before
		slices.Sort(created)
		slices.Sort(inState[url])
		if !slices.Equal(inState[url], created) {
			t.Errorf("%s: the state has %q, created were %q", url, inState[url], created)
		}
		if n := countMentions(e, sandbox.OpCreateEndpoint, `"`+url+`"`); n != posts {
			t.Errorf("%s: %d POSTs, want %d", url, n, posts)
		}
	}
	if n := len(inAPI[same]); n != 7 {
		t.Errorf("%d endpoints with the same URL, want 7", n)
	}
	expectEmptyPlan(t, w)
}

var importAdvice = regexp.MustCompile(`terraform import (prosa_webhook_endpoint)\.NAME '([^']*)'`)

// TestUndecidedCreateIsNotRetried: the request times out, and the create takes effect much later. The test then follows
// the error's advice.
func TestUndecidedCreateIsNotRetried(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Client = append(e.Client, realTime(time.Second))
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Detach: true, Delay: 4 * time.Second})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+configHook)
	message := w.ExpectError("apply", "-auto-approve")
	advice := importAdvice.FindStringSubmatch(message)
	if advice == nil || advice[2] != hook || !strings.Contains(message, "with the URL "+hook) {
		t.Fatalf("the error lacks the URL or the import command: %s", message)
	}
	if n := e.Sandbox.Count(sandbox.OpCreateEndpoint); n != 1 || len(w.State()) > 0 {
		t.Errorf("%d POSTs, state %v", n, w.State())
	}
	e.Sandbox.Wait()
	w.Run("import", advice[1]+".a", advice[2])
	w.Run("apply", "-auto-approve")
	if id := w.State()[endpointA].Text("id"); id != e.OnlyEndpoint().ID {
		t.Errorf("the state has %s, want %s", id, e.OnlyEndpoint().ID)
	}
}
