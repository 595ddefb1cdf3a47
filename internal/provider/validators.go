package provider

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// stringValidator checks values that are neither null nor unknown.
type stringValidator func(at path.Path, value string, diags *diag.Diagnostics)

// Description is only for trace logs: neither documentation nor messages contain it.
func (stringValidator) Description(context.Context) string { return "must be valid" }

func (v stringValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v stringValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if known(req.ConfigValue) {
		v(req.Path, req.ConfigValue.ValueString(), &resp.Diagnostics)
	}
}

// validID accepts ids of the API, which are opaque: any text without leading or trailing white space.
var validID stringValidator = func(at path.Path, id string, diags *diag.Diagnostics) {
	if !isID(id) {
		diags.AddAttributeError(at, "Invalid "+at.String(),
			fmt.Sprintf("%q is not an id: it is empty, or has white space around it. Use a reference, such as prosa_webhook_endpoint.NAME.id, or the id exactly as the API returns it.", id))
	}
}

// requiredID is a required argument that contains an id. The schemas of resources, data sources, ephemeral resources and
// actions accept it.
func requiredID(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, Validators: []validator.String{validID}, MarkdownDescription: description}
}

func isID(text string) bool { return text != "" && strings.TrimSpace(text) == text }

var notEmpty stringValidator = func(at path.Path, value string, diags *diag.Diagnostics) {
	if value == "" {
		diags.AddAttributeError(at, "Empty "+at.String(),
			fmt.Sprintf("%q is an empty string. Set a value, or remove the argument.", at.String()))
	}
}

var positiveDuration stringValidator = func(at path.Path, value string, diags *diag.Diagnostics) {
	if d, err := time.ParseDuration(value); err != nil || d <= 0 {
		diags.AddAttributeError(at, "Invalid "+at.String(),
			fmt.Sprintf("%q is not a duration above zero. Use a number with a unit, such as 90s or 2m30s.", value))
	}
}

// wholeNumber accepts whole numbers from least to most.
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
