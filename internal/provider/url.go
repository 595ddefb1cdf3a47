package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// sameURL says whether two spellings are the same URL.
func sameURL(a, b types.String) bool {
	return prosa.NormalizeURL(a.ValueString()) == prosa.NormalizeURL(b.ValueString())
}

// keepSpelling plans the URL of the state if the configuration only spells it differently.
type keepSpelling struct{}

func (keepSpelling) Description(context.Context) string {
	return "Another spelling of the same URL is not a change."
}

func (m keepSpelling) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepSpelling) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if known(req.StateValue) && known(req.ConfigValue) && sameURL(req.StateValue, req.ConfigValue) {
		resp.PlanValue = req.StateValue
	}
}

// callbackURL accepts URLs that can be registered, and warns of http.
var callbackURL stringValidator = func(at path.Path, value string, diags *diag.Diagnostics) {
	parsed, err := prosa.ParseEndpointURL(value)
	switch {
	case err != nil:
		diags.AddAttributeError(at, "Invalid "+at.String(),
			fmt.Sprintf("%q cannot be the URL of a webhook endpoint: %s.\n\nUse an absolute https URL, such as https://example.com/prosa-webhook.", value, err))
	case parsed.Scheme == "http":
		diags.AddAttributeWarning(at, "Webhook URL without encryption",
			fmt.Sprintf("Prosa sends transcripts and signatures unencrypted to %q, and may reject the URL. Use http for tests only.", value))
	}
}

// lookupURL accepts URLs of endpoints that may exist.
var lookupURL stringValidator = func(at path.Path, value string, diags *diag.Diagnostics) {
	if _, err := prosa.ParseEndpointURL(value); err != nil {
		diags.AddAttributeError(at, "Invalid "+at.String(),
			fmt.Sprintf("No webhook endpoint can be registered with the URL %q: %s.\n\nUse the whole URL, such as https://example.com/prosa-webhook.", value, err))
	}
}
