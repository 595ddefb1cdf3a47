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
		MarkdownDescription: "Rotates the signing key of a webhook endpoint, in place and with overlap: when it is created, when told, and on schedule.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The endpoint's id.",
			},
			"endpoint_id": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{idText{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "The id of the endpoint whose key is rotated. Changing it makes a new rotation resource, which rotates the other endpoint.",
			},
			"rotation_period": schema.SingleNestedAttribute{
				Required: true, Attributes: periodAttributes(),
				Validators:          []validator.Object{validPeriod{warnNoOverlap}},
				MarkdownDescription: "How long the older keys stay active after a rotation: `days`, `hours` or both. Changing it does not rotate; the next rotation uses it. Zero in all means that the older keys stop working at once.",
			},
			"rotate_when_changed": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Any values; a change from one map to another rotates. Setting it for the first time, or removing it, does not.",
			},
			"rotate_every": schema.SingleNestedAttribute{
				Optional: true, Attributes: periodAttributes(),
				Validators:          []validator.Object{validPeriod{refuseZero}},
				MarkdownDescription: "Rotates on schedule: a plan made when `next_rotation_at` has passed rotates the key. Nothing happens between two runs of Terraform.",
			},
			"rotate_on_create": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether creating this resource rotates. `false` takes the present newest key as the start. Changing it later does nothing. Default: `true`.",
			},
			"store_secrets": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether the newest key is kept in the state, as `secret_key`. Can be changed in place. Default: `false`.",
			},
			"secret_id": schema.StringAttribute{
				Computed: true, MarkdownDescription: "The id of the key that the last rotation made.",
			},
			"secret_key": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The key that the last rotation made; null unless `store_secrets`.",
			},
			"secret_version": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "The Unix time of the rotation (without one yet, of the import), and greater than before. It differs after each rotation, also when this resource or its endpoint was replaced: use it for the `…_wo_version` arguments of resources that store the key.",
			},
			"rotated_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the key was last rotated (RFC 3339, UTC); without a rotation yet, when it was taken over.",
			},
			"next_rotation_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the next rotation is due (RFC 3339, UTC); null without `rotate_every`. After a scheduled rotation it stays in rhythm: it counts from the time that was due, not from when Terraform ran.",
			},
			"previous_secrets_expire_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the last of the older keys stops working (RFC 3339, UTC); null when there was none.",
			},
			"rotation_due": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether `next_rotation_at` had passed when the resource was last read.",
			},
			"active": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether the API still lists the key `secret_id`. Somebody else's rotation can end it; nothing is rotated by that.",
			},
		},
	}
}

func (r *rotationResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"endpoint_id": identityschema.StringAttribute{RequiredForImport: true, Description: "The endpoint's id."},
	}}
}
