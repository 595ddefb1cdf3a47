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

const pipelineFolder = examplesFolder + "/gitops"

var (
	call   = regexp.MustCompile(`pipeline\.sh\s+(\S+)(?:\s+("?\$\{\{.*?\}\}"?|\S+))?(.*)`)
	usage  = regexp.MustCompile(`(?m)^usage: pipeline\.sh (\w+)( ENVIRONMENT)?`)
	use    = regexp.MustCompile(`uses: (\S+)(.*)`)
	pinned = regexp.MustCompile(`^[\w./-]+@[0-9a-f]{40}$`)

	cliVersion = regexp.MustCompile(`(?:(?:terraform_version|TERRAFORM_VERSION): |hashicorp/terraform:)(\S+)`)
	exact      = regexp.MustCompile(`^(\d+\.\d+\.\d+|\$\{\{)$`) // or a variable
)

// TestCISystemsCallTheScript checks the files for CI systems: they run the script's commands and no others, for the
// existing environments, and tolerate only the exit code of a plan that has changes.
func TestCISystemsCallTheScript(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs(filepath.Join(pipelineFolder, "pipeline.sh"))
	if err != nil {
		t.Fatal(err)
	}
	help, err := exec.Command("bash", script).CombinedOutput()
	if err == nil {
		t.Error("without a command the script should fail")
	}
	takesEnvironment := map[string]bool{}
	for _, command := range usage.FindAllStringSubmatch(string(help), -1) {
		takesEnvironment[command[1]] = command[2] != ""
	}
	if len(takesEnvironment) != 4 {
		t.Fatalf("the script says of itself:\n%s", help)
	}
	environments := folders(t, "environments")

	for name, system := range map[string]struct {
		files    []string
		variable string // holds the environment
		commands []string
		says     []string // texts the file must contain: production waits for staging, some jobs get no secrets, …
	}{
		"GitHub Actions": {
			files:    []string{".github/workflows/webhooks.yml", ".github/workflows/nightly.yml"},
			variable: "${{ matrix.environment }}",
			commands: []string{"apply", "check", "nightly", "plan"},
			says: []string{
				"environment: [" + strings.Join(environments, ", ") + "]",
				"  apply-staging:\n    needs: plan\n", "  apply-production:\n    needs: apply-staging\n",
				"on:\n  pull_request:\n  push:\n    branches: [main]\n\npermissions:\n  contents: read\n",
				"if: github.event_name == 'push' || (github.event.pull_request.head.repo.full_name == github.repository && ",
				"concurrency:\n  group: ${{ github.workflow }}-${{ github.ref }}\n",
			},
		},
		"GitLab CI": {
			files:    []string{".gitlab-ci.yml"},
			variable: `"$ENVIRONMENT"`,
			commands: []string{"apply", "check", "nightly", "plan"},
			says:     []string{"ENVIRONMENT: [" + strings.Join(environments, ", ") + "]", "stages: [check, plan, staging, production, nightly]", "needs: [apply-staging, plan]"},
		},
		"Atlantis": {
			files:    []string{"atlantis.yaml"},
			variable: `"$PROJECT_NAME"`,
			commands: []string{"apply", "check", "plan"},
			says:     []string{"dir: environments/staging", "dir: environments/production", "depends_on: [staging]", "abort_on_execution_order_fail: true"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			for _, file := range system.files {
				content, err := os.ReadFile(filepath.Join(pipelineFolder, filepath.FromSlash(file)))
				if err != nil {
					t.Fatal(err)
				}
				text.Write(content)
			}
			var commands []string
			for line := range strings.Lines(text.String()) {
				found := call.FindStringSubmatch(line)
				if found == nil || strings.HasPrefix(strings.TrimSpace(line), "#") {
					continue
				}
				command, environment, rest := found[1], found[2], found[3]
				commands = append(commands, command)
				takes, known := takesEnvironment[command]
				switch {
				case !known:
					t.Errorf("the script has no such command: %s", line)
				case takes && environment != system.variable && !slices.Contains(environments, environment), !takes && environment != "":
					t.Errorf("the script takes an environment, or none: %s", line)
				case strings.Contains(rest, "|| test $? -eq 2") != (command == "plan"):
					t.Errorf("only a plan may end with 2: %s", line)
				}
			}
			slices.Sort(commands)
			if commands = slices.Compact(commands); !slices.Equal(commands, system.commands) {
				t.Errorf("it runs %q, want %q", commands, system.commands)
			}
			for _, want := range system.says {
				if !strings.Contains(text.String(), want) {
					t.Errorf("it does not say %q", want)
				}
			}
			for _, version := range cliVersion.FindAllStringSubmatch(text.String(), -1) {
				if !exact.MatchString(version[1]) {
					t.Errorf("not one version, so that the job that applies could have another than the one that planned: %s", version[0])
				}
			}
			for _, action := range use.FindAllStringSubmatch(text.String(), -1) {
				if !pinned.MatchString(action[1]) || !strings.HasPrefix(action[2], " # v") {
					t.Errorf("not pinned to a commit, with the version beside it: %s", action[0])
				}
			}
		})
	}
}

// TestScriptRefuses checks the errors for command lines that cannot work. The script must fail before it does anything.
func TestScriptRefuses(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs(filepath.Join(pipelineFolder, "pipeline.sh"))
	if err != nil {
		t.Fatal(err)
	}
	withoutCLI := t.TempDir() // a PATH with the only program that the script needs up to this point
	if dirname, err := exec.LookPath("dirname"); err != nil || os.Symlink(dirname, filepath.Join(withoutCLI, "dirname")) != nil {
		t.Fatal("there is no dirname: ", err)
	}
	for name, c := range map[string]struct {
		args, env []string
		want      string
	}{
		"no command":         {nil, nil, "usage: pipeline.sh plan ENVIRONMENT"},
		"unknown command":    {[]string{"destroy", "staging"}, nil, "usage: pipeline.sh check"},
		"no environment":     {[]string{"apply"}, nil, "usage: pipeline.sh apply ENVIRONMENT"},
		"other environment":  {[]string{"plan", "test"}, nil, "There is no environment test: it would be in environments/test."},
		"another folder":     {[]string{"plan", "../modules/speech-webhook"}, nil, "There is no environment ../modules/speech-webhook"},
		"no saved plan":      {[]string{"apply", "staging"}, []string{"PLANFILE=" + filepath.Join(t.TempDir(), "none")}, "There is no saved plan for staging: run"},
		"no CLI":             {[]string{"plan", "staging"}, []string{"PATH=" + withoutCLI}, "There is no terraform and no tofu on PATH"},
		"too many arguments": {[]string{"check", "staging"}, nil, "usage: pipeline.sh check"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bash, err := exec.LookPath("bash")
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(bash, append([]string{script}, c.args...)...)
			cmd.Env = append(os.Environ(), "TERRAFORM=")
			cmd.Env = append(cmd.Env, c.env...)
			output, err := cmd.CombinedOutput()
			if err == nil || cmd.ProcessState.ExitCode() != 1 {
				t.Errorf("%v, want exit code 1", err)
			}
			if !strings.Contains(string(output), c.want) {
				t.Errorf("it does not say %q:\n%s", c.want, output)
			}
		})
	}
}

func folders(t *testing.T, of string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(pipelineFolder, of, "*"))
	if err != nil || len(found) == 0 {
		t.Fatal(of, " has no folders: ", err)
	}
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	slices.SortFunc(found, func(a, b string) int { return strings.Compare(b, a) }) // staging before production
	return found
}
