package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ resource.ResourceWithMoveState = (*endpointResource)(nil)

// foreignState is what the generic REST providers keep of an object that matters here.
type foreignState struct {
	ID   string `json:"id"`
	Path string `json:"path"`
}

// MoveState takes endpoints over from generic REST providers, without a request: the refresh that follows asks for
// everything but the id. What they kept of the endpoint, keys included, is left behind.
func (r *endpointResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{
		{StateMover: moveFrom("restapi_object", "mastercard/restapi", func(s foreignState) (string, string) {
			return s.Path, s.ID
		})},
		{StateMover: moveFrom("restful_resource", "magodo/restful", func(s foreignState) (string, string) {
			return path.Split(strings.TrimRight(pathOf(s.ID), "/"))
		})},
	}
}

// moveFrom makes the mover for one type of resource; split gives the path of the collection and the id in it.
func moveFrom(typeName, provider string, split func(foreignState) (collection, id string)) func(context.Context, resource.MoveStateRequest, *resource.MoveStateResponse) {
	return func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		if req.SourceTypeName != typeName || !strings.HasSuffix(strings.ToLower(req.SourceProviderAddress), "/"+provider) {
			return
		}
		var source foreignState
		if req.SourceRawState == nil || json.Unmarshal(req.SourceRawState.JSON, &source) != nil {
			resp.Diagnostics.AddError("Unable to move the state", fmt.Sprintf("The state of the %s cannot be read.\n\nRemove it from the state with terraform state rm (nothing is deleted by that), and import the endpoint by its URL:\n\n"+
				"  terraform import prosa_webhook_endpoint.NAME https://example.com/prosa-webhook", typeName))
			return
		}
		collection, id := split(source)
		if !isCollection(collection) || !isUUID(id) {
			resp.Diagnostics.AddError("Not a webhook endpoint", fmt.Sprintf("This %s has the path %q and the id %q, which is not one of Prosa's webhook endpoints: those are at …/webhooks/endpoints, and their ids are UUIDs.\n\n"+
				"Only move endpoints to prosa_webhook_endpoint. If it is one, reached by another path, remove it from the state with terraform state rm (nothing is deleted by that) and import it by its URL:\n\n"+
				"  terraform import prosa_webhook_endpoint.NAME https://example.com/prosa-webhook", typeName, source.Path, source.ID))
			return
		}
		target := endpointModel{
			ID:           types.StringValue(strings.ToLower(id)),
			EventFilters: types.SetNull(types.StringType),
			Secrets:      types.ListNull(secretType),
		}
		resp.Diagnostics.Append(resp.TargetState.Set(ctx, &target)...)
		if resp.TargetIdentity != nil {
			resp.Diagnostics.Append(resp.TargetIdentity.Set(ctx, endpointIdentity{ID: target.ID})...)
		}
		resp.Diagnostics.Append(resp.TargetPrivate.SetKey(ctx, importedKey, []byte(importedMark))...)
	}
}

// isCollection says whether a path, or a whole URL, is that of the webhook endpoints.
func isCollection(collection string) bool {
	return strings.HasSuffix("/"+strings.Trim(pathOf(collection), "/"), "/webhooks/endpoints")
}

// pathOf leaves out what a path may carry along: a host before it, a query behind it.
func pathOf(place string) string {
	parsed, err := url.Parse(place)
	if err != nil {
		return place
	}
	return parsed.Path
}
