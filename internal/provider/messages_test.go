package provider_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// updateMessages has the files rewritten: go test ./internal/provider -run 'TestMessages$' -update
var updateMessages = flag.Bool("update", false, "rewrite the files that hold every message")

const messagesFolder = "testdata/messages"

// situation is something that goes wrong, or that users are told of.
type situation struct {
	name    string
	sandbox func(*sandbox.Server) // nil: as it is
	say     func(t *testing.T, e *acctest.Env) acctest.Diagnostics
	silent  bool // nothing may be said
}

// messageFiles are the situations by the file that has what is said in them.
func messageFiles() map[string][]situation {
	files := map[string][]situation{
		"provider":        providerSituations(),
		"endpoint":        endpointSituations(),
		"endpoint_lost":   lostCreateSituations(),
		"rotation":        rotationSituations(),
		"operations":      operationSituations(),
		"import_and_move": importSituations(),
		"reading":         readingSituations(),
		"answers":         answerSituations(),
		"installation":    installationSituations(),
	}
	for name, situations := range apiSituations() {
		files["api_"+name] = situations
	}
	return files
}

// TestMessages compares what the provider says in every situation with the files in testdata/messages, which show it as
// users read it. Time is simulated, so that only ids differ from run to run.
func TestMessages(t *testing.T) {
	t.Parallel()
	files := messageFiles()
	for file, situations := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			texts := make([]string, len(situations))
			t.Run("in", func(t *testing.T) {
				for i, s := range situations {
					t.Run(s.name, func(t *testing.T) {
						acctest.Bubble(t, func(t *testing.T, e *acctest.Env) { texts[i] = s.text(t, e) }, s.configure)
					})
				}
			})
			if !t.Failed() {
				compareMessages(t, filepath.Join(messagesFolder, file+".golden"), strings.Join(texts, "\n"))
			}
		})
	}
	for _, file := range messageFileNames(t) {
		if files[strings.TrimSuffix(filepath.Base(file), ".golden")] == nil {
			t.Errorf("no test fills %s: remove it", file)
		}
	}
}

func (s situation) configure(server *sandbox.Server) {
	if s.sandbox != nil {
		s.sandbox(server)
	}
}

// text is what the file has about the situation.
func (s situation) text(t *testing.T, e *acctest.Env) string {
	t.Helper()
	e.Client = append(e.Client, func(c *prosa.Config) { c.Jitter = func() float64 { return 0.5 } })
	problems := s.say(t, e)
	if s.silent != (len(problems) == 0) {
		t.Fatalf("there should be something to say, unless it is a silent one: %v", problems)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "=== %s\n", s.name)
	if s.silent {
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
	return withoutIDs(b.String())
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// withoutIDs replaces ids that differ from run to run by their number.
func withoutIDs(text string) string {
	numbers := map[string]int{}
	return anyID.ReplaceAllStringFunc(text, func(id string) string {
		if id == noSuchID || id == movedID {
			return id
		}
		if numbers[id] == 0 {
			numbers[id] = len(numbers) + 1
		}
		return fmt.Sprintf("<id %d>", numbers[id])
	})
}

func compareMessages(t *testing.T, file, got string) {
	t.Helper()
	if *updateMessages {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(string(content), "\r\n", "\n")
	if got == want {
		return
	}
	t.Errorf("%s does not have what the provider says now. If that is as it should be: go test ./internal/provider -run 'TestMessages$' -update", file)
	wanted := map[string]bool{}
	for _, one := range strings.Split(want, "\n=== ") {
		wanted[strings.Trim(one, "=\n ")] = true
	}
	for _, one := range strings.Split(got, "\n=== ") {
		if one = strings.Trim(one, "=\n "); !wanted[one] {
			t.Errorf("this is new:\n%s", one)
		}
	}
}

func messageFileNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(messagesFolder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// readMessages returns all that the files hold.
func readMessages(t *testing.T) (all acctest.Diagnostics) {
	t.Helper()
	for _, file := range messageFileNames(t) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range regexp.MustCompile(`\r?\n\r?\n=== .*`).Split(string(content), -1) {
			for _, message := range strings.Split(strings.ReplaceAll(one, "\r\n", "\n"), "\n--- ")[1:] {
				kind, text, _ := strings.Cut(message, "\n")
				severity, attribute, _ := strings.Cut(kind, " on ")
				title, detail, _ := strings.Cut(text, "\n\n")
				all = append(all, acctest.Diagnostic{
					Severity: severity, Attribute: attribute, Summary: strings.TrimSpace(title), Detail: strings.TrimSpace(detail),
				})
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("there are no messages in %s", messagesFolder)
	}
	return all
}

// told makes the progress of an action part of what is said.
func told(messages []string, problems acctest.Diagnostics) (all acctest.Diagnostics) {
	for _, message := range messages {
		all = append(all, acctest.Diagnostic{Severity: "progress", Summary: message})
	}
	return append(all, problems...)
}

// validating are the situations in which resource blocks have these arguments.
func validating(resource string, arguments ...acctest.Object) (all []situation) {
	for _, config := range arguments {
		all = append(all, situation{name: resource + " " + argumentsText(config), say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			return e.Provider().Validate(resource, config)
		}})
	}
	return all
}

// argumentsText is a configuration on one line.
func argumentsText(config acctest.Object) string {
	text := fmt.Sprintf("%#v", config)
	return strings.NewReplacer("acctest.Object", "", "map[string]interface {}", "", "[]interface {}", "", "interface {}(nil)", "null", "<nil>", "null").Replace(text)
}
