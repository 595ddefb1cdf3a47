package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// ModifyPlan plans the stored keys, replaces the endpoint if the user's own key changes, and warns of other endpoints with
// the same URL.
func (r *endpointResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.Plan.Raw.Equal(req.State.Raw) { // usually nothing changes, and the code below is expensive
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
		var config endpointModel // has the write-only key
		resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
		r.warnOverlap(ctx, plan, append(state.keys(), config.keys()...), &resp.Diagnostics)
	}
}

// planOwnKey replaces the endpoint if the user's own key changes. After an import, it warns instead.
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
				"The endpoint was imported, so the provider assumes that it has the key of the configuration. The API cannot compare keys, so the provider does not replace the endpoint and sends no key.\n\n"+
					"If the endpoint has another key, rotate it with prosa_webhook_secret_rotation, or replace the endpoint.")
		default:
			resp.RequiresReplace.Append(path.Root(key.name))
		}
	}
}

// warnOverlap warns, while planning, of other endpoints with the planned URL that receive some of the same event types,
// and reports an API key that the API refuses. Any other failure of the check is silent. Messages hide the keys.
func (r *endpointResource) warnOverlap(ctx context.Context, plan endpointModel, keys []string, diags *diag.Diagnostics) {
	if r.providerData == nil || r.client == nil || r.overlapCheckFailed.Load() || !known(plan.URL) || !fullyKnown(ctx, plan.EventFilters) {
		return
	}
	r.client.Hide(keys...)
	ctx, cancel := context.WithTimeout(ctx, r.client.RequestTimeout())
	defer cancel()
	ids, err := r.client.Overlapping(ctx, plan.params(ctx, diags), plan.ID.ValueString())
	if err != nil {
		e := prosa.As(err)
		if first := r.overlapCheckFailed.CompareAndSwap(false, true); first && e != nil && (e.StatusCode == 401 || e.StatusCode == 403) {
			r.fail(diags, "Unable to check the webhook endpoint", err, endpointAttributes)
		}
		return
	}
	if len(ids) == 0 {
		return
	}
	diags.AddAttributeWarning(path.Root("url"), "URL is already registered",
		fmt.Sprintf("%s is already registered for some of the same event types, by the endpoint %s. Each event of these types will arrive twice.\n\n"+
			"To manage the existing endpoint instead of creating another one, import it:\n\n  terraform import prosa_webhook_endpoint.NAME %s\n\n"+
			"Otherwise remove one of the two, or set event_filters without a common type. If this plan replaces that endpoint, also with create_before_destroy, ignore this warning.",
			plan.URL.ValueString(), strings.Join(ids, ", "), shellQuote(ids[0])))
}

// importedKey is where private state marks an endpoint that was imported or moved. The first update removes the mark. Reads
// keep it, so that a refresh after an import changes nothing.
const (
	importedKey  = "imported"
	importedMark = `"imported"`
	movedMark    = `"moved"`
)
