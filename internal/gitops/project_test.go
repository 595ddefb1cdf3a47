//go:build unix

package gitops_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const source = "../../examples/gitops"

// project is a team with a repository, a CI system, an account of Prosa, and a database for the state.
type project struct {
	t     *testing.T
	e     *acctest.Env
	w     *acctest.Workspace // for its environment: each run has a checkout of its own
	state database

	printed []string
	folders []string
	keys    map[string]bool // every signing key that there was
}

// newProject has the test end with a look for keys, wherever a pipeline leaves something.
func newProject(t *testing.T, e *acctest.Env, w *acctest.Workspace, state database) *project {
	p := &project{t: t, e: e, w: w, state: state, keys: map[string]bool{}}
	t.Cleanup(p.lookForKeys)
	return p
}

// checkout is a fresh working folder, as each job of a CI system has one.
func (p *project) checkout() checkout {
	p.t.Helper()
	folder := p.t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(source)); err != nil {
		p.t.Fatal(err)
	}
	// What somebody's own runs left in the examples is in no repository.
	for _, pattern := range []string{"plans", "*/*/.terraform", "*/*/.terraform.lock.hcl"} {
		left, _ := filepath.Glob(filepath.Join(folder, pattern))
		for _, file := range left {
			if err := os.RemoveAll(file); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	p.folders = append(p.folders, folder)
	return checkout{p, folder}
}

type checkout struct {
	p      *project
	folder string
}

func (c checkout) path(name string) string { return filepath.Join(c.folder, filepath.FromSlash(name)) }

func (c checkout) read(name string) string {
	c.p.t.Helper()
	content, err := os.ReadFile(c.path(name))
	if err != nil {
		c.p.t.Fatal(err)
	}
	return string(content)
}

// edit replaces a text in a file, as a commit does.
func (c checkout) edit(name, old, text string) {
	c.p.t.Helper()
	content := c.read(name)
	if strings.Count(content, old) != 1 {
		c.p.t.Fatalf("%s should have one %q:\n%s", name, old, content)
	}
	if err := os.WriteFile(c.path(name), []byte(strings.Replace(content, old, text, 1)), 0o600); err != nil {
		c.p.t.Fatal(err)
	}
}

// carry takes the plan of an environment over from another checkout, as an artefact of a CI system.
func (c checkout) carry(from checkout, environment string) {
	c.p.t.Helper()
	folder := "plans/" + environment
	if err := errors.Join(os.RemoveAll(c.path(folder)), os.CopyFS(c.path(folder), os.DirFS(from.path(folder)))); err != nil {
		c.p.t.Fatal(err)
	}
}

// run runs a command line in the checkout, and gives what it printed. The test fails with another exit code than this.
func (c checkout) run(code int, line string, env ...string) string {
	c.p.t.Helper()
	return c.start(line, env...).ends(code)
}

// start runs a command line in the background.
func (c checkout) start(line string, env ...string) *running {
	c.p.t.Helper()
	r := &running{c: c, line: line, seen: make(chan struct{}), ended: make(chan error, 1)}
	r.cmd = exec.CommandContext(c.p.t.Context(), "bash", "-c", line)
	r.cmd.Dir = c.folder
	r.cmd.Env = append(c.p.w.Environ(), "TERRAFORM="+acctest.TestedCLI(c.p.t).Path, "PG_CONN_STR="+c.p.state.url)
	r.cmd.Env = append(r.cmd.Env, env...)
	r.cmd.Stdout, r.cmd.Stderr = r, r
	if err := r.cmd.Start(); err != nil {
		c.p.t.Fatal(err)
	}
	go func() { r.ended <- r.cmd.Wait() }()
	return r
}

// running is a command that runs, and the writer of what it prints.
type running struct {
	c     checkout
	cmd   *exec.Cmd
	line  string
	ended chan error

	mu     sync.Mutex
	output bytes.Buffer
	want   string
	seen   chan struct{}
}

func (r *running) Write(text []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.output.Write(text)
	r.look()
	return len(text), nil
}

// look closes seen when the text that is waited for has been printed.
func (r *running) look() {
	if r.want != "" && strings.Contains(r.output.String(), r.want) {
		r.want = ""
		close(r.seen)
	}
}

// prints waits until the command has printed a text, once.
func (r *running) prints(text string) {
	r.c.p.t.Helper()
	r.mu.Lock()
	r.want = text
	r.look()
	r.mu.Unlock()
	r.reaches(r.seen, "printed "+text)
}

// reaches waits for what the command is to bring about.
func (r *running) reaches(done <-chan struct{}, what string) {
	r.c.p.t.Helper()
	select {
	case <-done:
	case err := <-r.ended:
		r.c.p.t.Fatalf("%s ended (%v) before it %s:\n%s", r.line, err, what, r.output.String())
	}
}

// ends waits for the end, and gives what was printed.
func (r *running) ends(code int) string {
	r.c.p.t.Helper()
	err := <-r.ended
	output := r.output.String()
	p := r.c.p
	p.printed = append(p.printed, output)
	p.collectKeys()
	p.lookAtPlans(r.c)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		p.t.Fatal(err)
	}
	if got != code {
		p.t.Fatalf("%s: exit code %d, want %d:\n%s", r.line, got, code, output)
	}
	return output
}

func (p *project) collectKeys() {
	for _, endpoint := range p.e.Sandbox.Endpoints() {
		for _, secret := range endpoint.Secrets {
			p.keys[secret.Key] = true
		}
	}
}

// lookAtPlans looks for keys in the saved plans, which are archives, as long as they are there.
func (p *project) lookAtPlans(c checkout) {
	p.t.Helper()
	plans, err := filepath.Glob(c.path("plans/*/plan.tfplan"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, plan := range plans {
		archive, err := zip.OpenReader(plan)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, file := range archive.File {
			content, err := file.Open()
			if err != nil {
				p.t.Fatal(err)
			}
			text, err := io.ReadAll(content)
			if err != nil {
				p.t.Fatal(err)
			}
			p.expectNoKey("the saved plan, in "+file.Name, string(text))
		}
		if err := archive.Close(); err != nil {
			p.t.Fatal(err)
		}
	}
}

// lookForKeys looks for the keys and the password in what was printed, in the state, and in every file that is left.
func (p *project) lookForKeys() {
	p.collectKeys()
	if len(p.keys) == 0 && !p.t.Failed() {
		p.t.Error("there was no signing key to look for")
	}
	for _, output := range p.printed {
		p.expectNoKey("what was printed", output)
	}
	p.expectNoKey("the database", p.state.dump())
	for _, folder := range p.folders {
		err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(file)
			p.expectNoKey(file, string(content))
			return err
		})
		if err != nil {
			p.t.Error(err)
		}
	}
}

func (p *project) expectNoKey(where, text string) {
	p.t.Helper()
	for _, key := range []string{acctest.APIKey, password} {
		if strings.Contains(text, key) {
			p.t.Errorf("%s holds %s", where, key)
		}
	}
	for key := range p.keys {
		if strings.Contains(text, key) {
			p.t.Errorf("%s holds the signing key %s", where, key)
		}
	}
}
