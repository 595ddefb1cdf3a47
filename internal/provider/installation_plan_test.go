package provider_test

import (
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const alreadyRegistered = "Warning: URL is already registered"

// TestPlanWarnsOfRegisteredURLs follows the advice of the warning, and then changes the endpoint in several ways.
func TestPlanWarnsOfRegisteredURLs(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, SSLVerification: true}).ID
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+configHook)
	w.Run("init")
	expectOutput(t, said(w, "plan"), alreadyRegistered, "by the endpoint "+id, "terraform import prosa_webhook_endpoint.NAME '"+id+"'", "1 to add")
	w.Run("import", endpointA, id)
	expectSilent(t, expectNothingToDo(t, w), "Warning")

	other := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook + "/other", EventFilters: []string{"stt.jobs.failed"}}).ID
	for _, c := range []struct {
		name, arguments string
		warns           bool
	}{
		{"another URL", `url = "https://example.com/hook/other"`, true},
		{"another URL for other event types", `url = "https://example.com/hook/other"` + "\n" + `event_filters = ["stt.jobs.completed"]`, false},
		{"its own URL", `url = "https://EXAMPLE.com:443/hook"` + "\n" + `event_filters = ["stt.jobs.completed"]`, false},
	} {
		w.Write("main.tf", withSource+endpoint(c.arguments))
		output := said(w, "plan")
		expectOutput(t, output, "0 to add, 1 to change, 0 to destroy")
		if strings.Contains(output, alreadyRegistered) != c.warns || strings.Contains(output, other) != c.warns {
			t.Errorf("%s: there should be a warning, or none:\n%s", c.name, output)
		}
	}
	w.Write("main.tf", withSource+configHook)
	w.Run("apply", "-auto-approve", "-replace="+endpointA) // so that it is no longer one that was imported
	for _, c := range []struct {
		url, lifecycle string
		warnings       int
	}{
		{hook, "", 0},
		{hook, "lifecycle { create_before_destroy = true }", 0},
		{hook + "/other", "", 1},
	} {
		w.Write("main.tf", withSource+endpoint(`url = "`+c.url+`"`+"\n"+`secret_key = "a-key-of-my-own"`+"\n"+c.lifecycle))
		output := said(w, "plan")
		expectOutput(t, output, "1 to add, 0 to change, 1 to destroy")
		if n := strings.Count(output, "Warning"); n != c.warnings || strings.Count(output, alreadyRegistered) != n {
			t.Errorf("%d warnings of a replacement with the URL %s:\n%s", n, c.url, output)
		}
	}
}

// TestPlanRefusedKey fails the plan of a create; whatever else is wrong with the API shows when it is needed.
func TestPlanRefusedKey(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.ForbiddenKey = "may-not-use-webhooks" })
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint(`count = 10`+"\n"+`url = "https://example.com/${count.index}"`))
	w.Run("init")
	for key, status := range map[string]string{"nobody-knows-this-key": "401", "may-not-use-webhooks": "403"} {
		e.Vars["PROSA_API_KEY"] = key
		output := w.ExpectError("plan")
		expectOutput(t, output, "Error: Unable to check the webhook endpoint", status, "the environment variable PROSA_API_KEY")
		if n := strings.Count(output, "Error: "); n != 1 {
			t.Errorf("%d errors:\n%s", n, output)
		}
	}
	e.Vars["PROSA_API_KEY"] = acctest.APIKey
	for _, fault := range []sandbox.Fault{{Status: 500}, {Status: 404}, {Close: true}, {Body: "<html>"}} {
		e.Sandbox.ClearFaults()
		fault.Operation, fault.Times = sandbox.OpListEndpoints, -1
		e.Sandbox.Inject(fault)
		output := said(w, "plan")
		expectOutput(t, output, "10 to add")
		expectSilent(t, output, "Warning", "Unable")
	}
}

// TestPlanOfManyCreatesListsOnce plans endpoints of which one has a URL that is registered.
func TestPlanOfManyCreatesListsOnce(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://example.com/7"})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint(`count = 30`+"\n"+`url = "https://example.com/${count.index}"`))
	w.Run("init")
	output := said(w, "plan")
	expectOutput(t, output, "30 to add", alreadyRegistered, "prosa_webhook_endpoint.a[7]")
	if n := strings.Count(output, alreadyRegistered); n != 1 {
		t.Errorf("%d warnings:\n%s", n, output)
	}
	if requests := e.Sandbox.RequestLog(); len(requests) != 1 || requests[0].Operation != sandbox.OpListEndpoints {
		t.Errorf("the plan made %d requests, not one listing", len(requests))
	}
}

// TestPlanWarnsOfEventTypes has types in the configuration and in a variable. Terraform shows one of several warnings with
// the same title, so each case has one type.
func TestPlanWarnsOfEventTypes(t *testing.T) {
	t.Parallel()
	w := acctest.New(t).Workspace(nil)
	w.Write("main.tf", withSource)
	w.Run("init")
	const list = "Documented are stt.jobs.completed, stt.jobs.failed, stt.job.completed, stt.job.failed, tts.job.completed, tts.job.failed, webhook.ping."
	const documented = `["stt.jobs.completed", "stt.jobs.failed", "stt.job.completed", "stt.job.failed", "tts.job.completed", "tts.job.failed", "webhook.ping"]`
	for _, c := range []struct{ literal, variable, says string }{
		{`["tts.jobs.failed"]`, "", `the event type "tts.jobs.failed" (did you mean "tts.job.failed"?).`},
		{"", `["stt.jobs.complete"]`, `the event type "stt.jobs.complete" (did you mean "stt.jobs.completed"?).`},
		{"", `["my.own.type"]`, `the event type "my.own.type". An endpoint`},
		{documented, "", ""},
		{"", documented, ""},
	} {
		filters, args := c.literal, []string{"plan"}
		if c.variable != "" {
			filters, args = "var.types", append(args, "-var=types="+c.variable)
		}
		w.Write("main.tf", withSource+endpoint(`url = "`+hook+`"`+"\n"+`event_filters = `+filters))
		w.Write("variables.tf", `variable "types" {
  type    = set(string)
  default = []
}`)
		output := said(w, args...)
		if c.says == "" {
			expectSilent(t, output, "Warning")
			continue
		}
		expectOutput(t, output, "Warning: Event type is not documented", c.says, list, "1 to add")
	}
}
