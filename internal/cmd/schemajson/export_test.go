package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// TestExport checks that the export has everything that the CLI prints. A CLI prints only what it supports: 1.8 has no
// ephemeral resources, and 1.11 has no actions.
func TestExport(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	w := e.Workspace(nil)
	w.Write("main.tf", "terraform {\n  required_providers {\n    prosa = { source = \"prosa-ai/prosa\" }\n  }\n}\n")
	var printed struct {
		Providers map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.Unmarshal([]byte(w.Run("providers", "schema", "-json")), &printed); err != nil {
		t.Fatal(err)
	}
	want := printed.Providers[acctest.TestedCLI(t).Registry()+"/prosa-ai/prosa"]

	server, err := e.Factory()()
	if err != nil {
		t.Fatal(err)
	}
	document, err := export(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	printed.Providers = nil
	if err := json.Unmarshal(text, &printed); err != nil {
		t.Fatal(err)
	}
	got := printed.Providers["prosa"]
	if want["resource_schemas"] == nil {
		t.Fatalf("the CLI prints no resources: %v", want)
	}
	for _, difference := range compare("", got, want) {
		t.Error(difference)
	}
	if acctest.WriteOnlyArguments.In(acctest.TestedCLI(t)) { // then it prints all fields of resources
		for _, difference := range compare("the CLI", want["resource_schemas"], got["resource_schemas"].(map[string]any)) {
			t.Error(difference)
		}
	}
	kinds := []string{
		"action_schemas", "data_source_schemas", "ephemeral_resource_schemas", "functions", "list_resource_schemas", "provider",
		"resource_identity_schemas", "resource_schemas",
	}
	if exported := slices.Sorted(maps.Keys(got)); !slices.Equal(exported, kinds) {
		t.Errorf("the export has the kinds %q, want %q", exported, kinds)
	}
}

// compare returns the values in want that got lacks.
func compare(path string, got any, want map[string]any) (differences []string) {
	object, _ := got.(map[string]any)
	for name, value := range want {
		at := path + "." + name
		if inner, ok := value.(map[string]any); ok && object[name] != nil {
			differences = append(differences, compare(at, object[name], inner)...)
		} else if !reflect.DeepEqual(object[name], value) {
			differences = append(differences, fmt.Sprintf("%s: got %v, want %v", at, object[name], value))
		}
	}
	return differences
}
