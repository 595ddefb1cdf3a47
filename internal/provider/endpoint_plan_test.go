package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestEndpointValidation has what is valid. TestMessages has the rest.
func TestEndpointValidation(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	for _, good := range []acctest.Object{
		{"url": "HTTPS://Example.COM:8443/a?b=c"},
		{"url": hook, "event_filters": []any{"stt.jobs.completed", "stt.job.completed", "tts.job.failed", "webhook.ping"}, "ssl_verification": true, "secret_key": "k", "store_secrets": true},
		{"url": acctest.Unknown, "event_filters": acctest.Unknown, "ssl_verification": acctest.Unknown, "secret_key": acctest.Unknown},
		{"url": hook, "event_filters": []any{acctest.Unknown}, "secret_key_wo": acctest.Unknown, "secret_key_wo_version": 1},
	} {
		p.Validate(endpointType, good).ExpectNone(t)
	}
}

func TestEndpointURLSpelling(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} { // whether the API keeps the URL as it was sent
		e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.KeepURL = keep })
		p, config := e.Configured(), acctest.Object{"url": "HTTPS://Example.COM:443"}
		state, problems := p.Apply(endpointType, nil, config)
		problems.ExpectNone(t)
		expectObject(t, "created", state.Attributes, config)
		state, problems = e.Configured().Read(endpointType, state)
		problems.ExpectNone(t)
		expectObject(t, "read", state.Attributes, config)
		planned, problems := p.Plan(endpointType, state, acctest.Object{"url": "https://example.com/"})
		problems.ExpectNone(t)
		expectObject(t, "spelled otherwise", planned.Attributes, state.Attributes)
		e.Sandbox.ResetRequestLog()
		_, problems = p.Apply(endpointType, state, acctest.Object{"url": "https://example.com/HOOK"})
		problems.ExpectNone(t)
		e.ExpectWrites("PUT /webhooks/endpoints/" + e.OnlyEndpoint().ID + ` {"url":"https://example.com/HOOK","event_filters":[],"ssl_verification":true}`)
	}
}

func TestEndpointOverlap(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		theirs []string
		ours   []any
		warns  bool
	}{
		"both every type":  {nil, nil, true},
		"ours every type":  {[]string{"stt.jobs.failed"}, nil, true},
		"one in common":    {[]string{"stt.jobs.failed", "a"}, []any{"b", "a"}, true},
		"none in common":   {[]string{"stt.jobs.failed"}, []any{"stt.jobs.completed"}, false},
		"theirs every one": {nil, []any{"stt.jobs.completed"}, true},
	} {
		e := acctest.New(t)
		other := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://example.com/hook", EventFilters: c.theirs})
		state, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": "https://EXAMPLE.com/hook", "event_filters": c.ours})
		if state == nil || state.Attributes["id"] == other.ID || len(e.Sandbox.Endpoints()) != 2 {
			t.Errorf("%s: the endpoint was not created: %v", name, problems)
		}
		if !c.warns {
			problems.ExpectNone(t)
			continue
		}
		problems.Expect(t, "warning", "url", other.ID, "twice")
	}
}

// TestEndpointCreateAnswerLost has the connection break after the endpoint was made.
func TestEndpointCreateAnswerLost(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Close: true})
	state, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": "https://Example.com", "store_secrets": true})
	problems.ExpectNone(t)
	made := e.OnlyEndpoint()
	if state.Attributes["id"] != made.ID || state.Attributes["url"] != "https://Example.com" || len(e.Writes()) != 1 {
		t.Errorf("state %v, writes %v", state.Attributes, e.Writes())
	}
	secrets, _ := state.Attributes["secrets"].([]any)
	if len(secrets) != 1 || secrets[0].(acctest.Object)["key"] != made.Secrets[0].Key {
		t.Errorf("the keys, which a listing does not have, were not asked for: %v", state.Attributes["secrets"])
	}
}

// TestEndpointSecretsNotReadable has the keys fail to arrive once the endpoint is up to date: no reason to fail.
func TestEndpointSecretsNotReadable(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Vars["PROSA_MAX_RETRIES"] = "0"
	p := e.Configured()
	state, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
	problems.ExpectNone(t)
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpGetEndpoint, Status: http.StatusServiceUnavailable})
	config := acctest.Object{"url": hook, "store_secrets": true}
	state, problems = p.Apply(endpointType, state, config)
	problems.Expect(t, "warning", "secrets", "The next plan or apply reads them")
	if state.Attributes["secrets"] != nil {
		t.Errorf("secrets are %v", state.Attributes["secrets"])
	}
	state, problems = p.Read(endpointType, state)
	problems.ExpectNone(t)
	if secrets, _ := state.Attributes["secrets"].([]any); len(secrets) != 1 {
		t.Errorf("secrets are %v", state.Attributes["secrets"])
	}
}

// TestEndpointGoneBeforeItsKeysAreStored removes an endpoint of which only the keys are still to be read.
func TestEndpointGoneBeforeItsKeysAreStored(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	state, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
	problems.ExpectNone(t)
	e.Sandbox.RemoveEndpoint(e.OnlyEndpoint().ID)
	kept, problems := p.Apply(endpointType, state, acctest.Object{"url": hook, "store_secrets": true})
	problems.Expect(t, "error", "", "Unable to update", "The endpoint was deleted", "Plan again")
	expectObject(t, "state", kept.Attributes, state.Attributes)
}

// TestEndpointPlanWithUnknowns plans arguments that only the apply will know.
func TestEndpointPlanWithUnknowns(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	state, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook, "secret_key": "k"})
	problems.ExpectNone(t)
	planned, problems := p.Plan(endpointType, state, acctest.Object{"url": acctest.Unknown, "event_filters": acctest.Unknown, "store_secrets": acctest.Unknown, "secret_key": "k"})
	problems.ExpectNone(t)
	expectObject(t, "update", planned.Attributes, acctest.Object{
		"id": state.Attributes["id"], "url": acctest.Unknown, "event_filters": acctest.Unknown, "secrets": acctest.Unknown, "secret_key": "k",
	})
	planned, problems = p.Plan(endpointType, state, acctest.Object{"url": hook, "secret_key": acctest.Unknown})
	problems.ExpectNone(t)
	if fmt.Sprint(planned.Replace) != "[secret_key]" {
		t.Errorf("a key that may change should replace: %q", planned.Replace)
	}
}
