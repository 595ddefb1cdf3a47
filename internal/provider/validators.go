package provider

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// idText accepts ids of the API, which are opaque: any text without leading or trailing white space.
type idText struct{}

func (idText) Description(context.Context) string { return "must be an id" }

func (v idText) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (idText) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if known(req.ConfigValue) && !isID(req.ConfigValue.ValueString()) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(),
			fmt.Sprintf("%q is not an id: it is empty, or has white space around it. Refer to the attribute that has the id, such as prosa_webhook_endpoint.NAME.id, or give the id as the API shows it.", req.ConfigValue.ValueString()))
	}
}

func isID(text string) bool { return text != "" && strings.TrimSpace(text) == text }

// wholeNumber accepts numbers without a fraction.
type wholeNumber struct{ least, most int64 }

func (wholeNumber) Description(context.Context) string { return "must be a whole number" }

func (v wholeNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v wholeNumber) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	resp.Diagnostics.Append(v.check(req.Path, req.ConfigValue)...)
}

func (v wholeNumber) check(at path.Path, number types.Number) (diags diag.Diagnostics) {
	n, ok := intOf(number)
	if !known(number) || ok && n >= v.least && n <= v.most {
		return nil
	}
	limits := fmt.Sprintf(" from %d to %d", v.least, v.most)
	switch {
	case v.least == math.MinInt64:
		limits = ""
	case v.most == math.MaxInt64:
		limits = fmt.Sprintf(" of at least %d", v.least)
	}
	diags.AddAttributeError(at, "Invalid Attribute Value",
		fmt.Sprintf("%q is %s. Give a whole number%s.", at.String(), number.ValueBigFloat().Text('g', 10), limits))
	return diags
}

// notEmpty rejects an empty string.
type notEmpty struct{}

func (notEmpty) Description(context.Context) string { return "must not be empty" }

func (v notEmpty) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (notEmpty) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || req.ConfigValue.ValueString() != "" {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Empty "+req.Path.String(),
		fmt.Sprintf("%q is an empty string. Give it a value, or leave it out.", req.Path.String()))
}

// positiveDuration accepts Go durations above zero.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string { return "must be a duration above zero" }

func (v positiveDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (positiveDuration) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !known(req.ConfigValue) {
		return
	}
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || d <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(),
			fmt.Sprintf("%q is not a duration above zero. Give a number with a unit, such as 90s or 2m30s.", req.ConfigValue.ValueString()))
	}
}
