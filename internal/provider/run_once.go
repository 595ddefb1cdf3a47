package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// runOnceResource is embedded in resources that run an operation when they are created or replaced. They have nothing to
// read, update or delete.
type runOnceResource struct{ resourceBase }

// runOnceModel is embedded in their models.
type runOnceModel struct {
	ID          types.String `tfsdk:"id"`
	Triggers    types.Map    `tfsdk:"triggers"`
	TriggeredAt types.String `tfsdk:"triggered_at"`
}

func (r *runOnceResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (r *runOnceResource) Update(_ context.Context, _ resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics.AddError("Unable to update", "A change of any argument replaces this resource, so there is nothing to update. This is a bug in the provider: please report it.")
}

// ImportState always fails, because Prosa keeps no object to import.
func (r *runOnceResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("Nothing to import", "This resource runs an operation once, and leaves no object in Prosa to import.\n\nTo run the operation, add the resource to the configuration and apply.")
}

func (r *runOnceResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// done sets the attributes that all run-once resources compute.
func (m *runOnceModel) done(now time.Time) {
	m.ID = types.StringValue(uuid.NewString())
	m.TriggeredAt = types.StringValue(now.UTC().Format(time.RFC3339))
}

// logProgress logs progress: unlike an action, a resource cannot send it to the CLI.
func logProgress(ctx context.Context) progressFunc {
	return func(format string, args ...any) { tflog.Info(ctx, fmt.Sprintf(format, args...)) }
}

// runOnceSchema adds the attributes that all run-once resources share.
func runOnceSchema(description string, own map[string]schema.Attribute) schema.Schema {
	own["id"] = schema.StringAttribute{Computed: true, MarkdownDescription: "A random UUID."}
	own["triggers"] = schema.MapAttribute{
		Optional: true, ElementType: types.StringType,
		PlanModifiers:       []planmodifier.Map{mapplanmodifier.RequiresReplace()},
		MarkdownDescription: "Any values. Changing them runs the operation again.",
	}
	own["triggered_at"] = schema.StringAttribute{Computed: true, MarkdownDescription: "When the operation ran (RFC 3339, UTC)."}
	return schema.Schema{MarkdownDescription: description, Attributes: own}
}

// replacingID is a requiredID that replaces the resource when it changes.
func replacingID(description string) schema.StringAttribute {
	id := requiredID(description)
	id.PlanModifiers = []planmodifier.String{stringplanmodifier.RequiresReplace()}
	return id
}
