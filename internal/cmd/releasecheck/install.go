package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// example is applied by somebody who has just installed the provider.
const example = "examples/resources/prosa_webhook_endpoint/resource.tf"

const apiKey = "the-api-key-of-the-release-check"

// install has a CLI take the archive for this machine from a mirror in a folder, and use it against a sandbox. It gives
// the CLI's version.
func install(ctx context.Context, r *release, temporary string) (string, error) {
	api := &sandbox.Server{APIKey: apiKey}
	base, stop, err := serve(ctx, api)
	if err != nil {
		return "", err
	}
	defer stop()
	path, err := cli.Find(os.Getenv, exec.LookPath)
	if err != nil {
		return "", err
	}
	if path == "" {
		return "", errors.New("there is no terraform and no tofu on PATH to install the provider with")
	}
	mirror, root := filepath.Join(temporary, "mirror"), filepath.Join(temporary, "root")
	if err := errors.Join(fill(mirror, r), configure(root, r.version)); err != nil {
		return "", err
	}
	c, err := cli.NewMirrored(ctx, path, temporary, mirror, "PROSA_API_KEY="+apiKey, "PROSA_BASE_URL="+base)
	if err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"init"}, {"validate"}, {"apply", "-auto-approve"}, {"plan", "-detailed-exitcode"}, {"destroy", "-auto-approve"},
	} {
		stdout, stderr, exit, err := c.Run(ctx, root, append(args, "-no-color")...)
		if err != nil {
			return "", err
		}
		if exit != 0 {
			return "", fmt.Errorf("%s %q with the archive for this machine ended with exit code %d:\n%s\n%s", c.Name(), args, exit, stdout, stderr)
		}
		left := len(api.Endpoints())
		if want := map[string]int{"apply": 1, "plan": 1}[args[0]]; left != want {
			return "", fmt.Errorf("after %s %q there are %d endpoints, not %d", c.Name(), args, left, want)
		}
	}
	return c.Version, nil
}

// serve serves a sandbox on this machine, until it is stopped.
func serve(ctx context.Context, api *sandbox.Server) (base string, stop func(), err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: api, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // it always ends with an error: that it was closed
	return "http://" + listener.Addr().String() + sandbox.DefaultBasePath, func() { _ = server.Close() }, nil
}

// fill makes a mirror, for both registries, of the one archive.
func fill(mirror string, r *release) error {
	archive := r.archive(runtime.GOOS + "_" + runtime.GOARCH)
	content, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		folder := filepath.Join(mirror, registry, filepath.FromSlash(cli.Provider))
		if err := errors.Join(os.MkdirAll(folder, 0o700), os.WriteFile(filepath.Join(folder, filepath.Base(archive)), content, 0o600)); err != nil {
			return err
		}
	}
	return nil
}

// configure writes the example, with the provider at exactly this version: a snapshot's is no release, and so in no range.
func configure(root, version string) error {
	text, err := os.ReadFile(filepath.FromSlash(example))
	if err != nil {
		return err
	}
	wanted := fmt.Sprintf("terraform {\n  required_providers {\n    prosa = {\n      source  = %q\n      version = %q\n    }\n  }\n}\n", cli.Provider, version)
	return errors.Join(
		os.MkdirAll(root, 0o700),
		os.WriteFile(filepath.Join(root, "example.tf"), text, 0o600),
		os.WriteFile(filepath.Join(root, "versions.tf"), []byte(wanted), 0o600),
	)
}
