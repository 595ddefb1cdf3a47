package acctest

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// BeforeApply is a plan check for PreApply that runs a function between plan and apply.
type BeforeApply func()

// CheckPlan runs the function.
func (f BeforeApply) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	f()
}

// Writes returns the requests since the start, or since ResetRequestLog, that can change something.
func (e *Env) Writes() []sandbox.Request {
	return slices.DeleteFunc(e.Sandbox.RequestLog(), func(r sandbox.Request) bool { return r.Method == "GET" })
}

// ExpectWrites fails the test unless these are the requests that could change something, since the start or since
// ResetRequestLog: method, path and body, as in "POST /webhooks/endpoints {…}".
func (e *Env) ExpectWrites(want ...string) {
	e.T.Helper()
	e.expectRequests(want, e.Writes())
}

// ExpectRequests fails the test unless these are all requests since the start, or since ResetRequestLog. A request is its
// method, path, query and body, as in "GET /webhooks/events?from_date=2023-01-16".
func (e *Env) ExpectRequests(want ...string) {
	e.T.Helper()
	e.expectRequests(want, e.Sandbox.RequestLog())
}

func (e *Env) expectRequests(want []string, requests []sandbox.Request) {
	e.T.Helper()
	var got []string
	for _, r := range requests {
		text := r.Method + " " + r.Path
		if len(r.Query) > 0 {
			text += "?" + r.Query.Encode()
		}
		got = append(got, strings.TrimSpace(text+" "+string(r.Body)))
	}
	if !slices.Equal(got, want) {
		e.T.Errorf("got the requests:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// OnlyEndpoint returns the sandbox's only endpoint, and fails the test if there is not exactly one.
func (e *Env) OnlyEndpoint() sandbox.Endpoint {
	e.T.Helper()
	endpoints := e.Sandbox.Endpoints()
	if len(endpoints) != 1 {
		e.T.Fatalf("the sandbox should have one endpoint, got %v", endpoints)
	}
	return endpoints[0]
}
