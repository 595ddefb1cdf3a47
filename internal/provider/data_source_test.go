package provider_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const knownID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"

// delicateJSON is JSON that changes if it is decoded and encoded again.
const delicateJSON = `{"z": 6.470000009536743, "big":9007199254740993 ,"huge":1e400, "zero": -0.0, "a":[null,{"b":1,"a":null}],"html":"<&>\u0026","twice":1,"twice":2}`

// apiTime parses a time as the API writes it.
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

// dataSources are all data sources, with configurations that send a request.
var dataSources = []struct {
	name   string
	config acctest.Object
}{
	{"prosa_webhook_endpoint", acctest.Object{"id": noSuchID}},
	{"prosa_webhook_endpoints", nil},
	{"prosa_webhook_event", acctest.Object{"id": noSuchID}},
	{"prosa_webhook_events", nil},
	{"prosa_webhook_deliveries", acctest.Object{"endpoint_id": noSuchID}},
}

// TestDataSourcesInCLI reads data sources whose arguments are unknown during the plan, and decodes JSON from them.
func TestDataSourcesInCLI(t *testing.T) {
	e := acctest.New(t)
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: knownID, URL: "https://example.com/other"})
	event := e.Sandbox.AddEvent(sandbox.Event{Type: "stt.jobs.completed", Data: json.RawMessage(delicateJSON)})
	e.Sandbox.AddDelivery(sandbox.Delivery{EndpointID: knownID, EventID: event.ID})
	const endpointData, eventData, deliveriesData = "data.prosa_webhook_endpoint.a", "data.prosa_webhook_event.a", "data.prosa_webhook_deliveries.a"
	e.Test(resource.TestCase{Steps: []resource.TestStep{{
		Config: configHook + `
resource "terraform_data" "day" { input = "` + e.Clock.Now().Add(-day).UTC().Format(time.DateOnly) + `" }
data "prosa_webhook_endpoint" "a" {
  id              = prosa_webhook_endpoint.a.id
  include_secrets = true
}
data "prosa_webhook_event" "a" { id = "` + event.ID + `" }
data "prosa_webhook_deliveries" "a" {
  endpoint_id = "` + knownID + `"
  from_date   = terraform_data.day.output
}
locals { data = jsondecode(data.prosa_webhook_event.a.data) }
output "numbers" {
  value     = { fraction = tostring(local.data.z), big = tostring(local.data.big), huge = local.data.huge == 1e400 }
  sensitive = true
}`,
		ConfigPlanChecks: preApply(
			expectAction(endpointData, plancheck.ResourceActionRead), plancheck.ExpectUnknownValue(endpointData, tfjsonpath.New("secrets")),
			expectAction(deliveriesData, plancheck.ResourceActionRead), plancheck.ExpectUnknownValue(deliveriesData, tfjsonpath.New("failed_count")),
		),
		ConfigStateChecks: []statecheck.StateCheck{
			attribute(endpointData, "url", knownvalue.StringExact(hook)),
			attribute(eventData, "data", knownvalue.StringExact(delicateJSON)),
			attribute(deliveriesData, "failed_count", knownvalue.Int64Exact(1)),
			statecheck.ExpectKnownOutputValue("numbers", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"fraction": knownvalue.StringExact("6.470000009536743"), "big": knownvalue.StringExact("9007199254740993"),
				"huge": knownvalue.Bool(true),
			})),
		},
	}}})
}

// TestPlaceholderDates: validation accepts the dates that plantimestamp() gives in Terraform 1.8, and reads refuse them.
func TestPlaceholderDates(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	for attribute, date := range map[string]string{"from_date": "0000-12-31", "to_date": "0001-01-01"} {
		for dataSource, config := range map[string]acctest.Object{
			"prosa_webhook_events":     {attribute: date},
			"prosa_webhook_deliveries": {attribute: date, "endpoint_id": knownID},
		} {
			p.ValidateDataSource(dataSource, config).ExpectNone(t)
			_, problems := p.ReadDataSource(dataSource, config)
			problems.Expect(t, "error", attribute, "Invalid "+attribute, date, "is not a day of the form YYYY-MM-DD")
		}
	}
	e.ExpectRequests()
}
