package provider

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// endpointModel is the state of a prosa_webhook_endpoint.
type endpointModel struct {
	ID                 types.String `tfsdk:"id"`
	URL                types.String `tfsdk:"url"`
	EventFilters       types.Set    `tfsdk:"event_filters"`
	SSLVerification    types.Bool   `tfsdk:"ssl_verification"`
	SecretKey          types.String `tfsdk:"secret_key"`
	SecretKeyWO        types.String `tfsdk:"secret_key_wo"`
	SecretKeyWOVersion types.Number `tfsdk:"secret_key_wo_version"`
	StoreSecrets       types.Bool   `tfsdk:"store_secrets"`
	Secrets            types.List   `tfsdk:"secrets"`
}

var endpointAttributes = attributes{
	"url":              path.Root("url"),
	"event_filters":    path.Root("event_filters"),
	"ssl_verification": path.Root("ssl_verification"),
	"secret_key":       path.Root("secret_key"),
	"endpoint_id":      path.Root("id"),
}

// refresh copies the endpoint into the model, except for its keys.
func (m *endpointModel) refresh(e prosa.Endpoint) {
	m.ID = types.StringValue(e.ID)
	m.URL = types.StringValue(e.URL)
	m.EventFilters = stringSet(e.EventFilters)
	m.SSLVerification = types.BoolValue(e.SSLVerification)
}

// refreshSecrets copies the keys into the model if store_secrets is on.
func (m *endpointModel) refreshSecrets(secrets []prosa.Secret) {
	switch {
	case !m.StoreSecrets.ValueBool() || m.Secrets.IsUnknown() && secrets == nil:
		m.Secrets = types.ListNull(secretType)
	case secrets != nil: // otherwise the API did not list the keys, and the model keeps those it has
		m.Secrets = secretList(secrets)
	}
}

// keys returns the signing keys in the model, which messages and logs must not show.
func (m *endpointModel) keys() []string {
	keys := []string{m.SecretKey.ValueString(), m.SecretKeyWO.ValueString()}
	for _, element := range m.Secrets.Elements() {
		if secret, ok := element.(types.Object); ok {
			if key, ok := secret.Attributes()["key"].(types.String); ok {
				keys = append(keys, key.ValueString())
			}
		}
	}
	return keys
}

// displayName names the endpoint in messages.
func (m *endpointModel) displayName() string {
	return m.ID.ValueString() + " (" + m.URL.ValueString() + ")"
}

// params returns the fields that every create and update sets.
func (m *endpointModel) params(ctx context.Context, diags *diag.Diagnostics) prosa.EndpointParams {
	return prosa.EndpointParams{
		URL:             m.URL.ValueString(),
		EventFilters:    stringsOf(ctx, m.EventFilters, diags),
		SSLVerification: m.SSLVerification.ValueBool(),
	}
}

// rewrittenKey is where private state holds a rewrittenURL.
const rewrittenKey = "rewritten_url"

// rewrittenURL is a planned URL and what the API stores instead.
type rewrittenURL struct {
	Planned string `json:"planned"`
	Stored  string `json:"stored"`
}

// finishWrite compares the API's response to a create or an update with the plan. State keeps the plan, as Terraform
// requires. If the API stored something else, finishWrite warns, and the next refresh shows the difference as drift. A
// rewritten URL goes to private state, where keepURL finds it, so that it does not show as drift.
func (m *endpointModel) finishWrite(ctx context.Context, e prosa.Endpoint, private privateStateWriter, diags *diag.Diagnostics) {
	stored := *m
	stored.refresh(e)
	m.ID = stored.ID
	var note []byte
	if !sameURL(stored.URL, m.URL) {
		note, _ = json.Marshal(rewrittenURL{Planned: m.URL.ValueString(), Stored: stored.URL.ValueString()})
		diags.AddAttributeWarning(path.Root("url"), "The API stores another URL",
			fmt.Sprintf("The API stores %s for the URL %s. The state keeps the URL of the configuration, and from now on the provider treats the two as the same.\n\n"+
				"Check that Prosa reaches the receiver at the stored URL, or use the stored URL in the configuration.", stored.URL.ValueString(), m.URL.ValueString()))
	}
	diags.Append(private.SetKey(ctx, rewrittenKey, note)...)
	if !stored.EventFilters.Equal(m.EventFilters) {
		diags.AddAttributeWarning(path.Root("event_filters"), "The API stores other event types",
			fmt.Sprintf("The API stores the event types %s instead of the planned %s.\n\nThe next plan shows the difference. Remove the event types that the API does not know.", stored.EventFilters, m.EventFilters))
	}
	if !stored.SSLVerification.Equal(m.SSLVerification) {
		diags.AddAttributeWarning(path.Root("ssl_verification"), "The API stores another value",
			fmt.Sprintf("The API stores ssl_verification = %s instead of the planned %s.\n\nThe next plan shows the difference. If this installation does not support the planned value, change the configuration.", stored.SSLVerification, m.SSLVerification))
	}
}

// keepURL restores the URL from before a refresh if the API returns another spelling, or is known to have rewritten it.
func (m *endpointModel) keepURL(ctx context.Context, before types.String, private privateState) diag.Diagnostics {
	if sameURL(m.URL, before) {
		m.URL = before
		return nil
	}
	raw, diags := private.GetKey(ctx, rewrittenKey)
	var rewritten rewrittenURL
	if raw == nil || diags.HasError() || json.Unmarshal(raw, &rewritten) != nil {
		return diags
	}
	if sameURL(m.URL, types.StringValue(rewritten.Stored)) && before.ValueString() == rewritten.Planned {
		m.URL = before
	}
	return diags
}
