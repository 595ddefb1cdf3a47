package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// Secrets that must not be shown. Some have characters that JSON, URLs and HTML escape.
const (
	canaryKey       = "canary-api-key-1f7e0d"
	canaryWrong     = "canary-wrong-key-88ab&<2>"
	canaryForbidden = "canary-forbidden-key-77cd"
	canaryHeader    = `canary-header/value+31="é`
	canaryOwn       = `canary own key "quoted" \ 5a&b`
	canaryWritten   = "canary-write-only-key-93"
	canaryUnseen    = "canaryUnseenSigningKey0f1e2d3c4b5a" // in responses that cannot be decoded
)

// canaries maps each secret to its name in failure messages.
type canaries map[string]string

func newCanaries() canaries {
	return canaries{
		canaryKey: "the API key", canaryWrong: "the wrong API key", canaryForbidden: "the forbidden API key",
		canaryHeader: "the header", canaryOwn: "secret_key", canaryWritten: "secret_key_wo", canaryUnseen: "the unseen key",
	}
}

// collect adds the current signing keys.
func (c canaries) collect(e *acctest.Env) {
	for _, endpoint := range e.Sandbox.Endpoints() {
		for _, secret := range endpoint.Secrets {
			if c[secret.Key] == "" {
				c[secret.Key] = "a key of " + endpoint.URL
			}
		}
	}
}

// in returns the names of the secrets that a text contains in any encoding, each with the text before it.
func (c canaries) in(text string) map[string]string {
	found := map[string]string{}
	for secret, name := range c {
		escaped, _ := json.Marshal(secret)
		var unescaped bytes.Buffer
		encoder := json.NewEncoder(&unescaped)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(secret)
		inHTML := html.EscapeString(secret)
		for _, spelling := range []string{
			secret, strings.Trim(string(escaped), `"`), strings.Trim(strings.TrimSpace(unescaped.String()), `"`),
			url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(fmt.Sprintf("%q", secret), `"`),
			inHTML, strings.ReplaceAll(inHTML, "&#34;", "&quot;"),
		} {
			if i := strings.Index(text, spelling); i >= 0 {
				found[name] = text[max(0, i-300):i]
			}
		}
	}
	return found
}

// notIn fails the test if a secret is in a text.
func (c canaries) notIn(t *testing.T, what, text string) {
	t.Helper()
	for name, before := range c.in(text) {
		t.Errorf("%s has %s after: %s", what, name, before)
	}
}

const canaryProvider = withSource + `
variable "header" { sensitive = true }
variable "own" { sensitive = true }
provider "prosa" {
  headers     = { Authorization = "Bearer ${var.header}" }
  max_retries = 0
}
`

const canaryConfig = canaryProvider + `
variable "n" { default = "1" }
variable "delivery" {}
variable "event" {}
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

// canaryLaterConfig is for CLIs with write-only arguments and ephemeral resources.
const canaryLaterConfig = `
variable "written" { sensitive = true }
resource "prosa_webhook_endpoint" "written" {
  url                   = "https://written.example/hook"
  secret_key_wo         = var.written
  secret_key_wo_version = 1
}
ephemeral "prosa_webhook_endpoint_secrets" "a" { endpoint_id = prosa_webhook_endpoint.plain.id }
`

// canaryRun runs the installed provider at TF_LOG=TRACE, with the secrets.
func canaryRun(t *testing.T) (e *acctest.Env, w *acctest.Workspace, logFile string) {
	t.Helper()
	e = acctest.New(t, func(s *sandbox.Server) {
		s.APIKey, s.ForbiddenKey, s.Quirks.EchoKey = canaryKey, canaryForbidden, true
	})
	logFile = filepath.Join(t.TempDir(), "trace.log")
	w = e.Installed(
		"TF_LOG=TRACE", "TF_LOG_PATH="+logFile, "TF_APPEND_USER_AGENT=pipeline/1", "PROSA_API_KEY="+canaryKey,
		"TF_VAR_header="+canaryHeader, "TF_VAR_own="+canaryOwn, "TF_VAR_written="+canaryWritten,
	)
	return e, w, logFile
}

// notInLog fails the test if a secret is in the log, or if the log is incomplete.
func (c canaries) notInLog(t *testing.T, file string) {
	t.Helper()
	log, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"[TRACE]", "provider.terraform-provider-prosa", "request to the Prosa API", "tf_rpc="} {
		if !bytes.Contains(log, []byte(part)) {
			t.Errorf("the log lacks %q", part)
		}
	}
	c.notIn(t, "the log", string(log))
}

// TestNoSecretIsShownAnywhere runs every object of the provider through its lifecycle.
func TestNoSecretIsShownAnywhere(t *testing.T) {
	t.Parallel()
	secrets := newCanaries()
	e, w, logFile := canaryRun(t)
	old := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://old.example/hook"})
	delivery := addDelivery(e, old.ID, 200)
	w.Setenv("TF_VAR_delivery", delivery.DeliveryID)
	w.Setenv("TF_VAR_event", delivery.EventID)
	config := canaryConfig
	if cli := acctest.TestedCLI(t); cli.Major > 1 || cli.Minor >= 11 {
		config += canaryLaterConfig
	}
	w.Write("main.tf", config)
	var output strings.Builder
	run := func(args ...string) {
		t.Helper()
		output.WriteString(w.Run(args...))
		secrets.collect(e)
	}
	run("init")
	run("apply", "-auto-approve")
	secrets.onlyInStateIfStored(t, w)
	run("apply", "-auto-approve", "-var=n=2")
	run("plan", "-refresh-only", "-var=n=2")
	run("show")
	run("state", "rm", "prosa_webhook_endpoint.stored")
	run("import", "-var=n=2", "prosa_webhook_endpoint.stored", "https://stored.example/hook")
	run("apply", "-auto-approve", "-var=n=2")
	secrets.onlyInStateIfStored(t, w)
	run("destroy", "-auto-approve", "-var=n=2")
	secrets.notIn(t, "the output", output.String())
	secrets.notInLog(t, logFile)
	for _, r := range e.Sandbox.RequestLog() {
		secrets.notIn(t, "the user agent", r.Header.Get("User-Agent"))
		if r.Header.Get("X-Api-Key") != canaryKey || r.Header.Get("Authorization") != "Bearer "+canaryHeader {
			t.Fatalf("%s %s was sent without the API key or the header", r.Method, r.Path)
		}
	}
}

// onlyInStateIfStored fails the test unless exactly the resources that store secrets have them in the state.
func (c canaries) onlyInStateIfStored(t *testing.T, w *acctest.Workspace) {
	t.Helper()
	stored := map[string]string{
		"prosa_webhook_endpoint.stored":        "a key of https://stored.example/hook",
		"prosa_webhook_endpoint.own":           "secret_key",
		"prosa_webhook_secret_rotation.stored": "a key of https://plain.example/hook",
		"data.prosa_webhook_endpoint.keys":     "a key of https://plain.example/hook",
	}
	state := w.State()
	for address := range stored {
		if _, ok := state[address]; !ok {
			t.Errorf("the state lacks %s", address)
		}
	}
	for address, instance := range state {
		found := c.in(instance.Raw + string(instance.Private))
		if _, ok := found[stored[address]]; stored[address] != "" && !ok {
			t.Errorf("%s lacks %s", address, stored[address])
		}
		delete(found, stored[address])
		if len(found) > 0 {
			t.Errorf("%s has secrets in the state: %q", address, found)
		}
	}
}
