package guides_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	keysGuide        = "signing-keys-out-of-state"
	ownKey           = "the-key-that-the-receiver-has"
	exportOwnKey     = "export TF_VAR_signing_key=" + ownKey
	endpointID       = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	exportEndpointID = "export TF_VAR_endpoint_id=" + endpointID
)

// TestSigningKeysInSecretStores creates and rotates a key, for each of the guide's stores.
func TestSigningKeysInSecretStores(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnlyArguments)
	for name, provider := range map[string]func(*secretStore) acctest.Factory{
		"aws": (*secretStore).aws, "vault": (*secretStore).vault, "kubernetes": (*secretStore).kubernetes, "file": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, store := acctest.New(t), &secretStore{}
			w := e.Workspace(nil)
			if provider != nil {
				w = e.Workspace(map[string]acctest.Factory{"hashicorp/" + name: provider(store)})
			}
			r := newReader(t, w, keysGuide)
			r.copy("keys.tf", name+".tf")
			expectDelivered := func(keys ...string) {
				t.Helper()
				got := store.written()
				if provider == nil { // the file contains the newest key only
					got, keys = []string{w.Read("signing-key")}, []string{keys[len(keys)-1] + "\n"}
				}
				if !slices.Equal(got, keys) {
					t.Fatalf("the store has %q, want %q", got, keys)
				}
			}
			r.run(exportKey)
			r.run("terraform init")
			r.run("terraform apply")
			first := newestKey(e)
			expectDelivered(first)
			expectNoKeys(e, w, r.output)
			r.run("terraform plan -detailed-exitcode", "No changes")

			e.Sandbox.ResetRequestLog()
			r.run("export TF_VAR_rotation=second")
			r.run("terraform plan -out=rotation.tfplan", "secret_version", "(known after apply)")
			plan := w.SavedPlan("rotation.tfplan")
			r.run("terraform apply rotation.tfplan")
			e.ExpectWrites("POST /webhooks/endpoints/" + e.OnlyEndpoint().ID + `/secret {"rotation_period":{"days":3,"hours":0}}`)
			second := newestKey(e)
			expectDelivered(first, second)
			r.expectNext(exportOwnKey)
			expectNoKeys(e, w, plan, r.output)
			expectNoChanges(t, w)
		})
	}
}

// TestSecretStoreDown rotates while the store is down: the next apply delivers the key and does not rotate again. The store
// also gets the keys of a replaced rotation, a replaced endpoint, and an endpoint that was deleted outside Terraform.
func TestSecretStoreDown(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnlyArguments)
	e, store := acctest.New(t), &secretStore{}
	w := e.Workspace(map[string]acctest.Factory{"hashicorp/aws": store.aws()})
	newReader(t, w, keysGuide).copy("keys.tf", "aws.tf")
	var want []string
	expectDelivered := func() {
		t.Helper()
		want = append(want, newestKey(e))
		if got := store.written(); !slices.Equal(got, want) {
			t.Fatalf("the store has %q, want %q", got, want)
		}
		expectNoKeys(e, w)
	}
	w.Run("apply", "-auto-approve")
	expectDelivered()

	e.Sandbox.ResetRequestLog()
	store.down.Store(true)
	e.Clock.Advance(91 * day)
	expectTexts(t, w.ExpectError("apply", "-auto-approve"), "Secret store is down")
	store.down.Store(false)
	w.Run("apply", "-auto-approve")
	expectDelivered()
	e.ExpectWrites("POST /webhooks/endpoints/" + e.OnlyEndpoint().ID + `/secret {"rotation_period":{"days":3,"hours":0}}`)

	w.Run("apply", "-auto-approve", "-replace=prosa_webhook_secret_rotation.transcripts")
	expectDelivered() // the same key: rotate_on_create is false
	w.Run("apply", "-auto-approve", "-replace=prosa_webhook_endpoint.transcripts")
	expectDelivered()
	e.Sandbox.RemoveEndpoint(e.OnlyEndpoint().ID)
	e.Clock.Advance(time.Minute)
	w.Run("apply", "-auto-approve")
	expectDelivered()
	expectNoChanges(t, w)
}

// TestSigningKeysExample applies the ephemeral resource's example.
func TestSigningKeysExample(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnlyArguments)
	e, store := acctest.New(t), &secretStore{}
	endpoint := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://speech.example.com/prosa-webhook"})
	w := e.Workspace(map[string]acctest.Factory{"hashicorp/aws": store.aws()})
	example := content(t, examplesFolder+"/ephemeral-resources/prosa_webhook_endpoint_secrets/ephemeral-resource.tf")
	w.Write("main.tf", "terraform {\n  required_providers {\n    prosa = { source = \"prosa-ai/prosa\" }\n  }\n}\n"+example)
	w.Setenv("TF_VAR_endpoint_id", endpoint.ID)
	w.Run("apply", "-auto-approve")
	if got := store.written(); !slices.Equal(got, []string{newestKey(e)}) {
		t.Errorf("the store has %q", got)
	}
	expectNoKeys(e, w)
	expectNoChanges(t, w)
}

// TestOwnSigningKey follows the guide's section about a key of your own.
func TestOwnSigningKey(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnlyArguments)
	e := acctest.New(t)
	w := e.Workspace(nil)
	r := newReader(t, w, keysGuide)
	r.copy("own-key.tf")
	r.skipTo(exportOwnKey)
	r.run(exportOwnKey)
	r.run("terraform init")
	r.run("terraform apply")
	r.expectNext(exportEndpointID)
	if writes := e.Writes(); len(writes) != 1 || !strings.Contains(string(writes[0].Body), `"secret_key":"`+ownKey+`"`) {
		t.Errorf("the key should be sent once: %v", writes)
	}
	w.Setenv("TF_VAR_signing_key", "another-key")
	w.Run("plan", "-detailed-exitcode", "-out=saved.tfplan") // fails if there are changes
	plan := w.SavedPlan("saved.tfplan")
	expectNoKeys(e, w, plan)
	if strings.Contains(plan, "another-key") {
		t.Error("the variable's value is in the plan")
	}
}

// TestSigningKeysOnOlderCLIs follows the guide's section about earlier versions, which works with every CLI.
func TestSigningKeysOnOlderCLIs(t *testing.T) {
	t.Parallel()
	e, store := acctest.New(t), &secretStore{}
	endpoint := e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: endpointID, URL: "https://speech.example.com/prosa-webhook"})
	w := e.Workspace(map[string]acctest.Factory{"hashicorp/aws": store.aws()})
	r := newReader(t, w, keysGuide)
	r.copy("older.tf")
	r.skipTo(exportEndpointID)
	r.run(exportEndpointID)
	r.run("terraform init")
	r.run("terraform apply")
	r.expectEnd()
	e.ExpectWrites()
	e.Clock.Advance(91 * day)
	w.Run("apply", "-auto-approve")
	if got, want := store.written(), []string{endpoint.Secrets[0].Key, newestKey(e)}; !slices.Equal(got, want) || got[0] == got[1] {
		t.Errorf("the store has %q, want %q", got, want)
	}
	expectNoChanges(t, w)
}
