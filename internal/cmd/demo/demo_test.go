package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestDemo(t *testing.T) {
	t.Parallel()
	provider := t.TempDir()
	if err := cli.Build(t.Context(), provider, version); err != nil {
		t.Fatal(err)
	}
	demo := func(ctx context.Context, t *testing.T, faults ...sandbox.Fault) (output string, err error) {
		t.Helper()
		var out bytes.Buffer
		d := newDemo(&out)
		d.provider = provider
		for _, fault := range faults {
			d.sandbox.Inject(fault)
		}
		err = d.run(ctx)
		output = out.String()
		if strings.Contains(output, apiKey) {
			t.Errorf("the output contains the API key:\n%s", output)
		}
		folder := regexp.MustCompile(`(?m)^Working in (\S+), which`).FindStringSubmatch(output)
		if _, err := os.Stat(folder[1]); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the demo leaves its folder %s: %v", folder[1], err)
		}
		return output, err
	}

	t.Run("complete", func(t *testing.T) {
		output, err := demo(t.Context(), t)
		if err != nil {
			t.Errorf("%v\n%s", err, output)
		}
		for _, text := range []string{
			`resource "prosa_webhook_endpoint" "stt"`,
			"No changes. Your infrastructure matches the configuration.",
			"response_status   = 204",
			"prosa_webhook_secret_rotation.stt will be updated in-place",
			`+ "webhook.ping"`,
			"✓ none of the 3 keys is in the state",
			"All steps succeeded",
		} {
			if !strings.Contains(output, text) {
				t.Errorf("the output does not contain %q:\n%s", text, output)
			}
		}
		writes := strings.Join(regexp.MustCompile(`→ (POST|PUT|DELETE) `).FindAllString(output, -1), "")
		if want := "→ POST → POST → PUT → POST → POST → DELETE "; writes != want {
			t.Errorf("the output has the write requests %s, want %s", writes, want)
		}
	})
	t.Run("failed request", func(t *testing.T) {
		output, err := demo(t.Context(), t, sandbox.Fault{
			Operation: sandbox.OpCreateEndpoint, Status: http.StatusForbidden, Body: `{"status": "forbidden", "message": "not today"}`,
		})
		if err == nil || !strings.Contains(err.Error(), "step 1 (Register the receiver): ") {
			t.Errorf("got the error %v, want one about step 1", err)
		}
		if !strings.Contains(output, "403 forbidden") || strings.Contains(output, "Plan again") {
			t.Errorf("the output lacks the error, or the demo continues after it:\n%s", output)
		}
	})
	t.Run("interrupt", func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		output, err := demo(ctx, t, sandbox.Fault{
			Operation: sandbox.OpCreateEndpoint, Match: func(sandbox.Request) bool { interrupt(); return false }, // no fault
		})
		if err == nil || !strings.Contains(err.Error(), "interrupted") || strings.Contains(output, "Plan again") {
			t.Errorf("got the error %v, want one about the interrupt:\n%s", err, output)
		}
	})
}

// TestUnreadableState: the demo does not report a search that it could not make.
func TestUnreadableState(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	d := newDemo(&out)
	d.cli = &cli.CLI{Folder: t.TempDir()}
	d.sandbox.AddEndpoint(sandbox.Endpoint{URL: placeholder})
	if err := d.searchState(); !errors.Is(err, fs.ErrNotExist) || out.Len() > 0 {
		t.Errorf("got the error %v and the output %q", err, out.String())
	}
}
