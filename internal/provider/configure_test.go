package provider_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

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
		{name: "base_url", argument: "http://api.prosa.ai", variable: "http://10.0.0.1/v2", says: "unencrypted"},
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
			if n := len(e.Sandbox.RequestLog()); n > 0 {
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
	t.Parallel()
	e := acctest.New(t)
	e.Vars = map[string]string{
		"PROSA_API_KEY": "wrong", "PROSA_BASE_URL": "https://wrong.invalid", "PROSA_REQUEST_TIMEOUT": "1ns",
		"PROSA_MAX_RETRIES": "x", "PROSA_REQUESTS_PER_SECOND": "-1", "PROSA_TIME_ZONE": "x",
	}
	p := e.Provider()
	p.Configure(acctest.Object{
		"api_key": acctest.APIKey, "base_url": e.BaseURL + "//", "headers": acctest.Object{"X-Gateway": "one", "x-other": "two"},
		"request_timeout": "1m", "max_retries": 0, "requests_per_second": 500.5, "time_zone": "UTC",
	}).ExpectNone(t)
	_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
	problems.ExpectNone(t)
	for _, r := range e.Sandbox.RequestLog() {
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
	if n := len(e.Sandbox.RequestLog()); n > 0 {
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

// TestProviderWithUnknownArgument plans without the key, which makes no request, and cannot refresh without it.
func TestProviderWithUnknownArgument(t *testing.T) {
	e := acctest.New(t)
	with := func(trigger string) string {
		return configHook + `
resource "terraform_data" "setting" {
  input            = "` + acctest.APIKey + `"
  triggers_replace = "` + trigger + `"
}
provider "prosa" { api_key = terraform_data.setting.output }`
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{
			Config: with("1"),
			ConfigPlanChecks: before(expectAction(endpointA, create), acctest.BeforeApply(func() {
				if n := len(e.Sandbox.RequestLog()); n > 0 {
					t.Errorf("planning made %d requests", n)
				}
			})),
		},
		failing(resource.TestStep{Config: with("2")}, `does\s+not\s+know\s+its\s+configuration\s+yet:\s+the\s+value\s+of\s+"api_key"`),
	}})
}

func TestProviderUnknownArguments(t *testing.T) {
	t.Parallel()
	for says, config := range map[string]acctest.Object{
		`"base_url"`:                  {"base_url": acctest.Unknown},
		`"headers" and "max_retries"`: {"headers": acctest.Object{"x-a": acctest.Unknown, "x-b": acctest.Unknown}, "max_retries": acctest.Unknown},
	} {
		e := acctest.New(t)
		p := e.Provider()
		p.Configure(config).ExpectNone(t)
		_, problems := p.Plan(endpointType, nil, acctest.Object{"url": hook})
		problems.ExpectNone(t)
		_, problems = p.Apply(endpointType, nil, acctest.Object{"url": hook})
		problems.Expect(t, "error", "", says)
		if n := len(e.Sandbox.RequestLog()); n > 0 {
			t.Errorf("%d requests were made", n)
		}
	}
}

func TestProviderFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	e, elsewhere := acctest.New(t), acctest.New(t)
	e.Sandbox.Inject(sandbox.Fault{Status: http.StatusTemporaryRedirect, Times: -1, Header: http.Header{"Location": {elsewhere.BaseURL + "/webhooks/endpoints"}}})
	_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
	problems.Expect(t, "error", "", e.BaseURL, elsewhere.BaseURL, "base_url")
	if n := len(elsewhere.Sandbox.RequestLog()); n > 0 {
		t.Errorf("the redirect was followed %d times", n)
	}
}
