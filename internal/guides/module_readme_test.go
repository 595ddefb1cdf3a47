package guides_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const moduleFolder = examplesFolder + "/gitops/modules/speech-webhook"

var (
	moduleBlock = regexp.MustCompile(`(?ms)^(?:variable|output) "(\w+)" \{\n(.*?)^\}`)
	argument    = regexp.MustCompile(`(?m)^  (type|default|description) += (.*)$`)
)

// TestModuleReadme compares the tables of the module's README.md with its variables and outputs.
func TestModuleReadme(t *testing.T) {
	t.Parallel()
	readme := moduleFile(t, "README.md")
	inputs := []string{"| name | description | type | default |", "|---|---|---|---|"}
	for _, variable := range moduleBlock.FindAllStringSubmatch(moduleFile(t, "variables.tf"), -1) {
		a := argumentsOf(variable[2])
		def := "required"
		if a["default"] != "" {
			def = "`" + a["default"] + "`"
		}
		inputs = append(inputs, fmt.Sprintf("| `%s` | %s | `%s` | %s |", variable[1], unquote(a["description"]), a["type"], def))
	}
	outputs := []string{"| name | description |", "|---|---|"}
	for _, output := range moduleBlock.FindAllStringSubmatch(moduleFile(t, "outputs.tf"), -1) {
		outputs = append(outputs, fmt.Sprintf("| `%s` | %s |", output[1], unquote(argumentsOf(output[2])["description"])))
	}
	for heading, want := range map[string][]string{"Inputs": inputs, "Outputs": outputs} {
		_, section, _ := strings.Cut(readme, "\n## "+heading+"\n\n")
		section, _, _ = strings.Cut(section, "\n\n")
		if got := strings.Split(section, "\n"); len(want) < 4 || !slices.Equal(got, want) {
			t.Errorf("README.md has under %s:\n%s\nand the module has:\n%s", heading, section, strings.Join(want, "\n"))
		}
	}
	for _, requirement := range []string{`required_version = ">= 1.8"`, `version = "~> 0.1"`} {
		name, version, _ := strings.Cut(requirement, ` = "`)
		if row := "| `" + strings.TrimSuffix(version, `"`) + "` |\n"; !strings.Contains(moduleFile(t, "main.tf"), requirement) || !strings.Contains(readme, row) {
			t.Errorf("README.md and main.tf differ in %s", name)
		}
	}
}

// TestModuleUsage applies the example of the module's README.md.
func TestModuleUsage(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) {
		s.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
			return sandbox.DeliveryResult{Status: http.StatusOK}
		}
	})
	w := e.Installed()
	for _, name := range []string{"main.tf", "variables.tf", "outputs.tf"} {
		w.Write("modules/speech-webhook/"+name, moduleFile(t, name))
	}
	example := configurationBlock.FindStringSubmatch(moduleFile(t, "README.md"))
	if example == nil {
		t.Fatal("README.md has no example")
	}
	w.Write("main.tf", example[1])
	w.Run("init")
	w.Run("apply", "-auto-approve")
	if there := e.OnlyEndpoint(); there.URL != "https://speech.example.com/prosa-webhook" || len(there.EventFilters) != 2 {
		t.Errorf("the apply created %+v", there)
	}
	expectNoChanges(t, w)
}

func moduleFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func argumentsOf(block string) map[string]string {
	all := map[string]string{}
	for _, a := range argument.FindAllStringSubmatch(block, -1) {
		all[a[1]] = a[2]
	}
	return all
}

func unquote(text string) string { return strings.Trim(text, `"`) }
