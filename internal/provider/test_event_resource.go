package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type testEventResource struct{ runOnceResource }

func newTestEventResource() resource.Resource { return &testEventResource{} }

type testEventModel struct {
	runOnceModel
	EndpointID      types.String  `tfsdk:"endpoint_id"`
	WaitForDelivery types.Bool    `tfsdk:"wait_for_delivery"`
	Timeout         types.String  `tfsdk:"timeout"`
	DeliveryTag     types.String  `tfsdk:"delivery_tag"`
	DeliveryID      types.String  `tfsdk:"delivery_id"`
	ResponseStatus  types.Int64   `tfsdk:"response_status"`
	ElapsedTime     types.Float64 `tfsdk:"elapsed_time"`
}

func (r *testEventResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_test_event"
}

const (
	endpointIDDescription = "The id of the endpoint."
	waitDescription       = "Whether to wait for the receiver's response and fail unless its status is 2xx. Default: `true`."
	timeoutDescription    = "How long to wait for the receiver's response, as a Go duration such as `90s`. Default: `60s`."
)

func (r *testEventResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = runOnceSchema("Sends a test event (`webhook.ping`) to a webhook endpoint when Terraform creates this resource, and again when `triggers` change. Fails unless the receiver accepts the event.", map[string]schema.Attribute{
		"endpoint_id": replacingID(endpointIDDescription),
		"wait_for_delivery": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			PlanModifiers:       []planmodifier.Bool{boolplanmodifier.RequiresReplace()},
			MarkdownDescription: waitDescription,
		},
		"timeout": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(defaultTestTimeout),
			Validators:          []validator.String{positiveDuration},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			MarkdownDescription: timeoutDescription,
		},
		"delivery_tag":    schema.StringAttribute{Computed: true, MarkdownDescription: "The tag that Prosa gave the test."},
		"delivery_id":     schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the delivery. Null if `wait_for_delivery` is `false`."},
		"response_status": schema.Int64Attribute{Computed: true, MarkdownDescription: "The HTTP status of the receiver's response. Null if `wait_for_delivery` is `false`."},
		"elapsed_time":    schema.Float64Attribute{Computed: true, MarkdownDescription: "How long the receiver took to respond, in seconds. Null if `wait_for_delivery` is `false`."},
	})
}

func (r *testEventResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan testEventModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	report, ok := r.sendTestEvent(ctx, plan.EndpointID.ValueString(), plan.WaitForDelivery.ValueBool(), plan.Timeout.ValueString(), logProgress(ctx), &resp.Diagnostics)
	if !ok {
		return
	}
	plan.done(r.now())
	plan.DeliveryTag = types.StringValue(report.Ticket.DeliveryTag)
	plan.DeliveryID, plan.ResponseStatus, plan.ElapsedTime = types.StringNull(), types.Int64Null(), types.Float64Null()
	if d := report.Delivery; d != nil {
		plan.DeliveryID = types.StringValue(d.ID)
		plan.ResponseStatus = types.Int64PointerValue(d.ResponseStatus)
		plan.ElapsedTime = types.Float64PointerValue(d.ElapsedTime)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}
