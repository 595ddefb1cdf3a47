package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// installation is one of several that a configuration uses: a sandbox, and a provider of its own for it.
type installation struct {
	name     string
	quirks   sandbox.Quirks
	settings string // the arguments of its provider block

	*acctest.Env
}

// provider is the local name of the provider, which has no underscores.
func (i *installation) provider() string { return strings.ReplaceAll(i.name, "_", "-") }

// install starts the sandboxes and makes a workspace for all of them. Each provider has an address of its own: a provider
// in this process serves one configuration at a time.
func install(t *testing.T, all []*installation) *acctest.Workspace {
	t.Helper()
	providers := map[string]acctest.Factory{}
	for _, i := range all {
		i.Env = acctest.New(t, func(s *sandbox.Server) { s.Quirks = i.quirks })
		providers["prosa-ai/"+i.provider()] = i.Factory()
	}
	return all[0].Workspace(providers)
}

// configFor is a whole configuration that has the same blocks for each installation.
func configFor(all []*installation, blocks string) string {
	var sources, b strings.Builder
	for _, i := range all {
		fmt.Fprintf(&sources, "    %s = { source = \"prosa-ai/%[1]s\" }\n", i.provider())
		fmt.Fprintf(&b, "provider %q {\n  %s\n}\n", i.provider(), i.settings)
	}
	return "terraform {\n  required_providers {\n" + sources.String() + "  }\n}\n" + b.String() + configOf(all, blocks)
}

// configOf repeats blocks for each installation. In them, NAME is its name, and PROVIDER its provider.
func configOf(all []*installation, blocks string) string {
	var b strings.Builder
	for _, i := range all {
		b.WriteString(strings.NewReplacer("NAME", i.name, "PROVIDER", i.provider()).Replace(blocks))
	}
	return b.String()
}

// said runs a command of the CLI, which must succeed, and gives what it printed, on one line.
func said(w *acctest.Workspace, args ...string) string {
	return acctest.OneLine(w.Run(args...))
}

// expectNothingToDo fails the test unless the next plan is empty.
func expectNothingToDo(t *testing.T, w *acctest.Workspace, args ...string) string {
	t.Helper()
	return said(w, append([]string{"plan", "-detailed-exitcode"}, args...)...)
}

// expectAttributes compares attributes of an object in the state, written as texts.
func expectAttributes(t *testing.T, state map[string]acctest.Instance, address string, want map[string]string) {
	t.Helper()
	instance, ok := state[address]
	if !ok {
		t.Errorf("%s is not in the state", address)
		return
	}
	for name, value := range want {
		if got := fmt.Sprint(instance.Attributes[name]); got != value {
			t.Errorf("%s.%s is %s, want %s", address, name, got, value)
		}
	}
}

func expectSilent(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(output, text) {
			t.Errorf("the CLI says %q:\n%s", text, output)
		}
	}
}

// methods are the methods of the requests that could change something, in order.
func methods(e *acctest.Env) string {
	var all []string
	for _, r := range e.Writes() {
		all = append(all, r.Method)
	}
	return strings.Join(all, " ")
}
