package sandbox

import (
	"cmp"
	"sync"
	"time"
)

// Account holds the endpoints, events and deliveries of one API key. Its exported methods are those of [Server], applied
// to this account. They lock it, and return copies. The other methods require the lock.
type Account struct {
	*Server

	mu         sync.Mutex
	ids        ids
	endpoints  []*Endpoint // all three lists are in order of insertion
	events     []Event
	deliveries []listedDelivery
}

// accounts are the accounts of one server, by key. The primary one has an empty key.
type accounts struct {
	mu    sync.Mutex
	byKey map[string]*Account
	first string // if APIKey is empty: the first key used, which selects the primary account
}

// Account returns the account of an API key; an empty key selects the primary account, the one that [Server]'s own
// methods use. The primary account is that of Server.APIKey or, if that is empty, of the first key passed to Account or
// sent in a request.
func (s *Server) Account(key string) *Account {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	s.accounts.first = cmp.Or(s.accounts.first, key)
	if key == cmp.Or(s.APIKey, s.accounts.first) {
		key = ""
	}
	if s.accounts.byKey == nil {
		s.accounts.byKey = map[string]*Account{}
	}
	if s.accounts.byKey[key] == nil {
		s.accounts.byKey[key] = &Account{Server: s}
	}
	return s.accounts.byKey[key]
}

func (s *Server) primary() *Account { return s.Account("") }

// AddEndpoint is [Account.AddEndpoint] for the primary account.
func (s *Server) AddEndpoint(e Endpoint) Endpoint { return s.primary().AddEndpoint(e) }

// Endpoint is [Account.Endpoint] for the primary account.
func (s *Server) Endpoint(id string) (Endpoint, bool) { return s.primary().Endpoint(id) }

// Endpoints is [Account.Endpoints] for the primary account.
func (s *Server) Endpoints() []Endpoint { return s.primary().Endpoints() }

// UpdateEndpoint is [Account.UpdateEndpoint] for the primary account.
func (s *Server) UpdateEndpoint(id string, change func(*Endpoint)) bool {
	return s.primary().UpdateEndpoint(id, change)
}

// RemoveEndpoint is [Account.RemoveEndpoint] for the primary account.
func (s *Server) RemoveEndpoint(id string) bool { return s.primary().RemoveEndpoint(id) }

// RotateSecret is [Account.RotateSecret] for the primary account.
func (s *Server) RotateSecret(id string, period time.Duration) (Secret, bool) {
	return s.primary().RotateSecret(id, period)
}

// AddEvent is [Account.AddEvent] for the primary account.
func (s *Server) AddEvent(e Event) Event { return s.primary().AddEvent(e) }

// Events is [Account.Events] for the primary account.
func (s *Server) Events() []Event { return s.primary().Events() }

// Send is [Account.Send] for the primary account.
func (s *Server) Send(e Event) (Event, []Endpoint) { return s.primary().Send(e) }

// AddDelivery is [Account.AddDelivery] for the primary account.
func (s *Server) AddDelivery(d Delivery) Delivery { return s.primary().AddDelivery(d) }

// Deliveries is [Account.Deliveries] for the primary account.
func (s *Server) Deliveries(endpointID string) []Delivery { return s.primary().Deliveries(endpointID) }

// Load is [Account.Load] for the primary account.
func (s *Server) Load(file []byte) error { return s.primary().Load(file) }

// must panics on an error, which is a mistake in the test that called an exported method.
func must[T any](v T, err error) T {
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return v
}
