package provider

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// importID returns the id of the endpoint to import. The user gives the id, the URL, or an identity with the attribute
// identityID.
func (d *providerData) importID(ctx context.Context, resourceType string, req resource.ImportStateRequest, identityID path.Path, diags *diag.Diagnostics) (string, bool) {
	given, identity := req.ID, types.StringNull()
	if given == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		diags.Append(req.Identity.GetAttribute(ctx, identityID, &identity)...)
		given = identity.ValueString()
	}
	_, err := prosa.ParseEndpointURL(given)
	switch isURL := err == nil; {
	case !isURL && isID(given):
		return given, true
	case !isURL:
		diags.AddError("Invalid import id", fmt.Sprintf("%q is neither the id of an endpoint nor its URL. %s", given, importForms(resourceType)))
		return "", false
	case !identity.IsNull():
		diags.AddError("Invalid import id", fmt.Sprintf("%q is a URL, but an identity must contain the id of an endpoint. To import by the URL, set it as the \"id\" of the import block, without \"identity\".", given))
		return "", false
	}
	client, ok := d.api(diags)
	if !ok {
		return "", false
	}
	found, err := client.FindByURL(ctx, given)
	switch {
	case err != nil:
		d.fail(diags, "Unable to find the webhook endpoint to import", err, nil)
	case len(found) == 0:
		diags.AddError("No such webhook endpoint", fmt.Sprintf("No endpoint is registered with the URL %s.\n\nCheck the URL. Also check that the API key, which came from %s, belongs to the account that has the endpoint: speech-to-text and text-to-speech have different keys.", given, d.keySource))
	case len(found) > 1:
		ids := sortedIDs(found)
		diags.AddError("More than one webhook endpoint", fmt.Sprintf("Several endpoints have the URL %s: %s.\n\nImport one of them by its id:\n\n  terraform import %s.NAME %s",
			given, strings.Join(ids, ", "), resourceType, shellQuote(ids[0])))
	default:
		return found[0].ID, true
	}
	return "", false
}

func sortedIDs(endpoints []prosa.Endpoint) []string {
	ids := make([]string, len(endpoints))
	for i, e := range endpoints {
		ids[i] = e.ID
	}
	slices.Sort(ids)
	return ids
}

// isNoSuchID says whether err means that no endpoint has the id, or that the API rejects the id.
func isNoSuchID(err error) bool {
	e := prosa.As(err)
	return prosa.IsEndpointDeleted(err) || e != nil && e.StatusCode == http.StatusUnprocessableEntity
}

// failImport reports that the endpoint to import or to move does not exist. how says what to do.
func (d *providerData) failImport(diags *diag.Diagnostics, id, how string) {
	diags.AddError("No such webhook endpoint", fmt.Sprintf("There is no endpoint with the id %q.\n\nCheck the id. Also check that the API key, which came from %s, belongs to the account that has the endpoint: speech-to-text and text-to-speech have different keys.\n\n%s",
		id, d.keySource, how))
}

func importForms(resourceType string) string {
	return fmt.Sprintf("Import by the id or by the URL:\n\n"+
		"  terraform import %[1]s.NAME 497f6eca-6276-4993-bfeb-53cbbbba6f08\n"+
		"  terraform import %[1]s.NAME https://example.com/prosa-webhook", resourceType)
}

// shellQuote quotes text as one word of a shell command.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
