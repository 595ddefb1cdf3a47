package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
)

const (
	labAddress = "example.com/labs/lab"

	// serveLab, when set, makes this test binary the lab provider's plugin.
	serveLab = "SCHEMAJSON_SERVE_LAB"
)

func TestMain(m *testing.M) {
	if os.Getenv(serveLab) == "" {
		os.Exit(m.Run())
	}
	opts := providerserver.ServeOpts{Address: labAddress}
	if err := providerserver.Serve(context.Background(), func() provider.Provider { return lab{} }, opts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile(filepath.Join("testdata", "lab.json"))
	if err != nil {
		t.Fatal(err)
	}
	got, want := exported(t), decoded(t, golden)
	if missing := lacking("", got, want); len(missing) > 0 {
		t.Errorf("not in the export, but in testdata/lab.json:\n%s", strings.Join(missing, "\n"))
	}
	if extra := lacking("", want, got); len(extra) > 0 {
		t.Errorf("in the export, but not in testdata/lab.json:\n%s", strings.Join(extra, "\n"))
	}
}

// A CLI prints what it knows: 1.8 has no ephemeral resources, 1.11 no actions.
// Whatever it prints must be in the export.
func TestExportHasAllThatTheCLIPrints(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "terraform-provider-lab")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "main.tf"),
		fmt.Sprintf("terraform {\n  required_providers {\n    lab = { source = %q }\n  }\n}\n", labAddress))
	write(t, filepath.Join(dir, "cli.tfrc"),
		fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n}\n", labAddress, dir))

	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), cli(t), "providers", "schema", "-json")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "CHECKPOINT_DISABLE=1",
		"TF_CLI_CONFIG_FILE=" + filepath.Join(dir, "cli.tfrc"), serveLab + "=1",
	}
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %s\n%s", cmd, err, &stderr)
	}
	printed := decoded(t, stdout.Bytes())
	if name := "lab_thing"; !strings.Contains(stdout.String(), name) {
		t.Fatalf("%s printed no %s:\n%s", cmd, name, &stdout)
	}
	if missing := lacking("", exported(t), printed); len(missing) > 0 {
		t.Errorf("%s prints what the export lacks:\n%s", cmd, strings.Join(missing, "\n"))
	}
}

func TestExportOfInvalidSchemasFails(t *testing.T) {
	t.Parallel()
	_, err := export(t.Context(), labAddress, lab{withoutThing: true})
	if want := "ListResource Type Defined without a Matching Managed Resource Type"; err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want an error with %q", err, want)
	}
}

func TestRunPrintsTheProvider(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Providers map[string]struct {
			Resources map[string]json.RawMessage `json:"resource_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if _, ok := doc.Providers["prosa"].Resources["prosa_webhook_endpoint"]; !ok {
		t.Errorf("no prosa_webhook_endpoint under the key prosa, which the documentation is made from:\n%s", &out)
	}
}

func exported(t *testing.T) any {
	t.Helper()
	doc, err := export(t.Context(), labAddress, lab{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, raw)
}

func decoded(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// lacking lists, as paths, what want has and got has not, or has otherwise.
func lacking(at string, got, want any) []string {
	object, ok := want.(map[string]any)
	if !ok {
		if reflect.DeepEqual(got, want) {
			return nil
		}
		return []string{fmt.Sprintf("%s: got %v, want %v", at, got, want)}
	}
	var missing []string
	have, _ := got.(map[string]any)
	for name, value := range object {
		if _, ok := have[name]; !ok {
			missing = append(missing, fmt.Sprintf("%s.%s", at, name))
			continue
		}
		missing = append(missing, lacking(at+"."+name, have[name], value)...)
	}
	slices.Sort(missing)
	return missing
}

func cli(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no terraform and no tofu on PATH: install one of them")
	return ""
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
