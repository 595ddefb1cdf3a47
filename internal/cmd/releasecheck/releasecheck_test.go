package main

import (
	"archive/zip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const built = "1.2.3-SNAPSHOT-abc"

// fixture is a release on disk, before something is done to it.
type fixture struct {
	t        *testing.T
	checkout string
	dist     string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, checkout: t.TempDir()}
	f.dist = filepath.Join(f.checkout, "dist")
	if err := os.Mkdir(f.dist, 0o700); err != nil {
		t.Fatal(err)
	}
	f.write(filepath.Join(f.checkout, manifest), `{"version": 1, "metadata": {"protocol_versions": ["6.0"]}}`)
	for _, platform := range platforms {
		f.archive(platform, map[string]fs.FileMode{f.program(platform): 0o755, "LICENSE": 0o644, "README.md": 0o644, "CHANGELOG.md": 0o644})
		f.sbom(platform, built, `{"name": "a", "version": "v1"}`)
	}
	f.sums()
	return f
}

func (f *fixture) program(platform string) string {
	if strings.HasPrefix(platform, "windows") {
		return "terraform-provider-prosa_v" + built + ".exe"
	}
	return "terraform-provider-prosa_v" + built
}

func (f *fixture) path(rest string) string {
	return filepath.Join(f.dist, "terraform-provider-prosa_"+built+"_"+rest)
}

func (f *fixture) write(file, content string) {
	f.t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) archive(platform string, files map[string]fs.FileMode) {
	f.t.Helper()
	file, err := os.Create(f.path(platform + ".zip"))
	if err != nil {
		f.t.Fatal(err)
	}
	w := zip.NewWriter(file)
	for name, mode := range files {
		header := &zip.FileHeader{Name: name}
		header.SetMode(mode)
		if _, err := w.CreateHeader(header); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), file.Close()); err != nil {
		f.t.Fatal(err)
	}
}

// sbom writes one of a version, with these components.
func (f *fixture) sbom(platform, version, components string) {
	f.t.Helper()
	f.write(f.path(platform+".cdx.json"), `{"bomFormat": "CycloneDX", "metadata": {"component": {"version": "v`+version+`"}}, "components": [`+components+`]}`)
}

// sums writes the checksums of all there is.
func (f *fixture) sums() {
	f.t.Helper()
	archives, err := filepath.Glob(filepath.Join(f.dist, "*.zip"))
	if err != nil {
		f.t.Fatal(err)
	}
	var lines strings.Builder
	for _, file := range append(archives, filepath.Join(f.checkout, manifest)) {
		content, err := os.ReadFile(file)
		if err != nil {
			f.t.Fatal(err)
		}
		name := filepath.Base(file)
		if name == manifest {
			name = filepath.Base(f.path("manifest.json"))
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(content), name)
	}
	f.write(f.path("SHA256SUMS"), lines.String())
}

func (f *fixture) check(all bool) error {
	f.t.Helper()
	r, err := findRelease(f.dist)
	if err != nil {
		return err
	}
	return r.check(f.checkout, all)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	remove := func(f *fixture, rest string) {
		if err := os.Remove(f.path(rest)); err != nil {
			f.t.Fatal(err)
		}
	}
	whole := map[string]fs.FileMode{"LICENSE": 0o644, "README.md": 0o644, "CHANGELOG.md": 0o644}
	with := func(program string, mode fs.FileMode) map[string]fs.FileMode {
		files := map[string]fs.FileMode{program: mode}
		for name, mode := range whole {
			files[name] = mode
		}
		return files
	}
	for name, row := range map[string]struct {
		spoil func(f *fixture)
		says  string // empty: nothing is wrong
		some  bool   // not all platforms are wanted
	}{
		"nothing is wrong":   {spoil: func(*fixture) {}},
		"one of them":        {some: true, spoil: func(f *fixture) { remove(f, "linux_arm.zip"); f.sums() }},
		"no sums":            {spoil: func(f *fixture) { remove(f, "SHA256SUMS") }, says: "there are 0 files of checksums"},
		"two sums":           {spoil: func(f *fixture) { f.write(filepath.Join(f.dist, project+"_9_SHA256SUMS"), "") }, says: "there are 2 files of checksums"},
		"a platform is gone": {spoil: func(f *fixture) { remove(f, "linux_arm.zip"); f.sums() }, says: "there are archives for"},
		"another platform": {spoil: func(f *fixture) {
			f.archive("plan9_amd64", with(f.program("plan9_amd64"), 0o755))
			f.sums()
		}, says: "plan9_amd64.zip is not named"},
		"a sum is wrong":   {spoil: func(f *fixture) { f.archive("linux_arm", with(f.program("linux_arm"), 0o700)) }, says: "checksum of " + project + "_" + built + "_linux_arm.zip is wrong"},
		"a sum is missing": {spoil: func(f *fixture) { f.write(f.path("SHA256SUMS"), "") }, says: "manifest.json is missing"},
		"a sum too many":   {spoil: func(f *fixture) { f.write(f.path("SHA256SUMS"), strings.Repeat("0", 64)+"  other.zip\n") }, says: "is not of an archive or the manifest"},
		"a line is no sum": {spoil: func(f *fixture) { f.write(f.path("SHA256SUMS"), "hello\n") }, says: `the line "hello\n"`},
		"no program":       {spoil: func(f *fixture) { f.archive("linux_arm", whole); f.sums() }, says: "linux_arm.zip has no terraform-provider-prosa_v" + built},
		"another version":  {spoil: func(f *fixture) { f.archive("linux_arm", with(project+"_v9", 0o755)); f.sums() }, says: "linux_arm.zip has no terraform-provider-prosa_v" + built},
		"no .exe":          {spoil: func(f *fixture) { f.archive("windows_386", with(f.program("linux_386"), 0o755)); f.sums() }, says: built + ".exe"},
		"not executable":   {spoil: func(f *fixture) { f.archive("linux_arm", with(f.program("linux_arm"), 0o644)); f.sums() }, says: "cannot be executed"},
		"no licence": {spoil: func(f *fixture) {
			f.archive("linux_arm", map[string]fs.FileMode{f.program("linux_arm"): 0o755})
			f.sums()
		}, says: "linux_arm.zip has no LICENSE"},
		"no SBOM":                   {spoil: func(f *fixture) { remove(f, "linux_arm.cdx.json") }, says: "linux_arm.cdx.json"},
		"an SBOM of nothing":        {spoil: func(f *fixture) { f.sbom("linux_arm", built, "") }, says: "linux_arm.cdx.json is no CycloneDX document"},
		"an SBOM of something else": {spoil: func(f *fixture) { f.sbom("linux_arm", "9", `{"name": "a"}`) }, says: "linux_arm.cdx.json is no CycloneDX document"},
		"no archive at all":         {spoil: func(f *fixture) { f.write(f.path("linux_arm.zip"), ""); f.sums() }, says: "linux_arm.zip: zip"},
		"another protocol": {spoil: func(f *fixture) {
			f.write(filepath.Join(f.checkout, manifest), `{"version": 1, "metadata": {"protocol_versions": ["5.0"]}}`)
			f.sums()
		}, says: "protocol 6.0"},
		"a manifest of something else": {spoil: func(f *fixture) { f.write(filepath.Join(f.checkout, manifest), `{"name": "x"}`); f.sums() }, says: "unknown field"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			row.spoil(f)
			err := f.check(!row.some)
			if row.says == "" && err != nil {
				t.Errorf("it complains: %v", err)
			}
			if row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)) {
				t.Errorf("got %v, want %q", err, row.says)
			}
		})
	}
}

// TestNarrow narrows the configuration there is, whose platforms are those that a release is checked for.
func TestNarrow(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile("../../../.goreleaser.yml")
	if err != nil {
		t.Fatal(err)
	}
	narrowed, err := narrow(string(config), "plan9", "mips")
	if err != nil || !strings.Contains(narrowed, "\n    goos: [\"plan9\"]\n    goarch: [\"mips\"]\n") || strings.Contains(narrowed, "goos: [darwin, ") {
		t.Errorf("got %v\n%s", err, narrowed)
	}
	if _, err := narrow("builds: []\n", "plan9", "mips"); err == nil {
		t.Error("a configuration without platforms was narrowed")
	}
}

func TestTheRealManifest(t *testing.T) {
	t.Parallel()
	if err := checkManifest("../../../" + manifest); err != nil {
		t.Error(err)
	}
}

func TestFillsAMirrorForBothRegistries(t *testing.T) {
	t.Parallel()
	f, mirror := newFixture(t), t.TempDir()
	platform := runtime.GOOS + "_" + runtime.GOARCH
	f.archive(platform, nil)
	if err := fill(mirror, &release{folder: f.dist, version: built}); err != nil {
		t.Fatal(err)
	}
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		if _, err := os.Stat(filepath.Join(mirror, registry, "prosa-ai", "prosa", project+"_"+built+"_"+platform+".zip")); err != nil {
			t.Error(err)
		}
	}
}
