package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

type deliveriesDataSource struct{ dataSourceBase }

func newDeliveriesDataSource() datasource.DataSource { return &deliveriesDataSource{} }

type deliveriesModel struct {
	listingModel
	EndpointID    types.String    `tfsdk:"endpoint_id"`
	FailedOnly    types.Bool      `tfsdk:"failed_only"`
	IncludeBodies types.Bool      `tfsdk:"include_bodies"`
	Deliveries    []deliveryModel `tfsdk:"deliveries"`
	TotalCount    types.Int64     `tfsdk:"total_count"`
	FailedCount   types.Int64     `tfsdk:"failed_count"`
	LastSuccessAt types.String    `tfsdk:"last_success_at"`
}

func (d *deliveriesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_deliveries"
}

func (d *deliveriesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the deliveries to a webhook endpoint, newest first, and counts the failed ones, for use in `check` blocks. Bodies stay out of state unless you ask for them.",
		Attributes: listingAttributes(map[string]schema.Attribute{
			"endpoint_id": requiredID(endpointIDDescription),
			"failed_only": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether `deliveries` contains only failed deliveries. This does not affect the counts. Default: `false`.",
			},
			"include_bodies": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to read `request_body` and `response_body` into state. A body can contain a transcript. Default: `false`.",
			},
			"deliveries": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The deliveries, newest first. Each attempt is a delivery, so a replayed event appears more than once.",
				NestedObject:        schema.NestedAttributeObject{Attributes: deliveryAttributes()},
			},
			"total_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "The number of deliveries that match the dates and `event_types`. `failed_only` and `limit` do not affect it.",
			},
			"failed_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "How many of `total_count` failed: the receiver sent no response, or a status other than 2xx.",
			},
			"last_success_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the newest successful delivery was sent (RFC 3339, UTC). Null if none succeeded.",
			},
		}),
	}
}

func (d *deliveriesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model deliveriesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	query := prosa.DeliveryQuery{
		EndpointID:    model.EndpointID.ValueString(),
		Days:          model.days(),
		EventTypes:    stringsOf(ctx, model.EventTypes, &resp.Diagnostics),
		FailedOnly:    model.FailedOnly.ValueBool(),
		IncludeBodies: model.IncludeBodies.ValueBool(),
		Limit:         model.limit(),
	}
	model.rejectPlaceholders(&resp.Diagnostics)
	client, ok := d.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	report, err := client.ListDeliveries(ctx, query)
	if err != nil {
		d.fail(&resp.Diagnostics, "Unable to list the deliveries to the webhook endpoint", err, attributes{
			"endpoint_id": path.Root("endpoint_id"), "from_date": path.Root("from_date"), "to_date": path.Root("to_date"),
		})
		return
	}
	model.refresh(report)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (m *deliveriesModel) refresh(report prosa.DeliveryReport) {
	m.Deliveries = make([]deliveryModel, len(report.Deliveries))
	for i, delivery := range report.Deliveries {
		m.Deliveries[i] = newDeliveryModel(delivery)
	}
	m.TotalCount = types.Int64Value(report.TotalCount)
	m.FailedCount = types.Int64Value(report.FailedCount)
	m.LastSuccessAt = types.StringNull()
	if report.LastSuccessAt != nil {
		m.LastSuccessAt = types.StringValue(report.LastSuccessAt.String())
	}
}
