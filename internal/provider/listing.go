package provider

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// listingModel holds the arguments that select events or deliveries.
type listingModel struct {
	FromDate   types.String `tfsdk:"from_date"`
	ToDate     types.String `tfsdk:"to_date"`
	EventTypes types.Set    `tfsdk:"event_types"`
	Limit      types.Number `tfsdk:"limit"`
}

// listingAttributes adds the arguments of listingModel to the attributes of a data source.
func listingAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	own["from_date"] = schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{validDay, notAfter{path.Root("to_date")}},
		MarkdownDescription: "The first day (`YYYY-MM-DD`, UTC), inclusive. Default: no lower limit.",
	}
	own["to_date"] = schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{validDay},
		MarkdownDescription: "The last day (`YYYY-MM-DD`, UTC), inclusive. Default: no upper limit.",
	}
	own["event_types"] = schema.SetAttribute{
		Optional: true, ElementType: types.StringType,
		Validators:          []validator.Set{eventTypes{}},
		MarkdownDescription: "Only these event types, such as `stt.jobs.failed`. Default: every type.",
	}
	own["limit"] = schema.NumberAttribute{
		Optional:            true,
		Validators:          []validator.Number{wholeNumber{1, math.MaxInt64}},
		MarkdownDescription: "The maximum number of entries, newest first; at least 1. Default: all entries. State contains only these entries.",
	}
	return own
}

func (m listingModel) days() prosa.Days {
	return prosa.Days{From: m.FromDate.ValueString(), To: m.ToDate.ValueString()}
}

// limit returns the maximum number of entries; 0 means no limit. It fits into an int of 32 bits.
func (m listingModel) limit() int {
	n, _ := intOf(m.Limit)
	return int(min(n, math.MaxInt32))
}

// rejectPlaceholders rejects the placeholders that validation accepts: a data source is only read when its days are known.
func (m listingModel) rejectPlaceholders(diags *diag.Diagnostics) {
	rejectPlaceholder(path.Root("from_date"), m.FromDate.ValueString(), diags)
	rejectPlaceholder(path.Root("to_date"), m.ToDate.ValueString(), diags)
}

func rejectPlaceholder(at path.Path, value string, diags *diag.Diagnostics) {
	if isPlaceholder(value) {
		failDay(at, value, diags)
	}
}

func failDay(at path.Path, value string, diags *diag.Diagnostics) {
	diags.AddAttributeError(at, "Invalid "+at.String(),
		fmt.Sprintf("%q is not a day of the form YYYY-MM-DD, such as 2026-01-31. Use an existing day, without a time. Days are in UTC.", value))
}

// isPlaceholder recognizes days that are not known yet. During validation, plantimestamp() of Terraform 1.8 returns the first
// day of the year 1, and the day before it is in the year 0. The plan validates the real day.
func isPlaceholder(value string) bool {
	day, err := time.Parse(time.DateOnly, value)
	return err == nil && day.Year() <= 1
}

// validDay accepts days that exist, and placeholders.
var validDay stringValidator = func(at path.Path, value string, diags *diag.Diagnostics) {
	if _, err := prosa.ParseDate(value); err != nil && !isPlaceholder(value) {
		failDay(at, value, diags)
	}
}

// notAfter rejects a day after the day of another attribute. It leaves invalid days to validDay.
type notAfter struct{ other path.Path }

func (v notAfter) Description(context.Context) string { return "must not be after " + v.other.String() }

func (v notAfter) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notAfter) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	var other types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, v.other, &other)...)
	if !known(req.ConfigValue) || !known(other) {
		return
	}
	first, err := prosa.ParseDate(req.ConfigValue.ValueString())
	last, otherErr := prosa.ParseDate(other.ValueString())
	if err == nil && otherErr == nil && first.After(last) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(),
			fmt.Sprintf("%q, %s, is after %q, %s. Both days are inclusive: set %q to the earlier one.",
				req.Path.String(), req.ConfigValue.ValueString(), v.other.String(), other.ValueString(), req.Path.String()))
	}
}
