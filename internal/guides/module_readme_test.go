package guides_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const moduleFolder = examplesFolder + "/gitops/modules/speech-webhook/"

var (
	moduleBlock = regexp.MustCompile(`(?ms)^(?:variable|output) "(\w+)" \{\n(.*?)^\}`)
	argument    = regexp.MustCompile(`(?m)^  (type|default|description) += (.*)$`)
)

// TestModuleReadme compares the tables of the module's README.md with its variables and outputs.
func TestModuleReadme(t *testing.T) {
	t.Parallel()
	readme := content(t, moduleFolder+"README.md")
	for _, file := range []string{"variables.tf", "outputs.tf"} {
		var rows []string
		for _, block := range moduleBlock.FindAllStringSubmatch(content(t, moduleFolder+file), -1) {
			arguments := map[string]string{"default": "required"}
			for _, found := range argument.FindAllStringSubmatch(block[2], -1) {
				arguments[found[1]] = "`" + found[2] + "`"
			}
			row := fmt.Sprintf("| `%s` | %s |", block[1], strings.Trim(arguments["description"], "`\""))
			if file == "variables.tf" {
				row += fmt.Sprintf(" %s | %s |", arguments["type"], arguments["default"])
			}
			rows = append(rows, row)
		}
		if table := "|---|\n" + strings.Join(rows, "\n") + "\n\n"; len(rows) < 2 || !strings.Contains(readme, table) {
			t.Errorf("README.md should have these rows of %s, and no others:\n%s", file, table)
		}
	}
}

// TestModuleUsage applies the example of the module's README.md.
func TestModuleUsage(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	w := e.Workspace(nil)
	for _, name := range []string{"main.tf", "variables.tf", "outputs.tf"} {
		w.Write("modules/speech-webhook/"+name, content(t, moduleFolder+name))
	}
	usage := configurationBlock.FindStringSubmatch(content(t, moduleFolder+"README.md"))
	if usage == nil {
		t.Fatal("README.md has no configuration")
	}
	w.Write("main.tf", usage[1])
	w.Run("init")
	w.Run("apply", "-auto-approve")
	if endpoint := e.OnlyEndpoint(); endpoint.URL != "https://speech.example.com/prosa-webhook" || len(endpoint.EventFilters) != 2 {
		t.Errorf("the apply creates %+v", endpoint)
	}
	expectNoChanges(t, w)
}
