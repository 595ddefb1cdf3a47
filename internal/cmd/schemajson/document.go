package main

import "github.com/hashicorp/terraform-plugin-go/tftypes"

// The types in this file describe the output. It has the same fields as that of `terraform providers schema -json`,
// which omits empty ones.

type document struct {
	FormatVersion string                     `json:"format_version"`
	Providers     map[string]providerSchemas `json:"provider_schemas"`
}

type providerSchemas struct {
	Provider           *schema                      `json:"provider"`
	Resources          map[string]*schema           `json:"resource_schemas,omitempty"`
	DataSources        map[string]*schema           `json:"data_source_schemas,omitempty"`
	EphemeralResources map[string]*schema           `json:"ephemeral_resource_schemas,omitempty"`
	ListResources      map[string]*schema           `json:"list_resource_schemas,omitempty"`
	StateStores        map[string]*schema           `json:"state_store_schemas,omitempty"`
	Actions            map[string]actionSchema      `json:"action_schemas,omitempty"`
	Functions          map[string]functionSignature `json:"functions,omitempty"`
	Identities         map[string]identity          `json:"resource_identity_schemas,omitempty"`
}

type schema struct {
	Version int64 `json:"version"`
	Block   block `json:"block"`
}

type actionSchema struct {
	Block block `json:"block"`
}

type block struct {
	Attributes         map[string]attribute `json:"attributes,omitempty"`
	BlockTypes         map[string]blockType `json:"block_types,omitempty"`
	Description        string               `json:"description,omitempty"`
	DescriptionKind    string               `json:"description_kind"`
	Deprecated         bool                 `json:"deprecated,omitempty"`
	DeprecationMessage string               `json:"deprecation_message,omitempty"`
}

type blockType struct {
	NestingMode string `json:"nesting_mode"`
	Block       block  `json:"block"`
	MinItems    int64  `json:"min_items,omitempty"`
	MaxItems    int64  `json:"max_items,omitempty"`
}

type attribute struct {
	Type               tftypes.Type `json:"type,omitempty"`
	NestedType         *nestedType  `json:"nested_type,omitempty"`
	Description        string       `json:"description,omitempty"`
	DescriptionKind    string       `json:"description_kind"`
	Deprecated         bool         `json:"deprecated,omitempty"`
	DeprecationMessage string       `json:"deprecation_message,omitempty"`
	Required           bool         `json:"required,omitempty"`
	Optional           bool         `json:"optional,omitempty"`
	Computed           bool         `json:"computed,omitempty"`
	Sensitive          bool         `json:"sensitive,omitempty"`
	WriteOnly          bool         `json:"write_only,omitempty"`
}

type nestedType struct {
	Attributes  map[string]attribute `json:"attributes,omitempty"`
	NestingMode string               `json:"nesting_mode"`
}

type functionSignature struct {
	Description        string       `json:"description,omitempty"`
	Summary            string       `json:"summary,omitempty"`
	DeprecationMessage string       `json:"deprecation_message,omitempty"`
	ReturnType         tftypes.Type `json:"return_type"`
	Parameters         []*parameter `json:"parameters,omitempty"`
	VariadicParameter  *parameter   `json:"variadic_parameter,omitempty"`
}

type parameter struct {
	Name        string       `json:"name,omitempty"`
	Description string       `json:"description,omitempty"`
	IsNullable  bool         `json:"is_nullable,omitempty"`
	Type        tftypes.Type `json:"type"`
}

type identity struct {
	Version    int64                        `json:"version"`
	Attributes map[string]identityAttribute `json:"attributes,omitempty"`
}

type identityAttribute struct {
	Type              tftypes.Type `json:"type"`
	Description       string       `json:"description,omitempty"`
	RequiredForImport bool         `json:"required_for_import,omitempty"`
	OptionalForImport bool         `json:"optional_for_import,omitempty"`
}
