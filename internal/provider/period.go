package provider

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// The longest periods, about a hundred years: anything longer is a typo.
const (
	maxDays  = 36_500
	maxHours = 24 * maxDays
)

const (
	daysDescription  = "Whole days. Default: `0`."
	hoursDescription = "Whole hours, added to `days`. Default: `0`."
)

// periodModel is a length of time. Days and hours are Numbers, because the framework reports a fraction in an Int64 as a bug
// in the provider, before any validator runs.
type periodModel struct {
	Days  types.Number `tfsdk:"days"`
	Hours types.Number `tfsdk:"hours"`
}

func periodAttributes() map[string]schema.Attribute {
	zero := numberdefault.StaticBigFloat(big.NewFloat(0))
	return map[string]schema.Attribute{
		"days":  schema.NumberAttribute{Optional: true, Computed: true, Default: zero, MarkdownDescription: daysDescription},
		"hours": schema.NumberAttribute{Optional: true, Computed: true, Default: zero, MarkdownDescription: hoursDescription},
	}
}

// periodOf converts an object with days and hours. Null counts as 0.
func periodOf(ctx context.Context, o types.Object) (period prosa.Period) {
	var p periodModel
	o.As(ctx, &p, basetypes.ObjectAsOptions{UnhandledNullAsEmpty: true, UnhandledUnknownAsEmpty: true})
	period.Days, _ = intOf(p.Days)
	period.Hours, _ = intOf(p.Hours)
	return period
}

// validPeriod validates an object with days and hours.
type validPeriod struct {
	onZero func(path.Path, *diag.Diagnostics) // reports a period of zero
}

func (validPeriod) Description(context.Context) string { return "must have days, hours or both" }

func (v validPeriod) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v validPeriod) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if !known(req.ConfigValue) {
		return
	}
	var p periodModel
	resp.Diagnostics.Append(req.ConfigValue.As(ctx, &p, basetypes.ObjectAsOptions{})...)
	resp.Diagnostics.Append(wholeNumber{0, maxDays}.check(req.Path.AtName("days"), p.Days)...)
	resp.Diagnostics.Append(wholeNumber{0, maxHours}.check(req.Path.AtName("hours"), p.Hours)...)
	switch {
	case resp.Diagnostics.HasError() || p.Days.IsUnknown() || p.Hours.IsUnknown():
	case p.Days.IsNull() && p.Hours.IsNull():
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(),
			fmt.Sprintf("%q has neither \"days\" nor \"hours\". Set at least one of them, such as { days = 3 }. Check the spelling: Terraform silently drops other names, such as \"day\", from an object.", req.Path.String()))
	case periodOf(ctx, req.ConfigValue) == prosa.Period{}:
		v.onZero(req.Path, &resp.Diagnostics)
	}
}

// warnNoOverlap warns that older keys stop working at once.
func warnNoOverlap(at path.Path, diags *diag.Diagnostics) {
	diags.AddAttributeWarning(at, "Older keys stop at once",
		"With a rotation period of 0 days and 0 hours, each rotation revokes the older keys immediately. A receiver that has not loaded the new key rejects deliveries.\n\nSet a period that gives receivers time to load the new key, such as { days = 3 }. Use zero only if a key has leaked.")
}

// rejectZero rejects a schedule with an interval of zero.
func rejectZero(at path.Path, diags *diag.Diagnostics) {
	diags.AddAttributeError(at, "Invalid "+at.String(),
		fmt.Sprintf("%q is 0 days and 0 hours, so every plan would rotate the key. Set days, hours or both, with a total above zero, such as { days = 90 }. For no schedule, remove the argument.", at.String()))
}
