package prosa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const testWait = time.Minute

var (
	atOnce = ping{status: 200}
	never  = ping{listed: -1, answered: -1}
)

// verdict is what a report comes to.
type verdict struct {
	delivery string // of this test; empty: none
	status   int64  // of the receiver; 0: no answer
	seen     int    // deliveries that could not be told apart
}

func verdictOf(r TestReport) verdict {
	v := verdict{seen: len(r.Seen)}
	if r.Delivery != nil {
		v.delivery = r.Delivery.ID
		if r.Delivery.ResponseStatus != nil {
			v.status = *r.Delivery.ResponseStatus
		}
	}
	return v
}

func TestTestEventIsToldFromOthers(t *testing.T) {
	t.Parallel()
	// The pings of the account are numbered in this order: others, beside, the test itself.
	id := func(n int) string { return pingID(2, n) }
	second := time.Second
	for name, row := range map[string]struct {
		account *pingAccount
		want    verdict
		took    time.Duration // at most; 0: the whole wait
	}{
		"the tag is the delivery's": {
			account: &pingAccount{tag: "delivery", outcomes: []ping{atOnce}, beside: []ping{{status: 500}}},
			want:    verdict{id(2), 200, 0}, took: firstPoll,
		},
		"the tag is the event's": {
			account: &pingAccount{tag: "event", outcomes: []ping{{status: 500}}, beside: []ping{atOnce}},
			want:    verdict{id(2), 500, 0}, took: firstPoll,
		},
		"the tag is nothing else": {
			account: &pingAccount{outcomes: []ping{atOnce}},
			want:    verdict{id(1), 200, 0}, took: firstPoll,
		},
		"refused by the receiver": {
			account: &pingAccount{outcomes: []ping{{status: 503}}},
			want:    verdict{id(1), 503, 0}, took: firstPoll,
		},
		"slow receiver, listed when it answers": {
			account: &pingAccount{outcomes: []ping{{listed: 20 * second, answered: 20 * second, status: 204}}},
			want:    verdict{id(1), 204, 0}, took: 20*second + lastPoll,
		},
		"slow receiver, listed before it answers": {
			account: &pingAccount{outcomes: []ping{{answered: 20 * second, status: 204}}},
			want:    verdict{id(1), 204, 0}, took: 20*second + lastPoll,
		},
		"receiver that never answers, listed":     {account: &pingAccount{outcomes: []ping{{answered: -1}}}, want: verdict{id(1), 0, 0}},
		"receiver that never answers, not listed": {account: &pingAccount{outcomes: []ping{never}}, want: verdict{}},
		"tried again by the API": {
			account: &pingAccount{outcomes: []ping{{status: 500, again: []int{200}}}},
			want:    verdict{pingID(4, 1), 200, 0}, took: firstPoll,
		},
		"tried again by the API for nothing": {
			account: &pingAccount{outcomes: []ping{{status: 200, again: []int{500, 0}}}},
			want:    verdict{id(1), 200, 0}, took: firstPoll,
		},

		"an earlier one is delivered late": {
			account: &pingAccount{outcomes: []ping{{listed: 9 * second, status: 200}}, others: []ping{{sent: -30 * second, listed: 31 * second, status: 500}}},
			want:    verdict{id(2), 200, 0}, took: 9*second + lastPoll,
		},
		"an earlier one is delivered late, this one never": {
			account: &pingAccount{outcomes: []ping{never}, others: []ping{{sent: -30 * second, listed: 31 * second, status: 200}}},
			want:    verdict{},
		},
		"an earlier one is replayed": {
			account: &pingAccount{outcomes: []ping{never}, others: []ping{{sent: -30 * second, status: 500, event: idC}, {sent: second, status: 200, event: idC}}},
			want:    verdict{},
		},
		"a later one is delivered first": {
			account: &pingAccount{outcomes: []ping{{listed: 9 * second, status: 500}}, others: []ping{{sent: second, status: 200}}},
			want:    verdict{id(2), 500, 0}, took: 9*second + lastPoll,
		},
		"at the same moment, they agree": {
			account: &pingAccount{outcomes: []ping{atOnce}, beside: []ping{atOnce, atOnce}},
			want:    verdict{id(3), 200, 0}, took: firstPoll,
		},
		"at the same moment, both are refused": {
			account: &pingAccount{outcomes: []ping{{status: 500}}, beside: []ping{{status: 404}}},
			want:    verdict{id(2), 500, 0}, took: firstPoll,
		},
		"at the same moment, they disagree": {
			account: &pingAccount{outcomes: []ping{{status: 500}}, beside: []ping{atOnce}},
			want:    verdict{"", 0, 2},
		},
		"at the same moment, the other one first": {
			account: &pingAccount{outcomes: []ping{{listed: 9 * second, status: 200}}, beside: []ping{atOnce}},
			want:    verdict{id(2), 200, 0}, took: 9*second + lastPoll,
		},
		"at the same moment, the other one only": {
			account: &pingAccount{outcomes: []ping{never}, beside: []ping{atOnce}},
			want:    verdict{"", 0, 1},
		},
		"at the same moment, to another endpoint": {
			account: &pingAccount{outcomes: []ping{atOnce}, beside: []ping{{endpoint: idB, listed: 5 * second, status: 500}}},
			want:    verdict{id(2), 200, 0}, took: 5*second + lastPoll,
		},

		"without headers, the tag is the delivery's": {
			account: &pingAccount{tag: "delivery", outcomes: []ping{{status: 500}}, hideHeaders: true, hideEvents: true},
			want:    verdict{id(1), 500, 0}, took: firstPoll,
		},
		"without headers, the event tells": {
			account: &pingAccount{outcomes: []ping{atOnce}, hideHeaders: true},
			want:    verdict{id(1), 200, 0}, took: firstPoll,
		},
		"without headers, nothing tells": {
			account: &pingAccount{outcomes: []ping{atOnce}, hideHeaders: true, hideEvents: true},
			want:    verdict{},
		},
		"events are listed late": {
			account: &pingAccount{outcomes: []ping{{listed: 3 * second, status: 500}}, eventLag: second, others: []ping{{sent: -5 * second, listed: 6 * second, status: 200}}},
			want:    verdict{id(2), 500, 0}, took: 3*second + lastPoll,
		},
		"events of tests are not listed": {
			account: &pingAccount{outcomes: []ping{atOnce}, hideEvents: true},
			want:    verdict{id(1), 200, 0}, took: 3 * firstPoll,
		},
		"events may not be listed": {
			account: &pingAccount{outcomes: []ping{atOnce}, eventsStatus: 403},
			want:    verdict{id(1), 200, 0}, took: 3 * firstPoll,
		},
		"without events, an earlier one is replayed": {
			account: &pingAccount{outcomes: []ping{never}, hideEvents: true, others: []ping{{sent: -30 * second, status: 500, event: idC}, {sent: second, status: 200, event: idC}}},
			want:    verdict{},
		},
		"without events, another one follows at once and they disagree": {
			account: &pingAccount{outcomes: []ping{{status: 500}}, hideEvents: true, beside: []ping{atOnce}},
			want:    verdict{"", 0, 2},
		},
		"without events, another one appears before the second look and they disagree": {
			account: &pingAccount{outcomes: []ping{{listed: 2 * firstPoll, status: 500}}, hideEvents: true, beside: []ping{atOnce}},
			want:    verdict{"", 0, 2},
		},
		"without events, they agree": {
			account: &pingAccount{outcomes: []ping{atOnce}, hideEvents: true, beside: []ping{{status: 204}}},
			want:    verdict{id(2), 200, 0}, took: 3 * firstPoll,
		},
		"without events, not answered": {
			account: &pingAccount{outcomes: []ping{{answered: -1}}, hideEvents: true},
			want:    verdict{id(1), 0, 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				time.Sleep(time.Hour)
				row.account.begun = time.Now()
				row.account.begin()
				c, r, _ := simulate(t, row.account.ServeHTTP)
				report, err := c.TestEndpoint(t.Context(), idA, testWait, nil)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "verdict", verdictOf(report), row.want)
				equal(t, "requests to send", r.count("POST"), 1)
				if row.took == 0 && report.Took != testWait || row.took > 0 && report.Took > row.took {
					t.Errorf("it took %s", report.Took)
				}
			})
		})
	}
}

func TestTestEventIsWaitedForPastMidnight(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		time.Sleep(24*time.Hour - 5*time.Second) // bubbles begin at midnight
		a := &pingAccount{outcomes: []ping{{listed: 30 * time.Second, answered: 30 * time.Second, status: 200}}}
		c, _, _ := simulate(t, a.ServeHTTP)
		report, err := c.TestEndpoint(t.Context(), idA, testWait, nil)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "verdict", verdictOf(report), verdict{pingID(2, 1), 200, 0})
	})
}

func TestTestEventIsFoundWithAClockThatIsFast(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		time.Sleep(23 * time.Hour)
		a := &pingAccount{outcomes: []ping{atOnce}}
		c, _, _ := simulate(t, a.ServeHTTP, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(2 * time.Hour) } })
		report, err := c.TestEndpoint(t.Context(), idA, testWait, nil)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "verdict", verdictOf(report), verdict{pingID(2, 1), 200, 0})
	})
}

func TestTestEventsOfOneClientDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	for _, hideEvents := range []bool{false, true} {
		t.Run(fmt.Sprintf("hide events %t", hideEvents), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := &pingAccount{hideEvents: hideEvents}
				for n := range 8 { // every other one is refused, and all take longer than a look
					a.outcomes = append(a.outcomes, ping{listed: 3 * time.Second, status: 200 + 300*(n%2)})
				}
				c, r, _ := simulate(t, a.ServeHTTP)
				var group sync.WaitGroup
				for n := range 8 {
					group.Go(func() {
						report, err := c.TestEndpoint(t.Context(), []string{idA, idB}[n%2], testWait, nil)
						if err != nil {
							t.Error(err)
							return
						}
						a.mu.Lock()
						defer a.mu.Unlock()
						for i, p := range a.pings { // a ticket's tag is no more than a number here
							if report.Ticket.DeliveryTag == pingID(3, i+1) {
								equal(t, "verdict", verdictOf(report), verdict{pingID(2, i+1), int64(p.status), 0})
							}
						}
					})
				}
				group.Wait()
				equal(t, "requests to send", r.count("POST"), 8)
				for _, call := range r.all() { // each knew its event at once
					if strings.HasSuffix(call.target, "/endpoints") {
						t.Errorf("%s %s", call.method, call.target)
					}
				}
			})
		})
	}
}

func TestTestEventReportsItsWaiting(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &pingAccount{outcomes: []ping{never}}
		c, _, naps := simulate(t, a.ServeHTTP)
		var told []time.Duration
		report, err := c.TestEndpoint(t.Context(), idA, 10*time.Second, func(elapsed time.Duration) { told = append(told, elapsed) })
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "took", report.Took, 10*time.Second)
		equal(t, "told", told, []time.Duration{0, 250e6, 750e6, 1750e6, 3750e6, 5750e6, 7750e6, 9750e6})
		equal(t, "waits", naps.all(), []time.Duration{250e6, 500e6, 1e9, 2e9, 2e9, 2e9, 2e9, 250e6})
	})
}

func TestTestEventWhoseAnswerIsLostIsNotSentAgain(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"closed": hangUp, "502": reply(502, "<html>"), "504": reply(504, ""), "cut off": cutOff(ticketJSON, 20), "no ticket": reply(200, "{}"), "stalled": silent,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := &pingAccount{testAnswer: answer}
				c, r, _ := simulate(t, a.ServeHTTP)
				report, err := c.TestEndpoint(t.Context(), idA, testWait, nil)
				if !asError(t, err).MayBeDone() {
					t.Errorf("it should be said that it may be done: %v", err)
				}
				equal(t, "ticket", report.Ticket, Ticket{})
				equal(t, "requests to send", r.count("POST"), 1)
			})
		})
	}
}

func TestTestEventThatIsInterrupted(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := &pingAccount{outcomes: []ping{never}}
		c, r, _ := simulate(t, a.ServeHTTP)
		started := time.Now()
		report, err := c.TestEndpoint(cancelAfter(t, 5*time.Second), idA, testWait, nil)
		if !errors.Is(err, context.Canceled) || report.Ticket.DeliveryTag != pingID(3, 1) {
			t.Errorf("got %v and the ticket %v", err, report.Ticket)
		}
		equal(t, "ended after", time.Since(started), 5*time.Second)
		equal(t, "requests to send", r.count("POST"), 1)

		// The turn has been given back.
		a.outcomes = []ping{atOnce}
		if report, err = c.TestEndpoint(t.Context(), idA, testWait, nil); err != nil || report.Delivery == nil {
			t.Errorf("the next one got %v, %v", report, err)
		}
	})
}

func TestTestEventThatCannotBeWatched(t *testing.T) {
	t.Parallel()
	gone := reply(404, `{"status":"webhook_endpoint_not_found","message":"no such endpoint"}`)
	for name, row := range map[string]struct {
		failing int // the listing of deliveries that fails
		posts   int
	}{"before it is sent": {1, 0}, "after it is sent": {3, 1}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a := &pingAccount{outcomes: []ping{never}, listingAnswer: func(nth int) http.HandlerFunc {
					if nth == row.failing {
						return gone
					}
					return nil
				}}
				c, r, _ := simulate(t, a.ServeHTTP)
				report, err := c.TestEndpoint(t.Context(), idA, testWait, nil)
				if !IsEndpointGone(err) {
					t.Errorf("got %v", err)
				}
				equal(t, "requests to send", r.count("POST"), row.posts)
				equal(t, "has a ticket", report.Ticket != Ticket{}, row.posts == 1)
			})
		})
	}
}
