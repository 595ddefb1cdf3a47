package acctest

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Workspace is a folder that the CLI runs in, with providers of this process by their own addresses: for what a
// resource.TestCase cannot do, such as saved plans, terraform query, and providers of another namespace.
type Workspace struct {
	Folder string

	env *Env
	add []string // to the CLI's environment
}

// Workspace makes an empty one. The provider is there as prosa-ai/prosa, others by their own addresses.
func (e *Env) Workspace(others map[string]Factory) *Workspace {
	e.T.Helper()
	w := &Workspace{Folder: e.T.TempDir(), env: e, add: []string{"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1"}}
	all := map[string]Factory{"prosa-ai/prosa": e.Factories()["prosa"]}
	maps.Copy(all, others)
	w.Attach(all)
	return w
}

// Attach has the CLI use providers of this process, by their addresses: it neither installs nor starts these.
func (w *Workspace) Attach(providers map[string]Factory) {
	w.env.T.Helper()
	ctx, stop := context.WithCancel(context.Background())
	attached := map[string]reattach{}
	var closed []chan struct{}
	for address, factory := range providers {
		server, err := factory()
		if err != nil {
			w.env.T.Fatal(err)
		}
		ready, done := channelOf(tf6server.WithDebug), make(chan struct{})
		go func() {
			_ = tf6server.Serve(address, func() tfprotov6.ProviderServer { return server },
				tf6server.WithDebug(ctx, ready, done), tf6server.WithoutLogStderrOverride(), tf6server.WithLoggingSink(w.env.T))
		}()
		config := <-ready
		for _, host := range hosts {
			attached[host+"/"+address] = reattach{
				Protocol: string(config.Protocol), ProtocolVersion: config.ProtocolVersion, Pid: config.Pid, Test: true,
				Addr: reattachAddress{config.Addr.Network(), config.Addr.String()},
			}
		}
		closed = append(closed, done)
	}
	w.env.T.Cleanup(func() {
		stop()
		for _, done := range closed {
			<-done
		}
	})
	variable, err := json.Marshal(attached)
	if err != nil {
		w.env.T.Fatal(err)
	}
	w.add = append(w.add, "TF_REATTACH_PROVIDERS="+string(variable))
}

// reattach is how a CLI is told of a provider that runs already.
type reattach struct {
	Protocol        string
	ProtocolVersion int
	Pid             int
	Test            bool
	Addr            reattachAddress
}

type reattachAddress struct{ Network, String string }

// channelOf makes the channel that option hands over where it serves, whose type is another module's.
func channelOf[T any](func(context.Context, chan T, chan struct{}) tf6server.ServeOpt) chan T {
	return make(chan T)
}

// Write puts a file there, and the folders that it is to be in.
func (w *Workspace) Write(name, content string) {
	w.env.T.Helper()
	file := filepath.Join(w.Folder, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
		w.env.T.Fatal(err)
	}
}

// Remove takes a file away.
func (w *Workspace) Remove(name string) {
	w.env.T.Helper()
	if err := os.Remove(filepath.Join(w.Folder, name)); err != nil {
		w.env.T.Fatal(err)
	}
}

// Read gives what a file holds.
func (w *Workspace) Read(name string) string {
	w.env.T.Helper()
	content, err := os.ReadFile(filepath.Join(w.Folder, name))
	if err != nil {
		w.env.T.Fatal(err)
	}
	return string(content)
}

// SavedPlan gives all that a saved plan holds, which is a zip archive, and what the CLI shows of it.
func (w *Workspace) SavedPlan(name string) string {
	w.env.T.Helper()
	archive, err := zip.OpenReader(filepath.Join(w.Folder, name))
	if err != nil {
		w.env.T.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	var all strings.Builder
	for _, file := range archive.File {
		content, err := file.Open()
		if err != nil {
			w.env.T.Fatal(err)
		}
		if _, err := io.Copy(&all, content); err != nil {
			w.env.T.Fatal(err)
		}
		_ = content.Close()
	}
	return all.String() + w.Run("show", "-json", name)
}

// Environ is the environment that the CLI runs in.
func (w *Workspace) Environ() []string { return append(os.Environ(), w.add...) }

// Setenv puts a variable into it.
func (w *Workspace) Setenv(name, value string) { w.add = append(w.add, name+"="+value) }

// Run runs a command of the CLI and gives what it printed. It fails the test when the command fails.
func (w *Workspace) Run(args ...string) string {
	w.env.T.Helper()
	output, err := w.run(args)
	if err != nil {
		w.env.T.Fatalf("%q: %v\n%s", args, err, output)
	}
	return output
}

// Fails runs a command of the CLI that must fail, and gives what it printed, on one line.
func (w *Workspace) Fails(args ...string) string {
	w.env.T.Helper()
	output, err := w.run(args)
	if err == nil {
		w.env.T.Fatalf("%q did not fail:\n%s", args, output)
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(output, "│", " ")), " ")
}

func (w *Workspace) run(args []string) (string, error) {
	w.env.T.Helper()
	cmd := exec.CommandContext(w.env.T.Context(), TestedCLI(w.env.T).Path, append(args, "-no-color")...)
	cmd.Dir = w.Folder
	cmd.Env = w.Environ()
	output, err := cmd.CombinedOutput()
	return string(output), err
}
