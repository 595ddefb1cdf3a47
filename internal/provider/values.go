package provider

import (
	"context"
	"math/big"
	"reflect"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// known says whether v is neither null nor unknown.
func known(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }

// fullyKnown says whether neither v nor any value in it is unknown.
func fullyKnown(ctx context.Context, v attr.Value) bool {
	value, err := v.ToTerraformValue(ctx)
	return err == nil && value.IsFullyKnown()
}

// sameValues says whether all fields of two models are equal. The fields must be framework values.
func sameValues[Model any](a, b *Model) bool {
	x, y := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := range x.NumField() {
		one, isValue := x.Field(i).Interface().(attr.Value)
		other, alsoValue := y.Field(i).Interface().(attr.Value)
		if !isValue || !alsoValue || !one.Equal(other) {
			return false
		}
	}
	return true
}

// intOf returns a number as an integer; ok is false if it is null, unknown, fractional or out of range.
func intOf(n types.Number) (value int64, ok bool) {
	if !known(n) {
		return 0, false
	}
	value, accuracy := n.ValueBigFloat().Int64()
	return value, accuracy == big.Exact
}

// timeOf parses a time in state; ok is false if it is null or unknown.
func timeOf(s types.String) (t time.Time, ok bool) {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	return t, err == nil
}

// timeOrNull formats a time as RFC 3339 in UTC; nil becomes null.
func timeOrNull(t *time.Time) types.String {
	if t == nil {
		return types.StringNull()
	}
	return types.StringValue(prosa.Time{Time: *t}.String())
}

// textOrNull returns a pointer to text, or nil, which becomes null, if text is empty.
func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// stringSet returns a set of the strings in list, without duplicates.
func stringSet(list []string) types.Set {
	elements := []attr.Value{}
	for _, s := range slices.Compact(slices.Sorted(slices.Values(list))) {
		elements = append(elements, types.StringValue(s))
	}
	return types.SetValueMust(types.StringType, elements)
}

// stringsOf returns the elements of a set. A null set has none.
func stringsOf(ctx context.Context, set types.Set, diags *diag.Diagnostics) []string {
	var list []string
	diags.Append(set.ElementsAs(ctx, &list, false)...)
	return list
}
