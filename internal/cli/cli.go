// Package cli finds, configures and runs Terraform or OpenTofu, for the demo and the tests. The provider does not use
// it.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

// Program is a Terraform or OpenTofu on this machine.
type Program struct {
	Path         string // absolute
	Version      string // such as "Terraform v1.11.4"
	OpenTofu     bool
	Major, Minor int
}

// ErrNone means that this machine has no CLI.
var ErrNone = errors.New("found neither terraform nor tofu on PATH: install one of them, or set TF_ACC_TERRAFORM_PATH to its path")

// Find returns the CLI to use: the one at TF_ACC_TERRAFORM_PATH, or else terraform, or else tofu.
func Find(ctx context.Context) (Program, error) {
	if named := os.Getenv("TF_ACC_TERRAFORM_PATH"); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return Program{}, fmt.Errorf("TF_ACC_TERRAFORM_PATH does not name a program that can be run: %w", err)
		}
		return at(ctx, path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return at(ctx, path)
		}
	}
	return Program{}, ErrNone
}

var versionLine = regexp.MustCompile(`^(Terraform|OpenTofu) v(\d+)\.(\d+)\.\S+`)

// at returns the CLI at a path. It runs the version command, because a file named terraform can be OpenTofu, and the
// reverse.
func at(ctx context.Context, path string) (p Program, err error) {
	if p.Path, err = filepath.Abs(path); err != nil {
		return p, err
	}
	cmd := exec.CommandContext(ctx, p.Path, "version")
	cmd.Env = cleanEnviron()
	output, err := cmd.Output()
	if err != nil {
		return p, fmt.Errorf("%s version: %w", p.Path, err)
	}
	found := versionLine.FindStringSubmatch(string(output))
	if found == nil {
		return p, fmt.Errorf("%s is neither Terraform nor OpenTofu: its version command prints %q", p.Path, output)
	}
	p.Version, p.OpenTofu = found[0], found[1] == "OpenTofu"
	p.Major, _ = strconv.Atoi(found[2])
	p.Minor, _ = strconv.Atoi(found[3])
	return p, nil
}

// Fetch downloads the latest Terraform into a folder. hc-install verifies its signature.
func Fetch(ctx context.Context, folder string) (Program, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return Program{}, err
	}
	path, err := (&releases.LatestVersion{Product: product.Terraform, InstallDir: folder}).Install(ctx)
	if err != nil {
		return Program{}, fmt.Errorf("unable to download Terraform: %w\nInstall Terraform or OpenTofu, or set TF_ACC_TERRAFORM_PATH to the path of one", err)
	}
	return at(ctx, path)
}

// Name returns the command that users type.
func (p Program) Name() string {
	if p.OpenTofu {
		return "tofu"
	}
	return "terraform"
}

// Registry returns the CLI's default registry.
func (p Program) Registry() string {
	if p.OpenTofu {
		return openTofuRegistry
	}
	return terraformRegistry
}

// String returns the CLI's name and minor version, such as "OpenTofu 1.11".
func (p Program) String() string {
	name, _, _ := strings.Cut(p.Version, " ")
	return fmt.Sprintf("%s %d.%d", name, p.Major, p.Minor)
}

// CLI runs commands in a folder. The commands do not see the user's own settings, such as TF_LOG and PROSA_API_KEY.
type CLI struct {
	Program

	Folder string
	Config string   // the CLI's configuration file; empty: none
	Env    []string // added to the environment of the CLI and its providers
}

// Environ returns the environment of the CLI.
func (c *CLI) Environ() []string {
	env := append(cleanEnviron(), "TF_CLI_CONFIG_FILE="+cmp.Or(c.Config, os.DevNull), "TF_IN_AUTOMATION=1")
	return append(env, c.Env...)
}

// cleanEnviron returns this process's environment without the variables that configure a CLI or the provider. It adds
// CHECKPOINT_DISABLE, with which Terraform does not check for a newer version.
func cleanEnviron() []string {
	env := []string{"CHECKPOINT_DISABLE=1"}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
		if !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "TOFU_") && !strings.HasPrefix(name, "PROSA_") {
			env = append(env, variable)
		}
	}
	return env
}

// Command prepares a command. When ctx ends, the command is interrupted as by Ctrl-C, and has ten seconds to clean up.
func (c *CLI) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.Path, args...)
	cmd.Dir, cmd.Env = c.Folder, c.Environ()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	separate(cmd)
	return cmd
}
