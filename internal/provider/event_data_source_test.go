package provider_test

import (
	"encoding/json"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestEventDataSource(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	const created = "2023-01-17T14:26:27.329321Z"
	e.Sandbox.AddEvent(sandbox.Event{ID: knownID, Type: "stt.jobs.completed", CreatedAt: apiTime(t, created), Data: json.RawMessage(delicateJSON)})
	got := e.Configured().MustReadDataSource("prosa_webhook_event", acctest.Object{"id": knownID})
	expectObject(t, "event", got, acctest.Object{"id": knownID, "event_type": "stt.jobs.completed", "created_at": created, "data": delicateJSON})
	e.ExpectRequests("GET /webhooks/events/" + knownID)
}
