package provider_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	plainID     = "aaaaaaaa-0000-4000-8000-000000000001" // every event type
	completedID = "bbbbbbbb-0000-4000-8000-000000000001" // completed jobs; the same URL as failedID
	failedID    = "bbbbbbbb-0000-4000-8000-000000000002" // failed jobs
)

func seedEndpoints(e *acctest.Env) {
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: failedID, URL: "https://b.example.com/prosa-webhook", EventFilters: []string{"stt.jobs.failed"}, SSLVerification: true})
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: completedID, URL: "https://b.example.com/prosa-webhook", EventFilters: []string{"stt.jobs.completed"}, SSLVerification: true})
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: plainID, URL: "https://a.example.com/prosa-webhook"})
}

func TestEndpointsDataSource(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	seedEndpoints(e)
	p := e.Configured()
	listed := func(id, url string, ssl bool, filters ...any) acctest.Object {
		return acctest.Object{"id": id, "url": url, "event_filters": append([]any{}, filters...), "ssl_verification": ssl}
	}
	for _, c := range []struct {
		config         acctest.Object
		endpoints, ids []any
	}{
		{nil, []any{
			listed(plainID, "https://a.example.com/prosa-webhook", false),
			listed(completedID, "https://b.example.com/prosa-webhook", true, "stt.jobs.completed"),
			listed(failedID, "https://b.example.com/prosa-webhook", true, "stt.jobs.failed"),
		}, []any{plainID, completedID, failedID}},
		{acctest.Object{"url_regex": "elsewhere"}, []any{}, []any{}},
	} {
		got, problems := p.ReadDataSource("prosa_webhook_endpoints", c.config)
		problems.ExpectNone(t)
		expectObject(t, fmt.Sprint(c.config), got, acctest.Object{"endpoints": c.endpoints, "ids": c.ids})
	}
	e.ExpectWrites()
}

func TestEndpointsDataSourceFilters(t *testing.T) {
	t.Parallel()
	all := []any{plainID, completedID, failedID}
	for _, row := range []struct {
		name   string
		config acctest.Object
		ids    []any
	}{
		{"none", nil, all},
		{"part of the URL", acctest.Object{"url_regex": `prosa-web`}, all},
		{"anchored", acctest.Object{"url_regex": `^https://a\.`}, []any{plainID}},
		{"case matters", acctest.Object{"url_regex": `A\.EXAMPLE`}, []any{}},
		{"case told not to matter", acctest.Object{"url_regex": `(?i)A\.EXAMPLE`}, []any{plainID}},
		{"empty expression", acctest.Object{"url_regex": ""}, all},
		{"those that would receive it", acctest.Object{"event_type": "stt.jobs.failed"}, []any{plainID, failedID}},
		{"a type that no filter names", acctest.Object{"event_type": "tts.job.completed"}, []any{plainID}},
		{"both", acctest.Object{"url_regex": "//b", "event_type": "stt.jobs.completed"}, []any{completedID}},
	} {
		for _, order := range []string{"", "reverse", "shuffle"} {
			t.Run(row.name+"/"+order, func(t *testing.T) {
				t.Parallel()
				e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.ListOrder = order })
				seedEndpoints(e)
				result, problems := e.Configured().ReadDataSource("prosa_webhook_endpoints", row.config)
				problems.ExpectNone(t)
				if !reflect.DeepEqual(result["ids"], row.ids) || !reflect.DeepEqual(columnOf(result["endpoints"], "id"), row.ids) {
					t.Errorf("got %v and endpoints %v, want %v", result["ids"], result["endpoints"], row.ids)
				}
				if sent := sentRequests(e); !slices.Equal(sent, []string{"GET /webhooks/endpoints"}) {
					t.Errorf("sent %q, want one listing", sent)
				}
			})
		}
	}
}

// TestEndpointsDataSourceOfDuplicateFilters lists an endpoint that names an event type twice.
func TestEndpointsDataSourceOfDuplicateFilters(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Body: `[{"id":"` + plainID + `","url":"` + hook + `","event_filters":["b","a","b"],"ssl_verification":true}]`})
	result, problems := e.Configured().ReadDataSource("prosa_webhook_endpoints", nil)
	problems.ExpectNone(t)
	if got, want := columnOf(result["endpoints"], "event_filters"), []any{[]any{"a", "b"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("the filters are %v, want %v", got, want)
	}
}
