package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func providerSituations() []situation {
	all := []situation{
		{name: "no API key", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			delete(e.Vars, "PROSA_API_KEY")
			return e.Provider().Configure(nil)
		}},
		{name: "the same header twice", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			return e.Provider().ValidateProvider(acctest.Object{"headers": acctest.Object{"x-a": "1", "X-A": "2"}})
		}},
		{name: "a base URL that a test spoils", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Client = append(e.Client, func(c *prosa.Config) { c.BaseURL = "" })
			return e.Provider().Configure(nil)
		}},
		{name: "a key that a test spoils", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Client = append(e.Client, func(c *prosa.Config) { c.APIKey = "" })
			return e.Provider().Configure(nil)
		}},
		{name: "a request after another was told to wait for an hour", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			e.Sandbox.Inject(sandbox.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"3600"}}})
			p := e.Configured()
			if _, problems := p.ReadDataSource("prosa_webhook_endpoints", nil); problems.Errors() == 0 {
				t.Fatal("the first request did not fail")
			}
			_, problems := p.ReadDataSource("prosa_webhook_events", nil)
			return problems
		}},
		{name: "a key in the argument that is not known", say: withKey("wrong", `{"status":"auth_unauthorized","message":"Unauthorized"}`, http.StatusUnauthorized)},
		{name: "a key in the argument that may not do it", say: withKey("others", `{"status":"forbidden","message":"Forbidden"}`, http.StatusForbidden)},
		{name: "a request before the provider is configured", say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
			_, problems := e.Provider().ReadDataSource("prosa_webhook_endpoints", nil)
			return problems
		}},
		{name: "a request while api_key is unknown", say: withUnknown(acctest.Object{"api_key": acctest.Unknown}, func(t *testing.T, p *acctest.Provider) acctest.Diagnostics {
			_, problems := p.ReadDataSource("prosa_webhook_endpoints", nil)
			return problems
		})},
		{name: "an import by URL while base_url and headers are unknown", say: withUnknown(acctest.Object{"base_url": acctest.Unknown, "headers": acctest.Object{"a": acctest.Unknown}}, func(t *testing.T, p *acctest.Provider) acctest.Diagnostics {
			_, problems := p.Import(endpointType, hook)
			return problems
		})},
		{name: "an action while three arguments are unknown", say: withUnknown(acctest.Object{
			"request_timeout": acctest.Unknown, "max_retries": acctest.Unknown, "requests_per_second": acctest.Unknown,
		}, func(t *testing.T, p *acctest.Provider) acctest.Diagnostics {
			return told(p.InvokeAction(t.Context(), replayFailedAction, acctest.Object{"endpoint_id": noSuchID}))
		})},
	}
	for _, bad := range badSettings() {
		if bad.argument != nil {
			config := acctest.Object{bad.name: bad.argument}
			all = append(all, situation{name: "provider " + argumentsText(config), say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
				return e.Provider().ValidateProvider(config)
			}})
		}
		if variable := "PROSA_" + strings.ToUpper(bad.name); bad.variable != "" {
			all = append(all, situation{name: variable + " " + argumentsText(acctest.Object{"": bad.variable}), say: func(_ *testing.T, e *acctest.Env) acctest.Diagnostics {
				e.Vars[variable] = bad.variable
				return e.Provider().Configure(nil)
			}})
		}
	}
	return all
}

// withKey asks with a key from the configuration.
func withKey(key, answer string, status int) func(*testing.T, *acctest.Env) acctest.Diagnostics {
	return func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
		e.Sandbox.Inject(sandbox.Fault{Status: status, Body: answer})
		p := e.Provider()
		p.Configure(acctest.Object{"api_key": key}).ExpectNone(t)
		_, problems := p.ReadDataSource("prosa_webhook_endpoints", nil)
		return problems
	}
}

// withUnknown asks a provider that knows only a part of its configuration.
func withUnknown(config acctest.Object, ask func(*testing.T, *acctest.Provider) acctest.Diagnostics) func(*testing.T, *acctest.Env) acctest.Diagnostics {
	return func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
		p := e.Provider()
		p.Configure(config).ExpectNone(t)
		return ask(t, p)
	}
}
