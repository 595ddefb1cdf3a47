package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const (
	knownID   = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	unknownID = "00000000-0000-4000-8000-000000000000"
)

// onlyReads is a case in which nothing is written. What the sandbox was seeded with may stay.
func onlyReads(e *acctest.Env, steps ...resource.TestStep) resource.TestCase {
	return resource.TestCase{Steps: steps, CheckDestroy: func(*terraform.State) error {
		if writes := e.Writes(); len(writes) > 0 {
			return fmt.Errorf("a data source sent %s %s", writes[0].Method, writes[0].Path)
		}
		return nil
	}}
}

// apiTime is a point in time as the API writes it.
func apiTime(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func ptr[T any](v T) *T { return &v }

// columnOf returns one attribute of each object in a list.
func columnOf(list any, attribute string) []any {
	values := []any{}
	for _, element := range list.([]any) {
		values = append(values, element.(acctest.Object)[attribute])
	}
	return values
}

// sentRequests are the requests so far, as METHOD path?query, in order.
func sentRequests(e *acctest.Env) []string {
	var sent []string
	for _, r := range e.Sandbox.RequestLog() {
		line := r.Method + " " + r.Path
		if len(r.Query) > 0 {
			line += "?" + r.Query.Encode()
		}
		sent = append(sent, line)
	}
	return sent
}

// dataSources are all data sources, with a configuration that asks the API.
var dataSources = []struct {
	name   string
	config acctest.Object
}{
	{"prosa_webhook_endpoint", acctest.Object{"id": unknownID}},
	{"prosa_webhook_endpoints", nil},
	{"prosa_webhook_event", acctest.Object{"id": unknownID}},
	{"prosa_webhook_events", nil},
	{"prosa_webhook_deliveries", acctest.Object{"endpoint_id": unknownID}},
}

// What is not known while planning is no error.
func TestDataSourceValidationOfUnknown(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		dataSource string
		config     acctest.Object
	}{
		{"prosa_webhook_endpoint", acctest.Object{"id": acctest.Unknown}},
		{"prosa_webhook_endpoint", acctest.Object{"url": acctest.Unknown}},
		{"prosa_webhook_endpoint", acctest.Object{"id": acctest.Unknown, "url": acctest.Unknown, "include_secrets": acctest.Unknown}},
		{"prosa_webhook_endpoint", acctest.Object{"id": knownID, "url": acctest.Unknown}},
		{"prosa_webhook_endpoints", acctest.Object{"url_regex": acctest.Unknown, "event_type": acctest.Unknown}},
		{"prosa_webhook_event", acctest.Object{"id": acctest.Unknown}},
		{"prosa_webhook_events", acctest.Object{"from_date": acctest.Unknown, "to_date": "2026-02-01", "event_types": acctest.Unknown, "limit": acctest.Unknown}},
		{"prosa_webhook_events", acctest.Object{"from_date": "2026-02-01", "to_date": acctest.Unknown, "event_types": []any{acctest.Unknown}}},
		{"prosa_webhook_events", acctest.Object{"from_date": "0000-12-31"}}, // plantimestamp() less a day, as Terraform 1.8 validates it
		{"prosa_webhook_events", acctest.Object{"from_date": "2026-02-01", "to_date": "0001-01-01"}},
		{"prosa_webhook_deliveries", acctest.Object{"endpoint_id": acctest.Unknown, "from_date": acctest.Unknown, "to_date": acctest.Unknown, "event_types": acctest.Unknown, "failed_only": acctest.Unknown, "include_bodies": acctest.Unknown, "limit": acctest.Unknown}},
	} {
		acctest.New(t).Provider().ValidateDataSource(row.dataSource, row.config).ExpectNone(t)
	}
}

// TestPlaceholderDaysAreNotRead has the days that validation lets through for Terraform 1.8 reach a read.
func TestPlaceholderDaysAreNotRead(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	for _, dataSource := range []string{"prosa_webhook_events", "prosa_webhook_deliveries"} {
		for _, c := range []struct{ attribute, day string }{{"from_date", "0000-12-31"}, {"to_date", "0001-01-01"}} {
			config := acctest.Object{c.attribute: c.day}
			if dataSource == "prosa_webhook_deliveries" {
				config["endpoint_id"] = knownID
			}
			_, problems := p.ReadDataSource(dataSource, config)
			problems.Expect(t, "error", c.attribute, "Invalid "+c.attribute, c.day, "is not a day of the form YYYY-MM-DD")
		}
	}
	if n := len(e.Sandbox.RequestLog()); n > 0 {
		t.Errorf("%d requests were made", n)
	}
}

// TestDataSourcesOfUnknownArguments reads what depends on a resource once that is created.
func TestDataSourcesOfUnknownArguments(t *testing.T) {
	e := acctest.New(t)
	const deliveries, there = "data.prosa_webhook_deliveries.a", "data.prosa_webhook_endpoint.a"
	e.Test(resource.TestCase{Steps: []resource.TestStep{{
		Config: configHook + `
resource "terraform_data" "day" { input = "2026-02-01" }
data "prosa_webhook_deliveries" "a" {
  endpoint_id = prosa_webhook_endpoint.a.id
  from_date   = terraform_data.day.output
  to_date     = "2026-02-28"
}
data "prosa_webhook_endpoint" "a" {
  id              = prosa_webhook_endpoint.a.id
  include_secrets = true
}`,
		ConfigPlanChecks: before(
			expectAction(deliveries, plancheck.ResourceActionRead), plancheck.ExpectUnknownValue(deliveries, tfjsonpath.New("failed_count")),
			expectAction(there, plancheck.ResourceActionRead), plancheck.ExpectUnknownValue(there, tfjsonpath.New("secrets")),
		),
		ConfigStateChecks: []statecheck.StateCheck{
			attribute(deliveries, "deliveries", knownvalue.ListExact(nil)),
			attribute(deliveries, "from_date", knownvalue.StringExact("2026-02-01")),
			attribute(there, "url", knownvalue.StringExact(hook)),
			attribute(there, "secrets", knownvalue.ListSizeExact(1)),
			attribute(endpointA, "secrets", knownvalue.Null()),
		},
	}}})
}
