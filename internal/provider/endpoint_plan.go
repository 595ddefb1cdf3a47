package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan plans the stored keys, and warns of other endpoints with the same URL.
func (r *endpointResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.Plan.Raw.Equal(req.State.Raw) { // unchanged, as most of a plan is: the rest is expensive
		return
	}
	var plan, state endpointModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("secrets"), plannedKeys(
		plan.StoreSecrets, state.StoreSecrets, state.Secrets, types.ListNull(secretType), types.ListUnknown(secretType)))...)
	if !req.State.Raw.IsNull() {
		planOwnKey(ctx, &plan, &state, req.Private, resp)
	}
	// Terraform drops this plan's warnings if the endpoint must be replaced, but then it plans a create, which warns again.
	if !plan.URL.Equal(state.URL) || !plan.EventFilters.Equal(state.EventFilters) {
		r.warnOverlap(ctx, plan, &resp.Diagnostics)
	}
}

// planOwnKey replaces the endpoint if the user's own key changes.
func planOwnKey(ctx context.Context, plan, state *endpointModel, private privateState, resp *resource.ModifyPlanResponse) {
	mark, diags := private.GetKey(ctx, importedKey)
	resp.Diagnostics.Append(diags...)
	for _, key := range []struct {
		name        string
		plan, state attr.Value
	}{{"secret_key", plan.SecretKey, state.SecretKey}, {"secret_key_wo_version", plan.SecretKeyWOVersion, state.SecretKeyWOVersion}} {
		switch {
		case key.plan.Equal(key.state):
		case mark != nil && key.state.IsNull(): // trust the configuration: the API cannot compare keys
			resp.Diagnostics.AddAttributeWarning(path.Root(key.name), "Signing key cannot be compared",
				"The endpoint was imported, so the provider assumes that it has the key of the configuration. The provider replaces nothing and sends nothing, because the API cannot compare keys.\n\n"+
					"If the endpoint has another key, rotate it with prosa_webhook_secret_rotation, or replace the endpoint.")
		default:
			resp.RequiresReplace.Append(path.Root(key.name))
		}
	}
}

// importedKey marks, in private state, an endpoint that was imported or moved, until its first update. Reads keep the mark,
// so that a refresh after an import changes nothing.
const (
	importedKey  = "imported"
	importedMark = `"imported"`
	movedMark    = `"moved"`
)
