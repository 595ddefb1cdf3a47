package guides_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestGettingStarted is one reader who has an endpoint already, and a receiver that is down at first.
func TestGettingStarted(t *testing.T) {
	t.Parallel()
	var refuses atomic.Bool
	const stt, tts = "your-key-for-speech-to-text", "your-key-for-text-to-speech"
	e := acctest.New(t, func(s *sandbox.Server) {
		s.APIKey, s.OtherKeys = stt, []string{tts}
		s.Receiver = func(_ context.Context, r sandbox.DeliveryRequest) sandbox.DeliveryResult {
			if refuses.Load() || !strings.HasPrefix(r.URL, "https://speech.example.com/") {
				return sandbox.DeliveryResult{Status: http.StatusServiceUnavailable}
			}
			return sandbox.DeliveryResult{Status: http.StatusOK}
		}
	})
	billing := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://billing.example.com/prosa-webhook", SSLVerification: true})
	w := e.Installed()
	r := readerOf(t, w, "getting-started")
	r.leavesOut(clone)
	r.leavesOut(install) // TestInstall
	r.leavesOut(inSandbox)
	r.leavesOut("export PROSA_BASE_URL=" + sandboxAddress + "/v2/speech")

	follow(t, w, "getting-started", "main.tf", "modules/speech-webhooks/main.tf")
	r.run("export TF_VAR_stt_api_key=" + stt)
	r.run("export TF_VAR_tts_api_key=" + tts)
	r.run("export TF_VAR_receiver_url=https://speech.example.com")
	r.run("terraform init")
	r.run("terraform plan -out=first.tfplan")
	r.sees("Plan: 2 to add, 0 to change, 0 to destroy.")
	e.ExpectWrites()
	reviewed := w.SavedPlan("first.tfplan")
	r.run("terraform apply first.tfplan")
	r.sees("Apply complete! Resources: 2 added, 0 changed, 0 destroyed.")
	created := map[string]string{}
	for _, one := range e.Writes() {
		created[one.Header.Get("X-Api-Key")] += string(one.Body)
	}
	if len(created) != 2 || !strings.Contains(created[stt], "stt.jobs.completed") || !strings.Contains(created[tts], "tts.job.completed") {
		t.Errorf("each account should have an endpoint of its own: %q", created)
	}
	r.run("terraform plan -detailed-exitcode")
	r.sees("No changes")
	for _, there := range append(e.Sandbox.Endpoints(), e.Sandbox.Account(tts).Endpoints()...) {
		if key := there.Secrets[0].Key; strings.Contains(reviewed+w.Read("terraform.tfstate"), key) {
			t.Errorf("the key of %s is in the plan or in the state", there.URL)
		}
	}

	follow(t, w, "getting-started", "test-events.tf")
	refuses.Store(true)
	r.fails("terraform apply")
	r.sees("Test event was not accepted")
	refuses.Store(false)
	r.run("terraform apply")
	r.sees(`"stt" = 200`, `"tts" = 200`)
	e.Sandbox.ResetJournal()
	r.run("terraform apply -replace=prosa_webhook_test_event.stt")
	if sent := e.Sandbox.Count(sandbox.OpSendTestEvent); sent != 1 || len(e.Writes()) != 1 {
		t.Errorf("one test event should have been sent, and nothing else: %d of %d", sent, len(e.Writes()))
	}
	invoke := "terraform apply -invoke=action.prosa_webhook_send_test_event.stt"
	invoked := false
	t.Run("action", func(t *testing.T) {
		acctest.Needs(t, acctest.Actions)
		follow(t, w, "getting-started", "actions.tf")
		r.run(invoke)
		r.sees("answered the test event with 200")
		invoked = true
	})
	if !invoked {
		r.leavesOut(invoke)
	}

	e.Sandbox.ResetJournal()
	follow(t, w, "getting-started", "deliveries.tf")
	r.run("terraform apply")
	r.sees("webhook.ping 200")
	r.leavesOut(registers)
	follow(t, w, "getting-started", "import.tf")
	r.run("terraform plan")
	r.sees("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.")
	r.run("terraform apply")
	e.ExpectWrites()

	r.run("terraform state rm prosa_webhook_endpoint.billing")
	w.Remove("import.tf")
	r.run("terraform destroy")
	if left := e.Only(); left.ID != billing.ID {
		t.Errorf("%s is left, and the imported endpoint should be", left.URL)
	}
	r.ends()
}

const (
	inSandbox = startSandbox + " -api-key= -deliver=false"
	registers = `curl -sS -H "x-api-key: $TF_VAR_stt_api_key" -H 'content-type: application/json'` +
		` -d '{"url": "https://billing.example.com/prosa-webhook", "event_filters": []}' $PROSA_BASE_URL/webhooks/endpoints`
)

// TestGettingStartedInSandbox is a reader without account and receiver, who has only what the guide gives.
func TestGettingStartedInSandbox(t *testing.T) {
	t.Parallel()
	acctest.Program(t, "curl", "curl")
	w := acctest.New(t).Installed()
	r := readerOf(t, w, "getting-started")
	r.leavesOut(clone)
	r.leavesOut(install) // TestInstall
	r.leavesOut(inSandbox)
	s := startCommand(t, w, buildSandbox(t), strings.Fields(strings.TrimPrefix(inSandbox, startSandbox))...)
	r.leavesOut("export PROSA_BASE_URL=" + sandboxAddress + "/v2/speech")
	w.Setenv("PROSA_BASE_URL", s.address+"/v2/speech")
	w.Setenv("PROSA_API_KEY", "")

	follow(t, w, "getting-started", "main.tf", "modules/speech-webhooks/main.tf")
	for _, command := range r.commands[:6] { // the variables, init, plan, apply
		r.run(command)
	}
	r.sees("Apply complete! Resources: 2 added, 0 changed, 0 destroyed.")
	r.run("terraform plan -detailed-exitcode")
	follow(t, w, "getting-started", "test-events.tf")
	r.run("terraform apply")
	r.sees(`"stt" = 200`, `"tts" = 200`)
	r.run("terraform apply -replace=prosa_webhook_test_event.stt")
	r.leavesOut("terraform apply -invoke=action.prosa_webhook_send_test_event.stt")
	follow(t, w, "getting-started", "deliveries.tf")
	r.run("terraform apply")
	r.sees("webhook.ping 200")
	r.sh(registers)
	follow(t, w, "getting-started", "import.tf")
	r.run("terraform plan")
	r.sees("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.")
	r.run("terraform apply")
	r.run("terraform state rm prosa_webhook_endpoint.billing")
	w.Remove("import.tf")
	r.run("terraform destroy")
	r.ends()
}

// reader follows a guide: it runs its commands in their order, and sees what the guide says that one sees.
type reader struct {
	t        *testing.T
	w        *acctest.Workspace
	text     string   // on one line
	commands []string // of the guide, not run yet
	output   string   // of the last one
}

var (
	shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	shellWord  = regexp.MustCompile(`'[^']*'|\S+`)
)

func readerOf(t *testing.T, w *acctest.Workspace, guide string) *reader {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(guidesFolder, guide+".md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, w: w, text: oneLine(string(text))}
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		r.commands = append(r.commands, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	return r
}

// fileOf is a file that a guide shows.
func fileOf(t *testing.T, guide, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(examplesFolder, "guides", guide, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// run runs a command, which must be the guide's next one and succeed. What it asks is answered with yes.
func (r *reader) run(command string) {
	r.t.Helper()
	if err := r.try(command); err != nil {
		r.t.Fatalf("%s: %v\n%s", command, err, r.output)
	}
}

// fails tries the guide's next command when it must fail. The guide is not further for it.
func (r *reader) fails(command string) {
	r.t.Helper()
	left := r.commands
	if err := r.try(command); err == nil {
		r.t.Fatalf("%s did not fail:\n%s", command, r.output)
	}
	r.commands = left
}

// leavesOut passes over the guide's next command, as this CLI cannot run it.
func (r *reader) leavesOut(command string) {
	r.t.Helper()
	if len(r.commands) == 0 || r.commands[0] != command {
		r.t.Fatalf("the guide goes on with %q, not with %q", r.commands, command)
	}
	r.commands = r.commands[1:]
}

func (r *reader) try(command string) error {
	r.t.Helper()
	r.leavesOut(command)
	words := shellWord.FindAllString(command, -1)
	for i, word := range words {
		words[i] = strings.ReplaceAll(word, "'", "")
	}
	if name, value, ok := strings.Cut(words[1], "="); ok && words[0] == "export" {
		r.w.Setenv(name, value)
		return nil
	}
	if words[0] != "terraform" && words[0] != "tofu" {
		r.t.Fatalf("nobody knows how to run %q", command)
	}
	if words[1] != "state" { // which has no colours to begin with
		words = slices.Insert(words, 2, "-no-color")
	}
	cmd := exec.CommandContext(r.t.Context(), acctest.TestedCLI(r.t).Path, words[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = r.w.Folder, r.w.Environ(), strings.NewReader("yes\n")
	output, err := cmd.CombinedOutput()
	r.output = string(output)
	return err
}

// sees checks that the last command showed these texts, and that the guide says so.
func (r *reader) sees(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(oneLine(r.output), text) {
			r.t.Errorf("the CLI does not show %q:\n%s", text, r.output)
		}
		if !strings.Contains(r.text, text) {
			r.t.Errorf("the guide does not say that one sees %q", text)
		}
	}
}

// ends fails the test when there are commands left in the guide.
func (r *reader) ends() {
	r.t.Helper()
	if len(r.commands) > 0 {
		r.t.Errorf("these commands of the guide were not run: %q", r.commands)
	}
}

// oneLine undoes how texts are wrapped, and how the CLI frames its messages.
func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(text)), " ")
}
