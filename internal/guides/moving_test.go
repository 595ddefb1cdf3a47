package guides_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const movingGuide = "moving-from-rest-providers"

// TestMovedBlocks follows the guide for each of the two generic providers. Nothing may send a write request.
func TestMovedBlocks(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.MoveBetweenTypes)
	for at, c := range []struct {
		source, kind, before, after string
		standIn                     func(sandbox.Endpoint) acctest.Factory
		filters                     []string
		action                      string
		sees                        []string
	}{
		{
			"mastercard/restapi", "restapi_object", "restapi/main.tf", "restapi-moved/main.tf", restAPI,
			[]string{"stt.jobs.failed", "stt.jobs.completed"}, "no-op",
			[]string{"restapi_object.transcripts has moved to prosa_webhook_endpoint.transcripts", "Plan: 0 to add, 0 to change, 0 to destroy."},
		},
		{
			"magodo/restful", "restful_resource", "restful/main.tf", "restful-moved/main.tf", restful,
			nil, "update", // adds secret_key to the state
			[]string{"Plan: 0 to add, 1 to change, 0 to destroy."},
		},
	} {
		t.Run(c.source, func(t *testing.T) {
			t.Parallel()
			e, w, key := movable(t, c.source, c.standIn, c.filters, c.before)
			r := readerOf(t, w, movingGuide)
			for range 3 * at {
				r.leavesOut(r.commands[0])
			}
			w.Write("main.tf", fileOf(t, movingGuide, c.after))
			r.run("terraform init")
			r.run("terraform plan")
			r.sees(c.sees...)
			expectMove(t, w, fmt.Sprintf("[{prosa_webhook_endpoint.transcripts %s.transcripts {[%s]}}]", c.kind, c.action))
			r.run("terraform apply")
			if strings.Contains(w.Read("terraform.tfstate"), key) {
				t.Error("the old copy of the key is still in the state")
			}
			expectNoChanges(t, w)
			w.Write("main.tf", withoutMove(t, c.after, c.source))
			expectNoChanges(t, w)
			e.ExpectWrites()
		})
	}
}

// TestMovingWithoutMovedBlock follows the end of the guide, which works with every CLI.
func TestMovingWithoutMovedBlock(t *testing.T) {
	t.Parallel()
	e, w, key := movable(t, "mastercard/restapi", restAPI, []string{"stt.jobs.completed", "stt.jobs.failed"}, "restapi/main.tf")
	r := readerOf(t, w, movingGuide)
	for range 3 * 2 {
		r.leavesOut(r.commands[0])
	}
	r.run("terraform state rm restapi_object.transcripts")
	w.Write("main.tf", withoutMove(t, "restapi-moved/main.tf", "mastercard/restapi"))
	r.run("terraform init")
	r.run("terraform import prosa_webhook_endpoint.transcripts https://speech.example.com/prosa-webhook")
	r.ends()
	expectNoChanges(t, w)
	if strings.Contains(w.Read("terraform.tfstate"), key) {
		t.Error("the old copy of the key is still in the state")
	}
	e.ExpectWrites()
}

// movable returns an endpoint that a generic provider manages, with its key in the state and no pending changes.
func movable(t *testing.T, source string, standIn func(sandbox.Endpoint) acctest.Factory, filters []string, before string) (*acctest.Env, *acctest.Workspace, string) {
	t.Helper()
	e := acctest.New(t)
	there := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://speech.example.com/prosa-webhook", EventFilters: filters, SSLVerification: true})
	w := e.Workspace(map[string]acctest.Factory{source: standIn(there)})
	w.Setenv("TF_VAR_prosa_api_key", acctest.APIKey)
	w.Setenv("TF_VAR_signing_key", "a-key-of-my-own")
	w.Write("main.tf", fileOf(t, movingGuide, before))
	w.Run("init")
	w.Run("apply", "-auto-approve")
	key := there.Secrets[0].Key
	if !strings.Contains(w.Read("terraform.tfstate"), key) {
		t.Fatal("the stand-in keeps no key, so that there is none to be lost")
	}
	expectNoChanges(t, w) // required by the guide before the move
	return e, w, key
}

// withoutMove returns one of the guide's configurations without the moved block and the other provider.
func withoutMove(t *testing.T, file, source string) string {
	t.Helper()
	config, _, moved := strings.Cut(fileOf(t, movingGuide, file), "moved {")
	before, rest, declared := strings.Cut(config, strings.Split(source, "/")[1]+" = {")
	_, after, closed := strings.Cut(rest, "}")
	if !moved || !declared || !closed || strings.Contains(before+after, source) {
		t.Fatalf("%s has not the form that it had:\n%s", file, config)
	}
	return before + after
}

// expectMove checks a plan's action for a resource, and the resource's previous address.
func expectMove(t *testing.T, w *acctest.Workspace, want string) {
	t.Helper()
	w.Run("plan", "-out=saved.tfplan")
	var plan struct {
		Changes []struct {
			Address  string `json:"address"`
			Previous string `json:"previous_address"`
			Change   struct{ Actions []string }
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(w.Run("show", "-json", "saved.tfplan")), &plan); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(plan.Changes); got != want {
		t.Errorf("the plan is %s, want %s", got, want)
	}
}
