package acctest

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Listed is one result of a list resource.
type Listed struct {
	DisplayName string
	Identity    Object
	Resource    Object // nil unless asked for
	Problems    Diagnostics
}

// List validates the configuration of a list resource and lists, as Terraform does for a query. Validation that fails
// is one result with the problems.
func (p *Provider) List(resource string, config Object, limit int64, includeResource bool) (results []Listed) {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ListResourceServer)
	schema := p.schemas.ListResourceSchemas[resource]
	if !ok || schema == nil {
		p.t.Fatalf("there is no list resource %s", resource)
	}
	dynamic := p.dynamic(schema.ValueType(), config)
	validated, err := server.ValidateListResourceConfig(context.Background(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: resource, Config: dynamic, IncludeResourceObject: p.dynamicValue(tftypes.Bool, includeResource), Limit: p.dynamicValue(tftypes.Number, limit),
	})
	p.must(err)
	if problems := diagnostics(validated.Diagnostics); problems.Errors() > 0 {
		return []Listed{{Problems: problems}}
	}
	stream, err := server.ListResource(context.Background(), &tfprotov6.ListResourceRequest{
		TypeName: resource, Config: dynamic, IncludeResource: includeResource, Limit: limit,
	})
	p.must(err)
	for result := range stream.Results {
		listed := Listed{DisplayName: result.DisplayName, Problems: diagnostics(result.Diagnostics)}
		if result.Identity != nil {
			listed.Identity = p.object(p.typeOfIdentity(resource), result.Identity.IdentityData)
		}
		if result.Resource != nil {
			listed.Resource = p.object(p.typeOf(resource), result.Resource)
		}
		results = append(results, listed)
	}
	return results
}

// ListResources are the types that can be listed.
func (p *Provider) ListResources() (types []string) {
	for name := range p.schemas.ListResourceSchemas {
		types = append(types, name)
	}
	slices.Sort(types)
	return types
}

// Identity returns the attributes of a resource's identity; none when it has no identity.
func (p *Provider) Identity(resource string) (attributes []string) {
	p.t.Helper()
	if schema := p.identities()[resource]; schema != nil {
		for _, attribute := range schema.IdentityAttributes {
			attributes = append(attributes, attribute.Name)
		}
	}
	return attributes
}

func (p *Provider) identities() map[string]*tfprotov6.ResourceIdentitySchema {
	p.t.Helper()
	answer, err := p.server.GetResourceIdentitySchemas(context.Background(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	p.must(err)
	if problems := diagnostics(answer.Diagnostics); len(problems) > 0 {
		p.t.Fatal(problems)
	}
	return answer.IdentitySchemas
}

func (p *Provider) typeOfIdentity(resource string) tftypes.Type {
	p.t.Helper()
	schema := p.identities()[resource]
	if schema == nil {
		p.t.Fatalf("%s has no identity", resource)
	}
	return schema.ValueType()
}

// ImportByIdentity imports a resource by its identity. Like Terraform, it reads what was imported.
func (p *Provider) ImportByIdentity(resource string, identity Object) (*State, Diagnostics) {
	p.t.Helper()
	answer, err := p.server.ImportResourceState(context.Background(), &tfprotov6.ImportResourceStateRequest{
		TypeName: resource, Identity: &tfprotov6.ResourceIdentityData{IdentityData: p.dynamic(p.typeOfIdentity(resource), identity)},
	})
	p.must(err)
	if problems := diagnostics(answer.Diagnostics); problems.Errors() > 0 {
		return nil, problems
	}
	if len(answer.ImportedResources) != 1 {
		p.t.Fatalf("%d resources were imported", len(answer.ImportedResources))
	}
	imported := answer.ImportedResources[0]
	return p.Read(resource, p.state(resource, imported.State, imported.Private))
}

// Move takes over a resource of another type and provider, whose state is JSON, and gives its new identity as well.
// A move that fails has neither.
func (p *Provider) Move(sourceProvider, sourceType, sourceState, resource string) (*State, Object, Diagnostics) {
	p.t.Helper()
	answer, err := p.server.MoveResourceState(context.Background(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: sourceProvider, SourceTypeName: sourceType,
		SourceState: &tfprotov6.RawState{JSON: []byte(sourceState)}, TargetTypeName: resource,
	})
	p.must(err)
	problems := diagnostics(answer.Diagnostics)
	if problems.Errors() > 0 {
		return nil, nil, problems
	}
	identity := p.object(p.typeOfIdentity(resource), answer.TargetIdentity.IdentityData)
	return p.state(resource, answer.TargetState, answer.TargetPrivate), identity, problems
}

// OpenEphemeral validates the configuration of an ephemeral resource and opens it.
func (p *Provider) OpenEphemeral(resource string, config Object) (Object, Diagnostics) {
	p.t.Helper()
	schema := p.schemas.EphemeralResourceSchemas[resource]
	if schema == nil {
		p.t.Fatalf("there is no ephemeral resource %s", resource)
	}
	dynamic := p.dynamic(schema.ValueType(), config)
	validated, err := p.server.ValidateEphemeralResourceConfig(context.Background(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: resource, Config: dynamic})
	p.must(err)
	if problems := diagnostics(validated.Diagnostics); problems.Errors() > 0 {
		return nil, problems
	}
	opened, err := p.server.OpenEphemeralResource(context.Background(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: resource, Config: dynamic})
	p.must(err)
	problems := diagnostics(opened.Diagnostics)
	if problems.Errors() > 0 {
		return nil, problems
	}
	return p.object(schema.ValueType(), opened.Result), problems
}

// Call calls a function. The error is empty when there is none; argument is the position that it is about, or -1.
func (p *Provider) Call(function string, arguments ...any) (result any, problem string, argument int64) {
	p.t.Helper()
	definition := p.schemas.Functions[function]
	if definition == nil || len(definition.Parameters) != len(arguments) {
		p.t.Fatalf("there is no function %s with %d parameters", function, len(arguments))
	}
	request := &tfprotov6.CallFunctionRequest{Name: function}
	for i, parameter := range definition.Parameters {
		request.Arguments = append(request.Arguments, p.dynamicValue(parameter.Type, arguments[i]))
	}
	answer, err := p.server.CallFunction(context.Background(), request)
	p.must(err)
	if answer.Error != nil {
		argument = -1
		if answer.Error.FunctionArgument != nil {
			argument = *answer.Error.FunctionArgument
		}
		return nil, answer.Error.Text, argument
	}
	value, err := answer.Result.Unmarshal(definition.Return.Type)
	p.must(err)
	return p.decode(value), "", -1
}

func (p *Provider) dynamicValue(typ tftypes.Type, value any) *tfprotov6.DynamicValue {
	p.t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(typ, p.encode(typ, value))
	p.must(err)
	return &dynamic
}
