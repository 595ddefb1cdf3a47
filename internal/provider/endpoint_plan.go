package provider

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan plans the keys, and whether the endpoint must be replaced for another key.
func (r *endpointResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.Plan.Raw.Equal(req.State.Raw) { // the latter is most of a plan, and costly below
		return
	}
	var plan endpointModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if req.State.Raw.IsNull() {
		if known(plan.StoreSecrets) && !plan.StoreSecrets.ValueBool() {
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("secrets"), types.ListNull(secretType))...)
		}
		r.warnOverlap(ctx, plan, &resp.Diagnostics)
		return
	}
	var state endpointModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	imported := isImported(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("secrets"), plannedSecrets(plan, state))...)
	for _, key := range []struct {
		name        string
		plan, state attr.Value
	}{{"secret_key", plan.SecretKey, state.SecretKey}, {"secret_key_wo_version", plan.SecretKeyWOVersion, state.SecretKeyWOVersion}} {
		switch {
		case key.plan.Equal(key.state):
		case imported && key.state.IsNull(): // the configuration of an endpoint that was imported is believed
			resp.Diagnostics.AddAttributeWarning(path.Root(key.name), "Signing key is taken as it stands",
				"The endpoint was imported, so the key in the configuration is taken for the one it has: nothing is replaced, and nothing is sent. The API has no way to compare them.\n\n"+
					"If the endpoint has another key, rotate it with prosa_webhook_secret_rotation, or replace the endpoint.")
		default:
			resp.RequiresReplace.Append(path.Root(key.name))
		}
	}
	switch {
	case len(resp.RequiresReplace) > 0 && r.providerData != nil:
		r.overlap.replaced.Store(state.ID.ValueString(), true) // Terraform plans the new one next
	case !plan.URL.Equal(state.URL) || !plan.EventFilters.Equal(state.EventFilters):
		r.warnOverlap(ctx, plan, &resp.Diagnostics)
	}
}

// plannedSecrets leaves stored keys as they are, whatever else changes: they are no part of what is planned, and may
// expire or be rotated before the apply.
func plannedSecrets(plan, state endpointModel) types.List {
	switch {
	case !known(plan.StoreSecrets):
		return types.ListUnknown(secretType)
	case !plan.StoreSecrets.ValueBool():
		return types.ListNull(secretType)
	case state.StoreSecrets.ValueBool():
		return state.Secrets
	}
	return types.ListUnknown(secretType)
}

func known(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }

// importedKey marks, in private state, an endpoint that was imported and not changed since: how many refreshes ago.
// The first is part of the import itself, the last belongs to the plan that takes the configuration over, and there
// may be a refresh of its own between them.
const (
	importedKey       = "imported"
	importedRefreshes = 3
)

func isImported(ctx context.Context, private privateState, diags *diag.Diagnostics) bool {
	raw, d := private.GetKey(ctx, importedKey)
	diags.Append(d...)
	return raw != nil
}

// countImportedRead lets the mark of an import go once nobody has taken the endpoint's configuration over.
func countImportedRead(ctx context.Context, from privateState, to privateStateWriter) diag.Diagnostics {
	raw, diags := from.GetKey(ctx, importedKey)
	var reads int
	if raw == nil || diags.HasError() || json.Unmarshal(raw, &reads) != nil {
		return diags
	}
	if reads++; reads > importedRefreshes {
		diags.Append(to.SetKey(ctx, importedKey, nil)...)
		return diags
	}
	diags.Append(to.SetKey(ctx, importedKey, []byte(strconv.Itoa(reads)))...)
	return diags
}
