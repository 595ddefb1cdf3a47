package provider_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const examplesFolder = "../../examples"

// What examples refer to as existing already is in the sandbox of each of them.
const (
	exampleEndpointID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	exampleEventID    = "a7a26ff2-e851-45b6-9634-d595f45458b7"
	exampleDeliveryID = "9892f438-d31c-4ff2-bc84-146525b292ff"
)

// exampleVariables are the values for variables without a default, by their names.
var exampleVariables = map[string]string{
	"endpoint_id": exampleEndpointID,
	"event_id":    exampleEventID,
	"delivery_id": exampleDeliveryID,
	"stt_api_key": "the-key-for-speech-to-text",
	"tts_api_key": "the-key-for-text-to-speech",
	"signing_key": "a-signing-key-of-somebody's-own",
}

func seedExample(s *sandbox.Server) {
	s.OtherKeys = []string{exampleVariables["stt_api_key"], exampleVariables["tts_api_key"]}
	s.AddEndpoint(sandbox.Endpoint{
		ID: exampleEndpointID, URL: "https://speech.example.com/prosa-webhook",
		EventFilters: []string{"stt.jobs.completed", "stt.jobs.failed"}, SSLVerification: true,
	})
	s.AddEvent(sandbox.Event{
		ID: exampleEventID, Type: "stt.jobs.completed",
		Data: json.RawMessage(`{"result": {"data": [{"transcript": "hasil dari pekerjaan ini cukup memuaskan"}]}}`),
	})
	status := 200
	s.AddDelivery(sandbox.Delivery{DeliveryID: exampleDeliveryID, EventID: exampleEventID, EndpointID: exampleEndpointID, ResponseStatus: &status})
}

// exampleResults are what the examples of data sources give: their outputs, as JSON, and what they warn of.
var exampleResults = map[string]struct {
	seed    func(*sandbox.Server)
	outputs map[string]string
	warns   string
}{
	"data-sources/prosa_webhook_endpoint/data-source.tf": {
		seed: func(s *sandbox.Server) {
			s.UpdateEndpoint(exampleEndpointID, func(e *sandbox.Endpoint) {
				e.Secrets = []sandbox.Secret{{ID: "1", Key: "the-older-key", ExpiredAt: ptr(s.Now().Add(day))}, {ID: "2", Key: "the-newer-key"}}
			})
		},
		outputs: map[string]string{"event_filters": `["stt.jobs.completed","stt.jobs.failed"]`, "signing_keys": `["the-newer-key","the-older-key"]`},
	},
	"data-sources/prosa_webhook_endpoints/data-source.tf": {
		seed: func(s *sandbox.Server) {
			s.AddEndpoint(sandbox.Endpoint{ID: noSuchID, URL: "https://a.example.com/hook"})
		},
		outputs: map[string]string{"failed_job_receivers": `["https://a.example.com/hook","https://speech.example.com/prosa-webhook"]`},
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
		outputs: map[string]string{"failed_jobs": "1", "latest_failed_jobs": `[{"created_at":.*,"event_type":"stt.jobs.failed","id":.*}]`},
	},
	"data-sources/prosa_webhook_deliveries/data-source.tf": {
		seed: func(s *sandbox.Server) {
			s.AddDelivery(sandbox.Delivery{EndpointID: exampleEndpointID, ResponseStatus: ptr(503)})
		},
		outputs: map[string]string{"failed_deliveries": `[{"at":.*,"id":.*,"status":503}]`},
		warns:   "1 of 2 deliveries failed since yesterday. Last success: ",
	},
	"functions/signature/function.tf":        {outputs: map[string]string{"x_prosa_signature": `"t=1673940396,v1=f2f4a5fc526c797234f5a86a2916d42e184febd612b5612317cf62d3af9845b2"`}},
	"functions/verify_signature/function.tf": {outputs: map[string]string{"comes_from_prosa": "true"}},
}

// checkNothingElseLeft fails when an example leaves more behind than there was before.
func checkNothingElseLeft(t *testing.T, e *acctest.Env) {
	t.Helper()
	for _, key := range append([]string{e.Sandbox.APIKey}, e.Sandbox.OtherKeys...) {
		for _, left := range e.Sandbox.Account(key).Endpoints() {
			if left.ID != exampleEndpointID && left.ID != noSuchID {
				t.Errorf("endpoint %s (%s) is left", left.ID, left.URL)
			}
		}
	}
}

// examplesElsewhere are folders whose files belong together, each with the package that tests it.
var examplesElsewhere = map[string]string{
	"gitops":   "internal/gitops",
	"guides":   "internal/guides",
	"policies": ".ci/policies",
}

// TestExamples applies every file below examples but for those, each by itself, and expects an empty plan after it. A
// file that needs a later CLI than the oldest that is supported says so in its first line: "# Terraform 1.12 and later,
// OpenTofu 1.12 and later."
func TestExamples(t *testing.T) {
	t.Parallel()
	applied := 0
	err := filepath.WalkDir(examplesFolder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(examplesFolder, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if entry.IsDir() {
			if examplesElsewhere[name] != "" {
				return fs.SkipDir
			}
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil || strings.Contains(string(text), `resource "aws_`) { // which internal/guides applies
			return err
		}
		applied++
		t.Run(name, func(t *testing.T) { testExample(t, name, string(text)) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if applied == 0 {
		t.Fatalf("there are no examples in %s", examplesFolder)
	}
}

func testExample(t *testing.T, name, text string) {
	t.Helper()
	if !exampleRuns(t, text) {
		return
	}
	t.Parallel()
	results := exampleResults[name]
	e := acctest.New(t, seedExample, func(s *sandbox.Server) {
		if results.seed != nil {
			results.seed(s)
		}
	})
	start := func(text string) *acctest.Workspace {
		w := e.Workspace(nil)
		if name == "provider/provider.tf" { // one program for each configuration is what keeps aliases apart
			w = e.Built()
		} else {
			w.Write("source.tf", withSource)
		}
		w.Write(path.Base(name), text)
		for _, variable := range variablesOf(t, text) {
			w.Setenv("TF_VAR_"+variable, exampleVariables[variable])
		}
		return w
	}
	switch base := path.Base(name); {
	case base == "import.sh":
		testImportCommands(t, e, start, path.Dir(name), text)
	case strings.HasSuffix(base, ".tfquery.hcl"):
		w := start(text)
		w.Write("provider.tf", `provider "prosa" {}`)
		w.Run("init")
		w.Run("query")
	case strings.HasSuffix(base, ".tf"):
		w := start(text)
		said := acctest.OneLine(w.Run("apply", "-auto-approve"))
		if !strings.Contains(said, results.warns) {
			t.Errorf("it should warn of %q, and says %s", results.warns, said)
		}
		if strings.HasPrefix(base, "import-by-") {
			expectKept(t, e, said)
		}
		expectOutputs(t, w, results.outputs)
		ends(t, e, w)
	default:
		t.Fatalf("nobody knows how to run %s: teach it to this test", name)
	}
	if name == "provider/provider.tf" {
		used := map[string]int{}
		for _, r := range e.Writes() {
			used[r.Header.Get("X-Api-Key")]++
		}
		if used[exampleVariables["stt_api_key"]] != 2 || used[exampleVariables["tts_api_key"]] != 2 {
			t.Errorf("the keys of creates and deletes are %v", used)
		}
	}
}

// ends plans, which must be empty, and destroys.
func ends(t *testing.T, e *acctest.Env, w *acctest.Workspace) {
	t.Helper()
	w.Run("plan", "-detailed-exitcode") // 2, and so an error, when there is something to do
	w.Run("destroy", "-auto-approve")
	checkNothingElseLeft(t, e)
}

// expectOutputs compares outputs in the state with patterns of their JSON, in which brackets stand for themselves.
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
		if err := json.Compact(&got, state.Outputs[name].Value); err != nil {
			t.Fatalf("output %s: %v", name, err)
		}
		pattern = strings.NewReplacer(`["`, `\["`, `"]`, `"\]`, "[{", `\[\{`, "}]", `\}\]`).Replace(pattern)
		if !regexp.MustCompile("^" + pattern + "$").MatchString(got.String()) {
			t.Errorf("output %s is %s, want %s", name, got.String(), pattern)
		}
	}
}

// expectKept fails unless an apply that imports, or comes after an import, has changed nothing but the state.
func expectKept(t *testing.T, e *acctest.Env, said string) {
	t.Helper()
	if !regexp.MustCompile(`Resources: (1 imported, )?0 added, [01] changed, 0 destroyed`).MatchString(said) {
		t.Errorf("what is imported is to be kept: %s", said)
	}
	e.ExpectWrites()
}

// testImportCommands runs every command of an import.sh, with the configuration of the import block beside it.
func testImportCommands(t *testing.T, e *acctest.Env, start func(string) *acctest.Workspace, folder, script string) {
	t.Helper()
	beside, err := os.ReadFile(filepath.Join(examplesFolder, folder, "import-by-string-id.tf"))
	if err != nil {
		t.Fatal(err)
	}
	text := importBlock.ReplaceAllString(string(beside), "")
	if text == string(beside) {
		t.Fatalf("import-by-string-id.tf in %s has no import block", folder)
	}
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		command := importCommand.FindStringSubmatch(line)
		if command == nil {
			t.Fatalf("%q is no terraform import with an address and an id", line)
		}
		w := start("")
		w.Write("main.tf", text)
		w.Run("import", command[1], command[2])
		expectKept(t, e, acctest.OneLine(w.Run("apply", "-auto-approve")))
	}
}

// variablesOf returns the variables of a configuration that have no default.
func variablesOf(t *testing.T, text string) (names []string) {
	t.Helper()
	for _, block := range variableBlock.FindAllStringSubmatch(text, -1) {
		if variableDefault.MatchString(block[2]) {
			continue
		}
		if exampleVariables[block[1]] == "" {
			t.Fatalf("the variable %q has no default: give it a value in exampleVariables", block[1])
		}
		names = append(names, block[1])
	}
	return names
}

var (
	importCommand = regexp.MustCompile(`^terraform import (\S+) (\S+)$`)
	importBlock   = regexp.MustCompile(`(?m)^import \{\n(?:.*\n)*?\}\n`)
)

var (
	variableBlock   = regexp.MustCompile(`(?m)^variable "([^"]+)" \{\n((?:.*\n)*?)\}`)
	variableDefault = regexp.MustCompile(`(?m)^\s*default\s*=`)
)

var needsCLI = regexp.MustCompile(`\A# Terraform (\d+)\.(\d+) and later(?:, OpenTofu (\d+)\.(\d+) and later)?\.\n`)

// exampleRuns says whether the CLI of this test can run an example. One that it cannot run is at least parsed.
func exampleRuns(t *testing.T, text string) bool {
	t.Helper()
	needs := needsCLI.FindStringSubmatch(text)
	if needs == nil {
		return true
	}
	cli := acctest.TestedCLI(t)
	major, minor := needs[1], needs[2]
	if cli.OpenTofu {
		major, minor = needs[3], needs[4]
	}
	if major != "" && (cli.Major > number(t, major) || cli.Major == number(t, major) && cli.Minor >= number(t, minor)) {
		return true
	}
	parse := exec.CommandContext(t.Context(), cli.Path, "fmt", "-check", "-diff", "-")
	parse.Stdin = strings.NewReader(text)
	if output, err := parse.CombinedOutput(); err != nil {
		t.Fatalf("the example is not well-formed: %v\n%s", err, output)
	}
	t.Skipf("%s cannot run this example, which has only been parsed: %s", cli, strings.TrimSpace(needs[0]))
	return false
}

func number(t *testing.T, digits string) int {
	t.Helper()
	n, err := strconv.Atoi(digits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
