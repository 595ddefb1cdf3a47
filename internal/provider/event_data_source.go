package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type eventDataSource struct{ dataSourceBase }

func newEventDataSource() datasource.DataSource { return &eventDataSource{} }

type eventModel struct {
	ID        types.String `tfsdk:"id"`
	EventType types.String `tfsdk:"event_type"`
	CreatedAt types.String `tfsdk:"created_at"`
	Data      types.String `tfsdk:"data"`
}

func (d *eventDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_event"
}

func (d *eventDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one webhook event with its data, which enters the state: the data of a speech job holds what was said.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{idText{}},
				MarkdownDescription: "The event's id: the `event_id` of a delivery, or from `prosa_webhook_events`.",
			},
			"event_type": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The type of the event, such as `stt.jobs.completed`.",
			},
			"created_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When it happened (RFC 3339, UTC).",
			},
			"data": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "What is sent to endpoints: the JSON as the API gives it, for `jsondecode`.",
			},
		},
	}
}

func (d *eventDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model eventModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	client, ok := d.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	e, err := client.GetEvent(ctx, model.ID.ValueString())
	if err != nil {
		d.fail(&resp.Diagnostics, "Unable to read the webhook event", err, attributes{"event_id": path.Root("id")})
		return
	}
	model.EventType = types.StringValue(e.Type)
	model.CreatedAt = types.StringValue(e.CreatedAt.String())
	model.Data = types.StringValue(string(e.Data))
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
