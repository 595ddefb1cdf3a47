package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// endpointModel is the state of a prosa_webhook_endpoint.
type endpointModel struct {
	ID                 types.String `tfsdk:"id"`
	URL                urlValue     `tfsdk:"url"`
	EventFilters       types.Set    `tfsdk:"event_filters"`
	SSLVerification    types.Bool   `tfsdk:"ssl_verification"`
	SecretKey          types.String `tfsdk:"secret_key"`
	SecretKeyWO        types.String `tfsdk:"secret_key_wo"`
	SecretKeyWOVersion types.Number `tfsdk:"secret_key_wo_version"`
	StoreSecrets       types.Bool   `tfsdk:"store_secrets"`
	Secrets            types.List   `tfsdk:"secrets"`
}

// endpointAttributes maps the API's names of fields to attributes.
var endpointAttributes = attributes{
	"url":              path.Root("url"),
	"event_filters":    path.Root("event_filters"),
	"ssl_verification": path.Root("ssl_verification"),
	"secret_key":       path.Root("secret_key"),
	"endpoint_id":      path.Root("id"),
}

// refresh copies what the API says into the model, except for the keys.
func (m *endpointModel) refresh(e prosa.Endpoint) {
	m.ID = types.StringValue(e.ID)
	m.URL = newURL(e.URL)
	m.EventFilters = stringSet(e.EventFilters)
	m.SSLVerification = types.BoolValue(e.SSLVerification)
}

// refreshSecrets copies the keys into the model if store_secrets is on.
func (m *endpointModel) refreshSecrets(secrets []prosa.Secret) {
	switch {
	case !m.StoreSecrets.ValueBool() || m.Secrets.IsUnknown() && secrets == nil:
		m.Secrets = types.ListNull(secretType)
	case secrets != nil: // else the API did not say, and the known keys stay
		m.Secrets = secretList(secrets)
	}
}

// keys returns the signing keys that the model holds.
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
