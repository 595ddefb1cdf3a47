package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// deliveryModel is one attempt to send an event. Values that the API or the receiver left out are null.
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
		"delivery_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the delivery, for a replay."},
		"event_id":    schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the event."},
		"endpoint_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the endpoint."},
		"event_type": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The event type, such as `stt.jobs.completed`. Null if the request does not contain it.",
		},
		"delivered_at": schema.StringAttribute{
			Computed: true, MarkdownDescription: "When Prosa sent the delivery (RFC 3339, UTC). If the API marks local time as UTC, the provider corrects it by the time in the signature.",
		},
		"request_method": schema.StringAttribute{Computed: true, MarkdownDescription: "The HTTP method of the request."},
		"request_headers": schema.MapAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The headers of the request, with names spelled as the API returns them. Null if the API does not return them.",
		},
		"request_body": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The request body: the JSON as the API returns it, for `jsondecode`. Null unless `include_bodies` is `true`.",
		},
		"response_status": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "The HTTP status of the receiver's response. Null if there was no response.",
		},
		"response_headers": schema.MapAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The headers of the receiver's response. Null if there was no response.",
		},
		"response_body": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The body of the receiver's response. Null without a response, or if `include_bodies` is not `true`.",
		},
		"elapsed_time": schema.Float64Attribute{
			Computed: true, MarkdownDescription: "How long the receiver took to respond, in seconds. Null if there was no response.",
		},
		"succeeded": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the receiver responded with a 2xx status."},
	}
}
