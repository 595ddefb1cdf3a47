package provider_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestListEndpoints(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Sandbox.Quirks.ListOrder = "shuffle"
	add := func(url string, filters ...string) string {
		return url + " " + e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: url, EventFilters: filters}).ID
	}
	b := add("https://b.example/hook", "tts.job.completed")
	a1, a2 := add("https://a.example/hook"), add("https://a.example/hook", "stt.jobs.completed")
	as := []string{a1, a2}
	slices.Sort(as) // by id, because the URLs are equal
	p := e.Configured()
	for name, row := range map[string]struct {
		config acctest.Object
		limit  int64
		want   []string
	}{
		"all":             {nil, 100, []string{as[0], as[1], b}},
		"no limit":        {nil, 0, []string{as[0], as[1], b}},
		"limit":           {nil, 2, as},
		"regex and limit": {acctest.Object{"url_regex": `^https://[ab]\.`}, 1, as[:1]},
		"event type":      {acctest.Object{"event_type": "tts.job.completed"}, 100, []string{a1, b}},
		"both filters":    {acctest.Object{"event_type": "stt.jobs.failed", "url_regex": "a"}, 100, []string{a1}},
		"no match":        {acctest.Object{"url_regex": "^hook"}, 100, nil},
	} {
		var got []string
		for _, result := range p.List(endpointType, row.config, row.limit, false) {
			result.Problems.ExpectNone(t)
			if result.Resource != nil {
				t.Errorf("%s: the resource was not requested, got %v", name, result.Resource)
			}
			got = append(got, fmt.Sprint(result.DisplayName, " ", result.Identity["id"]))
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", name, got, row.want)
		}
	}
	e.ExpectRequests("GET /webhooks/endpoints")
}

func TestListEndpointsWithResource(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	existing := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, EventFilters: []string{"stt.jobs.failed"}})
	results := e.Configured().List(endpointType, nil, 100, true)
	want := acctest.Object{
		"id": existing.ID, "url": hook, "event_filters": []any{"stt.jobs.failed"}, "ssl_verification": false, "store_secrets": false,
		"secret_key": nil, "secret_key_wo": nil, "secret_key_wo_version": nil, "secrets": nil,
	}
	if len(results) != 1 || len(results[0].Resource) != len(want) {
		t.Fatalf("got %v", results)
	}
	expectObject(t, "resource", results[0].Resource, want)
}
