package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// NewServer makes a provider ready to be served to a CLI that throws away what the provider logs: see [LogsAreRead].
func NewServer(p func() provider.Provider) tfprotov6.ProviderServer {
	framework := providerserver.NewProtocol6(p())()
	all, ok := framework.(frameworkServer)
	if !ok {
		panic(fmt.Sprintf("%T has no actions or no list resources", framework))
	}
	return &server{all}
}

// frameworkServer is all that the framework's server can do for this provider.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// server gives the framework contexts without loggers, for the calls of which there are several for each resource.
//
// The framework keeps the context of every call until the provider ends, which with loggers in it takes 60 KiB for each
// endpoint of a plan; and it spends a good part of its time on preparing what it would log.
type server struct{ frameworkServer }

func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return bare(ctx, s.frameworkServer.ValidateResourceConfig, req)
}

func (s *server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return bare(ctx, s.frameworkServer.UpgradeResourceState, req)
}

func (s *server) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return bare(ctx, s.frameworkServer.UpgradeResourceIdentity, req)
}

func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return bare(ctx, s.frameworkServer.ReadResource, req)
}

func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return bare(ctx, s.frameworkServer.PlanResourceChange, req)
}

func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return bare(ctx, s.frameworkServer.ApplyResourceChange, req)
}

// bare calls with a context that has nothing of the given one. It ends nevertheless when the CLI wants the provider to
// stop: the framework sees to that.
func bare[Request, Response any](_ context.Context, call func(context.Context, Request) (Response, error), req Request) (Response, error) {
	return call(context.Background(), req) //nolint:contextcheck // a context without the values of the other is what this is for
}
