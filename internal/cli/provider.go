package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Provider is the provider's address without a registry.
const Provider = "prosa-ai/prosa"

// Registries are the default registries of Terraform and OpenTofu.
var Registries = []string{"registry.terraform.io", "registry.opentofu.org"}

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
	for _, registry := range Registries {
		mirrored := filepath.Join(folder, "mirror", registry, filepath.FromSlash(Provider), version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := errors.Join(os.MkdirAll(mirrored, 0o700), os.Link(program, filepath.Join(mirrored, name))); err != nil {
			return err
		}
	}
	return nil
}

// WriteOverrides writes a CLI configuration that uses development overrides: it maps addresses of providers to the folders
// with their programs. The CLI then needs no init.
func WriteOverrides(file string, folders map[string]string) error {
	var b strings.Builder
	b.WriteString("dev_overrides {\n")
	for _, address := range slices.Sorted(maps.Keys(folders)) {
		for _, registry := range Registries {
			fmt.Fprintf(&b, "    %q = %q\n", registry+"/"+address, filepath.ToSlash(folders[address]))
		}
	}
	b.WriteString("  }\n  direct {}")
	return write(file, b.String())
}

// WriteMirror writes a CLI configuration that makes init install providers only from a mirror.
func WriteMirror(file, mirror string) error {
	return write(file, fmt.Sprintf("filesystem_mirror {\n    path = %q\n  }", filepath.ToSlash(mirror)))
}

// write writes a CLI configuration with one provider_installation block.
func write(file, installation string) error {
	return os.WriteFile(file, []byte("disable_checkpoint = true\nprovider_installation {\n  "+installation+"\n}\n"), 0o600)
}
