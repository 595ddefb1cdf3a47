package acctest

import (
	"os"
	"os/exec"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
)

var testedCLI cli.Program // set by Main

// TestedCLI returns the CLI that acceptance tests run.
func TestedCLI(t testing.TB) cli.Program {
	t.Helper()
	if testedCLI.Path == "" {
		t.Fatal("the TestMain of packages with acceptance tests must call acctest.Main")
	}
	return testedCLI
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
	SensitiveLists     = Feature{"empty plans after sensitive values in lists", 1, 11} // OpenTofu 1.10.3, to be exact
)

// In reports whether a CLI has the feature.
func (f Feature) In(program cli.Program) bool {
	from := f.terraform
	if program.OpenTofu {
		from = f.openTofu
	}
	return from > 0 && (program.Major > 1 || program.Minor >= from)
}

// Needs skips the test if the CLI lacks a feature.
func Needs(t testing.TB, f Feature) {
	t.Helper()
	if program := TestedCLI(t); !f.In(program) {
		t.Skipf("%s has no %s", program, f.name)
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
