package provider_test

import (
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestEndpointWhoseURLIsRewritten keeps the URL of the configuration. After an import there is no telling that the two are the
// same, until the endpoint is updated.
func TestEndpointWhoseURLIsRewritten(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.RewriteURLs = true })
	w := e.Workspace(nil)
	const planned, stored = "https://example.com/a/../h%6fok", "https://example.com/hook/"
	config := func(more string) string {
		return withSource + endpoint(`url = "`+planned+`"`+"\n"+more)
	}
	w.Write("main.tf", config(""))
	w.Run("init")
	expectOutput(t, said(w, "apply", "-auto-approve"), "Warning: The API stores another URL", "stores "+stored+" for the URL "+planned)
	id := e.OnlyEndpoint().ID
	expectAttributes(t, w.State(), endpointA, map[string]string{"url": planned, "id": id})
	expectSilent(t, expectNothingToDo(t, w), "Warning")

	w.Write("main.tf", config(`event_filters = ["stt.jobs.failed"]`))
	expectOutput(t, said(w, "apply", "-auto-approve"), "Warning: The API stores another URL", "0 added, 1 changed, 0 destroyed")
	expectSilent(t, expectNothingToDo(t, w), "Warning")

	// Another spelling of the stored URL is drift.
	e.Sandbox.UpdateEndpoint(id, func(e *sandbox.Endpoint) { e.URL = "https://example.com/theirs/" })
	expectOutput(t, w.ExpectError("plan", "-detailed-exitcode"), `"https://example.com/theirs/" -> "`+planned+`"`, "0 to add, 1 to change, 0 to destroy")
	w.Run("apply", "-auto-approve")

	w.Run("state", "rm", endpointA)
	w.Run("import", endpointA, id)
	expectAttributes(t, w.State(), endpointA, map[string]string{"url": stored})
	expectOutput(t, said(w, "apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	expectNothingToDo(t, w)
	if got := methods(e); got != "POST PUT PUT PUT" || e.OnlyEndpoint().ID != id {
		t.Errorf("it was written by %s, and has the id %s, which was %s", got, e.OnlyEndpoint().ID, id)
	}
}

// TestEndpointThatIsNotStoredAsPlanned has an API that drops event types and ignores ssl_verification: a warning while
// applying, and drift in the next plan. Nothing is replaced or marked as tainted.
func TestEndpointThatIsNotStoredAsPlanned(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) {
		s.Quirks.DropUnknownFilters, s.Quirks.IgnoreSSLVerification = true, true
	})
	w := e.Workspace(nil)
	different := map[string]string{"filters": `event_filters = ["stt.jobs.failed", "my.own.type"]`, "ssl": `ssl_verification = false`}
	shown := map[string][]string{
		"filters": {"Warning: The API stores other event types", `["stt.jobs.failed"] for the planned ones`, `+ "my.own.type"`},
		"ssl":     {"Warning: The API stores another value", "ssl_verification = true for the planned false", "~ ssl_verification = true -> false"},
	}
	w.Write("main.tf", withSource)
	w.Run("init")
	for name, arguments := range different {
		for created, first := range map[string]string{"on create": arguments, "on update": ""} {
			e.Sandbox.ResetRequestLog()
			config := func(arguments string) string { return withSource + endpoint(`url = "`+hook+`"`+"\n"+arguments) }
			w.Write("main.tf", config(first))
			output, writes := said(w, "apply", "-auto-approve"), "POST"
			id := e.OnlyEndpoint().ID
			if first == "" {
				w.Write("main.tf", config(arguments))
				output, writes = said(w, "apply", "-auto-approve"), "POST PUT"
			}
			expectOutput(t, output, shown[name][:2]...)
			if got := methods(e); got != writes || e.OnlyEndpoint().ID != id {
				t.Errorf("%s %s: it was written by %s, and has the id %s, which was %s", name, created, got, e.OnlyEndpoint().ID, id)
			}
			want := map[string]map[string]string{
				"filters": {"event_filters": "[my.own.type stt.jobs.failed]"}, "ssl": {"ssl_verification": "false"},
			}[name]
			want["id"] = id
			expectAttributes(t, w.State(), endpointA, want)
			expectOutput(t, w.ExpectError("plan", "-detailed-exitcode"), shown[name][2], "will be updated in-place", "0 to add, 1 to change, 0 to destroy")
			w.Run("apply", "-auto-approve", "-destroy")
		}
	}
}
