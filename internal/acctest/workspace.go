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

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
)

// Workspace is a folder in which a test runs CLI commands.
type Workspace struct {
	*cli.CLI

	t testing.TB
}

func (e *Env) workspace(config string, env ...string) *Workspace {
	e.T.Helper()
	return &Workspace{CLI: &cli.CLI{Program: TestedCLI(e.T), Folder: e.T.TempDir(), Config: config, Env: env}, t: e.T}
}

// Workspace returns an empty folder whose providers run in this process: this provider as prosa-ai/prosa, and others by
// their addresses.
func (e *Env) Workspace(others map[string]Factory) *Workspace {
	e.T.Helper()
	w := e.workspace("")
	attached := map[string]any{w.Registry() + "/" + cli.Provider: e.attach(cli.Provider, e.Factory())}
	for address, factory := range others {
		attached[w.Registry()+"/"+address] = e.attach(address, factory)
	}
	variable, err := json.Marshal(attached)
	must(e.T, err)
	w.Setenv("TF_REATTACH_PROVIDERS", string(variable))
	return w
}

// Installed returns an empty folder in which init installs the built provider from a mirror, and nothing else. The CLI
// runs it as a program. env sets the provider's environment variables; Env.Setenv and Client do not apply.
func (e *Env) Installed(env ...string) *Workspace {
	e.T.Helper()
	must(e.T, build())
	env = append([]string{"PROSA_API_KEY=" + APIKey, "PROSA_BASE_URL=" + e.BaseURL}, env...)
	return e.workspace(filepath.Join(builtFolder, "cli.tfrc"), env...)
}

var builtFolder string // set by Main

// build builds the provider once for all tests of a package.
var build = sync.OnceValue(func() error {
	return errors.Join(
		cli.Build(context.Background(), builtFolder, "0.1.0"),
		cli.WriteMirror(filepath.Join(builtFolder, "cli.tfrc"), filepath.Join(builtFolder, "mirror")),
	)
})

// attach serves a provider to CLIs, which neither install nor start it. The result is its entry in TF_REATTACH_PROVIDERS.
func (e *Env) attach(address string, factory Factory) any {
	e.T.Helper()
	server, err := factory()
	must(e.T, err)
	ctx, stop := context.WithCancel(context.Background())
	ready, done, failed := channelOf(tf6server.WithDebug), make(chan struct{}), make(chan error, 1)
	go func() {
		failed <- tf6server.Serve(address, func() tfprotov6.ProviderServer { return server },
			tf6server.WithDebug(ctx, ready, done), tf6server.WithoutLogStderrOverride(), tf6server.WithLoggingSink(e.T))
	}()
	select {
	case err := <-failed:
		stop()
		e.T.Fatalf("cannot serve the provider: %v", err)
		return nil
	case config := <-ready:
		e.T.Cleanup(func() {
			stop()
			<-done
		})
		return map[string]any{
			"Protocol": config.Protocol, "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": true,
			"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
		}
	}
}

// channelOf returns a channel of the type that withDebug takes. The compiler infers the type of its elements, which belongs
// to a module that this one does not import.
func channelOf[T any](withDebug func(context.Context, chan T, chan struct{}) tf6server.ServeOpt) chan T {
	return make(chan T)
}

// Setenv sets a variable for the CLI and its providers.
func (w *Workspace) Setenv(name, value string) { w.Env = append(w.Env, name+"="+value) }

// Write writes a file, and creates its parent folders.
func (w *Workspace) Write(name, content string) {
	w.t.Helper()
	file := filepath.Join(w.Folder, name)
	must(w.t, errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)))
}

// Remove deletes a file.
func (w *Workspace) Remove(name string) {
	w.t.Helper()
	must(w.t, os.Remove(filepath.Join(w.Folder, name)))
}

// Read returns the content of a file.
func (w *Workspace) Read(name string) string {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.Folder, name))
	must(w.t, err)
	return string(content)
}

// SavedPlan returns all contents of a saved plan, and the CLI's output about it.
func (w *Workspace) SavedPlan(name string) string {
	w.t.Helper()
	return Unzip(w.t, filepath.Join(w.Folder, name)) + w.Run("show", "-json", name)
}

// Unzip returns all contents of a zip archive, such as a saved plan.
func Unzip(t testing.TB, name string) string {
	t.Helper()
	archive, err := zip.OpenReader(name)
	must(t, err)
	var all strings.Builder
	for _, file := range archive.File {
		content, err := fs.ReadFile(archive, file.Name)
		must(t, err)
		all.Write(content)
	}
	must(t, archive.Close())
	return all.String()
}

// Run runs a CLI command and returns its output. The test fails if the command fails.
func (w *Workspace) Run(args ...string) string {
	w.t.Helper()
	output, err := w.RunContext(w.t.Context(), args...)
	if err != nil {
		w.t.Fatalf("%q: %v\n%s", args, err, output)
	}
	return output
}

// ExpectError runs a CLI command that must fail, and returns its output on one line.
func (w *Workspace) ExpectError(args ...string) string {
	w.t.Helper()
	output, err := w.RunContext(w.t.Context(), args...)
	if err == nil {
		w.t.Fatalf("%q did not fail:\n%s", args, output)
	}
	return OneLine(output)
}

// RunContext runs a CLI command and returns its output. When ctx ends, it interrupts the command as Ctrl-C does.
func (w *Workspace) RunContext(ctx context.Context, args ...string) (string, error) {
	output, err := w.Command(ctx, append(args, "-no-color")...).CombinedOutput()
	return string(output), err
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
	w.t.Helper()
	var file struct {
		Resources []struct {
			Mode, Type, Name string
			Instances        []map[string]any
		}
	}
	must(w.t, json.Unmarshal([]byte(w.Read("terraform.tfstate")), &file))
	state := map[string]Instance{}
	for _, resource := range file.Resources {
		for _, fields := range resource.Instances {
			delete(fields, "sensitive_attributes")
			raw, err := json.Marshal(fields)
			must(w.t, err)
			instance := Instance{Raw: string(raw)}
			must(w.t, json.Unmarshal(raw, &instance))

			address := resource.Type + "." + resource.Name
			if resource.Mode == "data" {
				address = "data." + address
			}
			if key := fields["index_key"]; key != nil {
				address += fmt.Sprintf("[%#v]", key)
			}
			state[address] = instance
		}
	}
	return state
}
