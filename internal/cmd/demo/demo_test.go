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
	for name, test := range map[string]struct {
		fault     sandbox.Fault // of the first create
		interrupt bool
		shows     []string // in the output
		fails     string   // the error
	}{
		"complete": {shows: []string{
			`resource "prosa_webhook_endpoint" "stt"`,
			"No changes. Your infrastructure matches the configuration.",
			"response_status   = 204",
			"prosa_webhook_secret_rotation.stt will be updated in-place",
			`+ "webhook.ping"`,
			"✓ none of the 3 keys is in the state",
			"All steps succeeded",
		}},
		"failed request": {
			fault: sandbox.Fault{Status: http.StatusForbidden, Body: `{"status": "forbidden", "message": "not today"}`},
			shows: []string{"403 forbidden"},
			fails: "step 1 (Register the receiver): ",
		},
		"interrupt": {interrupt: true, fails: "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			d := newDemo(&out)
			d.provider = provider
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			test.fault.Operation = sandbox.OpCreateEndpoint
			test.fault.Match = func(sandbox.Request) bool {
				if test.interrupt {
					interrupt()
				}
				return test.fault.Status != 0
			}
			d.sandbox.Inject(test.fault)
			err := d.run(ctx)
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("got the error %v, want %q", err, test.fails)
			}
			for _, text := range test.shows {
				if !strings.Contains(out.String(), text) {
					t.Errorf("the output does not contain %q:\n%s", text, out.String())
				}
			}
			if test.fails != "" && strings.Contains(out.String(), "Plan again") || strings.Contains(out.String(), apiKey) {
				t.Errorf("the demo continues after a failure, or shows the API key:\n%s", out.String())
			}
			var writes []string
			for _, request := range regexp.MustCompile(`→ (POST|PUT|DELETE) `).FindAllStringSubmatch(out.String(), -1) {
				writes = append(writes, request[1])
			}
			if got, want := strings.Join(writes, " "), "POST POST PUT POST POST DELETE"; test.fails == "" && got != want {
				t.Errorf("the demo shows the write requests %s, want %s", got, want)
			}
			folder := regexp.MustCompile(`(?m)^Working in (\S+), which`).FindStringSubmatch(out.String())
			if _, err := os.Stat(folder[1]); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the demo leaves its folder %s: %v", folder[1], err)
			}
		})
	}
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
