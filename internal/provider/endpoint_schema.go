package provider

import (
	"context"
	"math"

	"github.com/hashicorp/terraform-plugin-framework-validators/numbervalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (r *endpointResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Registers a URL that Prosa calls when speech jobs finish. Signing keys stay out of plan and state unless you ask for them.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "The endpoint's id, assigned by Prosa.",
			},
			"url": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{callbackURL},
				PlanModifiers:       []planmodifier.String{keepSpelling{}},
				MarkdownDescription: "The URL that Prosa calls: absolute and publicly reachable, with `https`. Uppercase letters in the scheme and host, a default port and an empty path make no difference.",
			},
			"event_filters": schema.SetAttribute{
				Optional: true, Computed: true, ElementType: types.StringType,
				Default:             setdefault.StaticValue(stringSet(nil)),
				Validators:          []validator.Set{eventTypes{}},
				MarkdownDescription: "The event types that Prosa sends, such as `stt.jobs.completed`. An undocumented type causes a warning. Default: `[]`, which means every type.",
			},
			"ssl_verification": schema.BoolAttribute{
				Optional: true, Computed: true,
				Default:             booldefault.StaticBool(true),
				Validators:          []validator.Bool{warnUnverified{}},
				MarkdownDescription: "Whether Prosa verifies the TLS certificate of the URL. Use `false` for testing only. Default: `true`.",
			},
			"secret_key": schema.StringAttribute{
				Optional: true, Sensitive: true,
				Validators: []validator.String{
					notEmpty,
					stringvalidator.ConflictsWith(path.MatchRoot("secret_key_wo")),
				},
				MarkdownDescription: "Your own signing key, instead of a random one. It is stored in state, so prefer `secret_key_wo`. Changing or removing this argument replaces the endpoint. To change the key in place, use `prosa_webhook_secret_rotation` and leave this argument unchanged.",
			},
			"secret_key_wo": schema.StringAttribute{
				Optional: true, Sensitive: true, WriteOnly: true,
				Validators: []validator.String{
					notEmpty,
					stringvalidator.AlsoRequires(path.MatchRoot("secret_key_wo_version")),
				},
				MarkdownDescription: "Your own signing key, write-only: it never enters plan or state. Requires Terraform 1.11 or OpenTofu 1.11. To apply a changed key, change `secret_key_wo_version`.",
			},
			"secret_key_wo_version": schema.NumberAttribute{
				Optional: true,
				Validators: []validator.Number{
					wholeNumber{math.MinInt64, math.MaxInt64},
					numbervalidator.AlsoRequires(path.MatchRoot("secret_key_wo")),
				},
				MarkdownDescription: "Any whole number. Changing it replaces the endpoint, with the current `secret_key_wo` as its key.",
			},
			"store_secrets": schema.BoolAttribute{
				Optional: true, Computed: true,
				Default:             booldefault.StaticBool(false),
				MarkdownDescription: "Whether to store the active signing keys in state, as `secrets`. Can be changed in place. Default: `false`.",
			},
			"secrets": secretsAttribute(storedSecretsDescription),
		},
	}
}

func (r *endpointResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "The endpoint's id."},
	}}
}

// warnUnverified warns of endpoints whose certificate is not verified.
type warnUnverified struct{}

func (warnUnverified) Description(context.Context) string { return "false is for testing only" }

func (v warnUnverified) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (warnUnverified) ValidateBool(_ context.Context, req validator.BoolRequest, resp *validator.BoolResponse) {
	if known(req.ConfigValue) && !req.ConfigValue.ValueBool() {
		resp.Diagnostics.AddAttributeWarning(req.Path, "Certificate is not verified",
			"Prosa sends events to any server that answers at this URL, whatever its certificate. Use this for testing only. Otherwise, remove ssl_verification or set it to true.")
	}
}
