package provider

import (
	"math/big"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// start is the time that the tables below count from.
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

// TestSecretVersion: the version after a rotation is its Unix time, or the previous version + 1 if that is greater.
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

func TestAdoptNewestKey(t *testing.T) {
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
