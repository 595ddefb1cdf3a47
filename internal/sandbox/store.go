package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Endpoint is a webhook endpoint. Its URL is normalized unless [Quirks].KeepURL is set. Its Secrets are oldest first.
type Endpoint struct {
	ID              string
	URL             string
	EventFilters    []string
	SSLVerification bool
	Secrets         []Secret
}

// Secret is a signing key of an endpoint.
type Secret struct {
	ID        string // a version 7 UUID, unless [Quirks].IDs
	Key       string
	ExpiredAt *time.Time // when it stops being active; nil: never
}

// Event is an event that is delivered to endpoints.
type Event struct {
	ID        string
	Type      string
	Data      json.RawMessage // served byte for byte
	CreatedAt time.Time
}

// Delivery is one attempt to send an event to an endpoint. If ResponseStatus is nil, the receiver did not answer.
type Delivery struct {
	DeliveryID      string
	EventID         string
	EndpointID      string
	DeliveredAt     time.Time
	RequestMethod   string
	RequestHeaders  map[string]string // an empty map is served as null; [Quirks].HeaderLists splits values at line breaks
	RequestBody     json.RawMessage   // served byte for byte; nil: null
	ResponseStatus  *int
	ResponseHeaders map[string]string // nil: null
	ResponseBody    *string
	ElapsedTime     *float64 // seconds
}

// store is the data of one account, in order of insertion. It returns copies only.
type store struct {
	quirks     *Quirks
	mu         sync.Mutex
	ids        ids
	endpoints  []*Endpoint
	events     []Event
	deliveries []recorded
}

// recorded is a delivery and the time from which the API lists it.
type recorded struct {
	Delivery
	listed time.Time
}

func (e Endpoint) clone() Endpoint {
	e.EventFilters = slices.Clone(e.EventFilters)
	e.Secrets = slices.Clone(e.Secrets)
	for i, secret := range e.Secrets {
		e.Secrets[i].ExpiredAt = clonePointer(secret.ExpiredAt)
	}
	return e
}

// at returns the endpoint as it is at a time, without the keys that have expired by then.
func (e Endpoint) at(now time.Time) Endpoint {
	e = e.clone()
	e.Secrets = slices.DeleteFunc(e.Secrets, func(k Secret) bool { return k.ExpiredAt != nil && !k.ExpiredAt.After(now) })
	return e
}

// keys returns the keys that sign a delivery.
func (e Endpoint) keys() []string {
	var keys []string
	for _, secret := range e.Secrets {
		keys = append(keys, secret.Key)
	}
	return keys
}

func (e Event) clone() Event {
	e.Data = bytes.Clone(e.Data)
	return e
}

func (d Delivery) clone() Delivery {
	d.RequestHeaders = maps.Clone(d.RequestHeaders)
	d.RequestBody = bytes.Clone(d.RequestBody)
	d.ResponseStatus = clonePointer(d.ResponseStatus)
	d.ResponseHeaders = maps.Clone(d.ResponseHeaders)
	d.ResponseBody = clonePointer(d.ResponseBody)
	d.ElapsedTime = clonePointer(d.ElapsedTime)
	return d
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// find returns the stored endpoint, not a copy. The caller must hold the lock.
func (t *store) find(id string) *Endpoint {
	for _, e := range t.endpoints {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// endpoint returns an endpoint as it is at a time.
func (t *store) endpoint(id string, now time.Time) (Endpoint, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.find(id)
	if e == nil {
		return Endpoint{}, false
	}
	return e.at(now), true
}

func (t *store) all(now time.Time) []Endpoint {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]Endpoint, len(t.endpoints))
	for i, e := range t.endpoints {
		list[i] = e.at(now)
	}
	return list
}

// insert adds an endpoint whose fields are valid. Without a key, it gets one.
func (t *store) insert(e Endpoint, now time.Time) Endpoint {
	t.mu.Lock()
	defer t.mu.Unlock()
	e = e.clone()
	if t.find(e.ID) != nil {
		panic("sandbox: there is an endpoint with the id " + e.ID + " already")
	}
	if len(e.Secrets) == 0 {
		e.Secrets = []Secret{{}}
	}
	t.complete(&e, now)
	t.endpoints = append(t.endpoints, &e)
	return e.at(now)
}

// complete fills in missing ids and keys of secrets.
func (t *store) complete(e *Endpoint, now time.Time) {
	for i := range e.Secrets {
		if e.Secrets[i].ID == "" {
			e.Secrets[i].ID = t.quirks.spellID("sk", t.ids.ordered(now))
		}
		if e.Secrets[i].Key == "" {
			e.Secrets[i].Key = newKey()
		}
	}
}

// change applies a change to an endpoint's current state, and returns the result.
func (t *store) change(id string, now time.Time, change func(*Endpoint)) (Endpoint, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.find(id)
	if e == nil {
		return Endpoint{}, false
	}
	next := e.at(now)
	change(&next)
	if next.ID != id {
		panic(fmt.Sprintf("sandbox: the id of endpoint %s cannot be changed", id))
	}
	t.complete(&next, now)
	*e = next.clone()
	return e.at(now), true
}

// rotate adds a key. The other keys expire after the period, unless they expire earlier.
func (t *store) rotate(id string, now time.Time, period time.Duration) (Endpoint, bool) {
	return t.change(id, now, func(e *Endpoint) {
		end := now.Add(period)
		for i, secret := range e.Secrets {
			if secret.ExpiredAt == nil || secret.ExpiredAt.After(end) {
				e.Secrets[i].ExpiredAt = &end
			}
		}
		e.Secrets = append(e.Secrets, Secret{})
	})
}

// remove deletes an endpoint. Its deliveries stay in the store, but the API no longer shows them.
func (t *store) remove(id string, now time.Time) (Endpoint, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, e := range t.endpoints {
		if e.ID == id {
			t.endpoints = slices.Delete(t.endpoints, i, i+1)
			return e.at(now), true
		}
	}
	return Endpoint{}, false
}

func (t *store) addEvent(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.ContainsFunc(t.events, func(other Event) bool { return other.ID == e.ID }) {
		panic("sandbox: there is an event with the id " + e.ID + " already")
	}
	t.events = append(t.events, e.clone())
}

func (t *store) event(id string) (Event, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.events {
		if e.ID == id {
			return e.clone(), true
		}
	}
	return Event{}, false
}

func (t *store) addDelivery(d Delivery, listed time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.ContainsFunc(t.deliveries, func(other recorded) bool { return other.DeliveryID == d.DeliveryID }) {
		panic("sandbox: there is a delivery with the id " + d.DeliveryID + " already")
	}
	t.deliveries = append(t.deliveries, recorded{d.clone(), listed})
}

// delivered returns the deliveries that match a condition.
func (t *store) delivered(want func(recorded) bool) []Delivery {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []Delivery{}
	for _, r := range t.deliveries {
		if want(r) {
			list = append(list, r.clone())
		}
	}
	return list
}

// tag returns a new id for a delivery ticket.
func (t *store) tag(now time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.quirks.spellID("tag", t.ids.ordered(now))
}
