package acctest

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ValidateDataSource validates a data block.
func (p *Provider) ValidateDataSource(dataSource string, config Object) Diagnostics {
	p.t.Helper()
	return diagnostics(call(p, p.server.ValidateDataResourceConfig, &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: dataSource, Config: p.marshalObject(p.schemas.DataSourceSchemas[dataSource].ValueType(), config),
	}).Diagnostics)
}

// ReadDataSource validates and reads a data block, as Terraform does. The result is nil if that fails.
func (p *Provider) ReadDataSource(dataSource string, config Object) (Object, Diagnostics) {
	p.t.Helper()
	if problems := p.ValidateDataSource(dataSource, config); problems.Errors() > 0 {
		return nil, problems
	}
	typ := p.schemas.DataSourceSchemas[dataSource].ValueType()
	resp := call(p, p.server.ReadDataSource, &tfprotov6.ReadDataSourceRequest{TypeName: dataSource, Config: p.marshalObject(typ, config)})
	problems := diagnostics(resp.Diagnostics)
	if problems.Errors() > 0 {
		return nil, problems
	}
	return p.unmarshal(typ, resp.State), problems
}

// MustReadDataSource is ReadDataSource for reads without errors and warnings.
func (p *Provider) MustReadDataSource(dataSource string, config Object) Object {
	p.t.Helper()
	result, problems := p.ReadDataSource(dataSource, config)
	problems.ExpectNone(p.t)
	return result
}

// ValidateAction validates an action's configuration.
func (p *Provider) ValidateAction(action string, config Object) Diagnostics {
	p.t.Helper()
	return diagnostics(call(p, p.server.ValidateActionConfig, &tfprotov6.ValidateActionConfigRequest{
		ActionType: action, Config: p.actionConfig(action, config),
	}).Diagnostics)
}

// PlanAction plans an action. Its configuration can contain Unknown.
func (p *Provider) PlanAction(action string, config Object) Diagnostics {
	p.t.Helper()
	return diagnostics(call(p, p.server.PlanAction, &tfprotov6.PlanActionRequest{
		ActionType: action, Config: p.actionConfig(action, config),
	}).Diagnostics)
}

// InvokeAction validates, plans and invokes an action, as Terraform does, and returns its progress messages.
func (p *Provider) InvokeAction(action string, config Object) (messages []string, problems Diagnostics) {
	p.t.Helper()
	for _, check := range []func(string, Object) Diagnostics{p.ValidateAction, p.PlanAction} {
		if problems := check(action, config); problems.Errors() > 0 {
			return nil, problems
		}
	}
	return p.InvokeUnchecked(action, config)
}

// InvokeUnchecked is InvokeAction without validation and plan.
func (p *Provider) InvokeUnchecked(action string, config Object) (messages []string, problems Diagnostics) {
	p.t.Helper()
	stream, err := p.server.InvokeAction(p.ctx, &tfprotov6.InvokeActionRequest{ActionType: action, Config: p.actionConfig(action, config)})
	must(p.t, err)
	completed := 0
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			messages = append(messages, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			completed++
			problems = diagnostics(event.Diagnostics)
		}
	}
	if completed != 1 {
		p.t.Fatalf("%s sent %d completed events, want 1", action, completed)
	}
	return messages, problems
}

func (p *Provider) actionConfig(action string, config Object) *tfprotov6.DynamicValue {
	p.t.Helper()
	return p.marshalObject(p.schemas.ActionSchemas[action].Schema.ValueType(), config)
}

// Listed is one result of a list resource.
type Listed struct {
	DisplayName string
	Identity    Object
	Resource    Object // nil unless requested
	Problems    Diagnostics
}

// List validates and runs a list resource, as Terraform does for a query. If the validation fails, it returns one
// result with the diagnostics.
func (p *Provider) List(resource string, config Object, limit int64, includeResource bool) (results []Listed) {
	p.t.Helper()
	dynamic := p.marshalObject(p.schemas.ListResourceSchemas[resource].ValueType(), config)
	validated := call(p, p.server.ValidateListResourceConfig, &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: resource, Config: dynamic,
		IncludeResourceObject: p.marshal(tftypes.Bool, includeResource), Limit: p.marshal(tftypes.Number, limit),
	})
	if problems := diagnostics(validated.Diagnostics); problems.Errors() > 0 {
		return []Listed{{Problems: problems}}
	}
	for result := range call(p, p.server.ListResource, &tfprotov6.ListResourceRequest{
		TypeName: resource, Config: dynamic, IncludeResource: includeResource, Limit: limit,
	}).Results {
		listed := Listed{DisplayName: result.DisplayName, Problems: diagnostics(result.Diagnostics)}
		if result.Identity != nil {
			listed.Identity = p.unmarshal(p.identities[resource].ValueType(), result.Identity.IdentityData)
		}
		if result.Resource != nil {
			listed.Resource = p.unmarshal(p.typeOf(resource), result.Resource)
		}
		results = append(results, listed)
	}
	return results
}

// ImportByIdentity imports a resource by its identity and, like Terraform, reads it.
func (p *Provider) ImportByIdentity(resource string, identity Object) (*State, Diagnostics) {
	p.t.Helper()
	return p.importState(resource, &tfprotov6.ImportResourceStateRequest{
		TypeName: resource, Identity: &tfprotov6.ResourceIdentityData{IdentityData: p.marshalObject(p.identities[resource].ValueType(), identity)},
	})
}

// Move moves a resource from another type and provider, whose state is JSON. It returns the new state and identity, or
// neither if the move fails.
func (p *Provider) Move(sourceProvider, sourceType, sourceState, resource string) (*State, Object, Diagnostics) {
	p.t.Helper()
	resp := call(p, p.server.MoveResourceState, &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: sourceProvider, SourceTypeName: sourceType,
		SourceState: &tfprotov6.RawState{JSON: []byte(sourceState)}, TargetTypeName: resource,
	})
	problems := diagnostics(resp.Diagnostics)
	if problems.Errors() > 0 {
		return nil, nil, problems
	}
	identity := p.unmarshal(p.identities[resource].ValueType(), resp.TargetIdentity.IdentityData)
	return p.state(resource, resp.TargetState, resp.TargetPrivate), identity, problems
}

// OpenEphemeral validates the configuration of an ephemeral resource and opens it.
func (p *Provider) OpenEphemeral(resource string, config Object) (Object, Diagnostics) {
	p.t.Helper()
	typ := p.schemas.EphemeralResourceSchemas[resource].ValueType()
	dynamic := p.marshalObject(typ, config)
	validated := call(p, p.server.ValidateEphemeralResourceConfig, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: resource, Config: dynamic})
	if problems := diagnostics(validated.Diagnostics); problems.Errors() > 0 {
		return nil, problems
	}
	opened := call(p, p.server.OpenEphemeralResource, &tfprotov6.OpenEphemeralResourceRequest{TypeName: resource, Config: dynamic})
	problems := diagnostics(opened.Diagnostics)
	if problems.Errors() > 0 {
		return nil, problems
	}
	return p.unmarshal(typ, opened.Result), problems
}

// Call calls a function. The error is empty if there is none; argument is the position of the invalid argument, or -1.
func (p *Provider) Call(function string, arguments ...any) (result any, problem string, argument int64) {
	p.t.Helper()
	definition := p.schemas.Functions[function]
	if definition == nil || len(definition.Parameters) != len(arguments) {
		p.t.Fatalf("the provider has no function %s with %d parameters", function, len(arguments))
	}
	request := &tfprotov6.CallFunctionRequest{Name: function}
	for i, parameter := range definition.Parameters {
		request.Arguments = append(request.Arguments, p.marshal(parameter.Type, arguments[i]))
	}
	resp := call(p, p.server.CallFunction, request)
	if resp.Error != nil {
		argument = -1
		if resp.Error.FunctionArgument != nil {
			argument = *resp.Error.FunctionArgument
		}
		return nil, resp.Error.Text, argument
	}
	value, err := resp.Result.Unmarshal(definition.Return.Type)
	must(p.t, err)
	return p.decode(value), "", -1
}
