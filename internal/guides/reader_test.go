package guides_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// reader follows a guide: it runs the guide's commands in order, and checks their output against the guide.
type reader struct {
	t        *testing.T
	w        *acctest.Workspace
	text     string   // the guide, on one line
	commands []string // the guide's commands that have not run yet
	output   string   // of the last command
	bin      string   // contains terraform and tofu, both of which are the tested CLI
}

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

func readerOf(t *testing.T, w *acctest.Workspace, guide string) *reader {
	t.Helper()
	text := guideText(t, guide)
	r := &reader{t: t, w: w, text: oneLine(text), bin: t.TempDir()}
	for _, name := range []string{"terraform", "tofu"} {
		if err := os.Symlink(acctest.TestedCLI(t).Path, filepath.Join(r.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
		r.commands = append(r.commands, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	return r
}

// run runs a command that must be the guide's next one and succeed. It answers yes to every question.
func (r *reader) run(command string) {
	r.t.Helper()
	if err := r.try(command); err != nil {
		r.t.Fatalf("%s: %v\n%s", command, err, r.output)
	}
}

// fails runs the guide's next command, which must fail. The command remains the next one.
func (r *reader) fails(command string) {
	r.t.Helper()
	left := r.commands
	if err := r.try(command); err == nil {
		r.t.Fatalf("%s did not fail:\n%s", command, r.output)
	}
	r.commands = left
}

// leavesOut skips the guide's next command.
func (r *reader) leavesOut(command string) {
	r.t.Helper()
	if len(r.commands) == 0 || r.commands[0] != command {
		r.t.Fatalf("the guide goes on with %q, not with %q", r.commands, command)
	}
	r.commands = r.commands[1:]
}

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// try runs the guide's next command in a shell. An export lasts for the commands after it.
func (r *reader) try(command string) error {
	r.t.Helper()
	r.leavesOut(command)
	if variable, ok := strings.CutPrefix(command, "export "); ok {
		name, value, _ := strings.Cut(variable, "=")
		r.w.Setenv(name, value)
		return nil
	}
	cmd := exec.CommandContext(r.t.Context(), "sh", "-c", command)
	cmd.Dir, cmd.Stdin = r.w.Folder, strings.NewReader("yes\n")
	cmd.Env = append(r.w.Environ(), "PATH="+r.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	output, err := cmd.CombinedOutput()
	r.output = colour.ReplaceAllString(string(output), "")
	return err
}

// sees checks that the last command printed these texts, and that the guide contains them.
func (r *reader) sees(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(oneLine(r.output), text) {
			r.t.Errorf("the CLI does not show %q:\n%s", text, r.output)
		}
		if !strings.Contains(r.text, text) {
			r.t.Errorf("the guide does not say that one sees %q", text)
		}
	}
}

// ends fails the test if the guide has commands that were not run.
func (r *reader) ends() {
	r.t.Helper()
	if len(r.commands) > 0 {
		r.t.Errorf("these commands of the guide were not run: %q", r.commands)
	}
}

var oneLine = acctest.OneLine

// guideText returns the text of a guide.
func guideText(t *testing.T, guide string) string {
	t.Helper()
	return content(t, filepath.Join(guidesFolder, guide+".md.tmpl"))
}

// fileOf returns a file that a guide shows.
func fileOf(t *testing.T, guide, name string) string {
	t.Helper()
	return content(t, filepath.Join(examplesFolder, "guides", guide, name))
}

func content(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// buildProgram builds a program once for all tests.
func buildProgram(t *testing.T, what string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	program := filepath.Join(built.folder, filepath.Base(what)+".exe") // .exe works on every system
	if _, err := os.Stat(program); err == nil {
		return program
	}
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, what).CombinedOutput(); err != nil {
		t.Fatalf("%s does not build: %v\n%s", what, err, output)
	}
	return program
}

var built struct {
	sync.Mutex

	folder string // set by TestMain
}
