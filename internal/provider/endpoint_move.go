package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

var _ resource.ResourceWithMoveState = (*endpointResource)(nil)

// MoveState moves endpoints from generic REST providers, without a request. It keeps only the id, and none of the keys that
// the other provider stored: the refresh after the move reads the rest.
func (r *endpointResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{
		{StateMover: moveFrom("restapi_object", "mastercard/restapi", func(id string) string { return id })},
		{StateMover: moveFrom("restful_resource", "magodo/restful", lastSegment)},
	}
}

// moveFrom returns a mover from a resource type of another provider. idOf turns that resource's id into an endpoint's id.
func moveFrom(typeName, provider string, idOf func(string) string) func(context.Context, resource.MoveStateRequest, *resource.MoveStateResponse) {
	return func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		if req.SourceTypeName != typeName || !isProvider(req.SourceProviderAddress, provider) {
			return
		}
		var source map[string]any
		if req.SourceRawState == nil || json.Unmarshal(req.SourceRawState.JSON, &source) != nil {
			resp.Diagnostics.AddError("Unable to move the state", fmt.Sprintf("The state of the %s cannot be read.\n\n%s", typeName, importInstead))
			return
		}
		given, _ := source["id"].(string)
		id := idOf(given)
		if !isID(id) || !containsURL(source) {
			resp.Diagnostics.AddError("Not a webhook endpoint", fmt.Sprintf("This %s, with the id %q, is not one of Prosa's webhook endpoints, which have an id and a URL.\n\nMove only endpoints to prosa_webhook_endpoint. %s", typeName, given, importInstead))
			return
		}
		target := endpointModel{ID: types.StringValue(id), EventFilters: types.SetNull(types.StringType), Secrets: types.ListNull(secretType)}
		resp.Diagnostics.Append(resp.TargetState.Set(ctx, &target)...)
		if resp.TargetIdentity != nil {
			resp.Diagnostics.Append(resp.TargetIdentity.Set(ctx, endpointIdentity{ID: target.ID})...)
		}
		resp.Diagnostics.Append(resp.TargetPrivate.SetKey(ctx, importedKey, []byte(movedMark))...)
	}
}

const importInstead = "To manage an endpoint without a moved block, remove it from the state with terraform state rm, which does not delete the endpoint. Then import it by its URL:\n\n" +
	"  terraform import prosa_webhook_endpoint.NAME https://example.com/prosa-webhook"

const adviceForDeletedMove = "If the endpoint was deleted, remove the moved block from the configuration, and remove the object at its \"from\" address from the state with terraform state rm. The next apply creates a new endpoint."

// isProvider says whether an address is that of a provider. OpenTofu up to 1.12.3 passes the bare name as the address.
func isProvider(address, provider string) bool {
	_, name, _ := strings.Cut(provider, "/")
	return address == name || strings.HasSuffix(strings.ToLower(address), "/"+provider)
}

// lastSegment returns the id at the end of an endpoint's path or URL; empty for the path of the listing.
func lastSegment(location string) string {
	if parsed, err := url.Parse(location); err == nil {
		location = parsed.EscapedPath() // without a query
	}
	location = strings.TrimRight(location, "/")
	segment := location[strings.LastIndex(location, "/")+1:]
	id, err := url.PathUnescape(segment)
	if err != nil || id == "endpoints" || id == "webhooks" {
		return ""
	}
	return id
}

// containsURL reports whether the state of another provider's resource contains a callback URL as "url". A string in the
// state may contain JSON.
func containsURL(value any) bool {
	switch value := value.(type) {
	case string:
		var object map[string]any
		return strings.HasPrefix(strings.TrimSpace(value), "{") && json.Unmarshal([]byte(value), &object) == nil && containsURL(object)
	case map[string]any:
		if text, ok := value["url"].(string); ok {
			if _, err := prosa.ParseEndpointURL(text); err == nil {
				return true
			}
		}
		return slices.ContainsFunc(slices.Collect(maps.Values(value)), containsURL)
	}
	return false
}
