package provider_test

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

// TestServerKeepsNoContexts: the context of a finished call, which has loggers, can be garbage collected.
func TestServerKeepsNoContexts(t *testing.T) {
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
		type key struct{}
		value := new([1 << 10]byte)
		reference := weak.Make(value)
		if err := call(context.WithValue(context.Background(), key{}, value)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		runtime.KeepAlive(value)
		runtime.GC()
		if reference.Value() != nil {
			t.Errorf("%s: the server still has the call's context", name)
		}
	}
	runtime.KeepAlive(server)
}
