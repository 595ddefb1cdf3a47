package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// endpointListResource lists endpoints for terraform query.
type endpointListResource struct{ resourceBase }

var _ list.ListResourceWithConfigure = (*endpointListResource)(nil)

func newEndpointListResource() list.ListResource { return &endpointListResource{} }

func (l *endpointListResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_endpoint"
}

func (l *endpointListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds existing webhook endpoints, so that you can import them in bulk.",
		Attributes: map[string]schema.Attribute{
			"url_regex":  urlRegexAttribute(),
			"event_type": eventTypeAttribute(),
		},
	}
}

func (l *endpointListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var filter endpointFilter
	diags := req.Config.Get(ctx, &filter)
	found := l.listEndpoints(ctx, filter, &diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if req.Limit > 0 && int64(len(found)) > req.Limit {
		found = found[:req.Limit]
	}
	stream.Results = func(push func(list.ListResult) bool) {
		for _, e := range found {
			if !push(listResult(ctx, req, e)) {
				return
			}
		}
	}
}

func listResult(ctx context.Context, req list.ListRequest, e prosa.Endpoint) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = e.URL
	result.Diagnostics.Append(result.Identity.Set(ctx, endpointIdentity{ID: types.StringValue(e.ID)})...)
	if req.IncludeResource {
		model := endpointModel{StoreSecrets: types.BoolValue(false)}
		model.refresh(e)
		model.refreshSecrets(nil)
		result.Diagnostics.Append(result.Resource.Set(ctx, &model)...)
	}
	return result
}
