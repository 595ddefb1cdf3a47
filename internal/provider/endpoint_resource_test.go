package provider_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// endpoint is a configuration of prosa_webhook_endpoint.a with these arguments.
func endpoint(arguments string) string {
	return "resource \"prosa_webhook_endpoint\" \"a\" {\n" + arguments + "\n}\n"
}

func attribute(address, name string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(name), value)
}

func before(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

func expectAction(address string, action plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(address, action)
}

const (
	create  = plancheck.ResourceActionCreate
	update  = plancheck.ResourceActionUpdate
	replace = plancheck.ResourceActionReplace
	noop    = plancheck.ResourceActionNoop
)

func texts(values ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(values))
	for i, value := range values {
		checks[i] = knownvalue.StringExact(value)
	}
	return knownvalue.SetExact(checks)
}

func TestEndpointLifecycle(t *testing.T) {
	e := acctest.New(t)
	var id, path string
	defaults := []statecheck.StateCheck{
		attribute(endpointA, "url", knownvalue.StringExact(hook)),
		attribute(endpointA, "event_filters", texts()),
		attribute(endpointA, "ssl_verification", knownvalue.Bool(true)),
		attribute(endpointA, "secret_key", knownvalue.Null()),
		attribute(endpointA, "secret_key_wo", knownvalue.Null()),
		attribute(endpointA, "secret_key_wo_version", knownvalue.Null()),
		attribute(endpointA, "store_secrets", knownvalue.Bool(false)),
		attribute(endpointA, "secrets", knownvalue.Null()),
	}
	const plain = `{"url":"https://example.com/hook","event_filters":[],"ssl_verification":true}`
	sameID := attribute(endpointA, "id", knownvalue.StringFunc(func(got string) error { return equal(got, id) }))
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{
			Config:            configHook,
			ConfigPlanChecks:  before(acctest.ExpectUnknown(endpointA, "id")),
			ConfigStateChecks: defaults,
			PostApplyFunc: func() {
				id = e.Only().ID
				path = "/webhooks/endpoints/" + id
				e.ExpectWrites("POST /webhooks/endpoints " + plain)
				if strings.Contains(e.StateFile(), e.Only().Secrets[0].Key) {
					t.Error("the signing key is in the state file")
				}
				e.Sandbox.ResetJournal()
			},
		},
		{
			Config: endpoint(`
  url              = "https://example.com/other"
  event_filters    = ["stt.jobs.failed"]
  ssl_verification = false`),
			ConfigPlanChecks: before(expectAction(endpointA, update), acctest.ExpectUnknown(endpointA)),
			ConfigStateChecks: []statecheck.StateCheck{
				sameID,
				attribute(endpointA, "url", knownvalue.StringExact("https://example.com/other")),
				attribute(endpointA, "event_filters", texts("stt.jobs.failed")),
				attribute(endpointA, "ssl_verification", knownvalue.Bool(false)),
			},
			PostApplyFunc: func() {
				e.ExpectWrites("PUT " + path + ` {"url":"https://example.com/other","event_filters":["stt.jobs.failed"],"ssl_verification":false}`)
				e.Sandbox.ResetJournal()
			},
		},
		{
			Config:            configHook,
			ConfigPlanChecks:  before(expectAction(endpointA, update)),
			ConfigStateChecks: append(defaults, sameID),
			PostApplyFunc: func() {
				e.ExpectWrites("PUT " + path + " " + plain)
				e.Sandbox.ResetJournal()
			},
		},
	}})
	e.ExpectWrites("DELETE " + path)
}

func TestEndpointDrift(t *testing.T) {
	t.Parallel()
	config := acctest.Object{"url": hook, "event_filters": []any{"stt.jobs.completed", "stt.jobs.failed"}}
	for name, drift := range map[string]func(*sandbox.Endpoint){
		"url":              func(e *sandbox.Endpoint) { e.URL = "https://example.com/theirs" },
		"event_filters":    func(e *sandbox.Endpoint) { e.EventFilters = nil },
		"ssl_verification": func(e *sandbox.Endpoint) { e.SSLVerification = false },
		"none":             func(e *sandbox.Endpoint) { e.EventFilters = append(e.EventFilters, e.EventFilters...) },
	} {
		e := acctest.New(t)
		p := e.Configured()
		created, problems := p.Apply(endpointType, nil, config)
		problems.ExpectNone(t)
		e.Sandbox.UpdateEndpoint(e.Only().ID, drift)
		read, problems := p.Read(endpointType, created)
		problems.ExpectNone(t)
		for attribute, value := range created.Attributes {
			if same := reflect.DeepEqual(read.Attributes[attribute], value); same == (attribute == name) {
				t.Errorf("%s changed out of band: %s was read as %v", name, attribute, read.Attributes[attribute])
			}
		}
		planned, problems := p.Plan(endpointType, read, config)
		problems.ExpectNone(t)
		expectObject(t, name, planned.Attributes, created.Attributes)
	}
}

func TestEndpointDriftIsRepaired(t *testing.T) {
	e := acctest.New(t)
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: configHook},
		{
			PreConfig: func() {
				e.Sandbox.ResetJournal()
				e.Sandbox.UpdateEndpoint(e.Only().ID, func(e *sandbox.Endpoint) {
					e.URL, e.EventFilters, e.SSLVerification = "https://example.com/theirs", []string{"stt.jobs.failed"}, false
				})
			},
			Config:           configHook,
			ConfigPlanChecks: before(expectAction(endpointA, update), acctest.ExpectUnknown(endpointA)),
			PostApplyFunc: func() {
				e.ExpectWrites("PUT /webhooks/endpoints/" + e.Only().ID + ` {"url":"https://example.com/hook","event_filters":[],"ssl_verification":true}`)
			},
		},
	}})
}

// TestEndpointInstallations has the answers that installations differ in, none of which is a change.
func TestEndpointInstallations(t *testing.T) {
	t.Parallel()
	for name, quirks := range map[string]sandbox.Quirks{
		"filters null":      {EmptyFilters: "null", CreateStatus: 201, DeleteAnswer: "no-content"},
		"filters missing":   {EmptyFilters: "missing", DeleteAnswer: "empty", ListOrder: "reverse"},
		"unknown fields":    {UnknownFields: true, ListOrder: "shuffle", SecretsOrder: "newest-first"},
		"URL kept as sent":  {KeepURL: true},
		"zoneless, no ends": {ZonelessTimes: true, HideExpiry: true},
	} {
		e := acctest.New(t, func(s *sandbox.Server) { s.Quirks = quirks })
		p, config := e.Configured(), acctest.Object{"url": "HTTPS://Example.com:443/hook", "store_secrets": true}
		created, problems := p.Apply(endpointType, nil, config)
		problems.ExpectNone(t)
		e.Sandbox.RotateSecret(e.Only().ID, 0)
		read, problems := p.Read(endpointType, created)
		problems.ExpectNone(t)
		planned, problems := p.Plan(endpointType, read, config)
		problems.ExpectNone(t)
		expectObject(t, name, planned.Attributes, read.Attributes)
		if filters, _ := read.Attributes["event_filters"].([]any); filters == nil || len(filters) != 0 {
			t.Errorf("%s: event_filters is %v", name, read.Attributes["event_filters"])
		}
		if read.Attributes["url"] != config["url"] {
			t.Errorf("%s: url is %v", name, read.Attributes["url"])
		}
	}
}

func TestEndpointGone(t *testing.T) {
	e := acctest.New(t)
	var gone string
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: configHook},
		{
			PreConfig: func() {
				gone = e.Only().ID
				e.Sandbox.RemoveEndpoint(gone)
				e.Sandbox.ResetJournal()
			},
			Config: configHook,
			ConfigPlanChecks: before(expectAction(endpointA, create), acctest.Do(func() {
				if n := e.Sandbox.Count(sandbox.OpGetEndpoint); n != 1 {
					t.Errorf("an endpoint missing in the listing should be asked for by id once, not %d times", n)
				}
			})),
		},
		{ // gone between plan and apply
			PreConfig:        func() { gone = e.Only().ID },
			Config:           endpoint(`url = "https://example.com/other"`),
			ConfigPlanChecks: before(expectAction(endpointA, update), acctest.Do(func() { e.Sandbox.RemoveEndpoint(gone) })),
			ExpectError:      regexp.MustCompile(`(?s)is gone.*Plan again`),
		},
	}})
	// The state still has it: a destroy without a refresh deletes what is gone, and succeeds.
	last := e.Writes()[len(e.Writes())-1]
	if last.Method != "DELETE" || last.Path != "/webhooks/endpoints/"+gone || last.Status != 404 {
		t.Errorf("the last write is %s %s, answered with %d", last.Method, last.Path, last.Status)
	}
}

func TestEndpointAtWrongPlace(t *testing.T) {
	e := acctest.New(t)
	wrong := func(config string) string {
		return "provider \"prosa\" { base_url = \"" + strings.TrimSuffix(e.BaseURL, "/speech") + "\" }\n" + config
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: configHook},
		{Config: wrong(configHook), PlanOnly: true, ExpectError: regexp.MustCompile(`(?s)base_url.*state\s+is\s+left\s+as\s+it\s+was`)},
		{Config: configHook, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan())},
	}})
}

// TestEndpointReadFails has answers that say nothing about the endpoint: the state stays.
func TestEndpointReadFails(t *testing.T) {
	t.Parallel()
	for says, fault := range map[string]sandbox.Fault{
		"base_url":                    {Status: 404, Body: `{"detail":"Not Found"}`},
		"the answer begins: <h1>Oops": {Status: 502, Body: `<h1>Oops</h1>`},
		"not what Prosa's API":        {Body: `{"id":1}`},
		"the JSON ends in the middle": {Body: `[{"id":`},
		"PROSA_API_KEY":               {Status: 401, Body: `{"status":"auth_unauthorized","message":"no"}`},
	} {
		for _, stored := range []bool{false, true} {
			e := acctest.New(t)
			e.Vars["PROSA_MAX_RETRIES"] = "0"
			p := e.Configured()
			created, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook, "store_secrets": stored})
			problems.ExpectNone(t)
			fault.Times = -1
			e.Sandbox.Inject(fault)
			read, problems := p.Read(endpointType, created)
			problems.Expect(t, "error", "", "Unable to read the webhook endpoint", says)
			if read == nil {
				t.Fatalf("%s: the endpoint left the state", says)
			}
			expectObject(t, says, read.Attributes, created.Attributes)
		}
	}
}

// TestEndpointRequests counts what many endpoints cost.
func TestEndpointRequests(t *testing.T) {
	e := acctest.New(t)
	const many = `
resource "prosa_webhook_endpoint" "a" {
  count = 20
  url   = "https://example.com/${count.index}"
}`
	requests := func(want int) plancheck.PlanCheck {
		return acctest.Do(func() {
			if got := len(e.Sandbox.Journal()); got != want {
				t.Errorf("%d requests, want %d", got, want)
			}
			e.Sandbox.ResetJournal()
		})
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{{
		Config: many,
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply:             []plancheck.PlanCheck{requests(1)},  // one listing for all creates
			PostApplyPreRefresh:  []plancheck.PlanCheck{requests(21)}, // one listing, one create each
			PostApplyPostRefresh: []plancheck.PlanCheck{requests(1)},
		},
	}}})
}

// TestEndpointsUnderRateLimit has far more to do than the API takes at a time: it gets slower and does not fail.
func TestEndpointsUnderRateLimit(t *testing.T) {
	e := acctest.New(t, func(s *sandbox.Server) {
		s.RateLimit = sandbox.RateLimit{Requests: 2, Per: time.Second, RetryAfter: "seconds"}
	})
	e.Vars["PROSA_MAX_RETRIES"] = "0"
	started := e.Clock.Now()
	e.Test(resource.TestCase{Steps: []resource.TestStep{{
		Config: `
resource "prosa_webhook_endpoint" "a" {
  count = 20
  url   = "https://example.com/${count.index}"
}`,
		PostApplyFunc: func() {
			if n := len(e.Sandbox.Endpoints()); n != 20 {
				t.Errorf("%d endpoints", n)
			}
		},
	}}})
	if took := e.Clock.Now().Sub(started); took < 9*time.Second {
		t.Errorf("20 creates at 2 in a second took %s", took)
	}
}

// TestAccEndpoint also runs against a real account: PROSA_ACC_LIVE=1 PROSA_API_KEY=… go test -run '^TestAcc' ./internal/provider
// It leaves nothing behind.
func TestAccEndpoint(t *testing.T) {
	e := acctest.NewOrLive(t)
	url := "https://example.com/terraform-provider-prosa/" + uuid.NewString()
	e.Test(resource.TestCase{TerraformVersionChecks: quietWithSecrets(), Steps: []resource.TestStep{
		{
			Config:            endpoint(`url = "` + url + `"`),
			ConfigStateChecks: []statecheck.StateCheck{attribute(endpointA, "event_filters", texts())},
		},
		{ResourceName: endpointA, ImportState: true, ImportStateVerify: true},
		{ResourceName: endpointA, ImportState: true, ImportStateId: url, ImportStateVerify: true},
		{
			Config: endpoint(`
  url              = "` + url + `/changed"
  event_filters    = ["stt.jobs.completed"]
  ssl_verification = false
  store_secrets    = true`),
			ConfigPlanChecks:  before(expectAction(endpointA, update)),
			ConfigStateChecks: []statecheck.StateCheck{attribute(endpointA, "secrets", knownvalue.ListSizeExact(1))},
		},
		{
			Config:            endpoint(`url = "` + url + `"`),
			ConfigPlanChecks:  before(expectAction(endpointA, update)),
			ConfigStateChecks: []statecheck.StateCheck{attribute(endpointA, "secrets", knownvalue.Null())},
		},
	}})
}
