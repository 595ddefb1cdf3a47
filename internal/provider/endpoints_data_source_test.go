package provider_test

import (
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestEndpointsDataSource(t *testing.T) {
	t.Parallel()
	const (
		plainID     = "aaaaaaaa-0000-4000-8000-000000000001" // every event type
		completedID = "bbbbbbbb-0000-4000-8000-000000000001" // the same URL as failedID
		failedID    = "bbbbbbbb-0000-4000-8000-000000000002"
		a, b        = "https://a.example.com/prosa-webhook", "https://b.example.com/prosa-webhook"
	)
	e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.ListOrder = "shuffle" })
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: failedID, URL: b, EventFilters: []string{"stt.jobs.failed", "a", "a"}, SSLVerification: true})
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: completedID, URL: b, EventFilters: []string{"stt.jobs.completed"}, SSLVerification: true})
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: plainID, URL: a})
	plain := acctest.Object{"id": plainID, "url": a, "event_filters": []any{}, "ssl_verification": false}
	completed := acctest.Object{"id": completedID, "url": b, "event_filters": []any{"stt.jobs.completed"}, "ssl_verification": true}
	failed := acctest.Object{"id": failedID, "url": b, "event_filters": []any{"a", "stt.jobs.failed"}, "ssl_verification": true}
	p := e.Configured()
	for name, row := range map[string]struct {
		config acctest.Object
		want   []any
	}{
		"no filter":                  {nil, []any{plain, completed, failed}},
		"anchored":                   {acctest.Object{"url_regex": `^https://a\.`}, []any{plain}},
		"other case":                 {acctest.Object{"url_regex": `A\.EXAMPLE`}, []any{}},
		"empty regex":                {acctest.Object{"url_regex": ""}, []any{plain, completed, failed}},
		"event type":                 {acctest.Object{"event_type": "stt.jobs.failed"}, []any{plain, failed}},
		"event type without filters": {acctest.Object{"event_type": "tts.job.completed"}, []any{plain}},
		"both":                       {acctest.Object{"url_regex": "//b", "event_type": "stt.jobs.completed"}, []any{completed}},
	} {
		got := p.MustReadDataSource("prosa_webhook_endpoints", row.config)
		expectObject(t, name, got, acctest.Object{"endpoints": row.want, "ids": columnOf(row.want, "id")})
	}
	e.ExpectRequests("GET /webhooks/endpoints")
}
