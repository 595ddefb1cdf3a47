package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	project  = "terraform-provider-prosa"
	manifest = "terraform-registry-manifest.json"
)

// platforms are those that a release is for.
var platforms = []string{
	"darwin_amd64", "darwin_arm64",
	"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
	"windows_386", "windows_amd64", "windows_arm64",
}

// release is what was built.
type release struct {
	folder   string
	version  string
	archives []string // file names
}

// findRelease finds out what there is in a folder from the one file of checksums there.
func findRelease(folder string) (*release, error) {
	files, err := filepath.Glob(filepath.Join(folder, project+"_*_SHA256SUMS"))
	if err != nil {
		return nil, err
	}
	if len(files) != 1 {
		return nil, fmt.Errorf("there are %d files of checksums in %s, not 1: %q", len(files), folder, files)
	}
	version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(files[0]), project+"_"), "_SHA256SUMS")
	archives, err := filepath.Glob(filepath.Join(folder, "*.zip"))
	if err != nil {
		return nil, err
	}
	for i, archive := range archives {
		archives[i] = filepath.Base(archive)
	}
	return &release{folder: folder, version: version, archives: archives}, nil
}

func (r *release) prefix() string { return project + "_" + r.version + "_" }

func (r *release) sums() string { return filepath.Join(r.folder, r.prefix()+"SHA256SUMS") }

func (r *release) archive(platform string) string {
	return filepath.Join(r.folder, r.prefix()+platform+".zip")
}

func (r *release) sbom(platform string) string {
	return filepath.Join(r.folder, r.prefix()+platform+".cdx.json")
}

// signed are the files that have a signature.
func (r *release) signed() []string {
	files := []string{r.sums()}
	for _, name := range r.archives {
		files = append(files, filepath.Join(r.folder, strings.TrimSuffix(name, ".zip")+".cdx.json"))
	}
	return files
}

// check holds what was built against what the registries want. The manifest is taken from the checkout, as it is when
// it is uploaded.
func (r *release) check(checkout string, all bool) error {
	problems := []error{checkManifest(filepath.Join(checkout, manifest))}
	var built []string
	for _, name := range r.archives {
		platform, ok := strings.CutPrefix(strings.TrimSuffix(name, ".zip"), r.prefix())
		if !ok || !slices.Contains(platforms, platform) {
			problems = append(problems, fmt.Errorf("%s is not named %s<os>_<arch>.zip", name, r.prefix()))
			continue
		}
		built = append(built, platform)
		problems = append(problems, r.checkArchive(platform), checkSBOM(r.sbom(platform), "v"+r.version))
	}
	if len(built) == 0 || all && len(built) != len(platforms) {
		problems = append(problems, fmt.Errorf("there are archives for %q, not for %q", built, platforms))
	}
	return errors.Join(append(problems, r.checkSums(checkout))...)
}

var sumLine = regexp.MustCompile(`^([0-9a-f]{64})  (\S+)$`)

// checkSums computes all checksums again. Of each archive, and of the manifest, there must be one, and no other: the
// registry of Terraform does not take a release whose checksums list more.
func (r *release) checkSums(checkout string) error {
	text, err := os.ReadFile(r.sums())
	if err != nil {
		return err
	}
	files := map[string]string{r.prefix() + "manifest.json": filepath.Join(checkout, manifest)}
	for _, name := range r.archives {
		files[name] = filepath.Join(r.folder, name)
	}
	var problems []error
	for line := range strings.Lines(string(text)) {
		found := sumLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if found == nil || files[found[2]] == "" {
			problems = append(problems, fmt.Errorf("%s: the line %q is not of an archive or the manifest", filepath.Base(r.sums()), line))
			continue
		}
		content, err := os.ReadFile(files[found[2]])
		if err != nil {
			problems = append(problems, err)
		} else if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != found[1] {
			problems = append(problems, fmt.Errorf("%s: the checksum of %s is wrong", filepath.Base(r.sums()), found[2]))
		}
		delete(files, found[2])
	}
	for name := range files {
		problems = append(problems, fmt.Errorf("%s: %s is missing", filepath.Base(r.sums()), name))
	}
	return errors.Join(problems...)
}

// checkArchive looks for the program, which a CLI starts by its name, and for what its users are to have with it.
func (r *release) checkArchive(platform string) error {
	archive, err := zip.OpenReader(r.archive(platform))
	if err != nil {
		return fmt.Errorf("%s: %w", r.archive(platform), err)
	}
	defer func() { _ = archive.Close() }()
	program := project + "_v" + r.version
	if strings.HasPrefix(platform, "windows_") {
		program += ".exe"
	}
	modes := map[string]fs.FileMode{}
	for _, file := range archive.File {
		modes[file.Name] = file.Mode()
	}
	var problems []error
	for _, name := range []string{program, "LICENSE", "README.md", "CHANGELOG.md"} {
		if _, ok := modes[name]; !ok {
			problems = append(problems, fmt.Errorf("%s has no %s", r.archive(platform), name))
		}
	}
	if mode, ok := modes[program]; ok && mode&0o111 == 0 {
		problems = append(problems, fmt.Errorf("%s: %s cannot be executed: its mode is %s", r.archive(platform), program, mode))
	}
	return errors.Join(problems...)
}

// checkSBOM looks whether a software bill of materials is of this version, and has something in it.
func checkSBOM(file, version string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var bom struct {
		BOMFormat  string
		Metadata   struct{ Component struct{ Version string } }
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal(content, &bom); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if bom.BOMFormat != "CycloneDX" || bom.Metadata.Component.Version != version || len(bom.Components) == 0 {
		return fmt.Errorf("%s is no CycloneDX document of what is in version %s", file, version)
	}
	return nil
}

// checkManifest looks whether a registry is told the protocol that the provider speaks.
func checkManifest(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var m struct {
		Version  int `json:"version"`
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		} `json:"metadata"`
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return fmt.Errorf("%s: %w", manifest, err)
	}
	if m.Version != 1 || !slices.Equal(m.Metadata.ProtocolVersions, []string{"6.0"}) {
		return fmt.Errorf("%s must have version 1 and protocol 6.0, not %+v", manifest, m)
	}
	return nil
}
