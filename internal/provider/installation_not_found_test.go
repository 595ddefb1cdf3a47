package provider_test

import (
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestEndpointThatIsDeletedWhatever404Says has installations with 404s of their own: an endpoint that was deleted outside is
// created again, and a destroy of one that is deleted by then succeeds.
func TestEndpointThatIsDeletedWhatever404Says(t *testing.T) {
	t.Parallel()
	all := []*installation{
		{name: "prosa"},
		{name: "short", quirks: sandbox.Quirks{NotFound: "short"}},
		{name: "fastapi", quirks: sandbox.Quirks{NotFound: "fastapi"}},
		{name: "empty", quirks: sandbox.Quirks{NotFound: "empty"}},
	}
	w := install(t, all)
	w.Write("main.tf", configFor(all, `
resource "prosa_webhook_endpoint" "NAME" {
  provider = PROVIDER
  url      = "`+hook+`"
}
resource "prosa_webhook_secret_rotation" "NAME" {
  provider        = PROVIDER
  endpoint_id     = prosa_webhook_endpoint.NAME.id
  rotation_period = { days = 3 }
}
`))
	w.Run("apply", "-auto-approve")
	deleteAll := func() {
		for _, i := range all {
			i.Sandbox.RemoveEndpoint(i.OnlyEndpoint().ID)
		}
	}
	deleteAll()
	expectOutput(t, said(w, "apply", "-auto-approve"), "Warning: Webhook endpoint is deleted", "8 added, 0 changed, 0 destroyed")
	state := w.State()
	for _, i := range all {
		expectAttributes(t, state, endpointType+"."+i.name, map[string]string{"id": i.OnlyEndpoint().ID})
	}
	deleteAll()
	w.Run("destroy", "-auto-approve", "-refresh=false")
	for _, i := range all {
		if last := i.Writes()[len(i.Writes())-1]; last.Method != "DELETE" || last.Status != 404 || len(w.State()) > 0 {
			t.Errorf("%s: the destroy ended with %s, answered with %d, and left %v", i.name, last.Method, last.Status, w.State())
		}
	}
}

// TestListingThatIsNotFoundRemovesNothing has the listing answered as if it were an endpoint.
func TestListingThatIsNotFoundRemovesNothing(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+`
resource "prosa_webhook_endpoint" "a" {
  count = 25
  url   = "https://example.com/${count.index}"
}
`)
	w.Run("init")
	w.Run("apply", "-auto-approve")
	before := w.Read("terraform.tfstate")
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Times: -1, Status: 404, Body: `{"status":"webhook_endpoint_not_found","message":"There is no such endpoint."}`})
	for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}} {
		expectOutput(t, w.ExpectError(command...), "Error: Unable to read the webhook endpoint", "404")
	}
	if w.Read("terraform.tfstate") != before || len(e.Sandbox.Endpoints()) != 25 {
		t.Errorf("the state has %d objects, and the API %d", len(w.State()), len(e.Sandbox.Endpoints()))
	}
	e.Sandbox.ClearFaults()
	expectNothingToDo(t, w)
}

// TestOperationThatAnInstallationLacks blames neither the base URL nor the endpoint.
func TestOperationThatAnInstallationLacks(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) {
		s.Quirks.Lacks = []sandbox.Operation{sandbox.OpRotateSecret, sandbox.OpSendTestEvent}
	})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+rotation(threeDays)+`
resource "prosa_webhook_test_event" "a" { endpoint_id = prosa_webhook_endpoint.a.id }
`)
	w.Run("init")
	output := w.ExpectError("apply", "-auto-approve")
	expectOutput(t, output, "Error: Unable to rotate the signing key", "Error: Unable to send a test event")
	if n := strings.Count(output, "this installation does not offer the operation"); n != 2 {
		t.Errorf("two operations are missing, and %d errors say so:\n%s", n, output)
	}
	expectSilent(t, output, `Check the provider's argument "base_url"`, "was deleted")
	expectAttributes(t, w.State(), endpointA, map[string]string{"id": e.OnlyEndpoint().ID})
	if len(w.State()) != 1 {
		t.Errorf("the state has %v", w.State())
	}
}
