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

// MoveState moves endpoints from generic REST providers without a request: the refresh that follows reads everything but
// the id. What the other provider stored of the endpoint, keys included, does not move.
func (r *endpointResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{
		{StateMover: moveFrom("restapi_object", "mastercard/restapi", func(id string) string { return id })},
		{StateMover: moveFrom("restful_resource", "magodo/restful", lastSegment)},
	}
}

// moveFrom returns the mover for one type of resource. idOf turns the other provider's id into the id of an endpoint.
func moveFrom(typeName, provider string, idOf func(string) string) func(context.Context, resource.MoveStateRequest, *resource.MoveStateResponse) {
	return func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		if req.SourceTypeName != typeName || !isProvider(req.SourceProviderAddress, provider) {
			return
		}
		var source map[string]any
		if req.SourceRawState == nil || json.Unmarshal(req.SourceRawState.JSON, &source) != nil {
			resp.Diagnostics.AddError("Unable to move the state", fmt.Sprintf("The state of the %s cannot be read.\n\n%s", typeName, insteadOfMoving))
			return
		}
		given, _ := source["id"].(string)
		id := idOf(given)
		if !isID(id) || !holdsURL(source) {
			resp.Diagnostics.AddError("Not a webhook endpoint", fmt.Sprintf("This %s, with the id %q, is not one of Prosa's webhook endpoints: these have an id and a URL.\n\nMove only endpoints to prosa_webhook_endpoint. %s", typeName, given, insteadOfMoving))
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

const insteadOfMoving = "To manage an endpoint without a moved block, remove it from state with terraform state rm, which deletes nothing, and import it by its URL:\n\n" +
	"  terraform import prosa_webhook_endpoint.NAME https://example.com/prosa-webhook"

const moveOfDeleted = "If the endpoint was deleted, remove the moved block from the configuration, and the object that it names from the state with terraform state rm. The next apply creates a new endpoint."

// isProvider compares provider addresses. OpenTofu up to 1.12.3 gives the bare name.
func isProvider(address, provider string) bool {
	_, name, _ := strings.Cut(provider, "/")
	return address == name || strings.HasSuffix(strings.ToLower(address), "/"+provider)
}

// lastSegment returns the id at the end of the path that an endpoint is read from; empty for the path of the listing.
func lastSegment(place string) string {
	if parsed, err := url.Parse(place); err == nil {
		place = parsed.EscapedPath() // without a query
	}
	place = strings.TrimRight(place, "/")
	segment := place[strings.LastIndex(place, "/")+1:]
	id, err := url.PathUnescape(segment)
	if err != nil || id == "endpoints" || id == "webhooks" {
		return ""
	}
	return id
}

// holdsURL searches what another provider stored of an object, which may be JSON in a string, for a "url".
func holdsURL(kept any) bool {
	switch kept := kept.(type) {
	case string:
		var inner map[string]any
		return strings.HasPrefix(strings.TrimSpace(kept), "{") && json.Unmarshal([]byte(kept), &inner) == nil && holdsURL(inner)
	case map[string]any:
		if text, ok := kept["url"].(string); ok {
			if _, err := prosa.ParseEndpointURL(text); err == nil {
				return true
			}
		}
		return slices.ContainsFunc(slices.Collect(maps.Values(kept)), holdsURL)
	}
	return false
}
