package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// urlType is a string type in which two spellings of the same URL are semantically equal.
type urlType struct{ basetypes.StringType }

// urlValue is a value of urlType. State keeps the user's spelling if the API returns another one.
type urlValue struct{ basetypes.StringValue }

var (
	_ basetypes.StringTypable                    = urlType{}
	_ basetypes.StringValuableWithSemanticEquals = urlValue{}
)

func newURL(s string) urlValue { return urlValue{basetypes.NewStringValue(s)} }

func (t urlType) String() string { return "urlType" }

func (t urlType) Equal(o attr.Type) bool {
	other, ok := o.(urlType)
	return ok && t.StringType.Equal(other.StringType)
}

func (t urlType) ValueType(context.Context) attr.Value { return urlValue{} }

func (t urlType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return urlValue{in}, nil
}

func (t urlType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	s, ok := value.(basetypes.StringValue)
	if !ok {
		return nil, fmt.Errorf("unexpected value type %T", value)
	}
	return urlValue{s}, nil
}

func (v urlValue) Type(context.Context) attr.Type { return urlType{} }

func (v urlValue) Equal(o attr.Value) bool {
	other, ok := o.(urlValue)
	return ok && v.StringValue.Equal(other.StringValue)
}

func (v urlValue) StringSemanticEquals(_ context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	other, ok := o.(urlValue)
	return ok && prosa.NormalizeURL(v.ValueString()) == prosa.NormalizeURL(other.ValueString()), nil
}

// keepSpelling plans the URL of the state if the configuration only spells it differently: the framework does not use
// semantic equality during planning.
type keepSpelling struct{}

func (keepSpelling) Description(context.Context) string {
	return "A URL that is only spelled differently is no change."
}

func (m keepSpelling) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepSpelling) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.StateValue.IsNull() || !known(req.ConfigValue) {
		return
	}
	if prosa.NormalizeURL(req.StateValue.ValueString()) == prosa.NormalizeURL(req.ConfigValue.ValueString()) {
		resp.PlanValue = req.StateValue
	}
}

// callbackURL accepts URLs that an endpoint can be registered with.
var callbackURL stringValidator = func(at path.Path, value string, diags *diag.Diagnostics) {
	parsed, err := prosa.ParseEndpointURL(value)
	switch {
	case err != nil:
		diags.AddAttributeError(at, "Invalid "+at.String(),
			fmt.Sprintf("%q cannot be the URL of a webhook endpoint: %s.\n\nGive an absolute https URL, such as https://example.com/prosa-webhook.", value, err))
	case parsed.Scheme == "http":
		diags.AddAttributeWarning(at, "Webhook URL without encryption",
			fmt.Sprintf("Prosa sends transcripts and signatures unencrypted to %q, and may reject the URL. Use http for tests only.", value))
	}
}

// lookupURL accepts URLs that an endpoint can be found by.
var lookupURL stringValidator = func(at path.Path, value string, diags *diag.Diagnostics) {
	if _, err := prosa.ParseEndpointURL(value); err != nil {
		diags.AddAttributeError(at, "Invalid "+at.String(),
			fmt.Sprintf("No webhook endpoint can be registered with the URL %q: %s.\n\nGive the whole URL, such as https://example.com/prosa-webhook.", value, err))
	}
}
