package sandbox

import (
	"sync"
	"time"
)

// Account is what one API key gives access to: endpoints, events and deliveries of its own. It has the methods of its server;
// those below act on its own objects.
type Account struct {
	*Server
	store store
}

// accounts are the accounts of one server.
type accounts struct {
	mu    sync.Mutex
	home  *Account // that of APIKey
	first string   // with an empty APIKey, the key that home belongs to; empty: no key was used yet
	other map[string]*Account
}

// Account returns the account of an API key. The methods of [Server] act on the account of Server.APIKey; if that is empty,
// they act on the account of the first key that is used, in a request or here. An empty key: the account that the methods of
// Server act on.
func (s *Server) Account(key string) *Account {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	if s.accounts.home == nil {
		s.accounts.home = s.newAccount()
		s.accounts.other = map[string]*Account{}
	}
	if s.APIKey == "" && s.accounts.first == "" {
		s.accounts.first = key
	}
	if key == "" || key == s.APIKey || s.APIKey == "" && key == s.accounts.first {
		return s.accounts.home
	}
	if s.accounts.other[key] == nil {
		s.accounts.other[key] = s.newAccount()
	}
	return s.accounts.other[key]
}

func (s *Server) newAccount() *Account { return &Account{Server: s, store: store{quirks: &s.Quirks}} }

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
