package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// export returns all schemas of the provider under name. It fails on a warning about a schema as well as on an error,
// because only developers see the output.
func export(ctx context.Context, name string, p provider.Provider) (document, error) {
	server := providerserver.NewProtocol6(p)()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return document{}, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return document{}, err
	}
	if err := check(schemas.Diagnostics, identities.Diagnostics); err != nil {
		return document{}, err
	}
	return document{
		FormatVersion: "1.0",
		Providers: map[string]providerSchemas{name: {
			Provider:           schemaOf(schemas.Provider),
			Resources:          convert(schemas.ResourceSchemas, schemaOf),
			DataSources:        convert(schemas.DataSourceSchemas, schemaOf),
			EphemeralResources: convert(schemas.EphemeralResourceSchemas, schemaOf),
			ListResources:      convert(schemas.ListResourceSchemas, schemaOf),
			StateStores:        convert(schemas.StateStoreSchemas, schemaOf),
			Actions:            convert(schemas.ActionSchemas, actionOf),
			Functions:          convert(schemas.Functions, functionOf),
			Identities:         convert(identities.IdentitySchemas, identityOf),
		}},
	}, nil
}

func check(lists ...[]*tfprotov6.Diagnostic) error {
	var problems []string
	for _, list := range lists {
		for _, d := range list {
			problems = append(problems, fmt.Sprintf("%s: %s: %s", d.Severity, d.Summary, d.Detail))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("the provider's schemas have problems:\n%s", strings.Join(problems, "\n"))
}

func convert[From, To any](from map[string]From, one func(From) To) map[string]To {
	to := make(map[string]To, len(from))
	for name, value := range from {
		to[name] = one(value)
	}
	return to
}

func schemaOf(s *tfprotov6.Schema) *schema {
	return &schema{Version: s.Version, Block: blockOf(s.Block)}
}

func actionOf(a *tfprotov6.ActionSchema) actionSchema {
	return actionSchema{Block: blockOf(a.Schema.Block)}
}

func blockOf(b *tfprotov6.SchemaBlock) block {
	types := make(map[string]blockType, len(b.BlockTypes))
	for _, nested := range b.BlockTypes {
		types[nested.TypeName] = blockType{
			NestingMode: strings.ToLower(nested.Nesting.String()),
			Block:       blockOf(nested.Block),
			MinItems:    nested.MinItems,
			MaxItems:    nested.MaxItems,
		}
	}
	return block{
		Attributes:         attributesOf(b.Attributes),
		BlockTypes:         types,
		Description:        b.Description,
		DescriptionKind:    kindOf(b.DescriptionKind),
		Deprecated:         b.Deprecated,
		DeprecationMessage: b.DeprecationMessage,
	}
}

func attributesOf(list []*tfprotov6.SchemaAttribute) map[string]attribute {
	attributes := make(map[string]attribute, len(list))
	for _, a := range list {
		attributes[a.Name] = attribute{
			Type:               a.Type,
			NestedType:         nestedOf(a.NestedType),
			Description:        a.Description,
			DescriptionKind:    kindOf(a.DescriptionKind),
			Deprecated:         a.Deprecated,
			DeprecationMessage: a.DeprecationMessage,
			Required:           a.Required,
			Optional:           a.Optional,
			Computed:           a.Computed,
			Sensitive:          a.Sensitive,
			WriteOnly:          a.WriteOnly,
		}
	}
	return attributes
}

func nestedOf(o *tfprotov6.SchemaObject) *nestedType {
	if o == nil {
		return nil
	}
	return &nestedType{
		Attributes:  attributesOf(o.Attributes),
		NestingMode: strings.ToLower(o.Nesting.String()),
	}
}

func functionOf(f *tfprotov6.Function) functionSignature {
	parameters := make([]*parameter, len(f.Parameters))
	for i, p := range f.Parameters {
		parameters[i] = parameterOf(p)
	}
	return functionSignature{
		Description:        f.Description,
		Summary:            f.Summary,
		DeprecationMessage: f.DeprecationMessage,
		ReturnType:         f.Return.Type,
		Parameters:         parameters,
		VariadicParameter:  parameterOf(f.VariadicParameter),
	}
}

func parameterOf(p *tfprotov6.FunctionParameter) *parameter {
	if p == nil {
		return nil
	}
	return &parameter{
		Name:        p.Name,
		Description: p.Description,
		IsNullable:  p.AllowNullValue,
		Type:        p.Type,
	}
}

func identityOf(s *tfprotov6.ResourceIdentitySchema) identity {
	attributes := make(map[string]identityAttribute, len(s.IdentityAttributes))
	for _, a := range s.IdentityAttributes {
		attributes[a.Name] = identityAttribute{
			Type:              a.Type,
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return identity{Version: s.Version, Attributes: attributes}
}

func kindOf(k tfprotov6.StringKind) string {
	return strings.ToLower(k.String())
}
