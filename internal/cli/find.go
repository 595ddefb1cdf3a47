package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

// Provider is the address of the provider that this module is, without a registry's host.
const Provider = "prosa-ai/prosa"

const module = "github.com/prosa-ai/terraform-provider-prosa"

// Build builds the provider of this checkout into a folder. It needs Go, and fails outside of a checkout.
func Build(ctx context.Context, folder string) error {
	return build(exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(folder, Program("prosa")), module))
}

// BuildReleased is Build with the options of a release: slower, for a smaller program that starts faster.
func BuildReleased(ctx context.Context, folder string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(folder, Program("prosa")), module)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return build(cmd)
}

func build(cmd *exec.Cmd) error {
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("the provider does not build: %w\n%s\nRun this in a checkout of the provider, with Go installed", err, strings.TrimSpace(string(output)))
	}
	return nil
}

// Program is the file name by which a CLI finds the provider of a name in a folder.
func Program(provider string) string {
	if runtime.GOOS == "windows" {
		return "terraform-provider-" + provider + ".exe"
	}
	return "terraform-provider-" + provider
}

// Find gives the absolute path of the CLI to use: the one that TF_ACC_TERRAFORM_PATH names, else terraform, else tofu.
// It is empty when there is none on this machine. It fails when the variable names no program.
func Find(getenv func(string) string, lookPath func(string) (string, error)) (string, error) {
	if named := getenv("TF_ACC_TERRAFORM_PATH"); named != "" {
		path, err := lookPath(named)
		if err != nil {
			return "", fmt.Errorf("TF_ACC_TERRAFORM_PATH names no program that can be run: %w", err)
		}
		return filepath.Abs(path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := lookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", nil
}

// Fetch downloads the newest Terraform from HashiCorp, which hc-install verifies, into a folder, and gives its path.
func Fetch(ctx context.Context, folder string) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	path, err := (&releases.LatestVersion{Product: product.Terraform, InstallDir: folder}).Install(ctx)
	if err != nil {
		return "", fmt.Errorf("Terraform could not be fetched: %w\nInstall Terraform or OpenTofu, or name the path of one in TF_ACC_TERRAFORM_PATH", err)
	}
	return path, nil
}
