package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// deliveryModel is one attempt to send an event. What the API or the receiver left out is null.
type deliveryModel struct {
	DeliveryID      string            `tfsdk:"delivery_id"`
	EventID         string            `tfsdk:"event_id"`
	EndpointID      string            `tfsdk:"endpoint_id"`
	EventType       *string           `tfsdk:"event_type"`
	DeliveredAt     string            `tfsdk:"delivered_at"`
	RequestMethod   *string           `tfsdk:"request_method"`
	RequestHeaders  map[string]string `tfsdk:"request_headers"`
	RequestBody     *string           `tfsdk:"request_body"`
	ResponseStatus  *int64            `tfsdk:"response_status"`
	ResponseHeaders map[string]string `tfsdk:"response_headers"`
	ResponseBody    *string           `tfsdk:"response_body"`
	ElapsedTime     *float64          `tfsdk:"elapsed_time"`
	Succeeded       bool              `tfsdk:"succeeded"`
}

func newDeliveryModel(d prosa.Delivery) deliveryModel {
	return deliveryModel{
		DeliveryID:      d.ID,
		EventID:         d.EventID,
		EndpointID:      d.EndpointID,
		EventType:       textOrNull(d.EventType),
		DeliveredAt:     d.DeliveredAt.String(),
		RequestMethod:   textOrNull(d.RequestMethod),
		RequestHeaders:  d.RequestHeaders,
		RequestBody:     textOrNull(string(d.RequestBody)),
		ResponseStatus:  d.ResponseStatus,
		ResponseHeaders: d.ResponseHeaders,
		ResponseBody:    d.ResponseBody,
		ElapsedTime:     d.ElapsedTime,
		Succeeded:       d.Succeeded(),
	}
}

func deliveryAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"delivery_id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The delivery's id, for replaying it.",
		},
		"event_id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The id of the event that was sent.",
		},
		"endpoint_id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The id of the endpoint that it was sent to.",
		},
		"event_type": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The type of the event, such as `stt.jobs.completed`; null where the request does not tell it.",
		},
		"delivered_at": schema.StringAttribute{
			Computed: true, MarkdownDescription: "When it was sent (RFC 3339, UTC), corrected by the time in the signature where the two differ by more than ten minutes.",
		},
		"request_method": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The HTTP method it was sent with.",
		},
		"request_headers": schema.MapAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The headers it was sent with, as the API gives them: their names can come in upper or lower case. Null where the API does not tell them.",
		},
		"request_body": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "What was sent: the JSON as the API gives it, for `jsondecode`. Null unless `include_bodies`.",
		},
		"response_status": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "The HTTP status that the receiver answered with; null when it never answered.",
		},
		"response_headers": schema.MapAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The headers of the receiver's answer; null when it never answered.",
		},
		"response_body": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "What the receiver answered. Null unless `include_bodies`, and when it never answered.",
		},
		"elapsed_time": schema.Float64Attribute{
			Computed: true, MarkdownDescription: "How long the receiver took to answer, in seconds; null when it never answered.",
		},
		"succeeded": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether the receiver answered with a 2xx status.",
		},
	}
}
