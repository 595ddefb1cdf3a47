package acctest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Built is a Workspace whose provider is the built one, in a process of its own, as users have it. It sees what env adds
// to the environment, and nothing of Vars and Client.
func (e *Env) Built(env ...string) *Workspace {
	e.T.Helper()
	folder := e.provider()
	var overrides strings.Builder
	for _, host := range hosts {
		fmt.Fprintf(&overrides, "    \"%s/prosa-ai/prosa\" = %q\n", host, filepath.ToSlash(folder))
	}
	return e.workspace("dev_overrides {\n"+overrides.String()+"  }\n  direct {}", env)
}

// Version is the provider's in the workspaces that Installed makes.
const Version = "0.1.0"

var hosts = []string{"registry.terraform.io", "registry.opentofu.org"}

// Installed is Built with a mirror in a folder in the place of the registries, so that init installs the provider, and
// writes a lock file, as it does for users. Nothing else can be installed.
func (e *Env) Installed(env ...string) *Workspace {
	e.T.Helper()
	return e.workspace(fmt.Sprintf("filesystem_mirror {\n    path = %q\n  }", filepath.ToSlash(filepath.Join(e.provider(), "mirror"))), env)
}

// workspace makes an empty one, whose CLI finds providers in one way, and has these variables in its environment.
func (e *Env) workspace(installation string, env []string) *Workspace {
	e.T.Helper()
	w := &Workspace{Folder: e.T.TempDir(), env: e}
	settings := filepath.Join(e.T.TempDir(), "cli.tfrc")
	if err := os.WriteFile(settings, []byte("provider_installation {\n  "+installation+"\n}\n"), 0o600); err != nil {
		e.T.Fatal(err)
	}
	w.add = append([]string{
		"TF_CLI_CONFIG_FILE=" + settings, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"PROSA_API_KEY=" + APIKey, "PROSA_BASE_URL=" + e.BaseURL,
	}, env...)
	return w
}

// provider gives the folder that the built provider is in.
func (e *Env) provider() string {
	e.T.Helper()
	folder, err := builtProvider()
	if err != nil {
		e.T.Fatal(err)
	}
	return folder
}

// builtProvider builds the provider once, into the folder that Main removes, with a mirror beside it, and gives the folder it is in.
var builtProvider = sync.OnceValues(func() (string, error) {
	temporary, file := filepath.Split(os.Getenv("TF_CLI_CONFIG_FILE"))
	if file != emptyCLIConfig {
		return "", errors.New("the provider can only be built in packages whose TestMain calls acctest.Main")
	}
	folder := filepath.Join(temporary, "built")
	name := "terraform-provider-prosa"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	program := filepath.Join(folder, name)
	output, err := exec.Command("go", "build", "-o", program, "-ldflags", "-X main.version="+Version, "github.com/prosa-ai/terraform-provider-prosa").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("the provider cannot be built: %w\n%s", err, output)
	}
	for _, host := range hosts {
		mirrored := filepath.Join(folder, "mirror", host, "prosa-ai", "prosa", Version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := errors.Join(os.MkdirAll(mirrored, 0o700), os.Link(program, filepath.Join(mirrored, name))); err != nil {
			return "", err
		}
	}
	return folder, nil
})

// Interrupted is what came of a command that was interrupted.
type Interrupted struct {
	Output string        // on one line
	Took   time.Duration // from the interrupt to the end
	Failed bool          // it ended with another exit code than 0
}

// Interrupt runs a command of the CLI and interrupts it, as Ctrl-C does, when the channel is closed.
func (w *Workspace) Interrupt(when <-chan struct{}, args ...string) Interrupted {
	w.env.T.Helper()
	cmd := exec.Command(TestedCLI(w.env.T).Path, append(args, "-no-color")...)
	cmd.Dir = w.Folder
	cmd.Env = w.Environ()
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		w.env.T.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-when:
	case err := <-ended:
		w.env.T.Fatalf("%q ended before it could be interrupted: %v\n%s", args, err, output.String())
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		w.env.T.Fatalf("%q never came to what was to be interrupted (%v):\n%s", args, <-ended, output.String())
	}
	interrupted := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		w.env.T.Fatal(err)
	}
	select {
	case err := <-ended:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			w.env.T.Fatal(err)
		}
		return Interrupted{Output: oneLine(output.String()), Took: time.Since(interrupted), Failed: err != nil}
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		w.env.T.Fatalf("%q did not end within a minute of being interrupted (%v):\n%s", args, <-ended, output.String())
	}
	return Interrupted{}
}

// oneLine undoes how the CLI wraps and frames its messages.
func oneLine(output string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
}
