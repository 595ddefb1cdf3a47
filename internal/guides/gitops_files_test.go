//go:build unix

package guides_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const pipelineFolder = examplesFolder + "/gitops/"

// TestCIFiles checks the files for CI systems: the commands of pipeline.sh, pinned versions, and the settings that order
// the environments and protect the secrets.
func TestCIFiles(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]struct {
		commands []string // of pipeline.sh; plan exits with 2 if there are changes
		settings []string
	}{
		".github/workflows/webhooks.yml": {
			commands: []string{"check", "plan ${{ matrix.environment }} || test $? -eq 2", "apply staging", "apply production"},
			settings: []string{
				"environment: [staging, production]",
				"  apply-staging:\n    needs: plan\n", "  apply-production:\n    needs: apply-staging\n",
				"on:\n  pull_request:\n  push:\n    branches: [main]\n\npermissions:\n  contents: read\n",
				"if: github.event_name == 'push' || (github.event.pull_request.head.repo.full_name == github.repository && ",
				"concurrency:\n  group: ${{ github.workflow }}-${{ github.ref }}\n",
			},
		},
		".github/workflows/nightly.yml": {
			commands: []string{"nightly ${{ matrix.environment }}"},
			settings: []string{"environment: [staging, production]", "permissions:\n  contents: read\n"},
		},
		".gitlab-ci.yml": {
			commands: []string{"check", `plan "$ENVIRONMENT" || test $? -eq 2`, "apply staging", "apply production", `nightly "$ENVIRONMENT"`},
			settings: []string{
				"ENVIRONMENT: [staging, production]", "stages: [check, plan, staging, production, nightly]", "needs: [apply-staging, plan]",
			},
		},
		"atlantis.yaml": {
			commands: []string{"check", `plan "$PROJECT_NAME" || test $? -eq 2`, `apply "$PROJECT_NAME"`},
			settings: []string{
				"dir: environments/staging", "dir: environments/production", "depends_on: [staging]", "abort_on_execution_order_fail: true",
			},
		},
	} {
		text := content(t, pipelineFolder+file)
		expectTexts(t, text, want.settings...)
		var commands []string
		for _, found := range regexp.MustCompile(`(?m)^ *-.* \S*/pipeline\.sh ([^#\n]*)`).FindAllStringSubmatch(text, -1) {
			commands = append(commands, strings.TrimSpace(found[1]))
		}
		if !slices.Equal(commands, want.commands) {
			t.Errorf("%s runs %q, want %q", file, commands, want.commands)
		}
		// Another version of the CLI cannot apply a saved plan.
		versions := regexp.MustCompile(`(?i)(?:terraform_version: |hashicorp/terraform:)(\S+)`).FindAllStringSubmatch(text, -1)
		if len(versions) == 0 && file != "atlantis.yaml" { // the server has one
			t.Errorf("%s must name the version of the CLI", file)
		}
		for _, version := range versions {
			if !regexp.MustCompile(`^(\d+\.\d+\.\d+|\$\{\{)$`).MatchString(version[1]) {
				t.Errorf("%s must name an exact version of the CLI: %s", file, version[0])
			}
		}
		actions := regexp.MustCompile(`uses: .*`).FindAllString(text, -1)
		if len(actions) == 0 && strings.HasPrefix(file, ".github/") {
			t.Errorf("%s has no actions", file)
		}
		for _, action := range actions {
			if !regexp.MustCompile(`^uses: [\w./-]+@[0-9a-f]{40} # v`).MatchString(action) {
				t.Errorf("%s must pin this action to a commit: %s", file, action)
			}
		}
	}
}

// TestPipelineArguments checks the messages of pipeline.sh about invalid arguments and missing programs or plans.
func TestPipelineArguments(t *testing.T) {
	t.Parallel()
	bash := acctest.Program(t, "bash", "bash")
	script, err := filepath.Abs(pipelineFolder + "pipeline.sh")
	if err != nil {
		t.Fatal(err)
	}
	dirname := acctest.Program(t, "dirname", "coreutils")
	withoutCLI := t.TempDir() // a PATH with only what the script needs up to this point
	if err := os.Symlink(dirname, filepath.Join(withoutCLI, "dirname")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ command, variable, want string }{
		{"", "", "usage: pipeline.sh plan ENVIRONMENT"},
		{"destroy staging", "", "usage: pipeline.sh check"},
		{"apply", "", "usage: pipeline.sh apply ENVIRONMENT"},
		{"check staging", "", "usage: pipeline.sh check"},
		{"plan test", "", "There is no environment test: it would be in environments/test."},
		{"plan ../modules/speech-webhook", "", "There is no environment ../modules/speech-webhook"},
		{"apply staging", "PLANFILE=" + filepath.Join(t.TempDir(), "none"), "There is no saved plan for staging: run"},
		{"plan staging", "PATH=" + withoutCLI, "There is no terraform and no tofu on PATH"},
	} {
		t.Run(test.command, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), bash, append([]string{script}, strings.Fields(test.command)...)...)
			cmd.Env = append(os.Environ(), "TERRAFORM=", test.variable)
			output, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("exit code %d, want 1: %v", code, err)
			}
			expectTexts(t, string(output), test.want)
		})
	}
}
