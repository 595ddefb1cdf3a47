package provider_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	endpointType = "prosa_webhook_endpoint"
	rotationType = "prosa_webhook_secret_rotation"

	endpointA = endpointType + ".a"
	rotationA = rotationType + ".a"

	hook       = "https://example.com/hook"
	configHook = `resource "prosa_webhook_endpoint" "a" { url = "https://example.com/hook" }`
)

// badSetting is a value of a provider argument that must be refused.
type badSetting struct {
	name     string
	argument any
	variable string // the same in the environment; empty: cannot be given there
	at       string // the path of the error; empty: the argument's
	says     string
	hides    string // what the error must not repeat
}

func badSettings() []badSetting {
	return []badSetting{
		{name: "api_key", argument: "sec\nret", variable: "sec\nret", says: "cannot be sent in an HTTP header", hides: "ret"},
		{name: "api_key", argument: " secret\t", variable: "secret ", says: "white space around it", hides: "secret\t"},
		{name: "base_url", argument: "api.prosa.ai/v2/speech", variable: "api.prosa.ai", says: "https://"},
		{name: "base_url", argument: "", says: "it is empty"},
		{name: "base_url", argument: "ftp://api.prosa.ai", variable: "ftp://api.prosa.ai", says: "neither https nor http"},
		{name: "base_url", argument: "http://api.prosa.ai", variable: "http://10.0.0.1/v2", says: "in clear"},
		{name: "base_url", argument: "https://me:hunter22@api.prosa.ai", variable: "https://me:hunter22@api.prosa.ai", says: "password", hides: "hunter22"},
		{name: "base_url", argument: "https://api.prosa.ai/?a=b", variable: "https://api.prosa.ai/?a=b", says: "query"},
		{name: "base_url", argument: "https://api.prosa.ai/#a", variable: "https://api.prosa.ai/#a", says: "fragment"},
		{name: "base_url", argument: "https://api.prosa.ai/v2/speech/webhooks", variable: "https://api.prosa.ai/v2/speech/webhooks/", says: "/webhooks"},
		{name: "headers", argument: acctest.Object{"X-API-Key": "other"}, at: `headers["X-API-Key"]`, says: "reserved for the provider", hides: "other"},
		{name: "headers", argument: acctest.Object{"Content-Type": "x"}, at: `headers["Content-Type"]`, says: "content-type"},
		{name: "headers", argument: acctest.Object{"host": "x"}, at: `headers["host"]`, says: "host"},
		{name: "headers", argument: acctest.Object{"User-Agent": "x"}, at: `headers["User-Agent"]`, says: "user-agent"},
		{name: "headers", argument: acctest.Object{"Idempotency-Key": "x"}, at: `headers["Idempotency-Key"]`, says: "idempotency-key"},
		{name: "headers", argument: acctest.Object{"x-idempotency-key": "x"}, at: `headers["x-idempotency-key"]`, says: "x-idempotency-key"},
		{name: "headers", argument: acctest.Object{"a b": "x"}, at: `headers["a b"]`, says: "not the name of an HTTP header"},
		{name: "headers", argument: acctest.Object{"a": "hunter22\n"}, at: `headers["a"]`, says: "cannot be sent", hides: "hunter22"},
		{name: "headers", argument: acctest.Object{"a": nil}, at: `headers["a"]`, says: "null"},
		{name: "request_timeout", argument: "30", variable: "30", says: "30s"},
		{name: "request_timeout", argument: "0s", variable: "0s", says: "above zero"},
		{name: "request_timeout", argument: "-1s", variable: "-1s", says: "above zero"},
		{name: "max_retries", argument: -1, variable: "-1", says: "at least 0"},
		{name: "max_retries", variable: "1.5", says: "whole number"},
		{name: "requests_per_second", argument: 0, variable: "0", says: "above 0"},
		{name: "requests_per_second", argument: -0.5, variable: "NaN", says: "above 0"},
		{name: "requests_per_second", variable: "fast", says: `"fast"`},
		{name: "time_zone", argument: "Jakarta", variable: "WIB", says: "IANA"},
		{name: "time_zone", argument: "Local", says: "IANA"},
		{name: "time_zone", argument: "", says: "IANA"},
	}
}

func TestProviderRefusesArguments(t *testing.T) {
	t.Parallel()
	for _, bad := range badSettings() {
		if bad.argument == nil {
			continue
		}
		e := acctest.New(t)
		at := bad.at
		if at == "" {
			at = bad.name
		}
		config := acctest.Object{bad.name: bad.argument}
		validated, configured := e.Provider().ValidateProvider(config), e.Provider().Configure(config)
		validated.Expect(t, "error", at, bad.name, bad.says)
		configured.Expect(t, "error", at, bad.name, bad.says)
		if text := validated[0].String() + configured[0].String(); bad.hides != "" && strings.Contains(text, bad.hides) {
			t.Errorf("it repeats %q: %s", bad.hides, text)
		}
	}
}

func TestProviderRefusesVariables(t *testing.T) {
	t.Parallel()
	for _, bad := range badSettings() {
		if bad.variable == "" {
			continue
		}
		e := acctest.New(t)
		variable := "PROSA_" + strings.ToUpper(bad.name)
		e.Vars[variable] = bad.variable
		e.Provider().ValidateProvider(nil).ExpectNone(t)
		configured := e.Provider().Configure(nil)
		configured.Expect(t, "error", bad.name, variable, bad.says)
		if bad.hides != "" && strings.Contains(configured[0].String(), bad.hides) {
			t.Errorf("it repeats %q: %s", bad.hides, configured[0])
		}
	}
}

func TestProviderRefusesHeadersTwice(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	problems := e.Provider().Configure(acctest.Object{"headers": acctest.Object{"x-a": "1", "X-A": "2"}})
	if problems.Errors() != 1 || !strings.Contains(problems[0].Detail, `"X-A" and "x-a"`) {
		t.Errorf("there should be one error that names both spellings: %v", problems)
	}
}

func TestProviderNeedsKey(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]any{"missing": nil, "empty": ""} {
		for _, variable := range []string{"", "missing"} {
			e := acctest.New(t)
			delete(e.Vars, "PROSA_API_KEY")
			if variable == "" {
				e.Vars["PROSA_API_KEY"] = ""
			}
			e.Provider().ValidateProvider(acctest.Object{"api_key": key}).ExpectNone(t)
			e.Provider().Validate(endpointType, acctest.Object{"url": hook}).ExpectNone(t)
			e.Provider().Configure(acctest.Object{"api_key": key}).Expect(t, "error", "api_key", "PROSA_API_KEY")
			if n := len(e.Sandbox.Journal()); n > 0 {
				t.Errorf("%s: %d requests were made", name, n)
			}
		}
	}
}

func TestProviderNeedsKeyInCLI(t *testing.T) {
	e := acctest.New(t)
	delete(e.Vars, "PROSA_API_KEY")
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: configHook, ExpectError: regexp.MustCompile(`(?s)Missing API key.*PROSA_API_KEY`)},
	}})
}

func TestProviderTellsEveryProblem(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	delete(e.Vars, "PROSA_API_KEY")
	problems := e.Provider().Configure(acctest.Object{"base_url": "", "max_retries": -1})
	if problems.Errors() != 3 {
		t.Errorf("the missing key, base_url and max_retries should be three errors: %v", problems)
	}
}

// TestProviderPrecedence returns every argument, each with a variable that would fail.
func TestProviderPrecedence(t *testing.T) {
	e := acctest.New(t)
	base := e.BaseURL
	e.Vars = map[string]string{
		"PROSA_API_KEY": "wrong", "PROSA_BASE_URL": "https://wrong.invalid", "PROSA_REQUEST_TIMEOUT": "1ns",
		"PROSA_MAX_RETRIES": "x", "PROSA_REQUESTS_PER_SECOND": "-1",
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{{Config: `
provider "prosa" {
  api_key             = "` + acctest.APIKey + `"
  base_url            = "` + base + `//"
  headers             = { X-Gateway = "one", "x-other" = "two" }
  request_timeout     = "1m"
  max_retries         = 0
  requests_per_second = 500.5
}
` + configHook}}})
	journal := e.Sandbox.Journal()
	if len(journal) == 0 {
		t.Fatal("no request was made")
	}
	for _, r := range journal {
		if r.Header.Get("X-Gateway") != "one" || r.Header.Get("X-Other") != "two" || !strings.HasPrefix(r.Path, "/webhooks/endpoints") {
			t.Errorf("%s %s came with the headers %v", r.Method, r.Path, r.Header)
		}
	}
}

// TestProviderEmptyKeyArgument has the variable count when the argument is empty.
func TestProviderEmptyKeyArgument(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Provider()
	p.Configure(acctest.Object{"api_key": ""}).ExpectNone(t)
	if n := len(e.Sandbox.Journal()); n > 0 {
		t.Errorf("configuring made %d requests", n)
	}
	_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
	problems.ExpectNone(t)
}

func TestProviderTakesDefaultPlace(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	delete(e.Vars, "PROSA_BASE_URL")
	transport := &deadEnd{}
	e.Client = append(e.Client, transport.use)
	_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
	problems.Expect(t, "error", "", "Unable to create", "https://api.prosa.ai/v2/speech/webhooks/endpoints", "base_url")
	if len(transport.asked) != 10 { // once, and max_retries, which is 4; for the check of the plan and for the create
		t.Errorf("requests: %q", transport.asked)
	}
}

func TestProviderWithUnknownArgument(t *testing.T) {
	t.Parallel()
	for argument, config := range map[string]string{
		"api_key":  `api_key = terraform_data.setting.output`,
		"base_url": `base_url = terraform_data.setting.output`,
	} {
		t.Run(argument, func(t *testing.T) {
			e := acctest.New(t)
			value := map[string]string{"api_key": acctest.APIKey, "base_url": e.BaseURL}[argument]
			with := func(trigger, more string) string {
				return `
resource "terraform_data" "setting" {
  input            = "` + value + `"
  triggers_replace = "` + trigger + `"
}
provider "prosa" { ` + config + ` }
` + more
			}
			needed := regexp.MustCompile(`(?s)does\s+not\s+know\s+its\s+configuration\s+yet:\s+the\s+value\s+of\s+"` + argument + `"`)
			e.Test(resource.TestCase{Steps: []resource.TestStep{
				{
					Config: with("1", configHook),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(endpointA, plancheck.ResourceActionCreate),
						acctest.Do(func() {
							if n := len(e.Sandbox.Journal()); n > 0 {
								t.Errorf("planning made %d requests", n)
							}
						}),
					}},
				},
				{Config: with("2", configHook), ExpectError: needed},
				{Config: with("1", configHook), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
			}})
		})
	}
}

func TestProviderUnknownHeader(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Provider()
	p.Configure(acctest.Object{"headers": acctest.Object{"x-a": acctest.Unknown, "x-b": acctest.Unknown}, "max_retries": acctest.Unknown}).ExpectNone(t)
	_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
	problems.Expect(t, "error", "", `"headers" and "max_retries"`)
}

// TestProviderTwice has two configurations in one run, each with its own place and key.
func TestProviderTwice(t *testing.T) {
	e, other := acctest.New(t), acctest.New(t, func(s *sandbox.Server) { s.APIKey = "text-to-speech-key" })
	e.Test(resource.TestCase{
		ProtoV6ProviderFactories: map[string]acctest.Factory{"tts": e.Factories()["prosa"]},
		Steps: []resource.TestStep{{Config: `
provider "tts" {
  api_key  = "text-to-speech-key"
  base_url = "` + other.BaseURL + `"
}
resource "prosa_webhook_endpoint" "a" { url = "https://example.com/hook" }
resource "prosa_webhook_endpoint" "b" {
  provider = tts
  url      = "https://example.com/hook"
}`}},
	})
	for env, key := range map[*acctest.Env]string{e: acctest.APIKey, other: "text-to-speech-key"} {
		if len(env.Writes()) != 2 {
			t.Errorf("there should be a create and a delete: %v", env.Writes())
		}
		for _, r := range env.Sandbox.Journal() {
			if got := r.Header.Get("X-Api-Key"); got != key {
				t.Errorf("%s %s came with the key %q", r.Method, r.Path, got)
			}
		}
	}
}

func TestProviderKeyRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key      string
		argument bool
		says     []string
	}{
		{"wrong-key-1234", false, []string{"auth_unauthorized", "the environment variable PROSA_API_KEY"}},
		{"wrong-key-1234", true, []string{"auth_unauthorized", `argument "api_key"`}},
		{"known-but-forbidden", false, []string{"forbidden", "the environment variable PROSA_API_KEY"}},
		{"known-but-forbidden", true, []string{"forbidden", `argument "api_key"`}},
	} {
		e := acctest.New(t, func(s *sandbox.Server) {
			s.ForbiddenKey = "known-but-forbidden"
			s.Quirks.EchoKey = true
		})
		p, config := e.Provider(), acctest.Object{}
		if e.Vars["PROSA_API_KEY"] = c.key; c.argument {
			e.Vars["PROSA_API_KEY"], config["api_key"] = "unused", c.key
		}
		p.Configure(config).ExpectNone(t)
		_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
		problems.Expect(t, "error", "", c.says...)
		if strings.Contains(problems[0].String(), c.key) {
			t.Errorf("it repeats the key: %s", problems[0])
		}
	}
}

func TestProviderFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	e, elsewhere := acctest.New(t), acctest.New(t)
	e.Sandbox.Inject(sandbox.Fault{Status: http.StatusTemporaryRedirect, Times: -1, Header: http.Header{"Location": {elsewhere.BaseURL + "/webhooks/endpoints"}}})
	_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
	problems.Expect(t, "error", "", e.BaseURL, elsewhere.BaseURL, "base_url")
	if n := len(elsewhere.Sandbox.Journal()); n > 0 {
		t.Errorf("the redirect was followed %d times", n)
	}
}
