package provider

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

type eventsDataSource struct{ dataSourceBase }

func newEventsDataSource() datasource.DataSource { return &eventsDataSource{} }

type eventsModel struct {
	listingModel
	Events     []listedEvent `tfsdk:"events"`
	TotalCount types.Int64   `tfsdk:"total_count"`
}

// listedEvent is an event in a listing, without its data.
type listedEvent struct {
	ID        string `tfsdk:"id"`
	EventType string `tfsdk:"event_type"`
	CreatedAt string `tfsdk:"created_at"`
}

func (d *eventsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_webhook_events"
}

func (d *eventsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists webhook events, newest first, without their data. To read the data of one event, use `prosa_webhook_event`.",
		Attributes: listingAttributes(map[string]schema.Attribute{
			"events": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The events, newest first.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The event's id."},
					"event_type": schema.StringAttribute{Computed: true, MarkdownDescription: "The event type, such as `stt.jobs.completed`."},
					"created_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the event was created (RFC 3339, UTC)."},
				}},
			},
			"total_count": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "The number of events that match the dates and `event_types`. `limit` does not affect it.",
			},
		}),
	}
}

func (d *eventsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model eventsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	eventTypes := stringsOf(ctx, model.EventTypes, &resp.Diagnostics)
	model.rejectPlaceholders(&resp.Diagnostics)
	client, ok := d.api(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	events, err := client.ListEvents(ctx, model.days())
	if err != nil {
		d.fail(&resp.Diagnostics, "Unable to list the webhook events", err, attributes{
			"from_date": path.Root("from_date"), "to_date": path.Root("to_date"),
		})
		return
	}
	model.refresh(newestEvents(events, eventTypes))
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// newestEvents returns the events of the given types, newest first. If no type is given, it returns all events.
func newestEvents(events []prosa.Event, eventTypes []string) []prosa.Event {
	if len(eventTypes) > 0 {
		events = slices.DeleteFunc(events, func(e prosa.Event) bool { return !slices.Contains(eventTypes, e.Type) })
	}
	slices.SortFunc(events, func(a, b prosa.Event) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt.Time), cmp.Compare(b.ID, a.ID))
	})
	return events
}

// refresh copies events into the model, in their order and up to the limit.
func (m *eventsModel) refresh(events []prosa.Event) {
	m.TotalCount = types.Int64Value(int64(len(events)))
	if limit := m.limit(); limit > 0 && len(events) > limit {
		events = events[:limit]
	}
	m.Events = make([]listedEvent, len(events))
	for i, e := range events {
		m.Events[i] = listedEvent{ID: e.ID, EventType: e.Type, CreatedAt: e.CreatedAt.String()}
	}
}
