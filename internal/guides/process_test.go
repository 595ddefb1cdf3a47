package guides_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// process is a running program: a sandbox, a receiver or a database.
type process struct {
	cmd *exec.Cmd

	mu     sync.Mutex
	output bytes.Buffer
}

// start starts a program, which ends with the test. It also ends if Ctrl-C interrupts the test, because it is in the
// test's process group.
func start(t *testing.T, cmd *exec.Cmd, env ...string) *process {
	t.Helper()
	p := &process{cmd: cmd}
	cmd.Env = append(cmd.Environ(), env...)
	cmd.Stdout, cmd.Stderr = p, p
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return p
}

// startSandbox runs the sandbox at a free port, and returns its address as well.
func startSandbox(t *testing.T, w *acctest.Workspace, flags ...string) (p *process, address string) {
	t.Helper()
	program := build(t, "github.com/prosa-ai/terraform-provider-prosa/internal/cmd/sandbox")
	cmd := exec.Command(program, append([]string{"-addr", "127.0.0.1:0"}, flags...)...)
	cmd.Dir = w.Folder
	p = start(t, cmd)
	return p, p.await(t, `(?s)PROSA_BASE_URL='([^']*)/v2/speech'\n.*PROSA_API_KEY=[^\n]*\n`)
}

func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(text)
}

func (p *process) printed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// await waits until the program has printed a match of an expression. It returns the last group of the match, or all of
// the match if the expression has no group.
func (p *process) await(t *testing.T, expression string) string {
	t.Helper()
	pattern := regexp.MustCompile(expression)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		if found := pattern.FindStringSubmatch(p.printed()); found != nil {
			return found[len(found)-1]
		}
	}
	t.Fatalf("the program does not print %s:\n%s", expression, p.printed())
	return ""
}

// interrupt ends the program, which must exit without an error.
func (p *process) interrupt(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v:\n%s", err, p.printed())
	}
}

// built is the folder of the programs that tests have built. Its lock allows one build at a time.
var built struct {
	sync.Mutex

	folder string // set by TestMain
}

// build builds a program, once for all tests, and returns its path. Tests do not use go run, which does not forward signals.
func build(t *testing.T, what string) string {
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
