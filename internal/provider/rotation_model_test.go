package provider

import (
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// start is the time that tables count from.
var start = time.Unix(1_000_000_000, 0).UTC()

func daysAfter(days int) types.String {
	return types.StringValue(start.AddDate(0, 0, days).Format(time.RFC3339))
}

var periodTypes = map[string]attr.Type{"days": types.NumberType, "hours": types.NumberType}

func days(n int64) types.Object {
	return types.ObjectValueMust(periodTypes, map[string]attr.Value{
		"days": types.NumberValue(big.NewFloat(float64(n))), "hours": types.NumberValue(big.NewFloat(0)),
	})
}

func mapOf(value types.String) types.Map {
	return types.MapValueMust(types.StringType, map[string]attr.Value{"v": value})
}

func TestNextAfter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		every, now, want int // hours; now and want are after the due time
	}{
		"on time":               {10, 0, 10},
		"late":                  {10, 9, 10},
		"one interval missed":   {10, 10, 20},
		"many intervals missed": {10, 57, 60},
		"clock set back":        {10, -5, 10},
	} {
		hours := func(n int) time.Duration { return time.Duration(n) * time.Hour }
		if got := nextAfter(start, hours(c.every), start.Add(hours(c.now))); !got.Equal(start.Add(hours(c.want))) {
			t.Errorf("%s: %s after the due time, want %s", name, got.Sub(start), hours(c.want))
		}
	}
}

// TestSecretVersion rotates after different versions: the next version is the time, or the successor if it is later.
func TestSecretVersion(t *testing.T) {
	t.Parallel()
	now := start.Unix()
	for previous, want := range map[int64]int64{0: now, now - 1: now, now: now + 1, now + 5: now + 6} {
		m := rotationModel{RotateEvery: types.ObjectNull(periodTypes)}
		m.rotated(t.Context(), prosa.Rotation{At: start}, nil, previous)
		if got := m.SecretVersion.ValueInt64(); got != want {
			t.Errorf("the version after %d is %d, want %d", previous, got, want)
		}
	}
}

func TestTakenOver(t *testing.T) {
	t.Parallel()
	sooner, later := start.AddDate(0, 0, 1), start.AddDate(0, 0, 2)
	newest := prosa.Secret{ID: "newest", Key: "key"}
	for name, c := range map[string]struct {
		older   []prosa.Secret
		expires types.String
	}{
		"no older key":             {nil, types.StringNull()},
		"two older keys":           {[]prosa.Secret{{ID: "old", ExpiredAt: &later}, {ID: "older", ExpiredAt: &sooner}}, daysAfter(2)},
		"older key without expiry": {[]prosa.Secret{{ID: "old"}}, types.StringNull()},
	} {
		m := rotationModel{RotateEvery: days(5), StoreSecrets: types.BoolValue(true)}
		m.adopt(t.Context(), append([]prosa.Secret{newest}, c.older...), start.Add(500*time.Millisecond), 0)
		if m.SecretID.ValueString() != "newest" || m.SecretKey.ValueString() != "key" || m.SecretVersion.ValueInt64() != start.Unix() ||
			!m.RotatedAt.Equal(daysAfter(0)) || !m.NextRotationAt.Equal(daysAfter(5)) || !m.PreviousSecretsExpireAt.Equal(c.expires) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

func TestRotationRefresh(t *testing.T) {
	t.Parallel()
	listed := []prosa.Secret{{ID: "theirs", Key: "t"}, {ID: "ours", Key: "o"}}
	for name, c := range map[string]struct {
		secrets []prosa.Secret
		store   bool
		next    types.String
		active  bool
		key     string
		due     bool
	}{
		"listed":             {listed, true, types.StringNull(), true, "o", false},
		"listed, not stored": {listed, false, types.StringNull(), true, "", false},
		"revoked":            {listed[:1], true, daysAfter(1), false, "stored", false},
		"due now":            {listed, true, daysAfter(0), true, "o", true},
		"overdue":            {listed, true, daysAfter(-1), true, "o", true},
	} {
		m := rotationModel{
			SecretID: types.StringValue("ours"), SecretKey: types.StringValue("stored"), StoreSecrets: types.BoolValue(c.store),
			NextRotationAt: c.next, RotationDue: types.BoolValue(!c.due),
		}
		m.refresh(prosa.Endpoint{Secrets: c.secrets}, start)
		if m.Active.ValueBool() != c.active || m.SecretKey.ValueString() != c.key || m.RotationDue.ValueBool() != c.due ||
			m.SecretID.ValueString() != "ours" {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// TestPlanUpdate plans another configuration for a state whose rotation is due, or not. TestRotationRuns has more cases.
func TestPlanUpdate(t *testing.T) {
	t.Parallel()
	const keeps, rotates, may = "keeps the key", "rotates", "may rotate"
	unknownDays := types.ObjectValueMust(periodTypes, map[string]attr.Value{"days": types.NumberUnknown(), "hours": types.NumberNull()})
	none, noSchedule := types.MapNull(types.StringType), types.ObjectNull(periodTypes)
	a, b, unknown := mapOf(types.StringValue("a")), mapOf(types.StringValue("b")), mapOf(types.StringUnknown())
	for name, c := range map[string]struct {
		due          bool
		before, when types.Map
		every        types.Object // days(30) before
		plans        string
		next         types.String
	}{
		"no change":                 {false, a, a, days(30), keeps, daysAfter(7)},
		"first map, unknown":        {false, none, unknown, days(30), keeps, daysAfter(7)},
		"map removed":               {false, a, none, days(30), keeps, daysAfter(7)},
		"map unknown":               {false, a, types.MapUnknown(types.StringType), days(30), may, types.StringUnknown()},
		"map element unknown":       {false, a, unknown, days(30), may, types.StringUnknown()},
		"due":                       {true, none, none, days(30), rotates, types.StringUnknown()},
		"due, map element unknown":  {true, a, unknown, days(30), rotates, types.StringUnknown()},
		"due, longer interval":      {true, none, none, days(40), keeps, daysAfter(40)},
		"due, shorter interval":     {true, none, none, days(5), rotates, types.StringUnknown()},
		"not due, shorter interval": {false, none, none, days(5), keeps, daysAfter(5)},
		"due, schedule removed":     {true, none, none, noSchedule, keeps, types.StringNull()},
		"changed map, no schedule":  {false, a, b, noSchedule, rotates, types.StringNull()},
		"interval unknown":          {false, none, none, types.ObjectUnknown(periodTypes), keeps, types.StringUnknown()},
		"due, days unknown":         {true, none, none, unknownDays, may, types.StringUnknown()},
	} {
		state := rotationModel{
			ID: types.StringValue("id"), RotateEvery: days(30), RotateWhenChanged: c.before, StoreSecrets: types.BoolValue(true),
			SecretID: types.StringValue("s"), SecretKey: types.StringValue("k"), SecretVersion: types.Int64Value(4), RotatedAt: daysAfter(0),
			NextRotationAt: daysAfter(7), PreviousSecretsExpireAt: daysAfter(3), RotationDue: types.BoolValue(c.due), Active: types.BoolValue(false),
		}
		plan := rotationModel{RotateEvery: c.every, RotateWhenChanged: c.when, StoreSecrets: types.BoolValue(true)}
		plan.planUpdate(t.Context(), &state)

		want := state
		want.RotateEvery, want.RotateWhenChanged, want.NextRotationAt, want.RotationDue = c.every, c.when, c.next, types.BoolValue(false)
		if c.plans != keeps {
			want.SecretID, want.SecretKey, want.SecretVersion = types.StringUnknown(), types.StringUnknown(), types.Int64Unknown()
			want.RotatedAt, want.PreviousSecretsExpireAt, want.Active = types.StringUnknown(), types.StringUnknown(), types.BoolValue(true)
		}
		if c.plans == may {
			want.RotationDue, want.Active = types.BoolUnknown(), types.BoolUnknown()
		}
		if !reflect.DeepEqual(plan, want) {
			t.Errorf("%s: it should plan that the rotation %s:\ngot  %+v\nwant %+v", name, c.plans, plan, want)
		}
	}
}
