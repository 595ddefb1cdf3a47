package provider_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// standIn takes the place of a resource of another provider. It makes no requests; keep fills in what the real one would
// compute when it is created.
type standIn struct {
	name   string // without the provider's
	schema schema.Schema
	keep   func(ctx context.Context, config tfsdk.Config, state *tfsdk.State) diag.Diagnostics
}

// standInFor makes a provider that has only these resources, and takes these arguments.
func standInFor(provider string, arguments map[string]providerschema.Attribute, resources ...standIn) acctest.Factory {
	return providerserver.NewProtocol6WithError(&standInProvider{
		typeName: provider, schema: providerschema.Schema{Attributes: arguments}, resources: resources,
	})
}

// restAPI keeps what restapi_object of mastercard/restapi keeps.
func restAPI(there sandbox.Endpoint) acctest.Factory {
	return standInFor("restapi", map[string]providerschema.Attribute{
		"uri":                  providerschema.StringAttribute{Optional: true},
		"write_returns_object": providerschema.BoolAttribute{Optional: true},
		"headers":              providerschema.MapAttribute{Optional: true, ElementType: types.StringType},
	}, standIn{
		name: "object",
		schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"id":              schema.StringAttribute{Computed: true},
			"path":            schema.StringAttribute{Required: true},
			"data":            schema.StringAttribute{Required: true},
			"api_data":        schema.MapAttribute{Computed: true, ElementType: types.StringType},
			"api_response":    schema.StringAttribute{Computed: true},
			"create_response": schema.StringAttribute{Computed: true},
		}},
		keep: func(ctx context.Context, _ tfsdk.Config, state *tfsdk.State) (diags diag.Diagnostics) {
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
	})
}

// restful keeps what restful_resource of magodo/restful keeps.
func restful(there sandbox.Endpoint) acctest.Factory {
	return standInFor("restful", map[string]providerschema.Attribute{
		"base_url": providerschema.StringAttribute{Optional: true},
		"security": providerschema.DynamicAttribute{Optional: true},
	}, standIn{
		name: "resource",
		schema: schema.Schema{Version: 2, Attributes: map[string]schema.Attribute{
			"id":               schema.StringAttribute{Computed: true},
			"path":             schema.StringAttribute{Required: true},
			"read_path":        schema.StringAttribute{Optional: true},
			"body":             schema.DynamicAttribute{Required: true},
			"write_only_attrs": schema.ListAttribute{Optional: true, ElementType: types.StringType},
			"output":           schema.DynamicAttribute{Computed: true},
		}},
		keep: func(ctx context.Context, _ tfsdk.Config, state *tfsdk.State) diag.Diagnostics {
			output := types.DynamicValue(types.ObjectValueMust(
				map[string]attr.Type{"id": types.StringType, "key": types.StringType},
				map[string]attr.Value{"id": types.StringValue(there.ID), "key": types.StringValue(there.Secrets[0].Key)},
			))
			diags := state.SetAttribute(ctx, path.Root("id"), "/webhooks/endpoints/"+there.ID)
			return append(diags, state.SetAttribute(ctx, path.Root("output"), output)...)
		},
	})
}

// secretStore is as much of the AWS provider as hands a secret to its secret store.
func secretStore() acctest.Factory {
	withID := func(name string, attributes map[string]schema.Attribute) standIn {
		attributes["id"] = schema.StringAttribute{Computed: true}
		return standIn{name: name, schema: schema.Schema{Attributes: attributes}, keep: func(ctx context.Context, config tfsdk.Config, state *tfsdk.State) diag.Diagnostics {
			diags := state.SetAttribute(ctx, path.Root("id"), name)
			var secret types.String
			if _, ok := attributes["secret_string_wo"]; ok {
				diags.Append(config.GetAttribute(ctx, path.Root("secret_string_wo"), &secret)...)
				if secret.ValueString() == "" {
					diags.AddError("No secret", "There is nothing in secret_string_wo.")
				}
			}
			return diags
		}}
	}
	return standInFor("aws", nil,
		withID("secretsmanager_secret", map[string]schema.Attribute{"name": schema.StringAttribute{Required: true}}),
		withID("secretsmanager_secret_version", map[string]schema.Attribute{
			"secret_id":                schema.StringAttribute{Required: true},
			"secret_string_wo":         schema.StringAttribute{Required: true, WriteOnly: true},
			"secret_string_wo_version": schema.Int64Attribute{Required: true},
		}))
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
	typeName  string
	schema    providerschema.Schema
	resources []standIn
}

func (p *standInProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = p.typeName
}

func (p *standInProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = p.schema
}

func (p *standInProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (p *standInProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *standInProvider) Resources(context.Context) (all []func() resource.Resource) {
	for _, one := range p.resources {
		all = append(all, func() resource.Resource { return &standInResource{standIn: one} })
	}
	return all
}

type standInResource struct{ standIn }

func (r *standInResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.name
}

func (r *standInResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

func (r *standInResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(r.keep(ctx, req.Config, &resp.State)...)
}

func (r *standInResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (r *standInResource) Update(_ context.Context, _ resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics.AddError("Unexpected update", "The tests change nothing of what a stand-in keeps.")
}

func (r *standInResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
