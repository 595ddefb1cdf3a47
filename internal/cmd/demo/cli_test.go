package main

import (
	"context"
	"errors"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadOutcome(t *testing.T) {
	t.Parallel()
	o, problems := readOutcome([]byte(`{"@message":"Terraform 1.11.4","type":"version"}
{"@message":"Warning: Provider development overrides are in effect","type":"diagnostic","diagnostic":{"severity":"warning","summary":"Provider development overrides are in effect","detail":"…"}}
{"@message":"Warning: Webhook URL without encryption","type":"diagnostic","diagnostic":{"severity":"warning","summary":"Webhook URL without encryption","detail":"…"}}
{"@message":"a.b: Plan to replace","type":"planned_change","change":{"resource":{"addr":"a.b"},"action":"replace"}}
{"@message":"data.a.b: Plan to read","type":"planned_change","change":{"resource":{"addr":"data.a.b"},"action":"read"}}
{"@message":"Plan: 1 to add, 0 to change, 1 to destroy.","type":"change_summary"}
{"@message":"Apply complete!","type":"change_summary"}
`))
	if len(problems) > 0 {
		t.Errorf("there should be no problems: %q", problems)
	}
	if !maps.Equal(o.planned, map[string]string{"a.b": "replace"}) || !slices.Equal(o.changes, []string{"a.b: Plan to replace"}) {
		t.Errorf("the plan is not as the CLI says: %v, %q", o.planned, o.changes)
	}
	if o.summary != "Apply complete!" || !o.overHTTP {
		t.Errorf("the summary or the warning is not as the CLI says: %+v", o)
	}
}

func TestReadOutcomeReportsProblems(t *testing.T) {
	t.Parallel()
	_, problems := readOutcome([]byte(`{"@message":"Error: Missing API key","type":"diagnostic","diagnostic":{"severity":"error","summary":"Missing API key","detail":"Set it."}}
{"@message":"Warning: Check block assertion failed","type":"diagnostic","diagnostic":{"severity":"warning","summary":"Check block assertion failed","detail":"It is down."}}
Error: no JSON at all
`))
	want := []string{"Error: Missing API key\nSet it.", "Warning: Check block assertion failed\nIt is down.", "Error: no JSON at all"}
	if !slices.Equal(problems, want) {
		t.Errorf("the problems should be %q, and are %q", want, problems)
	}
}

func TestWithoutSettings(t *testing.T) {
	t.Parallel()
	got := withoutSettings([]string{"PATH=/bin", "TF_LOG=trace", "TF_VAR_a=b", "tf_log=trace", "TOFU_LOG=trace", "PROSA_API_KEY=real", "HOME=/home", "TFX=1"})
	if want := []string{"PATH=/bin", "HOME=/home", "TFX=1"}; !slices.Equal(got, want) {
		t.Errorf("the environment should be %q, and is %q", want, got)
	}
}

func TestFindCLI(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		named     string
		installed []string
		want      string
		fails     bool
	}{
		"terraform first":        {"", []string{"tofu", "terraform"}, "/bin/terraform", false},
		"tofu else":              {"", []string{"tofu"}, "/bin/tofu", false},
		"none":                   {"", nil, "", false},
		"the one that was named": {"/opt/tofu", []string{"terraform", "/opt/tofu"}, "/opt/tofu", false},
		"a name that is wrong":   {"/opt/tofu", []string{"terraform"}, "", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := findCLI(
				func(variable string) string {
					return map[string]string{"TF_ACC_TERRAFORM_PATH": test.named}[variable]
				},
				func(program string) (string, error) {
					if !slices.Contains(test.installed, program) {
						return "", exec.ErrNotFound
					}
					if filepath.IsAbs(program) {
						return program, nil
					}
					return "/bin/" + program, nil
				})
			if got != test.want || (err != nil) != test.fails {
				t.Errorf("it should be %q, and is %q: %v", test.want, got, err)
			}
			if test.fails && !strings.Contains(err.Error(), "TF_ACC_TERRAFORM_PATH") {
				t.Errorf("the error does not say what to correct: %v", err)
			}
		})
	}
}

func TestFetchCLISaysWhatToDo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := fetchCLI(ctx, filepath.Join(t.TempDir(), "cli"))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "Install Terraform or OpenTofu") {
		t.Errorf("the error should say what to do: %v", err)
	}
}
