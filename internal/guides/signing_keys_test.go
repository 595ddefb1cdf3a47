package guides_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	keysGuide = "signing-keys-out-of-state"
	exportKey = "export PROSA_API_KEY=your-key" // not seen by providers in this process
	day       = 24 * time.Hour
)

// TestSigningKeysReachStores passes a key and its successor to each of the guide's stores.
func TestSigningKeysReachStores(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnlyArguments)
	inJSON := func(key string) string { return `{"signing_key":"` + key + `"}` }
	for _, c := range []struct {
		file, address string
		provider      func(*secretStores) acctest.Factory
		written       func(key string) string
	}{
		{"aws.tf", "hashicorp/aws", (*secretStores).AWS, func(key string) string { return key }},
		{"vault.tf", "hashicorp/vault", (*secretStores).Vault, inJSON},
		{"kubernetes.tf", "hashicorp/kubernetes", (*secretStores).Kubernetes, inJSON},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			e, stores := acctest.New(t), &secretStores{}
			w := e.Workspace(map[string]acctest.Factory{c.address: c.provider(stores)})
			follow(t, w, keysGuide, "keys.tf", c.file)
			r := readerOf(t, w, keysGuide)
			expectWritten := func(keys ...string) {
				t.Helper()
				var want []string
				for _, key := range keys {
					want = append(want, c.written(key))
				}
				if got := stores.Written(); !slices.Equal(got, want) {
					t.Fatalf("the store was given %q, want %q", got, want)
				}
			}

			r.run(exportKey)
			r.run("terraform init")
			r.run("terraform apply")
			first := e.OnlyEndpoint().Secrets[0].Key
			expectWritten(first)
			expectNoKeys(t, e, w)
			e.Sandbox.ResetRequestLog()
			r.run("terraform plan -detailed-exitcode")
			r.sees("No changes")
			w.Run("apply", "-auto-approve")
			expectWritten(first)
			e.ExpectWrites()

			r.run("export TF_VAR_rotation=second")
			r.run("terraform plan -out=rotation.tfplan")
			r.sees("secret_version", "(known after apply)")
			expectWritten(first)
			before := w.SavedPlan("rotation.tfplan")
			r.run("terraform apply rotation.tfplan")
			second := newestKey(t, e)
			expectWritten(first, second)
			expectNoKeys(t, e, w, before)
			rotation := "POST /webhooks/endpoints/" + e.OnlyEndpoint().ID + `/secret {"rotation_period":{"days":3,"hours":0}}`
			e.ExpectWrites(rotation)
			w.Run("plan", "-detailed-exitcode")

			e.Sandbox.ResetRequestLog()
			stores.Down.Store(true)
			e.Clock.Advance(91 * day)
			w.ExpectError("apply", "-auto-approve")
			stores.Down.Store(false)
			w.Run("apply", "-auto-approve")
			third := newestKey(t, e)
			expectWritten(first, second, third)
			e.ExpectWrites(rotation)
			expectNoKeys(t, e, w)

			w.Run("apply", "-auto-approve", "-replace=prosa_webhook_secret_rotation.transcripts")
			expectWritten(first, second, third, third) // rotate_on_create is false
			w.Run("apply", "-auto-approve", "-replace=prosa_webhook_endpoint.transcripts")
			fourth := newestKey(t, e)
			expectWritten(first, second, third, third, fourth)
			w.Run("plan", "-detailed-exitcode")

			e.Sandbox.RemoveEndpoint(e.OnlyEndpoint().ID)
			e.Clock.Advance(time.Minute)
			w.Run("apply", "-auto-approve")
			expectWritten(first, second, third, third, fourth, newestKey(t, e))
			expectNoKeys(t, e, w)
			w.Run("plan", "-detailed-exitcode")
		})
	}
}

// TestSigningKeysExample applies the ephemeral resource's example.
func TestSigningKeysExample(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnlyArguments)
	e, stores := acctest.New(t), &secretStores{}
	there := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://speech.example.com/prosa-webhook"})
	text, err := os.ReadFile("../../examples/ephemeral-resources/prosa_webhook_endpoint_secrets/ephemeral-resource.tf")
	if err != nil {
		t.Fatal(err)
	}
	w := e.Workspace(map[string]acctest.Factory{"hashicorp/aws": stores.AWS()})
	w.Write("main.tf", "terraform {\n  required_providers {\n    prosa = { source = \"prosa-ai/prosa\" }\n  }\n}\n"+string(text))
	w.Setenv("TF_VAR_endpoint_id", there.ID)
	w.Run("apply", "-auto-approve")
	if got := stores.Written(); !slices.Equal(got, []string{newestKey(t, e)}) {
		t.Errorf("the store was given %q", got)
	}
	expectNoKeys(t, e, w)
	w.Run("plan", "-detailed-exitcode")
}

// TestSigningKeyReachesAFile follows the same commands with a file instead of a store.
func TestSigningKeyReachesAFile(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnlyArguments)
	e := acctest.New(t)
	w := e.Workspace(nil)
	follow(t, w, keysGuide, "keys.tf", "file.tf")
	r := readerOf(t, w, keysGuide)
	expectWritten := func(key string) {
		t.Helper()
		if got := w.Read("signing-key"); got != key+"\n" {
			t.Errorf("the file contains %q, want the key %q", got, key)
		}
	}
	r.run(exportKey)
	r.run("terraform init")
	r.run("terraform apply")
	first := newestKey(t, e)
	expectWritten(first)
	expectNoKeys(t, e, w)
	if strings.Contains(r.output, first) {
		t.Errorf("the apply shows the key:\n%s", r.output)
	}
	r.run("terraform plan -detailed-exitcode")
	r.sees("No changes")
	r.run("export TF_VAR_rotation=second")
	r.run("terraform plan -out=rotation.tfplan")
	saved := w.SavedPlan("rotation.tfplan")
	r.run("terraform apply rotation.tfplan")
	if newestKey(t, e) == first {
		t.Error("the key was not rotated")
	}
	expectWritten(newestKey(t, e))
	expectNoKeys(t, e, w, saved)
	w.Run("plan", "-detailed-exitcode")
}

// TestSigningKeyOfYourOwn follows the guide's second way, and checks that its first way was followed to the end.
func TestSigningKeyOfYourOwn(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnlyArguments)
	e := acctest.New(t)
	w := e.Workspace(nil)
	follow(t, w, keysGuide, "own-key.tf")
	r := readerOf(t, w, keysGuide)
	for _, handedOver := range []string{
		exportKey, "terraform init", "terraform apply", "terraform plan -detailed-exitcode",
		"export TF_VAR_rotation=second", "terraform plan -out=rotation.tfplan", "terraform apply rotation.tfplan",
	} {
		r.leavesOut(handedOver)
	}
	const own = "the-key-that-the-receiver-has"
	r.run("export TF_VAR_signing_key=" + own)
	r.run("terraform init")
	r.run("terraform apply")
	created := e.Writes()
	if len(created) != 1 || !strings.Contains(string(created[0].Body), `"secret_key":"`+own+`"`) {
		t.Errorf("the key should have been sent once: %v", created)
	}
	w.Run("plan", "-out=saved.tfplan")
	expectNoKeys(t, e, w, w.SavedPlan("saved.tfplan"))

	w.Setenv("TF_VAR_signing_key", "another-key")
	w.Run("plan", "-detailed-exitcode") // fails if there are changes
}

// TestSigningKeysOnOlderCLIs follows the guide's third way, which works with every CLI.
func TestSigningKeysOnOlderCLIs(t *testing.T) {
	t.Parallel()
	e, stores := acctest.New(t), &secretStores{}
	there := e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: "497f6eca-6276-4993-bfeb-53cbbbba6f08", URL: "https://speech.example.com/prosa-webhook"})
	w := e.Workspace(map[string]acctest.Factory{"hashicorp/aws": stores.AWS()})
	follow(t, w, keysGuide, "older.tf")
	r := readerOf(t, w, keysGuide)
	for len(r.commands) > 3 {
		r.leavesOut(r.commands[0])
	}
	r.run("export TF_VAR_endpoint_id=" + there.ID)
	r.run("terraform init")
	r.run("terraform apply")
	r.ends()
	e.ExpectWrites()
	e.Clock.Advance(91 * day)
	w.Run("apply", "-auto-approve")
	if got, want := stores.Written(), []string{there.Secrets[0].Key, newestKey(t, e)}; !slices.Equal(got, want) || got[0] == got[1] {
		t.Errorf("the store was given %q, want %q", got, want)
	}
	w.Run("plan", "-detailed-exitcode")
}

// TestWhereSigningKeysEndUp checks the guide's table of the places where keys are stored.
func TestWhereSigningKeysEndUp(t *testing.T) {
	t.Parallel()
	const endpoint = "resource \"prosa_webhook_endpoint\" \"a\" {\n url = \"https://speech.example.com/prosa-webhook\"\n"
	const rotation = endpoint + "}\n" + `resource "prosa_webhook_secret_rotation" "a" {
  endpoint_id     = prosa_webhook_endpoint.a.id
  rotation_period = { days = 3 }
`
	for name, c := range map[string]struct {
		config string
		kept   bool
	}{
		"endpoint":             {endpoint + "}", false},
		"secret_key":           {endpoint + " secret_key = \"the-key\"\n}", true},
		"store_secrets":        {endpoint + " store_secrets = true\n}", true},
		"rotation":             {rotation + "}", false},
		"store_secrets of one": {rotation + "store_secrets = true\n}", true},
		"include_secrets": {endpoint + "}\n" + `data "prosa_webhook_endpoint" "a" {
  id              = prosa_webhook_endpoint.a.id
  include_secrets = true
}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t)
			w := e.Workspace(nil)
			w.Write("main.tf", "terraform {\n required_providers {\n prosa = { source = \"prosa-ai/prosa\" }\n }\n}\n"+c.config)
			w.Run("init")
			w.Run("apply", "-auto-approve")
			w.Run("plan", "-out=saved.tfplan")
			for place, content := range map[string]string{"state": w.Read("terraform.tfstate"), "saved plan": w.SavedPlan("saved.tfplan")} {
				if kept := strings.Contains(content, newestKey(t, e)); kept != c.kept {
					t.Errorf("the key is in the %s: %t, want %t", place, kept, c.kept)
				}
			}
		})
	}
}

// newestKey returns the newest key of the only endpoint.
func newestKey(t *testing.T, e *acctest.Env) string {
	t.Helper()
	secrets := e.OnlyEndpoint().Secrets
	return secrets[len(secrets)-1].Key
}

// expectNoKeys fails the test if the state, its backup or one of the plans contains one of the endpoint's keys.
func expectNoKeys(t *testing.T, e *acctest.Env, w *acctest.Workspace, plans ...string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(w.Folder, "terraform.tfstate*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no state: %v", err)
	}
	all := strings.Join(plans, "")
	for _, file := range files {
		all += w.Read(filepath.Base(file))
	}
	for _, secret := range e.OnlyEndpoint().Secrets {
		if strings.Contains(all, secret.Key) {
			t.Errorf("the key %s is in the state or in a plan", secret.ID)
		}
	}
}
