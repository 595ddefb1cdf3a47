package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	endpointAddress  = "prosa_webhook_endpoint.stt"
	rotationAddress  = "prosa_webhook_secret_rotation.stt"
	testEventAddress = "prosa_webhook_test_event.stt"
)

// step is one thing that is shown. do gives what Terraform did, for the table at the end.
type step struct {
	title  string
	about  string
	do     func(ctx context.Context) (did string, err error)
	writes []sandbox.Operation // every request that may change something, in order; any other one is an error
}

func (d *demo) steps() []step {
	create, test, update := sandbox.OpCreateEndpoint, sandbox.OpSendTestEvent, sandbox.OpUpdateEndpoint
	rotate, remove := sandbox.OpRotateSecret, sandbox.OpDeleteEndpoint
	return []step{
		{"Register the receiver", "An endpoint that is sent finished transcriptions, and the rotation of its signing key.", d.create, []sandbox.Operation{create}},
		{"Plan again", "Nothing has changed, so there is nothing to do: the plan must be empty.", d.planEmpty, nil},
		{"Give the receiver its key", "The receiver has a configuration of its own, which asks for the keys and hands them out\nas a sensitive output, for terraform output to read.", d.giveKeys, nil},
		{"Send a test event", "The apply sends Prosa's test event, waits for the receiver's answer, and fails unless it is 2xx.\nThe receiver verifies x-prosa-signature itself, and turns away what somebody else sends.", d.sendTestEvent, []sandbox.Operation{test}},
		{"Change the endpoint in place", "Failed transcriptions are to arrive as well. One update, and the endpoint stays the same.", d.changeFilters, []sandbox.Operation{update}},
		{"Rotate the key", "A changed rotate_when_changed adds a key; for three days every delivery is signed with both.\nSo a receiver that has only the old key loses nothing, and neither does one with only the new key.", d.rotate, []sandbox.Operation{rotate, test}},
		{"Look for keys in the state", "No signing key and no API key is in the state, or in any other file of the configuration.", d.inspectState, nil},
		{"Look at the deliveries", "A data source counts what arrived; a check block warns in every plan when something did not.", d.readDeliveries, nil},
		{"Destroy", "The endpoint goes, and its keys with it; the other two only leave the state.", d.destroy, []sandbox.Operation{remove}},
	}
}

// take does a step, and holds it against the requests that it made.
func (d *demo) take(ctx context.Context, s step) error {
	number := len(d.report.rows) + 1
	d.report.step(number, s.title, s.about)
	d.sandbox.ResetJournal()
	did, err := s.do(ctx)
	if err != nil {
		return fmt.Errorf("step %d (%s): %w", number, s.title, err)
	}
	journal := d.sandbox.Journal()
	if made := writes(journal); !slices.Equal(made, s.writes) {
		return fmt.Errorf("step %d (%s): the requests that change something should have been %v, and were %v", number, s.title, s.writes, made)
	}
	d.report.done(s.title, did, journal)
	return nil
}

func writes(journal []sandbox.Request) []sandbox.Operation {
	var made []sandbox.Operation
	for _, r := range journal {
		if r.Method != http.MethodGet {
			made = append(made, r.Operation)
		}
	}
	return made
}

// apply applies a configuration and fails unless exactly these actions were planned.
func (d *demo) apply(ctx context.Context, r *root, command string, want map[string]string) error {
	args := append(strings.Fields(command), "-auto-approve")
	o, err := d.cli.change(ctx, r, args...)
	if err != nil {
		return err
	}
	d.report.command(d.cli.Name()+" "+command, o)
	if !maps.Equal(o.planned, want) {
		return fmt.Errorf("the plan should have been %v, and was %v", want, o.planned)
	}
	return nil
}

// endpoint is the only endpoint there should be.
func (d *demo) endpoint() (sandbox.Endpoint, error) {
	endpoints := d.sandbox.Endpoints()
	if len(endpoints) != 1 {
		return sandbox.Endpoint{}, fmt.Errorf("there should be one endpoint, and there are %d", len(endpoints))
	}
	return endpoints[0], nil
}

func (d *demo) create(ctx context.Context) (string, error) {
	text, err := d.webhooks.add("webhooks.tf", d.callback)
	if err != nil {
		return "", err
	}
	d.report.show(text)
	if err := d.apply(ctx, d.webhooks, "apply", map[string]string{endpointAddress: "create", rotationAddress: "create"}); err != nil {
		return "", err
	}
	endpoint, err := d.endpoint()
	if err != nil {
		return "", err
	}
	if endpoint.URL != d.callback || !slices.Equal(endpoint.EventFilters, []string{"stt.jobs.completed"}) || !endpoint.SSLVerification {
		return "", fmt.Errorf("the endpoint is not as configured: %s, %v", endpoint.URL, endpoint.EventFilters)
	}
	d.report.found("the API has one endpoint, %s", endpoint.ID)
	return "created both", nil
}

func (d *demo) planEmpty(ctx context.Context) (string, error) {
	o, err := d.cli.change(ctx, d.webhooks, "plan", "-detailed-exitcode")
	if err != nil {
		return "", err
	}
	d.report.command(d.cli.Name()+" plan -detailed-exitcode", o)
	d.report.found("exit code 0: no changes")
	return "nothing", nil
}

func (d *demo) giveKeys(ctx context.Context) (string, error) {
	text, err := d.keys.add("receiver.tf", d.callback)
	if err != nil {
		return "", err
	}
	d.report.show(text)
	if err := d.handOver(ctx); err != nil {
		return "", err
	}
	if n := len(d.receiver.known()); n != 1 {
		return "", fmt.Errorf("the endpoint should have one key, and has %d", n)
	}
	d.report.found("the receiver knows 1 key")
	return "read the key", nil
}

// handOver gives the receiver the keys that its configuration reads.
func (d *demo) handOver(ctx context.Context) error {
	if err := d.apply(ctx, d.keys, "apply", nil); err != nil {
		return err
	}
	var keys []string
	if err := d.cli.output(ctx, d.keys, "signing_keys", &keys); err != nil {
		return err
	}
	d.report.say("   $ %s output -json signing_keys    (goes to the receiver, not shown)", d.cli.Name())
	d.receiver.learn(keys)
	return nil
}

func (d *demo) sendTestEvent(ctx context.Context) (string, error) {
	text, err := d.webhooks.add("test_event.tf", d.callback)
	if err != nil {
		return "", err
	}
	d.report.show(text)
	if err := d.apply(ctx, d.webhooks, "apply", map[string]string{testEventAddress: "create"}); err != nil {
		return "", err
	}
	got, err := d.latest(1)
	if err != nil {
		return "", err
	}
	d.report.found("webhook.ping arrived, and its signature is right: answered %d", got.status)

	status, err := post(ctx, d.callback, sandbox.Sign([]string{"somebody else's key"}, d.receiver.now(), got.body), got.body)
	if err != nil {
		return "", err
	}
	if status != http.StatusUnauthorized {
		return "", fmt.Errorf("the receiver took a webhook that somebody else signed: it answered %d", status)
	}
	d.report.found("the same, signed with another key: answered %d", status)
	return "sent a test event", nil
}

// latest is the webhook that Prosa sent last, of which there must have been so many by now, all of them taken.
func (d *demo) latest(count int) (delivery, error) {
	var taken []delivery
	for _, got := range d.receiver.received() {
		if got.eventType != "" { // only Prosa says what it sends
			taken = append(taken, got)
		}
	}
	if len(taken) != count {
		return delivery{}, fmt.Errorf("%d webhooks should have arrived by now, and %d did", count, len(taken))
	}
	last := taken[count-1]
	if last.eventType != "webhook.ping" || last.status != http.StatusNoContent {
		return delivery{}, fmt.Errorf("a webhook.ping should have been taken, and a %q was answered %d", last.eventType, last.status)
	}
	return last, nil
}

// post sends a webhook to the receiver as anybody could.
func post(ctx context.Context, url, signature string, body []byte) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(string(body)))
	if err != nil {
		return 0, err
	}
	request.Header.Set("x-prosa-signature", signature)
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func (d *demo) changeFilters(ctx context.Context) (string, error) {
	before, err := d.endpoint()
	if err != nil {
		return "", err
	}
	diff, err := d.webhooks.edit(`event_filters = ["stt.jobs.completed"]`, `event_filters = ["stt.jobs.completed", "stt.jobs.failed"]`)
	if err != nil {
		return "", err
	}
	d.report.show(diff)
	if err := d.apply(ctx, d.webhooks, "apply", map[string]string{endpointAddress: "update"}); err != nil {
		return "", err
	}
	after, err := d.endpoint()
	if err != nil {
		return "", err
	}
	if after.ID != before.ID || len(after.EventFilters) != 2 || after.URL != before.URL || !after.SSLVerification {
		return "", fmt.Errorf("the endpoint should be the same with two event types, and is %s with %v", after.ID, after.EventFilters)
	}
	d.report.found("still %s, with both event types", after.ID)
	return "updated the endpoint", nil
}

func (d *demo) rotate(ctx context.Context) (string, error) {
	diff, err := d.webhooks.edit(`rotate_when_changed = { reason = "none yet" }`, `rotate_when_changed = { reason = "somebody left the team" }`)
	if err != nil {
		return "", err
	}
	d.report.show(diff)
	if err := d.apply(ctx, d.webhooks, "apply", map[string]string{rotationAddress: "update", testEventAddress: "replace"}); err != nil {
		return "", err
	}
	got, err := d.latest(2)
	if err != nil {
		return "", err
	}
	d.report.found("the test event came again, to a receiver that knows only the old key: answered %d", got.status)
	old := d.receiver.known()
	if err := d.handOver(ctx); err != nil {
		return "", err
	}
	fresh := slices.DeleteFunc(slices.Clone(d.receiver.known()), func(key string) bool { return slices.Contains(old, key) })
	if len(fresh) != 1 || len(d.receiver.known()) != 2 {
		return "", fmt.Errorf("there should be one new key beside the old one; there are %d new ones of %d", len(fresh), len(d.receiver.known()))
	}
	if err := verify(got.signature, got.body, old, d.receiver.now()); err != nil {
		return "", fmt.Errorf("the delivery cannot be verified with the old key alone: %w", err)
	}
	if err := verify(got.signature, got.body, fresh, d.receiver.now()); err != nil {
		return "", fmt.Errorf("the delivery cannot be verified with the new key alone: %w", err)
	}
	d.report.found("that very delivery is right by the old key alone, and by the new key alone")
	return "rotated the key in place, sent a test event", nil
}

func (d *demo) inspectState(context.Context) (string, error) {
	secrets := append([]string{apiKey}, d.receiver.known()...)
	if _, err := os.Stat(filepath.Join(d.webhooks.folder, "terraform.tfstate")); err != nil {
		return "", fmt.Errorf("there should be a state to look into: %w", err)
	}
	found, files, err := d.webhooks.filesWith(secrets)
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return "", fmt.Errorf("a key is in %s", strings.Join(found, ", "))
	}
	d.report.found("webhooks: none in %d files, terraform.tfstate among them", files)

	// Looking is only worth something if it finds what is there.
	found, _, err = d.keys.filesWith(d.receiver.known())
	if err != nil {
		return "", err
	}
	if !slices.Contains(found, "terraform.tfstate") {
		return "", errors.New("the keys should be in the state of the configuration that asked for them, and are not")
	}
	d.report.found("receiver: in its state, as it asked for them with include_secrets")
	return "–", nil
}

func (d *demo) readDeliveries(ctx context.Context) (string, error) {
	text, err := d.webhooks.add("deliveries.tf", d.callback)
	if err != nil {
		return "", err
	}
	d.report.show(text)
	if err := d.apply(ctx, d.webhooks, "apply", nil); err != nil {
		return "", err
	}
	var deliveries struct {
		Total  int      `json:"total"`
		Failed int      `json:"failed"`
		Types  []string `json:"types"`
	}
	if err := d.cli.output(ctx, d.webhooks, "deliveries", &deliveries); err != nil {
		return "", err
	}
	if deliveries.Total != 2 || deliveries.Failed != 0 || !slices.Equal(deliveries.Types, []string{"webhook.ping"}) {
		return "", fmt.Errorf("there should be 2 deliveries of webhook.ping, none of them failed; the data source says %+v", deliveries)
	}
	d.report.found("%d deliveries of %s, %d failed", deliveries.Total, deliveries.Types[0], deliveries.Failed)
	return "read the deliveries", nil
}

func (d *demo) destroy(ctx context.Context) (string, error) {
	if err := d.apply(ctx, d.webhooks, "destroy", map[string]string{endpointAddress: "delete", rotationAddress: "delete", testEventAddress: "delete"}); err != nil {
		return "", err
	}
	if left := d.sandbox.Endpoints(); len(left) > 0 {
		return "", fmt.Errorf("%d endpoints are left", len(left))
	}
	d.report.found("the API has no endpoint any more")
	return "destroyed all three", nil
}
