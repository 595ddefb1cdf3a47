package provider_test

import (
	"cmp"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// badSetting is an invalid value of a provider argument.
type badSetting struct {
	name     string
	argument any    // nil: the provider block cannot have it
	variable string // an invalid value in the environment; empty: the variable cannot have it
	at       string // the path of the error; empty: the argument's
	says     string
	hides    string // must not be in the error
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
	e := acctest.New(t)
	for _, bad := range badSettings() {
		if bad.argument == nil {
			continue
		}
		config := acctest.Object{bad.name: bad.argument}
		for _, problems := range []acctest.Diagnostics{e.Provider().ValidateProvider(config), e.Provider().Configure(config)} {
			problems.Expect(t, "error", cmp.Or(bad.at, bad.name), bad.name, bad.says)
			if bad.hides != "" && strings.Contains(problems[0].String(), bad.hides) {
				t.Errorf("the error repeats %q: %s", bad.hides, problems[0])
			}
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
		problems := e.Provider().Configure(nil)
		problems.Expect(t, "error", bad.name, variable, bad.says)
		if bad.hides != "" && strings.Contains(problems[0].String(), bad.hides) {
			t.Errorf("the error repeats %q: %s", bad.hides, problems[0])
		}
	}
}

func TestProviderWithoutKey(t *testing.T) {
	t.Parallel()
	for _, argument := range []any{nil, ""} {
		e := acctest.New(t)
		e.Vars["PROSA_API_KEY"] = ""
		p, config := e.Provider(), acctest.Object{"api_key": argument}
		p.ValidateProvider(config).ExpectNone(t)
		p.Validate(endpointType, acctest.Object{"url": hook}).ExpectNone(t)
		p.Configure(config).Expect(t, "error", "api_key", "PROSA_API_KEY")
		config["base_url"], config["max_retries"] = "", -1
		if problems := p.Configure(config); problems.Errors() != 3 {
			t.Errorf("the missing key, base_url and max_retries should be three errors: %v", problems)
		}
		e.ExpectRequests()
	}
}

// TestProviderPrecedence sets every argument, and each variable to a value that would fail.
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
	p.MustApply(endpointType, nil, acctest.Object{"url": hook})
	for _, r := range e.Sandbox.RequestLog() {
		if r.Header.Get("X-Gateway") != "one" || r.Header.Get("X-Other") != "two" || !strings.HasPrefix(r.Path, "/webhooks/endpoints") {
			t.Errorf("%s %s has the headers %v", r.Method, r.Path, r.Header)
		}
	}
}

// TestProviderEmptyKeyArgument uses the variable instead of an empty argument.
func TestProviderEmptyKeyArgument(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Provider()
	p.Configure(acctest.Object{"api_key": ""}).ExpectNone(t)
	e.ExpectRequests()
	p.MustApply(endpointType, nil, acctest.Object{"url": hook})
}

func TestProviderDefaults(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	delete(e.Vars, "PROSA_BASE_URL")
	transport := &deadEnd{}
	e.Client = append(e.Client, transport.use)
	_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
	problems.Expect(t, "error", "", "Unable to create", "https://api.prosa.ai/v2/speech/webhooks/endpoints", "base_url")
	if len(transport.asked) != 10 { // one request and four retries, for the plan and for the create
		t.Errorf("got %d requests, want 10: %q", len(transport.asked), transport.asked)
	}
}

// TestProviderWithUnknownKey plans a create without the key, which needs no request. It cannot refresh without the key.
func TestProviderWithUnknownKey(t *testing.T) {
	e := acctest.New(t)
	config := func(trigger string) string {
		return configHook + `
resource "terraform_data" "setting" {
  input            = "` + acctest.APIKey + `"
  triggers_replace = "` + trigger + `"
}
provider "prosa" { api_key = terraform_data.setting.output }`
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{
			Config:           config("1"),
			ConfigPlanChecks: before(expectAction(endpointA, create), acctest.BeforeApply(func() { e.ExpectRequests() })),
		},
		{Config: config("2"), ExpectError: regexp.MustCompile(`does\s+not\s+know\s+its\s+configuration\s+yet:\s+the\s+value\s+of\s+"api_key"`)},
	}})
}

func TestProviderWithUnknownArguments(t *testing.T) {
	t.Parallel()
	for says, config := range map[string]acctest.Object{
		`"base_url"`:                  {"base_url": acctest.Unknown},
		`"headers" and "max_retries"`: {"headers": acctest.Object{"x-a": acctest.Unknown, "x-b": acctest.Unknown}, "max_retries": acctest.Unknown},
	} {
		e := acctest.New(t)
		p := e.Provider()
		p.Configure(config).ExpectNone(t)
		p.MustPlan(endpointType, nil, acctest.Object{"url": hook})
		_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
		problems.Expect(t, "error", "", says)
		e.ExpectRequests()
	}
}

func TestProviderFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	e, elsewhere := acctest.New(t), acctest.New(t)
	location := http.Header{"Location": {elsewhere.BaseURL + "/webhooks/endpoints"}}
	e.Sandbox.Inject(sandbox.Fault{Status: http.StatusTemporaryRedirect, Header: location, Times: -1})
	_, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook})
	problems.Expect(t, "error", "", e.BaseURL, elsewhere.BaseURL, "base_url")
	elsewhere.ExpectRequests()
}
