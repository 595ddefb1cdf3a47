package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// rotationModel is the state of a prosa_webhook_secret_rotation.
type rotationModel struct {
	ID                      types.String `tfsdk:"id"`
	EndpointID              types.String `tfsdk:"endpoint_id"`
	RotationPeriod          types.Object `tfsdk:"rotation_period"`
	RotateWhenChanged       types.Map    `tfsdk:"rotate_when_changed"`
	RotateEvery             types.Object `tfsdk:"rotate_every"`
	RotateOnCreate          types.Bool   `tfsdk:"rotate_on_create"`
	StoreSecrets            types.Bool   `tfsdk:"store_secrets"`
	SecretID                types.String `tfsdk:"secret_id"`
	SecretKey               types.String `tfsdk:"secret_key"`
	SecretVersion           types.Int64  `tfsdk:"secret_version"`
	RotatedAt               types.String `tfsdk:"rotated_at"`
	NextRotationAt          types.String `tfsdk:"next_rotation_at"`
	PreviousSecretsExpireAt types.String `tfsdk:"previous_secrets_expire_at"`
	RotationDue             types.Bool   `tfsdk:"rotation_due"`
	Active                  types.Bool   `tfsdk:"active"`
}

var rotationAttributes = attributes{
	"endpoint_id":           path.Root("endpoint_id"),
	"rotation_period":       path.Root("rotation_period"),
	"rotation_period.days":  path.Root("rotation_period").AtName("days"),
	"rotation_period.hours": path.Root("rotation_period").AtName("hours"),
}

// interval returns the length of rotate_every; ok is false if it is null or unknown.
func (m *rotationModel) interval(ctx context.Context) (every time.Duration, ok bool) {
	if m.RotateEvery.IsNull() || !fullyKnown(ctx, m.RotateEvery) {
		return 0, false
	}
	every = periodOf(ctx, m.RotateEvery).Duration()
	return every, every > 0
}

// hasSameSchedule reports whether the interval is as long as that of the state, such as one day and 24 hours.
func (m *rotationModel) hasSameSchedule(ctx context.Context, state *rotationModel) bool {
	every, ok := m.interval(ctx)
	before, scheduled := state.interval(ctx)
	return m.RotateEvery.Equal(state.RotateEvery) || ok && scheduled && every == before
}

// rotated copies the result of a rotation into the model. due is when the rotation was scheduled; nil if the schedule did
// not cause it. The new secret_version is greater than version.
func (m *rotationModel) rotated(ctx context.Context, r prosa.Rotation, due *time.Time, version int64) {
	m.SecretID = types.StringValue(r.Secret.ID)
	m.SecretVersion = types.Int64Value(max(r.At.Unix(), version+1))
	m.RotatedAt = types.StringValue(r.At.Format(time.RFC3339))
	m.PreviousSecretsExpireAt = timeOrNull(r.PreviousExpireAt)
	m.RotationDue = types.BoolValue(false)
	m.Active = types.BoolValue(true)
	m.storeKey(r.Secret.Key)

	m.NextRotationAt = types.StringNull()
	if every, scheduled := m.interval(ctx); scheduled {
		if due == nil {
			due = &r.At
		}
		m.NextRotationAt = types.StringValue(nextAfter(*due, every, r.At).Format(time.RFC3339))
	}
}

// nextAfter returns the first of due+every, due+2*every and so on that is after now. This skips missed rotations.
func nextAfter(due time.Time, every time.Duration, now time.Time) time.Time {
	if missed := now.Sub(due); missed >= 0 {
		due = due.Add(missed - missed%every)
	}
	return due.Add(every)
}

// adopt copies the newest of an endpoint's keys into the model as if it had been rotated now.
func (m *rotationModel) adopt(ctx context.Context, secrets []prosa.Secret, now time.Time, version int64) {
	r := prosa.Rotation{Secret: secrets[0], At: now.UTC().Truncate(time.Second)}
	for _, older := range secrets[1:] {
		if end := older.ExpiredAt; end != nil && (r.PreviousExpireAt == nil || end.After(*r.PreviousExpireAt)) {
			r.PreviousExpireAt = end
		}
	}
	m.rotated(ctx, r, nil, version)
}

// refresh updates the model from the API and the clock.
func (m *rotationModel) refresh(e prosa.Endpoint, now time.Time) {
	m.Active = types.BoolValue(false)
	for _, s := range e.Secrets {
		if s.ID == m.SecretID.ValueString() {
			m.Active = types.BoolValue(true)
			m.storeKey(s.Key)
		}
	}
	next, scheduled := timeOf(m.NextRotationAt)
	m.RotationDue = types.BoolValue(scheduled && !now.Before(next))
}

func (m *rotationModel) storeKey(key string) {
	m.SecretKey = types.StringNull()
	if m.StoreSecrets.ValueBool() {
		m.SecretKey = types.StringValue(key)
	}
}
