package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestEndpointURLSpelling(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} { // whether the API keeps the URL as it was sent
		e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.KeepURL = keep })
		p, config := e.Configured(), acctest.Object{"url": "HTTPS://Example.COM:443"}
		state := p.MustApply(endpointType, nil, config)
		expectObject(t, "created", state.Attributes, config)
		state = e.Configured().MustRead(endpointType, state)
		expectObject(t, "read", state.Attributes, config)
		planned := p.MustPlan(endpointType, state, acctest.Object{"url": "https://example.com/"})
		expectObject(t, "another spelling", planned.Attributes, state.Attributes)
		e.Sandbox.ResetRequestLog()
		p.MustApply(endpointType, state, acctest.Object{"url": "https://example.com/HOOK"})
		e.ExpectWrites("PUT /webhooks/endpoints/" + e.OnlyEndpoint().ID +
			` {"url":"https://example.com/HOOK","event_filters":[],"ssl_verification":true}`)
	}
}

// TestEndpointCreateResponseLost: the provider finds the endpoint in the listing, which lacks the keys, and reads them.
func TestEndpointCreateResponseLost(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Close: true})
	state := e.Configured().MustApply(endpointType, nil, acctest.Object{"url": "https://Example.com", "store_secrets": true})
	created := e.OnlyEndpoint()
	expectObject(t, "state", state.Attributes, acctest.Object{
		"id": created.ID, "url": "https://Example.com", "secrets": listedKeys(created.Secrets...),
	})
}

// TestEndpointSecretsNotReadable enables store_secrets when the keys cannot be read.
func TestEndpointSecretsNotReadable(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	state := p.MustApply(endpointType, nil, acctest.Object{"url": hook})
	config := acctest.Object{"url": hook, "store_secrets": true}
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Status: http.StatusForbidden})
	unread, problems := p.Apply(endpointType, state, config)
	problems.Expect(t, "warning", "secrets", "The next plan or apply reads them")
	expectObject(t, "state", unread.Attributes, acctest.Object{"secrets": nil, "store_secrets": true})
	expectObject(t, "next read", p.MustRead(endpointType, unread).Attributes, acctest.Object{"secrets": listedKeys(newest(e))})

	e.Sandbox.RemoveEndpoint(e.OnlyEndpoint().ID)
	kept, problems := p.Apply(endpointType, state, config)
	problems.Expect(t, "error", "", "Unable to update", "The endpoint was deleted", "Plan again")
	expectObject(t, "state of the deleted endpoint", kept.Attributes, state.Attributes)
}

func TestEndpointPlanWithUnknownArguments(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Configured()
	state := p.MustApply(endpointType, nil, acctest.Object{"url": hook, "secret_key": "k"})
	planned := p.MustPlan(endpointType, state, acctest.Object{
		"url": acctest.Unknown, "event_filters": acctest.Unknown, "store_secrets": acctest.Unknown, "secret_key": "k",
	})
	if got := fmt.Sprint(unknownIn(planned.Attributes), planned.Replace); got != "[event_filters secrets store_secrets url] []" {
		t.Errorf("unknown and replacing attributes: %s", got)
	}
	planned = p.MustPlan(endpointType, state, acctest.Object{"url": hook, "secret_key": acctest.Unknown})
	if fmt.Sprint(planned.Replace) != "[secret_key]" {
		t.Errorf("an unknown key may be another one, so it should replace the endpoint, got %q", planned.Replace)
	}
	planned = p.MustPlan(endpointType, nil, acctest.Object{"url": hook + "/new"})
	if got := fmt.Sprint(unknownIn(planned.Attributes)); got != "[id]" {
		t.Errorf("unknown in the plan of a create: %s", got)
	}
}
