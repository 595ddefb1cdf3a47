package provider_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const ephemeralType = "prosa_webhook_endpoint_secrets"

// TestEphemeralSecrets rotates the key after the provider has cached the endpoint, so the provider must read it again.
func TestEphemeralSecrets(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	existing := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook})
	p := e.Configured()
	p.MustRead(rotationType, p.MustApply(rotationType, nil, rotationObject(existing.ID, acctest.Object{"rotate_on_create": false})))
	for range 2 {
		e.Sandbox.RotateSecret(existing.ID, time.Hour)
		got, problems := p.OpenEphemeral(ephemeralType, acctest.Object{"endpoint_id": existing.ID})
		problems.ExpectNone(t)
		keys := e.OnlyEndpoint().Secrets
		slices.Reverse(keys) // newest first
		expectObject(t, "secrets", got, acctest.Object{"current_id": keys[0].ID, "current_key": keys[0].Key, "secrets": listedKeys(keys...)})
	}
	e.ExpectWrites()
}

// TestEphemeralSecretsLeaveNothingBehind passes the newest key of one endpoint to the write-only argument of another, and
// searches the saved plan and the state for it.
func TestEphemeralSecretsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnlyArguments)
	e := acctest.New(t)
	w := e.Workspace(nil)
	config := func(trigger string) string {
		return withSource + `
resource "prosa_webhook_endpoint" "a" { url = "https://a.example/hook" }
resource "prosa_webhook_secret_rotation" "a" {
  endpoint_id         = prosa_webhook_endpoint.a.id
  rotation_period     = { days = 3 }
  rotate_when_changed = { trigger = "` + trigger + `" }
}
ephemeral "prosa_webhook_endpoint_secrets" "a" { endpoint_id = prosa_webhook_secret_rotation.a.id }
resource "prosa_webhook_endpoint" "b" {
  url                   = "https://b.example/hook"
  secret_key_wo         = ephemeral.prosa_webhook_endpoint_secrets.a.current_key
  secret_key_wo_version = prosa_webhook_secret_rotation.a.secret_version
}
`
	}
	w.Write("main.tf", config("one"))
	w.Run("init")
	for n, trigger := range []string{"one", "two"} {
		w.Write("main.tf", config(trigger))
		w.Run("plan", "-out=saved.tfplan")
		plan := w.SavedPlan("saved.tfplan")
		w.Run("apply", "saved.tfplan")
		keys := map[string][]string{}
		for _, existing := range e.Sandbox.Endpoints() {
			for _, secret := range existing.Secrets {
				keys[existing.URL] = append(keys[existing.URL], secret.Key)
				if strings.Contains(plan+w.Read("terraform.tfstate"), secret.Key) {
					t.Errorf("a key of %s is in the plan or the state", existing.URL)
				}
			}
		}
		if a := keys["https://a.example/hook"]; len(a) != n+2 || !reflect.DeepEqual(keys["https://b.example/hook"], a[n+1:]) {
			t.Errorf("apply %d passed the wrong key: %v", n+1, keys)
		}
	}
	w.Run("destroy", "-auto-approve")
}
