package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// seedRotated adds an endpoint with a key that ends, and a newer one.
func seedRotated(t *testing.T, e *acctest.Env) sandbox.Endpoint {
	return e.Sandbox.AddEndpoint(sandbox.Endpoint{
		ID: knownID, URL: "https://speech.example.com/prosa-webhook",
		EventFilters: []string{"stt.jobs.failed", "stt.jobs.completed"},
		Secrets: []sandbox.Secret{
			{ID: "063c6473-fa0c-79b7-8000-760e63e5b4f7", Key: "the-older-signing-key", ExpiredAt: ptr(apiTime(t, "2100-01-02T03:04:05.25Z"))},
			{ID: "063c6473-fa0c-79b7-8000-760e63e5b4f8", Key: "the-newer-signing-key"},
		},
	})
}

func TestEndpointDataSource(t *testing.T) {
	e := acctest.New(t)
	seedRotated(t, e)
	const url, spelled = "https://speech.example.com/prosa-webhook", "HTTPS://Speech.Example.com:443/prosa-webhook"
	block := func(name, by, value, more string) string {
		return fmt.Sprintf("data \"prosa_webhook_endpoint\" %q {\n  %s = %q\n%s\n}\n", name, by, value, more)
	}
	withKeys := block("url_keys", "url", url, "include_secrets = true")
	keys := knownvalue.ListExact([]knownvalue.Check{
		knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": knownvalue.StringExact("063c6473-fa0c-79b7-8000-760e63e5b4f8"), "key": knownvalue.StringExact("the-newer-signing-key"), "expired_at": knownvalue.Null(),
		}),
		knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": knownvalue.StringExact("063c6473-fa0c-79b7-8000-760e63e5b4f7"), "key": knownvalue.StringExact("the-older-signing-key"),
			"expired_at": knownvalue.StringExact("2100-01-02T03:04:05.25Z"),
		}),
	})
	var checks []statecheck.StateCheck
	for name, secrets := range map[string]knownvalue.Check{"id": knownvalue.Null(), "url": knownvalue.Null(), "id_keys": keys, "url_keys": keys} {
		address, shown := "data.prosa_webhook_endpoint."+name, url
		if name == "url" { // the user's spelling is kept
			shown = spelled
		}
		checks = append(checks,
			attribute(address, "id", knownvalue.StringExact(knownID)),
			attribute(address, "url", knownvalue.StringExact(shown)),
			attribute(address, "event_filters", texts("stt.jobs.completed", "stt.jobs.failed")),
			attribute(address, "ssl_verification", knownvalue.Bool(false)),
			attribute(address, "secrets", secrets),
		)
		if strings.HasSuffix(name, "keys") {
			checks = append(checks, statecheck.ExpectSensitiveValue(address, tfjsonpath.New("secrets").AtSliceIndex(1).AtMapKey("key")))
		}
	}
	e.Test(onlyReads(e,
		failing(resource.TestStep{Config: withKeys + `output "key" { value = data.prosa_webhook_endpoint.url_keys.secrets[0].key }`}, "sensitive"),
		resource.TestStep{
			Config:            block("id", "id", knownID, "") + block("url", "url", spelled, "") + block("id_keys", "id", knownID, "include_secrets = true") + withKeys,
			ConfigStateChecks: checks,
		},
	))
}

func TestEndpointDataSourceRequests(t *testing.T) {
	t.Parallel()
	const list, detail = "GET /webhooks/endpoints", "GET /webhooks/endpoints/" + knownID
	url := "https://speech.example.com/prosa-webhook"
	for _, row := range []struct {
		name   string
		config acctest.Object
		sent   []string
		keys   bool
	}{
		{"id", acctest.Object{"id": knownID}, []string{detail}, false},
		{"id, told not to", acctest.Object{"id": knownID, "include_secrets": false}, []string{detail}, false},
		{"id, with keys", acctest.Object{"id": knownID, "include_secrets": true}, []string{detail}, true},
		{"url", acctest.Object{"url": url}, []string{list}, false},
		{"url, told not to", acctest.Object{"url": url, "include_secrets": false}, []string{list}, false},
		{"url, with keys", acctest.Object{"url": url, "include_secrets": true}, []string{list, detail}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t)
			seedRotated(t, e)
			p := e.Configured()
			result, problems := p.ReadDataSource("prosa_webhook_endpoint", row.config)
			problems.ExpectNone(t)
			if sent := sentRequests(e); !slices.Equal(sent, row.sent) {
				t.Errorf("sent %q, want %q", sent, row.sent)
			}
			if got := strings.Contains(fmt.Sprint(result), "signing-key"); got != row.keys {
				t.Errorf("keys in the result: %t, want %t: %v", got, row.keys, result)
			}
			_, problems = p.ReadDataSource("prosa_webhook_endpoint", row.config)
			problems.ExpectNone(t)
			if sent := sentRequests(e); !slices.Equal(sent, row.sent) {
				t.Errorf("the second read should have shared the answer, sent %q", sent)
			}
		})
	}
}

func TestEndpointDataSourceOfQuietInstallation(t *testing.T) {
	t.Parallel()
	for _, filters := range []string{"", `"event_filters": null,`, `"event_filters": [],`} {
		for _, secrets := range []string{"", `"secrets": null,`} {
			e := acctest.New(t)
			e.Sandbox.Inject(sandbox.Fault{Body: fmt.Sprintf(`{%s %s "id": %q, "url": "https://example.com/", "ssl_verification": true}`, filters, secrets, knownID)})
			result, problems := e.Configured().ReadDataSource("prosa_webhook_endpoint", acctest.Object{"id": knownID, "include_secrets": true})
			problems.ExpectNone(t)
			if list, ok := result["event_filters"].([]any); !ok || len(list) > 0 {
				t.Errorf("event_filters is %v, want an empty set", result["event_filters"])
			}
			if result["secrets"] != nil {
				t.Errorf("secrets is %v, want null", result["secrets"])
			}
		}
	}
}
