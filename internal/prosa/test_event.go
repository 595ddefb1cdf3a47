package prosa

import (
	"context"
	"slices"
	"time"
)

// PingEvent is the type of the event that SendTestEvent has sent.
const PingEvent = "webhook.ping"

const (
	firstPoll = 250 * time.Millisecond
	lastPoll  = 2 * time.Second
	// eventLooks is how many looks the event of a test may take to be listed.
	eventLooks = 3
)

// TestReport is what became of a test event.
type TestReport struct {
	Ticket   Ticket
	Delivery *Delivery     // of this test; nil when it was not seen, or could not be told from others in time
	Seen     []Delivery    // test deliveries, none of which could be taken for this test's; newest first
	Took     time.Duration // from the request to the end of the wait
}

// TestEndpoint sends a test event and waits, up to timeout, until the receiver has answered it. Other tests may be
// under way: see testWatch for how they are told apart. It is no error when the receiver does not answer, or not with
// 2xx: see the report, which has a ticket as soon as the event is sent. waiting, unless nil, is called before each look.
//
// POST /webhooks/endpoints/{endpoint_id}/test, GET /webhooks/endpoints/{endpoint_id}/deliveries, GET /webhooks/events
func (c *Client) TestEndpoint(ctx context.Context, endpointID string, timeout time.Duration, waiting func(elapsed time.Duration)) (TestReport, error) {
	release, err := c.turns.take(ctx, "test "+canonicalOr(endpointID))
	if err != nil {
		return TestReport{}, err
	}
	defer release()
	watch := testWatch{
		client: c, endpointID: endpointID, old: map[string]bool{}, fresh: map[string]bool{},
		since: Days{From: c.config.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)}, // far enough back for any zone
	}
	ticket, err := watch.send(ctx)
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
		over, err := watch.look(ctx, &report)
		report.Took = c.config.Now().Sub(started)
		if err != nil || over || report.Took >= timeout {
			return report, err
		}
	}
}

// testWatch tells the deliveries of one test from those of others. The ticket's tag may lead to them. Where it does
// not, the event does: the one that is listed after the request and was not before. Several such events are told apart
// by the endpoints they went to. Without events, what is delivered meanwhile is believed while it agrees.
type testWatch struct {
	client     *Client
	endpointID string
	since      Days
	old        map[string]bool // ids of the test events that were there before
	fresh      map[string]bool // ids of those, this test's among them, that were listed first after the request
	listed     bool            // whether the events before the request are known
	looks      int
}

// send sends the test event. Only one of this client's is sent at a time, so that the event is easily found.
func (w *testWatch) send(ctx context.Context) (Ticket, error) {
	release, err := w.client.turns.take(ctx, sendTestTurn)
	if err != nil {
		return Ticket{}, err
	}
	defer release()
	deliveries, err := w.deliveries(ctx, w.endpointID)
	if err != nil {
		return Ticket{}, err
	}
	for _, d := range deliveries {
		w.old[d.EventID] = true
	}
	events, err := w.events(ctx)
	w.listed = err == nil // a key that may not list events can still test
	for _, id := range events {
		w.old[id] = true
	}
	ticket, err := w.client.postTestEvent(ctx, w.endpointID)
	if err == nil {
		w.findFresh(ctx)
	}
	return ticket, err
}

// findFresh notes which test events are new. What keeps it from being found out does so until the next look.
func (w *testWatch) findFresh(ctx context.Context) {
	if !w.listed || len(w.fresh) > 0 || w.looks > eventLooks {
		return
	}
	events, err := w.events(ctx)
	if err != nil {
		return
	}
	for _, id := range events {
		if !w.old[id] {
			w.fresh[id] = true
		}
	}
}

func (w *testWatch) events(ctx context.Context) ([]string, error) {
	events, err := w.client.ListEvents(ctx, w.since)
	var ids []string
	for _, e := range events {
		if e.Type == PingEvent {
			ids = append(ids, e.ID)
		}
	}
	return ids, err
}

// deliveries gives those of test events, and those that could be.
func (w *testWatch) deliveries(ctx context.Context, endpointID string) ([]Delivery, error) {
	const untold = "" // the type of a delivery whose headers are not listed
	list, err := w.client.ListDeliveries(ctx, DeliveryQuery{EndpointID: endpointID, Days: w.since, EventTypes: []string{PingEvent, untold}})
	return list.Deliveries, err
}

// look brings the report up to date. It says whether the wait is over: the receiver has answered this test.
func (w *testWatch) look(ctx context.Context, r *TestReport) (over bool, err error) {
	w.looks++
	w.findFresh(ctx)
	listed, err := w.deliveries(ctx, w.endpointID)
	if err != nil {
		return false, err
	}
	r.Delivery, r.Seen = nil, nil
	var own []Delivery
	for _, d := range listed {
		switch {
		case d.isFor(r.Ticket):
			own = append(own, d)
		case !w.old[d.EventID] && (len(w.fresh) == 0 && d.EventType == PingEvent || w.fresh[d.EventID]):
			r.Seen = append(r.Seen, d)
		}
	}
	if len(own) == 0 {
		w.forgetForeign(ctx, r.Seen)
		if !w.allOwn(r.Seen) {
			return false, nil
		}
		own = r.Seen
	}
	if len(own) == 0 {
		return false, nil
	}
	best := telling(own)
	r.Delivery, r.Seen = &best, nil
	return best.ResponseStatus != nil, nil
}

// allOwn says whether deliveries can be taken for this test's: they are of the only new event, or of all that are new,
// and agree. Without events it takes a second look, in which they still do.
func (w *testWatch) allOwn(deliveries []Delivery) bool {
	if len(w.fresh) == 1 {
		return true
	}
	if len(w.fresh) == 0 && w.looks == 1 || len(w.missing(deliveries)) > 0 {
		return false
	}
	return len(deliveries) == 1 || !slices.ContainsFunc(deliveries, func(d Delivery) bool {
		return d.ResponseStatus == nil || d.Succeeded() != deliveries[0].Succeeded()
	})
}

// missing gives the new events without one of the deliveries.
func (w *testWatch) missing(deliveries []Delivery) (ids []string) {
	for id := range w.fresh {
		if !slices.ContainsFunc(deliveries, func(d Delivery) bool { return d.EventID == id }) {
			ids = append(ids, id)
		}
	}
	return ids
}

// forgetForeign forgets new events that were delivered to other endpoints. It only asks when that could tell which of
// several is this test's. What keeps it from being found out does so until the next look.
func (w *testWatch) forgetForeign(ctx context.Context, deliveries []Delivery) {
	if len(w.fresh) < 2 || len(deliveries) == 0 || len(w.missing(deliveries)) == 0 {
		return
	}
	endpoints, _ := w.client.ListEndpoints(ctx)
	for _, e := range endpoints {
		if e.ID == canonicalOr(w.endpointID) {
			continue
		}
		elsewhere, _ := w.deliveries(ctx, e.ID)
		for _, d := range elsewhere {
			delete(w.fresh, d.EventID)
		}
	}
}

// telling gives the delivery that says most of those of one test: one that succeeded, or else one that was answered.
func telling(deliveries []Delivery) Delivery {
	best := deliveries[0]
	for _, d := range deliveries[1:] {
		if d.Succeeded() && !best.Succeeded() || d.ResponseStatus != nil && best.ResponseStatus == nil {
			best = d
		}
	}
	return best
}

// isFor says whether the ticket's tag leads to the delivery: as its id, or as its event's.
func (d Delivery) isFor(t Ticket) bool { return d.ID == t.DeliveryTag || d.EventID == t.DeliveryTag }
