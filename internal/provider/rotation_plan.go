package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan decides whether to rotate. If so, the attributes that a rotation changes are unknown in the plan. It does not
// read the clock, because Terraform plans again during the apply and expects the same result. Read sets rotation_due.
func (r *rotationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	if req.Plan.Raw.Equal(req.State.Raw) { // usually nothing changes, and the code below is expensive
		var due types.Bool
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("rotation_due"), &due)...)
		if !due.ValueBool() {
			return
		}
	}
	var plan, state rotationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if req.State.Raw.IsNull() {
		plan.ID = plan.EndpointID
		plan.planRotation()
	} else {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		if resp.Diagnostics.HasError() || !plan.EndpointID.Equal(state.EndpointID) { // replaced: planned again as a create
			return
		}
		plan.planUpdate(ctx, &state)
		r.warnOverdue(ctx, &plan, &state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// planRotation plans the attributes that a rotation changes.
func (m *rotationModel) planRotation() {
	m.SecretID = types.StringUnknown()
	m.SecretVersion = types.Int64Unknown()
	m.RotatedAt = types.StringUnknown()
	m.NextRotationAt = types.StringUnknown()
	if m.RotateEvery.IsNull() {
		m.NextRotationAt = types.StringNull()
	}
	m.PreviousSecretsExpireAt = types.StringUnknown()
	m.RotationDue = types.BoolValue(false)
	m.Active = types.BoolValue(true)
	m.SecretKey = plannedKeys(m.StoreSecrets, types.BoolNull(), types.StringNull(), types.StringNull(), types.StringUnknown())
}

func (m *rotationModel) planUpdate(ctx context.Context, state *rotationModel) {
	m.ID = state.ID
	if m.mustRotate(ctx, state) {
		m.planRotation()
		return
	}
	m.SecretID, m.SecretVersion, m.RotatedAt = state.SecretID, state.SecretVersion, state.RotatedAt
	m.PreviousSecretsExpireAt, m.Active = state.PreviousSecretsExpireAt, state.Active
	m.SecretKey = plannedKeys(m.StoreSecrets, state.StoreSecrets, state.SecretKey, types.StringNull(), types.StringUnknown())
	m.NextRotationAt, m.RotationDue = state.NextRotationAt, state.RotationDue
	if !m.hasSameSchedule(ctx, state) {
		m.reschedule(ctx)
	}
	if m.mayRotate(ctx, state) {
		m.planRotation()
		m.RotationDue, m.Active = types.BoolUnknown(), types.BoolUnknown()
	}
}

// mustRotate reports whether to rotate, because a rotation is due, or because rotate_when_changed changed from one map to
// another. Adding the map, also after an import, or removing it does not rotate.
func (m *rotationModel) mustRotate(ctx context.Context, state *rotationModel) bool {
	changed := known(state.RotateWhenChanged) && fullyKnown(ctx, m.RotateWhenChanged) && !m.RotateWhenChanged.IsNull() && !m.RotateWhenChanged.Equal(state.RotateWhenChanged)
	_, due := m.due(ctx, state)
	return changed || due
}

// due returns the scheduled time of the rotation that is due; ok is false if none is due. If rotate_every changes, due uses
// the new interval: with a longer one, the rotation may no longer be due.
func (m *rotationModel) due(ctx context.Context, state *rotationModel) (at time.Time, ok bool) {
	next, scheduled := timeOf(state.NextRotationAt)
	every, given := m.interval(ctx)
	if !scheduled || !given || !state.RotationDue.ValueBool() {
		return time.Time{}, false
	}
	if m.hasSameSchedule(ctx, state) {
		return next, true
	}
	rotatedAt, ok := timeOf(state.RotatedAt)
	at = rotatedAt.Add(every)
	// next has passed, because rotation_due is true. Only the next read can tell whether a later time has passed too.
	return at, ok && !at.After(next)
}

// mayRotate reports whether only the plan during the apply can decide, because rotate_when_changed or the schedule of a due
// rotation is unknown.
func (m *rotationModel) mayRotate(ctx context.Context, state *rotationModel) bool {
	return known(state.RotateWhenChanged) && !fullyKnown(ctx, m.RotateWhenChanged) ||
		state.RotationDue.ValueBool() && !fullyKnown(ctx, m.RotateEvery)
}

// reschedule computes next_rotation_at for a changed interval. The next read sets rotation_due.
func (m *rotationModel) reschedule(ctx context.Context) {
	m.RotationDue = types.BoolValue(false)
	rotatedAt, ok := timeOf(m.RotatedAt)
	every, scheduled := m.interval(ctx)
	switch {
	case m.RotateEvery.IsNull():
		m.NextRotationAt = types.StringNull()
	case ok && scheduled:
		m.NextRotationAt = types.StringValue(rotatedAt.Add(every).Format(time.RFC3339))
	default:
		m.NextRotationAt = types.StringUnknown()
	}
}

// warnOverdue warns if a new schedule makes a rotation overdue. It uses the time of this run's last read, because planning
// must not read the clock.
func (r *rotationResource) warnOverdue(ctx context.Context, plan, state *rotationModel, diags *diag.Diagnostics) {
	next, scheduled := timeOf(plan.NextRotationAt)
	if r.providerData == nil || !scheduled || plan.hasSameSchedule(ctx, state) || next.Unix() > r.lastRead.Load() {
		return
	}
	diags.AddAttributeWarning(path.Root("rotate_every"), "Rotation is overdue by this schedule",
		fmt.Sprintf("The key was last rotated at %s, so with this schedule a rotation was due at %s. This apply does not rotate the key; the next plan and apply do.\n\n"+
			"To avoid that rotation, set a longer interval.", state.RotatedAt.ValueString(), plan.NextRotationAt.ValueString()))
}
