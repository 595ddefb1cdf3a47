package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

type endpointsDataSource struct{ dataSourceBase }

func newEndpointsDataSource() datasource.DataSource { return &endpointsDataSource{} }

type endpointsModel struct {
	endpointFilter
	Endpoints []listedEndpoint `tfsdk:"endpoints"`
	IDs       []string         `tfsdk:"ids"`
}

// listedEndpoint is an endpoint in a listing, without its keys.
type listedEndpoint struct {
	ID              string    `tfsdk:"id"`
	URL             string    `tfsdk:"url"`
	EventFilters    types.Set `tfsdk:"event_filters"`
	SSLVerification bool      `tfsdk:"ssl_verification"`
}

func (d *endpointsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_endpoints"
}

func (d *endpointsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the webhook endpoints of the account, including those that Terraform does not manage.",
		Attributes: map[string]schema.Attribute{
			"url_regex":  urlRegexAttribute(),
			"event_type": eventTypeAttribute(),
			"endpoints": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The endpoints, sorted by URL, then id.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":               schema.StringAttribute{Computed: true, MarkdownDescription: "The endpoint's id."},
					"url":              schema.StringAttribute{Computed: true, MarkdownDescription: "The URL that Prosa calls."},
					"event_filters":    schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The event types that Prosa sends. Empty means every type."},
					"ssl_verification": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether Prosa verifies the TLS certificate of the URL."},
				}},
			},
			"ids": schema.ListAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "The ids of `endpoints`, in the same order.",
			},
		},
	}
}

func (d *endpointsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model endpointsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	endpoints := d.listEndpoints(ctx, model.endpointFilter, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	model.refresh(endpoints)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// refresh copies endpoints into the model, in their order.
func (m *endpointsModel) refresh(endpoints []prosa.Endpoint) {
	m.Endpoints, m.IDs = []listedEndpoint{}, []string{}
	for _, e := range endpoints {
		m.Endpoints = append(m.Endpoints, listedEndpoint{ID: e.ID, URL: e.URL, EventFilters: stringSet(e.EventFilters), SSLVerification: e.SSLVerification})
		m.IDs = append(m.IDs, e.ID)
	}
}
