package provider

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// accountKey is where private state holds a hash of the base URL and the API key that last found an object.
const accountKey = "account"

type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateStateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// rememberAccount stores the account that an object was seen in. If the account is the same, it writes nothing, so that a
// refresh without changes does not change private state.
func (d *providerData) rememberAccount(ctx context.Context, from privateState, to privateStateWriter) (diags diag.Diagnostics) {
	account := strconv.Quote(d.client.Account())
	if from != nil {
		seen, more := from.GetKey(ctx, accountKey)
		if diags.Append(more...); diags.HasError() || string(seen) == account {
			return diags
		}
	}
	diags.Append(to.SetKey(ctx, accountKey, []byte(account))...)
	return diags
}

// failIfOtherAccount adds an error and returns true if an endpoint that the API does not find was last seen with another API
// key or base URL. Most likely, the endpoint still exists in the other account.
func (d *providerData) failIfOtherAccount(ctx context.Context, private privateState, resourceType, displayName string, diags *diag.Diagnostics) bool {
	seen, more := private.GetKey(ctx, accountKey)
	diags.Append(more...)
	if seen == nil || string(seen) == strconv.Quote(d.client.Account()) {
		return false
	}
	diags.AddError("Webhook endpoint is not in this account",
		fmt.Sprintf("The API does not find the webhook endpoint %s, and the API key or the base URL has changed since the endpoint was last seen. The API key came from %s. The base URL is %s.\n\n"+
			"Most often, the key belongs to another account: speech-to-text and text-to-speech have different keys, and a pipeline can use the wrong secret. The provider changed nothing.\n\n"+
			"Use the API key and the base URL of the account that has the endpoint. If the endpoint really was deleted, remove it from the state and plan again:\n\n"+
			"  terraform state rm %s.NAME", displayName, d.keySource, d.client.BaseURL(), resourceType))
	return true
}

// reportDeleted reports an endpoint that the API does not find. It returns true if the caller may remove the resource from state.
func (d *providerData) reportDeleted(ctx context.Context, private privateState, resourceType, displayName string, diags *diag.Diagnostics) bool {
	if d.failIfOtherAccount(ctx, private, resourceType, displayName, diags) || diags.HasError() {
		return false
	}
	diags.AddWarning("Webhook endpoint is deleted",
		fmt.Sprintf("The API no longer finds the webhook endpoint %s. It was deleted outside of this configuration, or the API key, which came from %s, belongs to another account.\n\n"+
			"The provider removes the resource from state. The plan shows whether Terraform creates it again.", displayName, d.keySource))
	return true
}
