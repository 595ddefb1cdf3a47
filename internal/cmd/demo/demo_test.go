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

// builtProvider is where the provider is for tests that do not build it themselves.
var builtProvider string

func TestMain(m *testing.M) { os.Exit(withProvider(m.Run)) }

func withProvider(run func() int) int {
	folder, err := os.MkdirTemp("", "demo-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := cli.Build(context.Background(), folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	builtProvider = folder
	return run()
}

var workingFolder = regexp.MustCompile(`(?m)^Working in (\S+), which`)

// checkRemoved fails when the folder that a demo worked in is still there.
func checkRemoved(t *testing.T, output string) {
	t.Helper()
	found := workingFolder.FindStringSubmatch(output)
	if found == nil {
		t.Fatalf("the output names no folder:\n%s", output)
	}
	if _, err := os.Stat(found[1]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder %s is left behind: %v", found[1], err)
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	output := out.String()
	checkRemoved(t, output)

	_, table, found := strings.Cut(output, "\nSTEP ")
	if !found {
		t.Fatalf("there is no table at the end:\n%s", output)
	}
	for _, s := range newDemo(&out).steps() {
		if !strings.Contains(table, s.title) {
			t.Errorf("the step %q is not in the table:\n%s", s.title, table)
		}
	}
	for _, want := range []string{
		`resource "prosa_webhook_endpoint" "stt"`,
		"prosa_webhook_secret_rotation.stt: Plan to update",
		"exit code 0: no changes",
		"2 deliveries of webhook.ping, 0 failed",
		"All is as it should be",
	} {
		if !strings.Contains(output, want) {
			t.Errorf("the output has no %q:\n%s", want, output)
		}
	}
	if strings.Contains(output, apiKey) {
		t.Error("the API key is shown")
	}
}

func TestDemoSaysWhatIsOff(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*sandbox.Server)
		want   []string
	}{
		"a request that fails": {
			func(s *sandbox.Server) {
				s.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: http.StatusForbidden, Body: `{"status": "forbidden", "message": "not today"}`})
			},
			[]string{"step 1 (Register the receiver)", "not today"},
		},
		"a request too many": {
			func(s *sandbox.Server) {
				s.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0"}}})
			},
			[]string{"step 1 (Register the receiver)", "[create-endpoint], and were [create-endpoint create-endpoint]"},
		},
		"an answer that is not true": {
			func(s *sandbox.Server) {
				s.Receiver = func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
					return sandbox.DeliveryResult{Status: http.StatusOK}
				}
			},
			[]string{"step 4 (Send a test event)", "1 webhooks should have arrived by now, and 0 did"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			d := newDemo(&out)
			d.provider = builtProvider
			test.change(d.sandbox)
			err := d.run(t.Context())
			if err == nil {
				t.Fatalf("the demo saw nothing:\n%s", out.String())
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error has no %q: %v", want, err)
				}
			}
			if strings.Contains(out.String(), "All is as it should be") {
				t.Error("it claims that all is well")
			}
			checkRemoved(t, out.String())
		})
	}
}

func TestInterruptedDemoCleansUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	d := newDemo(&out)
	d.provider = builtProvider
	// The CLI is in the middle of an apply when its request arrives.
	d.sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Match: func(sandbox.Request) bool { cancel(); return false }})
	err := d.run(ctx)
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("the error should say that it was interrupted: %v", err)
	}
	if strings.Contains(out.String(), "Plan again") {
		t.Errorf("it went on:\n%s", out.String())
	}
	checkRemoved(t, out.String())
}
