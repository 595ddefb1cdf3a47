package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// daysModel holds the arguments that select days.
type daysModel struct {
	FromDate types.String `tfsdk:"from_date"`
	ToDate   types.String `tfsdk:"to_date"`
}

func (m daysModel) days() prosa.Days {
	return prosa.Days{From: m.FromDate.ValueString(), To: m.ToDate.ValueString()}
}

func fromDateAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{validDay, notAfter{path.Root("to_date")}},
		MarkdownDescription: "The first day (`YYYY-MM-DD`, UTC), inclusive. Default: no lower limit.",
	}
}

func toDateAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{validDay},
		MarkdownDescription: "The last day (`YYYY-MM-DD`, UTC), inclusive. Default: no upper limit.",
	}
}

// check refuses the placeholders that validation accepts: by the time of a read, every day is known.
func (m daysModel) check(diags *diag.Diagnostics) {
	for _, argument := range []struct {
		name string
		day  types.String
	}{{"from_date", m.FromDate}, {"to_date", m.ToDate}} {
		if day, err := parseDay(argument.day.ValueString()); err == nil && isPlaceholder(day) {
			failDay(path.Root(argument.name), argument.day.ValueString(), diags)
		}
	}
}

// parseDay is prosa.ParseDate that also accepts placeholders.
func parseDay(text string) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil && isPlaceholder(day) {
		return day, nil
	}
	return prosa.ParseDate(text)
}

func failDay(at path.Path, text string, diags *diag.Diagnostics) {
	diags.AddAttributeError(at, "Invalid "+at.String(),
		fmt.Sprintf("%q is not a day of the form YYYY-MM-DD, such as 2026-01-31. Give a real day without a time; it is taken in UTC.", text))
}

// isPlaceholder recognizes days that are not known yet: during validation, Terraform 1.8 evaluates plantimestamp() to the
// beginning of the year 1, and the day before that is in the year 0. The real day is checked during planning.
func isPlaceholder(day time.Time) bool { return day.Year() <= 1 }

// validDay accepts days that exist.
var validDay stringValidator = func(at path.Path, value string, diags *diag.Diagnostics) {
	if _, err := parseDay(value); err != nil {
		failDay(at, value, diags)
	}
}

// notAfter refuses a day after the one of another attribute. validDay reports what is wrong with a single day.
type notAfter struct{ other path.Path }

func (v notAfter) Description(context.Context) string { return "must not be after " + v.other.String() }

func (v notAfter) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notAfter) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	var other types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, v.other, &other)...)
	if !known(req.ConfigValue) || !known(other) {
		return
	}
	first, err := parseDay(req.ConfigValue.ValueString())
	last, otherErr := parseDay(other.ValueString())
	if err == nil && otherErr == nil && first.After(last) && !isPlaceholder(first) && !isPlaceholder(last) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(),
			fmt.Sprintf("%q is %s, which comes after %q, %s: no day lies between them. Both days are included; give the earlier one as %q.",
				req.Path.String(), req.ConfigValue.ValueString(), v.other.String(), other.ValueString(), req.Path.String()))
	}
}
