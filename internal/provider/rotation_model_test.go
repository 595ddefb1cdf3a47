package provider

import (
	"math/big"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

const hours24 = 24 * time.Hour

// start is some time; the rest of a table counts from it.
var start = time.Unix(1_000_000_000, 0).UTC()

func daysAfter(days int) types.String {
	return types.StringValue(start.Add(time.Duration(days) * hours24).Format(time.RFC3339))
}

func days(n int64) types.Object { return period(number(n), number(0)) }

func number(n int64) types.Number { return types.NumberValue(big.NewFloat(float64(n))) }

func period(days, hours types.Number) types.Object {
	return types.ObjectValueMust(periodTypes, map[string]attr.Value{"days": days, "hours": hours})
}

var periodTypes = map[string]attr.Type{"days": types.NumberType, "hours": types.NumberType}

func mapOf(value types.String) types.Map {
	return types.MapValueMust(types.StringType, map[string]attr.Value{"v": value})
}

func TestNextAfter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		every, now, want int // hours; now and want after the time that was due
	}{
		"on time":             {10, 0, 10},
		"late":                {10, 3, 10},
		"just before the one": {10, 9, 10},
		"one missed":          {10, 10, 20},
		"many missed":         {10, 57, 60},
		"clock set back":      {10, -5, 10},
	} {
		hours := func(n int) time.Duration { return time.Duration(n) * time.Hour }
		if got := nextAfter(start, hours(c.every), start.Add(hours(c.now))); !got.Equal(start.Add(hours(c.want))) {
			t.Errorf("%s: %s after the due time, want %s", name, got.Sub(start), hours(c.want))
		}
	}
}

// TestSecretVersion has rotations at different times after a version.
func TestSecretVersion(t *testing.T) {
	t.Parallel()
	now := start.Unix()
	for before, want := range map[int64]int64{0: now, 1: now, now - 1: now, now: now + 1, now + 5: now + 6} {
		m := rotationModel{RotateEvery: types.ObjectNull(periodTypes)}
		m.rotated(t.Context(), prosa.Rotation{At: start}, nil, before)
		if got := m.SecretVersion.ValueInt64(); got != want {
			t.Errorf("after the version %d comes %d, want %d", before, got, want)
		}
	}
}

func TestTakenOver(t *testing.T) {
	t.Parallel()
	sooner, later := start.Add(hours24), start.Add(2*hours24)
	newest := prosa.Secret{ID: "newest", Key: "key"}
	for name, c := range map[string]struct {
		older []prosa.Secret
		end   types.String
	}{
		"alone":          {nil, types.StringNull()},
		"one older":      {[]prosa.Secret{{ID: "old", ExpiredAt: &sooner}}, daysAfter(1)},
		"two older":      {[]prosa.Secret{{ID: "old", ExpiredAt: &later}, {ID: "older", ExpiredAt: &sooner}}, daysAfter(2)},
		"without an end": {[]prosa.Secret{{ID: "old"}}, types.StringNull()},
	} {
		m := rotationModel{RotateEvery: days(5), StoreSecrets: types.BoolValue(true)}
		m.adopt(t.Context(), append([]prosa.Secret{newest}, c.older...), start.Add(500*time.Millisecond), 0)
		if m.SecretID.ValueString() != "newest" || m.SecretKey.ValueString() != "key" || m.SecretVersion.ValueInt64() != start.Unix() ||
			!m.RotatedAt.Equal(daysAfter(0)) || !m.NextRotationAt.Equal(daysAfter(5)) || !m.PreviousSecretsExpireAt.Equal(c.end) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

func TestRotationRefresh(t *testing.T) {
	t.Parallel()
	mine := []prosa.Secret{{ID: "theirs", Key: "t"}, {ID: "mine", Key: "m"}}
	for name, c := range map[string]struct {
		secrets []prosa.Secret
		store   bool
		next    types.String
		active  bool
		key     string
		due     bool
	}{
		"listed":                {mine, true, types.StringNull(), true, "m", false},
		"listed, not stored":    {mine, false, types.StringNull(), true, "", false},
		"gone: the key is kept": {mine[:1], true, types.StringNull(), false, "as it was", false},
		"no keys at all":        {nil, true, daysAfter(1), false, "as it was", false},
		"due at this moment":    {mine, true, daysAfter(0), true, "m", true},
		"overdue":               {mine, true, daysAfter(-1), true, "m", true},
	} {
		m := rotationModel{
			SecretID: types.StringValue("mine"), SecretKey: types.StringValue("as it was"), StoreSecrets: types.BoolValue(c.store),
			NextRotationAt: c.next, RotationDue: types.BoolValue(!c.due),
		}
		m.refresh(prosa.Endpoint{Secrets: c.secrets}, start)
		if m.Active.ValueBool() != c.active || m.SecretKey.ValueString() != c.key || m.RotationDue.ValueBool() != c.due || m.SecretID.ValueString() != "mine" {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// TestPlanUpdate has a state whose rotation is due, or not, and what another configuration plans for it.
func TestPlanUpdate(t *testing.T) {
	t.Parallel()
	const quiet, rotates, may = "quiet", "rotates", "may rotate"
	unknownDays := period(types.NumberUnknown(), number(5))
	none, noSchedule := types.MapNull(types.StringType), types.ObjectNull(periodTypes)
	a, b, unknown := mapOf(types.StringValue("a")), mapOf(types.StringValue("b")), mapOf(types.StringUnknown())
	for name, c := range map[string]struct {
		due          bool
		before, when types.Map
		every        types.Object // days(30) before
		plans        string
		next         types.String
	}{
		"nothing changes":           {false, a, a, days(30), quiet, daysAfter(7)},
		"set for the first time":    {false, none, a, days(30), quiet, daysAfter(7)},
		"first, and unknown":        {false, none, unknown, days(30), quiet, daysAfter(7)},
		"removed":                   {false, a, none, days(30), quiet, daysAfter(7)},
		"another map":               {false, a, b, days(30), rotates, types.StringUnknown()},
		"unknown map":               {false, a, types.MapUnknown(types.StringType), days(30), may, types.StringUnknown()},
		"unknown element":           {false, a, unknown, days(30), may, types.StringUnknown()},
		"due":                       {true, none, none, days(30), rotates, types.StringUnknown()},
		"due, unknown map":          {true, a, unknown, days(30), rotates, types.StringUnknown()},
		"another interval":          {false, none, none, days(40), quiet, daysAfter(40)},
		"due, another interval":     {true, none, none, days(40), quiet, daysAfter(40)},
		"due, a shorter interval":   {true, none, none, days(5), rotates, types.StringUnknown()},
		"shorter, not due at read":  {false, none, none, days(5), quiet, daysAfter(5)},
		"due, no schedule any more": {true, none, none, noSchedule, quiet, types.StringNull()},
		"told, no schedule":         {false, a, b, noSchedule, rotates, types.StringNull()},
		"unknown interval":          {false, none, none, types.ObjectUnknown(periodTypes), quiet, types.StringUnknown()},
		"partly unknown interval":   {false, none, none, unknownDays, quiet, types.StringUnknown()},
		"due, unknown interval":     {true, none, none, unknownDays, may, types.StringUnknown()},
	} {
		state := rotationModel{
			ID: types.StringValue("id"), RotateEvery: days(30), RotateWhenChanged: c.before, StoreSecrets: types.BoolValue(true),
			SecretID: types.StringValue("s"), SecretKey: types.StringValue("k"), SecretVersion: types.Int64Value(4), RotatedAt: daysAfter(0),
			NextRotationAt: daysAfter(7), PreviousSecretsExpireAt: daysAfter(3), RotationDue: types.BoolValue(c.due), Active: types.BoolValue(false),
		}
		plan := rotationModel{RotateEvery: c.every, RotateWhenChanged: c.when, StoreSecrets: types.BoolValue(true)}
		plan.planUpdate(t.Context(), &state)

		got := quiet
		switch {
		case plan.SecretID.IsUnknown() && plan.SecretVersion.IsUnknown() && plan.Active.IsUnknown():
			got = may
		case plan.SecretID.IsUnknown() && plan.SecretVersion.IsUnknown() && plan.Active.ValueBool():
			got = rotates
		case !plan.SecretID.Equal(state.SecretID) || !plan.SecretKey.Equal(state.SecretKey) || !plan.SecretVersion.Equal(state.SecretVersion) ||
			!plan.RotatedAt.Equal(state.RotatedAt) || !plan.PreviousSecretsExpireAt.Equal(state.PreviousSecretsExpireAt) || !plan.Active.Equal(state.Active):
			got = "neither"
		}
		if got != c.plans || !plan.NextRotationAt.Equal(c.next) || !plan.ID.Equal(state.ID) {
			t.Errorf("%s: %s, next %s; want %s, next %s", name, got, plan.NextRotationAt, c.plans, c.next)
		}
	}
}
