package acctest

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"testing"
)

// CLI is the Terraform or OpenTofu that acceptance tests run.
type CLI struct {
	Path         string
	OpenTofu     bool
	Major, Minor int
}

func (c CLI) String() string {
	name := "Terraform"
	if c.OpenTofu {
		name = "OpenTofu"
	}
	return fmt.Sprintf("%s %d.%d", name, c.Major, c.Minor)
}

// TestedCLI is the CLI that acceptance tests run. It fails the test when there is none.
func TestedCLI(t testing.TB) CLI {
	t.Helper()
	cli, err := testedCLI()
	if err != nil {
		t.Fatal(err)
	}
	return cli
}

var cliVersion = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\d+)\.(\d+)\.`)

// testedCLI asks the CLI itself: neither its file's name nor its version alone tells which of the two it is.
var testedCLI = sync.OnceValues(func() (cli CLI, err error) {
	cli.Path, err = exec.LookPath(cmp.Or(os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform"))
	if err != nil {
		return cli, err
	}
	output, err := exec.Command(cli.Path, "version").Output()
	if err != nil {
		return cli, fmt.Errorf("%s does not tell its version: %w", cli.Path, err)
	}
	found := cliVersion.FindStringSubmatch(string(output))
	if found == nil {
		return cli, fmt.Errorf("%s tells no version: %s", cli.Path, output)
	}
	cli.OpenTofu = found[1] == "OpenTofu"
	cli.Major, _ = strconv.Atoi(found[2])
	cli.Minor, _ = strconv.Atoi(found[3])
	return cli, nil
})

// Feature is something that not every supported CLI has: from which 1.x on Terraform and OpenTofu have it. 0: not at all.
type Feature struct {
	name                string
	terraform, openTofu int
}

// What some of the supported CLIs lack.
var (
	MoveBetweenTypes   = Feature{"moves between types of resources", 8, 10}
	EphemeralResources = Feature{"ephemeral resources", 10, 11}
	WriteOnlyArguments = Feature{"write-only arguments", 11, 11}
	ResourceIdentity   = Feature{"resource identity", 12, 12}
	Actions            = Feature{"actions", 14, 0}
	ActionCaller       = Feature{"caller in actions", 16, 0}
	Query              = Feature{"terraform query", 14, 0}
	StateEncryption    = Feature{"state encryption", 0, 7}
)

// Has says whether the CLI has a feature.
func (c CLI) Has(f Feature) bool {
	from := f.terraform
	if c.OpenTofu {
		from = f.openTofu
	}
	return from > 0 && (c.Major > 1 || c.Minor >= from)
}

// Needs skips the test when the CLI lacks a feature.
func Needs(t testing.TB, f Feature) {
	t.Helper()
	if cli := TestedCLI(t); !cli.Has(f) {
		t.Skipf("%s has no %s", cli, f.name)
	}
}
