package provider_test

import (
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const alreadyRegistered = "Warning: URL is already registered"

// TestPlanWarnsOfRegisteredURLs follows the warning's advice, and then plans replacements.
func TestPlanWarnsOfRegisteredURLs(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true}).ID
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+configHook)
	expectOutput(t, runOneLine(w, "plan"), alreadyRegistered, "terraform import prosa_webhook_endpoint.NAME '"+id+"'", "1 to add")
	w.Run("import", endpointA, id)
	expectOutputLacks(t, expectEmptyPlan(t, w), "Warning")
	w.Run("apply", "-auto-approve", "-replace="+endpointA) // so that a changed key replaces the endpoint

	e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook + "/other"})
	for _, c := range []struct {
		url, lifecycle string
		warnings       int
	}{
		{hook, "", 0},
		{hook, "lifecycle { create_before_destroy = true }", 0},
		{hook + "/other", "", 1},
	} {
		w.Write("main.tf", withSource+endpoint(`url = "`+c.url+`"`+"\n"+`secret_key = "a-key-of-my-own"`+"\n"+c.lifecycle))
		output := runOneLine(w, "plan")
		expectOutput(t, output, "1 to add, 0 to change, 1 to destroy")
		if n := strings.Count(output, "Warning"); n != c.warnings || strings.Count(output, alreadyRegistered) != n {
			t.Errorf("%d warnings about a replacement with the URL %s:\n%s", n, c.url, output)
		}
	}
}
