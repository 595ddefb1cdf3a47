package prosa

import (
	"context"
	"slices"
	"strings"
	"time"
)

// PingEvent is the type of the event that SendTestEvent has sent.
const PingEvent = "webhook.ping"

const (
	firstPoll = 250 * time.Millisecond
	lastPoll  = 2 * time.Second
)

// TestReport is what became of a test event.
type TestReport struct {
	Ticket   Ticket
	Delivery *Delivery     // of this test; nil when it was not seen, or could not be told from others in time
	Seen     []Delivery    // test deliveries that appeared meanwhile when none could be taken for this test's
	Took     time.Duration // from the request to the end of the wait
}

// TestEndpoint sends a test event and waits, up to timeout, until the receiver has answered it. Tests of one endpoint
// take turns; one of another client is told apart by the ticket's tag, or, where that leads nowhere, waited for as
// long as the two disagree. It is no error when the receiver does not answer, or not with 2xx: see the report.
// waiting, unless nil, is called before each look.
//
// POST /webhooks/endpoints/{endpoint_id}/test, GET /webhooks/endpoints/{endpoint_id}/deliveries
func (c *Client) TestEndpoint(ctx context.Context, endpointID string, timeout time.Duration, waiting func(elapsed time.Duration)) (TestReport, error) {
	release, err := c.turns.take(ctx, "test "+canonicalOr(endpointID))
	if err != nil {
		return TestReport{}, err
	}
	defer release()
	before, err := c.testDeliveries(ctx, endpointID)
	if err != nil {
		return TestReport{}, err
	}
	ticket, err := c.SendTestEvent(ctx, endpointID)
	if err != nil {
		return TestReport{}, err
	}
	report := TestReport{Ticket: ticket}
	started := c.config.Now()
	for pause := firstPoll; ; pause = min(lastPoll, 2*pause) {
		if waiting != nil {
			waiting(c.config.Now().Sub(started))
		}
		if err := c.config.Sleep(ctx, min(pause, max(0, timeout-c.config.Now().Sub(started)))); err != nil {
			return report, err
		}
		deliveries, err := c.testDeliveries(ctx, endpointID)
		report.Took = c.config.Now().Sub(started)
		if err != nil {
			return report, err
		}
		confirmed := report.update(deliveries, before, pause > firstPoll)
		if confirmed || report.Took >= timeout {
			return report, nil
		}
	}
}

// testDeliveries are the test deliveries since yesterday: a wait can go past midnight.
func (c *Client) testDeliveries(ctx context.Context, endpointID string) ([]Delivery, error) {
	list, err := c.ListDeliveries(ctx, DeliveryQuery{
		EndpointID: endpointID,
		Days:       Days{From: c.config.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)},
		EventTypes: []string{PingEvent},
	})
	return list.Deliveries, err
}

// update takes over what a look has found. It says whether the wait is over: the receiver has answered this test.
// Without a tag that tells, a delivery is believed to be this test's from the second look on, when all that have
// appeared agree.
func (r *TestReport) update(deliveries, before []Delivery, again bool) bool {
	r.Delivery, r.Seen = nil, nil
	for _, d := range deliveries {
		if slices.ContainsFunc(before, func(b Delivery) bool { return b.ID == d.ID }) {
			continue
		}
		if d.isFor(r.Ticket) {
			r.Delivery, r.Seen = &d, nil
			return d.ResponseStatus != nil
		}
		r.Seen = append(r.Seen, d)
	}
	if len(r.Seen) == 0 || slices.ContainsFunc(r.Seen, func(d Delivery) bool {
		return d.ResponseStatus == nil || d.Succeeded() != r.Seen[0].Succeeded()
	}) {
		if len(r.Seen) == 1 {
			r.Delivery = &r.Seen[0] // not answered yet
		}
		return false
	}
	r.Delivery = &r.Seen[0]
	return again || len(r.Seen) > 1
}

// isFor says whether the ticket's tag leads to the delivery: as its id, its event's, or in one of its headers.
func (d Delivery) isFor(t Ticket) bool {
	if d.ID == t.DeliveryTag || d.EventID == t.DeliveryTag {
		return true
	}
	for _, value := range d.RequestHeaders {
		if strings.EqualFold(value, t.DeliveryTag) {
			return true
		}
	}
	return false
}
