// Package provider is the Terraform provider for Prosa's speech webhooks.
package provider

import (
	"context"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// Options are the provider's external dependencies, which tests replace.
type Options struct {
	Getenv func(name string) string // nil: os.Getenv
	Now    func() time.Time         // nil: time.Now
	Client func(*prosa.Config)      // changes the configuration of each client; nil: no change
}

type prosaProvider struct {
	version string
	options Options
}

var (
	_ provider.ProviderWithValidateConfig     = (*prosaProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*prosaProvider)(nil)
	_ provider.ProviderWithActions            = (*prosaProvider)(nil)
	_ provider.ProviderWithFunctions          = (*prosaProvider)(nil)
	_ provider.ProviderWithListResources      = (*prosaProvider)(nil)
)

// New returns a function that creates the provider with its real dependencies.
func New(version string) func() provider.Provider { return NewWith(version, Options{}) }

// NewWith is New with other dependencies.
func NewWith(version string, options Options) func() provider.Provider {
	if options.Getenv == nil {
		options.Getenv = os.Getenv
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return func() provider.Provider { return &prosaProvider{version: version, options: options} }
}

func (p *prosaProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "prosa"
	resp.Version = p.version
}

func (p *prosaProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newEndpointResource,
		newRotationResource,
		newTestEventResource,
		newDeliveryReplayResource,
		newFailedDeliveriesReplayResource,
	}
}

func (p *prosaProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newEndpointDataSource,
		newEndpointsDataSource,
		newEventDataSource,
		newEventsDataSource,
		newDeliveriesDataSource,
	}
}

func (p *prosaProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newEndpointSecretsEphemeral}
}

func (p *prosaProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		newRotateSecretAction,
		newSendTestEventAction,
		newReplayDeliveryAction,
		newReplayFailedDeliveriesAction,
	}
}

func (p *prosaProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newSignatureFunction, newVerifySignatureFunction}
}

func (p *prosaProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newEndpointListResource}
}
