package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/cli"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// builtProvider is the folder of the built provider, which the tests share.
var builtProvider string

func TestMain(m *testing.M) { os.Exit(withProvider(m.Run)) }

func withProvider(run func() int) int {
	folder, err := os.MkdirTemp("", "demo-test-")
	if err == nil {
		err = cli.Build(context.Background(), folder, version)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	builtProvider = folder
	return run()
}

var workingFolder = regexp.MustCompile(`(?m)^Working in (\S+), which`)

// show runs a demo, and fails the test if the demo does not remove its folder.
func show(ctx context.Context, t *testing.T, change func(*sandbox.Server)) (string, error) {
	t.Helper()
	var out bytes.Buffer
	d := newDemo(&out)
	d.provider = builtProvider
	change(d.sandbox)
	err := d.run(ctx)
	found := workingFolder.FindStringSubmatch(out.String())
	if found == nil {
		t.Fatalf("the output names no folder:\n%s", out.String())
	}
	if _, err := os.Stat(found[1]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder %s is left behind: %v", found[1], err)
	}
	return out.String(), err
}

func TestDemo(t *testing.T) {
	t.Parallel()
	output, err := show(t.Context(), t, func(*sandbox.Server) {})
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, s := range newDemo(nil).steps() {
		if !strings.Contains(output, s.title) {
			t.Errorf("the output has no step %q", s.title)
		}
	}
	for _, want := range []string{
		`resource "prosa_webhook_endpoint" "stt"`,
		"prosa_webhook_secret_rotation.stt will be updated in-place",
		"No changes. Your infrastructure matches the configuration.",
		"the receiver verified the signature and answered 204",
		"2 deliveries of webhook.ping, 0 failed",
		"All steps succeeded",
	} {
		if !strings.Contains(output, want) {
			t.Errorf("the output has no %q:\n%s", want, output)
		}
	}
	if strings.Contains(output, apiKey) {
		t.Error("the API key is shown")
	}
}

func TestDemoReportsFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*sandbox.Server)
		want   []string
	}{
		"a failed request": {
			func(s *sandbox.Server) {
				s.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: http.StatusForbidden, Body: `{"status": "forbidden", "message": "not today"}`})
			},
			[]string{"step 1 (Register the receiver)", "apply -auto-approve -compact-warnings: exit status 1"},
		},
		"an extra request": {
			func(s *sandbox.Server) {
				s.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0"}}})
			},
			[]string{"step 1 (Register the receiver)", "[create-endpoint], but got [create-endpoint create-endpoint]"},
		},
		"a delivery that never arrived": {
			func(s *sandbox.Server) {
				s.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
					return sandbox.DeliveryResult{Status: http.StatusOK}
				}
			},
			[]string{"step 4 (Send a test event)", "expected 1 webhooks so far, but got 0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output, err := show(t.Context(), t, test.change)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
			if strings.Contains(output, "All steps succeeded") {
				t.Error("the output says that all is well")
			}
		})
	}
}

func TestInterruptedDemoCleansUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	output, err := show(ctx, t, func(s *sandbox.Server) {
		// When the request arrives, the CLI is in the middle of an apply.
		s.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Match: func(sandbox.Request) bool { cancel(); return false }})
	})
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("the error should say that the demo was interrupted: %v", err)
	}
	if strings.Contains(output, "Plan again") {
		t.Errorf("the demo went on:\n%s", output)
	}
}
