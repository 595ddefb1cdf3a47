package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// lab is a provider with one object of each kind. Together, their schemas use every feature that a schema can have. The
// tests use only its schemas.
type lab struct {
	withoutThing bool
}

func (lab) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "lab"
}

func (lab) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerschema.Schema{
		MarkdownDescription: "The *lab*.",
		Attributes: map[string]providerschema.Attribute{
			"key": providerschema.StringAttribute{Optional: true, Sensitive: true, Description: "A key."},
		},
	}
}

func (lab) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (l lab) Resources(context.Context) []func() resource.Resource {
	if l.withoutThing {
		return nil
	}
	return []func() resource.Resource{func() resource.Resource { return thing{} }}
}

func (lab) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return reading{} }}
}

func (lab) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return token{} }}
}

func (lab) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{func() list.ListResource { return things{} }}
}

func (lab) Actions(context.Context) []func() action.Action {
	return []func() action.Action{func() action.Action { return ping{} }}
}

func (lab) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return join{} }}
}

type thing struct{}

func (thing) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "lab_thing"
}

func (thing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	leaf := resourceschema.NestedAttributeObject{Attributes: map[string]resourceschema.Attribute{
		"value": resourceschema.StringAttribute{Computed: true, Sensitive: true},
	}}
	resp.Schema = resourceschema.Schema{
		Version:             3,
		MarkdownDescription: "A thing.",
		DeprecationMessage:  "Use nothing instead.",
		Attributes: map[string]resourceschema.Attribute{
			"id":      resourceschema.StringAttribute{Computed: true, MarkdownDescription: "Its `id`."},
			"count_n": resourceschema.Int64Attribute{Optional: true, Computed: true, DeprecationMessage: "Do not count."},
			"on":      resourceschema.BoolAttribute{Required: true},
			"tags":    resourceschema.MapAttribute{Optional: true, ElementType: types.StringType},
			"grid":    resourceschema.ListAttribute{Optional: true, ElementType: types.SetType{ElemType: types.NumberType}},
			"shape": resourceschema.ObjectAttribute{Optional: true, AttributeTypes: map[string]attr.Type{
				"a": types.StringType, "b": types.BoolType,
			}},
			"secret_wo": resourceschema.StringAttribute{Optional: true, WriteOnly: true},
			"any":       resourceschema.DynamicAttribute{Optional: true},
			"one":       resourceschema.SingleNestedAttribute{Computed: true, Attributes: leaf.Attributes},
			"listed":    resourceschema.ListNestedAttribute{Computed: true, NestedObject: leaf},
			"set":       resourceschema.SetNestedAttribute{Computed: true, NestedObject: leaf},
			"mapped":    resourceschema.MapNestedAttribute{Computed: true, NestedObject: leaf},
		},
		Blocks: map[string]resourceschema.Block{
			"settings": resourceschema.SingleNestedBlock{
				Description: "Settings.",
				Attributes:  map[string]resourceschema.Attribute{"level": resourceschema.Int64Attribute{Optional: true}},
			},
			"rule": resourceschema.ListNestedBlock{NestedObject: resourceschema.NestedBlockObject{
				Blocks: map[string]resourceschema.Block{"match": resourceschema.SetNestedBlock{}},
			}},
		},
	}
}

func (thing) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Version: 1, Attributes: map[string]identityschema.Attribute{
		"id":     identityschema.StringAttribute{RequiredForImport: true, Description: "Its id."},
		"region": identityschema.StringAttribute{OptionalForImport: true},
	}}
}

func (thing) Create(context.Context, resource.CreateRequest, *resource.CreateResponse) {}
func (thing) Read(context.Context, resource.ReadRequest, *resource.ReadResponse)       {}
func (thing) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (thing) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

type reading struct{}

func (reading) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "lab_reading"
}

func (reading) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = dataschema.Schema{Attributes: map[string]dataschema.Attribute{
		"value": dataschema.Float64Attribute{Computed: true},
	}}
}

func (reading) Read(context.Context, datasource.ReadRequest, *datasource.ReadResponse) {}

type token struct{}

func (token) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "lab_token"
}

func (token) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralschema.Schema{Attributes: map[string]ephemeralschema.Attribute{
		"token": ephemeralschema.StringAttribute{Computed: true, Sensitive: true},
	}}
}

func (token) Open(context.Context, ephemeral.OpenRequest, *ephemeral.OpenResponse) {}

type things struct{}

func (things) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "lab_thing"
}

func (things) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = listschema.Schema{Attributes: map[string]listschema.Attribute{
		"pattern": listschema.StringAttribute{Optional: true},
	}}
}

func (things) List(context.Context, list.ListRequest, *list.ListResultsStream) {}

type ping struct{}

func (ping) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "lab_ping"
}

func (ping) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = actionschema.Schema{MarkdownDescription: "Pings.", Attributes: map[string]actionschema.Attribute{
		"target": actionschema.StringAttribute{Required: true},
	}}
}

func (ping) Invoke(context.Context, action.InvokeRequest, *action.InvokeResponse) {}

type join struct{}

func (join) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "join_all"
}

func (join) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Joins.",
		MarkdownDescription: "Joins *all*.",
		DeprecationMessage:  "Join by hand.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "separator", AllowNullValue: true, Description: "What goes between."},
		},
		VariadicParameter: function.ListParameter{Name: "parts", ElementType: types.StringType},
		Return:            function.StringReturn{},
	}
}

func (join) Run(context.Context, function.RunRequest, *function.RunResponse) {}
