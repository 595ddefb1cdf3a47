package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

// BenchmarkRefresh measures the provider's share of a refresh: no CLI, no process, no network.
func BenchmarkRefresh(b *testing.B) {
	for _, n := range []int{1, 100, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			account := newBenchAccount(b, n)
			measureEach(b, n, account, func(p *plugin, id int) { p.read(account.states[id]) })
		})
	}
}

// BenchmarkPlan measures the provider's share of a plan without changes: all calls of the CLI for each endpoint.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{1, 100, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			account := newBenchAccount(b, n)
			measureEach(b, n, account, func(p *plugin, id int) {
				p.validate(account.configs[id])
				p.upgrade(account.stored[id])
				p.read(account.states[id])
				p.plan(account.states[id], account.configs[id])
			})
		})
	}
}

// measureEach calls one for each of n endpoints of a new provider, and reports time and allocations for each endpoint.
func measureEach(b *testing.B, n int, account *benchAccount, one func(p *plugin, id int)) {
	b.Helper()
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		p := account.startWith(b, account)
		for id := range n {
			one(p, id)
		}
	}
	runtime.ReadMemStats(&after)
	each := float64(b.N) * float64(n)
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/each, "allocs/endpoint")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/each, "µs/endpoint")
}

// benchAccount is an account with n endpoints, as an API, in a configuration and in a state.
type benchAccount struct {
	listing string
	empty   *tfprotov6.DynamicValue // a provider block without arguments
	configs []*tfprotov6.DynamicValue
	states  []*tfprotov6.DynamicValue
	stored  []*tfprotov6.RawState
}

func newBenchAccount(b testing.TB, n int) *benchAccount {
	b.Helper()
	schemas, err := benchServer(nil).GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		b.Fatal(err)
	}
	typ := schemas.ResourceSchemas[endpointType].ValueType()
	a := &benchAccount{empty: attributesOf(b, schemas.Provider.ValueType(), nil)}
	var listed []map[string]any
	for i := range n {
		id, url := fmt.Sprintf("00000000-0000-4000-8000-%012d", i), fmt.Sprintf("https://example.com/hooks/%d", i)
		listed = append(listed, map[string]any{"id": id, "url": url, "event_filters": []string{}, "ssl_verification": true})
		a.configs = append(a.configs, attributesOf(b, typ, map[string]any{"url": url}))
		state := map[string]any{"id": id, "url": url, "event_filters": []tftypes.Value{}, "ssl_verification": true, "store_secrets": false}
		a.states = append(a.states, attributesOf(b, typ, state))
		state["event_filters"] = []string{}
		a.stored = append(a.stored, &tfprotov6.RawState{JSON: asJSON(b, state)})
	}
	a.listing = string(asJSON(b, listed))
	return a
}

// RoundTrip responds to every request with the listing.
func (a *benchAccount) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.listing)), Request: r}, nil
}

// startWith returns a configured provider that uses a transport.
func (a *benchAccount) startWith(b testing.TB, api http.RoundTripper) *plugin {
	b.Helper()
	p := &plugin{b: b, server: benchServer(func(c *prosa.Config) { c.Transport = api })}
	answer, err := p.server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{Config: a.empty})
	p.check(err, answer.Diagnostics)
	return p
}

func benchServer(change func(*prosa.Config)) tfprotov6.ProviderServer {
	settings := map[string]string{"PROSA_API_KEY": "an-api-key", "PROSA_BASE_URL": "https://api.example.com"}
	return provider.NewServer(provider.NewWith("test", provider.Options{
		Getenv: func(name string) string { return settings[name] },
		Client: change,
	}), false)
}

// plugin calls a provider as a CLI does. Any diagnostic fails the benchmark.
type plugin struct {
	b      testing.TB
	server tfprotov6.ProviderServer
}

func (p *plugin) check(err error, problems []*tfprotov6.Diagnostic) {
	if err != nil || len(problems) > 0 {
		p.b.Helper()
		p.b.Fatal(err, problems)
	}
}

func (p *plugin) validate(config *tfprotov6.DynamicValue) {
	answer, err := p.server.ValidateResourceConfig(context.Background(), &tfprotov6.ValidateResourceConfigRequest{TypeName: endpointType, Config: config})
	p.check(err, answer.Diagnostics)
}

func (p *plugin) upgrade(stored *tfprotov6.RawState) {
	answer, err := p.server.UpgradeResourceState(context.Background(), &tfprotov6.UpgradeResourceStateRequest{TypeName: endpointType, RawState: stored})
	p.check(err, answer.Diagnostics)
}

func (p *plugin) read(state *tfprotov6.DynamicValue) {
	answer, err := p.server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{TypeName: endpointType, CurrentState: state})
	p.check(err, answer.Diagnostics)
}

func (p *plugin) plan(state, config *tfprotov6.DynamicValue) {
	answer, err := p.server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: endpointType, PriorState: state, ProposedNewState: state, Config: config,
	})
	p.check(err, answer.Diagnostics)
	if len(answer.PlannedState.MsgPack) != len(state.MsgPack) {
		p.b.Fatal("a plan without changes has changes")
	}
}

// attributesOf returns an object with these attributes; the others are null.
func attributesOf(b testing.TB, typ tftypes.Type, given map[string]any) *tfprotov6.DynamicValue {
	b.Helper()
	values := map[string]tftypes.Value{}
	for name, attribute := range typ.(tftypes.Object).AttributeTypes {
		values[name] = tftypes.NewValue(attribute, given[name])
	}
	dynamic, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, values))
	if err != nil {
		b.Fatal(err)
	}
	return &dynamic
}

func asJSON(b testing.TB, value any) []byte {
	b.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		b.Fatal(err)
	}
	return text
}
