package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// uuidText accepts UUIDs in their usual spelling.
type uuidText struct{}

func (uuidText) Description(context.Context) string { return "must be a UUID" }

func (v uuidText) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (uuidText) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if id := req.ConfigValue.ValueString(); !isUUID(id) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(),
			fmt.Sprintf("%q is not an id of the Prosa API. Give a UUID, such as 497f6eca-6276-4993-bfeb-53cbbbba6f08.", id))
	}
}

func isID(text string) bool { return text != "" && strings.TrimSpace(text) == text }

func isUUID(id string) bool {
	_, err := uuid.Parse(id)
	return err == nil && len(id) == 36
}

// canonicalID is an id in lower case, as the API gives it.
func canonicalID(id types.String) types.String {
	if !known(id) {
		return id
	}
	return types.StringValue(strings.ToLower(id.ValueString()))
}

// keepCase plans an id as it stands in the state when the configuration only writes it in another case.
type keepCase struct{}

func (keepCase) Description(context.Context) string {
	return "An id that is only written in another case is no change."
}

func (m keepCase) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (keepCase) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if known(req.StateValue) && known(req.ConfigValue) && canonicalID(req.StateValue).Equal(canonicalID(req.ConfigValue)) {
		resp.PlanValue = req.StateValue
	}
}

// notEmpty refuses an empty string for an attribute that may be left out.
type notEmpty struct{}

func (notEmpty) Description(context.Context) string { return "must not be empty" }

func (v notEmpty) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (notEmpty) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || req.ConfigValue.ValueString() != "" {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Empty "+req.Path.String(),
		fmt.Sprintf("%q is an empty string. Give it a value, or leave it out.", req.Path.String()))
}

// eventTypes refuses sets of event types with an empty element. Which types there are is left to the API.
type eventTypes struct{}

func (eventTypes) Description(context.Context) string { return "must not hold an empty event type" }

func (v eventTypes) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (eventTypes) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	for _, element := range req.ConfigValue.Elements() {
		eventType, ok := element.(types.String)
		if !ok || eventType.IsUnknown() || strings.TrimSpace(eventType.ValueString()) != "" {
			continue
		}
		resp.Diagnostics.AddAttributeError(req.Path, "Empty event type",
			fmt.Sprintf("One of the event types in %q is empty. Give the name of an event type, such as \"stt.jobs.completed\", or leave the element out; an empty set stands for every event type.", req.Path.String()))
	}
}
