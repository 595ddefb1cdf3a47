package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// badSetting is an invalid value of a provider argument. TestMessages has the errors.
type badSetting struct {
	name     string
	argument any    // nil: the provider block cannot have it
	variable string // an invalid value in the environment; empty: the variable cannot have it
	secret   string // the part of the value that the error must not repeat
}

func badSettings() []badSetting {
	return []badSetting{
		{name: "api_key", argument: "sec\nret", variable: "sec\nret", secret: "ret"},
		{name: "api_key", argument: " secret\t", variable: "secret ", secret: "secret\t"},
		{name: "base_url", argument: "api.prosa.ai/v2/speech", variable: "api.prosa.ai"},
		{name: "base_url", argument: ""},
		{name: "base_url", argument: "ftp://api.prosa.ai", variable: "ftp://api.prosa.ai"},
		{name: "base_url", argument: "http://api.prosa.ai", variable: "http://10.0.0.1/v2"},
		{name: "base_url", argument: "https://me:hunter22@api.prosa.ai", variable: "https://me:hunter22@api.prosa.ai", secret: "hunter22"},
		{name: "base_url", argument: "https://api.prosa.ai/?a=b", variable: "https://api.prosa.ai/?a=b"},
		{name: "base_url", argument: "https://api.prosa.ai/#a", variable: "https://api.prosa.ai/#a"},
		{name: "base_url", argument: "https://api.prosa.ai/v2/speech/webhooks", variable: "https://api.prosa.ai/v2/speech/webhooks/"},
		{name: "headers", argument: acctest.Object{"X-API-Key": "other"}, secret: "other"},
		{name: "headers", argument: acctest.Object{"Content-Type": "x"}},
		{name: "headers", argument: acctest.Object{"host": "x"}},
		{name: "headers", argument: acctest.Object{"User-Agent": "x"}},
		{name: "headers", argument: acctest.Object{"Idempotency-Key": "x"}},
		{name: "headers", argument: acctest.Object{"x-idempotency-key": "x"}},
		{name: "headers", argument: acctest.Object{"a b": "x"}},
		{name: "headers", argument: acctest.Object{"a": "hunter22\n"}, secret: "hunter22"},
		{name: "headers", argument: acctest.Object{"a": nil}},
		{name: "request_timeout", argument: "30", variable: "30"},
		{name: "request_timeout", argument: "0s", variable: "0s"},
		{name: "request_timeout", argument: "-1s", variable: "-1s"},
		{name: "max_retries", argument: -1, variable: "-1"},
		{name: "max_retries", variable: "1.5"},
		{name: "requests_per_second", argument: 0, variable: "0"},
		{name: "requests_per_second", argument: -0.5, variable: "NaN"},
		{name: "requests_per_second", variable: "fast"},
		{name: "time_zone", argument: "Jakarta", variable: "WIB"},
		{name: "time_zone", argument: "Local"},
		{name: "time_zone", argument: ""},
	}
}

// TestProviderRefusesArguments passes each invalid value as an argument and in the environment.
func TestProviderRefusesArguments(t *testing.T) {
	t.Parallel()
	for _, bad := range badSettings() {
		e, config := acctest.New(t), acctest.Object{bad.name: bad.argument}
		var results []acctest.Diagnostics
		if bad.argument != nil {
			results = append(results, e.Provider().ValidateProvider(config), e.Provider().Configure(config))
		}
		if bad.variable != "" {
			e.Setenv("PROSA_"+strings.ToUpper(bad.name), bad.variable)
			e.Provider().ValidateProvider(nil).ExpectNone(t)
			results = append(results, e.Provider().Configure(nil))
		}
		for _, problems := range results {
			if len(problems) != 1 || problems[0].Severity != "error" || !strings.HasPrefix(problems[0].Attribute, bad.name) {
				t.Errorf("%+v: want one error on %s, got %v", bad, bad.name, problems)
			}
			if bad.secret != "" && strings.Contains(fmt.Sprint(problems), bad.secret) {
				t.Errorf("the error repeats %q: %s", bad.secret, problems)
			}
		}
	}
}

func TestProviderWithoutKey(t *testing.T) {
	t.Parallel()
	for _, argument := range []any{nil, ""} {
		e := acctest.New(t)
		e.Setenv("PROSA_API_KEY", "")
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
			ConfigPlanChecks: preApply(expectAction(endpointA, create), acctest.BeforeApply(func() { e.ExpectRequests() })),
		},
		{Config: config("2"), ExpectError: regexp.MustCompile(`does\s+not\s+know\s+its\s+configuration\s+yet:\s+the\s+value\s+of\s+"api_key"`)},
	}})
}
