package prosa

import (
	"cmp"
	"context"
	"time"
)

// PingEvent is the type of the event that SendTestEvent sends.
const PingEvent = "webhook.ping"

// TestReport is the result of a test event.
type TestReport struct {
	Ticket   Ticket
	Delivery *Delivery     // the delivery of a test event since the request; nil if there was none before the timeout
	Took     time.Duration // from the request to the end of the wait
}

// TestEndpoint sends a test event and waits for its delivery, for at most timeout plus one request. Any new delivery of a
// test event to this endpoint counts. TestEndpoint does not fail if the receiver does not respond, or responds with
// another status than 2xx. If it fails after it sent the event, the report still has the ticket. waiting, if not nil, is
// called before each wait. Tests of one endpoint run one after another.
//
// POST /webhooks/endpoints/{endpoint_id}/test, GET /webhooks/endpoints/{endpoint_id}/deliveries
func (c *Client) TestEndpoint(
	ctx context.Context, endpointID string, timeout time.Duration, waiting func(elapsed time.Duration),
) (TestReport, error) {
	unlock, err := c.locks.lock(ctx, "test "+endpointID)
	if err != nil {
		return TestReport{}, err
	}
	defer unlock()
	// Begin a day earlier, in case this machine's clock is fast.
	since := Days{From: c.config.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)}
	// testDeliveries includes those without headers, which may be deliveries of test events.
	testDeliveries := func(ctx context.Context) ([]Delivery, error) {
		list, err := c.ListDeliveries(ctx, DeliveryQuery{EndpointID: endpointID, Days: since, EventTypes: []string{PingEvent, ""}})
		return list.Deliveries, err
	}
	before, err := testDeliveries(ctx)
	if err != nil {
		return TestReport{}, err
	}
	ticket, err := c.SendTestEvent(ctx, endpointID)
	if err != nil {
		return TestReport{}, err
	}
	report := TestReport{Ticket: ticket}
	sent := c.config.Now()
	ctx = c.begin(ctx, timeout)
	if waiting == nil {
		waiting = func(time.Duration) {}
	}
	waiting(0)
	pollErr := c.poll(ctx, sent.Add(timeout), func() (done bool) {
		var now []Delivery
		now, err = testDeliveries(ctx)
		report.Took = c.config.Now().Sub(sent)
		if err != nil || report.take(newSince(before, now)) || report.Took >= timeout {
			return true
		}
		waiting(report.Took)
		return false
	})
	return report, cmp.Or(err, pollErr)
}

// newSince returns the deliveries of events that were not delivered before. It leaves out replays.
func newSince(before, now []Delivery) []Delivery {
	known := map[string]bool{}
	for _, d := range before {
		known[d.EventID] = true
	}
	var fresh []Delivery
	for _, d := range now {
		if !known[d.EventID] {
			fresh = append(fresh, d)
		}
	}
	return fresh
}

// take sets the delivery of the report: one that succeeded, or else one with a response, or else any. The wait is over if
// one succeeded. If the receiver refused one, the wait is over only after one more listing, which could have a delivery
// that succeeded.
func (r *TestReport) take(fresh []Delivery) (done bool) {
	refusedBefore := r.Delivery != nil && r.Delivery.ResponseStatus != nil
	for _, d := range fresh {
		if r.Delivery == nil || d.Succeeded() || d.ResponseStatus != nil && r.Delivery.ResponseStatus == nil {
			r.Delivery = &d
		}
		if d.Succeeded() {
			return true
		}
	}
	return refusedBefore
}
