package provider_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const notInAccount = "Webhook endpoint is not in this account"

func withOtherAccount(s *sandbox.Server) { s.OtherKeys = []string{otherKey} }

// twoAccounts returns a sandbox with two accounts, and a workspace with an endpoint and a rotation in the account of
// acctest.APIKey. The rotation is of another endpoint.
func twoAccounts(t *testing.T) (*acctest.Env, *acctest.Workspace) {
	t.Helper()
	e := acctest.New(t, withOtherAccount)
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: knownID, URL: hook + "/rotated"})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+configHook+rotationOf(`"`+knownID+`"`, threeDays))
	w.Run("apply", "-auto-approve")
	return e, w
}

// TestKeyOfAnotherAccount: with the API key of another account, nothing is planned, created or removed from the state.
func TestKeyOfAnotherAccount(t *testing.T) {
	t.Parallel()
	e, w := twoAccounts(t)
	before := w.Read("terraform.tfstate")
	e.Sandbox.ResetRequestLog()
	e.Setenv("PROSA_API_KEY", otherKey)
	for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}} {
		output := w.ExpectError(command...)
		expectOutput(t, output, "the environment variable PROSA_API_KEY",
			"terraform state rm prosa_webhook_endpoint.NAME", "terraform state rm prosa_webhook_secret_rotation.NAME")
		if n := strings.Count(output, "Error: "+notInAccount); n != 2 {
			t.Errorf("%q: %d errors for the endpoint and the rotation:\n%s", command, n, output)
		}
		expectOutputLacks(t, output, "to add", "Plan:")
	}
	if got := w.Read("terraform.tfstate"); got != before {
		t.Errorf("the state was:\n%s\nand is:\n%s", before, got)
	}
	e.ExpectWrites()
	expectOutput(t, w.ExpectError("destroy", "-auto-approve", "-refresh=false", "-target="+endpointA), notInAccount)
	e.Setenv("PROSA_API_KEY", acctest.APIKey)
	expectOutputLacks(t, expectEmptyPlan(t, w), "Warning")

	w.Write("main.tf", strings.Replace(w.Read("main.tf"), hook, hook+"/new", 1))
	w.Run("plan", "-out=saved")
	e.Setenv("PROSA_API_KEY", otherKey)
	expectOutput(t, w.ExpectError("apply", "saved"), notInAccount)
	if other := e.Sandbox.Account(otherKey).Endpoints(); len(other) > 0 || w.State()[endpointA].Text("url") != hook {
		t.Errorf("the other account has %v, and the state %v", other, w.State())
	}
}

// renewedKey is a transport that replaces the API key by acctest.APIKey, as if every key belonged to the same account.
type renewedKey struct{ http.RoundTripper }

func (r renewedKey) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("X-Api-Key", acctest.APIKey)
	return r.RoundTripper.RoundTrip(req)
}

// TestRenewedKeyOfTheAccount: a refresh with another key of the same account changes nothing but the account in the state.
func TestRenewedKeyOfTheAccount(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Client = append(e.Client, func(c *prosa.Config) { c.Transport = renewedKey{http.DefaultTransport} })
	registerEndpoint(e)
	for typ, config := range map[string]acctest.Object{endpointType: {"url": hook + "/new"}, rotationType: rotationObject(knownID, nil)} {
		e.Setenv("PROSA_API_KEY", acctest.APIKey)
		created := e.Configured().MustApply(typ, nil, config)
		e.Setenv("PROSA_API_KEY", "a-renewed-key")
		refreshed := e.Configured().MustRead(typ, created)
		expectObject(t, typ, refreshed.Attributes, created.Attributes)
		e.Sandbox.RemoveEndpoint(created.Attributes["id"].(string))
		_, problems := e.Configured().Read(typ, created)
		problems.Expect(t, "error", "", notInAccount)
		_, problems = e.Configured().Read(typ, refreshed)
		problems.Expect(t, "warning", "", "Webhook endpoint is deleted")
	}
}

// TestStateWithoutAccount plans with a state of an earlier version, which lacks the account. The provider cannot tell
// whether a missing endpoint was in this account, so it removes the endpoint from the state, with a warning.
func TestStateWithoutAccount(t *testing.T) {
	t.Parallel()
	e, w := twoAccounts(t)
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
	expectOutputLacks(t, expectEmptyPlan(t, w), "Warning")
	e.Setenv("PROSA_API_KEY", otherKey)
	output := runOneLine(w, "plan")
	expectOutput(t, output, "Warning: Webhook endpoint is deleted", hook, "PROSA_API_KEY", "2 to add")
	expectOutputLacks(t, output, "Error")
}

// TestUpdateWithoutRequestStoresNoAccount: with the API key of another account, an update that needs no request
// succeeds, but must not store that account in the state.
func TestUpdateWithoutRequestStoresNoAccount(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, withOtherAccount)
	state := e.Configured().MustApply(endpointType, nil, acctest.Object{"url": hook, "store_secrets": true})
	e.Setenv("PROSA_API_KEY", otherKey)
	state = e.Configured().MustApply(endpointType, state, acctest.Object{"url": hook})
	kept, problems := e.Configured().Read(endpointType, state)
	problems.Expect(t, "error", "", notInAccount)
	if kept == nil {
		t.Error("the endpoint was removed from the state")
	}
	e.Configured().Destroy(endpointType, state).Expect(t, "error", "", notInAccount)
}
