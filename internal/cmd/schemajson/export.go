package main

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// object is a JSON object. This package exports only what the provider's schemas use. If a schema uses something else, such
// as a block, TestExport fails.
type object map[string]any

// export returns all schemas of a provider. It fails on a warning as well as on an error, because only developers see
// the output.
func export(ctx context.Context, server tfprotov6.ProviderServer) (object, error) {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	for _, d := range append(schemas.Diagnostics, identities.Diagnostics...) {
		return nil, fmt.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return object{
		"format_version": "1.0",
		"provider_schemas": object{"prosa": object{ // tfplugindocs accepts a full address only in HashiCorp's own namespace
			"provider":                   schema(schemas.Provider),
			"resource_schemas":           each(schemas.ResourceSchemas, schema),
			"data_source_schemas":        each(schemas.DataSourceSchemas, schema),
			"ephemeral_resource_schemas": each(schemas.EphemeralResourceSchemas, schema),
			"list_resource_schemas":      each(schemas.ListResourceSchemas, schema),
			"action_schemas":             each(schemas.ActionSchemas, action),
			"functions":                  each(schemas.Functions, function),
			"resource_identity_schemas":  each(identities.IdentitySchemas, identity),
		}},
	}, nil
}

func each[T any](from map[string]T, convert func(T) object) object {
	to := object{}
	for name, value := range from {
		to[name] = convert(value)
	}
	return to
}

func schema(s *tfprotov6.Schema) object {
	return object{"version": s.Version, "block": block(s.Block)}
}

func action(a *tfprotov6.ActionSchema) object {
	return object{"block": block(a.Schema.Block)}
}

func block(b *tfprotov6.SchemaBlock) object {
	return compact(object{
		"attributes":       attributes(b.Attributes),
		"description":      b.Description,
		"description_kind": lower(b.DescriptionKind),
	})
}

func attributes(list []*tfprotov6.SchemaAttribute) object {
	all := object{}
	for _, a := range list {
		one := object{
			"type":             a.Type,
			"description":      a.Description,
			"description_kind": lower(a.DescriptionKind),
			"required":         a.Required,
			"optional":         a.Optional,
			"computed":         a.Computed,
			"sensitive":        a.Sensitive,
			"write_only":       a.WriteOnly,
		}
		if nested := a.NestedType; nested != nil {
			one["nested_type"] = object{"attributes": attributes(nested.Attributes), "nesting_mode": lower(nested.Nesting)}
		}
		all[a.Name] = compact(one)
	}
	return all
}

func function(f *tfprotov6.Function) object {
	parameters := make([]object, len(f.Parameters))
	for i, p := range f.Parameters {
		parameters[i] = compact(object{"name": p.Name, "description": p.Description, "type": p.Type})
	}
	return compact(object{
		"description": f.Description,
		"summary":     f.Summary,
		"return_type": f.Return.Type,
		"parameters":  parameters,
	})
}

func identity(s *tfprotov6.ResourceIdentitySchema) object {
	all := object{}
	for _, a := range s.IdentityAttributes {
		all[a.Name] = compact(object{"type": a.Type, "description": a.Description, "required_for_import": a.RequiredForImport})
	}
	return object{"version": s.Version, "attributes": all}
}

func lower(kind fmt.Stringer) string { return strings.ToLower(kind.String()) }

// compact removes empty fields, as the CLI does.
func compact(o object) object {
	for name, value := range o {
		if value == nil || reflect.ValueOf(value).IsZero() {
			delete(o, name)
		}
	}
	return o
}
