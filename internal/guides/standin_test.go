package guides_test

import (
	"context"
	"encoding/json"
	"slices"
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

// standIn is a fake resource of another provider. It makes no requests.
type standIn struct {
	Name   string // without the provider's
	Schema schema.Schema

	// Keep sets the attributes that the real resource computes on create and on update in place.
	Keep func(ctx context.Context, config tfsdk.Config, state *tfsdk.State) diag.Diagnostics

	// Read, unless nil, changes the state as a refresh of the real resource would.
	Read func(ctx context.Context, state *tfsdk.State) diag.Diagnostics

	// Updates allows updates in place, which are an error otherwise.
	Updates bool

	// Identity gives the resource an identity, which is its id.
	Identity bool
}

// standInFor returns a provider with only these resources and these arguments.
func standInFor(provider string, arguments map[string]providerschema.Attribute, resources ...standIn) acctest.Factory {
	return providerserver.NewProtocol6WithError(&standInProvider{
		typeName: provider, schema: providerschema.Schema{Attributes: arguments}, resources: resources,
	})
}

// secretStores has fakes of secret stores' providers, with only the resources that receive a secret. They record the
// values they get. The zero value is ready to use.
type secretStores struct {
	Down atomic.Bool // whether writes fail

	mu      sync.Mutex
	written []string
}

// Written returns the values that were written to the stores, in order: strings as they are, maps as JSON.
func (s *secretStores) Written() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.written)
}

// AWS has the resources of hashicorp/aws that AWS Secrets Manager needs. A new version of a secret replaces the
// previous one.
func (s *secretStores) AWS() acctest.Factory {
	named := schema.Schema{Attributes: map[string]schema.Attribute{
		"id":   schema.StringAttribute{Computed: true},
		"name": schema.StringAttribute{Required: true},
	}}
	version := schema.Schema{Attributes: map[string]schema.Attribute{
		"id":               schema.StringAttribute{Computed: true},
		"secret_id":        schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"secret_string":    schema.StringAttribute{Optional: true, Sensitive: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"secret_string_wo": schema.StringAttribute{Optional: true, Sensitive: true, WriteOnly: true},
		"secret_string_wo_version": schema.Int64Attribute{
			Optional: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()},
		},
	}}
	return standInFor("aws", nil,
		standIn{Name: "secretsmanager_secret", Schema: named, Keep: keepID},
		standIn{Name: "secretsmanager_secret_version", Schema: version, Keep: s.keepText("secret_string_wo", "secret_string")},
	)
}

// Vault has the resources of hashicorp/vault that the key-value store needs.
func (s *secretStores) Vault() acctest.Factory {
	secret := schema.Schema{Attributes: map[string]schema.Attribute{
		"id":                   schema.StringAttribute{Computed: true},
		"mount":                schema.StringAttribute{Required: true},
		"name":                 schema.StringAttribute{Required: true},
		"data_json_wo":         schema.StringAttribute{Optional: true, WriteOnly: true},
		"data_json_wo_version": schema.Int64Attribute{Optional: true},
	}}
	return standInFor("vault", nil, standIn{Name: "kv_secret_v2", Schema: secret, Keep: s.keepText("data_json_wo"), Updates: true})
}

// Kubernetes has the resources of hashicorp/kubernetes that a secret needs.
func (s *secretStores) Kubernetes() acctest.Factory {
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
	keep := func(ctx context.Context, config tfsdk.Config, state *tfsdk.State) diag.Diagnostics {
		var data map[string]string
		diags := config.GetAttribute(ctx, path.Root("data_wo"), &data)
		text, err := json.Marshal(data)
		if err != nil {
			diags.AddError("Unexpected secret", err.Error())
			return diags
		}
		return append(diags, s.keep(ctx, string(text), state)...)
	}
	return standInFor("kubernetes", nil, standIn{Name: "secret_v1", Schema: secret, Keep: keep, Updates: true})
}

// keepText records the first argument that has a text.
func (s *secretStores) keepText(arguments ...string) func(context.Context, tfsdk.Config, *tfsdk.State) diag.Diagnostics {
	return func(ctx context.Context, config tfsdk.Config, state *tfsdk.State) (diags diag.Diagnostics) {
		var text types.String
		for _, argument := range arguments {
			if text.ValueString() == "" {
				diags.Append(config.GetAttribute(ctx, path.Root(argument), &text)...)
			}
		}
		return append(diags, s.keep(ctx, text.ValueString(), state)...)
	}
}

func (s *secretStores) keep(ctx context.Context, text string, state *tfsdk.State) (diags diag.Diagnostics) {
	switch {
	case s.Down.Load():
		diags.AddError("Secret store is down", "The test has it so.")
	case text == "" || text == "null":
		diags.AddError("No secret", "There is nothing in the argument for it.")
	default:
		s.mu.Lock()
		s.written = append(s.written, text)
		s.mu.Unlock()
		return keepID(ctx, tfsdk.Config{}, state)
	}
	return diags
}

func keepID(ctx context.Context, _ tfsdk.Config, state *tfsdk.State) diag.Diagnostics {
	return state.SetAttribute(ctx, path.Root("id"), "of a stand-in")
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
		all = append(all, func() resource.Resource {
			if one.Identity {
				return &standInWithIdentity{standInResource{one}}
			}
			return &standInResource{one}
		})
	}
	return all
}

type standInResource struct{ standIn }

func (r *standInResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.Name
}

func (r *standInResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.standIn.Schema
}

func (r *standInResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.Diagnostics.Append(r.apply(ctx, req.Config, req.Plan, &resp.State)...)
	resp.Diagnostics.Append(identify(ctx, resp.State, resp.Identity)...)
}

// identify sets the identity of a resource that has one.
func identify(ctx context.Context, state tfsdk.State, identity *tfsdk.ResourceIdentity) (diags diag.Diagnostics) {
	if identity != nil {
		var id types.String
		diags = state.GetAttribute(ctx, path.Root("id"), &id)
		diags.Append(identity.SetAttribute(ctx, path.Root("id"), id)...)
	}
	return diags
}

// apply does not change the state if it fails.
func (r *standInResource) apply(ctx context.Context, config tfsdk.Config, plan tfsdk.Plan, state *tfsdk.State) diag.Diagnostics {
	before := state.Raw
	state.Raw = plan.Raw
	diags := r.Keep(ctx, config, state)
	if diags.HasError() {
		state.Raw = before
	}
	return diags
}

func (r *standInResource) Read(ctx context.Context, _ resource.ReadRequest, resp *resource.ReadResponse) {
	if r.standIn.Read != nil {
		resp.Diagnostics.Append(r.standIn.Read(ctx, &resp.State)...)
	}
	resp.Diagnostics.Append(identify(ctx, resp.State, resp.Identity)...)
}

func (r *standInResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !r.Updates {
		resp.Diagnostics.AddError("Unexpected update", "The tests change nothing of what this stand-in keeps.")
		return
	}
	resp.Diagnostics.Append(r.apply(ctx, req.Config, req.Plan, &resp.State)...)
}

func (r *standInResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

type standInWithIdentity struct{ standInResource }

func (r *standInWithIdentity) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true},
	}}
}
