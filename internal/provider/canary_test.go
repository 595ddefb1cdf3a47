package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// What must never be shown. Some have characters that JSON, URLs and HTML write in another way.
const (
	canaryKey       = "canary-api-key-1f7e0d"
	canaryWrong     = "canary-wrong-key-88ab&<2>"
	canaryForbidden = "canary-forbidden-key-77cd"
	canaryHeader    = `canary-header/value+31="é`
	canaryOwn       = `canary own key "quoted" \ 5a&b`
	canaryWritten   = "canary-write-only-key-93"
	canaryUnseen    = "canaryUnseenSigningKey0f1e2d3c4b5a" // of an answer that could not be read
)

// canaries are all of them, and every signing key that there was.
type canaries struct {
	name map[string]string // by the secret
}

func newCanaries() *canaries {
	return &canaries{map[string]string{
		canaryKey: "the API key", canaryWrong: "the wrong API key", canaryForbidden: "the forbidden API key",
		canaryHeader: "the header", canaryOwn: "secret_key", canaryWritten: "secret_key_wo", canaryUnseen: "the unseen key",
	}}
}

// collect adds the signing keys that there are now.
func (c *canaries) collect(e *acctest.Env) {
	for _, endpoint := range e.Sandbox.Endpoints() {
		for _, secret := range endpoint.Secrets {
			if c.name[secret.Key] == "" {
				c.name[secret.Key] = "a key of " + endpoint.URL
			}
		}
	}
}

// in returns the names of those that are in a text, in any spelling.
func (c *canaries) in(text string) (found []string) {
	for secret, name := range c.name {
		quoted, _ := json.Marshal(secret)
		var plain bytes.Buffer
		encoder := json.NewEncoder(&plain)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(secret)
		for _, spelling := range []string{
			secret, strings.Trim(string(quoted), `"`), strings.Trim(strings.TrimSpace(plain.String()), `"`),
			url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(fmt.Sprintf("%q", secret), `"`),
		} {
			if strings.Contains(text, spelling) {
				found = append(found, name)
				break
			}
		}
	}
	slices.Sort(found)
	return found
}

// without fails when one of them is in a text.
func (c *canaries) without(t *testing.T, what, text string) {
	t.Helper()
	for _, name := range c.in(text) {
		t.Errorf("%s: %s is in it: %s", what, name, around(text, c.name, name))
	}
}

// around shows where it was found, for whoever has to mend it.
func around(text string, names map[string]string, name string) string {
	for secret, its := range names {
		if i := strings.Index(text, secret[:7]); its == name && i >= 0 {
			return text[max(0, i-200):min(len(text), i+100)]
		}
	}
	return "(spelled otherwise)"
}

const canaryConfig = `
variable "header" { sensitive = true }
variable "own" { sensitive = true }
variable "n" { default = "1" }
variable "delivery" {}
variable "event" {}
provider "prosa" {
  headers     = { Authorization = "Bearer ${var.header}" }
  max_retries = 0
}
resource "prosa_webhook_endpoint" "plain" { url = "https://plain.example/hook" }
resource "prosa_webhook_endpoint" "stored" {
  url              = "https://stored.example/hook"
  store_secrets    = true
  ssl_verification = var.n == "1"
}
resource "prosa_webhook_endpoint" "own" {
  url        = "https://own.example/hook"
  secret_key = var.own
}
resource "prosa_webhook_secret_rotation" "plain" {
  endpoint_id         = prosa_webhook_endpoint.plain.id
  rotation_period     = { days = 1 }
  rotate_when_changed = { n = var.n }
}
resource "prosa_webhook_secret_rotation" "stored" {
  endpoint_id         = prosa_webhook_endpoint.plain.id
  rotation_period     = { days = 1 }
  rotate_when_changed = { n = var.n }
  store_secrets       = true
}
resource "prosa_webhook_test_event" "a" {
  endpoint_id = prosa_webhook_endpoint.plain.id
  triggers    = { n = var.n }
}
resource "prosa_webhook_delivery_replay" "a" { delivery_id = var.delivery }
resource "prosa_webhook_failed_deliveries_replay" "a" { endpoint_id = prosa_webhook_endpoint.plain.id }
data "prosa_webhook_endpoint" "keys" {
  id              = prosa_webhook_secret_rotation.plain.id
  include_secrets = true
}
data "prosa_webhook_endpoint" "none" { id = prosa_webhook_secret_rotation.plain.id }
data "prosa_webhook_endpoints" "all" { depends_on = [prosa_webhook_endpoint.own] }
data "prosa_webhook_event" "a" { id = var.event }
data "prosa_webhook_events" "all" {}
data "prosa_webhook_deliveries" "all" {
  endpoint_id    = prosa_webhook_test_event.a.endpoint_id
  include_bodies = true
}
output "signature" {
  sensitive = true
  value     = provider::prosa::signature(var.own, 1, "body")
}
output "verified" {
  sensitive = true
  value     = provider::prosa::verify_signature("t=1,v1=00", "body", [var.own])
}
`

// canaryLaterConfig is for CLIs that have it.
const canaryLaterConfig = `
variable "written" { sensitive = true }
resource "prosa_webhook_endpoint" "written" {
  url                   = "https://written.example/hook"
  secret_key_wo         = var.written
  secret_key_wo_version = 1
}
ephemeral "prosa_webhook_endpoint_secrets" "a" { endpoint_id = prosa_webhook_endpoint.plain.id }
`

// canaryMay says which resources may have which secrets in the state, because they were told to.
func canaryMay(address, secret string) bool {
	switch address {
	case "prosa_webhook_endpoint.stored":
		return secret == "a key of https://stored.example/hook"
	case "prosa_webhook_endpoint.own":
		return secret == "secret_key"
	case "prosa_webhook_secret_rotation.stored", "data.prosa_webhook_endpoint.keys":
		return secret == "a key of https://plain.example/hook"
	}
	return false
}

// TestNoSecretIsShownAnywhere drives the built provider with the CLI, at TF_LOG=TRACE, through every object and every
// error that there is on a CLI of any version.
func TestNoSecretIsShownAnywhere(t *testing.T) {
	t.Parallel()
	secrets := newCanaries()
	e := acctest.New(t, func(s *sandbox.Server) {
		s.APIKey, s.ForbiddenKey, s.Quirks.EchoKey = canaryKey, canaryForbidden, true
	})
	old := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://old.example/hook"})
	event := e.Sandbox.AddEvent(sandbox.Event{Type: "stt.jobs.completed"})
	delivery := e.Sandbox.AddDelivery(sandbox.Delivery{EndpointID: old.ID, EventID: event.ID})
	logFile := filepath.Join(t.TempDir(), "trace.log")
	variables := []string{
		"TF_LOG=TRACE", "TF_LOG_PATH=" + logFile, "TF_APPEND_USER_AGENT=pipeline/1", "PROSA_API_KEY=" + canaryKey,
		"TF_VAR_header=" + canaryHeader, "TF_VAR_own=" + canaryOwn, "TF_VAR_written=" + canaryWritten, "TF_VAR_delivery=" + delivery.DeliveryID, "TF_VAR_event=" + event.ID,
	}
	w := e.Built(variables...)
	config := canaryConfig
	if cli := acctest.TestedCLI(t); cli.Major > 1 || cli.Minor >= 11 {
		config += canaryLaterConfig
	}
	w.Write("main.tf", withSource+config)
	said := map[string]string{}
	run := func(name string, args ...string) {
		t.Helper()
		said[name] = w.Run(args...)
		secrets.collect(e)
	}
	run("apply", "apply", "-auto-approve")
	checkCanaryState(t, secrets, w)
	run("change", "apply", "-auto-approve", "-var=n=2")
	run("refresh", "plan", "-refresh-only", "-var=n=2")
	run("show", "show")
	run("forget", "state", "rm", "prosa_webhook_endpoint.stored")
	run("import", "import", "-var=n=2", "prosa_webhook_endpoint.stored", "https://stored.example/hook")
	run("apply after it", "apply", "-auto-approve", "-var=n=2")
	checkCanaryState(t, secrets, w)
	run("destroy", "destroy", "-auto-approve", "-var=n=2")
	for name, text := range said {
		secrets.without(t, name, text)
	}
	checkCanaryLog(t, secrets, logFile)
	for _, r := range e.Sandbox.RequestLog() {
		secrets.without(t, "user agent", r.Header.Get("User-Agent"))
		if r.Header.Get("X-Api-Key") != canaryKey || r.Header.Get("Authorization") != "Bearer "+canaryHeader {
			t.Fatalf("%s %s was sent without the key or the header: nothing is proved", r.Method, r.Path)
		}
	}
	if n := len(secrets.name); n < 13 {
		t.Errorf("only %d secrets were looked for", n)
	}
}

// checkCanaryState fails when a secret is in the state of something that was not told to keep it, or not where it was.
func checkCanaryState(t *testing.T, secrets *canaries, w *acctest.Workspace) {
	t.Helper()
	opted := 0
	for address, instance := range w.State() {
		for _, name := range secrets.in(instance.Raw + string(instance.Private)) {
			if !canaryMay(address, name) {
				t.Errorf("%s has %s in the state", address, name)
			}
			opted++
		}
	}
	if opted < 4 {
		t.Errorf("the state has %d of the secrets that it was told to keep: nothing is proved", opted)
	}
}

// checkCanaryLog fails when a secret is in the log, or when it is not the log of everything.
func checkCanaryLog(t *testing.T, secrets *canaries, file string) {
	t.Helper()
	log, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, proof := range []string{"[TRACE]", "provider.terraform-provider-prosa", "request to the Prosa API", "tf_rpc="} {
		if !bytes.Contains(log, []byte(proof)) {
			t.Errorf("%q is not in the log: nothing is proved", proof)
		}
	}
	secrets.without(t, "log", string(log))
}
