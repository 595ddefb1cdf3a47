package provider_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

var updateMessages = flag.Bool("update", false, "rewrite the golden files of TestMessages")

const messagesFolder = "testdata/messages"

// messageCase is a case of TestMessages.
type messageCase struct {
	name    string
	prior   string             // the resource type as which endpoint knownID is imported first; empty: no prior state
	arrange func(*acctest.Env) // prepares the environment, after the import; nil: nothing to prepare
	run     run
}

// run calls the provider. state is nil unless the case has a prior state.
type run func(e *acctest.Env, state *acctest.State) acctest.Diagnostics

// messageCases returns the cases of each golden file.
func messageCases() map[string][]messageCase {
	return map[string][]messageCase{
		"api":             apiMessages(),
		"provider":        providerMessages(),
		"endpoint":        endpointMessages(),
		"endpoint_lost":   lostCreateMessages(),
		"rotation":        rotationMessages(),
		"operations":      operationMessages(),
		"import_and_move": importMessages(),
		"reading":         readingMessages(),
		"responses":       responseMessages(),
		"installation":    installationMessages(),
	}
}

// TestMessages compares all messages with the golden files in testdata/messages, which show them as users read them.
// Time is simulated, so that only ids differ between runs.
func TestMessages(t *testing.T) {
	t.Parallel()
	files := messageCases()
	for file, cases := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			texts := make([]string, len(cases))
			t.Run("cases", func(t *testing.T) { // ends when its parallel subtests have ended
				for i, c := range cases {
					t.Run(c.name, func(t *testing.T) {
						acctest.Bubble(t, func(_ *testing.T, e *acctest.Env) { texts[i] = c.text(e) })
					})
				}
			})
			if !t.Failed() {
				compareGolden(t, filepath.Join(messagesFolder, file+".golden"), strings.Join(texts, "\n"))
			}
		})
	}
	for _, file := range goldenFiles(t) {
		if files[strings.TrimSuffix(filepath.Base(file), ".golden")] == nil {
			t.Errorf("no test writes %s: delete it", file)
		}
	}
}

// text runs the case and returns its section of the golden file.
func (c messageCase) text(e *acctest.Env) string {
	e.T.Helper()
	e.Client = append(e.Client, func(config *prosa.Config) { config.Jitter = func() float64 { return 0.5 } })
	var state *acctest.State
	if c.prior != "" {
		registerEndpoint(e)
		imported, problems := e.Configured().Import(c.prior, knownID)
		problems.ExpectNone(e.T)
		state = imported
	}
	if c.arrange != nil {
		c.arrange(e)
	}
	problems := c.run(e, state)
	pause(e.T, time.Minute) // until connection attempts have ended
	var b strings.Builder
	fmt.Fprintf(&b, "=== %s\n", c.name)
	if len(problems) == 0 {
		b.WriteString("\n--- nothing\n")
	}
	for _, problem := range problems {
		fmt.Fprintf(&b, "\n--- %s", problem.Severity)
		if problem.Attribute != "" {
			fmt.Fprintf(&b, " on %s", problem.Attribute)
		}
		fmt.Fprintf(&b, "\n%s\n", problem.Summary)
		if problem.Detail != "" {
			fmt.Fprintf(&b, "\n%s\n", problem.Detail)
		}
	}
	return numberIDs(b.String())
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// numberIDs replaces generated ids, which differ between runs, by numbers.
func numberIDs(text string) string {
	ids := []string{}
	return anyID.ReplaceAllStringFunc(text, func(id string) string {
		if id == noSuchID || id == knownID {
			return id
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		return fmt.Sprintf("<id %d>", slices.Index(ids, id)+1)
	})
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *updateMessages {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := readGolden(t, file)
	if got == want {
		return
	}
	t.Errorf("%s is not up to date. To rewrite it: go test ./internal/provider -run 'TestMessages$' -update", file)
	sections := strings.Split(want, "\n=== ")
	for _, section := range strings.Split(got, "\n=== ") {
		if !slices.Contains(sections, section) {
			t.Errorf("changed or new:\n%s", section)
		}
	}
}

func goldenFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(messagesFolder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", messagesFolder, err)
	}
	return files
}

func readGolden(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(content), "\r\n", "\n")
}

// registerEndpoint registers endpoint knownID.
func registerEndpoint(e *acctest.Env) {
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: knownID, URL: hook, SSLVerification: true})
}

// registerEndpointWith registers endpoint knownID, and injects these faults.
func registerEndpointWith(faults ...sandbox.Fault) func(*acctest.Env) {
	return func(e *acctest.Env) {
		registerEndpoint(e)
		withFaults(faults...)(e)
	}
}

func withFaults(faults ...sandbox.Fault) func(*acctest.Env) {
	return func(e *acctest.Env) {
		for _, fault := range faults {
			e.Sandbox.Inject(fault)
		}
	}
}

func withKey(key string) func(*acctest.Env) {
	return func(e *acctest.Env) { e.Setenv("PROSA_API_KEY", key) }
}

func applying(resource string, config acctest.Object) run {
	return func(e *acctest.Env, state *acctest.State) acctest.Diagnostics {
		_, problems := e.Configured().Apply(resource, state, config)
		return problems
	}
}

func planning(resource string, config acctest.Object) run {
	return func(e *acctest.Env, state *acctest.State) acctest.Diagnostics {
		_, problems := e.Configured().Plan(resource, state, config)
		return problems
	}
}

func refreshing(resource string) run {
	return func(e *acctest.Env, state *acctest.State) acctest.Diagnostics {
		_, problems := e.Configured().Read(resource, state)
		return problems
	}
}

func destroying(e *acctest.Env, state *acctest.State) acctest.Diagnostics {
	return e.Configured().Destroy(endpointType, state)
}

func importing(resource, id string) run {
	return func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
		_, problems := e.Configured().Import(resource, id)
		return problems
	}
}

func reading(dataSource string, config acctest.Object) run {
	return func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
		_, problems := e.Configured().ReadDataSource(dataSource, config)
		return problems
	}
}

func opening(endpointID string) run {
	return func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
		_, problems := e.Configured().OpenEphemeral(ephemeralType, acctest.Object{"endpoint_id": endpointID})
		return problems
	}
}

func querying(config acctest.Object) run {
	return func(e *acctest.Env, _ *acctest.State) (problems acctest.Diagnostics) {
		for _, result := range e.Configured().List(endpointType, config, 0, false) {
			problems = append(problems, result.Problems...)
		}
		return problems
	}
}

// invoking also returns the action's progress messages.
func invoking(action string, config acctest.Object) run {
	return func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
		return withProgress(e.Configured().InvokeAction(action, config))
	}
}

func withProgress(messages []string, problems acctest.Diagnostics) (all acctest.Diagnostics) {
	for _, message := range messages {
		all = append(all, acctest.Diagnostic{Severity: "progress", Summary: message})
	}
	return append(all, problems...)
}

// call calls a configured provider.
type call func(*acctest.Provider) acctest.Diagnostics

// interrupting starts these calls 100 ms apart, and then interrupts the provider. It returns the diagnostics of the last
// call.
func interrupting(calls ...call) run {
	return func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
		p := e.Configured()
		results := make([]acctest.Diagnostics, len(calls))
		var running sync.WaitGroup
		for i, call := range calls {
			running.Go(func() { results[i] = call(p) })
			pause(e.T, 100*time.Millisecond)
		}
		p.Stop()
		running.Wait()
		return results[len(results)-1]
	}
}

// validating returns a case for each of these configurations, of a resource, data source or action.
func validating(
	validate func(*acctest.Provider, string, acctest.Object) acctest.Diagnostics, typ string, configs ...acctest.Object,
) (all []messageCase) {
	for _, config := range configs {
		all = append(all, messageCase{name: typ + " " + formatConfig(config), run: func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
			return validate(e.Provider(), typ, config)
		}})
	}
	return all
}

var (
	validateResource   = (*acctest.Provider).Validate
	validateDataSource = (*acctest.Provider).ValidateDataSource
	validateAction     = (*acctest.Provider).ValidateAction
)

// formatConfig formats a configuration for the name of a case.
func formatConfig(config acctest.Object) string {
	types := strings.NewReplacer(
		"acctest.Object", "", "map[string]interface {}", "", "[]interface {}", "", "interface {}(nil)", "null", "<nil>", "null",
	)
	return types.Replace(fmt.Sprintf("%#v", config))
}
