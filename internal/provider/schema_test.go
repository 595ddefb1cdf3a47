package provider_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/prosa-ai/terraform-provider-prosa/internal/provider"
)

// TestSensitiveAttributes lists all attributes whose values the CLI hides.
func TestSensitiveAttributes(t *testing.T) {
	t.Parallel()
	schemas, err := provider.NewServer(provider.New("test"), false).GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	got := sensitiveIn("provider.", schemas.Provider.Block.Attributes)
	for name, schema := range schemas.ResourceSchemas {
		got = append(got, sensitiveIn("resource "+name+".", schema.Block.Attributes)...)
	}
	for name, schema := range schemas.DataSourceSchemas {
		got = append(got, sensitiveIn("data "+name+".", schema.Block.Attributes)...)
	}
	for name, schema := range schemas.EphemeralResourceSchemas {
		got = append(got, sensitiveIn("ephemeral "+name+".", schema.Block.Attributes)...)
	}
	slices.Sort(got)
	want := []string{
		"data prosa_webhook_deliveries.deliveries.request_body",
		"data prosa_webhook_deliveries.deliveries.response_body",
		"data prosa_webhook_endpoint.secrets.key",
		"data prosa_webhook_event.data",
		"ephemeral prosa_webhook_endpoint_secrets.current_key",
		"ephemeral prosa_webhook_endpoint_secrets.secrets.key",
		"provider.api_key",
		"provider.headers",
		"resource prosa_webhook_endpoint.secret_key",
		"resource prosa_webhook_endpoint.secret_key_wo",
		"resource prosa_webhook_endpoint.secrets.key",
		"resource prosa_webhook_secret_rotation.secret_key",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the sensitive attributes\n%q\nwant\n%q", got, want)
	}
}

func sensitiveIn(path string, attributes []*tfprotov6.SchemaAttribute) (paths []string) {
	for _, attribute := range attributes {
		if attribute.Sensitive {
			paths = append(paths, path+attribute.Name)
		}
		if nested := attribute.NestedType; nested != nil {
			paths = append(paths, sensitiveIn(path+attribute.Name+".", nested.Attributes)...)
		}
	}
	return paths
}
