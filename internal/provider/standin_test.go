package provider_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// standIn takes the place of a generic REST provider: its one resource keeps what the real one would keep of an endpoint
// that exists already. It makes no requests.
type standIn struct {
	provider, resource string
	schema             schema.Schema
	keep               func(ctx context.Context, resp *resource.CreateResponse)
}

func (s standIn) factory() acctest.Factory {
	return providerserver.NewProtocol6WithError(&standInProvider{standIn: s})
}

// restAPI keeps what restapi_object of mastercard/restapi keeps.
func restAPI(there sandbox.Endpoint) standIn {
	return standIn{
		provider: "restapi", resource: "object",
		schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"id":              schema.StringAttribute{Computed: true},
			"path":            schema.StringAttribute{Required: true},
			"data":            schema.StringAttribute{Required: true},
			"api_data":        schema.MapAttribute{Computed: true, ElementType: types.StringType},
			"api_response":    schema.StringAttribute{Computed: true},
			"create_response": schema.StringAttribute{Computed: true},
		}},
		keep: func(ctx context.Context, resp *resource.CreateResponse) {
			answer := types.StringValue(answerOf(there))
			for name, value := range map[string]attr.Value{
				"id": types.StringValue(there.ID), "api_response": answer, "create_response": answer,
				"api_data": types.MapValueMust(types.StringType, map[string]attr.Value{
					"id": types.StringValue(there.ID), "url": types.StringValue(there.URL), "secrets": types.StringValue(fmt.Sprint(there.Secrets)),
				}),
			} {
				resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
			}
		},
	}
}

// restful keeps what restful_resource of magodo/restful keeps.
func restful(there sandbox.Endpoint) standIn {
	return standIn{
		provider: "restful", resource: "resource",
		schema: schema.Schema{Version: 2, Attributes: map[string]schema.Attribute{
			"id":        schema.StringAttribute{Computed: true},
			"path":      schema.StringAttribute{Required: true},
			"read_path": schema.StringAttribute{Optional: true},
			"body":      schema.DynamicAttribute{Required: true},
			"output":    schema.DynamicAttribute{Computed: true},
		}},
		keep: func(ctx context.Context, resp *resource.CreateResponse) {
			output := types.DynamicValue(types.ObjectValueMust(
				map[string]attr.Type{"id": types.StringType, "key": types.StringType},
				map[string]attr.Value{"id": types.StringValue(there.ID), "key": types.StringValue(there.Secrets[0].Key)},
			))
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), "/webhooks/endpoints/"+there.ID)...)
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("output"), output)...)
		},
	}
}

// answerOf is the API's answer about an endpoint, keys included.
func answerOf(there sandbox.Endpoint) string {
	answer, err := json.Marshal(map[string]any{
		"id": there.ID, "url": there.URL, "event_filters": there.EventFilters, "ssl_verification": there.SSLVerification,
		"secrets": []map[string]string{{"id": there.Secrets[0].ID, "key": there.Secrets[0].Key}},
	})
	if err != nil {
		panic(err)
	}
	return string(answer)
}

type standInProvider struct {
	provider.Provider
	standIn
}

func (p *standInProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = p.provider
}

func (p *standInProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (p *standInProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (p *standInProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *standInProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &standInResource{standIn: p.standIn} }}
}

type standInResource struct{ standIn }

func (r *standInResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.resource
}

func (r *standInResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

func (r *standInResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	r.keep(ctx, resp)
}

func (r *standInResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (r *standInResource) Update(_ context.Context, _ resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics.AddError("Unexpected update", "The tests change nothing of what a stand-in keeps.")
}

func (r *standInResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
