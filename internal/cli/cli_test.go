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

func TestWithoutSettings(t *testing.T) {
	t.Parallel()
	got := withoutSettings([]string{"PATH=/bin", "TF_LOG=trace", "TF_VAR_a=b", "tf_log=trace", "TOFU_LOG=trace", "PROSA_API_KEY=real", "HOME=/home", "TFX=1"})
	if want := []string{"PATH=/bin", "HOME=/home", "TFX=1"}; !slices.Equal(got, want) {
		t.Errorf("the environment should be %q, and is %q", want, got)
	}
}

func TestOverridesNameEveryProviderOnBothRegistries(t *testing.T) {
	t.Parallel()
	got := overrides(map[string]string{"prosa-ai/prosa": "/a/bin", "hashicorp/random": `/b "c"`})
	want := `dev_overrides {
    "registry.terraform.io/hashicorp/random" = "/b \"c\""
    "registry.opentofu.org/hashicorp/random" = "/b \"c\""
    "registry.terraform.io/prosa-ai/prosa" = "/a/bin"
    "registry.opentofu.org/prosa-ai/prosa" = "/a/bin"
  }
  direct {}`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// script is a CLI that does what a shell script says.
func script(t *testing.T, name, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a shell script stands in for the CLI")
	}
	path := filepath.Join(t.TempDir(), name)
	syscall.ForkLock.RLock() // a file cannot be run while a child of another test has inherited it open for writing
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := script(t, "tofu", `case $1 in
version) printf 'OpenTofu v1.2.3 \non linux\n' ;;
env) echo "$TF_CLI_CONFIG_FILE|$PROSA_API_KEY|$PWD" ;;
*) echo said; echo ' complained ' >&2; exit 3 ;;
esac
`)
	c, err := New(t.Context(), path, folder, map[string]string{Provider: "/bin"}, "PROSA_API_KEY=a-key")
	if err != nil {
		t.Fatal(err)
	}
	if c.Version != "OpenTofu v1.2.3" || c.Name() != "tofu" || c.Path != path {
		t.Errorf("got %q, %q, %q", c.Version, c.Name(), c.Path)
	}
	stdout, _, _, err := c.Run(t.Context(), folder, "env")
	if want := filepath.Join(folder, "cli.tfrc") + "|a-key|" + folder + "\n"; err != nil || string(stdout) != want {
		t.Errorf("got %q, %v; want %q", stdout, err, want)
	}
	stdout, stderr, exit, err := c.Run(t.Context(), folder, "plan")
	if string(stdout) != "said\n" || stderr != "complained" || exit != 3 || err != nil {
		t.Errorf("got %q, %q, %d, %v", stdout, stderr, exit, err)
	}
}

func TestWhatIsNoCLI(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"not there": filepath.Join(t.TempDir(), "terraform"), "it fails": script(t, "terraform", "echo broken >&2\nexit 1"),
	} {
		_, err := New(t.Context(), path, t.TempDir(), nil)
		if err == nil || !strings.Contains(err.Error(), path+" cannot be used") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestInterrupt has the CLI trap the interrupt, and leave a process behind that keeps a pipe open.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	pipe, cleaned := filepath.Join(folder, "pipe"), filepath.Join(folder, "cleaned")
	path := script(t, "terraform", `[ "$1" = version ] && exit 0
trap 'touch "`+cleaned+`"; exit 1' INT
sleep 3600 > "`+pipe+`" 2>&1 &
echo ready > "`+pipe+`"
wait
`)
	if output, err := exec.Command("mkfifo", pipe).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	c, err := New(t.Context(), path, folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, _, _, err := c.Run(ctx, folder, "apply")
		ended <- err
	}()
	reader, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	line := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(reader, line); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(cleaned); err != nil {
		t.Errorf("it had no time to clean up: %v", err)
	}
	if _, err := io.ReadAll(reader); err != nil { // ends with the process that was left behind
		t.Error(err)
	}
}
