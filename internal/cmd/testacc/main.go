// Testacc runs the acceptance tests on every CLI that TF_CLIS names, and prints a table of the results. Its arguments
// are handed to go test.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Getenv("TF_CLIS"), os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "testacc:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, list string, flags []string, out io.Writer) error {
	clis, err := findCLIs(ctx, list)
	if err != nil {
		return err
	}
	failed := 0
	for i := range clis {
		_, _ = fmt.Fprintf(out, "== %s (%s)\n", clis[i].version, clis[i].path)
		if err := clis[i].test(ctx, flags, out); err != nil {
			return err
		}
		if clis[i].result.bad() {
			failed++
		}
	}
	printTable(out, clis)
	if failed > 0 {
		return fmt.Errorf("the tests failed on %d of %d CLIs", failed, len(clis))
	}
	return nil
}

// cli is a Terraform or OpenTofu to test with, and what came of it.
type cli struct {
	path    string
	version string // as in "OpenTofu v1.8.11"
	result  result
	took    time.Duration
}

// findCLIs reads a list of paths, separated by colons or spaces, and asks each CLI for its version.
func findCLIs(ctx context.Context, list string) ([]cli, error) {
	paths := strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == '\n' || r == os.PathListSeparator })
	if len(paths) == 0 {
		return nil, errors.New("TF_CLIS names no CLI: set it to paths of terraform and tofu, separated by spaces or colons")
	}
	var clis []cli
	for _, path := range paths {
		path, err := exec.LookPath(path)
		if err == nil {
			path, err = filepath.Abs(path)
		}
		if err != nil {
			return nil, fmt.Errorf("TF_CLIS names something that cannot be run: %w", err)
		}
		output, err := exec.CommandContext(ctx, path, "version").Output()
		if err != nil {
			return nil, fmt.Errorf("%s does not tell its version: %w", path, err)
		}
		version, _, _ := strings.Cut(string(output), "\n")
		if !strings.HasPrefix(version, "Terraform v") && !strings.HasPrefix(version, "OpenTofu v") {
			return nil, fmt.Errorf("%s is neither Terraform nor OpenTofu: its version command says %q", path, version)
		}
		clis = append(clis, cli{path: path, version: version})
	}
	return clis, nil
}

// test runs the acceptance tests with a CLI. Tests that fail are no error of its own.
func (c *cli) test(ctx context.Context, flags []string, out io.Writer) error {
	args := append([]string{"test", "-json", "-count=1", "-timeout=20m"}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, "./internal/provider/...", "./internal/guides/...", "./internal/gitops/...")...)
	cmd.Env = append(os.Environ(), "TF_ACC_TERRAFORM_PATH="+c.path)
	if strings.HasPrefix(c.version, "OpenTofu") {
		cmd.Env = append(cmd.Env, "TF_ACC_PROVIDER_HOST=registry.opentofu.org")
	}
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	c.result, err = readEvents(events, out)
	ended := cmd.Wait()
	c.took = time.Since(started)
	var exit *exec.ExitError
	if errors.As(ended, &exit) {
		c.result.unsuccessful = true
		ended = nil
	}
	return errors.Join(err, ended, ctx.Err())
}
