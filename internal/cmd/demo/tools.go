package main

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

// buildProvider puts the provider of this checkout into a folder.
func buildProvider(ctx context.Context, folder string) error {
	binary := filepath.Join(folder, "terraform-provider-prosa")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, module)
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("the provider does not build: %w\n%s\nRun make demo in a checkout of the provider, with Go installed", err, strings.TrimSpace(string(output)))
	}
	return nil
}

// findCLI gives the path of the CLI to use; empty when there is none on this machine.
func findCLI(getenv func(string) string, lookPath func(string) (string, error)) (string, error) {
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

// fetchCLI downloads the newest Terraform from HashiCorp, which hc-install verifies.
func fetchCLI(ctx context.Context, folder string) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	path, err := (&releases.LatestVersion{Product: product.Terraform, InstallDir: folder}).Install(ctx)
	if err != nil {
		return "", fmt.Errorf("Terraform could not be fetched: %w\nInstall Terraform or OpenTofu, or name the path of one in TF_ACC_TERRAFORM_PATH", err)
	}
	return path, nil
}
