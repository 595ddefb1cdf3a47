package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (r *rotationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Rotates the signing key of a webhook endpoint in place, on creation, on demand or on a schedule. After a rotation, the older keys stay valid for `rotation_period`.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The endpoint's id.",
			},
			"endpoint_id": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{validID},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "The id of the endpoint whose key to rotate. Changing it replaces this resource.",
			},
			"rotation_period": schema.SingleNestedAttribute{
				Required: true, Attributes: periodAttributes(),
				Validators:          []validator.Object{validPeriod{warnNoOverlap}},
				MarkdownDescription: "How long the older keys stay active after a rotation: `days`, `hours` or both. The next rotation uses a changed value; changing it does not rotate. With a total of zero, the older keys expire at once.",
			},
			"rotate_when_changed": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Any values. Changing the map rotates the key. Adding or removing the argument does not.",
			},
			"rotate_every": schema.SingleNestedAttribute{
				Optional: true, Attributes: periodAttributes(),
				Validators:          []validator.Object{validPeriod{rejectZero}},
				MarkdownDescription: "The rotation schedule. The first plan and apply after `next_rotation_at` rotate the key. If Terraform does not run, nothing rotates.",
			},
			"rotate_on_create": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether creating this resource rotates the key. With `false`, this resource starts with the newest existing key. Changing it later has no effect. Default: `true`.",
			},
			"store_secrets": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether to store the newest key in state, as `secret_key`. Can be changed in place. Default: `false`.",
			},
			"secret_id": schema.StringAttribute{
				Computed: true, MarkdownDescription: "The id of the key that the last rotation created, or of the newest key before the first rotation.",
			},
			"secret_key": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The key with the id `secret_id`. Null unless `store_secrets` is `true`.",
			},
			"secret_version": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "The Unix time of the last rotation, create or import. It changes with each rotation, even if this resource or its endpoint is replaced. Use it for the `…_wo_version` arguments of resources that store the key.",
			},
			"rotated_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the key was last rotated (RFC 3339, UTC). Before the first rotation: when the resource was created or imported.",
			},
			"next_rotation_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the next rotation is due (RFC 3339, UTC). Null without `rotate_every`. After a scheduled rotation, the interval counts from the due time, not from the apply.",
			},
			"previous_secrets_expire_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the last of the older keys expires (RFC 3339, UTC). Null if there was no older key.",
			},
			"rotation_due": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether `next_rotation_at` had passed when the resource was last read.",
			},
			"active": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether the API still lists the key `secret_id`. A rotation outside of this resource can revoke the key. This resource does not react to that.",
			},
		},
	}
}

func (r *rotationResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"endpoint_id": identityschema.StringAttribute{RequiredForImport: true, Description: "The endpoint's id."},
	}}
}
