package provider_test

import (
	"regexp"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestIDsInAnyFormat tests the lifecycle of every object on installations whose ids are not UUIDs.
func TestIDsInAnyFormat(t *testing.T) {
	t.Parallel()
	all := []*installation{
		{name: "hex", quirks: sandbox.Quirks{IDs: "hex"}},
		{name: "opaque", quirks: sandbox.Quirks{IDs: "opaque"}},
	}
	w := install(t, all)
	objects := func(more string) string {
		return configFor(all, `
resource "prosa_webhook_endpoint" "NAME" {
  provider = PROVIDER
  url      = "`+hook+`"
  `+more+`
}
resource "prosa_webhook_secret_rotation" "NAME" {
  provider            = PROVIDER
  endpoint_id         = prosa_webhook_endpoint.NAME.id
  rotation_period     = { days = 3 }
  rotate_when_changed = { with = "`+regexp.MustCompile(`\W+`).ReplaceAllString(more, " ")+`" }
}
`)
	}
	const once = `
resource "prosa_webhook_test_event" "NAME" {
  provider    = PROVIDER
  endpoint_id = prosa_webhook_endpoint.NAME.id
}
resource "prosa_webhook_delivery_replay" "NAME" {
  provider    = PROVIDER
  delivery_id = prosa_webhook_test_event.NAME.delivery_id
}
resource "prosa_webhook_failed_deliveries_replay" "NAME" {
  provider    = PROVIDER
  endpoint_id = prosa_webhook_endpoint.NAME.id
  depends_on  = [prosa_webhook_test_event.NAME]
}
data "prosa_webhook_endpoint" "NAME" {
  provider = PROVIDER
  id       = prosa_webhook_endpoint.NAME.id
}
data "prosa_webhook_deliveries" "NAME" {
  provider    = PROVIDER
  endpoint_id = prosa_webhook_delivery_replay.NAME.delivery_tag == "" ? "" : prosa_webhook_endpoint.NAME.id
}
data "prosa_webhook_event" "NAME" {
  provider = PROVIDER
  id       = data.prosa_webhook_deliveries.NAME.deliveries[0].event_id
}
`
	ids := map[string]string{}
	w.Write("main.tf", objects(""))
	w.Run("apply", "-auto-approve")
	for _, i := range all {
		ids[i.name] = i.OnlyEndpoint().ID
	}
	w.Write("once.tf", configOf(all, once))
	w.Write("main.tf", objects(`event_filters = ["stt.jobs.failed"]`))
	expectOutput(t, said(w, "apply", "-auto-approve"), "6 added, 4 changed, 0 destroyed")
	expectNothingToDo(t, w)
	for _, i := range all {
		newest := i.OnlyEndpoint().Secrets[2] // that of the create, and those of two rotations
		expectAttributes(t, w.State(), endpointType+"."+i.name, map[string]string{"id": ids[i.name], "event_filters": "[stt.jobs.failed]"})
		expectAttributes(t, w.State(), rotationType+"."+i.name, map[string]string{"id": ids[i.name], "secret_id": newest.ID, "active": "true"})
		expectAttributes(t, w.State(), "prosa_webhook_test_event."+i.name, map[string]string{"delivery_id": i.Sandbox.Deliveries(ids[i.name])[0].DeliveryID, "response_status": "200"})
		expectAttributes(t, w.State(), "data.prosa_webhook_endpoint."+i.name, map[string]string{"url": hook})
		expectAttributes(t, w.State(), "data.prosa_webhook_deliveries."+i.name, map[string]string{"total_count": "2"})
		expectAttributes(t, w.State(), "data.prosa_webhook_event."+i.name, map[string]string{"id": i.Sandbox.Events()[0].ID, "event_type": "webhook.ping"})
	}

	w.Remove("once.tf")
	for _, i := range all {
		for _, resourceType := range []string{endpointType, rotationType} {
			w.Run("state", "rm", resourceType+"."+i.name)
			w.Run("import", resourceType+"."+i.name, ids[i.name])
		}
	}
	// The argument of the rotation that the API does not have is written into the state; nothing is sent.
	for _, i := range all {
		i.Sandbox.ResetRequestLog()
	}
	w.Run("apply", "-auto-approve")
	expectNothingToDo(t, w)
	for _, i := range all {
		i.ExpectWrites()
		inProcessWith(t, i)
	}
	w.Run("destroy", "-auto-approve")
	for _, i := range all {
		if err := i.CheckEmpty(nil); err != nil {
			t.Errorf("%s: %v", i.name, err)
		}
	}
}

// inProcessWith lists, opens and invokes what not every CLI has.
func inProcessWith(t *testing.T, i *installation) {
	t.Helper()
	there := i.OnlyEndpoint()
	p := i.Configured()
	listed := p.List(endpointType, acctest.Object{}, 10, true)
	if len(listed) != 1 || listed[0].Identity["id"] != there.ID || listed[0].Resource["id"] != there.ID {
		t.Errorf("%s: listed %v", i.name, listed)
	}
	opened, problems := p.OpenEphemeral(ephemeralType, acctest.Object{"endpoint_id": there.ID})
	problems.ExpectNone(t)
	if newest := there.Secrets[len(there.Secrets)-1]; opened["current_id"] != newest.ID || opened["current_key"] != newest.Key {
		t.Errorf("%s: opened %v, and the newest key is %v", i.name, opened, newest)
	}
	delivery := i.Sandbox.Deliveries(there.ID)[0].DeliveryID
	for action, config := range map[string]acctest.Object{
		testEventAction:    {"endpoint_id": there.ID},
		replayAction:       {"delivery_id": delivery},
		replayFailedAction: {"endpoint_id": there.ID},
		rotateAction:       {"endpoint_id": there.ID, "rotation_period": acctest.Object{"days": 1}},
	} {
		if _, problems := p.InvokeAction(t.Context(), action, config); problems.Errors() > 0 {
			t.Errorf("%s: %s: %v", i.name, action, problems)
		}
	}
	if now := i.OnlyEndpoint(); len(now.Secrets) != len(there.Secrets)+1 {
		t.Errorf("%s: %d keys after a rotation, %d before", i.name, len(now.Secrets), len(there.Secrets))
	}
}
