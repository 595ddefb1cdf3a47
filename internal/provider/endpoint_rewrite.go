package provider

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// rewrittenKey is the key in private state of a URL that the API stores in another form.
const rewrittenKey = "rewritten_url"

// rewrittenURL is a URL as it was planned, and as the API stores it.
type rewrittenURL struct {
	Planned string `json:"planned"`
	Stored  string `json:"stored"`
}

// settle finishes a create or an update with the API's response. State keeps what was planned, as Terraform requires. If
// the API stored something else, settle warns, and the next refresh shows the difference as drift. A URL that the API
// rewrote is remembered instead, so that it is no drift.
func (m *endpointModel) settle(ctx context.Context, e prosa.Endpoint, private privateStateWriter, diags *diag.Diagnostics) {
	planned := *m
	m.refresh(e)
	var note []byte
	if stored := m.URL; prosa.NormalizeURL(stored.ValueString()) != prosa.NormalizeURL(planned.URL.ValueString()) {
		note, _ = json.Marshal(rewrittenURL{Planned: planned.URL.ValueString(), Stored: stored.ValueString()}) // strings can be encoded
		diags.AddAttributeWarning(path.Root("url"), "The API stores another URL",
			fmt.Sprintf("The API stores %s for the URL %s. The state keeps the URL of the configuration, and the provider takes the two for the same from now on.\n\n"+
				"Check that Prosa reaches the receiver at the stored URL, or write that URL in the configuration.", stored.ValueString(), planned.URL.ValueString()))
	}
	diags.Append(private.SetKey(ctx, rewrittenKey, note)...)
	if stored := m.EventFilters; !stored.Equal(planned.EventFilters) {
		diags.AddAttributeWarning(path.Root("event_filters"), "The API stores other event types",
			fmt.Sprintf("The API stores the event types %s for the planned ones, %s.\n\nThe next plan shows the difference. Remove the event types that the API does not know.", stored, planned.EventFilters))
	}
	if stored := m.SSLVerification; !stored.Equal(planned.SSLVerification) {
		diags.AddAttributeWarning(path.Root("ssl_verification"), "The API stores another value",
			fmt.Sprintf("The API stores ssl_verification = %s for the planned %s.\n\nThe next plan shows the difference. If this installation does not support the planned value, change the configuration.", stored, planned.SSLVerification))
	}
	m.URL, m.EventFilters, m.SSLVerification = planned.URL, planned.EventFilters, planned.SSLVerification
}

// keepPlannedURL restores the user's URL after a refresh if the API is known to have rewritten it.
func (m *endpointModel) keepPlannedURL(ctx context.Context, before urlValue, private privateState) diag.Diagnostics {
	raw, diags := private.GetKey(ctx, rewrittenKey)
	var known rewrittenURL
	if raw == nil || diags.HasError() || json.Unmarshal(raw, &known) != nil {
		return diags
	}
	if prosa.NormalizeURL(m.URL.ValueString()) == prosa.NormalizeURL(known.Stored) && before.ValueString() == known.Planned {
		m.URL = before
	}
	return diags
}
