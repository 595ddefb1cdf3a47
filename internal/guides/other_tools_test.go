package guides_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// TestProviderAsGoPackage builds a module that uses the provider through the guide's bridge module, with this checkout
// instead of the released provider. It needs no network.
func TestProviderAsGoPackage(t *testing.T) {
	t.Parallel()
	checkout, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	w := acctest.New(t).Workspace(nil) // only for its folder
	r := newReader(t, w, "other-tools")
	r.copy("bridge")
	for _, name := range []string{"go.mod", "go.sum"} { // with the provider's requirements, as go mod tidy would write them
		w.Write(name, content(t, filepath.Join(root, name)))
	}
	w.Write("main.go", `package main

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
	goCommand := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = w.Folder, append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %q: %v\n%s", args, err, output)
		}
		return strings.TrimSpace(string(output))
	}
	edit := regexp.MustCompile(`(?m)^go (mod edit .*)$`).FindStringSubmatch(r.text)
	if edit == nil {
		t.Fatal("the guide has no go mod edit")
	}
	goCommand(append(strings.Fields(edit[1]), "-module=example.com/provider", "-require=github.com/prosa-ai/terraform-provider-prosa@v0.1.0",
		"-replace=github.com/prosa-ai/terraform-provider-prosa="+checkout)...)
	if got, want := goCommand("run", "."), "prosa 1.2.3 5"; got != want {
		t.Errorf("the provider's name, version and number of resources are %q, want %q", got, want)
	}
}

// TestCrossplaneWorkspace applies the configuration in the guide's Workspace.
func TestCrossplaneWorkspace(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Unsetenv("PROSA_API_KEY")
	w := e.Workspace(nil)
	_, module, begins := strings.Cut(newReader(t, w, "other-tools").file("workspace.yaml"), "    module: |\n")
	module, _, ends := strings.Cut(module, "    varFiles:\n")
	if !begins || !ends {
		t.Fatal("workspace.yaml has no module before varFiles")
	}
	w.Write("main.tf", strings.ReplaceAll("\n"+module, "\n      ", "\n"))
	w.Write("prosa.auto.tfvars", `prosa_api_key = "`+acctest.APIKey+`"`)
	w.Run("apply", "-auto-approve")
	if url := e.OnlyEndpoint().URL; url != "https://speech.example.com/prosa-webhook" {
		t.Errorf("the apply creates an endpoint with the URL %s", url)
	}
	expectNoChanges(t, w)
}
