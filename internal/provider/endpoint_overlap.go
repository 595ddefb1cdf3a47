package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// warnOverlap warns, while planning, of other endpoints with the planned URL that receive some of the same event types,
// and reports an API key that the API refuses. Any other failure of the check is silent.
func (r *endpointResource) warnOverlap(ctx context.Context, plan endpointModel, diags *diag.Diagnostics) {
	if r.providerData == nil || r.client == nil || r.overlapCheckFailed.Load() || !known(plan.URL) || !fullyKnown(ctx, plan.EventFilters) {
		return
	}
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
		fmt.Sprintf("%s is already registered for some of the same event types, by the endpoint %s: every such event will arrive there twice.\n\n"+
			"To manage the endpoint that exists instead of another one, import it:\n\n  terraform import prosa_webhook_endpoint.NAME %s\n\n"+
			"Otherwise remove one of the two, or give them event_filters without a common type. If this plan replaces that endpoint, also with create_before_destroy, nothing needs to be done.",
			plan.URL.ValueString(), strings.Join(ids, ", "), shellQuote(ids[0])))
}
