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

func (eventTypes) Description(context.Context) string { return "must not hold an empty event type" }

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
				fmt.Sprintf("One of the event types in %q is empty. Give the name of an event type, such as \"stt.jobs.completed\", or leave the element out; an empty set stands for every event type.", req.Path.String()))
		case !slices.Contains(documentedEventTypes, name):
			resp.Diagnostics.AddAttributeWarning(req.Path, "Event type is not documented",
				fmt.Sprintf("No page of Prosa documents the event type %q%s. An endpoint receives nothing for a type that does not exist.\n\n"+
					"Documented are %s. If your installation has this type, ignore this warning.", name, suggestion(name), strings.Join(documentedEventTypes, ", ")))
		}
	}
}

// suggestion returns the documented event type that is most similar to name, as an addition to a message.
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
