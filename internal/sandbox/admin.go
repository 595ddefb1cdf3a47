package sandbox

import (
	"encoding/json"
	"slices"
	"time"
)

// AddEndpoint creates an endpoint as somebody else would, and returns it as stored. A missing id is filled in, and so are
// missing ids and keys of its secrets; without any secret it gets one. It panics on an id that is no UUID or is taken, and on
// a URL the API would refuse.
func (s *Server) AddEndpoint(e Endpoint) Endpoint {
	e = e.clone()
	e.ID = mustID("Endpoint.ID", e.ID)
	for i, secret := range e.Secrets {
		if secret.ID != "" {
			e.Secrets[i].ID = mustID("Secret.ID", secret.ID)
		}
	}
	e.URL = s.mustURL(e.URL)
	return s.store.insert(e, s.now())
}

// Endpoint returns an endpoint with its active secrets; false: there is none with this id.
func (s *Server) Endpoint(id string) (Endpoint, bool) { return s.store.endpoint(id, s.now()) }

// Endpoints returns all endpoints with their active secrets, in order of insertion.
func (s *Server) Endpoints() []Endpoint { return s.store.all(s.now()) }

// UpdateEndpoint changes an endpoint as somebody else would; false: there is none with this id. The change sees the active
// secrets and must not call the server. Secrets without id or key get them. The id cannot be changed.
func (s *Server) UpdateEndpoint(id string, change func(*Endpoint)) bool {
	_, ok := s.store.change(id, s.now(), func(e *Endpoint) {
		change(e)
		e.URL = s.mustURL(e.URL)
	})
	return ok
}

// RemoveEndpoint deletes an endpoint as somebody else would; false: there is none with this id.
func (s *Server) RemoveEndpoint(id string) bool {
	_, ok := s.store.remove(id, s.now())
	return ok
}

// RotateSecret rotates the key of an endpoint as somebody else would, and returns the new key; false: there is no endpoint
// with this id.
func (s *Server) RotateSecret(id string, period time.Duration) (Secret, bool) {
	e, ok := s.store.rotate(id, s.now(), period)
	if !ok {
		return Secret{}, false
	}
	return e.Secrets[len(e.Secrets)-1], true
}

// AddEvent records an event and returns it as stored, with a missing id, time and data ({}) filled in. It delivers nothing. It
// panics on an id that is no UUID or is taken, and on data that is not JSON.
func (s *Server) AddEvent(e Event) Event {
	e.ID = mustID("Event.ID", e.ID)
	if e.Data == nil {
		e.Data = json.RawMessage("{}")
	}
	mustJSON("Event.Data", e.Data)
	if e.CreatedAt.IsZero() {
		e.CreatedAt = s.now()
	}
	s.store.addEvent(e)
	return e.clone()
}

// Send makes an event happen, as a speech job that ends does: it records it like AddEvent, and delivers it to every endpoint
// whose filters want its type. It returns the event as stored and these endpoints; Wait returns when all is delivered.
func (s *Server) Send(e Event) (Event, []Endpoint) {
	e = s.AddEvent(e)
	var told []Endpoint
	for _, endpoint := range s.Endpoints() {
		if len(endpoint.EventFilters) == 0 || slices.Contains(endpoint.EventFilters, e.Type) {
			s.dispatch(endpoint, e.ID, e.Type, e.Data)
			told = append(told, endpoint)
		}
	}
	return e, told
}

// AddDelivery records a delivery, at once on the API's list, and returns it as stored. Missing ids, time, method and headers
// (nil) are filled in: the headers of a delivery of this event, if it is known, signed with the active keys of the endpoint, if that
// is known. It panics on ids that are no UUID or are taken, on a missing EndpointID, and on a body that is not JSON.
func (s *Server) AddDelivery(d Delivery) Delivery {
	if d.EndpointID == "" {
		panic("sandbox: Delivery.EndpointID is missing")
	}
	now := s.now()
	d = d.clone()
	d.DeliveryID = mustID("Delivery.DeliveryID", d.DeliveryID)
	d.EventID = mustID("Delivery.EventID", d.EventID)
	d.EndpointID = mustID("Delivery.EndpointID", d.EndpointID)
	mustJSON("Delivery.RequestBody", d.RequestBody)
	if d.DeliveredAt.IsZero() {
		d.DeliveredAt = now
	}
	if d.RequestMethod == "" {
		d.RequestMethod = "POST"
	}
	if d.RequestHeaders == nil {
		event, _ := s.store.event(d.EventID)
		endpoint, _ := s.store.endpoint(d.EndpointID, now)
		d.RequestHeaders = deliveryHeaders(endpoint, d.EventID, event.Type, d.RequestBody, d.DeliveredAt)
	}
	s.store.addDelivery(d, now)
	return d
}

// Deliveries returns the deliveries to an endpoint in order of insertion, also those the API's list does not show yet, and
// those to an endpoint that is gone. An empty id: to all of them.
func (s *Server) Deliveries(endpointID string) []Delivery {
	return s.store.delivered(func(r recorded) bool { return endpointID == "" || r.EndpointID == endpointID })
}

// Events returns all events in order of insertion.
func (s *Server) Events() []Event {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	list := slices.Clone(s.store.events)
	for i, e := range list {
		list[i] = e.clone()
	}
	return list
}

func mustID(name, id string) string {
	if id == "" {
		return newID()
	}
	parsed, ok := parseID(id)
	if !ok {
		panic("sandbox: " + name + " must be a UUID: " + id)
	}
	return parsed
}

func (s *Server) mustURL(text string) string {
	if problem := urlProblem(text); problem != "" {
		panic("sandbox: Endpoint.URL " + problem + ": " + text)
	}
	return s.spell(text)
}

func mustJSON(name string, raw json.RawMessage) {
	if raw != nil && !json.Valid(raw) {
		panic("sandbox: " + name + " must be JSON: " + string(raw))
	}
}
