package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

// progressFunc shows the user what an operation does. The message must not contain a secret.
type progressFunc func(format string, args ...any)

const (
	defaultTestTimeout = "60s"
	progressEvery      = 5 * time.Second
)

var operationAttributes = attributes{
	"endpoint_id": path.Root("endpoint_id"),
	"delivery_id": path.Root("delivery_id"),
}

// rotateSecret adds exactly one key. undecided is the advice if the provider cannot tell whether the key was added.
func (d *providerData) rotateSecret(ctx context.Context, endpointID string, period prosa.Period, undecided string, diags *diag.Diagnostics) (prosa.Rotation, bool) {
	client, ok := d.api(diags)
	if !ok {
		return prosa.Rotation{}, false
	}
	rotation, err := client.RotateSecret(ctx, endpointID, period)
	if err != nil {
		d.failRotate(diags, endpointID, err, undecided)
		return rotation, false
	}
	if n := len(rotation.Active); n > 2 {
		diags.AddAttributeWarning(path.Root("rotation_period"), "Many active signing keys",
			fmt.Sprintf("Endpoint %s has %d active signing keys now, because it was rotated again before older keys expired. Prosa signs each delivery with all of them, and all of them are still valid.\n\nRotate less often, or shorten the rotation period.", endpointID, n))
	}
	return rotation, true
}

// failRotate reports a rotation that failed, or may have taken effect.
func (d *providerData) failRotate(diags *diag.Diagnostics, endpointID string, err error, undecided string) {
	const summary = "Unable to rotate the signing key"
	e := prosa.As(err)
	switch {
	case prosa.IsEndpointDeleted(err):
		diags.AddAttributeError(path.Root("endpoint_id"), summary,
			fmt.Sprintf("The endpoint %s does not exist. Plan again. If it is managed elsewhere, check the id, and check that the API key belongs to the account that has it.", endpointID))
	case e != nil && e.Undecided:
		diags.AddError(summary, fmt.Sprintf("%s.\n\nProsa may have added a key nevertheless. The provider compared the keys with the earlier ones, but could not tell. It does not retry, so that it never adds two keys.\n\n"+
			"Check the keys of the endpoint, for example with the data source prosa_webhook_endpoint and include_secrets. %s",
			describeFailure(e), undecided))
	default:
		d.fail(diags, summary, err, rotationAttributes)
	}
}

// sendTestEvent sends a test event. If wait is true, it fails unless the receiver responds with 2xx before the timeout.
func (d *providerData) sendTestEvent(ctx context.Context, endpointID string, wait bool, duration string, progress progressFunc, diags *diag.Diagnostics) (prosa.TestReport, bool) {
	const summary = "Unable to send a test event"
	client, ok := d.api(diags)
	if !ok {
		return prosa.TestReport{}, false
	}
	if !wait {
		ticket, err := client.SendTestEvent(ctx, endpointID)
		if err != nil {
			d.failOnce(diags, summary, err)
			return prosa.TestReport{}, false
		}
		progress("Prosa is sending a test event to %s (delivery tag %s).", ticket.URL, ticket.DeliveryTag)
		return prosa.TestReport{Ticket: ticket}, true
	}
	timeout, _ := time.ParseDuration(duration) // has been validated
	var lastProgress time.Duration
	progress("Sending a test event to endpoint %s.", endpointID)
	report, err := client.TestEndpoint(ctx, endpointID, timeout, func(elapsed time.Duration) {
		if elapsed-lastProgress >= progressEvery {
			lastProgress = elapsed
			progress("Waiting for the receiver to answer the test event (%s of %s).", elapsed.Round(time.Second), timeout)
		}
	})
	switch {
	case err != nil && report.Ticket.DeliveryTag != "":
		diags.AddError("Unable to watch the test event", d.describeWatchFailure(report, err))
	case err != nil:
		d.failOnce(diags, summary, err)
	case report.Delivery == nil || !report.Delivery.Succeeded():
		diags.AddAttributeError(path.Root("endpoint_id"), "Test event was not accepted", describeFailedTest(report, timeout))
	default:
		progress("%s answered the test event with %d after %s.", report.Ticket.URL, *report.Delivery.ResponseStatus, elapsedOf(report))
		return report, true
	}
	return report, false
}

// describeWatchFailure explains why the delivery of a test event could not be watched, and what to do.
func (d *providerData) describeWatchFailure(r prosa.TestReport, err error) string {
	reason := "the wait was interrupted"
	if e := prosa.As(err); e != nil {
		reason = fmt.Sprintf("its delivery could not be read: %s", describeFailure(e))
	}
	return fmt.Sprintf("A test event was sent to %s (delivery tag %s), but %s.\n\n%sThe data source prosa_webhook_deliveries shows how the receiver responds. Running this again sends another test event.",
		r.Ticket.URL, r.Ticket.DeliveryTag, reason, d.adviceOn(err))
}

// describeFailedTest explains why a test event was not accepted, and what to do.
func describeFailedTest(r prosa.TestReport, timeout time.Duration) string {
	const check = "\n\nCheck the receiver, and check that Prosa can reach its URL. The data source prosa_webhook_deliveries shows the request and the response, and with include_bodies also their bodies. Then run this again, which sends another test event."
	switch d := r.Delivery; {
	case d != nil && d.ResponseStatus != nil:
		return fmt.Sprintf("%s answered the test event with %d after %s instead of a 2xx status.%s", r.Ticket.URL, *d.ResponseStatus, elapsedOf(r), check)
	case d != nil:
		return fmt.Sprintf("%s did not answer the test event within %s (delivery %s).%s", r.Ticket.URL, timeout, d.ID, check)
	}
	return fmt.Sprintf("The API listed no delivery of the test event to %s within %s (delivery tag %s). Prosa may send it later. To wait longer, increase \"timeout\".%s", r.Ticket.URL, timeout, r.Ticket.DeliveryTag, check)
}

// elapsedOf returns how long the receiver took or, if that is unknown, how long the test took.
func elapsedOf(r prosa.TestReport) time.Duration {
	if seconds := r.Delivery.ElapsedTime; seconds != nil {
		return time.Duration(*seconds * float64(time.Second)).Round(time.Millisecond)
	}
	return r.Took.Round(time.Millisecond)
}

func (d *providerData) replayDelivery(ctx context.Context, deliveryID string, progress progressFunc, diags *diag.Diagnostics) (prosa.Ticket, bool) {
	client, ok := d.api(diags)
	if !ok {
		return prosa.Ticket{}, false
	}
	ticket, err := client.ReplayDelivery(ctx, deliveryID)
	if err != nil {
		d.failOnce(diags, "Unable to replay the webhook delivery", err)
		return ticket, false
	}
	progress("Prosa is sending delivery %s again, to %s (delivery tag %s).", deliveryID, ticket.URL, ticket.DeliveryTag)
	return ticket, true
}

func (d *providerData) replayFailedDeliveries(ctx context.Context, endpointID string, progress progressFunc, diags *diag.Diagnostics) ([]prosa.Ticket, bool) {
	client, ok := d.api(diags)
	if !ok {
		return nil, false
	}
	tickets, err := client.ReplayFailedDeliveries(ctx, endpointID)
	if err != nil {
		d.failOnce(diags, "Unable to replay the failed deliveries", err)
		return nil, false
	}
	switch n := len(tickets); n {
	case 0:
		progress("Endpoint %s has no failed deliveries, so there is nothing to replay.", endpointID)
	case 1:
		progress("Prosa is sending 1 failed delivery again, to endpoint %s.", endpointID)
	default:
		progress("Prosa is sending %d failed deliveries again, to endpoint %s.", n, endpointID)
	}
	for _, ticket := range tickets {
		progress("Delivery tag %s, to %s.", ticket.DeliveryTag, ticket.URL)
	}
	return tickets, true
}

// failOnce reports the failure of a test event or a replay, which the provider does not retry after a lost response.
func (d *providerData) failOnce(diags *diag.Diagnostics, summary string, err error) {
	e := prosa.As(err)
	if e == nil || !e.MayBeDone() {
		d.fail(diags, summary, err, operationAttributes)
		return
	}
	diags.AddError(summary, fmt.Sprintf("%s.\n\nProsa may have done it nevertheless, so the provider did not retry. "+
		"Before you run this again, which sends another request, check the deliveries of the endpoint, for example with the data source prosa_webhook_deliveries.", describeFailure(e)))
}
