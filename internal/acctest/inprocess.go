package acctest

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Provider runs the provider through Terraform's plugin protocol, without a CLI. Like Terraform, it fails if the
// result of an apply does not match the plan.
type Provider struct {
	t          testing.TB
	ctx        context.Context
	server     providerServer
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities map[string]*tfprotov6.ResourceIdentitySchema
}

type providerServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
	tfprotov6.ListResourceServer
}

// Provider returns a provider that has not been configured.
func (e *Env) Provider() *Provider {
	e.T.Helper()
	served, err := e.Factory()()
	server, ok := served.(providerServer)
	if err != nil || !ok {
		e.T.Fatalf("%T has no actions or no list resources: %v", served, err)
	}
	p := &Provider{t: e.T, ctx: e.T.Context(), server: server}
	p.schemas = call(p, server.GetProviderSchema, &tfprotov6.GetProviderSchemaRequest{})
	diagnostics(p.schemas.Diagnostics).ExpectNone(e.T)
	p.identities = call(p, server.GetResourceIdentitySchemas, &tfprotov6.GetResourceIdentitySchemasRequest{}).IdentitySchemas
	return p
}

// WithContext returns the same provider, whose calls use this context, for example because it has a logger or ends early.
func (p *Provider) WithContext(ctx context.Context) *Provider {
	other := *p
	other.ctx = ctx
	return &other
}

// call calls a method of the provider's server.
func call[Request, Response any](p *Provider, method func(context.Context, *Request) (*Response, error), request *Request) *Response {
	p.t.Helper()
	resp, err := method(p.ctx, request)
	must(p.t, err)
	return resp
}

// Configured returns a provider that is configured by its environment, without a provider block.
func (e *Env) Configured() *Provider {
	e.T.Helper()
	p := e.Provider()
	p.Configure(nil).ExpectNone(e.T)
	return p
}

// ValidateProvider checks a provider block.
func (p *Provider) ValidateProvider(config Object) Diagnostics {
	p.t.Helper()
	return diagnostics(call(p, p.server.ValidateProviderConfig, &tfprotov6.ValidateProviderConfigRequest{
		Config: p.marshalObject(p.schemas.Provider.ValueType(), config),
	}).Diagnostics)
}

// Configure configures the provider with a provider block.
func (p *Provider) Configure(config Object) Diagnostics {
	p.t.Helper()
	return diagnostics(call(p, p.server.ConfigureProvider, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.2.3", Config: p.marshalObject(p.schemas.Provider.ValueType(), config),
	}).Diagnostics)
}

// Validate checks a resource block.
func (p *Provider) Validate(resource string, config Object) Diagnostics {
	p.t.Helper()
	return diagnostics(call(p, p.server.ValidateResourceConfig, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: resource, Config: p.marshalObject(p.typeOf(resource), config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	}).Diagnostics)
}

// State is a resource's state as Terraform stores it; nil if there is no resource.
type State struct {
	Attributes Object

	value   *tfprotov6.DynamicValue
	private []byte
}

// Contains reports whether a text is anywhere in the state, including the provider's private data.
func (s *State) Contains(text string) bool {
	return strings.Contains(string(s.value.MsgPack)+string(s.private), text)
}

// Planned is a provider's plan for a resource.
type Planned struct {
	Attributes Object   // unknown values are Unknown
	Replace    []string // the attributes that force a replacement

	config, value *tfprotov6.DynamicValue
	private       []byte
}

// Plan validates a configuration, as Terraform does before each plan, and plans the change from the prior state. It discards
// the validation's warnings.
func (p *Provider) Plan(resource string, prior *State, config Object) (Planned, Diagnostics) {
	p.t.Helper()
	if problems := p.Validate(resource, config); problems.Errors() > 0 {
		return Planned{}, problems
	}
	typ := p.typeOf(resource)
	planned := Planned{config: p.marshalObject(typ, config)}
	before, private := p.prior(resource, prior)
	resp := call(p, p.server.PlanResourceChange, &tfprotov6.PlanResourceChangeRequest{
		TypeName: resource, PriorState: before, PriorPrivate: private,
		ProposedNewState: p.marshalObject(typ, p.proposed(resource, prior, config)), Config: planned.config,
	})
	planned.value, planned.private = resp.PlannedState, resp.PlannedPrivate
	planned.Attributes = p.unmarshal(typ, resp.PlannedState)
	for _, path := range resp.RequiresReplace {
		planned.Replace = append(planned.Replace, pathText(path))
	}
	return planned, diagnostics(resp.Diagnostics)
}

// Apply plans and applies a change. It fails the test if the plan is a replacement.
func (p *Provider) Apply(resource string, prior *State, config Object) (*State, Diagnostics) {
	p.t.Helper()
	planned, problems := p.Plan(resource, prior, config)
	if problems.Errors() > 0 {
		return prior, problems
	}
	state, more := p.ApplyPlanned(resource, prior, planned)
	return state, append(problems, more...)
}

// ApplyPlanned applies a plan. It fails the test if the plan is a replacement.
func (p *Provider) ApplyPlanned(resource string, prior *State, planned Planned) (*State, Diagnostics) {
	p.t.Helper()
	if prior != nil && len(planned.Replace) > 0 {
		p.t.Fatalf("the plan replaces %s because of %q", resource, planned.Replace)
	}
	before, _ := p.prior(resource, prior)
	resp := call(p, p.server.ApplyResourceChange, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: resource, PriorState: before, PlannedState: planned.value, Config: planned.config, PlannedPrivate: planned.private,
	})
	state, problems := p.state(resource, resp.NewState, resp.Private), diagnostics(resp.Diagnostics)
	if problems.Errors() == 0 {
		p.checkResult(resource, planned.value, resp.NewState)
	}
	return state, problems
}

// checkResult fails the test if a result differs from a known part of its plan.
func (p *Provider) checkResult(resource string, planned, result *tfprotov6.DynamicValue) {
	p.t.Helper()
	want, err := planned.Unmarshal(p.typeOf(resource))
	must(p.t, err)
	got, err := result.Unmarshal(p.typeOf(resource))
	must(p.t, err)
	differences, err := want.Diff(got)
	must(p.t, err)
	for _, d := range differences {
		if d.Value1 != nil && d.Value1.IsFullyKnown() {
			p.t.Errorf("%s: planned as %s, and is %s, at %s", resource, d.Value1, d.Value2, pathText(d.Path))
		}
	}
}

// Destroy deletes a resource.
func (p *Provider) Destroy(resource string, state *State) Diagnostics {
	p.t.Helper()
	none := p.marshal(p.typeOf(resource), nil)
	before, private := p.prior(resource, state)
	return diagnostics(call(p, p.server.ApplyResourceChange, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: resource, PriorState: before, PlannedState: none, Config: none, PlannedPrivate: private,
	}).Diagnostics)
}

// MustPlan is Plan without errors and warnings.
func (p *Provider) MustPlan(resource string, prior *State, config Object) Planned {
	p.t.Helper()
	planned, problems := p.Plan(resource, prior, config)
	problems.ExpectNone(p.t)
	return planned
}

// MustApply is Apply without errors and warnings.
func (p *Provider) MustApply(resource string, prior *State, config Object) *State {
	p.t.Helper()
	state, problems := p.Apply(resource, prior, config)
	problems.ExpectNone(p.t)
	return state
}

// MustRead is Read without errors and warnings.
func (p *Provider) MustRead(resource string, state *State) *State {
	p.t.Helper()
	state, problems := p.Read(resource, state)
	problems.ExpectNone(p.t)
	return state
}

// Read refreshes a resource; nil if it was deleted.
func (p *Provider) Read(resource string, state *State) (*State, Diagnostics) {
	p.t.Helper()
	resp := call(p, p.server.ReadResource, &tfprotov6.ReadResourceRequest{TypeName: resource, CurrentState: state.value, Private: state.private})
	return p.state(resource, resp.NewState, resp.Private), diagnostics(resp.Diagnostics)
}

// Import imports a resource by the id that a user gives, and reads it; nil if it does not exist.
func (p *Provider) Import(resource, id string) (*State, Diagnostics) {
	p.t.Helper()
	return p.importState(resource, &tfprotov6.ImportResourceStateRequest{TypeName: resource, ID: id})
}

func (p *Provider) importState(resource string, request *tfprotov6.ImportResourceStateRequest) (*State, Diagnostics) {
	p.t.Helper()
	resp := call(p, p.server.ImportResourceState, request)
	if problems := diagnostics(resp.Diagnostics); len(problems) > 0 {
		return nil, problems
	}
	imported := resp.ImportedResources[0]
	return p.Read(resource, p.state(resource, imported.State, imported.Private))
}

// Stop sends the provider the request that an interrupted CLI sends.
func (p *Provider) Stop() {
	p.t.Helper()
	call(p, p.server.StopProvider, &tfprotov6.StopProviderRequest{})
}
