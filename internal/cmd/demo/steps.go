package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// step is one thing that the demo shows.
type step struct {
	title  string
	about  string
	do     func(ctx context.Context) error
	writes []sandbox.Operation // every request that may change something, in order; any other one is an error
}

func (d *demo) steps() []step {
	create, test, update := sandbox.OpCreateEndpoint, sandbox.OpSendTestEvent, sandbox.OpUpdateEndpoint
	rotate, remove := sandbox.OpRotateSecret, sandbox.OpDeleteEndpoint
	return []step{
		{"Register the receiver", "An endpoint that gets finished transcriptions, and the rotation of its signing key.\nThe warning about http is expected: the receiver is on this machine.", d.create, []sandbox.Operation{create}},
		{"Plan again", "Nothing has changed, so the plan must be empty: exit code 0.", d.planEmpty, nil},
		{"Give the receiver its key", "The receiver has a configuration of its own, which reads the keys into a sensitive output.", d.giveKeys, nil},
		{"Send a test event", "The apply sends Prosa's test event, waits for the receiver's answer, and fails unless it is 2xx.\nThe receiver verifies x-prosa-signature.", d.sendTestEvent, []sandbox.Operation{test}},
		{"Change the endpoint in place", "Failed transcriptions should arrive as well. One update; the endpoint stays the same.", d.changeFilters, []sandbox.Operation{update}},
		{"Rotate the key", "Changing rotate_when_changed adds a key. For three days every delivery is signed with both,\nso a receiver that has only one of them loses nothing.", d.rotate, []sandbox.Operation{rotate, test}},
		{"Search the state for keys", "No signing key and no API key is in the state, or in any other file of the configuration.", d.searchState, nil},
		{"Look at the deliveries", "A data source counts what arrived. A check block warns in every plan when a delivery failed.", d.readDeliveries, nil},
		{"Destroy", "The API deletes the endpoint and its keys. The rotation and the test event are only removed from the state.", d.destroy, []sandbox.Operation{remove}},
	}
}

func (d *demo) apply(ctx context.Context) error {
	return d.terraform(ctx, d.webhooks, "apply", "-auto-approve")
}

// endpoint is the only endpoint there should be.
func (d *demo) endpoint() (sandbox.Endpoint, error) {
	endpoints := d.sandbox.Endpoints()
	if len(endpoints) != 1 {
		return sandbox.Endpoint{}, fmt.Errorf("there should be one endpoint, and there are %d", len(endpoints))
	}
	return endpoints[0], nil
}

func (d *demo) create(ctx context.Context) error {
	if err := d.add(d.webhooks, "webhooks.tf"); err != nil {
		return err
	}
	if _, err := d.quietly(ctx, d.webhooks, "init"); err != nil {
		return err
	}
	if err := d.apply(ctx); err != nil {
		return err
	}
	endpoint, err := d.endpoint()
	if err != nil {
		return err
	}
	if endpoint.URL != d.callback || !slices.Equal(endpoint.EventFilters, []string{"stt.jobs.completed"}) || !endpoint.SSLVerification {
		return fmt.Errorf("the endpoint is not as configured: %s, %v", endpoint.URL, endpoint.EventFilters)
	}
	d.say("✓ the API has one endpoint, %s", endpoint.ID)
	return nil
}

func (d *demo) planEmpty(ctx context.Context) error {
	return d.terraform(ctx, d.webhooks, "plan", "-detailed-exitcode")
}

func (d *demo) giveKeys(ctx context.Context) error {
	if err := d.add(d.keys, "receiver.tf"); err != nil {
		return err
	}
	if _, err := d.quietly(ctx, d.keys, "init"); err != nil {
		return err
	}
	keys, err := d.readKeys(ctx)
	if err != nil {
		return err
	}
	if len(keys) != 1 {
		return fmt.Errorf("the endpoint should have one key, and has %d", len(keys))
	}
	d.has = keys
	d.receiver.learn(keys)
	d.say("✓ the receiver has 1 key")
	return nil
}

// readKeys reads the endpoint's keys with the receiver's own configuration.
func (d *demo) readKeys(ctx context.Context) (keys []string, err error) {
	if err := d.terraform(ctx, d.keys, "apply", "-auto-approve"); err != nil {
		return nil, err
	}
	return keys, d.output(ctx, d.keys, "signing_keys", &keys)
}

func (d *demo) sendTestEvent(ctx context.Context) error {
	if err := d.add(d.webhooks, "test_event.tf"); err != nil {
		return err
	}
	if err := d.apply(ctx); err != nil {
		return err
	}
	got, err := d.latest(1)
	if err != nil {
		return err
	}
	d.say("✓ the receiver verified the signature and answered %d", got.status)

	forged, err := http.NewRequestWithContext(ctx, http.MethodPost, d.callback, bytes.NewReader(got.body))
	if err != nil {
		return err
	}
	forged.Header.Set("x-prosa-signature", sandbox.Sign([]string{"another key"}, time.Now(), got.body))
	response, err := new(http.Client).Do(forged)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("the receiver should refuse a forged signature, and answered %d", response.StatusCode)
	}
	d.say("✓ it answered %d to the same event with a forged signature", response.StatusCode)
	return nil
}

// latest is the webhook that arrived last, of which there must have been so many by now.
func (d *demo) latest(count int) (delivery, error) {
	got := d.receiver.received()
	if len(got) != count {
		return delivery{}, fmt.Errorf("%d webhooks should have arrived by now, and %d did", count, len(got))
	}
	last := got[count-1]
	if last.status != http.StatusNoContent {
		return delivery{}, fmt.Errorf("the receiver refused the webhook with %d", last.status)
	}
	return last, nil
}

func (d *demo) changeFilters(ctx context.Context) error {
	before, err := d.endpoint()
	if err != nil {
		return err
	}
	if err := d.edit(`event_filters = ["stt.jobs.completed"]`, `event_filters = ["stt.jobs.completed", "stt.jobs.failed"]`); err != nil {
		return err
	}
	if err := d.apply(ctx); err != nil {
		return err
	}
	after, err := d.endpoint()
	if err != nil {
		return err
	}
	if after.ID != before.ID || len(after.EventFilters) != 2 || after.URL != before.URL || !after.SSLVerification {
		return fmt.Errorf("the endpoint should be the same with two event types, and is %s with %v", after.ID, after.EventFilters)
	}
	d.say("✓ still %s, with both event types", after.ID)
	return nil
}

func (d *demo) rotate(ctx context.Context) error {
	if err := d.edit(`rotate_when_changed = { reason = "none yet" }`, `rotate_when_changed = { reason = "somebody left the team" }`); err != nil {
		return err
	}
	if err := d.apply(ctx); err != nil {
		return err
	}
	got, err := d.latest(3) // with the forged one
	if err != nil {
		return err
	}
	d.say("✓ the receiver, which has only the old key, accepted the new test event with %d", got.status)
	keys, err := d.readKeys(ctx)
	if err != nil {
		return err
	}
	if len(keys) != 2 || keys[1] != d.has[0] {
		return fmt.Errorf("there should be one new key before the old one, and there are %d keys", len(keys))
	}
	for i, name := range []string{"new", "old"} {
		if !sandbox.VerifySignature(got.signature, got.body, keys[i:i+1]) {
			return fmt.Errorf("the %s key alone does not verify the delivery", name)
		}
	}
	d.has = keys
	d.receiver.learn(keys)
	d.say("✓ the new key alone verifies the same delivery")
	return nil
}

func (d *demo) searchState(context.Context) error {
	found, err := filesWith(d.webhooks.Folder, append([]string{apiKey}, d.has...))
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("a key is in %q", found)
	}
	d.say("✓ webhooks: no key in any file")

	// The search is only worth something if it finds a key where there is one.
	found, err = filesWith(d.keys.Folder, d.has)
	if err != nil {
		return err
	}
	if !slices.Contains(found, "terraform.tfstate") {
		return fmt.Errorf("the keys should be in the state of the receiver's configuration, and are in %q", found)
	}
	d.say("✓ receiver: keys in its state, because it asks for them with include_secrets")
	return nil
}

// filesWith are the files below a folder that contain one of the texts. There must be a state among the files.
func filesWith(folder string, texts []string) (found []string, err error) {
	if _, err := os.Stat(filepath.Join(folder, "terraform.tfstate")); err != nil {
		return nil, err
	}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if slices.ContainsFunc(texts, func(text string) bool { return bytes.Contains(content, []byte(text)) }) {
			found = append(found, entry.Name())
		}
		return err
	})
	return found, err
}

func (d *demo) readDeliveries(ctx context.Context) error {
	if err := d.add(d.webhooks, "deliveries.tf"); err != nil {
		return err
	}
	if err := d.apply(ctx); err != nil {
		return err
	}
	var deliveries struct {
		Total, Failed int
		Types         []string
	}
	if err := d.output(ctx, d.webhooks, "deliveries", &deliveries); err != nil {
		return err
	}
	if deliveries.Total != 2 || deliveries.Failed != 0 || !slices.Equal(deliveries.Types, []string{"webhook.ping"}) {
		return fmt.Errorf("there should be 2 deliveries of webhook.ping, none of them failed; the data source says %+v", deliveries)
	}
	d.say("✓ 2 deliveries of webhook.ping, 0 failed")
	return nil
}

func (d *demo) destroy(ctx context.Context) error {
	if err := d.terraform(ctx, d.webhooks, "destroy", "-auto-approve"); err != nil {
		return err
	}
	if left := d.sandbox.Endpoints(); len(left) > 0 {
		return errors.New("the endpoint is left")
	}
	d.say("✓ the API has no endpoint any more")
	return nil
}
