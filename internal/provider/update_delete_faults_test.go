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

// passing are faults that a PUT and a DELETE get over by being sent again.
func passing() map[string]sandbox.Fault {
	retry := http.Header{"Retry-After": {"2"}}
	return map[string]sandbox.Fault{
		"closed-before":   {Close: true},
		"closed-after":    {Close: true, Do: true},
		"cut-off":         {Truncate: 30},
		"429":             {Status: http.StatusTooManyRequests},
		"429-retry-after": {Status: http.StatusTooManyRequests, Header: retry},
		"502-before":      {Status: http.StatusBadGateway},
		"502-after":       {Status: http.StatusBadGateway, Do: true},
		"503-before":      {Status: http.StatusServiceUnavailable},
		"503-after":       {Status: http.StatusServiceUnavailable, Do: true},
		"503-retry-after": {Status: http.StatusServiceUnavailable, Header: retry},
		"504-before":      {Status: http.StatusGatewayTimeout},
		"504-after":       {Status: http.StatusGatewayTimeout, Do: true},
	}
}

// lasting are faults that are reported, as nothing says that sending again would help.
func lasting() map[string]sandbox.Fault {
	return map[string]sandbox.Fault{
		"500-before":  {Status: http.StatusInternalServerError},
		"500-after":   {Status: http.StatusInternalServerError, Do: true},
		"403":         {Status: http.StatusForbidden, Body: `{"status":"forbidden","message":"no"}`},
		"bare-404":    {Status: http.StatusNotFound, Body: `{"detail":"Not Found"}`},
		"page-before": {Body: "<html>hello</html>"},
		"page-after":  {Body: "<html>hello</html>", Do: true},
	}
}

// applied makes a workspace with an endpoint for each of the names.
func applied(t *testing.T, names []string) (*acctest.Env, *acctest.Workspace) {
	t.Helper()
	e := acctest.New(t)
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+endpoint(eachOf(names)))
	w.Run("apply", "-auto-approve")
	return e, w
}

// injectByID injects one fault for each of the endpoints.
func injectByID(e *acctest.Env, state map[string]acctest.Instance, op sandbox.Operation, faults map[string]sandbox.Fault) {
	for name, fault := range faults {
		fault.Operation, fault.Match = op, mentions(state[fmt.Sprintf("%s[%q]", endpointA, name)].Text("id"))
		e.Sandbox.Inject(fault)
	}
}

func TestUpdateAndDeleteTakeEffectWhateverTheResponse(t *testing.T) {
	t.Parallel()
	faults := passing()
	names := slices.Sorted(maps.Keys(faults))
	e, w := applied(t, names)
	before := w.State()
	injectByID(e, before, sandbox.OpUpdateEndpoint, faults)
	w.Write("main.tf", withSource+endpoint(eachOf(names)+"\n  ssl_verification = false"))
	w.Run("apply", "-auto-approve")
	after := w.State()
	for _, name := range names {
		address := fmt.Sprintf("%s[%q]", endpointA, name)
		id := after[address].Text("id")
		there, _ := e.Sandbox.Endpoint(id)
		if id != before[address].Text("id") || there.SSLVerification || after[address].Attributes["ssl_verification"] != false {
			t.Errorf("%s: the endpoint is %v, the state has %s", name, there, after[address].Raw)
		}
		if n := count(e, sandbox.OpUpdateEndpoint, id); n != 2 {
			t.Errorf("%s: it was sent %d times", name, n)
		}
	}
	w.Run("plan", "-detailed-exitcode")

	meanwhile := after[fmt.Sprintf("%s[%q]", endpointA, "closed-before")].Text("id") // deleted by somebody else
	delete(faults, "closed-before")
	injectByID(e, after, sandbox.OpDeleteEndpoint, faults)
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpDeleteEndpoint, Close: true, Match: func(r sandbox.Request) bool {
		return mentions(meanwhile)(r) && e.Sandbox.RemoveEndpoint(meanwhile)
	}})
	w.Run("destroy", "-auto-approve")
	if left := e.Sandbox.Endpoints(); len(left) > 0 || len(w.State()) > 0 {
		t.Errorf("left in the sandbox: %v; in the state: %v", left, w.State())
	}
	if n := e.Sandbox.Count(sandbox.OpDeleteEndpoint); n <= len(names) || n > 2*len(names) { // any 2xx is enough
		t.Errorf("%d DELETEs for %d endpoints, most of which should be sent twice", n, len(names))
	}
}

func TestUpdateAndDeleteThatFailKeepTheState(t *testing.T) {
	t.Parallel()
	faults := lasting()
	e, w := applied(t, slices.Sorted(maps.Keys(faults)))
	before := w.State()
	expectKept := func(method string, command ...string) {
		t.Helper()
		message := w.ExpectError(command...)
		for address, instance := range before {
			if now := w.State()[address]; now.Raw != instance.Raw {
				t.Errorf("%s: the state was %s and is %q", address, instance.Raw, now.Raw)
			}
			if place := method + " " + e.BaseURL + "/webhooks/endpoints/" + instance.Text("id"); !strings.Contains(message, place) {
				t.Errorf("%s: no error says %q: %s", address, place, message)
			}
		}
	}
	injectByID(e, before, sandbox.OpUpdateEndpoint, faults)
	w.Write("main.tf", withSource+endpoint(eachOf(slices.Sorted(maps.Keys(faults)))+"\n  ssl_verification = false"))
	expectKept("PUT", "apply", "-auto-approve")
	w.Run("apply", "-auto-approve")
	for _, there := range e.Sandbox.Endpoints() {
		if there.SSLVerification {
			t.Errorf("the next apply left %s as it was", there.URL)
		}
	}

	delete(faults, "page-before") // any 2xx is a success
	delete(faults, "page-after")
	w.Write("main.tf", withSource+endpoint(eachOf(slices.Sorted(maps.Keys(faults)))+"\n  ssl_verification = false"))
	w.Run("apply", "-auto-approve")
	before = w.State()
	injectByID(e, before, sandbox.OpDeleteEndpoint, faults)
	expectKept("DELETE", "destroy", "-auto-approve")
	w.Run("destroy", "-auto-approve")
	if left := e.Sandbox.Endpoints(); len(left) > 0 || len(w.State()) > 0 {
		t.Errorf("left in the sandbox: %v; in the state: %v", left, w.State())
	}
}

// TestEndpointDeletedBetweenPlanAndApply deletes endpoints after the plan.
func TestEndpointDeletedBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	e, w := applied(t, []string{"changed", "deleted"})
	w.Write("main.tf", withSource+endpoint(eachOf([]string{"changed"})+"\n  ssl_verification = false"))
	w.Run("plan", "-out=saved.tfplan")
	for _, there := range e.Sandbox.Endpoints() {
		e.Sandbox.RemoveEndpoint(there.ID)
	}
	message := w.ExpectError("apply", "saved.tfplan")
	if !strings.Contains(message, "The endpoint was deleted") || !strings.Contains(message, "Plan again") {
		t.Errorf("it says %s", message)
	}
	if state := w.State(); len(state) != 1 || state[endpointA+`["changed"]`].Raw == "" {
		t.Errorf("the state has %v, want only what could not be changed", state)
	}
	w.Run("apply", "-auto-approve")
	if there := e.OnlyEndpoint(); there.URL != "https://example.com/changed" || there.SSLVerification {
		t.Errorf("the next apply made %v", there)
	}
}

// inDoubt are faults that leave open whether a POST was done.
func inDoubt() map[string]sandbox.Fault {
	return map[string]sandbox.Fault{
		"closed-before": {Close: true},
		"closed-after":  {Close: true, Do: true},
		"cut-off":       {Truncate: 5},
		"500":           {Status: http.StatusInternalServerError},
		"502":           {Status: http.StatusBadGateway, Do: true},
		"503":           {Status: http.StatusServiceUnavailable},
		"504":           {Status: http.StatusGatewayTimeout},
		"page":          {Body: "<html>hello</html>", Do: true},
		"null":          {Body: "null", Do: true},
		"too slow":      {Delay: 20 * time.Second},
	}
}

// TestRunOnceIsNotRetriedIfTheResponseIsLost tests each of these operations with every fault, as a resource and as an
// action.
func TestRunOnceIsNotRetriedIfTheResponseIsLost(t *testing.T) {
	t.Parallel()
	type runner func(t *testing.T, p *acctest.Provider, endpointID, deliveryID string) acctest.Diagnostics
	type run struct {
		op  sandbox.Operation
		run runner
	}
	asResource := func(resource string, config func(endpointID, deliveryID string) acctest.Object) runner {
		return func(t *testing.T, p *acctest.Provider, endpointID, deliveryID string) acctest.Diagnostics {
			state, problems := p.Apply(resource, nil, config(endpointID, deliveryID))
			if state != nil {
				t.Errorf("%s is in the state: %v", resource, state.Attributes)
			}
			return problems
		}
	}
	asAction := func(action string) runner {
		return func(t *testing.T, p *acctest.Provider, endpointID, deliveryID string) acctest.Diagnostics {
			_, problems := p.InvokeAction(t.Context(), action, operationConfigs(endpointID, deliveryID)[action])
			return problems
		}
	}
	onEndpoint := func(endpointID, _ string) acctest.Object { return acctest.Object{"endpoint_id": endpointID} }
	onDelivery := func(_, deliveryID string) acctest.Object { return acctest.Object{"delivery_id": deliveryID} }
	runs := map[string]run{
		"test event":                {sandbox.OpSendTestEvent, asResource("prosa_webhook_test_event", onEndpoint)},
		"replay":                    {sandbox.OpReplayDelivery, asResource("prosa_webhook_delivery_replay", onDelivery)},
		"replay of all that failed": {sandbox.OpReplayFailedDeliveries, asResource("prosa_webhook_failed_deliveries_replay", onEndpoint)},
		testEventAction:             {sandbox.OpSendTestEvent, asAction(testEventAction)},
		replayAction:                {sandbox.OpReplayDelivery, asAction(replayAction)},
		replayFailedAction:          {sandbox.OpReplayFailedDeliveries, asAction(replayFailedAction)},
	}
	for name, r := range runs {
		for broken, fault := range inDoubt() {
			t.Run(name+"/"+broken, func(t *testing.T) {
				acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
					e.Vars["PROSA_REQUEST_TIMEOUT"] = "10s"
					there := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook})
					delivery := addDelivery(e, there.ID, 500)
					fault.Operation, fault.Times = r.op, -1
					e.Sandbox.Inject(fault)
					problems := r.run(t, e.Configured(), there.ID, delivery.DeliveryID)
					problems.Expect(t, "error", "", "POST "+e.BaseURL, "nevertheless", "did not retry", "run this again")
					if n := e.Sandbox.Count(r.op); n != 1 {
						t.Errorf("it was sent %d times", n)
					}
				})
			})
		}
	}
}
