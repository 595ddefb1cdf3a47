package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// script writes a fake CLI.
func script(t *testing.T, folder, name, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake CLI is a shell script")
	}
	path := filepath.Join(folder, name)
	syscall.ForkLock.RLock() // executing the file fails while a child process has inherited it open for writing
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// tofu fails if it gets the user's settings.
const tofu = "echo OpenTofu v1.12.6\necho on linux_amd64\ntest -z \"$TF_LOG\"\n"

func TestFind(t *testing.T) {
	elsewhere := t.TempDir()
	other := script(t, elsewhere, "other", tofu)
	for name, test := range map[string]struct {
		variable  string // TF_ACC_TERRAFORM_PATH
		installed []string
		want      string // the file's name
		fails     string
	}{
		"terraform and tofu":            {"", []string{"tofu", "terraform"}, "terraform", ""},
		"only tofu":                     {"", []string{"tofu"}, "tofu", ""},
		"none":                          {"", nil, "", ErrNone.Error()},
		"variable":                      {other, []string{"terraform"}, "other", ""},
		"variable with a missing file":  {filepath.Join(elsewhere, "none"), []string{"terraform"}, "", "TF_ACC_TERRAFORM_PATH does not name a program"},
		"variable with another program": {script(t, elsewhere, "vagrant", "echo Vagrant 2"), nil, "", "is neither Terraform nor OpenTofu"},
		"variable with a broken CLI":    {script(t, elsewhere, "broken", "exit 1"), nil, "", "broken version: exit status 1"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for _, program := range test.installed {
				script(t, folder, program, tofu)
			}
			t.Setenv("PATH", folder+":/bin")
			t.Setenv("TF_ACC_TERRAFORM_PATH", test.variable)
			t.Setenv("TF_LOG", "trace")
			got, err := Find(t.Context())
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Errorf("got error %v, want %q", err, test.fails)
				}
				return
			}
			want := Program{Path: got.Path, Version: "OpenTofu v1.12.6", OpenTofu: true, Major: 1, Minor: 12}
			if err != nil || got != want || filepath.Base(got.Path) != test.want || !filepath.IsAbs(got.Path) {
				t.Errorf("got %+v, %v; want %s, %+v", got, err, test.want, want)
			}
			if got.Name() != "tofu" || got.String() != "OpenTofu 1.12" || got.Registry() != "registry.opentofu.org" {
				t.Errorf("got %s, %s, %s", got.Name(), got, got.Registry())
			}
		})
	}
}

func TestFetchErrorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Fetch(ctx, filepath.Join(t.TempDir(), "cli"))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "Install Terraform or OpenTofu") {
		t.Errorf("the error should say what to do: %v", err)
	}
}

func TestEnvironOmitsUserSettings(t *testing.T) {
	for _, variable := range []string{"TF_LOG", "TF_VAR_a", "TOFU_LOG", "PROSA_API_KEY"} {
		t.Setenv(variable, "the-user's")
	}
	t.Setenv("TFX", "1")
	c := &CLI{Config: "/config", Env: []string{"PROSA_API_KEY=ours"}}
	got := c.Environ()
	for _, want := range []string{"TFX=1", "TF_CLI_CONFIG_FILE=/config", "PROSA_API_KEY=ours", "CHECKPOINT_DISABLE=1"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in %q", want, got)
		}
	}
	if strings.Contains(strings.Join(got, "\n"), "the-user's") {
		t.Errorf("the user's settings are in %q", got)
	}
}

// TestCommandInterrupt cancels the context of a CLI that cleans up when it is interrupted.
func TestCommandInterrupt(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := script(t, folder, "terraform", "trap 'touch cleaned; exit 1' INT\necho ready\nwhile :; do sleep 0.1; done\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := (&CLI{Program: Program{Path: path}, Folder: folder}).Command(ctx, "apply")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(output, make([]byte, len("ready\n"))); err != nil {
		t.Fatal(err)
	}
	cancel()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "cleaned")); err != nil {
		t.Errorf("the CLI did not clean up: %v", err)
	}
}
