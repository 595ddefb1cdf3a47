package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
)

// Quirks are what installations of the API do differently. The zero value is the reference page.
type Quirks struct {
	CreateStatus     int    // the status of a create; 0: 200
	DeleteAnswer     string // what a delete answers: "" the endpoint; "empty": 200 without a body; "no-content": 204
	ListOrder        string // of every list: "" insertion; "reverse"; "shuffle": another order with each call
	SecretsOrder     string // "" oldest first; "newest-first"
	EmptyFilters     string // how an endpoint without event_filters shows them: "" []; "null"; "missing"
	KeepURL          bool   // URLs are kept as sent instead of being brought into normal form
	UnknownFields    bool   // every object has a member that is not in the reference
	ZonelessTimes    bool   // date-times have no zone, and always six digits of a second
	HideExpiry       bool   // expired_at is always null; else it is there when the key has an end, and missing when not
	EchoKey          bool   // error messages repeat the API key, and a secret_key that was sent
	UpperCaseHeaders bool   // names in request_headers of deliveries are in upper case
	TagIsDeliveryID  bool   // the delivery_tag of a ticket is the delivery_id of the delivery; else it never is
}

func (q Quirks) problem() string {
	if q.CreateStatus != 0 && (q.CreateStatus < 200 || q.CreateStatus > 299) {
		return fmt.Sprintf("Quirks.CreateStatus must be a 2xx status: %d", q.CreateStatus)
	}
	for _, knob := range []struct {
		name, value string
		known       []string
	}{
		{"DeleteAnswer", q.DeleteAnswer, []string{"", "empty", "no-content"}},
		{"ListOrder", q.ListOrder, []string{"", "reverse", "shuffle"}},
		{"SecretsOrder", q.SecretsOrder, []string{"", "newest-first"}},
		{"EmptyFilters", q.EmptyFilters, []string{"", "null", "missing"}},
	} {
		if !slices.Contains(knob.known, knob.value) {
			return fmt.Sprintf("Quirks.%s is none of %q: %q", knob.name, knob.known, knob.value)
		}
	}
	return ""
}

// created is the status of a create.
func (q Quirks) created() int {
	if q.CreateStatus == 0 {
		return http.StatusOK
	}
	return q.CreateStatus
}

// list answers a list in the order this installation gives lists.
func (s *Server) list(items [][]byte) answer {
	switch s.Quirks.ListOrder {
	case "reverse":
		slices.Reverse(items)
	case "shuffle":
		// Seeded from a counter: the same calls give the same orders, run after run.
		order := rand.New(rand.NewPCG(s.shuffles.next(), 0))
		order.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	return answer{status: http.StatusOK, body: array(items)}
}

// counter counts calls.
type counter struct {
	mu sync.Mutex
	n  uint64
}

func (c *counter) next() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}
