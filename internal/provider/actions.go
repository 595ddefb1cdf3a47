package provider

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// actionProgress sends progress to the CLI, which prints it.
func actionProgress(resp *action.InvokeResponse) progressFunc {
	return func(format string, args ...any) {
		resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, args...)})
	}
}

// ModifyPlan validates the arguments again, because Terraform validates an action before it knows the values of variables.
func (b *actionBase) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	validateAction(ctx, req.Config, &resp.Diagnostics)
}

// readActionConfig reads the arguments into model. It validates them again, because some may have been unknown in the plan.
func readActionConfig(ctx context.Context, config tfsdk.Config, model any, diags *diag.Diagnostics) bool {
	diags.Append(config.Get(ctx, model)...)
	validateAction(ctx, config, diags)
	return !diags.HasError()
}

// validateAction runs the schema's validators, and rejects null for required arguments.
func validateAction(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	attributes := config.Schema.GetAttributes()
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		at, isNull := path.Root(name), false
		switch attribute := attributes[name].(type) {
		case interface{ StringValidators() []validator.String }:
			req := validator.StringRequest{Path: at, PathExpression: at.Expression(), Config: config}
			diags.Append(config.GetAttribute(ctx, at, &req.ConfigValue)...)
			isNull = req.ConfigValue.IsNull()
			for _, v := range attribute.StringValidators() {
				var resp validator.StringResponse
				v.ValidateString(ctx, req, &resp)
				diags.Append(resp.Diagnostics...)
			}
		case interface{ ObjectValidators() []validator.Object }:
			req := validator.ObjectRequest{Path: at, PathExpression: at.Expression(), Config: config}
			diags.Append(config.GetAttribute(ctx, at, &req.ConfigValue)...)
			isNull = req.ConfigValue.IsNull()
			for _, v := range attribute.ObjectValidators() {
				var resp validator.ObjectResponse
				v.ValidateObject(ctx, req, &resp)
				diags.Append(resp.Diagnostics...)
			}
		}
		if isNull && attributes[name].IsRequired() {
			diags.AddAttributeError(at, "Invalid "+name, fmt.Sprintf("%q is null, but this action requires a value. Check the variable or the expression that sets it.", name))
		}
	}
}

// rotateSecretAction rotates the key of an endpoint.
type rotateSecretAction struct{ actionBase }

func newRotateSecretAction() action.Action { return &rotateSecretAction{} }

type rotateSecretModel struct {
	EndpointID     types.String `tfsdk:"endpoint_id"`
	RotationPeriod types.Object `tfsdk:"rotation_period"`
}

func (a *rotateSecretAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_rotate_secret"
}

func (a *rotateSecretAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Rotates the signing key of a webhook endpoint: adds a new key and keeps the older keys active for the rotation period.",
		Attributes: map[string]schema.Attribute{
			"endpoint_id": requiredID(endpointIDDescription),
			"rotation_period": schema.SingleNestedAttribute{
				Required:            true,
				Validators:          []validator.Object{validPeriod{warnNoOverlap}},
				MarkdownDescription: "How long the older keys stay active: `days`, `hours` or both. With a total of zero, they expire at once.",
				Attributes: map[string]schema.Attribute{
					"days":  schema.NumberAttribute{Optional: true, MarkdownDescription: daysDescription},
					"hours": schema.NumberAttribute{Optional: true, MarkdownDescription: hoursDescription},
				},
			},
		},
	}
}

func (a *rotateSecretAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config rotateSecretModel
	if !readActionConfig(ctx, req.Config, &config, &resp.Diagnostics) {
		return
	}
	endpointID := config.EndpointID.ValueString()
	rotation, ok := a.rotateSecret(ctx, endpointID, periodOf(ctx, config.RotationPeriod), "If there is no new key, run this again to rotate. If there is a new key, the rotation took effect.", &resp.Diagnostics)
	if !ok {
		return
	}
	olderKeys := "there were no older keys"
	if end := rotation.PreviousExpireAt; end != nil {
		olderKeys = "the older keys stop working at " + timeOrNull(end).ValueString()
	}
	progress := actionProgress(resp)
	progress("Endpoint %s has the new signing key %s; %s.", endpointID, rotation.Secret.ID, olderKeys)
}

// sendTestEventAction sends a test event to an endpoint.
type sendTestEventAction struct{ actionBase }

func newSendTestEventAction() action.Action { return &sendTestEventAction{} }

type sendTestEventModel struct {
	EndpointID      types.String `tfsdk:"endpoint_id"`
	WaitForDelivery types.Bool   `tfsdk:"wait_for_delivery"`
	Timeout         types.String `tfsdk:"timeout"`
}

func (a *sendTestEventAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_send_test_event"
}

func (a *sendTestEventAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends a test event (`webhook.ping`) to a webhook endpoint and fails if the receiver does not accept it.",
		Attributes: map[string]schema.Attribute{
			"endpoint_id":       requiredID(endpointIDDescription),
			"wait_for_delivery": schema.BoolAttribute{Optional: true, MarkdownDescription: waitDescription},
			"timeout":           schema.StringAttribute{Optional: true, Validators: []validator.String{positiveDuration}, MarkdownDescription: timeoutDescription},
		},
	}
}

func (a *sendTestEventAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config sendTestEventModel
	if !readActionConfig(ctx, req.Config, &config, &resp.Diagnostics) {
		return
	}
	wait := config.WaitForDelivery.IsNull() || config.WaitForDelivery.ValueBool()
	timeout := cmp.Or(config.Timeout.ValueString(), defaultTestTimeout)
	a.sendTestEvent(ctx, config.EndpointID.ValueString(), wait, timeout, actionProgress(resp), &resp.Diagnostics)
}

// replayDeliveryAction replays one delivery.
type replayDeliveryAction struct{ actionBase }

func newReplayDeliveryAction() action.Action { return &replayDeliveryAction{} }

func (a *replayDeliveryAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_replay_delivery"
}

func (a *replayDeliveryAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Replays one webhook delivery.",
		Attributes:          map[string]schema.Attribute{"delivery_id": requiredID(deliveryIDDescription)},
	}
}

func (a *replayDeliveryAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config struct {
		DeliveryID types.String `tfsdk:"delivery_id"`
	}
	if !readActionConfig(ctx, req.Config, &config, &resp.Diagnostics) {
		return
	}
	a.replayDelivery(ctx, config.DeliveryID.ValueString(), actionProgress(resp), &resp.Diagnostics)
}

// replayFailedDeliveriesAction replays the failed deliveries of an endpoint.
type replayFailedDeliveriesAction struct{ actionBase }

func newReplayFailedDeliveriesAction() action.Action { return &replayFailedDeliveriesAction{} }

func (a *replayFailedDeliveriesAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_replay_failed_deliveries"
}

func (a *replayFailedDeliveriesAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Replays every failed delivery to a webhook endpoint.",
		Attributes:          map[string]schema.Attribute{"endpoint_id": requiredID(endpointIDDescription)},
	}
}

func (a *replayFailedDeliveriesAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config struct {
		EndpointID types.String `tfsdk:"endpoint_id"`
	}
	if !readActionConfig(ctx, req.Config, &config, &resp.Diagnostics) {
		return
	}
	a.replayFailedDeliveries(ctx, config.EndpointID.ValueString(), actionProgress(resp), &resp.Diagnostics)
}
