package provider

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Serve serves a provider to the CLI that started this process, or to a debugger.
func Serve(address string, p func() provider.Provider, debug bool) error {
	var options []tf6server.ServeOpt
	if debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	logged := debug || LogsAreRead(os.Environ())
	if !logged {
		if err := os.Setenv("TF_LOG_SDK", "off"); err != nil {
			return err
		}
	}
	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return NewServer(p, logged) }, options...)
}

// LogsAreRead says whether the CLI reads the provider's log, judging by the environment that they share.
//
// The framework logs several lines for each attribute of each resource. The CLI discards them unless TF_LOG or a similar
// variable is set. In a plan of many endpoints, that logging took half of the provider's time.
func LogsAreRead(environ []string) bool {
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if value != "" && (strings.HasPrefix(name, "TF_LOG") || strings.HasPrefix(name, "TOFU_LOG")) {
			return true
		}
	}
	return false
}

// frameworkServer is what the framework's server implements for this provider.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// server is the framework's server. It replaces the context of calls that can take long or are frequent:
//   - An interrupt ends all of these calls, also those that the CLI begins later. The framework ends only calls in flight.
//   - If logged is false, the contexts of frequent calls carry no loggers. The framework keeps the context of each call until
//     the provider ends; with loggers, a plan takes 60 KiB more for each endpoint.
type server struct {
	frameworkServer
	logged bool

	mu   sync.Mutex
	run  context.Context
	stop context.CancelFunc
}

// NewServer returns a provider that is ready to be served. If logged is false, the provider discards its log.
func NewServer(p func() provider.Provider, logged bool) tfprotov6.ProviderServer {
	framework := providerserver.NewProtocol6(p())()
	all, ok := framework.(frameworkServer)
	if !ok {
		panic(fmt.Sprintf("%T has no actions or no list resources", framework))
	}
	s := &server{frameworkServer: all, logged: logged}
	s.begin()
	return s
}

// begin starts a run, unless one is in progress.
func (s *server) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil || s.run.Err() != nil {
		s.run, s.stop = context.WithCancel(context.Background())
	}
}

// context returns a context that ends when the CLI stops the provider.
func (s *server) context(ctx context.Context) context.Context {
	if s.logged {
		return s.cancelableContext(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run
}

// cancelableContext returns a context that also ends when the CLI cancels the call. It is for calls that are rare: the
// framework keeps it, with its loggers.
func (s *server) cancelableContext(ctx context.Context) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(s.run, cancel)
	return ctx
}

// ConfigureProvider begins a new run after an interrupt: with -debug, one process serves several runs.
func (s *server) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	s.begin()
	return s.frameworkServer.ConfigureProvider(ctx, req)
}

func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	return s.frameworkServer.StopProvider(ctx, req)
}

func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return s.frameworkServer.ValidateResourceConfig(s.context(ctx), req)
}

func (s *server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return s.frameworkServer.UpgradeResourceState(s.context(ctx), req)
}

func (s *server) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return s.frameworkServer.UpgradeResourceIdentity(s.context(ctx), req)
}

func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return s.frameworkServer.ReadResource(s.context(ctx), req)
}

func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return s.frameworkServer.PlanResourceChange(s.context(ctx), req)
}

func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return s.frameworkServer.ApplyResourceChange(s.context(ctx), req)
}

func (s *server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return s.frameworkServer.ImportResourceState(s.cancelableContext(ctx), req)
}

func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return s.frameworkServer.ReadDataSource(s.cancelableContext(ctx), req)
}

func (s *server) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return s.frameworkServer.OpenEphemeralResource(s.cancelableContext(ctx), req)
}

func (s *server) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return s.frameworkServer.ListResource(s.cancelableContext(ctx), req)
}

func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	return s.frameworkServer.InvokeAction(s.cancelableContext(ctx), req)
}
