package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// The longest periods that are taken, about a hundred years: longer ones are slips of the pen.
const (
	maxDays  = 36_500
	maxHours = 24 * maxDays
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
				Validators:          []validator.String{uuidText{}},
				PlanModifiers:       []planmodifier.String{keepCase{}, stringplanmodifier.RequiresReplace()},
				MarkdownDescription: "The id of the endpoint whose key is rotated. Changing it makes a new rotation resource, which rotates the other endpoint.",
			},
			"rotation_period": schema.SingleNestedAttribute{
				Required: true, Attributes: periodAttributes(),
				Validators:          []validator.Object{warnNoOverlap{}},
				MarkdownDescription: "How long the older keys stay active after a rotation. Changing it does not rotate; the next rotation uses it. Zero in all means that the older keys stop working at once.",
			},
			"rotate_when_changed": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Any values; a change from one map to another rotates. Setting it for the first time, or removing it, does not.",
			},
			"rotate_every": schema.SingleNestedAttribute{
				Optional: true, Attributes: periodAttributes(),
				Validators:          []validator.Object{aboveZero{}},
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
		"endpoint_id": identityschema.StringAttribute{RequiredForImport: true, Description: "The endpoint's id, a UUID."},
	}}
}

func periodAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"days": schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(0),
			Validators:          []validator.Int64{int64validator.Between(0, maxDays)},
			MarkdownDescription: "Whole days. Default: `0`.",
		},
		"hours": schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(0),
			Validators:          []validator.Int64{int64validator.Between(0, maxHours)},
			MarkdownDescription: "Whole hours, on top of the days. Default: `0`.",
		},
	}
}

// isZero says whether both parts of a period are known, and 0 or left out.
func isZero(ctx context.Context, o types.Object) bool {
	var p periodModel
	if !known(o) || o.As(ctx, &p, basetypes.ObjectAsOptions{}).HasError() || p.Days.IsUnknown() || p.Hours.IsUnknown() {
		return false
	}
	return p.Days.ValueInt64() == 0 && p.Hours.ValueInt64() == 0
}

// warnNoOverlap warns of a rotation after which the older keys stop at once.
type warnNoOverlap struct{}

func (warnNoOverlap) Description(context.Context) string { return "should be above zero" }

func (v warnNoOverlap) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (warnNoOverlap) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if isZero(ctx, req.ConfigValue) {
		resp.Diagnostics.AddAttributeWarning(req.Path, "Older keys stop at once",
			"With a rotation period of 0 days and 0 hours, each rotation ends the older keys immediately: a receiver that does not have the new key yet rejects what it gets.\n\nGive a period in which receivers learn the new key, such as { days = 3 }. Zero is for a key that has leaked.")
	}
}

// aboveZero refuses a period of no length.
type aboveZero struct{}

func (aboveZero) Description(context.Context) string { return "must be above zero" }

func (v aboveZero) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (aboveZero) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if isZero(ctx, req.ConfigValue) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(),
			fmt.Sprintf("%q is 0 days and 0 hours, so every plan would rotate. Give days, hours or both, together above zero, such as { days = 90 }; leave it out for no schedule.", req.Path.String()))
	}
}
