package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestAnswersOfEveryInstallation takes an endpoint through its life on installations that answer in other ways than the
// reference page says.
func TestAnswersOfEveryInstallation(t *testing.T) {
	t.Parallel()
	all := []*installation{
		{name: "update_empty", quirks: sandbox.Quirks{UpdateAnswer: "empty", DeleteAnswer: "empty"}},
		{name: "update_no_content", quirks: sandbox.Quirks{UpdateAnswer: "no-content", DeleteAnswer: "no-content"}},
		{name: "delete_message", quirks: sandbox.Quirks{DeleteAnswer: "message", CreateStatus: 201}},
		{name: "delete_text", quirks: sandbox.Quirks{DeleteAnswer: "text", EmptyFilters: "missing"}},
		{name: "delete_other", quirks: sandbox.Quirks{DeleteAnswer: "other", EmptyFilters: "null", UnknownFields: true}},
		{name: "sparse_listing", quirks: sandbox.Quirks{SparseListing: true, ListOrder: "reverse"}},
		{name: "duplicate_filters", quirks: sandbox.Quirks{DuplicateFilters: true, ListOrder: "reverse"}},
		{name: "header_lists", quirks: sandbox.Quirks{HeaderLists: true}},
	}
	w := install(t, all)
	for _, i := range all {
		i.Sandbox.AddEndpoint(sandbox.Endpoint{ID: knownID, URL: hook + "/theirs", EventFilters: []string{"stt.job.failed"}})
		i.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook, EventFilters: []string{"stt.job.completed"}})
		i.Sandbox.AddDelivery(sandbox.Delivery{
			EndpointID: knownID, RequestHeaders: map[string]string{"x-prosa-event": "stt.job.failed", "accept": "text/plain\n*/*"},
			ResponseStatus: ptr(200), ResponseHeaders: map[string]string{"set-cookie": "a=1\nb=2"},
		})
	}
	config := func(arguments string) string {
		return configFor(all, `
resource "prosa_webhook_endpoint" "NAME" {
  provider = PROVIDER
  url      = "`+hook+`"
  `+arguments+`
}
data "prosa_webhook_endpoints" "NAME" {
  provider   = PROVIDER
  event_type = "stt.jobs.failed"
  depends_on = [prosa_webhook_endpoint.NAME]
}
data "prosa_webhook_endpoint" "NAME" {
  provider = PROVIDER
  url      = "`+hook+`/theirs"
}
data "prosa_webhook_deliveries" "NAME" {
  provider    = PROVIDER
  endpoint_id = "`+knownID+`"
  event_types = ["stt.job.failed"]
}
`)
	}
	w.Write("main.tf", config(""))
	w.Run("apply", "-auto-approve")
	w.Write("main.tf", config(`event_filters = ["stt.jobs.failed", "stt.jobs.completed"]`+"\n"+`ssl_verification = false`))
	for _, i := range all {
		i.Sandbox.ResetRequestLog()
	}
	output := said(w, "apply", "-auto-approve")
	expectOutput(t, output, "0 added, 8 changed, 0 destroyed")
	expectSilent(t, output, alreadyRegistered)
	expectNothingToDo(t, w)
	state := w.State()
	for _, i := range all {
		mine := i.Sandbox.Endpoints()[2]
		want := map[string]string{"id": mine.ID, "event_filters": "[stt.jobs.completed stt.jobs.failed]", "ssl_verification": "false"}
		expectAttributes(t, state, endpointType+"."+i.name, want)
		if slices.Sort(mine.EventFilters); mine.SSLVerification || !slices.Equal(mine.EventFilters, []string{"stt.jobs.completed", "stt.jobs.failed"}) {
			t.Errorf("%s: the API has %v", i.name, mine)
		}
		listed, _ := state["data.prosa_webhook_endpoints."+i.name].Attributes["endpoints"].([]any)
		if one, _ := listed[0].(map[string]any); len(listed) != 1 || one["id"] != mine.ID || one["ssl_verification"] != false || len(one["event_filters"].([]any)) != 2 {
			t.Errorf("%s: listed %v", i.name, listed)
		}
		expectAttributes(t, state, "data.prosa_webhook_endpoint."+i.name, map[string]string{"id": knownID, "event_filters": "[stt.job.failed]"})
		deliveries, _ := state["data.prosa_webhook_deliveries."+i.name].Attributes["deliveries"].([]any)
		if delivery, _ := deliveries[0].(map[string]any); i.quirks.HeaderLists &&
			(delivery["request_headers"].(map[string]any)["accept"] != "text/plain, */*" || delivery["response_headers"].(map[string]any)["set-cookie"] != "a=1, b=2") {
			t.Errorf("%s: the headers are %v and %v", i.name, delivery["request_headers"], delivery["response_headers"])
		}
		if read := readBack(i, mine.ID); read != (i.quirks.UpdateAnswer != "") {
			t.Errorf("%s: read back after the update: %t", i.name, read)
		}
	}
	w.Run("destroy", "-auto-approve")
	for _, i := range all {
		if left := i.Sandbox.Endpoints(); len(left) != 2 || i.Sandbox.Count(sandbox.OpDeleteEndpoint) != 1 {
			t.Errorf("%s: %v are left after %d deletes", i.name, left, i.Sandbox.Count(sandbox.OpDeleteEndpoint))
		}
	}
}

// readBack says whether the request after an update asks for the endpoint.
func readBack(i *installation, id string) bool {
	requests := i.Sandbox.RequestLog()
	put := slices.IndexFunc(requests, func(r sandbox.Request) bool { return r.Method == "PUT" })
	return put >= 0 && put+1 < len(requests) && requests[put+1].Method == "GET" && strings.HasSuffix(requests[put+1].Path, "/"+id)
}

// TestFastAPIErrorsOfAnInstallation has FastAPI's own errors: a 422 is about an attribute, and "Not Authenticated" about the key.
func TestFastAPIErrorsOfAnInstallation(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.FastAPIErrors = true })
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint(`url = "https://user@example.com:0/"`))
	w.Run("init")
	expectOutput(t, w.ExpectError("apply", "-auto-approve"), "Error: Unable to create the webhook endpoint", `url = "https://user@example.com:0/"`, "must have a port from 1 to 65535")
	e.Vars["PROSA_API_KEY"] = "nobody-knows-this-key"
	expectOutput(t, w.ExpectError("plan"), "Error: Unable to check the webhook endpoint", "403: Not Authenticated",
		"The API rejects the API key, which came from the environment variable PROSA_API_KEY", "speech-to-text and text-to-speech have different keys")
}

// TestInstallationWithTrailingSlashes is redirected to another path, and follows no redirect.
func TestInstallationWithTrailingSlashes(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.TrailingSlash = true })
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+configHook)
	w.Run("init")
	place := e.BaseURL + "/webhooks/endpoints"
	expectOutput(t, w.ExpectError("apply", "-auto-approve"), "Error: Unable to create the webhook endpoint", place+": it was answered with 307, a redirect to "+place+"/, which is not followed", "so the base URL "+e.BaseURL+" is right")
	if len(e.Sandbox.Endpoints()) > 0 || len(w.State()) > 0 {
		t.Errorf("the API has %v, the state %v", e.Sandbox.Endpoints(), w.State())
	}
}
