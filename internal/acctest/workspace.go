package acctest

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
)

// Workspace is a folder in which a test runs CLI commands.
type Workspace struct {
	Folder string

	env *Env
	cli *cli.CLI
}

func (e *Env) workspace(config string, env ...string) *Workspace {
	e.T.Helper()
	folder := e.T.TempDir()
	return &Workspace{Folder: folder, env: e, cli: &cli.CLI{Program: TestedCLI(e.T), Folder: folder, Config: config, Env: env}}
}

// Workspace returns an empty folder whose providers run in this process: this provider as prosa-ai/prosa, and others by
// their addresses.
func (e *Env) Workspace(others map[string]Factory) *Workspace {
	e.T.Helper()
	w := e.workspace("")
	attached := map[string]reattach{w.cli.Registry() + "/" + cli.Provider: e.attach(cli.Provider, e.Factory())}
	for address, factory := range others {
		attached[w.cli.Registry()+"/"+address] = e.attach(address, factory)
	}
	variable, err := json.Marshal(attached)
	e.must(err)
	w.Setenv("TF_REATTACH_PROVIDERS", string(variable))
	return w
}

// Built returns an empty Workspace that runs the built provider as a program, without init. env sets the provider's
// environment variables; Vars and Client do not apply.
func (e *Env) Built(env ...string) *Workspace { return e.built("overrides.tfrc", env) }

// Installed is Built with a mirror instead of the registries: init can install the provider and nothing else.
func (e *Env) Installed(env ...string) *Workspace { return e.built("mirror.tfrc", env) }

func (e *Env) built(config string, env []string) *Workspace {
	e.T.Helper()
	folder, err := builtProvider()
	e.must(err)
	return e.workspace(filepath.Join(folder, config), append([]string{"PROSA_API_KEY=" + APIKey, "PROSA_BASE_URL=" + e.BaseURL}, env...)...)
}

// builtProvider builds the provider once for all tests of a package.
var builtProvider = sync.OnceValues(func() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "acctest-"); err != nil {
		return "", err
	}
	removeBuilt = func() { _ = os.RemoveAll(folder) }
	return folder, errors.Join(
		cli.Build(context.Background(), folder, "0.1.0"),
		cli.WriteOverrides(filepath.Join(folder, "overrides.tfrc"), map[string]string{cli.Provider: folder}),
		cli.WriteMirror(filepath.Join(folder, "mirror.tfrc"), filepath.Join(folder, "mirror")),
	)
})

var removeBuilt = func() {} // called by Main

// attach serves a provider to CLIs, which neither install nor start it.
func (e *Env) attach(address string, factory Factory) reattach {
	e.T.Helper()
	server, err := factory()
	e.must(err)
	ctx, stop := context.WithCancel(context.Background())
	ready, done := channelOf(tf6server.WithDebug), make(chan struct{})
	go func() {
		_ = tf6server.Serve(address, func() tfprotov6.ProviderServer { return server },
			tf6server.WithDebug(ctx, ready, done), tf6server.WithoutLogStderrOverride(), tf6server.WithLoggingSink(e.T))
	}()
	e.T.Cleanup(func() {
		stop()
		<-done
	})
	config := <-ready
	return reattach{
		Protocol: string(config.Protocol), ProtocolVersion: config.ProtocolVersion, Pid: config.Pid, Test: true,
		Addr: reattachAddress{config.Addr.Network(), config.Addr.String()},
	}
}

// reattach describes a running provider to a CLI.
type reattach struct {
	Protocol        string
	ProtocolVersion int
	Pid             int
	Test            bool
	Addr            reattachAddress
}

type reattachAddress struct{ Network, String string }

// channelOf creates the channel on which an option returns the provider's address. Reflection is needed because its
// element type belongs to a module that is not imported here.
func channelOf[T any](func(context.Context, chan T, chan struct{}) tf6server.ServeOpt) chan T {
	return make(chan T)
}

func (e *Env) must(err error) {
	e.T.Helper()
	if err != nil {
		e.T.Fatal(err)
	}
}

// Setenv sets a variable for the CLI and its providers.
func (w *Workspace) Setenv(name, value string) { w.cli.Env = append(w.cli.Env, name+"="+value) }

// Environ returns the environment of the CLI.
func (w *Workspace) Environ() []string { return w.cli.Environ() }

// Write writes a file, and creates its parent folders.
func (w *Workspace) Write(name, content string) {
	w.env.T.Helper()
	file := filepath.Join(w.Folder, name)
	w.env.must(errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)))
}

// Remove deletes a file.
func (w *Workspace) Remove(name string) {
	w.env.T.Helper()
	w.env.must(os.Remove(filepath.Join(w.Folder, name)))
}

// Read returns the content of a file.
func (w *Workspace) Read(name string) string {
	w.env.T.Helper()
	content, err := os.ReadFile(filepath.Join(w.Folder, name))
	w.env.must(err)
	return string(content)
}

// SavedPlan returns all contents of a saved plan, and the CLI's output about it.
func (w *Workspace) SavedPlan(name string) string {
	w.env.T.Helper()
	return Unzip(w.env.T, filepath.Join(w.Folder, name)) + w.Run("show", "-json", name)
}

// Unzip returns all contents of a zip archive, such as a saved plan.
func Unzip(t testing.TB, name string) string {
	t.Helper()
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range archive.File {
		content, err := fs.ReadFile(archive, file.Name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	_ = archive.Close()
	return all.String()
}

// Run runs a CLI command and returns its output. The test fails if the command fails.
func (w *Workspace) Run(args ...string) string {
	w.env.T.Helper()
	output, err := w.run(w.env.T.Context(), args)
	if err != nil {
		w.env.T.Fatalf("%q: %v\n%s", args, err, output)
	}
	return output
}

// ExpectError runs a CLI command that must fail, and returns its output on one line.
func (w *Workspace) ExpectError(args ...string) string {
	w.env.T.Helper()
	output, err := w.run(w.env.T.Context(), args)
	if err == nil {
		w.env.T.Fatalf("%q did not fail:\n%s", args, output)
	}
	return OneLine(output)
}

func (w *Workspace) run(ctx context.Context, args []string) (string, error) {
	output, err := w.cli.Command(ctx, append(args, "-no-color")...).CombinedOutput()
	return string(output), err
}

// Interrupted is the result of an interrupted command.
type Interrupted struct {
	Output string        // on one line
	Took   time.Duration // from the interrupt to the end
}

// Interrupt runs a CLI command and interrupts it, as Ctrl-C does, when the channel is closed.
func (w *Workspace) Interrupt(when <-chan struct{}, args ...string) Interrupted {
	w.env.T.Helper()
	ctx, interrupt := context.WithTimeout(w.env.T.Context(), time.Minute)
	defer interrupt()
	var at time.Time
	go func() {
		select {
		case <-when:
			at = time.Now()
			interrupt()
		case <-ctx.Done():
		}
	}()
	output, err := w.run(ctx, args)
	if ctx.Err() == nil || at.IsZero() {
		w.env.T.Fatalf("%q ended before the interrupt: %v\n%s", args, err, output)
	}
	return Interrupted{Output: OneLine(output), Took: time.Since(at)}
}

// OneLine removes the line breaks and frames of the CLI's messages.
func OneLine(output string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
}

// Instance is a resource or data source in a state file.
type Instance struct {
	Attributes map[string]any
	Raw        string `json:"-"` // all of it as JSON, without the list of sensitive attributes, whose order is random
	Private    []byte // the provider's private data
}

// Text returns a string attribute; empty if it is not a string.
func (i Instance) Text(attribute string) string {
	text, _ := i.Attributes[attribute].(string)
	return text
}

// State returns the instances in the state file by address, such as prosa_webhook_endpoint.a["x"].
func (w *Workspace) State() map[string]Instance {
	w.env.T.Helper()
	var file struct {
		Resources []struct {
			Mode, Type, Name string
			Instances        []json.RawMessage
		}
	}
	err := json.Unmarshal([]byte(w.Read("terraform.tfstate")), &file)
	state := map[string]Instance{}
	for _, resource := range file.Resources {
		for _, text := range resource.Instances {
			var instance struct {
				Instance
				IndexKey any `json:"index_key"`
			}
			var fields map[string]json.RawMessage
			err = errors.Join(err, json.Unmarshal(text, &instance), json.Unmarshal(text, &fields))
			delete(fields, "sensitive_attributes")
			raw, failed := json.Marshal(fields)
			err = errors.Join(err, failed)
			instance.Raw = string(raw)

			address := resource.Type + "." + resource.Name
			if resource.Mode == "data" {
				address = "data." + address
			}
			switch instance.IndexKey.(type) {
			case string:
				address += fmt.Sprintf("[%q]", instance.IndexKey)
			case float64:
				address += fmt.Sprintf("[%v]", instance.IndexKey)
			}
			state[address] = instance.Instance
		}
	}
	w.env.must(err)
	return state
}
