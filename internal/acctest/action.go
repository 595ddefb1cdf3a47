package acctest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ValidateAction checks an action's configuration.
func (p *Provider) ValidateAction(action string, config Object) Diagnostics {
	p.t.Helper()
	answer, err := p.actions().ValidateActionConfig(p.t.Context(), &tfprotov6.ValidateActionConfigRequest{
		ActionType: action, Config: p.dynamic(p.typeOfAction(action), config),
	})
	p.must(err)
	return diagnostics(answer.Diagnostics)
}

// PlanAction plans an action; its configuration may hold Unknown.
func (p *Provider) PlanAction(action string, config Object) Diagnostics {
	p.t.Helper()
	answer, err := p.actions().PlanAction(p.t.Context(), &tfprotov6.PlanActionRequest{
		ActionType: action, Config: p.dynamic(p.typeOfAction(action), config),
	})
	p.must(err)
	return diagnostics(answer.Diagnostics)
}

// InvokeAction validates, plans and invokes an action, as Terraform does. each, unless nil, is called with every message
// when it comes; the messages are also given back.
func (p *Provider) InvokeAction(ctx context.Context, action string, config Object, each func(message string)) (messages []string, problems Diagnostics) {
	p.t.Helper()
	for _, check := range []func(string, Object) Diagnostics{p.ValidateAction, p.PlanAction} {
		if problems := check(action, config); problems.Errors() > 0 {
			return nil, problems
		}
	}
	return p.InvokeUnchecked(ctx, action, config, each)
}

// InvokeUnchecked is InvokeAction for a configuration that is checked by nobody before.
func (p *Provider) InvokeUnchecked(ctx context.Context, action string, config Object, each func(message string)) (messages []string, problems Diagnostics) {
	p.t.Helper()
	stream, err := p.actions().InvokeAction(ctx, &tfprotov6.InvokeActionRequest{
		ActionType: action, Config: p.dynamic(p.typeOfAction(action), config),
	})
	p.must(err)
	completed := 0
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			messages = append(messages, event.Message)
			if each != nil {
				each(event.Message)
			}
		case tfprotov6.CompletedInvokeActionEventType:
			completed++
			problems = diagnostics(event.Diagnostics)
		}
	}
	if completed != 1 {
		p.t.Fatalf("%s was completed %d times", action, completed)
	}
	return messages, problems
}

func (p *Provider) actions() tfprotov6.ActionServer {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		p.t.Fatal("the provider serves no actions")
	}
	return server
}

func (p *Provider) typeOfAction(action string) tftypes.Type {
	p.t.Helper()
	schema := p.schemas.ActionSchemas[action]
	if schema == nil {
		p.t.Fatalf("there is no action %s", action)
	}
	return schema.Schema.ValueType()
}
