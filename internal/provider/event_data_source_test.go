package provider_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// delicateJSON is JSON that does not survive being read and written again.
const delicateJSON = `{"z": 6.470000009536743, "big":9007199254740993 ,"huge":1e400, "zero": -0.0, "a":[null,{"b":1,"a":null}],"html":"<&>\u0026","twice":1,"twice":2}`

func TestEventDataSource(t *testing.T) {
	e := acctest.New(t)
	e.Sandbox.AddEvent(sandbox.Event{ID: knownID, Type: "stt.jobs.completed", CreatedAt: apiTime(t, "2023-01-17T14:26:27.329321Z"), Data: json.RawMessage(delicateJSON)})
	address := "data.prosa_webhook_event.a"
	config := fmt.Sprintf(`data "prosa_webhook_event" "a" { id = %q }`, knownID)
	e.Test(onlyReads(e,
		resource.TestStep{
			Config:      config + "\n" + `output "data" { value = data.prosa_webhook_event.a.data }`,
			ExpectError: regexp.MustCompile("sensitive"),
		},
		resource.TestStep{
			Config: config + `
locals { data = jsondecode(data.prosa_webhook_event.a.data) }
output "data" {
  value     = data.prosa_webhook_event.a.data
  sensitive = true
}
output "numbers" {
  value     = { time_end = tostring(local.data.z), big = tostring(local.data.big), huge = local.data.huge == 1e400, nested = local.data.a[1].a }
  sensitive = true
}`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringExact(knownID)),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("event_type"), knownvalue.StringExact("stt.jobs.completed")),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("created_at"), knownvalue.StringExact("2023-01-17T14:26:27.329321Z")),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("data"), knownvalue.StringExact(delicateJSON)),
				statecheck.ExpectSensitiveValue(address, tfjsonpath.New("data")),
				statecheck.ExpectKnownOutputValue("data", knownvalue.StringExact(delicateJSON)),
				statecheck.ExpectKnownOutputValue("numbers", knownvalue.ObjectExact(map[string]knownvalue.Check{
					"time_end": knownvalue.StringExact("6.470000009536743"), "big": knownvalue.StringExact("9007199254740993"),
					"huge": knownvalue.Bool(true), "nested": knownvalue.Null(),
				})),
			},
			ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	))
}
