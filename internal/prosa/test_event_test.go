package prosa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const testWait = time.Minute

// receiver answers each delivery with a status after a delay; 0: never.
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
		if status == 0 {
			return sandbox.DeliveryResult{}
		}
		return sandbox.DeliveryResult{Status: status}
	}
}

// pinged is a delivery of a test event that another pipeline has caused.
func pinged(id string, status *int) sandbox.Delivery {
	return sandbox.Delivery{EndpointID: id, ResponseStatus: status, RequestHeaders: map[string]string{"x-prosa-event": PingEvent}}
}

func TestTestEvent(t *testing.T) {
	t.Parallel()
	refused, accepted := 500, 200
	for name, row := range map[string]struct {
		api    func(*sandbox.Server)
		others []sandbox.Delivery // listed after the event is sent, before its own delivery
		status int                // 0: no response of the receiver
		seen   bool
		took   time.Duration // at most
	}{
		"accepted":                         {api: func(s *sandbox.Server) { s.Receiver = receiver(0, 200) }, status: 200, seen: true, took: time.Second},
		"accepted after a while":           {api: func(s *sandbox.Server) { s.Receiver = receiver(20*time.Second, 204) }, status: 204, seen: true, took: 22 * time.Second},
		"refused":                          {api: func(s *sandbox.Server) { s.Receiver = receiver(0, 503) }, status: 503, seen: true, took: 2 * time.Second},
		"no response":                      {api: func(s *sandbox.Server) { s.Receiver = receiver(0, 0) }, seen: true, took: testWait},
		"never listed":                     {api: func(s *sandbox.Server) { s.DeliveryDelay = time.Hour }, took: testWait},
		"listed late":                      {api: func(s *sandbox.Server) { s.DeliveryDelay = 30 * time.Second }, status: 200, seen: true, took: 32 * time.Second},
		"its tag is the delivery's id":     {api: func(s *sandbox.Server) { s.Quirks.TagIsDeliveryID = true }, status: 200, seen: true, took: time.Second},
		"another's without a response":     {others: []sandbox.Delivery{pinged(idA, nil)}, api: func(s *sandbox.Server) { s.DeliveryDelay = 5 * time.Second }, status: 200, seen: true, took: 8 * time.Second},
		"another's, refused just before":   {others: []sandbox.Delivery{pinged(idA, &refused)}, api: func(s *sandbox.Server) { s.DeliveryDelay = 700 * time.Millisecond }, status: 200, seen: true, took: 2 * time.Second},
		"another's, refused, listed first": {others: []sandbox.Delivery{pinged(idA, &refused), pinged(idA, nil)}, status: 200, seen: true, took: time.Second},
		"another's, accepted":              {others: []sandbox.Delivery{pinged(idA, &accepted)}, api: func(s *sandbox.Server) { s.DeliveryDelay = time.Hour }, status: 200, seen: true, took: time.Second},
		"events of other endpoints":        {others: []sandbox.Delivery{pinged(idB, &refused)}, api: func(s *sandbox.Server) { s.DeliveryDelay = 5 * time.Second }, status: 200, seen: true, took: 8 * time.Second},
		"a replay of an earlier test": {others: []sandbox.Delivery{{EndpointID: idA, EventID: idC, ResponseStatus: &accepted, RequestHeaders: map[string]string{"x-prosa-event": PingEvent}}},
			api: func(s *sandbox.Server) { s.DeliveryDelay = time.Hour }, took: testWait},
		"other events of the endpoint": {others: []sandbox.Delivery{{EndpointID: idA, ResponseStatus: &accepted, RequestHeaders: map[string]string{"x-prosa-event": "stt.jobs.completed"}}},
			api: func(s *sandbox.Server) { s.DeliveryDelay = time.Hour }, took: testWait},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				time.Sleep(24*time.Hour - 5*time.Second) // the wait goes on past midnight
				api := &sandbox.Server{}
				if row.api != nil {
					row.api(api)
				}
				for _, id := range []string{idA, idB} {
					e := hook(hookParams)
					e.ID = id
					api.AddEndpoint(e)
				}
				earlier := pinged(idA, &refused)
				earlier.EventID = idC
				api.AddDelivery(earlier)
				c, r, _ := simulate(t, api.ServeHTTP)
				api.Inject(sandbox.Fault{Operation: sandbox.OpSendTestEvent, Match: func(sandbox.Request) bool {
					for _, d := range row.others {
						api.AddDelivery(d)
					}
					return true
				}})
				report, err := c.TestEndpoint(t.Context(), idA, testWait, nil)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "seen", report.Delivery != nil, row.seen)
				status := 0
				if d := report.Delivery; d != nil && d.ResponseStatus != nil {
					status = int(*d.ResponseStatus)
				}
				equal(t, "status", status, row.status)
				if report.Took > row.took || row.took == testWait && report.Took != testWait {
					t.Errorf("it took %s", report.Took)
				}
				equal(t, "POSTs", r.count("POST"), 1)
				for _, call := range r.all() { // no questions to other endpoints, and none about events
					if call.target[:len("/v2/speech/webhooks/endpoints/")+len(idA)] != "/v2/speech/webhooks/endpoints/"+idA {
						t.Errorf("%s %s", call.method, call.target)
					}
				}
			})
		})
	}
}

func TestTestEventIsFoundWithAClockThatIsFast(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		time.Sleep(23 * time.Hour)
		api := &sandbox.Server{}
		id := api.AddEndpoint(hook(hookParams)).ID
		c, _, _ := simulate(t, api.ServeHTTP, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(2 * time.Hour) } })
		report, err := c.TestEndpoint(t.Context(), id, testWait, nil)
		if err != nil || report.Delivery == nil {
			t.Errorf("got %v, %v", report, err)
		}
	})
}

// However the API answers, the wait ends at most one request after the timeout.
func TestTestEventKeepsItsTimeout(t *testing.T) {
	for name, fault := range map[string]sandbox.Fault{
		"hangs": {Delay: time.Hour}, "429": {Status: 429}, "429 for long": {Status: 429, Header: http.Header{"Retry-After": {"300"}}},
		"502": {Status: 502}, "503 for long": {Status: 503, Header: http.Header{"Retry-After": {"300"}}}, "slow": {Delay: testTimeout - time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{DeliveryDelay: time.Hour}
				id := api.AddEndpoint(hook(hookParams)).ID
				fault.Operation, fault.Skip, fault.Times = sandbox.OpListDeliveries, 1, -1
				api.Inject(fault)
				c, _, _ := simulate(t, api.ServeHTTP, withTimeout)
				start := time.Now()
				report, _ := c.TestEndpoint(t.Context(), id, 15*time.Second, nil)
				if taken := time.Since(start); taken > 15*time.Second+testTimeout {
					t.Errorf("it took %s", taken)
				}
				equal(t, "has a ticket", report.Ticket != Ticket{}, true)
			})
		})
	}
}

func TestTestEventsOfOneEndpointFollowEachOther(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{Receiver: receiver(3*time.Second, 200, 500)}
		ids := []string{api.AddEndpoint(hook(hookParams)).ID, api.AddEndpoint(hook(hookParams)).ID}
		c, r, _ := simulate(t, api.ServeHTTP)
		var (
			group sync.WaitGroup
			mu    sync.Mutex
			seen  = map[string]int{}
		)
		for n := range 8 {
			group.Go(func() {
				report, err := c.TestEndpoint(t.Context(), ids[n%2], testWait, nil)
				if err != nil || report.Delivery == nil {
					t.Errorf("got %v, %v", report, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				seen[report.Delivery.ID]++
			})
		}
		group.Wait()
		equal(t, "deliveries", len(seen), 8)
		equal(t, "POSTs", r.count("POST"), 8)
	})
}

func TestTestEventReportsItsWaiting(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{DeliveryDelay: time.Hour}
		id := api.AddEndpoint(hook(hookParams)).ID
		c, _, naps := simulate(t, api.ServeHTTP)
		var told []time.Duration
		report, err := c.TestEndpoint(t.Context(), id, 10*time.Second, func(elapsed time.Duration) { told = append(told, elapsed) })
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "took", report.Took, 10*time.Second)
		equal(t, "told", told, []time.Duration{0, 250e6, 750e6, 1750e6, 3750e6, 5750e6, 7750e6, 9750e6})
		equal(t, "waits", naps.all(), []time.Duration{250e6, 500e6, 1e9, 2e9, 2e9, 2e9, 2e9, 250e6})
	})
}

func TestTestEventWhoseResponseIsLostIsNotResent(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"closed": {Close: true}, "502": {Status: 502}, "504": {Status: 504}, "cut off": {Truncate: 20}, "no ticket": {Body: "{}"}, "timeout": {Delay: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{}
				id := api.AddEndpoint(hook(hookParams)).ID
				fault.Operation = sandbox.OpSendTestEvent
				api.Inject(fault)
				c, r, _ := simulate(t, api.ServeHTTP)
				report, err := c.TestEndpoint(t.Context(), id, testWait, nil)
				equal(t, "may be done", asError(t, err).MayBeDone(), true)
				equal(t, "ticket", report.Ticket, Ticket{})
				equal(t, "POSTs", r.count("POST"), 1)
			})
		})
	}
}

func TestTestEventThatIsInterrupted(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		api := &sandbox.Server{DeliveryDelay: 10 * time.Second}
		id := api.AddEndpoint(hook(hookParams)).ID
		c, r, _ := simulate(t, api.ServeHTTP)
		started := time.Now()
		report, err := c.TestEndpoint(cancelAfter(t, 5*time.Second), id, testWait, nil)
		if !errors.Is(err, context.Canceled) || report.Ticket.DeliveryTag == "" {
			t.Errorf("got %v and the ticket %v", err, report.Ticket)
		}
		equal(t, "ended after", time.Since(started), 5*time.Second)
		equal(t, "POSTs", r.count("POST"), 1)
		if report, err = c.TestEndpoint(t.Context(), id, testWait, nil); err != nil || report.Delivery == nil { // the lock is free
			t.Errorf("the next one got %v, %v", report, err)
		}
	})
}

func TestTestEventOfADeletedEndpoint(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		skip  int // looks before the endpoint is deleted
		posts int
	}{"before it is sent": {0, 0}, "after it is sent": {2, 1}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				api := &sandbox.Server{DeliveryDelay: time.Hour}
				id := api.AddEndpoint(hook(hookParams)).ID
				api.Inject(sandbox.Fault{Operation: sandbox.OpListDeliveries, Skip: row.skip, Status: 404,
					Body: fmt.Sprintf(`{"status":"webhook_endpoint_not_found","message":"x","context":{"endpoint_id":%q}}`, id)})
				c, r, _ := simulate(t, api.ServeHTTP)
				report, err := c.TestEndpoint(t.Context(), id, testWait, nil)
				equal(t, "deleted", IsEndpointGone(err), true)
				equal(t, "POSTs", r.count("POST"), row.posts)
				equal(t, "has a ticket", report.Ticket != Ticket{}, row.posts == 1)
			})
		})
	}
}
