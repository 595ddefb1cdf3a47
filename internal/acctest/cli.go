package acctest

import (
	"os"
	"os/exec"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
)

// CLI is the Terraform or OpenTofu that acceptance tests run.
type CLI struct{ cli.Program }

var tested cli.Program // set by Main

// TestedCLI returns the CLI that acceptance tests run.
func TestedCLI(t testing.TB) CLI {
	t.Helper()
	if tested.Path == "" {
		t.Fatal("the TestMain of packages with acceptance tests must call acctest.Main")
	}
	return CLI{tested}
}

// Feature is a feature that some supported CLIs lack, with the minor versions of Terraform 1 and OpenTofu 1 that
// introduced it. 0: that CLI lacks it in all versions.
type Feature struct {
	name                string
	terraform, openTofu int
}

// Features that some supported CLIs lack.
var (
	MoveBetweenTypes   = Feature{"moves between types of resources", 8, 10}
	EphemeralResources = Feature{"ephemeral resources", 10, 11}
	WriteOnlyArguments = Feature{"write-only arguments", 11, 11}
	ResourceIdentity   = Feature{"resource identity", 12, 12}
	Actions            = Feature{"actions", 14, 0}
	ActionCaller       = Feature{"caller in actions", 16, 0}
	ImportInModules    = Feature{"import blocks in modules", 16, 0}
	Query              = Feature{"terraform query", 14, 0}
	StateEncryption    = Feature{"state encryption", 0, 7}
)

// Has reports whether the CLI has a feature.
func (c CLI) Has(f Feature) bool {
	from := f.terraform
	if c.OpenTofu {
		from = f.openTofu
	}
	return from > 0 && (c.Major > 1 || c.Minor >= from)
}

// Needs skips the test if the CLI lacks a feature.
func Needs(t testing.TB, f Feature) {
	t.Helper()
	if cli := TestedCLI(t); !cli.Has(f) {
		t.Skipf("%s has no %s", cli, f.name)
	}
}

// Program finds a program that a test needs besides the CLI. If there is none, it calls Missing.
func Program(t testing.TB, name, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name, debianPackage)
	}
	return path
}

// Missing ends a test that needs something this machine does not have. If the variable CI is set, the test fails.
// Otherwise it is skipped, so that Go, make and a CLI are enough to run the other tests.
func Missing(t testing.TB, what, debianPackage string) {
	t.Helper()
	const text = "This test needs %s, which this machine does not have: install it (Debian and Ubuntu: apt-get install %s)."
	if os.Getenv("CI") != "" {
		t.Fatalf(text, what, debianPackage)
	}
	t.Skipf(text, what, debianPackage)
}
