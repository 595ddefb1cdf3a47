package guides_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const otherToolsGuide = "other-tools"

// TestProviderAsGoPackage builds a module that uses the provider through the guide's bridge module, with this checkout
// instead of the released provider. It needs no network.
func TestProviderAsGoPackage(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"bridge/go.mod", "bridge/bridge.go"} {
		write(name, fileOf(t, otherToolsGuide, name))
	}
	for _, name := range []string{"go.mod", "go.sum"} { // with the provider's requirements, as go mod tidy would write them
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, string(text))
	}
	write("main.go", `package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/prosa-ai/terraform-provider-prosa/bridge"
)

func main() {
	p := bridge.New("1.2.3")
	var metadata provider.MetadataResponse
	p.Metadata(context.Background(), provider.MetadataRequest{}, &metadata)
	fmt.Println(metadata.TypeName, metadata.Version, len(p.Resources(context.Background())))
}
`)
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %q: %v\n%s", args, err, output)
		}
		return strings.TrimSpace(string(output))
	}
	edit := commandOf(t, otherToolsGuide, "go mod edit ")
	run(append(strings.Fields(edit)[1:], "-module=example.com/provider", "-require=github.com/prosa-ai/terraform-provider-prosa@v0.1.0",
		"-replace=github.com/prosa-ai/terraform-provider-prosa="+root)...)
	if got, want := run("run", "."), "prosa 1.2.3 5"; got != want {
		t.Errorf("the provider says of itself %q, not %q", got, want)
	}
}

// commandOf returns the command of a guide that begins with these words.
func commandOf(t *testing.T, guide, words string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(guidesFolder, guide+".md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, words) {
			return strings.TrimSpace(line)
		}
	}
	t.Fatalf("%s has no command %q", guide, words)
	return ""
}

// TestCrossplaneWorkspace applies the configuration in the guide's Workspace.
func TestCrossplaneWorkspace(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	w := e.Installed()
	_, module, _ := strings.Cut(fileOf(t, otherToolsGuide, "workspace.yaml"), "    module: |\n")
	module, _, _ = strings.Cut(module, "    varFiles:\n")
	w.Write("main.tf", strings.ReplaceAll("\n"+module, "\n      ", "\n"))
	w.Write("prosa.auto.tfvars", `prosa_api_key = "`+acctest.APIKey+`"`)
	w.Setenv("PROSA_API_KEY", "")
	w.Run("init")
	w.Run("apply", "-auto-approve")
	if url := e.OnlyEndpoint().URL; url != "https://speech.example.com/prosa-webhook" {
		t.Errorf("the apply registered %s", url)
	}
	expectNoChanges(t, w)
}
