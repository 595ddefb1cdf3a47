package guides_test

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// reader follows a guide in a workspace: it runs the guide's commands in order, and compares their output with the
// guide.
type reader struct {
	t        *testing.T
	w        *acctest.Workspace
	folder   string   // the guide's examples
	text     string   // the guide
	commands []string // the guide's commands that have not run yet
	output   string   // of the last command
	bin      string   // contains terraform and tofu, both of which are the tested CLI
}

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

func newReader(t *testing.T, w *acctest.Workspace, guide string) *reader {
	t.Helper()
	r := &reader{t: t, w: w, folder: filepath.Join(examplesFolder, "guides", guide), text: guideText(t, guide), bin: t.TempDir()}
	for _, name := range []string{"terraform", "tofu"} {
		if err := os.Symlink(acctest.TestedCLI(t).Path, filepath.Join(r.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, block := range shellBlock.FindAllStringSubmatch(r.text, -1) {
		r.commands = append(r.commands, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	return r
}

// copy copies files of the guide's examples into the workspace: these files and folders, or all of them.
func (r *reader) copy(names ...string) {
	r.t.Helper()
	if len(names) == 0 {
		names = []string{"."}
	}
	for _, name := range names {
		from, to := filepath.Join(r.folder, name), filepath.Join(r.w.Folder, name)
		info, err := os.Stat(from)
		switch {
		case err != nil:
			r.t.Fatal(err)
		case info.IsDir():
			if err := os.CopyFS(to, os.DirFS(from)); err != nil {
				r.t.Fatal(err)
			}
		default:
			r.w.Write(name, r.file(name))
		}
	}
}

// use copies a file of the guide's examples into the top folder of the workspace, where it replaces the one of an
// earlier step.
func (r *reader) use(name string) {
	r.t.Helper()
	r.w.Write(path.Base(name), r.file(name))
}

// file returns a file of the guide's examples.
func (r *reader) file(name string) string {
	r.t.Helper()
	return content(r.t, filepath.Join(r.folder, name))
}

// run runs a command that must be the guide's next one and succeed. The output and the guide must contain the texts.
func (r *reader) run(command string, shown ...string) {
	r.t.Helper()
	r.skip(command)
	if err := r.shell(command); err != nil {
		r.t.Fatalf("%s: %v\n%s", command, err, r.output)
	}
	r.expectShown(shown...)
}

// fails runs the guide's next command, which must fail. The command remains the next one: run it again, or skip it.
func (r *reader) fails(command string, shown ...string) {
	r.t.Helper()
	r.expectNext(command)
	if err := r.shell(command); err == nil {
		r.t.Fatalf("%s did not fail:\n%s", command, r.output)
	}
	r.expectShown(shown...)
}

// expectNext fails the test unless these are the guide's next commands.
func (r *reader) expectNext(commands ...string) {
	r.t.Helper()
	if n := len(commands); n > len(r.commands) || !slices.Equal(r.commands[:n], commands) {
		r.t.Fatalf("the guide's next commands are %q, not %q", r.commands, commands)
	}
}

// skip skips the guide's next commands, which must be these.
func (r *reader) skip(commands ...string) {
	r.t.Helper()
	r.expectNext(commands...)
	r.commands = r.commands[len(commands):]
}

// skipTo skips all commands before this one. Another test runs them, and ends with expectNext and this command.
func (r *reader) skipTo(command string) {
	r.t.Helper()
	at := slices.Index(r.commands, command)
	if at < 0 {
		r.t.Fatalf("the guide's next commands are %q, without %q", r.commands, command)
	}
	r.commands = r.commands[at:]
}

// supports reports whether the CLI has a feature that the guide's next commands need, which must be these. If it does
// not, supports skips the commands.
func (r *reader) supports(feature acctest.Feature, commands ...string) bool {
	r.t.Helper()
	r.expectNext(commands...)
	has := feature.In(acctest.TestedCLI(r.t))
	if !has {
		r.commands = r.commands[len(commands):]
	}
	return has
}

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// shell runs a command. It answers yes to the first question. An export lasts for the commands after it.
func (r *reader) shell(command string) error {
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

// expectShown checks that the last command printed these texts, and that the guide contains them.
func (r *reader) expectShown(texts ...string) {
	r.t.Helper()
	r.expectShownIn(r.output, texts...)
}

// expectShownIn checks that the output of another program contains these texts, and that the guide does, too.
func (r *reader) expectShownIn(output string, texts ...string) {
	r.t.Helper()
	expectTexts(r.t, oneLine(output), texts...)
	for _, text := range texts {
		if !strings.Contains(oneLine(r.text), text) {
			r.t.Errorf("the guide does not contain %q", text)
		}
	}
}

// textBlock returns the guide's first text block that contains a text.
func (r *reader) textBlock(containing string) string {
	r.t.Helper()
	for _, block := range strings.Split(r.text, "\n```text\n")[1:] {
		if block, _, _ = strings.Cut(block, "\n```"); strings.Contains(block, containing) {
			return block
		}
	}
	r.t.Fatalf("the guide has no text block with %q", containing)
	return ""
}

// expectEnd fails the test if the guide has more commands.
func (r *reader) expectEnd() {
	r.t.Helper()
	if len(r.commands) > 0 {
		r.t.Errorf("the test does not run these commands of the guide: %q", r.commands)
	}
}

var oneLine = acctest.OneLine

// guideText returns the text of a guide.
func guideText(t *testing.T, guide string) string {
	t.Helper()
	return content(t, filepath.Join(guidesFolder, guide+".md.tmpl"))
}

func content(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// expectTexts fails the test if the output lacks one of the texts.
func expectTexts(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(output, text) {
			t.Errorf("the output does not contain %q:\n%s", text, output)
		}
	}
}

// expectNoChanges fails the test if a plan has changes.
func expectNoChanges(t *testing.T, w *acctest.Workspace, chdir ...string) {
	t.Helper()
	expectTexts(t, w.Run(append(chdir, "plan", "-detailed-exitcode")...), "No changes.")
}

// newestSecret returns the newest key of the only endpoint, with its id.
func newestSecret(e *acctest.Env) sandbox.Secret {
	e.T.Helper()
	secrets := e.OnlyEndpoint().Secrets
	if len(secrets) == 0 {
		e.T.Fatal("the endpoint has no keys")
	}
	return secrets[len(secrets)-1]
}

func newestKey(e *acctest.Env) string {
	e.T.Helper()
	return newestSecret(e).Key
}

// expectNoKeys fails the test if the state, its backup or one of the plans contains one of the endpoint's active keys.
func expectNoKeys(e *acctest.Env, w *acctest.Workspace, plans ...string) {
	e.T.Helper()
	files, err := filepath.Glob(filepath.Join(w.Folder, "terraform.tfstate*"))
	if err != nil || len(files) == 0 {
		e.T.Fatalf("there is no state: %v", err)
	}
	all := strings.Join(plans, "")
	for _, file := range files {
		all += content(e.T, file)
	}
	for _, secret := range e.OnlyEndpoint().Secrets {
		if strings.Contains(all, secret.Key) {
			e.T.Errorf("the key %s is in the state or in a plan", secret.ID)
		}
	}
}
