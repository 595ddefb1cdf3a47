package provider

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

type rotationResource struct{ resourceBase }

var (
	_ resource.ResourceWithIdentity    = (*rotationResource)(nil)
	_ resource.ResourceWithImportState = (*rotationResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*rotationResource)(nil)
)

func newRotationResource() resource.Resource { return &rotationResource{} }

type rotationIdentity struct {
	EndpointID types.String `tfsdk:"endpoint_id"`
}

func (r *rotationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_secret_rotation"
}

func (r *rotationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan rotationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client, ok := r.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	plan.ID = plan.EndpointID
	if plan.RotateOnCreate.ValueBool() {
		r.rotate(ctx, &plan, nil, r.greatestDeletedVersion.Load(), &resp.Diagnostics)
	} else {
		r.adoptKey(ctx, client, &plan, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, rotationIdentity{EndpointID: plan.ID})...)
	resp.Diagnostics.Append(r.rememberAccount(ctx, nil, resp.Private)...)
}

// rotate adds a new key. due is when the rotation was scheduled; nil if the schedule did not cause it. The new
// secret_version is greater than version.
func (r *rotationResource) rotate(ctx context.Context, m *rotationModel, due *time.Time, version int64, diags *diag.Diagnostics) {
	endpointID := m.EndpointID.ValueString()
	rotation, ok := r.rotateSecret(ctx, endpointID, periodOf(ctx, m.RotationPeriod), fmt.Sprintf(rotationUndecided, shellQuote(endpointID)), diags)
	if ok {
		m.rotated(ctx, rotation, due, version)
	}
}

// rotationUndecided is the advice if the provider cannot tell whether the key was rotated. Its %s is the quoted id of the
// endpoint.
const rotationUndecided = "If there is no new key, apply again, which rotates. If there is a new key, import this resource, which does not rotate again:\n\n" +
	"  terraform state rm prosa_webhook_secret_rotation.NAME\n  terraform import prosa_webhook_secret_rotation.NAME %s\n\n(Replace NAME with the name of this resource. If the resource is not in the state yet, skip the first command.)"

// adoptKey reads the newest key of the endpoint, without a rotation.
func (r *rotationResource) adoptKey(ctx context.Context, client *prosa.Client, m *rotationModel, diags *diag.Diagnostics) {
	e, err := client.GetEndpoint(ctx, m.EndpointID.ValueString())
	if err != nil {
		r.fail(diags, "Unable to read the webhook endpoint", err, rotationAttributes)
		return
	}
	if len(e.Secrets) == 0 {
		failNoKeys(diags, m.EndpointID.ValueString())
		return
	}
	m.adopt(ctx, e.Secrets, r.now(), r.greatestDeletedVersion.Load())
}

func failNoKeys(diags *diag.Diagnostics, endpointID string) {
	diags.AddAttributeError(path.Root("endpoint_id"), "Endpoint without signing keys",
		fmt.Sprintf("The API lists no active signing key for endpoint %s. Create this resource with rotate_on_create = true (the default), which adds one.", endpointID))
}

func (r *rotationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state rotationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, rotationIdentity{EndpointID: state.ID})...)
	client, ok := r.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	client.Hide(state.SecretKey.ValueString())
	e, err := client.ReadEndpoint(ctx, state.ID.ValueString())
	if err != nil {
		r.failRead(ctx, &state, err, req, resp)
		return
	}
	before, now := state, r.now()
	r.lastRead.Store(now.Unix()) // for warnOverdue
	if state.SecretID.IsNull() { // after an import
		if len(e.Secrets) == 0 {
			failNoKeys(&resp.Diagnostics, e.ID)
			return
		}
		state.RotateOnCreate, state.StoreSecrets = types.BoolValue(true), types.BoolValue(false)
		state.adopt(ctx, e.Secrets, now, r.greatestDeletedVersion.Load())
	} else {
		state.refresh(e, now)
	}
	resp.Diagnostics.Append(r.rememberAccount(ctx, req.Private, resp.Private)...)
	if !sameValues(&state, &before) { // State.Set costs more CPU time than everything else here
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// failRead removes the rotation of a deleted endpoint from state. It fails instead if the rotation was just imported, or if
// the endpoint may belong to another account.
func (r *rotationResource) failRead(ctx context.Context, state *rotationModel, err error, req resource.ReadRequest, resp *resource.ReadResponse) {
	switch {
	case state.SecretID.IsNull() && isNoSuchID(err):
		r.failImport(&resp.Diagnostics, state.ID.ValueString(), importForms("prosa_webhook_secret_rotation"))
	case prosa.IsEndpointDeleted(err):
		if r.reportDeleted(ctx, req.Private, "prosa_webhook_secret_rotation", state.EndpointID.ValueString(), &resp.Diagnostics) {
			resp.State.RemoveResource(ctx)
		}
	default:
		r.fail(&resp.Diagnostics, "Unable to read the signing keys of the webhook endpoint", err, nil)
	}
}

func (r *rotationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state rotationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client, ok := r.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	client.Hide(state.SecretKey.ValueString())
	if plan.SecretID.IsUnknown() {
		var due *time.Time
		if at, ok := plan.due(ctx, &state); ok {
			due = &at
		}
		r.rotate(ctx, &plan, due, state.SecretVersion.ValueInt64(), &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
	} else if plan.SecretKey.IsUnknown() {
		r.readKey(ctx, client, &plan, &resp.Diagnostics)
	}
	if plan.NextRotationAt.IsUnknown() {
		plan.reschedule(ctx)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, rotationIdentity{EndpointID: plan.ID})...)
}

// readKey reads the key after store_secrets was turned on. A failure is only a warning, because the next refresh reads the
// key.
func (r *rotationResource) readKey(ctx context.Context, client *prosa.Client, m *rotationModel, diags *diag.Diagnostics) {
	m.SecretKey = types.StringNull()
	if !m.StoreSecrets.ValueBool() {
		return
	}
	e, err := client.GetEndpoint(ctx, m.ID.ValueString())
	for _, s := range e.Secrets {
		if s.ID == m.SecretID.ValueString() {
			m.storeKey(s.Key)
			return
		}
	}
	reason := "The API no longer lists this key."
	if err != nil {
		reason = sentence(err.Error()) + "."
	}
	diags.AddAttributeWarning(path.Root("secret_key"), "Signing key is not in the state",
		fmt.Sprintf("%s\n\n%sThe next plan or apply reads it again. The next rotation stores the new key.", reason, r.adviceOn(err)))
}

// Delete removes only the state; the key stays. It remembers the version, because a resource that replaces this one in the
// same run must have a greater secret_version.
func (r *rotationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var version types.Int64
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("secret_version"), &version)...)
	if r.providerData != nil {
		storeMax(&r.greatestDeletedVersion, version.ValueInt64())
	}
}

// storeMax sets a number to n if it is smaller.
func storeMax(number *atomic.Int64, n int64) {
	for old := number.Load(); old < n && !number.CompareAndSwap(old, n); old = number.Load() {
	}
}

func (r *rotationResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := r.importID(ctx, "prosa_webhook_secret_rotation", req, path.Root("endpoint_id"), &resp.Diagnostics)
	if !ok {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("endpoint_id"), id)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, rotationIdentity{EndpointID: types.StringValue(id)})...)
}
