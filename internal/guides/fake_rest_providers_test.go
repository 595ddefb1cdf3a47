package guides_test

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// set returns an applyFunc that sets these attributes.
func set(values map[string]attr.Value) applyFunc {
	return func(ctx context.Context, _ tfsdk.Config, plan *tfsdk.Plan) (diags diag.Diagnostics) {
		for name, value := range values {
			diags.Append(plan.SetAttribute(ctx, path.Root(name), value)...)
		}
		return diags
	}
}

// restAPI stores a state like that of restapi_object of mastercard/restapi, with the key in several attributes.
func restAPI(endpoint sandbox.Endpoint) acctest.Factory {
	object := schema.Schema{Attributes: map[string]schema.Attribute{
		"id":                      schema.StringAttribute{Computed: true},
		"path":                    schema.StringAttribute{Required: true},
		"data":                    schema.StringAttribute{Required: true},
		"ignore_server_additions": schema.BoolAttribute{Optional: true},
		"api_data":                schema.MapAttribute{Computed: true, ElementType: types.StringType},
		"api_response":            schema.StringAttribute{Computed: true},
		"create_response":         schema.StringAttribute{Computed: true},
	}}
	id, response := types.StringValue(endpoint.ID), responseWith(endpoint)
	return (&fakeProvider{
		name: "restapi",
		arguments: map[string]providerschema.Attribute{
			"uri":                  providerschema.StringAttribute{Optional: true},
			"write_returns_object": providerschema.BoolAttribute{Optional: true},
			"headers":              providerschema.MapAttribute{Optional: true, ElementType: types.StringType},
		},
		resources: []fakeResource{{"object", object, set(map[string]attr.Value{
			"id": id, "api_response": response, "create_response": response,
			"api_data": types.MapValueMust(types.StringType, map[string]attr.Value{
				"id": id, "url": types.StringValue(endpoint.URL), "secrets": types.StringValue(endpoint.Secrets[0].Key),
			}),
		})}},
	}).factory()
}

// restful stores a state like that of restful_resource of magodo/restful, with the key in output. The provider's output is
// an object, and this one is JSON text; a move ignores it.
func restful(endpoint sandbox.Endpoint) acctest.Factory {
	object := schema.Schema{Version: 2, Attributes: map[string]schema.Attribute{
		"id":               schema.StringAttribute{Computed: true},
		"path":             schema.StringAttribute{Required: true},
		"read_path":        schema.StringAttribute{Optional: true},
		"body":             schema.DynamicAttribute{Required: true},
		"write_only_attrs": schema.ListAttribute{Optional: true, ElementType: types.StringType},
		"output":           schema.DynamicAttribute{Computed: true},
	}}
	return (&fakeProvider{
		name: "restful",
		arguments: map[string]providerschema.Attribute{
			"base_url": providerschema.StringAttribute{Optional: true},
			"security": providerschema.DynamicAttribute{Optional: true},
		},
		resources: []fakeResource{{"resource", object, set(map[string]attr.Value{
			"id":     types.StringValue("/webhooks/endpoints/" + endpoint.ID),
			"output": types.DynamicValue(responseWith(endpoint)),
		})}},
	}).factory()
}

// responseWith returns the API's response for an endpoint, including its keys.
func responseWith(endpoint sandbox.Endpoint) types.String {
	response, err := json.Marshal(map[string]any{
		"id": endpoint.ID, "url": endpoint.URL, "event_filters": endpoint.EventFilters, "ssl_verification": endpoint.SSLVerification,
		"secrets": []map[string]string{{"id": endpoint.Secrets[0].ID, "key": endpoint.Secrets[0].Key}},
	})
	if err != nil {
		panic(err)
	}
	return types.StringValue(string(response))
}
