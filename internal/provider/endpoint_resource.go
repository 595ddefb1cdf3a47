package provider

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

type endpointResource struct{ resourceBase }

var (
	_ resource.ResourceWithIdentity    = (*endpointResource)(nil)
	_ resource.ResourceWithImportState = (*endpointResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*endpointResource)(nil)
)

func newEndpointResource() resource.Resource { return &endpointResource{} }

type endpointIdentity struct {
	ID types.String `tfsdk:"id"`
}

func (r *endpointResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_endpoint"
	// After a move, OpenTofu 1.12 passes the identity of the other provider's resource, which Read then replaces.
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *endpointResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config endpointModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	params := plan.params(ctx, &resp.Diagnostics)
	client, ok := r.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	key, at := plan.SecretKey.ValueString(), endpointAttributes
	if !config.SecretKeyWO.IsNull() {
		key, at = config.SecretKeyWO.ValueString(), maps.Clone(endpointAttributes)
		at["secret_key"] = path.Root("secret_key_wo")
	}
	created, err := client.CreateEndpoint(ctx, params, key)
	if err != nil {
		r.failCreate(&resp.Diagnostics, params.URL, err, at)
		return
	}
	plan.finishWrite(ctx, created, resp.Private, &resp.Diagnostics)
	plan.refreshSecrets(created.Secrets)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, endpointIdentity{ID: plan.ID})...)
	resp.Diagnostics.Append(r.rememberAccount(ctx, nil, resp.Private)...)
	if plan.StoreSecrets.ValueBool() && created.Secrets == nil {
		if err := plan.readSecrets(ctx, client); err != nil {
			r.warnNoSecrets(&resp.Diagnostics, err)
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	}
}

// failCreate reports a create that failed, or that may have taken effect.
func (r *endpointResource) failCreate(diags *diag.Diagnostics, url string, err error, at attributes) {
	const summary = "Unable to create the webhook endpoint"
	e := prosa.As(err)
	if e == nil || !e.Undecided {
		r.fail(diags, summary, err, at)
		return
	}
	found := "The provider checked whether the request took effect, but could not tell."
	if len(e.Candidates) > 0 {
		found = fmt.Sprintf("The API lists new endpoints, one of which could be it: %s.", strings.Join(e.Candidates, ", "))
	}
	diags.AddError(summary, fmt.Sprintf("%s.\n\nProsa may have created it nevertheless. %s The provider does not retry, to avoid a duplicate.\n\n"+
		"Search for an endpoint with the URL %s, for example with the data source prosa_webhook_endpoints. If it exists, import it before the next apply:\n\n"+
		"  terraform import prosa_webhook_endpoint.NAME %s\n\n"+
		"(Replace NAME with the name of this resource. If several endpoints have the URL, use the id instead.) If no such endpoint appears within a few minutes, apply again.",
		describeFailure(e), found, url, shellQuote(url)))
}

// readSecrets reads only the keys: the rest of the model is up to date.
func (m *endpointModel) readSecrets(ctx context.Context, client *prosa.Client) error {
	e, err := client.GetEndpoint(ctx, m.ID.ValueString())
	m.refreshSecrets(e.Secrets)
	return err
}

// warnNoSecrets warns that the keys could not be read. This is not an error, because the next refresh reads them.
func (r *endpointResource) warnNoSecrets(diags *diag.Diagnostics, err error) {
	diags.AddAttributeWarning(path.Root("secrets"), "Signing keys are not in the state yet",
		fmt.Sprintf("The endpoint is up to date, but its keys could not be read: %s.\n\n%sThe next plan or apply reads them.", err, r.adviceOn(err)))
}

func (r *endpointResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state endpointModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, endpointIdentity{ID: state.ID})...)
	client, ok := r.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	client.Hide(state.keys()...)
	before := state
	if state.StoreSecrets.IsNull() { // after an import
		state.StoreSecrets = types.BoolValue(false)
	}
	read := client.LookupEndpoint
	if state.StoreSecrets.ValueBool() {
		read = client.ReadEndpoint
	}
	e, err := read(ctx, state.ID.ValueString())
	if err != nil {
		r.failRead(ctx, &before, err, req, resp)
		return
	}
	state.refresh(e)
	resp.Diagnostics.Append(state.keepURL(ctx, before.URL, req.Private)...)
	state.refreshSecrets(e.Secrets)
	resp.Diagnostics.Append(r.rememberAccount(ctx, req.Private, resp.Private)...)
	if !sameValues(&state, &before) { // State.Set costs more CPU time than everything else here
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// failRead removes a deleted endpoint from state. If the endpoint was just imported or moved, that is an error instead.
func (r *endpointResource) failRead(ctx context.Context, state *endpointModel, err error, req resource.ReadRequest, resp *resource.ReadResponse) {
	switch {
	case state.URL.IsNull() && isNoSuchID(err):
		how := importForms("prosa_webhook_endpoint")
		if mark, _ := req.Private.GetKey(ctx, importedKey); string(mark) == movedMark {
			how = adviceForDeletedMove
		}
		r.failImport(&resp.Diagnostics, state.ID.ValueString(), how)
	case prosa.IsEndpointDeleted(err):
		if r.reportDeleted(ctx, req.Private, "prosa_webhook_endpoint", state.displayName(), &resp.Diagnostics) {
			resp.State.RemoveResource(ctx)
		}
	default:
		r.fail(&resp.Diagnostics, "Unable to read the webhook endpoint", err, nil)
	}
}

func (r *endpointResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config endpointModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	params, before := plan.params(ctx, &resp.Diagnostics), state.params(ctx, &resp.Diagnostics)
	client, ok := r.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	client.Hide(append(state.keys(), config.keys()...)...)
	if !reflect.DeepEqual(params, before) {
		e, err := client.UpdateEndpoint(ctx, state.ID.ValueString(), params)
		if err != nil {
			r.failUpdate(ctx, req.Private, state.displayName(), err, &resp.Diagnostics)
			return
		}
		plan.finishWrite(ctx, e, resp.Private, &resp.Diagnostics)
		resp.Diagnostics.Append(r.rememberAccount(ctx, req.Private, resp.Private)...)
	}
	if plan.Secrets.IsUnknown() {
		err := plan.readSecrets(ctx, client)
		switch {
		case prosa.IsEndpointDeleted(err):
			r.failUpdate(ctx, req.Private, state.displayName(), err, &resp.Diagnostics)
			return
		case err != nil:
			r.warnNoSecrets(&resp.Diagnostics, err)
		default:
			resp.Diagnostics.Append(r.rememberAccount(ctx, req.Private, resp.Private)...)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, endpointIdentity{ID: plan.ID})...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, nil)...)
}

func (r *endpointResource) failUpdate(ctx context.Context, private privateState, displayName string, err error, diags *diag.Diagnostics) {
	if !prosa.IsEndpointDeleted(err) {
		r.fail(diags, "Unable to update the webhook endpoint", err, endpointAttributes)
		return
	}
	// The plan may have been saved with the key of another account.
	if !r.failIfOtherAccount(ctx, private, "prosa_webhook_endpoint", displayName, diags) {
		diags.AddError("Unable to update the webhook endpoint",
			"The endpoint was deleted outside of this configuration after the plan was made.\n\nPlan again. The new plan re-creates it.")
	}
}

func (r *endpointResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state endpointModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	client.Hide(state.keys()...)
	err := client.DeleteEndpoint(ctx, state.ID.ValueString())
	switch {
	case prosa.IsEndpointDeleted(err):
		r.failIfOtherAccount(ctx, req.Private, "prosa_webhook_endpoint", state.displayName(), &resp.Diagnostics)
	case err != nil:
		r.fail(&resp.Diagnostics, "Unable to delete the webhook endpoint", err, nil)
	}
}

func (r *endpointResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := r.importID(ctx, "prosa_webhook_endpoint", req, path.Root("id"), &resp.Diagnostics)
	if !ok {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, endpointIdentity{ID: types.StringValue(id)})...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte(importedMark))...)
}
