package sandbox

import (
	"sync"
	"time"
)

// Account holds the endpoints, events and deliveries of one API key. Its exported methods are those of [Server], applied
// to this account. They lock it, and return copies. The other methods require the lock.
type Account struct {
	*Server

	mu         sync.Mutex
	ids        ids
	endpoints  []*Endpoint // these and the others in order of insertion
	events     []Event
	deliveries []listedDelivery
}

// accounts are the accounts of one server.
type accounts struct {
	mu    sync.Mutex
	home  *Account // the account of APIKey
	first string   // if APIKey is empty: the first key used, which owns home; empty until then
	other map[string]*Account
}

// Account returns the account of an API key; an empty key selects the default account, the one that [Server]'s own
// methods use. The default account is that of Server.APIKey or, if that is empty, of the first key passed to Account or
// sent in a request.
func (s *Server) Account(key string) *Account {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	if s.accounts.home == nil {
		s.accounts.home = &Account{Server: s}
		s.accounts.other = map[string]*Account{}
	}
	if s.APIKey == "" && s.accounts.first == "" {
		s.accounts.first = key
	}
	if key == "" || key == s.APIKey || s.APIKey == "" && key == s.accounts.first {
		return s.accounts.home
	}
	if s.accounts.other[key] == nil {
		s.accounts.other[key] = &Account{Server: s}
	}
	return s.accounts.other[key]
}

func (s *Server) home() *Account { return s.Account("") }

// AddEndpoint is [Account.AddEndpoint] for the account of APIKey.
func (s *Server) AddEndpoint(e Endpoint) Endpoint { return s.home().AddEndpoint(e) }

// Endpoint is [Account.Endpoint] for the account of APIKey.
func (s *Server) Endpoint(id string) (Endpoint, bool) { return s.home().Endpoint(id) }

// Endpoints is [Account.Endpoints] for the account of APIKey.
func (s *Server) Endpoints() []Endpoint { return s.home().Endpoints() }

// UpdateEndpoint is [Account.UpdateEndpoint] for the account of APIKey.
func (s *Server) UpdateEndpoint(id string, change func(*Endpoint)) bool {
	return s.home().UpdateEndpoint(id, change)
}

// RemoveEndpoint is [Account.RemoveEndpoint] for the account of APIKey.
func (s *Server) RemoveEndpoint(id string) bool { return s.home().RemoveEndpoint(id) }

// RotateSecret is [Account.RotateSecret] for the account of APIKey.
func (s *Server) RotateSecret(id string, period time.Duration) (Secret, bool) {
	return s.home().RotateSecret(id, period)
}

// AddEvent is [Account.AddEvent] for the account of APIKey.
func (s *Server) AddEvent(e Event) Event { return s.home().AddEvent(e) }

// Events is [Account.Events] for the account of APIKey.
func (s *Server) Events() []Event { return s.home().Events() }

// Send is [Account.Send] for the account of APIKey.
func (s *Server) Send(e Event) (Event, []Endpoint) { return s.home().Send(e) }

// AddDelivery is [Account.AddDelivery] for the account of APIKey.
func (s *Server) AddDelivery(d Delivery) Delivery { return s.home().AddDelivery(d) }

// Deliveries is [Account.Deliveries] for the account of APIKey.
func (s *Server) Deliveries(endpointID string) []Delivery { return s.home().Deliveries(endpointID) }

// Load is [Account.Load] for the account of APIKey.
func (s *Server) Load(file []byte) error { return s.home().Load(file) }

// must panics on a mistake of the test that calls an exported method.
func must[T any](v T, err error) T {
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return v
}
