package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

func TestEndpointSmoke(t *testing.T) {
	e := acctest.New(t)
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: `
resource "prosa_webhook_endpoint" "a" { url = "https://Example.com" }
resource "prosa_webhook_secret_rotation" "a" {
  endpoint_id = prosa_webhook_endpoint.a.id
  rotation_period = { days = 3 }
}`},
		{ResourceName: "prosa_webhook_endpoint.a", ImportState: true, ImportStateId: "https://example.com/", ImportStateVerify: true, ImportStateVerifyIgnore: []string{"url"}},
	}})
	for _, r := range e.Sandbox.Journal() {
		t.Log(r.Method, r.Path, r.Status, string(r.Body))
	}
}
