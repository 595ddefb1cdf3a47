package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type deliveryReplayResource struct{ runOnceResource }

func newDeliveryReplayResource() resource.Resource { return &deliveryReplayResource{} }

type deliveryReplayModel struct {
	runOnceModel
	DeliveryID  types.String `tfsdk:"delivery_id"`
	DeliveryTag types.String `tfsdk:"delivery_tag"`
}

const deliveryIDDescription = "The id of the delivery, as the data source `prosa_webhook_deliveries` lists it."

func (r *deliveryReplayResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_delivery_replay"
}

func (r *deliveryReplayResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = runOnceSchema("Replays one webhook delivery when Terraform creates this resource, and again when `triggers` change.", map[string]schema.Attribute{
		"delivery_id":  replacingID(deliveryIDDescription),
		"delivery_tag": schema.StringAttribute{Computed: true, MarkdownDescription: "The tag that Prosa gave the replay."},
	})
}

func (r *deliveryReplayResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan deliveryReplayModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ticket, ok := r.replayDelivery(ctx, plan.DeliveryID.ValueString(), logProgress(ctx), &resp.Diagnostics)
	if !ok {
		return
	}
	plan.done(r.now())
	plan.DeliveryTag = types.StringValue(ticket.DeliveryTag)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

type failedDeliveriesReplayResource struct{ runOnceResource }

func newFailedDeliveriesReplayResource() resource.Resource { return &failedDeliveriesReplayResource{} }

type failedDeliveriesReplayModel struct {
	runOnceModel
	EndpointID    types.String `tfsdk:"endpoint_id"`
	DeliveryTags  types.List   `tfsdk:"delivery_tags"`
	ReplayedCount types.Int64  `tfsdk:"replayed_count"`
}

func (r *failedDeliveriesReplayResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_failed_deliveries_replay"
}

func (r *failedDeliveriesReplayResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = runOnceSchema("Replays every failed delivery to a webhook endpoint when Terraform creates this resource, and again when `triggers` change.", map[string]schema.Attribute{
		"endpoint_id":    replacingID(endpointIDDescription),
		"delivery_tags":  schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The tags that Prosa gave the replays."},
		"replayed_count": schema.Int64Attribute{Computed: true, MarkdownDescription: "The number of deliveries that Prosa sends again."},
	})
}

func (r *failedDeliveriesReplayResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan failedDeliveriesReplayModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	tickets, ok := r.replayFailedDeliveries(ctx, plan.EndpointID.ValueString(), logProgress(ctx), &resp.Diagnostics)
	if !ok {
		return
	}
	plan.done(r.now())
	tags := make([]attr.Value, len(tickets))
	for i, ticket := range tickets {
		tags[i] = types.StringValue(ticket.DeliveryTag)
	}
	plan.DeliveryTags = types.ListValueMust(types.StringType, tags)
	plan.ReplayedCount = types.Int64Value(int64(len(tickets)))
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}
