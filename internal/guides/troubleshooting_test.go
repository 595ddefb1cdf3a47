package guides_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// cliTitles are the guide's titles of the CLI's own messages, each with a configuration that causes it.
var cliTitles = map[string]string{
	"Invalid function argument": `output "a" { value = provider::prosa::signature("", 1, "body") }`,
	"Unsupported block type":    `action "prosa_webhook_replay_delivery" "a" {}`,
}

// TestTroubleshootingTitles compares the titles in the guide with those of the messages, all of which are in the golden
// files of internal/provider.
func TestTroubleshootingTitles(t *testing.T) {
	t.Parallel()
	inGuide := map[string]bool{}
	for _, found := range regexp.MustCompile(`\*\*“([^”]+)”\*\*`).FindAllStringSubmatch(guideText(t, "troubleshooting"), -1) {
		inGuide[found[1]] = true
	}
	files, err := filepath.Glob("../provider/testdata/messages/*.golden")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no golden files: ", err)
	}
	title := regexp.MustCompile(`(?m)^--- (?:error|warning)(?: on .*)?\r?\n(.*?)\r?$`)
	inMessages := map[string]bool{}
	for _, file := range files {
		for _, found := range title.FindAllStringSubmatch(content(t, file), -1) {
			inMessages[found[1]] = true
			if !inGuide[found[1]] {
				t.Errorf("the guide lacks the title “%s” of %s", found[1], file)
			}
		}
	}
	for title := range inGuide {
		if !inMessages[title] && cliTitles[title] == "" {
			t.Errorf("the guide has “%s”, which is no message's title", title)
		}
	}
	for title, config := range cliTitles {
		if !inGuide[title] {
			t.Errorf("the guide lacks the title “%s”", title)
		}
		if strings.HasPrefix(config, "action") && acctest.Actions.In(acctest.TestedCLI(t)) {
			continue
		}
		w := acctest.New(t).Workspace(nil)
		newReader(t, w, "troubleshooting").copy("main.tf")
		w.Write("wrong.tf", config)
		expectTexts(t, w.ExpectError("plan"), "Error: "+title)
	}
}

// TestDebugLog follows the guide's commands for a log.
func TestDebugLog(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	w := e.Installed()
	r := newReader(t, w, "troubleshooting")
	r.copy("main.tf")
	w.Run("init")
	r.run("export TF_LOG_PROVIDER=DEBUG")
	r.run("export TF_LOG_PATH=prosa.log")
	r.run("terraform plan")
	r.expectNext("terraform apply") // TestLostCreate
	log := w.Read("prosa.log")
	expectTexts(t, log, "request to the Prosa API", "method=GET", e.BaseURL+"/webhooks/endpoints", "status=200")
	if strings.Contains(log, acctest.APIKey) {
		t.Errorf("the log contains the API key:\n%s", log)
	}
}

// TestLostCreate follows the guide after a create that timed out: once it never takes effect, once it does so later.
func TestLostCreate(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{"never": never(sandbox.OpCreateEndpoint), "late": late(sandbox.OpCreateEndpoint)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, w, r := withShortTimeout(t)
			e.Sandbox.Inject(fault)
			expectTexts(t, w.ExpectError("apply", "-auto-approve"),
				"Unable to create the webhook endpoint", "Prosa may have created it", "https://speech.example.com/prosa-webhook")
			e.Sandbox.Wait()
			r.skipTo("terraform apply")
			r.expectNext("terraform apply", "terraform plan") // TestLostRotation begins with the plan
			r.copy("import-endpoint.tf")
			if fault.Detach {
				r.run("terraform apply", "1 to import")
				w.Remove("import-endpoint.tf")
			} else {
				r.fails("terraform apply", "No such webhook endpoint")
				w.Remove("import-endpoint.tf")
				w.Run("apply", "-auto-approve")
			}
			if id := w.State()["prosa_webhook_endpoint.transcripts"].Text("id"); id != e.OnlyEndpoint().ID {
				t.Errorf("the state has the id %s, and the endpoint is %s", id, e.OnlyEndpoint().ID)
			}
			expectNoChanges(t, w)
		})
	}
}

// TestLostRotation follows the guide after two rotations that timed out: the first never takes effect, the second does so
// later.
func TestLostRotation(t *testing.T) {
	t.Parallel()
	const address = "prosa_webhook_secret_rotation.transcripts"
	e, w, r := withShortTimeout(t)
	w.Run("apply", "-auto-approve")
	rotate := func(reason string, fault sandbox.Fault) {
		t.Helper()
		w.Setenv("TF_VAR_rotation_reason", reason)
		e.Sandbox.Inject(fault)
		expectTexts(t, w.ExpectError("apply", "-auto-approve"), "Unable to rotate the signing key", "Prosa may have added a key", e.OnlyEndpoint().ID)
		e.Sandbox.Wait()
	}
	secretID := func() string { return w.State()[address].Text("secret_id") }
	rotate("never takes effect", never(sandbox.OpRotateSecret))
	if newest := newestSecret(e).ID; secretID() != newest {
		t.Errorf("secret_id is %s, but there is no new key: the newest is %s", secretID(), newest)
	}
	w.Run("apply", "-auto-approve")
	if n := len(e.OnlyEndpoint().Secrets); n != 3 { // the endpoint's first key, the rotation's first key, and this one
		t.Errorf("the endpoint has %d keys, want 3", n)
	}

	rotate("takes effect late", late(sandbox.OpRotateSecret))
	newest := newestSecret(e)
	r.skipTo("terraform apply")
	r.skip("terraform apply") // of a create
	r.copy("list-keys.tf")
	r.run("terraform plan", "signing_keys")
	expectTexts(t, oneLine(r.output), `signing_keys = [ + "`+newest.ID+` until further notice", + "`)
	if strings.Count(r.output, "until further notice") != 1 {
		t.Errorf("the older keys should have an end:\n%s", r.output)
	}
	if secretID() == newest.ID {
		t.Error("secret_id should be the id of an older key")
	}
	w.Remove("list-keys.tf")
	r.copy("import-rotation.tf")
	r.run("terraform state rm " + address)
	e.Sandbox.ResetRequestLog()
	r.run("terraform apply", "1 to import")
	w.Remove("import-rotation.tf")
	e.ExpectWrites()
	got := w.State()[address]
	if version, _ := got.Attributes["secret_version"].(float64); got.Text("secret_id") != newest.ID || version < 1e9 {
		t.Errorf("the newest key is %s, and the state has %s", newest.ID, got.Raw)
	}
	expectNoKeys(e, w)
	expectNoChanges(t, w)
	r.run("terraform version")
	r.expectEnd()
}

// withShortTimeout returns a workspace with the guide's configuration, whose provider waits one second for each response.
func withShortTimeout(t *testing.T) (*acctest.Env, *acctest.Workspace, *reader) {
	t.Helper()
	e := acctest.New(t)
	e.Setenv("PROSA_REQUEST_TIMEOUT", "1s")
	w := e.Workspace(nil)
	r := newReader(t, w, "troubleshooting")
	r.copy("main.tf")
	return e, w, r
}

// never makes a request time out without taking effect. late makes it time out, and take effect after the provider has
// stopped checking.
func never(op sandbox.Operation) sandbox.Fault {
	return sandbox.Fault{Operation: op, Delay: time.Hour}
}

func late(op sandbox.Operation) sandbox.Fault {
	return sandbox.Fault{Operation: op, Detach: true, Delay: 3 * time.Second}
}
