package main

import (
	"bytes"
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// step is one step of the demo.
type step struct {
	title  string
	about  string
	do     func(ctx context.Context)
	writes []sandbox.Operation // the expected write requests, in order; any others are an error
}

func (d *demo) steps() []step {
	create, test, update := sandbox.OpCreateEndpoint, sandbox.OpSendTestEvent, sandbox.OpUpdateEndpoint
	rotate, remove := sandbox.OpRotateSecret, sandbox.OpDeleteEndpoint
	return []step{
		{"Register the receiver", "Create an endpoint for finished transcriptions, and a rotation of its signing key.\nThe warning about http is expected: the receiver is on this machine.", d.create, []sandbox.Operation{create}},
		{"Plan again", "Nothing has changed, so the plan must be empty (exit code 0).", d.planEmpty, nil},
		{"Give the receiver its key", "The receiver has its own configuration, which reads the keys into a sensitive output.", d.giveKeys, nil},
		{"Send a test event", "The apply sends Prosa's test event, waits for the receiver's answer, and fails unless it is 2xx.\nThe receiver verifies x-prosa-signature.", d.sendTestEvent, []sandbox.Operation{test}},
		{"Change the endpoint in place", "Add failed transcriptions to the event filters. The provider sends one update and does not replace the endpoint.", d.changeFilters, []sandbox.Operation{update}},
		{"Rotate the key", "Changing rotate_when_changed adds a key. For three days, Prosa signs every delivery with both keys,\nso a receiver that has only one of them accepts all deliveries.", d.rotate, []sandbox.Operation{rotate, test}},
		{"Search the state for keys", "The state and the other files of the configuration contain no signing key and no API key.", d.searchState, nil},
		{"Look at the deliveries", "A data source counts the deliveries. If one has failed, a check block warns in every plan.", d.readDeliveries, nil},
		{"Destroy", "The API deletes the endpoint and its keys. The rotation and the test event are only removed from the state.", d.destroy, []sandbox.Operation{remove}},
	}
}

func (d *demo) apply(ctx context.Context) { d.terraform(ctx, d.webhooks, "apply", "-auto-approve") }

// endpoint returns the endpoint, of which there must be exactly one.
func (d *demo) endpoint() sandbox.Endpoint {
	endpoints := append(d.sandbox.Endpoints(), sandbox.Endpoint{})
	d.check(len(endpoints) == 2, "expected one endpoint, but there are %d", len(endpoints)-1)
	return endpoints[0]
}

func (d *demo) create(ctx context.Context) {
	d.add(d.webhooks, "webhooks.tf")
	d.quietly(ctx, d.webhooks, "init")
	d.apply(ctx)
	e := d.endpoint()
	d.check(e.URL == d.callback && slices.Equal(e.EventFilters, []string{"stt.jobs.completed"}) && e.SSLVerification, "the endpoint is not as configured: %s, %v", e.URL, e.EventFilters)
	d.say("✓ the API has one endpoint, %s", e.ID)
}

func (d *demo) planEmpty(ctx context.Context) {
	d.terraform(ctx, d.webhooks, "plan", "-detailed-exitcode")
}

func (d *demo) giveKeys(ctx context.Context) {
	d.add(d.keys, "receiver.tf")
	d.quietly(ctx, d.keys, "init")
	d.has = d.readKeys(ctx)
	d.check(len(d.has) == 1, "expected one key, but the endpoint has %d", len(d.has))
	d.receiver.learn(d.has)
	d.say("✓ the receiver has 1 key")
}

// readKeys reads the endpoint's keys with the receiver's own configuration.
func (d *demo) readKeys(ctx context.Context) (keys []string) {
	d.terraform(ctx, d.keys, "apply", "-auto-approve")
	d.output(ctx, d.keys, "signing_keys", &keys)
	return keys
}

func (d *demo) sendTestEvent(ctx context.Context) {
	d.add(d.webhooks, "test_event.tf")
	d.apply(ctx)
	got := d.latest(1)
	d.say("✓ the receiver verified the signature and answered %d", got.status)

	forged, err := http.NewRequestWithContext(ctx, http.MethodPost, d.callback, bytes.NewReader(got.body))
	d.must(err)
	forged.Header.Set("x-prosa-signature", sandbox.Sign([]string{"another key"}, time.Now(), got.body))
	response, err := new(http.Client).Do(forged)
	if err != nil {
		d.must(err)
		return
	}
	_ = response.Body.Close()
	d.check(response.StatusCode == http.StatusUnauthorized, "expected the receiver to reject a forged signature, but it answered %d", response.StatusCode)
	d.say("✓ the receiver answered %d to the same event with a forged signature", response.StatusCode)
}

// latest returns the last webhook that arrived. By now, count webhooks must have arrived.
func (d *demo) latest(count int) delivery {
	got := append(d.receiver.received(), delivery{})
	last := got[max(0, len(got)-2)]
	d.check(len(got)-1 == count, "expected %d webhooks so far, but got %d", count, len(got)-1)
	d.check(last.status == http.StatusNoContent, "the receiver refused the webhook with %d", last.status)
	return last
}

func (d *demo) changeFilters(ctx context.Context) {
	before := d.endpoint()
	d.edit(`event_filters = ["stt.jobs.completed"]`, `event_filters = ["stt.jobs.completed", "stt.jobs.failed"]`)
	d.apply(ctx)
	after := d.endpoint()
	d.check(after.ID == before.ID && len(after.EventFilters) == 2 && after.URL == before.URL && after.SSLVerification,
		"expected the same endpoint with two event types, but got %s with %v", after.ID, after.EventFilters)
	d.say("✓ still %s, with both event types", after.ID)
}

func (d *demo) rotate(ctx context.Context) {
	d.edit(`rotate_when_changed = { reason = "none yet" }`, `rotate_when_changed = { reason = "a team member left" }`)
	d.apply(ctx)
	got := d.latest(3) // including the forged one
	d.say("✓ the receiver, which has only the old key, accepted the new test event with %d", got.status)
	keys := d.readKeys(ctx)
	d.check(len(keys) == 2 && keys[1] == d.has[0], "expected one new key before the old one, but there are %d keys", len(keys))
	for _, key := range keys {
		d.check(sandbox.VerifySignature(got.signature, got.body, []string{key}), "one of the keys alone does not verify the delivery")
	}
	d.has = keys
	d.receiver.learn(keys)
	d.say("✓ the new key alone verifies the same delivery")
}

func (d *demo) searchState(context.Context) {
	found := d.filesWith(d.webhooks.Folder, append([]string{apiKey}, d.has...))
	d.check(len(found) == 0, "a key is in %q", found)
	d.say("✓ configuration of the webhooks: no file contains a key")

	// Check that the search can find a key at all.
	found = d.filesWith(d.keys.Folder, d.has)
	d.check(slices.Contains(found, "terraform.tfstate"), "expected the keys in the state of the receiver's configuration, but they are in %q", found)
	d.say("✓ configuration of the receiver: its state contains the keys, because it sets include_secrets")
}

// filesWith returns the names of the files below a folder that contain one of the texts. The folder must have a state.
func (d *demo) filesWith(folder string, texts []string) (found []string) {
	_, err := os.Stat(filepath.Join(folder, "terraform.tfstate"))
	d.must(err)
	d.must(filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if slices.ContainsFunc(texts, func(text string) bool { return bytes.Contains(content, []byte(text)) }) {
			found = append(found, entry.Name())
		}
		return err
	}))
	return found
}

func (d *demo) readDeliveries(ctx context.Context) {
	d.add(d.webhooks, "deliveries.tf")
	d.apply(ctx)
	var deliveries struct {
		Total, Failed int
		Types         []string
	}
	d.output(ctx, d.webhooks, "deliveries", &deliveries)
	d.check(deliveries.Total == 2 && deliveries.Failed == 0 && slices.Equal(deliveries.Types, []string{"webhook.ping"}),
		"expected 2 successful deliveries of webhook.ping, but the data source returned %+v", deliveries)
	d.say("✓ 2 deliveries of webhook.ping, 0 failed")
}

func (d *demo) destroy(ctx context.Context) {
	d.terraform(ctx, d.webhooks, "destroy", "-auto-approve")
	d.check(len(d.sandbox.Endpoints()) == 0, "the endpoint still exists")
	d.say("✓ the API no longer has an endpoint")
}
