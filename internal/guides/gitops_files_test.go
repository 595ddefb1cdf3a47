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
		for _, version := range regexp.MustCompile(`(?i)(?:terraform_version: |hashicorp/terraform:)(\S+)`).FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`^(\d+\.\d+\.\d+|\$\{\{)$`).MatchString(version[1]) {
				t.Errorf("%s must name an exact version of the CLI: %s", file, version[0])
			}
		}
		for _, action := range regexp.MustCompile(`uses: .*`).FindAllString(text, -1) {
			if !regexp.MustCompile(`^uses: [\w./-]+@[0-9a-f]{40} # v`).MatchString(action) {
				t.Errorf("%s must pin this action to a commit: %s", file, action)
			}
		}
	}
}

// TestPipelineArguments checks that pipeline.sh fails before it does anything if its arguments are invalid.
func TestPipelineArguments(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs(pipelineFolder + "pipeline.sh")
	if err != nil {
		t.Fatal(err)
	}
	dirname, _ := exec.LookPath("dirname")
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
		cmd := exec.CommandContext(t.Context(), bash, append([]string{script}, strings.Fields(test.command)...)...)
		cmd.Env = append(os.Environ(), "TERRAFORM=", test.variable)
		output, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != 1 {
			t.Errorf("pipeline.sh %s: exit code %d, want 1", test.command, code)
		}
		expectTexts(t, string(output), test.want)
	}
}
