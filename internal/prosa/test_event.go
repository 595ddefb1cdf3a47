package prosa

import (
	"context"
	"time"
)

// PingEvent is the type of the event that SendTestEvent sends.
const PingEvent = "webhook.ping"

const (
	firstPoll = 250 * time.Millisecond
	lastPoll  = 2 * time.Second
)

// TestReport is the result of a test event.
type TestReport struct {
	Ticket   Ticket
	Delivery *Delivery     // of a test event, new since the request; nil if there was none in time
	Took     time.Duration // from the request to the end of the wait
}

// TestEndpoint sends a test event and waits, up to timeout and one request longer, until the receiver has answered one:
// any test delivery of this endpoint that was not there before the request counts. If the receiver does not answer, or
// not with 2xx, the report says so, and it is no error. The report has a ticket as soon as the event is sent. waiting,
// unless nil, is called before each look. Tests of one endpoint follow each other.
//
// POST /webhooks/endpoints/{endpoint_id}/test, GET /webhooks/endpoints/{endpoint_id}/deliveries
func (c *Client) TestEndpoint(ctx context.Context, endpointID string, timeout time.Duration, waiting func(elapsed time.Duration)) (TestReport, error) {
	unlock, err := c.locks.lock(ctx, "test "+endpointID)
	if err != nil {
		return TestReport{}, err
	}
	defer unlock()
	test := &test{client: c, endpointID: endpointID, began: c.config.Now()}
	before, err := test.deliveries(ctx)
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
	for pause := firstPoll; ; pause = min(lastPoll, 2*pause) {
		if waiting != nil {
			waiting(c.config.Now().Sub(sent))
		}
		if err := c.config.Sleep(ctx, min(pause, max(0, timeout-c.config.Now().Sub(sent)))); err != nil {
			return report, err
		}
		now, err := test.deliveries(ctx)
		report.Took = c.config.Now().Sub(sent)
		if err != nil {
			return report, err
		}
		over := report.take(newSince(before, now))
		if over || report.Took >= timeout {
			return report, nil
		}
	}
}

// test is one test of an endpoint.
type test struct {
	client     *Client
	endpointID string
	began      time.Time
}

// deliveries returns those of test events, and those whose headers are not listed and that could be.
func (t *test) deliveries(ctx context.Context) ([]Delivery, error) {
	since := Days{From: t.began.UTC().AddDate(0, 0, -1).Format(time.DateOnly)}
	list, err := t.client.ListDeliveries(ctx, DeliveryQuery{EndpointID: t.endpointID, Days: since, EventTypes: []string{PingEvent, ""}})
	return list.Deliveries, err
}

// newSince returns the deliveries of events that were not delivered before: a replay is no new test.
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

// take chooses the delivery that says most about the receiver. It says whether the wait is over: the receiver has
// accepted a test event, or has refused one in two looks, between which one that it accepts could have been listed.
func (r *TestReport) take(fresh []Delivery) (over bool) {
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
