package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// documentedEventTypes are the types on Prosa's public pages, which disagree about "jobs" and "job". An installation may have
// more.
var documentedEventTypes = []string{
	"stt.jobs.completed", "stt.jobs.failed",
	"stt.job.completed", "stt.job.failed", "tts.job.completed", "tts.job.failed",
	prosa.PingEvent,
}

// eventTypes rejects sets with an empty event type, and warns of types that are not documented.
type eventTypes struct{}

func (eventTypes) Description(context.Context) string { return "must not contain an empty event type" }

func (v eventTypes) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (eventTypes) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	for _, element := range req.ConfigValue.Elements() {
		eventType, ok := element.(types.String)
		if !ok || eventType.IsUnknown() {
			continue
		}
		switch name := eventType.ValueString(); {
		case strings.TrimSpace(name) == "":
			resp.Diagnostics.AddAttributeError(req.Path, "Empty event type",
				fmt.Sprintf("One of the event types in %q is empty. Set it to an event type, such as \"stt.jobs.completed\", or remove it. An empty set means every event type.", req.Path.String()))
		case !slices.Contains(documentedEventTypes, name):
			resp.Diagnostics.AddAttributeWarning(req.Path, "Event type is not documented",
				fmt.Sprintf("Prosa does not document the event type %q%s. If the type does not exist, no event matches it.\n\n"+
					"Documented types: %s. If your installation has this type, ignore this warning.", name, suggestion(name), strings.Join(documentedEventTypes, ", ")))
		}
	}
}

// suggestion returns ` (did you mean "…"?)` with the most similar documented event type; empty if none is similar.
func suggestion(name string) string {
	nearest, least := "", 1+len(name)/2
	for _, documented := range documentedEventTypes {
		if distance := levenshtein.Distance(name, documented, nil); distance < least {
			nearest, least = documented, distance
		}
	}
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", nearest)
}
