package prosa

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const testWait = time.Minute

// receiver responds to deliveries with the statuses in turn, each after a delay. Status 0 is no response.
func receiver(delay time.Duration, statuses ...int) func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
	var (
		mu sync.Mutex
		n  int
	)
	return func(context.Context, sandbox.DeliveryRequest) sandbox.DeliveryResult {
		mu.Lock()
		status := statuses[n%len(statuses)]
		n++
		mu.Unlock()
		time.Sleep(delay)
		return sandbox.DeliveryResult{Status: status}
	}
}

func TestTestEndpoint(t *testing.T) {
	t.Parallel()
	other := func(status *int) sandbox.Delivery { // of a test event that another pipeline sent
		return sandbox.Delivery{EndpointID: idA, ResponseStatus: status, RequestHeaders: map[string]string{"x-prosa-event": PingEvent}}
	}
	earlier, replay, otherEvent := other(new(500)), other(new(200)), other(new(200))
	earlier.EventID, replay.EventID = idC, idC
	otherEvent.RequestHeaders = map[string]string{"x-prosa-event": "stt.jobs.completed"}
	for name, row := range map[string]struct {
		statuses []int              // of the receiver
		latency  time.Duration      // of the receiver
		listed   time.Duration      // when the delivery is listed, after the event
		others   []sandbox.Delivery // listed right after the event
		want     int                // status in the report; 0: the delivery has no response; -1: no delivery
		took     time.Duration      // at most
	}{
		"accepted":                  {want: 200, took: time.Second},
		"accepted after a while":    {statuses: []int{204}, latency: 20 * time.Second, want: 204, took: 22 * time.Second},
		"refused":                   {statuses: []int{503}, want: 503, took: 2 * time.Second},
		"no response":               {statuses: []int{0}, want: 0, took: testWait},
		"never listed":              {listed: time.Hour, want: -1, took: testWait},
		"listed late":               {listed: 30 * time.Second, want: 200, took: 32 * time.Second},
		"other test, no response":   {others: []sandbox.Delivery{other(nil)}, listed: 5 * time.Second, want: 200, took: 8 * time.Second},
		"other test, refused":       {others: []sandbox.Delivery{other(new(500))}, listed: 700 * time.Millisecond, want: 200, took: 2 * time.Second},
		"other tests, listed first": {others: []sandbox.Delivery{other(new(500)), other(nil)}, want: 200, took: time.Second},
		"other test, accepted":      {others: []sandbox.Delivery{other(new(200))}, listed: time.Hour, want: 200, took: time.Second},
		"replay of earlier test":    {others: []sandbox.Delivery{replay}, listed: time.Hour, want: -1, took: testWait},
		"other event":               {others: []sandbox.Delivery{otherEvent}, listed: time.Hour, want: -1, took: testWait},
	} {
		runInBubble(t, name, func(t *testing.T) {
			time.Sleep(24*time.Hour - 5*time.Second) // the test begins shortly before midnight
			api := sandboxWithEndpoint()
			api.DeliveryDelay = row.listed
			if row.statuses != nil {
				api.Receiver = receiver(row.latency, row.statuses...)
			}
			api.AddDelivery(earlier)
			api.Inject(sandbox.Fault{Operation: sandbox.OpSendTestEvent, Match: func(sandbox.Request) bool {
				for _, d := range row.others {
					api.AddDelivery(d)
				}
				return true
			}})
			c, log := newClient(t, api)
			report, err := c.TestEndpoint(t.Context(), idA, testWait, nil)
			if err != nil {
				t.Fatal(err)
			}
			status := -1
			if d := report.Delivery; d != nil && d.ResponseStatus != nil {
				status = int(*d.ResponseStatus)
			} else if d != nil {
				status = 0
			}
			equal(t, "status", status, row.want)
			if report.Took > row.took || row.took == testWait && report.Took != testWait {
				t.Errorf("it took %s, want %s", report.Took, row.took)
			}
			equal(t, "POSTs", log.count("POST"), 1)
			for _, request := range log.all() {
				if !strings.HasPrefix(request.target, endpointsPath+"/"+idA) {
					t.Errorf("unexpected request: %s %s", request.method, request.target)
				}
			}
		})
	}
}

func TestTestEndpointWithAFastClock(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		time.Sleep(23 * time.Hour)
		c, _ := newClient(t, sandboxWithEndpoint(), func(c *Config) { c.Now = func() time.Time { return time.Now().Add(2 * time.Hour) } })
		report, err := c.TestEndpoint(t.Context(), idA, testWait, nil)
		if err != nil || report.Delivery == nil {
			t.Errorf("got %+v, %v, want a delivery", report, err)
		}
	})
}

// The test ends at most one request after the timeout.
func TestTestEndpointTimesOut(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"hangs": {Delay: time.Hour}, "429": {Status: 429}, "429 for five minutes": {Status: 429, Header: http.Header{"Retry-After": {"300"}}},
		"502": {Status: 502}, "503 for five minutes": {Status: 503, Header: http.Header{"Retry-After": {"300"}}},
		"slow": {Delay: testTimeout - time.Second},
	} {
		runInBubble(t, name, func(t *testing.T) {
			api := sandboxWithEndpoint()
			api.DeliveryDelay = time.Hour
			fault.Operation, fault.Skip, fault.Times = sandbox.OpListDeliveries, 1, -1
			api.Inject(fault)
			c, _ := newClient(t, api)
			start := time.Now()
			report, _ := c.TestEndpoint(t.Context(), idA, 15*time.Second, nil)
			if elapsed := time.Since(start); elapsed > 15*time.Second+testTimeout {
				t.Errorf("it took %s, want at most 15s and one request", elapsed)
			}
			equal(t, "has a ticket", report.Ticket != Ticket{}, true)
		})
	}
}

func TestTestEndpointRunsOneAfterAnother(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{Receiver: receiver(3*time.Second, 200, 500)}
		ids := []string{api.AddEndpoint(hook(hookParams)).ID, api.AddEndpoint(hook(hookParams)).ID}
		c, log := newClient(t, api)
		deliveries := make([]string, 8)
		inParallel(len(deliveries), func(n int) {
			report, err := c.TestEndpoint(t.Context(), ids[n%2], testWait, nil)
			if err != nil || report.Delivery == nil {
				t.Errorf("got %+v, %v, want a delivery", report, err)
				return
			}
			deliveries[n] = report.Delivery.ID
		})
		slices.Sort(deliveries)
		equal(t, "different deliveries", len(slices.Compact(deliveries)), 8)
		equal(t, "POSTs", log.count("POST"), 8)
	})
}

func TestTestEndpointReportsProgress(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := sandboxWithEndpoint()
		api.DeliveryDelay = time.Hour
		c, _ := newClient(t, api)
		var reported []time.Duration
		report, err := c.TestEndpoint(t.Context(), idA, 10*time.Second, func(elapsed time.Duration) { reported = append(reported, elapsed) })
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "took", report.Took, 10*time.Second)
		equal(t, "reported", reported, []time.Duration{0, 250e6, 750e6, 1750e6, 3750e6, 5750e6, 7750e6, 9750e6})
	})
}

func TestTestEventIsNotRetriedAfterALostResponse(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"closed": {Close: true}, "502": {Status: 502}, "504": {Status: 504}, "cut off": {Truncate: 20}, "no ticket": {Body: "{}"},
		"timeout": {Delay: time.Hour},
	} {
		runInBubble(t, name, func(t *testing.T) {
			api := sandboxWithEndpoint()
			fault.Operation = sandbox.OpSendTestEvent
			api.Inject(fault)
			c, log := newClient(t, api)
			report, err := c.TestEndpoint(t.Context(), idA, testWait, nil)
			equal(t, "may be done", asError(t, err).MayBeDone(), true)
			equal(t, "ticket", report.Ticket, Ticket{})
			equal(t, "POSTs", log.count("POST"), 1)
		})
	}
}

func TestInterruptedTestEndpoint(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := sandboxWithEndpoint()
		api.DeliveryDelay = 10 * time.Second
		c, log := newClient(t, api)
		start := time.Now()
		report, err := c.TestEndpoint(cancelAfter(t, 5*time.Second), idA, testWait, nil)
		if !errors.Is(err, context.Canceled) || report.Ticket.DeliveryTag == "" {
			t.Errorf("got %v and the ticket %v, want context.Canceled and a ticket", err, report.Ticket)
		}
		equal(t, "elapsed", time.Since(start), 5*time.Second)
		equal(t, "POSTs", log.count("POST"), 1)
		if report, err = c.TestEndpoint(t.Context(), idA, testWait, nil); err != nil || report.Delivery == nil {
			t.Errorf("the next test got %+v, %v, want a delivery", report, err)
		}
	})
}

func TestTestEndpointOfADeletedEndpoint(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		listings int // before the endpoint is deleted
		posts    int
	}{"before the event": {0, 0}, "after the event": {2, 1}} {
		runInBubble(t, name, func(t *testing.T) {
			api := sandboxWithEndpoint()
			api.DeliveryDelay = time.Hour
			api.Inject(sandbox.Fault{Operation: sandbox.OpListDeliveries, Skip: row.listings, Status: 404, Body: deletedMessage})
			c, log := newClient(t, api)
			report, err := c.TestEndpoint(t.Context(), idA, testWait, nil)
			equal(t, "deleted", IsEndpointDeleted(err), true)
			equal(t, "POSTs", log.count("POST"), row.posts)
			equal(t, "has a ticket", report.Ticket != Ticket{}, row.posts == 1)
		})
	}
}
