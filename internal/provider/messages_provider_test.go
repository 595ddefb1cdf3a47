package provider_test

import (
	"net/http"
	"strings"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func providerMessages() []messageCase {
	configuring := func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics { return e.Provider().Configure(nil) }
	validatingProvider := func(config acctest.Object) run {
		return func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
			return e.Provider().ValidateProvider(config)
		}
	}
	withConfig := func(config acctest.Object, call call) run {
		return func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics {
			p := e.Provider()
			p.Configure(config).ExpectNone(e.T)
			return call(p)
		}
	}
	list := func(p *acctest.Provider) acctest.Diagnostics {
		_, problems := p.ReadDataSource("prosa_webhook_endpoints", nil)
		return problems
	}
	all := []messageCase{
		{name: "no API key", arrange: func(e *acctest.Env) { e.Unsetenv("PROSA_API_KEY") }, run: configuring},
		{name: "the same header twice", run: validatingProvider(acctest.Object{"headers": acctest.Object{"x-a": "1", "X-A": "2"}})},
		{
			name: "client without a base URL",
			arrange: func(e *acctest.Env) {
				e.Client = append(e.Client, func(c *prosa.Config) { c.BaseURL = "" })
			},
			run: configuring,
		},
		{
			name: "client without an API key",
			arrange: func(e *acctest.Env) {
				e.Client = append(e.Client, func(c *prosa.Config) { c.APIKey = "" })
			},
			run: configuring,
		},
		{
			name:    "request after another request's Retry-After of an hour",
			arrange: withFaults(sandbox.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"3600"}}}),
			run: withConfig(nil, func(p *acctest.Provider) acctest.Diagnostics {
				_ = list(p)
				_, problems := p.ReadDataSource("prosa_webhook_events", nil)
				return problems
			}),
		},
		{
			name:    "invalid API key in the argument",
			arrange: withFaults(sandbox.Fault{Status: http.StatusUnauthorized, Body: `{"status":"auth_unauthorized","message":"Unauthorized"}`}),
			run:     withConfig(acctest.Object{"api_key": "wrong"}, list),
		},
		{
			name:    "API key without permission in the argument",
			arrange: withFaults(sandbox.Fault{Status: http.StatusForbidden, Body: `{"status":"forbidden","message":"Forbidden"}`}),
			run:     withConfig(acctest.Object{"api_key": "others"}, list),
		},
		{
			name: "request before the provider is configured",
			run:  func(e *acctest.Env, _ *acctest.State) acctest.Diagnostics { return list(e.Provider()) },
		},
		{name: "request while api_key is unknown", run: withConfig(acctest.Object{"api_key": acctest.Unknown}, list)},
		{
			name: "plan of a create while api_key is unknown",
			run: withConfig(acctest.Object{"api_key": acctest.Unknown}, func(p *acctest.Provider) acctest.Diagnostics {
				_, problems := p.Plan(endpointType, nil, acctest.Object{"url": hook})
				return problems
			}),
		},
		{
			name: "create while request_timeout is unknown",
			run: withConfig(acctest.Object{"request_timeout": acctest.Unknown}, func(p *acctest.Provider) acctest.Diagnostics {
				_, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook})
				return problems
			}),
		},
		{
			name: "import by URL while base_url and headers are unknown",
			run: withConfig(
				acctest.Object{"base_url": acctest.Unknown, "headers": acctest.Object{"a": acctest.Unknown}},
				func(p *acctest.Provider) acctest.Diagnostics {
					_, problems := p.Import(endpointType, hook)
					return problems
				},
			),
		},
		{
			name: "action while three arguments are unknown",
			run: withConfig(
				acctest.Object{"request_timeout": acctest.Unknown, "max_retries": acctest.Unknown, "requests_per_second": acctest.Unknown},
				func(p *acctest.Provider) acctest.Diagnostics {
					config := acctest.Object{"endpoint_id": noSuchID}
					return withProgress(p.InvokeAction(replayFailedAction, config))
				},
			),
		},
	}
	for _, bad := range badSettings() {
		if bad.argument != nil {
			config := acctest.Object{bad.name: bad.argument}
			all = append(all, messageCase{name: "provider " + formatConfig(config), run: validatingProvider(config)})
		}
		if variable := "PROSA_" + strings.ToUpper(bad.name); bad.variable != "" {
			all = append(all, messageCase{
				name:    variable + " " + formatConfig(acctest.Object{"": bad.variable}),
				arrange: func(e *acctest.Env) { e.Setenv(variable, bad.variable) },
				run:     configuring,
			})
		}
	}
	return all
}
