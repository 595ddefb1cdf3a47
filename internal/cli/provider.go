package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Provider is the provider's address without a registry.
const Provider = "prosa-ai/prosa"

// The default registries of Terraform and OpenTofu.
const (
	terraformRegistry = "registry.terraform.io"
	openTofuRegistry  = "registry.opentofu.org"
)

// Build builds the provider of this checkout in a folder. It also creates a mirror in folder/mirror, from which init can
// install the provider at the version.
func Build(ctx context.Context, folder, version string) error {
	name := "terraform-provider-prosa"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	program := filepath.Join(folder, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "-ldflags", "-s -w -X main.version="+version, "github.com/prosa-ai/terraform-provider-prosa")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("unable to build the provider: %w\n%s\nRun this in a checkout of the provider, with Go installed", err, strings.TrimSpace(string(output)))
	}
	for _, registry := range []string{terraformRegistry, openTofuRegistry} {
		mirrored := filepath.Join(folder, "mirror", registry, filepath.FromSlash(Provider), version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := errors.Join(os.MkdirAll(mirrored, 0o700), os.Link(program, filepath.Join(mirrored, name))); err != nil {
			return err
		}
	}
	return nil
}

// WriteMirror writes a CLI configuration with which init installs providers only from a mirror.
func WriteMirror(file, mirror string) error {
	const format = "provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n"
	return os.WriteFile(file, fmt.Appendf(nil, format, filepath.ToSlash(mirror)), 0o600)
}
