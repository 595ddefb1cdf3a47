package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

type endpointDataSource struct{ dataSourceBase }

var _ datasource.DataSourceWithValidateConfig = (*endpointDataSource)(nil)

func newEndpointDataSource() datasource.DataSource { return &endpointDataSource{} }

type endpointDataSourceModel struct {
	ID              types.String `tfsdk:"id"`
	URL             types.String `tfsdk:"url"`
	IncludeSecrets  types.Bool   `tfsdk:"include_secrets"`
	EventFilters    types.Set    `tfsdk:"event_filters"`
	SSLVerification types.Bool   `tfsdk:"ssl_verification"`
	Secrets         types.List   `tfsdk:"secrets"`
}

func (d *endpointDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_endpoint"
}

func (d *endpointDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Looks up one webhook endpoint by id or URL. Signing keys stay out of state unless you ask for them.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Optional: true, Computed: true,
				Validators:          []validator.String{validID},
				MarkdownDescription: "The endpoint's id. Set exactly one of `id` and `url`.",
			},
			"url": schema.StringAttribute{
				Optional: true, Computed: true,
				Validators:          []validator.String{lookupURL},
				MarkdownDescription: "The URL that Prosa calls. Uppercase letters in the scheme and host, a default port and an empty path make no difference. If no endpoint or more than one endpoint has the URL, the lookup fails.",
			},
			"include_secrets": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to read the active signing keys into state, as `secrets`. Default: `false`.",
			},
			"event_filters": schema.SetAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "The event types that Prosa sends. Empty means every type.",
			},
			"ssl_verification": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether Prosa verifies the TLS certificate of the URL.",
			},
			"secrets": secretsAttribute(includedSecretsDescription),
		},
	}
}

// ValidateConfig requires exactly one of id and url. An unknown argument may still become null: Terraform validates again
// before it reads.
func (d *endpointDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var config endpointDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	switch {
	case resp.Diagnostics.HasError():
	case config.ID.IsNull() && config.URL.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Missing id or url",
			`To select the endpoint, set "id" or "url".`)
	case known(config.ID) && known(config.URL):
		resp.Diagnostics.AddAttributeError(path.Root("url"), "Both id and url",
			`Both "id" and "url" are set. Remove one of them.`)
	}
}

func (d *endpointDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model endpointDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	id, argument, read := model.ID.ValueString(), path.Root("id"), client.ReadEndpoint
	if model.ID.IsNull() {
		if id, ok = d.idByURL(ctx, client, model.URL.ValueString(), &resp.Diagnostics); !ok {
			return
		}
		argument = path.Root("url")
		if !model.IncludeSecrets.ValueBool() {
			read = client.LookupEndpoint // the listing has everything but the keys
		}
	}
	e, err := read(ctx, id)
	if err != nil {
		d.fail(&resp.Diagnostics, readEndpointFailed, err, attributes{"endpoint_id": argument})
		return
	}
	model.refresh(e)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

const readEndpointFailed = "Unable to read the webhook endpoint"

// idByURL returns the id of the only endpoint with the URL.
func (d *endpointDataSource) idByURL(ctx context.Context, client *prosa.Client, url string, diags *diag.Diagnostics) (string, bool) {
	found, err := client.FindByURL(ctx, url)
	switch {
	case err != nil:
		d.fail(diags, readEndpointFailed, err, nil)
	case len(found) == 0:
		diags.AddAttributeError(path.Root("url"), "No such webhook endpoint",
			fmt.Sprintf("No endpoint is registered with the URL %s.\n\nCheck the URL. Also check that the API key, which came from %s, belongs to the account that has the endpoint: speech-to-text and text-to-speech have different keys. "+
				"If this configuration creates the endpoint, use its id instead: id = prosa_webhook_endpoint.NAME.id.", url, d.keySource))
	case len(found) > 1:
		diags.AddAttributeError(path.Root("url"), "More than one webhook endpoint",
			fmt.Sprintf("Several endpoints have the URL %s: %s.\n\nSelect one of them: set \"id\" instead of \"url\".", url, strings.Join(sortedIDs(found), ", ")))
	default:
		return found[0].ID, true
	}
	return "", false
}

// refresh copies the endpoint into the model, with its keys if include_secrets is on.
func (m *endpointDataSourceModel) refresh(e prosa.Endpoint) {
	if m.ID.IsNull() {
		m.ID = types.StringValue(e.ID)
	}
	if m.URL.IsNull() {
		m.URL = types.StringValue(e.URL)
	}
	m.EventFilters = stringSet(e.EventFilters)
	m.SSLVerification = types.BoolValue(e.SSLVerification)
	m.Secrets = types.ListNull(secretType)
	if m.IncludeSecrets.ValueBool() && e.Secrets != nil {
		m.Secrets = secretList(e.Secrets)
	}
}
