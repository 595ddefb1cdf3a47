package provider_test

import (
	"context"
	"net/http"
	"runtime"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

type payload [1 << 10]byte

type payloadKey struct{}

// TestServerForgetsFinishedCalls: a finished call's context, with its loggers, can be garbage collected.
func TestServerForgetsFinishedCalls(t *testing.T) {
	t.Parallel()
	server := provider.NewServer(provider.New("test"), false)
	for name, call := range map[string]func(ctx context.Context) error{
		"ValidateResourceConfig": func(ctx context.Context) error {
			_, err := server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{})
			return err
		},
		"UpgradeResourceState": func(ctx context.Context) error {
			_, err := server.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{})
			return err
		},
		"UpgradeResourceIdentity": func(ctx context.Context) error {
			_, err := server.UpgradeResourceIdentity(ctx, &tfprotov6.UpgradeResourceIdentityRequest{})
			return err
		},
		"ReadResource": func(ctx context.Context) error {
			_, err := server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{})
			return err
		},
		"PlanResourceChange": func(ctx context.Context) error {
			_, err := server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{})
			return err
		},
		"ApplyResourceChange": func(ctx context.Context) error {
			_, err := server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{})
			return err
		},
	} {
		held := new(payload)
		kept := weak.Make(held)
		if err := call(context.WithValue(context.Background(), payloadKey{}, held)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		runtime.KeepAlive(held)
		runtime.GC()
		if kept.Value() != nil {
			t.Errorf("%s: what was in the call's context is still held", name)
		}
	}
	runtime.KeepAlive(server)
}

// hanging never answers, and tells when it is asked.
type hanging struct{ asked func() }

func (h hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	h.asked()
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestServerEndsCallsWhenItIsToldToStop has a read wait for an answer when the CLI is interrupted.
func TestServerEndsCallsWhenItIsToldToStop(t *testing.T) {
	t.Parallel()
	account := newBenchAccount(t, 1)
	var server tfprotov6.ProviderServer
	server = account.startWith(t, hanging{func() {
		if _, err := server.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
			t.Error(err)
		}
	}}).server
	answer, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: endpointType, CurrentState: account.states[0]})
	if err != nil || len(answer.Diagnostics) != 1 || answer.Diagnostics[0].Severity != tfprotov6.DiagnosticSeverityError {
		t.Fatalf("it ended with %v and %v; wanted one error", err, answer.Diagnostics)
	}
}
