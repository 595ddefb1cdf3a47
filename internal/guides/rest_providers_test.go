package guides_test

import (
	"context"
	"encoding/json"
	"fmt"

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

// restAPI stores the same state as restapi_object of mastercard/restapi.
func restAPI(there sandbox.Endpoint) acctest.Factory {
	return standInFor("restapi", map[string]providerschema.Attribute{
		"uri":                  providerschema.StringAttribute{Optional: true},
		"write_returns_object": providerschema.BoolAttribute{Optional: true},
		"headers":              providerschema.MapAttribute{Optional: true, ElementType: types.StringType},
	}, standIn{
		Name: "object",
		Schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"id":                      schema.StringAttribute{Computed: true},
			"path":                    schema.StringAttribute{Required: true},
			"data":                    schema.StringAttribute{Required: true},
			"ignore_server_additions": schema.BoolAttribute{Optional: true},
			"api_data":                schema.MapAttribute{Computed: true, ElementType: types.StringType},
			"api_response":            schema.StringAttribute{Computed: true},
			"create_response":         schema.StringAttribute{Computed: true},
		}},
		Keep: func(ctx context.Context, _ tfsdk.Config, state *tfsdk.State) (diags diag.Diagnostics) {
			answer := types.StringValue(answerOf(there))
			for name, value := range map[string]attr.Value{
				"id": types.StringValue(there.ID), "api_response": answer, "create_response": answer,
				"api_data": types.MapValueMust(types.StringType, map[string]attr.Value{
					"id": types.StringValue(there.ID), "url": types.StringValue(there.URL), "secrets": types.StringValue(fmt.Sprint(there.Secrets)),
				}),
			} {
				diags.Append(state.SetAttribute(ctx, path.Root(name), value)...)
			}
			return diags
		},
		Read: func(ctx context.Context, state *tfsdk.State) diag.Diagnostics {
			var ignored types.Bool
			diags := state.GetAttribute(ctx, path.Root("ignore_server_additions"), &ignored)
			if !ignored.ValueBool() { // fields that the API adds count as drift
				diags.Append(state.SetAttribute(ctx, path.Root("data"), answerOf(there))...)
			}
			return diags
		},
	})
}

// restful stores the same state as restful_resource of magodo/restful.
func restful(there sandbox.Endpoint) acctest.Factory {
	return standInFor("restful", map[string]providerschema.Attribute{
		"base_url": providerschema.StringAttribute{Optional: true},
		"security": providerschema.DynamicAttribute{Optional: true},
	}, standIn{
		Name: "resource", Identity: true,
		Schema: schema.Schema{Version: 2, Attributes: map[string]schema.Attribute{
			"id":               schema.StringAttribute{Computed: true},
			"path":             schema.StringAttribute{Required: true},
			"read_path":        schema.StringAttribute{Optional: true},
			"body":             schema.DynamicAttribute{Required: true},
			"write_only_attrs": schema.ListAttribute{Optional: true, ElementType: types.StringType},
			"output":           schema.DynamicAttribute{Computed: true},
		}},
		Keep: func(ctx context.Context, _ tfsdk.Config, state *tfsdk.State) diag.Diagnostics {
			output := types.DynamicValue(types.ObjectValueMust(
				map[string]attr.Type{"id": types.StringType, "key": types.StringType},
				map[string]attr.Value{"id": types.StringValue(there.ID), "key": types.StringValue(there.Secrets[0].Key)},
			))
			diags := state.SetAttribute(ctx, path.Root("id"), "/webhooks/endpoints/"+there.ID)
			return append(diags, state.SetAttribute(ctx, path.Root("output"), output)...)
		},
	})
}

// answerOf returns the API's response for an endpoint, including its keys.
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
