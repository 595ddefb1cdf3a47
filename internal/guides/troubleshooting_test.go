package guides_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// messageFiles contain every message of the provider. The tests of internal/provider keep them up to date.
const messageFiles = "../provider/testdata/messages/*.golden"

var (
	shownMessage = regexp.MustCompile(`(?m)^--- (error|warning)(?: on .*)?\r?\n(.*?)\r?$`)
	titleInGuide = regexp.MustCompile(`\*\*“([^”]+)”\*\*`)
)

// saidByCLI are the guide's titles that come from Terraform and OpenTofu, with their causes.
var saidByCLI = map[string]string{
	"Invalid function argument": `output "a" { value = provider::prosa::signature("", 1, "body") }`,
	"Unsupported block type":    `action "prosa_webhook_replay_delivery" "a" {}`,
}

// TestTroubleshootingHasEveryTitle compares the titles in the guide with those of the messages.
func TestTroubleshootingHasEveryTitle(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(guidesFolder, "troubleshooting.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	var inGuide []string
	for _, found := range titleInGuide.FindAllStringSubmatch(string(text), -1) {
		inGuide = append(inGuide, found[1])
	}
	files, err := filepath.Glob(messageFiles)
	if err != nil || len(files) == 0 {
		t.Fatal("no messages: ", err)
	}
	titles := map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range shownMessage.FindAllStringSubmatch(string(content), -1) {
			titles[found[2]] = found[1]
		}
	}
	for title, severity := range titles {
		if !slices.Contains(inGuide, title) {
			t.Errorf("the guide has nothing about the %s “%s”", severity, title)
		}
	}
	for _, title := range inGuide {
		if titles[title] == "" && saidByCLI[title] == "" {
			t.Errorf("the guide is about “%s”, which no message has as its title", title)
		}
	}
}

func TestTroubleshootingHasTitlesOfTheCLI(t *testing.T) {
	t.Parallel()
	for title, config := range saidByCLI {
		if cli := acctest.TestedCLI(t); strings.HasPrefix(config, "action") && !cli.OpenTofu && cli.Minor >= 14 {
			continue
		}
		w := acctest.New(t).Workspace(nil)
		follow(t, w, "troubleshooting", "main.tf")
		w.Run("init")
		w.Write("wrong.tf", config)
		expectTexts(t, w.ExpectError("plan"), "Error: "+title)
	}
}

// TestTroubleshooting follows the guide: first a log, then a create and a rotation whose responses are lost.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	w := e.Installed(impatient)
	follow(t, w, "troubleshooting", "main.tf")
	w.Run("init")
	w.Run("apply", "-auto-approve")
	r := readerOf(t, w, "troubleshooting")

	r.run("export TF_LOG_PROVIDER=DEBUG")
	r.run("export TF_LOG_PATH=prosa.log")
	r.run("terraform plan")
	log := w.Read("prosa.log")
	for _, text := range []string{"request to the Prosa API", "method=GET", e.BaseURL + "/webhooks/endpoints", "status=200"} {
		if !strings.Contains(log, text) {
			t.Errorf("the log does not have %q:\n%s", text, log)
		}
	}
	for _, secret := range append(e.OnlyEndpoint().Secrets, sandbox.Secret{Key: acctest.APIKey}) {
		if strings.Contains(log, secret.Key) {
			t.Errorf("the log has %s", secret.Key)
		}
	}

	followLostCreate(t, r)
	r.w = w
	followLostRotation(t, e, r)
	r.run("terraform version")
	r.ends()
}

const impatient = "PROSA_REQUEST_TIMEOUT=2s" // the provider then checks for the result for as long again

// late delays an operation until the provider has stopped checking for its result. never drops the operation.
func late(op sandbox.Operation) sandbox.Fault {
	return sandbox.Fault{Operation: op, Detach: true, Delay: 6 * time.Second}
}

func never(op sandbox.Operation) sandbox.Fault {
	return sandbox.Fault{Operation: op, Delay: time.Hour}
}

// followLostCreate tests a create that never takes effect, and one that takes effect late.
func followLostCreate(t *testing.T, r *reader) {
	t.Helper()
	for _, fault := range []sandbox.Fault{never(sandbox.OpCreateEndpoint), late(sandbox.OpCreateEndpoint)} {
		e := acctest.New(t)
		r.w = e.Installed(impatient)
		follow(t, r.w, "troubleshooting", "main.tf")
		r.w.Run("init")
		e.Sandbox.Inject(fault)
		expectTexts(t, r.w.ExpectError("apply", "-auto-approve"), "Unable to create the webhook endpoint", "Prosa may have created it", "https://speech.example.com/prosa-webhook")
		e.Sandbox.Wait()
		follow(t, r.w, "troubleshooting", "import-endpoint.tf")
		if !fault.Detach {
			r.fails("terraform apply")
			r.sees("No such webhook endpoint")
			r.w.Remove("import-endpoint.tf")
			r.w.Run("apply", "-auto-approve")
		} else {
			r.run("terraform apply")
			r.sees("1 to import")
			r.w.Remove("import-endpoint.tf")
		}
		if id := r.w.State()["prosa_webhook_endpoint.transcripts"].Text("id"); id != e.OnlyEndpoint().ID {
			t.Errorf("the state has %s, and the endpoint is %s", id, e.OnlyEndpoint().ID)
		}
		if n := e.Sandbox.Count(sandbox.OpCreateEndpoint); fault.Detach && n != 1 {
			t.Errorf("the create that was done was sent %d times", n)
		}
		r.w.Run("plan", "-detailed-exitcode")
	}
}

// followLostRotation tests a rotation that never takes effect, and one that takes effect late.
func followLostRotation(t *testing.T, e *acctest.Env, r *reader) {
	t.Helper()
	const address = "prosa_webhook_secret_rotation.transcripts"
	rotates := func(reason string, fault sandbox.Fault) {
		r.w.Setenv("TF_VAR_rotation_reason", reason)
		e.Sandbox.Inject(fault)
		expectTexts(t, r.w.ExpectError("apply", "-auto-approve"), "Unable to rotate the signing key", "Prosa may have added a key", e.OnlyEndpoint().ID)
		e.Sandbox.Wait()
	}
	rotates("the first is never done", never(sandbox.OpRotateSecret))
	r.w.Run("apply", "-auto-approve")
	if n := len(e.OnlyEndpoint().Secrets); n != 3 { // the first, that of the create, and this one
		t.Errorf("there are %d keys", n)
	}

	rotates("the second is done late", late(sandbox.OpRotateSecret))
	keys := e.OnlyEndpoint().Secrets
	newest := keys[len(keys)-1]
	follow(t, r.w, "troubleshooting", "look-at-keys.tf")
	r.run("terraform plan")
	r.sees("signing_keys")
	if !strings.Contains(oneLine(r.output), `signing_keys = [ + "`+newest.ID+` until further notice", + "`) || strings.Count(r.output, "until further notice") != 1 {
		t.Errorf("the newest key, %s, is not the first and the only one without an end:\n%s", newest.ID, r.output)
	}
	r.w.Remove("look-at-keys.tf")
	follow(t, r.w, "troubleshooting", "import-rotation.tf")
	r.run("terraform state rm " + address)
	e.Sandbox.ResetRequestLog()
	r.run("terraform apply")
	r.sees("1 to import")
	r.w.Remove("import-rotation.tf")
	e.ExpectWrites()
	if got := r.w.State()[address]; got.Text("secret_id") != newest.ID || got.Attributes["secret_version"].(float64) < 1e9 {
		t.Errorf("the newest key is %s, and the state has %s", newest.ID, got.Raw)
	}
	if strings.Contains(r.w.Read("terraform.tfstate"), newest.Key) {
		t.Error("the key is in the state")
	}
	r.w.Run("plan", "-detailed-exitcode")
}

func expectTexts(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(output, text) {
			t.Errorf("it does not say %q: %s", text, output)
		}
	}
}
