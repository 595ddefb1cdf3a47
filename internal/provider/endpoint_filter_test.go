package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// TestFilterThatWasNotValidated has a caller that leaves validation out.
func TestFilterThatWasNotValidated(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	found := endpointFilter{URLRegex: types.StringValue("(")}.selected([]prosa.Endpoint{{URL: "https://example.com/("}}, &diags)
	if len(found) > 0 || len(diags) != 1 || !diags[0].(diag.DiagnosticWithPath).Path().Equal(path.Root("url_regex")) {
		t.Errorf("found %v, diagnostics %v", found, diags)
	}
}
