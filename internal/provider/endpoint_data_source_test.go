package provider_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
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
	address := "data.prosa_webhook_endpoint.a"
	common := func(id, url string) []statecheck.StateCheck {
		return []statecheck.StateCheck{
			statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringExact(id)),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("url"), knownvalue.StringExact(url)),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("event_filters"), knownvalue.SetExact([]knownvalue.Check{
				knownvalue.StringExact("stt.jobs.completed"), knownvalue.StringExact("stt.jobs.failed"),
			})),
			statecheck.ExpectKnownValue(address, tfjsonpath.New("ssl_verification"), knownvalue.Bool(false)),
		}
	}
	without := statecheck.ExpectKnownValue(address, tfjsonpath.New("secrets"), knownvalue.Null())
	with := []statecheck.StateCheck{
		statecheck.ExpectKnownValue(address, tfjsonpath.New("secrets"), knownvalue.ListExact([]knownvalue.Check{
			knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id":         knownvalue.StringExact("063c6473-fa0c-79b7-8000-760e63e5b4f8"),
				"key":        knownvalue.StringExact("the-newer-signing-key"),
				"expired_at": knownvalue.Null(),
			}),
			knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id":         knownvalue.StringExact("063c6473-fa0c-79b7-8000-760e63e5b4f7"),
				"key":        knownvalue.StringExact("the-older-signing-key"),
				"expired_at": knownvalue.StringExact("2100-01-02T03:04:05.25Z"),
			}),
		})),
		statecheck.ExpectSensitiveValue(address, tfjsonpath.New("secrets").AtSliceIndex(0).AtMapKey("key")),
		statecheck.ExpectSensitiveValue(address, tfjsonpath.New("secrets").AtSliceIndex(1).AtMapKey("key")),
	}
	e.Test(onlyReads(e,
		resource.TestStep{
			Config: `
data "prosa_webhook_endpoint" "a" {
  url             = "https://speech.example.com/prosa-webhook"
  include_secrets = true
}
output "key" { value = data.prosa_webhook_endpoint.a.secrets[0].key }`,
			ExpectError: regexp.MustCompile("sensitive"),
		},
		resource.TestStep{
			Config:            fmt.Sprintf(`data "prosa_webhook_endpoint" "a" { id = %q }`, knownID),
			ConfigStateChecks: append(common(knownID, "https://speech.example.com/prosa-webhook"), without),
		},
		resource.TestStep{ // the user's spelling of both is kept
			Config:            `data "prosa_webhook_endpoint" "a" { url = "HTTPS://Speech.Example.com:443/prosa-webhook" }`,
			ConfigStateChecks: append(common(knownID, "HTTPS://Speech.Example.com:443/prosa-webhook"), without),
		},
		resource.TestStep{
			Config: fmt.Sprintf(`data "prosa_webhook_endpoint" "a" {
  id              = %q
  include_secrets = true
}`, knownID),
			ConfigStateChecks: append(common(knownID, "https://speech.example.com/prosa-webhook"), with...),
		},
		resource.TestStep{
			Config: `data "prosa_webhook_endpoint" "a" {
  url             = "https://speech.example.com/prosa-webhook"
  include_secrets = true
}`,
			ConfigStateChecks: append(common(knownID, "https://speech.example.com/prosa-webhook"), with...),
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

func TestEndpointDataSourceURLs(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	for _, id := range []string{"63b1f3d5-24fb-4d0a-a4f1-ba2a5e0bd04f", "0b8a1a0c-3f0e-4c4e-a9e9-1b1f1c4e4c11", unknownID} {
		e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: id, URL: "https://example.com/twice"})
	}
	p := e.Configured()
	_, problems := p.ReadDataSource("prosa_webhook_endpoint", acctest.Object{"url": "https://EXAMPLE.com/twice"})
	problems.Expect(t, "error", "url", "registered more than once",
		unknownID+", 0b8a1a0c-3f0e-4c4e-a9e9-1b1f1c4e4c11, 63b1f3d5-24fb-4d0a-a4f1-ba2a5e0bd04f", "Give the id")
	_, problems = p.ReadDataSource("prosa_webhook_endpoint", acctest.Object{"url": "https://example.com/Twice"})
	problems.Expect(t, "error", "url", "No endpoint is registered with the URL https://example.com/Twice", "the environment variable PROSA_API_KEY", "by its id")
}

// An endpoint that is deleted between the listing and the question for its keys is reported on what was asked for.
func TestEndpointDataSourceGoneMeanwhile(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	seedRotated(t, e)
	p := e.Configured()
	_, problems := p.ReadDataSource("prosa_webhook_endpoints", nil)
	problems.ExpectNone(t)
	e.Sandbox.RemoveEndpoint(knownID)
	_, problems = p.ReadDataSource("prosa_webhook_endpoint", acctest.Object{"url": "https://speech.example.com/prosa-webhook", "include_secrets": true})
	problems.Expect(t, "error", "url", "webhook_endpoint_not_found")
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

// An endpoint that is made in the same run is read once it is there.
func TestEndpointDataSourceOfNewEndpoint(t *testing.T) {
	e := acctest.New(t)
	e.Test(resource.TestCase{Steps: []resource.TestStep{{
		Config: `
resource "prosa_webhook_endpoint" "a" { url = "https://example.com/prosa-webhook" }
data "prosa_webhook_endpoint" "a" {
  id              = prosa_webhook_endpoint.a.id
  include_secrets = true
}`,
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("data.prosa_webhook_endpoint.a", plancheck.ResourceActionRead),
				plancheck.ExpectUnknownValue("data.prosa_webhook_endpoint.a", tfjsonpath.New("secrets")),
			},
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.prosa_webhook_endpoint.a", tfjsonpath.New("url"), knownvalue.StringExact("https://example.com/prosa-webhook")),
			statecheck.ExpectKnownValue("data.prosa_webhook_endpoint.a", tfjsonpath.New("secrets"), knownvalue.ListSizeExact(1)),
			statecheck.ExpectKnownValue("prosa_webhook_endpoint.a", tfjsonpath.New("secrets"), knownvalue.Null()),
		},
	}}})
}

func TestEndpointDataSourceExample(t *testing.T) {
	e := acctest.New(t)
	seedRotated(t, e)
	e.Test(onlyReads(e, dataSourceExample("prosa_webhook_endpoint", nil,
		statecheck.ExpectKnownOutputValue("event_filters", knownvalue.SetSizeExact(2)),
		statecheck.ExpectKnownOutputValue("signing_keys", knownvalue.ListExact([]knownvalue.Check{
			knownvalue.StringExact("the-newer-signing-key"), knownvalue.StringExact("the-older-signing-key"),
		})),
	)))
}
