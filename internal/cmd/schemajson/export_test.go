package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
)

const (
	labAddress = "labs/lab"

	// serveLab, when set, makes this test binary the lab provider's plugin.
	serveLab = "SCHEMAJSON_SERVE_LAB"
)

func TestMain(m *testing.M) {
	if os.Getenv(serveLab) == "" {
		os.Exit(m.Run())
	}
	opts := providerserver.ServeOpts{Address: "registry.terraform.io/" + labAddress}
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

// A CLI prints only the kinds that it supports: 1.8 has no ephemeral resources, and 1.11 has no actions. The export
// must contain everything that the CLI prints.
func TestExportHasAllThatTheCLIPrints(t *testing.T) {
	t.Parallel()
	program, err := cli.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &cli.CLI{Program: program, Folder: dir, Config: filepath.Join(dir, "cli.tfrc"), Env: []string{serveLab + "=1"}}
	if err := errors.Join(
		os.Symlink(self, filepath.Join(dir, "terraform-provider-lab")),
		cli.WriteOverrides(c.Config, map[string]string{labAddress: dir}),
		os.WriteFile(filepath.Join(dir, "main.tf"), fmt.Appendf(nil, "terraform {\n  required_providers {\n    lab = { source = %q }\n  }\n}\n", labAddress), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	output, err := c.Command(t.Context(), "providers", "schema", "-json").Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", program, err, output, stderr(err))
	}
	printed := decoded(t, bytes.Replace(output, []byte(program.Registry()+"/"+labAddress), []byte(labAddress), 1))
	if name := "lab_thing"; !strings.Contains(string(output), name) {
		t.Fatalf("%s printed no %s:\n%s", program, name, output)
	}
	if missing := lacking("", exported(t), printed); len(missing) > 0 {
		t.Errorf("%s prints what the export lacks:\n%s", program, strings.Join(missing, "\n"))
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

// lacking returns the paths of values in want that got lacks or has with another value.
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

func stderr(err error) []byte {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.Stderr
	}
	return nil
}
