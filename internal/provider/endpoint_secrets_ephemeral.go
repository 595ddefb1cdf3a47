package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// endpointSecretsEphemeral returns signing keys without leaving them in plan or state.
type endpointSecretsEphemeral struct{ ephemeralBase }

func newEndpointSecretsEphemeral() ephemeral.EphemeralResource { return &endpointSecretsEphemeral{} }

type endpointSecretsModel struct {
	EndpointID types.String `tfsdk:"endpoint_id"`
	Secrets    types.List   `tfsdk:"secrets"`
	CurrentID  types.String `tfsdk:"current_id"`
	CurrentKey types.String `tfsdk:"current_key"`
}

func (e *endpointSecretsEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_endpoint_secrets"
}

func (e *endpointSecretsEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the active signing keys of a webhook endpoint without storing them in plan or state, for the write-only arguments of secret stores.",
		Attributes: map[string]schema.Attribute{
			"endpoint_id": requiredID(endpointIDDescription),
			"secrets":     secretsAttribute(ephemeralSecretsDescription),
			"current_id":  schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the newest key."},
			"current_key": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The newest key."},
		},
	}
}

func (e *endpointSecretsEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model endpointSecretsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := e.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	endpoint, err := client.GetEndpoint(ctx, model.EndpointID.ValueString()) // never cached, because another system stores the key
	if err != nil {
		e.fail(&resp.Diagnostics, "Unable to read the signing keys of the webhook endpoint", err, attributes{"endpoint_id": path.Root("endpoint_id")})
		return
	}
	if len(endpoint.Secrets) == 0 { // a null current_key would overwrite a working key in another system
		resp.Diagnostics.AddAttributeError(path.Root("endpoint_id"), "Endpoint without signing keys",
			fmt.Sprintf("The API lists no active signing key for endpoint %s.\n\nCreate one with prosa_webhook_secret_rotation, and use that resource's endpoint_id here, so that Terraform creates the key first.", endpoint.ID))
		return
	}
	model.Secrets = secretList(endpoint.Secrets)
	model.CurrentID = types.StringValue(endpoint.Secrets[0].ID)
	model.CurrentKey = types.StringValue(endpoint.Secrets[0].Key)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
}
