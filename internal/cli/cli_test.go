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

const tofu = "echo OpenTofu v1.12.6\necho on linux_amd64\n"

func TestFind(t *testing.T) {
	elsewhere := t.TempDir()
	other := script(t, elsewhere, "other", tofu)
	for name, test := range map[string]struct {
		named     string
		installed []string
		want      string // the base of the path
		fails     string
	}{
		"terraform first":       {"", []string{"tofu", "terraform"}, "terraform", ""},
		"tofu otherwise":        {"", []string{"tofu"}, "tofu", ""},
		"none":                  {"", nil, "", ErrNone.Error()},
		"named":                 {other, []string{"terraform"}, "other", ""},
		"named and not there":   {filepath.Join(elsewhere, "none"), []string{"terraform"}, "", "TF_ACC_TERRAFORM_PATH does not name a program"},
		"named and another one": {script(t, elsewhere, "vagrant", "echo Vagrant 2"), nil, "", "is neither Terraform nor OpenTofu"},
		"named and broken":      {script(t, elsewhere, "broken", "exit 1"), nil, "", "broken version: exit status 1"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for _, program := range test.installed {
				script(t, folder, program, tofu)
			}
			t.Setenv("PATH", folder+":/bin")
			t.Setenv("TF_ACC_TERRAFORM_PATH", test.named)
			got, err := Find(t.Context())
			switch {
			case test.fails != "":
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Errorf("got error %v, want %q", err, test.fails)
				}
			case err != nil:
				t.Error(err)
			case filepath.Base(got.Path) != test.want || !filepath.IsAbs(got.Path) || got.String() != "OpenTofu 1.12" || got.Version != "OpenTofu v1.12.6" || !got.OpenTofu || got.Name() != "tofu" || got.Registry() != Registries[1]:
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestFetchSaysWhatToDo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Fetch(ctx, filepath.Join(t.TempDir(), "cli"))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "Install Terraform or OpenTofu") {
		t.Errorf("the error should say what to do: %v", err)
	}
}

func TestEnvironLeavesOutSettings(t *testing.T) {
	for _, variable := range []string{"TF_LOG", "TF_VAR_a", "TOFU_LOG", "PROSA_API_KEY"} {
		t.Setenv(variable, "the-user's")
	}
	t.Setenv("TFX", "1")
	c := &CLI{Config: "/config", Env: []string{"PROSA_API_KEY=ours"}}
	got := c.Environ()
	for _, want := range []string{"TFX=1", "TF_CLI_CONFIG_FILE=/config", "PROSA_API_KEY=ours", "CHECKPOINT_DISABLE=1"} {
		if !slices.Contains(got, want) {
			t.Errorf("there is no %s in %q", want, got)
		}
	}
	if strings.Contains(strings.Join(got, "\n"), "the-user's") {
		t.Errorf("a setting of the user's is in %q", got)
	}
}

func TestConfigurations(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "cli.tfrc")
	expect := func(err error, want string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if want = "disable_checkpoint = true\nprovider_installation {\n  " + want + "\n}\n"; err != nil || string(got) != want {
			t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
		}
	}
	expect(WriteOverrides(file, map[string]string{Provider: "/a/bin", "hashicorp/random": `/b "c"`}), `dev_overrides {
    "registry.terraform.io/hashicorp/random" = "/b \"c\""
    "registry.opentofu.org/hashicorp/random" = "/b \"c\""
    "registry.terraform.io/prosa-ai/prosa" = "/a/bin"
    "registry.opentofu.org/prosa-ai/prosa" = "/a/bin"
  }
  direct {}`)
	expect(WriteMirror(file, "/mirror"), "filesystem_mirror {\n    path = \"/mirror\"\n  }")
}

// TestCommandIsInterrupted interrupts a CLI that cleans up on the interrupt.
func TestCommandIsInterrupted(t *testing.T) {
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
		t.Errorf("the CLI had no time to clean up: %v", err)
	}
}
