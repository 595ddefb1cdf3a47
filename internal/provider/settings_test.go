package provider

import (
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

func TestSettingsRead(t *testing.T) {
	t.Parallel()
	headers := types.MapValueMust(types.StringType, map[string]attr.Value{"X-A": types.StringValue("1")})
	everyVariable := map[string]string{
		"PROSA_API_KEY": "env", "PROSA_BASE_URL": "https://env.example/v2", "PROSA_REQUEST_TIMEOUT": "1m30s",
		"PROSA_MAX_RETRIES": "0", "PROSA_REQUESTS_PER_SECOND": "0.5", "PROSA_HEADERS": "not a variable",
	}
	for name, c := range map[string]struct {
		model     providerModel
		variables map[string]string
		want      prosa.Config
		unknown   []string
		keySource string
	}{
		"defaults": {
			model: providerModel{Headers: types.MapNull(types.StringType)},
			want:  prosa.Config{BaseURL: "https://api.prosa.ai/v2/speech", MaxRetries: 4},
		},
		"variables instead of an empty key": {
			model:     providerModel{APIKey: types.StringValue(""), Headers: types.MapNull(types.StringType)},
			variables: everyVariable,
			want:      prosa.Config{APIKey: "env", BaseURL: "https://env.example/v2", RequestTimeout: 90 * time.Second, RequestsPerSecond: 0.5},
			keySource: "the environment variable PROSA_API_KEY",
		},
		"arguments before variables": {
			model: providerModel{
				APIKey: types.StringValue("argument"), BaseURL: types.StringValue("http://127.0.0.1:8080/"), Headers: headers,
				RequestTimeout: types.StringValue("250ms"), MaxRetries: types.NumberValue(big.NewFloat(7)), RequestsPerSecond: types.Float64Value(12),
			},
			variables: everyVariable,
			want: prosa.Config{
				APIKey: "argument", BaseURL: "http://127.0.0.1:8080/", Headers: map[string]string{"X-A": "1"},
				RequestTimeout: 250 * time.Millisecond, MaxRetries: 7, RequestsPerSecond: 12,
			},
			keySource: `the provider's argument "api_key"`,
		},
		"unknown arguments before variables": {
			model: providerModel{
				APIKey: types.StringUnknown(), BaseURL: types.StringUnknown(), Headers: types.MapUnknown(types.StringType),
				RequestTimeout: types.StringUnknown(), MaxRetries: types.NumberUnknown(), RequestsPerSecond: types.Float64Unknown(),
			},
			variables: everyVariable,
			want:      prosa.Config{BaseURL: "https://api.prosa.ai/v2/speech", MaxRetries: 4},
			unknown:   []string{"api_key", "base_url", "headers", "request_timeout", "max_retries", "requests_per_second"},
		},
	} {
		s := settings{model: c.model, getenv: func(name string) string { return c.variables[name] }}
		s.read(t.Context())
		if len(s.config.Headers) == 0 {
			s.config.Headers = nil
		}
		if s.diags.HasError() || !reflect.DeepEqual(s.config, c.want) || !reflect.DeepEqual(s.unknown, c.unknown) || s.keySource != c.keySource {
			t.Errorf("%s: got %+v, unknown %q, key from %s, problems %v", name, s.config, s.unknown, s.keySource, s.diags)
		}
	}
}
