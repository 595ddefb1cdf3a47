package cli

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
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
			got, err := Find(
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

func TestFetchSaysWhatToDo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Fetch(ctx, filepath.Join(t.TempDir(), "cli"))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "Install Terraform or OpenTofu") {
		t.Errorf("the error should say what to do: %v", err)
	}
}
