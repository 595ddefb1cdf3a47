package provider_test

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

// TestServerKeepsNoContexts: the context of a finished call, which has loggers, can be garbage collected.
func TestServerKeepsNoContexts(t *testing.T) {
	t.Parallel()
	server := provider.NewServer(provider.New("test"), false)
	for name, call := range map[string]func(context.Context) error{
		"ValidateResourceConfig":  calling(server.ValidateResourceConfig),
		"UpgradeResourceState":    calling(server.UpgradeResourceState),
		"UpgradeResourceIdentity": calling(server.UpgradeResourceIdentity),
		"ReadResource":            calling(server.ReadResource),
		"PlanResourceChange":      calling(server.PlanResourceChange),
		"ApplyResourceChange":     calling(server.ApplyResourceChange),
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

// calling calls a method of the server with an empty request.
func calling[Request, Response any](method func(context.Context, *Request) (*Response, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := method(ctx, new(Request))
		return err
	}
}
