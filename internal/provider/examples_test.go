package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// The sandbox of each example has the objects that examples refer to: these, and the endpoint knownID.
const (
	exampleEventID    = "a7a26ff2-e851-45b6-9634-d595f45458b7"
	exampleDeliveryID = "9892f438-d31c-4ff2-bc84-146525b292ff"
)

// exampleVariables are the values of the variables without a default.
var exampleVariables = map[string]string{
	"endpoint_id": knownID,
	"event_id":    exampleEventID,
	"delivery_id": exampleDeliveryID,
	"stt_api_key": "the-key-for-speech-to-text",
	"tts_api_key": "the-key-for-text-to-speech",
	"signing_key": "a-signing-key",
}

func seedExample(s *sandbox.Server) {
	s.OtherKeys = []string{exampleVariables["stt_api_key"], exampleVariables["tts_api_key"]}
	s.AddEndpoint(sandbox.Endpoint{
		ID: knownID, URL: "https://speech.example.com/prosa-webhook",
		EventFilters: []string{"stt.jobs.completed", "stt.jobs.failed"}, SSLVerification: true,
	})
	s.AddEvent(sandbox.Event{
		ID: exampleEventID, Type: "stt.jobs.completed",
		Data: json.RawMessage(`{"result": {"data": [{"transcript": "hasil dari pekerjaan ini cukup memuaskan"}]}}`),
	})
	s.AddDelivery(sandbox.Delivery{DeliveryID: exampleDeliveryID, EventID: exampleEventID, EndpointID: knownID, ResponseStatus: ptr(200)})
}

// exampleResults are the outputs of examples, as regular expressions for their JSON, and their warnings.
var exampleResults = map[string]struct {
	seed    func(*sandbox.Server)
	outputs map[string]string
	warns   string
}{
	"data-sources/prosa_webhook_endpoint/data-source.tf": {
		seed: func(s *sandbox.Server) {
			s.UpdateEndpoint(knownID, func(e *sandbox.Endpoint) {
				e.Secrets = []sandbox.Secret{{ID: "1", Key: "the-older-key", ExpiredAt: ptr(s.Now().Add(day))}, {ID: "2", Key: "the-newer-key"}}
			})
		},
		outputs: map[string]string{"event_filters": `\["stt.jobs.completed","stt.jobs.failed"\]`, "signing_keys": `\["the-newer-key","the-older-key"\]`},
	},
	"data-sources/prosa_webhook_endpoints/data-source.tf": {
		seed: func(s *sandbox.Server) {
			s.AddEndpoint(sandbox.Endpoint{ID: noSuchID, URL: "https://a.example.com/hook"})
		},
		outputs: map[string]string{"failed_job_receivers": `\["https://a.example.com/hook","https://speech.example.com/prosa-webhook"\]`},
		warns:   "Some of our endpoints accept any certificate.",
	},
	"data-sources/prosa_webhook_event/data-source.tf": {
		outputs: map[string]string{"transcript": `"hasil dari pekerjaan ini cukup memuaskan"`},
	},
	"data-sources/prosa_webhook_events/data-source.tf": {
		seed: func(s *sandbox.Server) {
			s.AddEvent(sandbox.Event{Type: "stt.jobs.failed"})
			s.AddEvent(sandbox.Event{Type: "stt.jobs.failed", CreatedAt: s.Now().Add(-3 * day)})
		},
		outputs: map[string]string{"failed_jobs": "1", "latest_failed_jobs": `\[\{"created_at":.*,"event_type":"stt.jobs.failed","id":.*\}\]`},
	},
	"data-sources/prosa_webhook_deliveries/data-source.tf": {
		seed: func(s *sandbox.Server) {
			s.AddDelivery(sandbox.Delivery{EndpointID: knownID, ResponseStatus: ptr(503)})
		},
		outputs: map[string]string{"failed_deliveries": `\[\{"at":.*,"id":.*,"status":503\}\]`},
		warns:   "1 of 2 deliveries failed since yesterday. Last success: ",
	},
	"functions/signature/function.tf":        {outputs: map[string]string{"x_prosa_signature": `"t=1673940396,v1=f2f4a5fc526c797234f5a86a2916d42e184febd612b5612317cf62d3af9845b2"`}},
	"functions/verify_signature/function.tf": {outputs: map[string]string{"comes_from_prosa": "true"}},
}

// TestExamples applies every example, and expects an empty plan after it. An example that needs a newer CLI than the oldest
// supported one says so in its first line. Other tests apply the examples of guides, GitOps and policies.
func TestExamples(t *testing.T) {
	t.Parallel()
	examples := os.DirFS("../../examples")
	applied := 0
	err := fs.WalkDir(examples, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name == "gitops" || name == "guides" || name == "policies" {
				return fs.SkipDir
			}
			return nil
		}
		text, err := fs.ReadFile(examples, name)
		if err != nil || strings.Contains(string(text), `resource "aws_`) { // internal/guides has a stand-in for that provider
			return err
		}
		applied++
		t.Run(name, func(t *testing.T) { testExample(t, examples, name, string(text)) })
		return nil
	})
	if err != nil || applied == 0 {
		t.Fatalf("found %d examples: %v", applied, err)
	}
}

func testExample(t *testing.T, examples fs.FS, name, text string) {
	t.Helper()
	skipUnsupported(t, text)
	t.Parallel()
	e := acctest.New(t, seedExample)
	if seed := exampleResults[name].seed; seed != nil {
		seed(e.Sandbox)
	}
	w := e.Workspace(nil)
	if name == "provider/provider.tf" { // in this process, both aliases would use one configuration
		w = e.Installed()
	} else {
		w.Write("source.tf", withSource)
	}
	for variable, value := range exampleVariables {
		w.Setenv("TF_VAR_"+variable, value)
	}
	switch base := path.Base(name); {
	case base == "import.sh":
		testImportCommands(t, e, w, examples, path.Dir(name), text)
	case strings.HasSuffix(base, ".tfquery.hcl"):
		w.Write(base, text)
		w.Write("provider.tf", `provider "prosa" {}`)
		w.Run("init")
		w.Run("query")
	case strings.HasSuffix(base, ".tf"):
		w.Write(base, text)
		if name == "provider/provider.tf" {
			w.Run("init")
		}
		output := acctest.OneLine(w.Run("apply", "-auto-approve"))
		expectOutput(t, output, exampleResults[name].warns)
		if strings.HasPrefix(base, "import-by-") {
			expectOnlyImports(t, e, output)
		}
		expectOutputs(t, w, exampleResults[name].outputs)
		expectEmptyPlan(t, w)
	default:
		t.Fatalf("this test cannot run %s", name)
	}
	if name == "provider/provider.tf" {
		keys := map[string]int{}
		for _, r := range e.Writes() {
			keys[r.Header.Get("X-Api-Key")]++
		}
		if keys[exampleVariables["stt_api_key"]] != 1 || keys[exampleVariables["tts_api_key"]] != 1 {
			t.Errorf("each alias should create one endpoint with its key, got %v", keys)
		}
	}
}

// skipUnsupported skips an example whose first line asks for a newer CLI. "make lint" parses it in any case.
func skipUnsupported(t *testing.T, text string) {
	t.Helper()
	var minor [2]int // of Terraform and OpenTofu
	found, _ := fmt.Sscanf(text, "# Terraform 1.%d and later, OpenTofu 1.%d and later.\n", &minor[0], &minor[1])
	needed := minor[0]
	cli := acctest.TestedCLI(t)
	if cli.OpenTofu {
		needed = minor[1]
	}
	if found > 0 && (needed == 0 || cli.Major == 1 && cli.Minor < needed) {
		t.Skipf("%s cannot run this example", cli)
	}
}

// expectOutputs compares outputs in the state file with regular expressions.
func expectOutputs(t *testing.T, w *acctest.Workspace, want map[string]string) {
	t.Helper()
	var state struct {
		Outputs map[string]struct{ Value json.RawMessage }
	}
	if err := json.Unmarshal([]byte(w.Read("terraform.tfstate")), &state); err != nil {
		t.Fatal(err)
	}
	for name, pattern := range want {
		var got bytes.Buffer
		if err := json.Compact(&got, state.Outputs[name].Value); err != nil || !regexp.MustCompile("^"+pattern+"$").MatchString(got.String()) {
			t.Errorf("output %s is %s, want %s (%v)", name, got.String(), pattern, err)
		}
	}
}

// expectOnlyImports fails unless an apply of imported resources changed nothing but the state.
func expectOnlyImports(t *testing.T, e *acctest.Env, output string) {
	t.Helper()
	if !regexp.MustCompile(`Resources: (1 imported, )?0 added, [01] changed, 0 destroyed`).MatchString(output) {
		t.Errorf("the apply should only import: %s", output)
	}
	e.ExpectWrites()
}

// testImportCommands runs each command of an import.sh, with the resource of the import block in the same folder.
func testImportCommands(t *testing.T, e *acctest.Env, w *acctest.Workspace, examples fs.FS, folder, script string) {
	t.Helper()
	config, err := fs.ReadFile(examples, path.Join(folder, "import-by-string-id.tf"))
	if err != nil {
		t.Fatal(err)
	}
	w.Write("main.tf", regexp.MustCompile(`(?m)^import \{\n(?:.*\n)*?\}\n`).ReplaceAllString(string(config), ""))
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 4 || words[0] != "terraform" || words[1] != "import" {
			t.Fatalf("%q should be a terraform import of an address and an id", line)
		}
		w.Run(words[1:]...)
		expectOnlyImports(t, e, acctest.OneLine(w.Run("apply", "-auto-approve")))
		w.Remove("terraform.tfstate")
	}
}
