package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestEndpointValidation(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	for _, c := range []struct {
		config             acctest.Object
		severity, on, says string
	}{
		{acctest.Object{"url": ""}, "error", "url", "it is empty"},
		{acctest.Object{"url": "example.com/hook"}, "error", "url", "absolute"},
		{acctest.Object{"url": "/hook"}, "error", "url", "absolute"},
		{acctest.Object{"url": "https:///hook"}, "error", "url", "no host"},
		{acctest.Object{"url": "ftp://example.com"}, "error", "url", "scheme"},
		{acctest.Object{"url": "https://example.com/a b"}, "error", "url", "space"},
		{acctest.Object{"url": "https://example.com:port/"}, "error", "url", "port"},
		{acctest.Object{"url": "http://example.com/hook"}, "warning", "url", "in clear"},
		{acctest.Object{"url": hook, "event_filters": []any{""}}, "error", "event_filters", "is empty"},
		{acctest.Object{"url": hook, "event_filters": []any{"stt.jobs.failed", " \t"}}, "error", "event_filters", "is empty"},
		{acctest.Object{"url": hook, "event_filters": []any{nil}}, "error", "event_filters", "is empty"},
		{acctest.Object{"url": hook, "event_filters": []any{"nonsense"}}, "warning", "event_filters", `documents the event type "nonsense".`},
		{acctest.Object{"url": hook, "event_filters": []any{"stt.jobs.complete"}}, "warning", "event_filters", `did you mean "stt.jobs.completed"?`},
		{acctest.Object{"url": hook, "event_filters": []any{"STT.Jobs.Failed"}}, "warning", "event_filters", "Documented are stt.jobs.completed, stt.jobs.failed, stt.job.completed, stt.job.failed, tts.job.completed, tts.job.failed, webhook.ping"},
		{acctest.Object{"url": hook, "ssl_verification": false}, "warning", "ssl_verification", "testing only"},
		{acctest.Object{"url": hook, "secret_key": ""}, "error", "secret_key", "empty string"},
		{acctest.Object{"url": hook, "secret_key_wo": "", "secret_key_wo_version": 1}, "error", "secret_key_wo", "empty string"},
		{acctest.Object{"url": hook, "secret_key_wo": "k"}, "error", "secret_key_wo", "secret_key_wo_version"},
		{acctest.Object{"url": hook, "secret_key_wo_version": 1}, "error", "secret_key_wo_version", "secret_key_wo"},
		{acctest.Object{"url": hook, "secret_key": "k", "secret_key_wo": "k", "secret_key_wo_version": 1}, "error", "secret_key", "secret_key_wo"},
	} {
		t.Run(fmt.Sprint(c.config), func(t *testing.T) { p.Validate(endpointType, c.config).Expect(t, c.severity, c.on, c.says) })
	}
	for _, good := range []acctest.Object{
		{"url": "HTTPS://Example.COM:8443/a?b=c"},
		{"url": hook, "event_filters": []any{"stt.jobs.completed", "stt.job.completed", "tts.job.failed", "webhook.ping"}, "ssl_verification": true, "secret_key": "k", "store_secrets": true},
		{"url": acctest.Unknown, "event_filters": acctest.Unknown, "ssl_verification": acctest.Unknown, "secret_key": acctest.Unknown},
		{"url": hook, "event_filters": []any{acctest.Unknown}, "secret_key_wo": acctest.Unknown, "secret_key_wo_version": 1},
	} {
		p.Validate(endpointType, good).ExpectNone(t)
	}
}

// TestEndpointRefused has the API refuse a value, which is an error on the attribute that holds it.
func TestEndpointRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		location string
		more     acctest.Object
		on       string
		advice   string
	}{
		{`["body","url"]`, nil, "url", "Correct it"},
		{`["body","event_filters",0]`, nil, "event_filters", "Correct it"},
		{`["body","ssl_verification"]`, nil, "ssl_verification", "Correct it"},
		{`["body","secret_key"]`, acctest.Object{"secret_key": "my-own-key"}, "secret_key", "Correct it"},
		{`["body","secret_key"]`, acctest.Object{"secret_key_wo": "my-own-key", "secret_key_wo_version": 1}, "secret_key_wo", "Correct it"},
		{`["body","surprise"]`, nil, "", "report it as a bug"},
	} {
		e := acctest.New(t)
		p := e.Configured()
		refusal := sandbox.Fault{Status: http.StatusUnprocessableEntity, Body: `{"status":"request_validation_error","message":"one wrong value",
			"context":[{"location":` + c.location + `,"message":"my-own-key will not do.","status":"value_error"}]}`}
		config := acctest.Object{"url": hook}
		for name, value := range c.more {
			config[name] = value
		}
		refusal.Operation = sandbox.OpCreateEndpoint
		e.Sandbox.Inject(refusal)
		state, problems := p.Apply(endpointType, nil, config)
		problems.Expect(t, "error", c.on, "Unable to create the webhook endpoint", "will not do", c.advice)
		if state != nil || len(e.Writes()) != 1 {
			t.Errorf("%s: there is a state, or it was sent again: %v", c.location, e.Writes())
		}
		if c.more != nil {
			if strings.Contains(problems[0].String(), "my-own-key") {
				t.Errorf("%s: the error repeats the key: %v", c.location, problems[0])
			}
			continue
		}
		state, problems = p.Apply(endpointType, nil, config)
		problems.ExpectNone(t)
		refusal.Operation = sandbox.OpUpdateEndpoint
		e.Sandbox.Inject(refusal)
		kept, problems := p.Apply(endpointType, state, acctest.Object{"url": "https://example.com/other"})
		problems.Expect(t, "error", c.on, "Unable to update the webhook endpoint", "will not do", c.advice)
		expectObject(t, c.location, kept.Attributes, state.Attributes)
	}
}

func TestEndpointURLSpelling(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]bool{"normal form": false, "as sent": true} {
		t.Run(name, func(t *testing.T) {
			e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.KeepURL = keep })
			spelled := func(url string) string { return endpoint(`url = "` + url + `"`) }
			e.Test(resource.TestCase{Steps: []resource.TestStep{
				{
					Config:            spelled("HTTPS://Example.COM:443"),
					ConfigStateChecks: []statecheck.StateCheck{attribute(endpointA, "url", knownvalue.StringExact("HTTPS://Example.COM:443"))},
				},
				{
					PreConfig:        e.Sandbox.ResetJournal,
					Config:           spelled("https://example.com/"),
					ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
				},
				{
					Config:           spelled("https://example.com/HOOK"),
					ConfigPlanChecks: before(expectAction(endpointA, update)),
					PostApplyFunc: func() {
						e.ExpectWrites("PUT /webhooks/endpoints/" + e.Only().ID + ` {"url":"https://example.com/HOOK","event_filters":[],"ssl_verification":true}`)
					},
				},
			}})
		})
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

// TestEndpointsWithOneURL makes two resources with the same URL in one apply: each has an endpoint of its own.
func TestEndpointsWithOneURL(t *testing.T) {
	e := acctest.New(t)
	e.Test(resource.TestCase{Steps: []resource.TestStep{{
		Config: configHook + `
resource "prosa_webhook_endpoint" "b" { url = "https://example.com/hook" }
output "different" { value = prosa_webhook_endpoint.a.id != prosa_webhook_endpoint.b.id }`,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("different", knownvalue.Bool(true))},
	}}})
	if n := e.Sandbox.Count(sandbox.OpCreateEndpoint); n != 2 {
		t.Errorf("%d creates", n)
	}
}

// TestEndpointCreateAnswerLost has the connection break after the endpoint was made.
func TestEndpointCreateAnswerLost(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Do: true, Close: true})
	state, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": "https://Example.com", "store_secrets": true})
	problems.ExpectNone(t)
	made := e.Only()
	if state.Attributes["id"] != made.ID || state.Attributes["url"] != "https://Example.com" || len(e.Writes()) != 1 {
		t.Errorf("state %v, writes %v", state.Attributes, e.Writes())
	}
	secrets, _ := state.Attributes["secrets"].([]any)
	if len(secrets) != 1 || secrets[0].(acctest.Object)["key"] != made.Secrets[0].Key {
		t.Errorf("the keys, which a listing does not have, were not asked for: %v", state.Attributes["secrets"])
	}
}

func TestEndpointCreateUndecided(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpCreateEndpoint, Status: http.StatusGatewayTimeout})
	e.Vars["PROSA_REQUEST_TIMEOUT"] = "100ms" // it is looked for that long
	state, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": "https://example.com/it's"})
	problems.Expect(t, "error", "", "https://example.com/it's", `terraform import prosa_webhook_endpoint.NAME 'https://example.com/it'\''s'`)
	if state != nil || len(e.Writes()) != 1 {
		t.Errorf("after a timeout it must not be sent again: %v", e.Writes())
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
	e.Sandbox.RemoveEndpoint(e.Only().ID)
	kept, problems := p.Apply(endpointType, state, acctest.Object{"url": hook, "store_secrets": true})
	problems.Expect(t, "error", "", "Unable to update", "The endpoint is gone", "Plan again")
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
