package provider_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const inNoAccount = "Error: Webhook endpoint is not in this account"

// twoManaged is a workspace with an endpoint, and with the rotation of another one, in the account of acctest.APIKey. The
// sandbox has another account.
func twoManaged(t *testing.T) (*acctest.Env, *acctest.Workspace) {
	t.Helper()
	e := acctest.New(t, withOtherAccount)
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: knownID, URL: hook + "/rotated"})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+configHook+rotationOf(strconv.Quote(knownID), threeDays))
	w.Run("init")
	w.Run("apply", "-auto-approve")
	return e, w
}

// deleteBoth deletes both endpoints outside of the configuration.
func deleteBoth(e *acctest.Env) {
	for _, one := range e.Sandbox.Endpoints() {
		e.Sandbox.RemoveEndpoint(one.ID)
	}
}

// TestKeyOfAnotherAccount swaps the API key for that of another account: nothing is planned, created or removed.
func TestKeyOfAnotherAccount(t *testing.T) {
	t.Parallel()
	e, w := twoManaged(t)
	before, id := w.Read("terraform.tfstate"), w.State()[endpointA].Text("id")
	e.Sandbox.ResetRequestLog()

	e.Vars["PROSA_API_KEY"] = otherKey
	for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}} {
		output := w.ExpectError(command...)
		expectOutput(t, output, "terraform state rm prosa_webhook_endpoint.NAME", "terraform state rm prosa_webhook_secret_rotation.NAME", "the environment variable PROSA_API_KEY")
		if n := strings.Count(output, inNoAccount); n != 2 {
			t.Errorf("%q has %d errors for endpoint and rotation:\n%s", command, n, output)
		}
		expectSilent(t, output, "to add", "Plan:")
	}
	if got := w.Read("terraform.tfstate"); got != before {
		t.Errorf("the state has changed:\n%s\nbefore:\n%s", got, before)
	}
	expectOutput(t, w.ExpectError("destroy", "-auto-approve", "-refresh=false", "-target="+endpointA), inNoAccount)
	if state := w.State(); len(state) != 2 || state[endpointA].Text("id") != id {
		t.Errorf("the destroy left %v", state)
	}
	e.Vars["PROSA_API_KEY"] = acctest.APIKey
	expectSilent(t, expectNothingToDo(t, w), "Warning")

	w.Write("main.tf", strings.Replace(w.Read("main.tf"), hook, hook+"/new", 1))
	w.Run("plan", "-out=saved")
	e.Vars["PROSA_API_KEY"] = otherKey
	expectOutput(t, w.ExpectError("apply", "saved"), inNoAccount)
	if other := e.Sandbox.Account(otherKey).Endpoints(); len(other) > 0 || methods(e) != "DELETE PUT" || w.State()[endpointA].Text("url") != hook {
		t.Errorf("the other account has %v after %q, and the state %v", other, methods(e), w.State())
	}
}

// TestEndpointThatWasDeletedBeforeTheKeyChanged follows the error's advice.
func TestEndpointThatWasDeletedBeforeTheKeyChanged(t *testing.T) {
	t.Parallel()
	e, w := twoManaged(t)
	deleteBoth(e)
	e.Vars["PROSA_API_KEY"] = otherKey
	expectOutput(t, w.ExpectError("plan"), inNoAccount)
	w.Run("state", "rm", endpointA)
	w.Run("state", "rm", rotationA)
	output := said(w, "plan")
	expectOutput(t, output, "Plan: 2 to add, 0 to change, 0 to destroy")
	expectSilent(t, output, "Warning")
}

// renewed sends the key of the account in place of another one, as if that had been issued for the same account.
type renewed struct{ http.RoundTripper }

func (r renewed) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("X-Api-Key", acctest.APIKey)
	return r.RoundTripper.RoundTrip(req)
}

// TestKeyThatIsRenewed changes the API key for another one of the same account: there is nothing to do, and the state
// remembers the new one.
func TestKeyThatIsRenewed(t *testing.T) {
	t.Parallel()
	e, w := twoManaged(t)
	e.Client = append(e.Client, func(c *prosa.Config) { c.Transport = renewed{http.DefaultTransport} })
	old := accounts(t, w)

	e.Vars["PROSA_API_KEY"] = "a-renewed-key"
	expectSilent(t, expectNothingToDo(t, w), "Warning")
	w.Run("apply", "-auto-approve")
	for address, account := range accounts(t, w) {
		if account == "" || account == old[address] {
			t.Errorf("%s remembers %q, and %q before", address, account, old[address])
		}
	}
	deleteBoth(e)
	expectOutput(t, said(w, "plan"), "Warning: Webhook endpoint is deleted", "2 to add")
}

// accounts are the accounts that the objects in the state remember, by address.
func accounts(t *testing.T, w *acctest.Workspace) map[string]string {
	t.Helper()
	all := map[string]string{}
	for address, instance := range w.State() {
		var private map[string][]byte
		if err := json.Unmarshal(instance.Private, &private); err != nil {
			t.Fatal(err)
		}
		all[address] = string(private["account"])
	}
	return all
}

// TestStateThatRemembersNoAccount has a state of an earlier version. It tells nothing about the account, so an endpoint
// that the API does not find leaves it with a warning.
func TestStateThatRemembersNoAccount(t *testing.T) {
	t.Parallel()
	e, w := twoManaged(t)
	file := w.Read("terraform.tfstate")
	for _, instance := range w.State() {
		file = strings.Replace(file, base64.StdEncoding.EncodeToString(instance.Private), "", 1)
	}
	w.Write("terraform.tfstate", file)
	for address, instance := range w.State() {
		if len(instance.Private) > 0 {
			t.Fatalf("%s still has %s", address, instance.Private)
		}
	}
	expectSilent(t, expectNothingToDo(t, w), "Warning")
	e.Vars["PROSA_API_KEY"] = otherKey
	output := said(w, "plan")
	expectOutput(t, output, "Warning: Webhook endpoint is deleted", hook, "PROSA_API_KEY", "2 to add")
	expectSilent(t, output, "Error")
}
