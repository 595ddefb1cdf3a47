package provider

import (
	"context"
	"fmt"
	"slices"
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
	URL             urlValue     `tfsdk:"url"`
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
				Optional: true, Computed: true, CustomType: urlType{},
				Validators:          []validator.String{lookupURL},
				MarkdownDescription: "The URL that Prosa calls. Case of scheme and host, a default port and an empty path do not matter. If no endpoint or more than one endpoint has the URL, the lookup fails.",
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

// ValidateConfig requires exactly one of id and url. An argument that is not known yet may turn out to be null, so Read
// checks again.
func (d *endpointDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var config endpointDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	switch {
	case resp.Diagnostics.HasError():
	case config.ID.IsNull() && config.URL.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Missing id or url",
			`Neither "id" nor "url" is given. Say which endpoint is meant by one of them.`)
	case known(config.ID) && known(config.URL):
		resp.Diagnostics.AddAttributeError(path.Root("url"), "Both id and url",
			`Both "id" and "url" are given. Say which endpoint is meant by one of them, and leave the other out.`)
	}
}

func (d *endpointDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model endpointDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	var e prosa.Endpoint
	if model.ID.IsNull() {
		e, ok = d.readByURL(ctx, client, model, &resp.Diagnostics)
	} else {
		e, ok = d.readByID(ctx, client, model.ID.ValueString(), path.Root("id"), &resp.Diagnostics)
	}
	if !ok {
		return
	}
	model.refresh(e)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// refresh copies what the API says into the model; keys only with include_secrets.
func (m *endpointDataSourceModel) refresh(e prosa.Endpoint) {
	if m.ID.IsNull() {
		m.ID = types.StringValue(e.ID)
	}
	m.URL = newURL(e.URL)
	m.EventFilters = stringSet(e.EventFilters)
	m.SSLVerification = types.BoolValue(e.SSLVerification)
	m.Secrets = types.ListNull(secretType)
	if m.IncludeSecrets.ValueBool() && e.Secrets != nil {
		m.Secrets = secretList(e.Secrets)
	}
}

const readEndpointFailed = "Unable to read the webhook endpoint"

// readByID reads the endpoint. at is the argument that its id came from.
func (d *endpointDataSource) readByID(ctx context.Context, client *prosa.Client, id string, at path.Path, diags *diag.Diagnostics) (prosa.Endpoint, bool) {
	e, err := client.ReadEndpoint(ctx, id)
	if err != nil {
		d.fail(diags, readEndpointFailed, err, attributes{"endpoint_id": at})
	}
	return e, err == nil
}

// readByURL finds the endpoint in the listing. It reads the endpoint itself only for its keys, or if the listing leaves fields out.
func (d *endpointDataSource) readByURL(ctx context.Context, client *prosa.Client, model endpointDataSourceModel, diags *diag.Diagnostics) (prosa.Endpoint, bool) {
	at, url := path.Root("url"), model.URL.ValueString()
	found, err := client.FindByURL(ctx, url)
	switch {
	case err != nil:
		d.fail(diags, readEndpointFailed, err, nil)
	case len(found) == 0:
		diags.AddAttributeError(at, "No such webhook endpoint",
			fmt.Sprintf("No endpoint is registered with the URL %s.\n\nCheck the URL, and that the API key, which came from %s, belongs to the account that has it: speech-to-text and text-to-speech have different keys. "+
				"An endpoint that this configuration creates is found by its id, as in id = prosa_webhook_endpoint.NAME.id.", url, d.keySource))
	case len(found) > 1:
		ids := make([]string, len(found))
		for i, e := range found {
			ids[i] = e.ID
		}
		slices.Sort(ids)
		diags.AddAttributeError(at, "More than one webhook endpoint",
			fmt.Sprintf("The URL %s is registered more than once, as %s.\n\nGive the id of the one you mean instead of the URL.", url, strings.Join(ids, ", ")))
	case model.IncludeSecrets.ValueBool():
		return d.readByID(ctx, client, found[0].ID, at, diags)
	default:
		e, err := client.LookupEndpoint(ctx, found[0].ID)
		if err != nil {
			d.fail(diags, readEndpointFailed, err, attributes{"endpoint_id": at})
		}
		return e, err == nil
	}
	return prosa.Endpoint{}, false
}
