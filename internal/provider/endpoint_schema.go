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
		MarkdownDescription: "Registers a URL that Prosa calls when speech jobs are done. Signing keys stay out of plan and state unless you ask for them.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
				MarkdownDescription: "The endpoint's id, given by Prosa.",
			},
			"url": schema.StringAttribute{
				Required: true, CustomType: urlType{},
				Validators:          []validator.String{callbackURL{}},
				PlanModifiers:       []planmodifier.String{keepSpelling{}},
				MarkdownDescription: "The URL that Prosa calls: absolute, `https`, publicly reachable. Spellings that mean the same URL (case of scheme and host, default port, empty path) are no change.",
			},
			"event_filters": schema.SetAttribute{
				Optional: true, Computed: true, ElementType: types.StringType,
				Default:             setdefault.StaticValue(stringSet(nil)),
				Validators:          []validator.Set{eventTypes{}},
				MarkdownDescription: "The event types that are sent, such as `stt.jobs.completed`. A type that no page of Prosa documents is a warning. Default: `[]`, every event type.",
			},
			"ssl_verification": schema.BoolAttribute{
				Optional: true, Computed: true,
				Default:             booldefault.StaticBool(true),
				Validators:          []validator.Bool{warnUnverified{}},
				MarkdownDescription: "Whether Prosa verifies the certificate of the URL. `false` is for testing only. Default: `true`.",
			},
			"secret_key": schema.StringAttribute{
				Optional: true, Sensitive: true,
				Validators: []validator.String{
					notEmpty{},
					stringvalidator.ConflictsWith(path.MatchRoot("secret_key_wo")),
				},
				MarkdownDescription: "A signing key of your own, instead of a random one. It is kept in the state: prefer `secret_key_wo`. Changing it replaces the endpoint; to change keys in place, use `prosa_webhook_secret_rotation`, which leaves this one as it stands.",
			},
			"secret_key_wo": schema.StringAttribute{
				Optional: true, Sensitive: true, WriteOnly: true,
				Validators: []validator.String{
					notEmpty{},
					stringvalidator.AlsoRequires(path.MatchRoot("secret_key_wo_version")),
				},
				MarkdownDescription: "A signing key of your own that never enters plan or state (write-only: Terraform 1.11 and later, OpenTofu 1.11 and later). A changed key is taken when `secret_key_wo_version` changes.",
			},
			"secret_key_wo_version": schema.NumberAttribute{
				Optional: true,
				Validators: []validator.Number{
					wholeNumber{math.MinInt64, math.MaxInt64},
					numbervalidator.AlsoRequires(path.MatchRoot("secret_key_wo")),
				},
				MarkdownDescription: "Any number; change it to have a changed `secret_key_wo` taken, which replaces the endpoint.",
			},
			"store_secrets": schema.BoolAttribute{
				Optional: true, Computed: true,
				Default:             booldefault.StaticBool(false),
				MarkdownDescription: "Whether the active signing keys are kept in the state, as `secrets`. Can be changed in place. Default: `false`.",
			},
			"secrets": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The active signing keys, newest first, as of the last refresh; null unless `store_secrets`. After a rotation in the same configuration, the new key appears with the next refresh.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The key's id."},
					"key":        schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The key itself."},
					"expired_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When a key that was rotated out stops working (RFC 3339, UTC); null while it has no end."},
				}},
			},
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
	if value := req.ConfigValue; !value.IsNull() && !value.IsUnknown() && !value.ValueBool() {
		resp.Diagnostics.AddAttributeWarning(req.Path, "Certificate is not verified",
			"Prosa sends events to any server that answers at this URL, whatever its certificate. This is for testing only. Otherwise remove ssl_verification, or set it to true.")
	}
}
