package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// key is a signing key in a keyring of its own.
type key struct {
	home        string
	fingerprint string
}

// newKey makes one. It needs GnuPG.
func newKey(ctx context.Context, folder string) (*key, error) {
	if _, err := exec.LookPath("gpg"); err != nil {
		return nil, errors.New("checksums are signed with GnuPG, and there is no gpg on PATH: install it (Debian: gnupg)")
	}
	k := &key{home: filepath.Join(folder, "gnupg")}
	if err := os.Mkdir(k.home, 0o700); err != nil {
		return nil, err
	}
	const userID = "A key for a try of a release"
	if _, err := k.gpg(ctx, "--quick-generate-key", userID, "rsa3072", "sign", "1d"); err != nil {
		return nil, err
	}
	listing, err := k.gpg(ctx, "--with-colons", "--list-secret-keys", userID)
	if err != nil {
		return nil, err
	}
	found := regexp.MustCompile(`(?m)^fpr:+([0-9A-F]{40}):`).FindStringSubmatch(listing)
	if found == nil {
		return nil, fmt.Errorf("gpg lists no fingerprint of the key it made:\n%s", listing)
	}
	k.fingerprint = found[1]
	return k, nil
}

func (k *key) gpg(ctx context.Context, args ...string) (string, error) {
	args = append([]string{"--homedir", k.home, "--batch", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, "gpg", args...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("gpg %s: %w\n%s", strings.Join(args, " "), err, complaints.String())
	}
	return out.String(), nil
}

// verify checks a signature: it must be a binary one, as the registry of Terraform reads no other.
func (k *key) verify(ctx context.Context, signature, signed string) error {
	content, err := os.ReadFile(signature)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(content, []byte("-----BEGIN")) {
		return fmt.Errorf("%s is armored; the registry wants a binary signature", signature)
	}
	_, err = k.gpg(ctx, "--verify", signature, signed)
	return err
}

// end ends the agent that gpg has started for the keyring, if it has.
func (k *key) end(ctx context.Context) {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "gpgconf", "--homedir", k.home, "--kill", "all")
	_ = cmd.Run() // it ends by itself, too, when its folder is gone
}

// build has goreleaser build a snapshot into dist, for all platforms or for this machine's only. It leaves out what
// would publish something.
func build(ctx context.Context, folder string, k *key, thisOnly bool, progress io.Writer) error {
	config := ".goreleaser.yml"
	if thisOnly {
		text, err := os.ReadFile(config)
		if err != nil {
			return err
		}
		narrowed, err := narrow(string(text), runtime.GOOS, runtime.GOARCH)
		if err != nil {
			return err
		}
		config = filepath.Join(folder, "goreleaser.yml")
		if err := os.WriteFile(config, []byte(narrowed), 0o600); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "go", "tool", "-modfile=internal/tools/goreleaser/go.mod", "goreleaser",
		"release", "--snapshot", "--clean", "--config", config)
	cmd.Env = append(os.Environ(), "GNUPGHOME="+k.home, "GPG_FINGERPRINT="+k.fingerprint)
	cmd.Stdout, cmd.Stderr = progress, progress
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("goreleaser: %w", err)
	}
	return nil
}

var (
	systems       = regexp.MustCompile(`(?m)^( +goos:) \[.*\]$`)
	architectures = regexp.MustCompile(`(?m)^( +goarch:) \[.*\]$`)
)

// narrow leaves one platform of a configuration of goreleaser, which has no flag for it.
func narrow(config, system, architecture string) (string, error) {
	for _, row := range []struct {
		list *regexp.Regexp
		one  string
	}{{systems, system}, {architectures, architecture}} {
		if n := len(row.list.FindAllString(config, -1)); n != 1 {
			return "", fmt.Errorf("the configuration of goreleaser has %d lines like %s, not 1", n, row.list)
		}
		config = row.list.ReplaceAllString(config, fmt.Sprintf("$1 [%q]", row.one))
	}
	return config, nil
}
