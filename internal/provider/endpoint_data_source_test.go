package provider_test

import (
	"fmt"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestEndpointDataSource(t *testing.T) {
	t.Parallel()
	const list, detail = "GET /webhooks/endpoints", "GET /webhooks/endpoints/" + knownID
	const url, otherSpelling = "https://speech.example.com/prosa-webhook", "HTTPS://Speech.Example.com:443/prosa-webhook"
	for name, row := range map[string]struct {
		config   acctest.Object
		requests []string
		keys     bool
	}{
		"id":                  {acctest.Object{"id": knownID}, []string{detail}, false},
		"id with keys":        {acctest.Object{"id": knownID, "include_secrets": true}, []string{detail}, true},
		"url without keys":    {acctest.Object{"url": url, "include_secrets": false}, []string{list}, false},
		"url with keys":       {acctest.Object{"url": url, "include_secrets": true}, []string{list, detail}, true},
		"url, other spelling": {acctest.Object{"url": otherSpelling}, []string{list}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t)
			existing := e.Sandbox.AddEndpoint(sandbox.Endpoint{
				ID: knownID, URL: url, EventFilters: []string{"stt.jobs.failed", "stt.jobs.completed"},
				Secrets: []sandbox.Secret{{Key: "older", ExpiredAt: ptr(apiTime(t, "2100-01-02T03:04:05.25Z"))}, {Key: "newer"}},
			})
			want := acctest.Object{
				"id": knownID, "url": url, "event_filters": []any{"stt.jobs.completed", "stt.jobs.failed"}, "ssl_verification": false, "secrets": nil,
			}
			if given := row.config["url"]; given != nil {
				want["url"] = given
			}
			if row.keys {
				want["secrets"] = listedKeys(existing.Secrets[1], existing.Secrets[0])
			}
			p := e.Configured()
			expectObject(t, "endpoint", p.MustReadDataSource("prosa_webhook_endpoint", row.config), want)
			p.MustReadDataSource("prosa_webhook_endpoint", row.config) // from the cache
			e.ExpectRequests(row.requests...)
		})
	}
}

// TestEndpointDataSourceWithoutFields reads an endpoint whose response lacks filters and keys.
func TestEndpointDataSourceWithoutFields(t *testing.T) {
	t.Parallel()
	for _, fields := range []string{"", `"event_filters": null, "secrets": null,`} {
		e := acctest.New(t)
		e.Sandbox.Inject(sandbox.Fault{Body: fmt.Sprintf(`{%s "id": %q, "url": "https://example.com/", "ssl_verification": true}`, fields, knownID)})
		got := e.Configured().MustReadDataSource("prosa_webhook_endpoint", acctest.Object{"id": knownID, "include_secrets": true})
		expectObject(t, "endpoint", got, acctest.Object{"event_filters": []any{}, "secrets": nil})
	}
}
