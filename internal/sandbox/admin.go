package sandbox

import (
	"encoding/json"
	"slices"
	"time"
)

// AddEndpoint creates an endpoint, as another client of the API would, and returns it as stored. It fills in a missing
// id, and missing ids and keys of secrets; without secrets, the endpoint gets one. It panics on a URL that the API
// would reject, on an id that exists already and, unless [Quirks].IDs allows any text, on an id that is not a UUID.
// AddEvent and AddDelivery treat ids the same way.
func (a *Account) AddEndpoint(e Endpoint) Endpoint {
	e = e.clone()
	e.ID = a.mustID("Endpoint.ID", "ep", e.ID)
	for i, secret := range e.Secrets {
		if secret.ID != "" {
			e.Secrets[i].ID = a.mustID("Secret.ID", "sk", secret.ID)
		}
	}
	a.mustStore(&e)
	return a.store.insert(e, a.now())
}

// Endpoint returns an endpoint with its active secrets; false if there is no endpoint with this id.
func (a *Account) Endpoint(id string) (Endpoint, bool) { return a.store.endpoint(id, a.now()) }

// Endpoints returns all endpoints with their active secrets, in order of insertion.
func (a *Account) Endpoints() []Endpoint { return a.store.all(a.now()) }

// UpdateEndpoint changes an endpoint, as another client of the API would; false if there is no endpoint with this id.
// The function sees the active secrets and must not call the server. Secrets without an id or a key get one. The id
// cannot be changed.
func (a *Account) UpdateEndpoint(id string, change func(*Endpoint)) bool {
	_, ok := a.store.change(id, a.now(), func(e *Endpoint) {
		change(e)
		a.mustStore(e)
	})
	return ok
}

// RemoveEndpoint deletes an endpoint, as another client of the API would; false if there is no endpoint with this id.
func (a *Account) RemoveEndpoint(id string) bool {
	_, ok := a.store.remove(id, a.now())
	return ok
}

// RotateSecret rotates an endpoint's key, as another client of the API would, and returns the new key; false if there
// is no endpoint with this id.
func (a *Account) RotateSecret(id string, period time.Duration) (Secret, bool) {
	e, ok := a.store.rotate(id, a.now(), period)
	if !ok {
		return Secret{}, false
	}
	return e.Secrets[len(e.Secrets)-1], true
}

// AddEvent records an event, fills in a missing id, time and data ({}), and returns it as stored. It delivers nothing.
// It panics on data that is not JSON.
func (a *Account) AddEvent(e Event) Event {
	e.ID = a.mustID("Event.ID", "ev", e.ID)
	if e.Data == nil {
		e.Data = json.RawMessage("{}")
	}
	mustJSON("Event.Data", e.Data)
	if e.CreatedAt.IsZero() {
		e.CreatedAt = a.now()
	}
	a.store.addEvent(e)
	return e.clone()
}

// Send records an event like AddEvent, as a finished speech job does, and delivers it to every endpoint whose filters
// include its type. It returns the event as stored and these endpoints. Wait returns once the deliveries are done.
func (a *Account) Send(e Event) (Event, []Endpoint) {
	e = a.AddEvent(e)
	var told []Endpoint
	for _, endpoint := range a.Endpoints() {
		if len(endpoint.EventFilters) == 0 || slices.Contains(endpoint.EventFilters, e.Type) {
			a.dispatch(endpoint, e.ID, e.Type, e.Data)
			told = append(told, endpoint)
		}
	}
	return e, told
}

// AddDelivery records a delivery, which the API lists immediately, and returns it as stored. It fills in missing ids,
// time and method. Nil headers become those of a delivery of this event, if it is known, signed with the endpoint's
// active keys, if the endpoint is known. It panics on a missing EndpointID, and on a body that is not JSON.
func (a *Account) AddDelivery(d Delivery) Delivery {
	if d.EndpointID == "" {
		panic("sandbox: Delivery.EndpointID is missing")
	}
	now := a.now()
	d = d.clone()
	d.DeliveryID = a.mustID("Delivery.DeliveryID", "dl", d.DeliveryID)
	d.EventID = a.mustID("Delivery.EventID", "ev", d.EventID)
	d.EndpointID = a.mustID("Delivery.EndpointID", "ep", d.EndpointID)
	mustJSON("Delivery.RequestBody", d.RequestBody)
	if d.DeliveredAt.IsZero() {
		d.DeliveredAt = now
	}
	if d.RequestMethod == "" {
		d.RequestMethod = "POST"
	}
	if d.RequestHeaders == nil {
		event, _ := a.store.event(d.EventID)
		endpoint, _ := a.store.endpoint(d.EndpointID, now)
		d.RequestHeaders = a.deliveryHeaders(endpoint, d.EventID, event.Type, d.RequestBody, d.DeliveredAt)
	}
	a.store.addDelivery(d, now)
	return d
}

// Deliveries returns the deliveries to an endpoint in order of insertion; an empty id selects those to all endpoints.
// It includes deliveries that the API does not list yet, and deliveries to deleted endpoints.
func (a *Account) Deliveries(endpointID string) []Delivery {
	return a.store.delivered(func(r recorded) bool { return endpointID == "" || r.EndpointID == endpointID })
}

// Events returns all events in order of insertion.
func (a *Account) Events() []Event {
	a.store.mu.Lock()
	defer a.store.mu.Unlock()
	list := slices.Clone(a.store.events)
	for i, e := range list {
		list[i] = e.clone()
	}
	return list
}

func (s *Server) mustID(name, prefix, id string) string {
	if id == "" {
		return s.newID(prefix)
	}
	parsed, ok := s.Quirks.parseID(id)
	if !ok {
		panic("sandbox: " + name + " must be a UUID: " + id)
	}
	return parsed
}

func (s *Server) mustStore(e *Endpoint) {
	if problem := urlProblem(e.URL); problem != "" {
		panic("sandbox: Endpoint.URL " + problem + ": " + e.URL)
	}
	s.keep(e)
}

func mustJSON(name string, raw json.RawMessage) {
	if raw != nil && !json.Valid(raw) {
		panic("sandbox: " + name + " must be JSON: " + string(raw))
	}
}
