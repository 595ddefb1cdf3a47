package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// secretType is the type of an element of the attribute secrets.
var secretType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"id":         types.StringType,
	"key":        types.StringType,
	"expired_at": types.StringType,
}}

const (
	storedSecretsDescription    = "The active signing keys, newest first, as of the last refresh. Null unless `store_secrets` is `true`."
	includedSecretsDescription  = "The active signing keys, newest first. Null unless `include_secrets` is `true`."
	ephemeralSecretsDescription = "The active signing keys, newest first."
)

// secretsAttribute is the attribute secrets. The schemas of resources, data sources and ephemeral resources accept it.
func secretsAttribute(description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: description,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The key's id."},
			"key":        schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The key itself."},
			"expired_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the key expires (RFC 3339, UTC). Null for a key without an expiry."},
		}},
	}
}

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

// plannedKeys returns the planned value of the keys that store_secrets keeps in state. An update does not change keys that
// are already stored; only a refresh does.
func plannedKeys[Value attr.Value](plan, state types.Bool, stored, null, unknown Value) Value {
	switch {
	case plan.IsUnknown():
		return unknown
	case !plan.ValueBool():
		return null
	case state.ValueBool():
		return stored
	}
	return unknown
}
