package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

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

// checkNothingElseLeft fails when an example leaves more behind than there was before.
func checkNothingElseLeft(e *acctest.Env) resource.TestCheckFunc {
	return func(*terraform.State) error {
		for _, key := range append([]string{e.Sandbox.APIKey}, e.Sandbox.OtherKeys...) {
			for _, left := range e.Sandbox.Account(key).Endpoints() {
				if left.ID != exampleEndpointID {
					return fmt.Errorf("endpoint %s (%s) is left", left.ID, left.URL)
				}
			}
		}
		return nil
	}
}

// examplesElsewhere are folders whose files belong together, each with the package that tests it.
var examplesElsewhere = map[string]string{
	"gitops":   "internal/gitops",
	"guides":   "internal/guides",
	"policies": ".ci/policies",
}

// TestExamples applies every file below examples but for those, each by itself, and expects an empty plan after it. A file that needs a later CLI than
// the oldest that is supported says so in its first line: "# Terraform 1.12 and later, OpenTofu 1.12 and later."
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
		if err != nil {
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
	variables := variablesOf(t, text)
	base := path.Base(name)
	switch {
	case name == "provider/provider.tf":
		testProviderExample(t, text, variables)
		return
	case base == "import.sh":
		testImportCommands(t, path.Dir(name), text)
		return
	}
	e := acctest.New(t, seedExample)
	test := resource.TestCase{CheckDestroy: checkNothingElseLeft(e)}
	if strings.Contains(text, `resource "aws_`) {
		test.ProtoV6ProviderFactories = map[string]acctest.Factory{"aws": new(acctest.SecretStores).AWS()}
	}
	switch {
	case strings.HasPrefix(base, "import-by-"):
		test.Steps = []resource.TestStep{importing(e, text)}
	case strings.HasSuffix(base, ".tf"):
		test.Steps = []resource.TestStep{{Config: text, ConfigVariables: variables}}
	case strings.HasSuffix(base, ".tfquery.hcl"):
		test.Steps = []resource.TestStep{{Config: `provider "prosa" {}`}, {Query: true, Config: text, ConfigVariables: variables}}
	default:
		t.Fatalf("nobody knows how to run %s: teach it to this test", name)
	}
	e.Test(test)
}

// testProviderExample runs the example of the provider block as users do: with the provider as a program, by its own
// address. One program for each configuration is what keeps aliases apart, and the other examples share one.
func testProviderExample(t *testing.T, text string, variables config.Variables) {
	t.Helper()
	t.Parallel()
	e := acctest.New(t, seedExample)
	w := e.Built()
	w.Write("provider.tf", text)
	for name := range variables {
		w.Setenv("TF_VAR_"+name, exampleVariables[name])
	}
	w.Run("apply", "-auto-approve")
	var used []string
	for _, r := range e.Writes() {
		used = append(used, r.Header.Get("X-Api-Key"))
	}
	slices.Sort(used)
	if want := []string{exampleVariables["stt_api_key"], exampleVariables["tts_api_key"]}; !slices.Equal(used, want) {
		t.Errorf("the endpoints were created with the keys %q, not with %q", used, want)
	}
	w.Run("plan", "-detailed-exitcode") // 2, and so an error, when there is something to do
	w.Run("destroy", "-auto-approve")
	if err := checkNothingElseLeft(e)(nil); err != nil {
		t.Error(err)
	}
}

// importing is a step that takes something that exists under management, and changes nothing of it.
func importing(e *acctest.Env, text string) resource.TestStep {
	return resource.TestStep{
		Config:           text,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{keepsEverything{}}},
		Check: func(*terraform.State) error {
			if writes := e.Writes(); len(writes) > 0 {
				return fmt.Errorf("importing made a request that changes something: %s %s", writes[0].Method, writes[0].Path)
			}
			return nil
		},
	}
}

// keepsEverything is a plan check: nothing is created, replaced or deleted.
type keepsEverything struct{}

func (keepsEverything) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if actions := change.Change.Actions; !actions.NoOp() && !actions.Update() {
			resp.Error = fmt.Errorf("%s is to be kept, and the plan is to %v it", change.Address, actions)
		}
	}
}

var (
	importCommand = regexp.MustCompile(`^terraform import (\S+) (\S+)$`)
	importBlock   = regexp.MustCompile(`(?m)^import \{\n(?:.*\n)*?\}\n`)
)

// testImportCommands runs every command of an import.sh, with the configuration of the import block beside it.
func testImportCommands(t *testing.T, folder, script string) {
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
		t.Run(command[2], func(t *testing.T) {
			e := acctest.New(t, seedExample)
			e.Test(resource.TestCase{
				CheckDestroy: checkNothingElseLeft(e),
				Steps: []resource.TestStep{
					{Config: text, ResourceName: command[1], ImportState: true, ImportStateId: command[2], ImportStatePersist: true},
					importing(e, text),
				},
			})
		})
	}
}

var (
	variableBlock   = regexp.MustCompile(`(?m)^variable "([^"]+)" \{\n((?:.*\n)*?)\}`)
	variableDefault = regexp.MustCompile(`(?m)^\s*default\s*=`)
)

// variablesOf returns values to the variables of a configuration that have no default.
func variablesOf(t *testing.T, text string) config.Variables {
	t.Helper()
	values := config.Variables{}
	for _, block := range variableBlock.FindAllStringSubmatch(text, -1) {
		if variableDefault.MatchString(block[2]) {
			continue
		}
		value, ok := exampleVariables[block[1]]
		if !ok {
			t.Fatalf("the variable %q has no default: give it a value in exampleVariables", block[1])
		}
		values[block[1]] = config.StringVariable(value)
	}
	return values
}

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
