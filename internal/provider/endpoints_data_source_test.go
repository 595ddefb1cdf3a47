package provider_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

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
	e := acctest.New(t)
	seedEndpoints(e)
	address := "data.prosa_webhook_endpoints.all"
	listed := func(id, url string, ssl bool, filters ...string) knownvalue.Check {
		types := []knownvalue.Check{}
		for _, filter := range filters {
			types = append(types, knownvalue.StringExact(filter))
		}
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": knownvalue.StringExact(id), "url": knownvalue.StringExact(url),
			"event_filters": knownvalue.SetExact(types), "ssl_verification": knownvalue.Bool(ssl),
		})
	}
	empty := knownvalue.ListExact(nil)
	e.Test(onlyReads(e,
		resource.TestStep{
			Config: `
data "prosa_webhook_endpoints" "all" {}
data "prosa_webhook_endpoints" "none" { url_regex = "elsewhere" }`,
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("data.prosa_webhook_endpoints.none", "endpoints", empty),
				attribute("data.prosa_webhook_endpoints.none", "ids", empty),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("endpoints"), knownvalue.ListExact([]knownvalue.Check{
					listed(plainID, "https://a.example.com/prosa-webhook", false),
					listed(completedID, "https://b.example.com/prosa-webhook", true, "stt.jobs.completed"),
					listed(failedID, "https://b.example.com/prosa-webhook", true, "stt.jobs.failed"),
				})),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("ids"), knownvalue.ListExact([]knownvalue.Check{
					knownvalue.StringExact(plainID), knownvalue.StringExact(completedID), knownvalue.StringExact(failedID),
				})),
			},
		},
	))
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
		{"a type that nobody names", acctest.Object{"event_type": "tts.job.completed"}, []any{plainID}},
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
