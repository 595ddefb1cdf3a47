package provider

import (
	"context"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// accountKey is the key in private state of the account that an object was last seen in.
const accountKey = "account"

type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateStateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// rememberAccount stores the account that an object was seen in. It writes nothing if the account is the same, so that a
// refresh without changes leaves private state alone.
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

// inAnotherAccount says whether an object was last seen with another API key or base URL. If so, an endpoint that seems
// deleted is most likely in the other account.
func (d *providerData) inAnotherAccount(ctx context.Context, private privateState, diags *diag.Diagnostics) bool {
	seen, more := private.GetKey(ctx, accountKey)
	diags.Append(more...)
	return seen != nil && string(seen) != strconv.Quote(d.client.Account())
}

// isDeleted reports an endpoint that the API does not find. It returns true if the resource may be removed from state.
// shown names the endpoint in the message.
func (d *providerData) isDeleted(ctx context.Context, private privateState, resourceType, shown string, diags *diag.Diagnostics) bool {
	if d.inAnotherAccount(ctx, private, diags) {
		d.failAccount(resourceType, shown, diags)
		return false
	}
	if diags.HasError() {
		return false
	}
	diags.AddWarning("Webhook endpoint is deleted",
		fmt.Sprintf("The API no longer has the webhook endpoint %s. It was deleted outside of this configuration, or the API key, which came from %s, belongs to another account.\n\n"+
			"The provider removes the resource from state. The plan shows whether the configuration re-creates it.", shown, d.keySource))
	return true
}

func (d *providerData) failAccount(resourceType, shown string, diags *diag.Diagnostics) {
	diags.AddError("Webhook endpoint is not in this account",
		fmt.Sprintf("The API does not find the webhook endpoint %s, and the API key or the base URL has changed since the endpoint was last seen. The key came from %s, the base URL is %s.\n\n"+
			"Most often this is the key of another account: speech-to-text and text-to-speech have different keys, and a pipeline can use the wrong secret. Nothing is planned.\n\n"+
			"Use the API key and the base URL of the account that has the endpoint. If the endpoint really was deleted, remove it from the state and plan again:\n\n"+
			"  terraform state rm %s.NAME", shown, d.keySource, d.client.BaseURL(), resourceType))
}
