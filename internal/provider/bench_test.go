package provider_test

import (
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

// BenchmarkPlan measures the provider's share of a plan without changes: all calls of the CLI for each endpoint, without
// the CLI, a process or the network. It reports time and allocations for each endpoint.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{1, 100, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			account := newBenchAccount(b, n)
			b.ReportAllocs()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				server := account.configured(b)
				for i := range n {
					account.planWithoutChanges(b, server, i)
				}
			}
			runtime.ReadMemStats(&after)
			endpoints := float64(b.N) * float64(n)
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/endpoints, "allocs/endpoint")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/endpoints, "µs/endpoint")
		})
	}
}

// benchAccount is an account with n endpoints, as an API, in a configuration and in a state.
type benchAccount struct {
	listing string
	empty   *tfprotov6.DynamicValue // a provider block without arguments
	configs []*tfprotov6.DynamicValue
	states  []*tfprotov6.DynamicValue
	stored  []*tfprotov6.RawState
}

func newBenchAccount(b *testing.B, n int) *benchAccount {
	b.Helper()
	schemas, err := benchServer(nil).GetProviderSchema(b.Context(), &tfprotov6.GetProviderSchemaRequest{})
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

// configured returns a configured provider of this account.
func (a *benchAccount) configured(b *testing.B) tfprotov6.ProviderServer {
	b.Helper()
	server := benchServer(func(c *prosa.Config) { c.Transport = a })
	response, err := server.ConfigureProvider(b.Context(), &tfprotov6.ConfigureProviderRequest{Config: a.empty})
	failOn(b, err, response.Diagnostics)
	return server
}

func benchServer(change func(*prosa.Config)) tfprotov6.ProviderServer {
	settings := map[string]string{"PROSA_API_KEY": "an-api-key", "PROSA_BASE_URL": "https://api.example.com"}
	return provider.NewServer(provider.NewWith("test", provider.Options{
		Getenv: func(name string) string { return settings[name] },
		Client: change,
	}), false)
}

// planWithoutChanges calls the provider as the CLI does for endpoint i.
func (a *benchAccount) planWithoutChanges(b *testing.B, server tfprotov6.ProviderServer, i int) {
	b.Helper()
	ctx, config, state := b.Context(), a.configs[i], a.states[i]
	validated, err := server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: endpointType, Config: config})
	failOn(b, err, validated.Diagnostics)
	upgraded, err := server.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: endpointType, RawState: a.stored[i]})
	failOn(b, err, upgraded.Diagnostics)
	read, err := server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: endpointType, CurrentState: state})
	failOn(b, err, read.Diagnostics)
	planned, err := server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: endpointType, PriorState: state, ProposedNewState: state, Config: config,
	})
	failOn(b, err, planned.Diagnostics)
	if len(planned.PlannedState.MsgPack) != len(state.MsgPack) {
		b.Fatal("a plan without changes has changes")
	}
}

func failOn(b *testing.B, err error, problems []*tfprotov6.Diagnostic) {
	b.Helper()
	if err != nil || len(problems) > 0 {
		b.Fatal(err, problems)
	}
}

// attributesOf returns an object with these attributes; the others are null.
func attributesOf(b *testing.B, typ tftypes.Type, given map[string]any) *tfprotov6.DynamicValue {
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

func asJSON(b *testing.B, value any) []byte {
	b.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		b.Fatal(err)
	}
	return text
}
