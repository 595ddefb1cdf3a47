package provider_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestEveryListedTypeHasAnIdentity(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	types := p.ListResources()
	if len(types) == 0 {
		t.Fatal("there is no list resource")
	}
	for _, listed := range types {
		if len(p.Identity(listed)) == 0 {
			t.Errorf("%s can be listed and has no identity, which Terraform cannot do", listed)
		}
	}
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	for resource, want := range map[string]string{endpointType: "[id]", rotationType: "[endpoint_id]"} {
		if got := fmt.Sprint(p.Identity(resource)); got != want {
			t.Errorf("the identity of %s is %s", resource, got)
		}
	}
}

func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	e, there := receiving(t, 200)
	p := e.Configured()
	state, problems := p.ImportByIdentity(endpointType, acctest.Object{"id": there.ID})
	problems.ExpectNone(t)
	expectObject(t, "endpoint", state.Attributes, acctest.Object{"id": there.ID, "url": hook})
	state, problems = p.ImportByIdentity(rotationType, acctest.Object{"endpoint_id": there.ID})
	problems.ExpectNone(t)
	expectObject(t, "rotation", state.Attributes, acctest.Object{"endpoint_id": there.ID, "secret_id": there.Secrets[0].ID})
	e.ExpectWrites()

	_, problems = p.ImportByIdentity(endpointType, acctest.Object{"id": hook})
	problems.Expect(t, "error", "", "Invalid import id", hook)
	_, problems = p.ImportByIdentity(endpointType, acctest.Object{"id": noSuchID})
	problems.Expect(t, "error", "", "No such webhook endpoint", noSuchID)
}

// listed returns the names and ids of results, and fails the test when one of them has a problem.
func listed(t *testing.T, results []acctest.Listed) (found []string) {
	t.Helper()
	for _, result := range results {
		result.Problems.ExpectNone(t)
		found = append(found, fmt.Sprint(result.DisplayName, " ", result.Identity["id"]))
	}
	return found
}

func TestListEndpoints(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Sandbox.Quirks.ListOrder = "shuffle"
	add := func(url string, filters ...string) string {
		return url + " " + e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: url, EventFilters: filters}).ID
	}
	c := add("https://c.example/hook", "tts.job.completed")
	b2, b1 := add("https://b.example/hook"), add("https://b.example/hook", "stt.jobs.completed")
	a := add("https://a.example/hook", "stt.jobs.completed", "stt.jobs.failed")
	bs := []string{b1, b2}
	slices.Sort(bs)
	p := e.Configured()
	for name, row := range map[string]struct {
		config acctest.Object
		limit  int64
		want   []string
	}{
		"all":           {nil, 100, []string{a, bs[0], bs[1], c}},
		"no limit":      {nil, 0, []string{a, bs[0], bs[1], c}},
		"limit":         {nil, 2, []string{a, bs[0]}},
		"regex":         {acctest.Object{"url_regex": `^https://[ac]\.`}, 100, []string{a, c}},
		"regex, limit":  {acctest.Object{"url_regex": `^https://[ac]\.`}, 1, []string{a}},
		"part of a URL": {acctest.Object{"url_regex": "c.example"}, 100, []string{c}},
		"event type":    {acctest.Object{"event_type": "tts.job.completed"}, 100, []string{b2, c}},
		"both":          {acctest.Object{"event_type": "stt.jobs.failed", "url_regex": "a"}, 100, []string{a, b2}},
		"none":          {acctest.Object{"url_regex": "^hook"}, 100, nil},
	} {
		if got := listed(t, p.List(endpointType, row.config, row.limit, false)); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", name, got, row.want)
		}
	}
	for _, r := range e.Sandbox.RequestLog() {
		if r.Operation != sandbox.OpListEndpoints {
			t.Errorf("%s %s was asked", r.Method, r.Path)
		}
	}
}

func TestListEndpointsWithTheResource(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	there := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, EventFilters: []string{"stt.jobs.failed"}})
	p := e.Configured()
	results := p.List(endpointType, nil, 100, true)
	listed(t, results)
	want := acctest.Object{
		"id": there.ID, "url": hook, "event_filters": []any{"stt.jobs.failed"}, "ssl_verification": false, "store_secrets": false,
		"secret_key": nil, "secret_key_wo": nil, "secret_key_wo_version": nil, "secrets": nil,
	}
	if len(results) != 1 || len(results[0].Resource) != len(want) {
		t.Fatalf("got %v", results)
	}
	expectObject(t, "resource", results[0].Resource, want)
	if results := p.List(endpointType, nil, 100, false); results[0].Resource != nil {
		t.Errorf("nobody asked for %v", results[0].Resource)
	}
}
