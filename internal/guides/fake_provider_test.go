package guides_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// fakeResource is a fake of another provider's resource. It makes no requests.
type fakeResource struct {
	name   string // without the provider's name
	schema schema.Schema
	apply  applyFunc
}

// applyFunc creates or updates a resource: it sets the computed attributes in the plan, which becomes the state.
type applyFunc func(ctx context.Context, config tfsdk.Config, plan *tfsdk.Plan) diag.Diagnostics

// fakeProvider is a provider with only these arguments and resources.
type fakeProvider struct {
	name      string
	arguments map[string]providerschema.Attribute
	resources []fakeResource
}

func (p *fakeProvider) factory() acctest.Factory { return providerserver.NewProtocol6WithError(p) }

func (p *fakeProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = p.name
}

func (p *fakeProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerschema.Schema{Attributes: p.arguments}
}

func (p *fakeProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (p *fakeProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *fakeProvider) Resources(context.Context) (all []func() resource.Resource) {
	for _, r := range p.resources {
		all = append(all, func() resource.Resource { return r })
	}
	return all
}

func (r fakeResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.name
}

func (r fakeResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

// IdentitySchema gives the resource an identity, which restful_resource has, too.
func (r fakeResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true},
	}}
}

func (r fakeResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.Diagnostics = r.save(ctx, req.Config, req.Plan, &resp.State, resp.Identity)
}

func (r fakeResource) Read(ctx context.Context, _ resource.ReadRequest, resp *resource.ReadResponse) {
	resp.Diagnostics = identify(ctx, resp.State, resp.Identity)
}

func (r fakeResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics = r.save(ctx, req.Config, req.Plan, &resp.State, resp.Identity)
}

func (r fakeResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// save applies the plan. If this fails, the state remains as it is.
func (r fakeResource) save(
	ctx context.Context, config tfsdk.Config, plan tfsdk.Plan, state *tfsdk.State, identity *tfsdk.ResourceIdentity,
) diag.Diagnostics {
	if diags := r.apply(ctx, config, &plan); diags.HasError() {
		return diags
	}
	state.Raw = plan.Raw
	return identify(ctx, *state, identity)
}

// identify sets the identity of a resource, which is its id.
func identify(ctx context.Context, state tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	var id types.String
	diags := state.GetAttribute(ctx, path.Root("id"), &id)
	return append(diags, identity.SetAttribute(ctx, path.Root("id"), id)...)
}

// secretStore is a fake secret store. It records the secrets that are written to it.
type secretStore struct {
	down atomic.Bool // whether writes fail

	mu      sync.Mutex
	secrets []string
}

// written returns the secrets that were written, in order.
func (s *secretStore) written() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

// write returns an applyFunc that records the first of these arguments that has a value.
func (s *secretStore) write(arguments ...path.Path) applyFunc {
	return func(ctx context.Context, config tfsdk.Config, plan *tfsdk.Plan) (diags diag.Diagnostics) {
		var secret types.String
		for _, argument := range arguments {
			if secret.ValueString() == "" {
				diags.Append(config.GetAttribute(ctx, argument, &secret)...)
			}
		}
		if s.down.Load() {
			diags.AddError("Secret store is down", "The test stopped the store.")
			return diags
		}
		text := strings.TrimSuffix(strings.TrimPrefix(secret.ValueString(), `{"signing_key":"`), `"}`) // vault.tf writes JSON
		s.mu.Lock()
		defer s.mu.Unlock()
		s.secrets = append(s.secrets, text)
		return append(diags, setID(ctx, config, plan)...)
	}
}

func setID(ctx context.Context, _ tfsdk.Config, plan *tfsdk.Plan) diag.Diagnostics {
	return plan.SetAttribute(ctx, path.Root("id"), "fake-id")
}

// aws has the resources of hashicorp/aws for AWS Secrets Manager. A new version of a secret replaces the previous one.
func (s *secretStore) aws() acctest.Factory {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	secret := schema.Schema{Attributes: map[string]schema.Attribute{
		"id":   schema.StringAttribute{Computed: true},
		"name": schema.StringAttribute{Required: true},
	}}
	version := schema.Schema{Attributes: map[string]schema.Attribute{
		"id":               schema.StringAttribute{Computed: true},
		"secret_id":        schema.StringAttribute{Required: true, PlanModifiers: replace},
		"secret_string":    schema.StringAttribute{Optional: true, Sensitive: true, PlanModifiers: replace},
		"secret_string_wo": schema.StringAttribute{Optional: true, Sensitive: true, WriteOnly: true},
		"secret_string_wo_version": schema.Int64Attribute{
			Optional: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()},
		},
	}}
	return (&fakeProvider{name: "aws", resources: []fakeResource{
		{"secretsmanager_secret", secret, setID},
		{"secretsmanager_secret_version", version, s.write(path.Root("secret_string_wo"), path.Root("secret_string"))},
	}}).factory()
}

// vault has the resource of hashicorp/vault for the key-value store.
func (s *secretStore) vault() acctest.Factory {
	secret := schema.Schema{Attributes: map[string]schema.Attribute{
		"id":                   schema.StringAttribute{Computed: true},
		"mount":                schema.StringAttribute{Required: true},
		"name":                 schema.StringAttribute{Required: true},
		"data_json_wo":         schema.StringAttribute{Optional: true, WriteOnly: true},
		"data_json_wo_version": schema.Int64Attribute{Optional: true},
	}}
	return (&fakeProvider{name: "vault", resources: []fakeResource{{"kv_secret_v2", secret, s.write(path.Root("data_json_wo"))}}}).factory()
}

// kubernetes has the resource of hashicorp/kubernetes for a secret.
func (s *secretStore) kubernetes() acctest.Factory {
	secret := schema.Schema{
		Attributes: map[string]schema.Attribute{
			"id":               schema.StringAttribute{Computed: true},
			"data_wo":          schema.MapAttribute{ElementType: types.StringType, Optional: true, WriteOnly: true},
			"data_wo_revision": schema.Int64Attribute{Optional: true},
		},
		Blocks: map[string]schema.Block{
			"metadata": schema.ListNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
				"name":      schema.StringAttribute{Optional: true},
				"namespace": schema.StringAttribute{Optional: true},
			}}},
		},
	}
	write := s.write(path.Root("data_wo").AtMapKey("signing_key"))
	return (&fakeProvider{name: "kubernetes", resources: []fakeResource{{"secret_v1", secret, write}}}).factory()
}
