package provider

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
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
	SecretKeyWOVersion types.Int64  `tfsdk:"secret_key_wo_version"`
	StoreSecrets       types.Bool   `tfsdk:"store_secrets"`
	Secrets            types.List   `tfsdk:"secrets"`
}

// endpointAttributes are the attributes by the API's names of fields.
var endpointAttributes = attributes{
	"url":              path.Root("url"),
	"event_filters":    path.Root("event_filters"),
	"ssl_verification": path.Root("ssl_verification"),
	"secret_key":       path.Root("secret_key"),
	"endpoint_id":      path.Root("id"),
}

// refresh takes over what the API says, except for the keys.
func (m *endpointModel) refresh(e prosa.Endpoint) {
	m.ID = types.StringValue(e.ID)
	m.URL = newURL(e.URL)
	m.EventFilters = stringSet(e.EventFilters)
	m.SSLVerification = types.BoolValue(e.SSLVerification)
}

// refreshSecrets takes over the keys where they are to be stored.
func (m *endpointModel) refreshSecrets(secrets []prosa.Secret) {
	m.Secrets = types.ListNull(secretType)
	if m.StoreSecrets.ValueBool() && secrets != nil {
		m.Secrets = secretList(secrets)
	}
}

// keys are the signing keys that the model holds.
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

// shown names the endpoint for people; empty while it is imported.
func (m *endpointModel) shown() string {
	if m.URL.IsNull() {
		return ""
	}
	return m.ID.ValueString() + " (" + m.URL.ValueString() + ")"
}

// params are the fields that are set by every create and update.
func (m *endpointModel) params(ctx context.Context, diags *diag.Diagnostics) prosa.EndpointParams {
	return prosa.EndpointParams{
		URL:             m.URL.ValueString(),
		EventFilters:    stringsOf(ctx, m.EventFilters, diags),
		SSLVerification: m.SSLVerification.ValueBool(),
	}
}

// sameParams says whether an update would have nothing to tell the API.
func (m *endpointModel) sameParams(o *endpointModel) bool {
	return m.URL.Equal(o.URL) && m.EventFilters.Equal(o.EventFilters) && m.SSLVerification.Equal(o.SSLVerification)
}

// same says whether a refresh has changed nothing.
func (m *endpointModel) same(o *endpointModel) bool {
	return m.sameParams(o) && m.ID.Equal(o.ID) && m.StoreSecrets.Equal(o.StoreSecrets) && m.Secrets.Equal(o.Secrets)
}

// secretType is a signing key as the resource, the data source and the ephemeral resource show it.
var secretType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"id":         types.StringType,
	"key":        types.StringType,
	"expired_at": types.StringType,
}}

func secretList(secrets []prosa.Secret) types.List {
	elements := make([]attr.Value, len(secrets))
	for i, s := range secrets {
		elements[i] = types.ObjectValueMust(secretType.AttrTypes, map[string]attr.Value{
			"id":         types.StringValue(s.ID),
			"key":        types.StringValue(s.Key),
			"expired_at": timeOrNull(s.ExpiredAt),
		})
	}
	return types.ListValueMust(secretType, elements)
}

// timeOrNull is RFC 3339 in UTC.
func timeOrNull(t *time.Time) types.String {
	if t == nil {
		return types.StringNull()
	}
	return types.StringValue(prosa.Time{Time: *t}.String())
}

// stringSet is a set of the strings in list, each of them once.
func stringSet(list []string) types.Set {
	elements := []attr.Value{}
	for _, s := range slices.Compact(slices.Sorted(slices.Values(list))) {
		elements = append(elements, types.StringValue(s))
	}
	return types.SetValueMust(types.StringType, elements)
}

// stringsOf gives the elements of a set; none for null.
func stringsOf(ctx context.Context, set types.Set, diags *diag.Diagnostics) []string {
	var list []string
	diags.Append(set.ElementsAs(ctx, &list, false)...)
	return list
}
