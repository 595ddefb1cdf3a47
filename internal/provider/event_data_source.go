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
		MarkdownDescription: "Reads one webhook event with its data into state. The data of a speech job contains the transcript.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{validID},
				MarkdownDescription: "The event's id, from `prosa_webhook_events` or the `event_id` of a delivery.",
			},
			"event_type": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The event type, such as `stt.jobs.completed`.",
			},
			"created_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the event was created (RFC 3339, UTC).",
			},
			"data": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The payload: the JSON as the API returns it, for `jsondecode`.",
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
