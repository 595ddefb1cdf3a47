package guides_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// How readers install the provider before the first release.
const (
	clone   = "git clone https://github.com/prosa-ai/terraform-provider-prosa"
	install = "make -C terraform-provider-prosa install"
)

// TestInstall runs `make install` in a temporary home. The CLI, without a configuration there, must then install the
// provider under the guides' version constraint, without a registry, and work with it.
func TestInstall(t *testing.T) {
	t.Parallel()
	makeProgram := acctest.Program(t, "make", "make")
	e := acctest.New(t)
	home, folder := t.TempDir(), t.TempDir()
	environ := append(os.Environ(), goFolders(t)...) // before HOME, on which they depend
	environ = append(environ,
		"HOME="+home, "XDG_DATA_HOME="+filepath.Join(home, "data"), "TF_CLI_CONFIG_FILE="+emptyFile(t), "CHECKPOINT_DISABLE=1",
		"PROSA_API_KEY="+acctest.APIKey, "PROSA_BASE_URL="+e.BaseURL,
	)
	run := func(folder, program string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir, cmd.Env = folder, environ
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", program, args, err, output)
		}
		return oneLine(string(output))
	}
	checkout := filepath.Join("..", "..")

	run(checkout, makeProgram, "install")
	configuration := `terraform {
  required_providers {
    prosa = {
      source  = "prosa-ai/prosa"
      version = "~> 0.1"
    }
  }
}

resource "prosa_webhook_endpoint" "transcripts" {
  url = "https://speech.example.com/prosa-webhook"
}
`
	if err := os.WriteFile(filepath.Join(folder, "main.tf"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	cli := acctest.TestedCLI(t).Path
	expectTexts(t, run(folder, cli, "init", "-no-color"), "Installed prosa-ai/prosa v"+newestVersion(t))
	run(folder, cli, "apply", "-auto-approve", "-no-color")
	if e.OnlyEndpoint().URL != "https://speech.example.com/prosa-webhook" {
		t.Errorf("the apply created %+v", e.OnlyEndpoint())
	}
	expectTexts(t, run(folder, cli, "plan", "-detailed-exitcode", "-no-color"), "No changes.")

	run(checkout, makeProgram, "uninstall")
	_ = filepath.WalkDir(filepath.Join(home, ".terraform.d"), func(path string, entry os.DirEntry, err error) error {
		if err == nil && strings.Contains(path, "prosa") {
			t.Errorf("make uninstall left %s", path)
		}
		return err
	})
}

// goFolders returns the variables that keep Go's folders where they are when HOME changes.
func goFolders(t *testing.T) (environ []string) {
	t.Helper()
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		environ = append(environ, name+"="+strings.TrimSpace(string(value)))
	}
	return environ
}

func emptyFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cli.tfrc")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// newestVersion returns the first version in the changelog.
func newestVersion(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\n## [")
	version, _, found := strings.Cut(after, "]")
	if !found {
		t.Fatal("CHANGELOG.md has no version")
	}
	return version
}
