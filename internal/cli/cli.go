// Package cli runs a real Terraform or OpenTofu with a provider that was built from this checkout. It is for this
// module's own commands: nothing of it is in the provider.
package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// CLI is a Terraform or OpenTofu with settings of its own, whatever those of the user are.
type CLI struct {
	Path    string
	Version string // as the CLI says it, such as "Terraform v1.11.4"

	env []string
}

// New makes a CLI that takes providers from folders, by their addresses, such as [Provider], and needs no init for
// them. Its configuration is written into folder. env is added to its environment and the providers'; nothing that is
// for a CLI or for the provider is taken over from this process. It fails when the program at path is none that runs.
func New(ctx context.Context, path, folder string, providers map[string]string, env ...string) (*CLI, error) {
	return start(ctx, path, folder, overrides(providers), env)
}

// NewMirrored is New for a CLI whose init installs providers, and all of them from a mirror: a folder of archives.
func NewMirrored(ctx context.Context, path, folder, mirror string, env ...string) (*CLI, error) {
	return start(ctx, path, folder, fmt.Sprintf("filesystem_mirror {\n    path = %q\n  }", filepath.ToSlash(mirror)), env)
}

// start makes a CLI that finds providers in one way.
func start(ctx context.Context, path, folder, installation string, env []string) (*CLI, error) {
	config := filepath.Join(folder, "cli.tfrc")
	text := "disable_checkpoint = true\nprovider_installation {\n  " + installation + "\n}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	c := &CLI{Path: path, env: append(withoutSettings(os.Environ()),
		"TF_CLI_CONFIG_FILE="+config,
		"TF_IN_AUTOMATION=1",
		"CHECKPOINT_DISABLE=1",
	)}
	c.env = append(c.env, env...)
	stdout, stderr, exit, err := c.Run(ctx, folder, "version")
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s cannot be used: %w\n%s", path, err, stderr)
	case exit != 0:
		return nil, fmt.Errorf("%s cannot be used: its version command ends with exit code %d\n%s", path, exit, stderr)
	}
	first, _, _ := strings.Cut(string(stdout), "\n")
	c.Version = strings.TrimSpace(first)
	return c, nil
}

// Name is what the CLI is called on the command line.
func (c *CLI) Name() string { return strings.TrimSuffix(filepath.Base(c.Path), ".exe") }

// overrides makes both CLIs take providers from folders. OpenTofu looks for them on a registry of its own.
func overrides(providers map[string]string) string {
	var b strings.Builder
	b.WriteString("dev_overrides {\n")
	for _, address := range slices.Sorted(maps.Keys(providers)) {
		for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			fmt.Fprintf(&b, "    %q = %q\n", registry+"/"+address, filepath.ToSlash(providers[address]))
		}
	}
	b.WriteString("  }\n  direct {}")
	return b.String()
}

// withoutSettings is an environment in which nothing changes what the CLI or the provider does.
func withoutSettings(environ []string) []string {
	var kept []string
	for _, variable := range environ {
		name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
		if !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "TOFU_") && !strings.HasPrefix(name, "PROSA_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// Run runs a command in a folder. An exit code is no error: err is set when the CLI did not start, was ended by a
// signal, or when ctx ended, in which case the CLI is interrupted as by Ctrl-C and has ten seconds to clean up.
func (c *CLI) Run(ctx context.Context, folder string, args ...string) (stdout []byte, stderr string, exit int, err error) {
	cmd := exec.CommandContext(ctx, c.Path, args...)
	cmd.Dir, cmd.Env = folder, c.env
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	cmd.WaitDelay = 10 * time.Second
	apart(cmd)
	err = cmd.Run()
	if ctx.Err() != nil {
		endGroup(cmd)
		return nil, "", 0, ctx.Err()
	}
	if exited := (*exec.ExitError)(nil); errors.As(err, &exited) && exited.ExitCode() > 0 {
		exit, err = exited.ExitCode(), nil
	}
	return out.Bytes(), strings.TrimSpace(complaints.String()), exit, err
}
