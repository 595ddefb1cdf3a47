package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Endpoint is a webhook endpoint. Its URL is normalized unless [Quirks].KeepURL is set. Its Secrets are oldest first.
type Endpoint struct {
	ID              string   `json:"id"`
	URL             string   `json:"url"`
	EventFilters    []string `json:"event_filters"`
	SSLVerification bool     `json:"ssl_verification"`
	Secrets         []Secret `json:"secrets"`
}

// Secret is a signing key of an endpoint.
type Secret struct {
	ID        string     `json:"id"` // a version 7 UUID, unless [Quirks].IDs
	Key       string     `json:"key"`
	ExpiredAt *time.Time `json:"expired_at"` // when it stops being active; nil: never
}

func (e Endpoint) clone() Endpoint {
	e.EventFilters = slices.Clone(e.EventFilters)
	e.Secrets = slices.Clone(e.Secrets)
	for i, secret := range e.Secrets {
		e.Secrets[i].ExpiredAt = clonePointer(secret.ExpiredAt)
	}
	return e
}

// active returns a copy without the keys that have expired by now.
func (e Endpoint) active(now time.Time) Endpoint {
	e = e.clone()
	e.Secrets = slices.DeleteFunc(e.Secrets, func(k Secret) bool { return k.ExpiredAt != nil && !k.ExpiredAt.After(now) })
	return e
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// keys returns all keys. Those of an active copy sign a delivery.
func (e Endpoint) keys() []string {
	var keys []string
	for _, secret := range e.Secrets {
		keys = append(keys, secret.Key)
	}
	return keys
}

// AddEndpoint creates an endpoint, as another client of the API would, and returns it as stored. It fills in a missing
// id, and missing ids and keys of secrets; without secrets, the endpoint gets one. It panics on a URL that the API
// would reject, on an id that exists already and, unless [Quirks].IDs allows any text, on an id that is not a UUID.
// AddEvent and AddDelivery treat ids the same way.
func (a *Account) AddEndpoint(e Endpoint) Endpoint {
	a.mu.Lock()
	defer a.mu.Unlock()
	return must(a.addEndpoint(e))
}

func (a *Account) addEndpoint(e Endpoint) (Endpoint, error) {
	e = e.clone()
	var err error
	if e.ID, err = a.checkID("id", "ep", e.ID); err != nil {
		return e, err
	}
	if a.find(e.ID) != nil {
		return e, fmt.Errorf("id exists already: %q", e.ID)
	}
	for i, secret := range e.Secrets {
		if secret.ID != "" {
			if e.Secrets[i].ID, err = a.checkID(fmt.Sprintf("secrets[%d].id", i), "sk", secret.ID); err != nil {
				return e, err
			}
		}
	}
	if len(e.Secrets) == 0 {
		e.Secrets = []Secret{{}}
	}
	if err := a.complete(&e); err != nil {
		return e, err
	}
	a.endpoints = append(a.endpoints, &e)
	return e.active(a.now()), nil
}

// complete fills in missing ids and keys of secrets, and changes the other fields to what this installation stores.
func (a *Account) complete(e *Endpoint) error {
	if problem := urlProblem(e.URL); problem != "" {
		return fmt.Errorf("url %s: %q", problem, e.URL)
	}
	e.URL = a.storedURL(e.URL)
	if a.Quirks.DropUnknownFilters {
		e.EventFilters = slices.DeleteFunc(e.EventFilters, func(t string) bool { return !slices.Contains(documentedTypes(), t) })
	}
	if a.Quirks.IgnoreSSLVerification {
		e.SSLVerification = true
	}
	for i := range e.Secrets {
		secret := &e.Secrets[i]
		if secret.ID == "" {
			secret.ID = a.orderedID("sk")
		}
		secret.Key = cmp.Or(secret.Key, newKey())
	}
	return nil
}

// documentedTypes returns all event types that any of Prosa's pages documents.
func documentedTypes() []string {
	return []string{
		"stt.jobs.completed", "stt.jobs.failed", "stt.job.completed", "stt.job.failed", "tts.job.completed", "tts.job.failed", "webhook.ping",
	}
}

// Endpoint returns an endpoint with its active secrets; false if there is no endpoint with this id.
func (a *Account) Endpoint(id string) (Endpoint, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.endpoint(id)
}

func (a *Account) endpoint(id string) (Endpoint, bool) {
	if e := a.find(id); e != nil {
		return e.active(a.now()), true
	}
	return Endpoint{}, false
}

// find returns the stored endpoint, not a copy.
func (a *Account) find(id string) *Endpoint {
	for _, e := range a.endpoints {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// Endpoints returns all endpoints with their active secrets, in order of insertion.
func (a *Account) Endpoints() []Endpoint {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]Endpoint, len(a.endpoints))
	for i, e := range a.endpoints {
		list[i] = e.active(a.now())
	}
	return list
}

// UpdateEndpoint changes an endpoint, as another client of the API would; false if there is no endpoint with this id.
// The function sees the active secrets and must not call the server. Secrets without an id or a key get one. The id
// cannot be changed.
func (a *Account) UpdateEndpoint(id string, change func(*Endpoint)) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.update(id, change)
	return ok
}

func (a *Account) update(id string, change func(*Endpoint)) (Endpoint, bool) {
	next, ok := a.endpoint(id)
	if !ok {
		return next, false
	}
	change(&next)
	if next.ID != id {
		panic(fmt.Sprintf("sandbox: the id of endpoint %s cannot be changed", id))
	}
	// Clone, because change may keep what it assigned.
	next = next.clone()
	if err := a.complete(&next); err != nil {
		panic("sandbox: " + err.Error())
	}
	*a.find(id) = next
	return a.endpoint(id)
}

// RemoveEndpoint deletes an endpoint, as another client of the API would; false if there is no endpoint with this id.
// Its deliveries stay on record, but the API no longer shows them.
func (a *Account) RemoveEndpoint(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.remove(id)
}

func (a *Account) remove(id string) bool {
	before := len(a.endpoints)
	a.endpoints = slices.DeleteFunc(a.endpoints, func(e *Endpoint) bool { return e.ID == id })
	return len(a.endpoints) < before
}

// RotateSecret rotates an endpoint's key, as another client of the API would, and returns the new key; false if there
// is no endpoint with this id.
func (a *Account) RotateSecret(id string, period time.Duration) (Secret, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e, ok := a.rotate(id, period)
	if !ok {
		return Secret{}, false
	}
	return e.Secrets[len(e.Secrets)-1], true
}

// rotate adds a key. The other keys expire after the period, unless they expire earlier.
func (a *Account) rotate(id string, period time.Duration) (Endpoint, bool) {
	end := a.now().Add(period)
	return a.update(id, func(e *Endpoint) {
		for i, secret := range e.Secrets {
			if secret.ExpiredAt == nil || secret.ExpiredAt.After(end) {
				e.Secrets[i].ExpiredAt = &end
			}
		}
		e.Secrets = append(e.Secrets, Secret{})
	})
}

// listEndpoints is GET /webhooks/endpoints.
func (a *Account) listEndpoints(*call) answer {
	var items []json.RawMessage
	for _, e := range a.endpoints {
		items = append(items, a.object(a.endpointFields(*e, false)...))
	}
	return a.list(items)
}

// createEndpoint is POST /webhooks/endpoints.
func (a *Account) createEndpoint(c *call) answer {
	e := Endpoint{
		URL:             c.body.url("url"),
		EventFilters:    c.body.texts("event_filters"),
		SSLVerification: c.body.optionalFlag("ssl_verification", true),
	}
	if key := c.body.text("secret_key"); key != "" {
		e.Secrets = []Secret{{Key: key}}
	}
	if c.invalid() {
		return a.violations(c)
	}
	created := a.endpointAnswer(must(a.addEndpoint(e)))
	created.status = cmp.Or(a.Quirks.CreateStatus, http.StatusOK)
	return created
}

// getEndpoint is GET /webhooks/endpoints/{endpoint_id}.
func (a *Account) getEndpoint(c *call) answer {
	e, ok := a.endpoint(c.id)
	if !ok {
		return a.notFound(c)
	}
	return a.endpointAnswer(e)
}

// updateEndpoint is PUT /webhooks/endpoints/{endpoint_id}. It replaces all fields: an update without
// event_filters, such as the reference's example, removes the filters.
func (a *Account) updateEndpoint(c *call) answer {
	url, filters, verify := c.body.url("url"), c.body.texts("event_filters"), c.body.flag("ssl_verification")
	if c.invalid() {
		return a.violations(c)
	}
	e, ok := a.update(c.id, func(e *Endpoint) { e.URL, e.EventFilters, e.SSLVerification = url, filters, verify })
	if !ok {
		return a.notFound(c)
	}
	return a.changeAnswer(a.Quirks.UpdateAnswer, e)
}

// deleteEndpoint is DELETE /webhooks/endpoints/{endpoint_id}. It answers with the deleted endpoint.
func (a *Account) deleteEndpoint(c *call) answer {
	e, ok := a.endpoint(c.id)
	if !ok {
		return a.notFound(c)
	}
	a.remove(c.id)
	return a.changeAnswer(a.Quirks.DeleteAnswer, e)
}

// rotateSecret is POST /webhooks/endpoints/{endpoint_id}/secret.
func (a *Account) rotateSecret(c *call) answer {
	const day = 24 * time.Hour
	const longest = 1<<63 - 1
	period := c.body.object("rotation_period")
	days := period.number("days", int64(longest/day)/2)
	hours := period.number("hours", int64(longest/time.Hour)/2)
	period.rejectUnread()
	if c.invalid() {
		return a.violations(c)
	}
	e, ok := a.rotate(c.id, time.Duration(days)*day+time.Duration(hours)*time.Hour)
	if !ok {
		return a.notFound(c)
	}
	return a.endpointAnswer(e)
}

// changeAnswer answers an update or a delete, in the form that a quirk selects.
func (s *Server) changeAnswer(quirk string, e Endpoint) answer {
	switch quirk {
	case "empty":
		return answer{status: http.StatusOK}
	case "no-content":
		return answer{status: http.StatusNoContent}
	case "message":
		return success(s.object(field{"message", "deleted"}))
	case "text":
		return success([]byte("OK"))
	case "other":
		e.ID = s.newID("ep")
	}
	return s.endpointAnswer(e)
}

func (s *Server) endpointAnswer(e Endpoint) answer {
	return success(s.object(s.endpointFields(e, true)...))
}

// endpointFields returns an endpoint's members in the order of the reference. Only the detail form has the secrets.
func (s *Server) endpointFields(e Endpoint, detail bool) []field {
	fields := []field{{"id", e.ID}, {"url", e.URL}}
	if detail {
		fields = append(fields, field{"secrets", s.secrets(e.Secrets)})
	} else if s.Quirks.SparseListing {
		return fields
	}
	filters := e.EventFilters
	if s.Quirks.DuplicateFilters {
		filters = slices.Concat(filters, filters)
	}
	switch {
	case len(filters) > 0:
		fields = append(fields, field{"event_filters", filters})
	case s.Quirks.EmptyFilters == "":
		fields = append(fields, field{"event_filters", []string{}})
	case s.Quirks.EmptyFilters == "null":
		fields = append(fields, field{"event_filters", nil})
	}
	return append(fields, field{"ssl_verification", e.SSLVerification})
}

func (s *Server) secrets(secrets []Secret) json.RawMessage {
	var items []json.RawMessage
	for _, secret := range secrets {
		fields := []field{{"id", secret.ID}, {"key", secret.Key}}
		if s.Quirks.HideExpiry {
			fields = append(fields, field{"expired_at", nil})
		} else if secret.ExpiredAt != nil {
			fields = append(fields, field{"expired_at", s.dateTime(*secret.ExpiredAt)})
		}
		items = append(items, s.object(fields...))
	}
	if s.Quirks.SecretsOrder == "newest-first" {
		slices.Reverse(items)
	}
	return array(items)
}
