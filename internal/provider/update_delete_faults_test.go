package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// applied returns a workspace with an endpoint for each name.
func applied(t *testing.T, names []string) (*acctest.Env, *acctest.Workspace) {
	t.Helper()
	e := acctest.New(t)
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint(forEach(names)))
	w.Run("apply", "-auto-approve")
	for _, name := range names {
		if w.State()[instanceOfA(name)].Text("id") == "" {
			t.Fatalf("the state lacks %s", instanceOfA(name))
		}
	}
	return e, w
}

// instanceOfA returns the address of an instance of prosa_webhook_endpoint.a.
func instanceOfA(key string) string { return fmt.Sprintf("%s[%q]", endpointA, key) }

// injectByName injects each fault for the endpoint of its name.
func injectByName(e *acctest.Env, state map[string]acctest.Instance, op sandbox.Operation, faults map[string]sandbox.Fault) {
	for name, fault := range faults {
		fault.Operation, fault.Match = op, mentions(state[instanceOfA(name)].Text("id"))
		e.Sandbox.Inject(fault)
	}
}

// TestUpdateAndDeleteTakeEffectWhateverTheResponse injects failures of a PUT and a DELETE that the provider retries.
func TestUpdateAndDeleteTakeEffectWhateverTheResponse(t *testing.T) {
	t.Parallel()
	faults := map[string]sandbox.Fault{
		"closed-before":   {Close: true},
		"closed-after":    {Close: true, Do: true},
		"429":             {Status: 429},
		"502-after":       {Status: 502, Do: true},
		"503-retry-after": {Status: 503, Header: http.Header{"Retry-After": {"2"}}},
		"504-before":      {Status: 504},
	}
	names := slices.Sorted(maps.Keys(faults))
	e, w := applied(t, names)
	before := w.State()
	injectByName(e, before, sandbox.OpUpdateEndpoint, faults)
	w.Write("main.tf", withSource+endpoint(forEach(names)+"\n  ssl_verification = false"))
	w.Run("apply", "-auto-approve")
	after := w.State()
	if len(after) != len(names) {
		t.Errorf("the state has %d endpoints after the update, want %d", len(after), len(names))
	}
	for address, instance := range after {
		id := instance.Text("id")
		existing, _ := e.Sandbox.Endpoint(id)
		if id != before[address].Text("id") || existing.SSLVerification || instance.Attributes["ssl_verification"] != false {
			t.Errorf("%s: the endpoint is %v, the state has %s", address, existing, instance.Raw)
		}
		if n := countMentions(e, sandbox.OpUpdateEndpoint, id); n != 2 {
			t.Errorf("%s: %d PUTs", address, n)
		}
	}
	expectEmptyPlan(t, w)

	injectByName(e, after, sandbox.OpDeleteEndpoint, faults)
	w.Run("destroy", "-auto-approve")
	if left := e.Sandbox.Endpoints(); len(left) > 0 || len(w.State()) > 0 {
		t.Errorf("left in the sandbox: %v; in the state: %v", left, w.State())
	}
	if n := e.Sandbox.Count(sandbox.OpDeleteEndpoint); n != 2*len(names) {
		t.Errorf("%d DELETEs for %d endpoints", n, len(names))
	}
}

// TestUpdateAndDeleteThatFailKeepTheState injects failures that the provider does not retry.
func TestUpdateAndDeleteThatFailKeepTheState(t *testing.T) {
	t.Parallel()
	faults := map[string]sandbox.Fault{
		"500-before": {Status: 500},
		"500-after":  {Status: 500, Do: true},
		"403":        {Status: 403, Body: `{"status":"forbidden","message":"no"}`},
		"bare-404":   {Status: 404, Body: `{"detail":"Not Found"}`}, // the installation lacks the operation
		"page-after": {Body: "<html>hello</html>", Do: true},
	}
	names := slices.Sorted(maps.Keys(faults))
	e, w := applied(t, names)
	before := w.State()
	expectKept := func(method string, command ...string) {
		t.Helper()
		message := w.ExpectError(command...)
		for address, instance := range before {
			if now := w.State()[address]; now.Raw != instance.Raw {
				t.Errorf("%s: the state was %s and is %q", address, instance.Raw, now.Raw)
			}
			if request := method + " " + e.BaseURL + "/webhooks/endpoints/" + instance.Text("id"); !strings.Contains(message, request) {
				t.Errorf("%s: no error has %q: %s", address, request, message)
			}
		}
	}
	injectByName(e, before, sandbox.OpUpdateEndpoint, faults)
	w.Write("main.tf", withSource+endpoint(forEach(names)+"\n  ssl_verification = false"))
	expectKept("PUT", "apply", "-auto-approve")
	w.Run("apply", "-auto-approve")
	for _, existing := range e.Sandbox.Endpoints() {
		if existing.SSLVerification {
			t.Errorf("the next apply did not update %s", existing.URL)
		}
	}

	faults["page-after"] = sandbox.Fault{Status: 500} // with a page, the delete succeeds: the status is 2xx
	before = w.State()
	injectByName(e, before, sandbox.OpDeleteEndpoint, faults)
	expectKept("DELETE", "destroy", "-auto-approve")
	w.Run("destroy", "-auto-approve")
	if left := e.Sandbox.Endpoints(); len(left) > 0 || len(w.State()) > 0 {
		t.Errorf("left in the sandbox: %v; in the state: %v", left, w.State())
	}
}

// TestEndpointDeletedBetweenPlanAndApply applies a saved plan with an update and a delete of deleted endpoints.
func TestEndpointDeletedBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	e, w := applied(t, []string{"changed", "deleted"})
	w.Write("main.tf", withSource+endpoint(forEach([]string{"changed"})+"\n  ssl_verification = false"))
	w.Run("plan", "-out=saved.tfplan")
	for _, existing := range e.Sandbox.Endpoints() {
		e.Sandbox.RemoveEndpoint(existing.ID)
	}
	expectOutput(t, w.ExpectError("apply", "saved.tfplan"), "The endpoint was deleted", "Plan again")
	if state := w.State(); len(state) != 1 || state[instanceOfA("changed")].Raw == "" {
		t.Errorf("the state has %v, want only the failed update", state)
	}
	w.Run("apply", "-auto-approve")
	if existing := e.OnlyEndpoint(); existing.URL != "https://example.com/changed" || existing.SSLVerification {
		t.Errorf("the next apply created %v", existing)
	}
}

// TestRunOnceIsNotRetriedIfTheResponseIsLost loses the responses to test events and replays, as resources and as actions.
func TestRunOnceIsNotRetriedIfTheResponseIsLost(t *testing.T) {
	t.Parallel()
	resources := map[string]string{testEventAction: testEventType, replayAction: replayType, replayFailedAction: replayFailedType}
	operations := map[string]sandbox.Operation{
		testEventAction: sandbox.OpSendTestEvent, replayAction: sandbox.OpReplayDelivery, replayFailedAction: sandbox.OpReplayFailedDeliveries,
	}
	for action, op := range operations {
		for name, fault := range map[string]sandbox.Fault{
			"closed":  {Close: true, Do: true},
			"503":     {Status: 503},
			"page":    {Body: "<html>hello</html>", Do: true},
			"timeout": {Delay: 20 * time.Second},
		} {
			t.Run(action+"/"+name, func(t *testing.T) {
				acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
					e.Setenv("PROSA_REQUEST_TIMEOUT", "10s")
					id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
					config := operationConfigs(id, addDelivery(e, id, 500).DeliveryID)[action]
					fault.Operation, fault.Times = op, -1
					e.Sandbox.Inject(fault)
					_, ofAction := e.Configured().InvokeAction(action, config)
					state, ofResource := e.Configured().Apply(resources[action], nil, config)
					for _, problems := range []acctest.Diagnostics{ofAction, ofResource} {
						problems.Expect(t, "error", "", "POST "+e.BaseURL, "nevertheless", "did not retry", "run this again")
					}
					if n := e.Sandbox.Count(op); n != 2 || state != nil {
						t.Errorf("%d POSTs, want one each; the state is %v", n, state)
					}
				})
			})
		}
	}
}
