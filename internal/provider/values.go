package provider

import (
	"context"
	"math/big"
	"reflect"
	"slices"
	"sync/atomic"
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

// sameValues says whether all fields of two models are equal.
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

// intOf returns a whole number; ok is false for null, unknown, fractions and numbers out of range.
func intOf(n types.Number) (value int64, ok bool) {
	if !known(n) {
		return 0, false
	}
	value, accuracy := n.ValueBigFloat().Int64()
	return value, accuracy == big.Exact
}

// raise sets a number to n if it is smaller.
func raise(number *atomic.Int64, n int64) {
	for old := number.Load(); old < n && !number.CompareAndSwap(old, n); old = number.Load() {
	}
}

// maxListed is more objects than a response of 64 MiB can hold.
const maxListed = 1 << 24

// limitOf returns the limit as the size of a list; 0 means no limit.
func limitOf(limit types.Number) int {
	n, _ := intOf(limit)
	return int(min(n, maxListed))
}

// timeOf reads a time that this provider wrote; ok is false for null and unknown.
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

// textOrNull turns an empty text into null.
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

// stringsOf returns the elements of a set; none for null.
func stringsOf(ctx context.Context, set types.Set, diags *diag.Diagnostics) []string {
	var list []string
	diags.Append(set.ElementsAs(ctx, &list, false)...)
	return list
}

// secretType is a signing key as the resource, the data source and the ephemeral resource show it.
var secretType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"id":         types.StringType,
	"key":        types.StringType,
	"expired_at": types.StringType,
}}

func secretList(secrets []prosa.Secret) types.List {
	elements := make([]attr.Value, len(secrets))
	for i, s := range secrets {
		elements[i] = types.ObjectValueMust(secretType.AttrTypes, map[string]attr.Value{
			"id":         types.StringValue(s.ID),
			"key":        types.StringValue(s.Key),
			"expired_at": timeOrNull(s.ExpiredAt),
		})
	}
	return types.ListValueMust(secretType, elements)
}

// plannedKeys plans the keys that store_secrets keeps. Stored keys stay as they are, whatever else changes: they are not
// planned, and may expire or be rotated before the apply.
func plannedKeys[Value attr.Value](plan, state types.Bool, stored, null, unknown Value) Value {
	switch {
	case plan.IsUnknown():
		return unknown
	case !plan.ValueBool():
		return null
	case state.ValueBool():
		return stored
	}
	return unknown
}
