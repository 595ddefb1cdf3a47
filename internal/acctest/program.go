package acctest

import (
	"os"
	"os/exec"
	"testing"
)

// Program finds a program that a test needs besides the CLI; Lacks says what happens when there is none.
func Program(t testing.TB, name, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Lacks(t, name, debianPackage)
	}
	return path
}

// Lacks ends a test that needs something that is not on this machine. In CI, where the variable CI is set, it fails;
// elsewhere it is skipped, so that Go, make and a CLI are enough for the other tests.
func Lacks(t testing.TB, what, debianPackage string) {
	t.Helper()
	const text = "This test needs %s, which this machine does not have: install it (Debian and Ubuntu: apt-get install %s)."
	if os.Getenv("CI") != "" {
		t.Fatalf(text, what, debianPackage)
	}
	t.Skipf(text, what, debianPackage)
}
