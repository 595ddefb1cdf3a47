package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultBasePath is the base path of a [Server] without a BasePath. It is that of the real API.
const DefaultBasePath = "/v2/speech"

// Server is one sandbox. The zero value is ready to use. Set fields before the first request and do not change them
// afterwards. Its methods are safe for concurrent use. A Server must not be copied.
type Server struct {
	// APIKey is the accepted x-api-key; the server answers 401 to others. If it is empty, the server accepts any
	// non-empty key, and each key has an [Account] of its own.
	APIKey string

	// OtherKeys are accepted in addition to APIKey. Each has an [Account] of its own.
	OtherKeys []string

	// ForbiddenKey is a valid key without permission for webhooks: the server answers 403. Empty: none.
	ForbiddenKey string

	// BasePath is the prefix of the API's paths, before "/webhooks/". Empty: [DefaultBasePath]; "/": no prefix.
	// Requests outside of it get a bare 404, as from a gateway that does not know the service.
	BasePath string

	// Now is the clock for ids, expiry of keys, events, deliveries, the request log and the rate limit. Nil: time.Now.
	// Waits (Latency, and the delays of faults) always take real time.
	Now func() time.Time

	// Quirks are this installation's differences from the reference.
	Quirks Quirks

	// RateLimit limits the rate of requests. Zero: no limit.
	RateLimit RateLimit

	// Latency is the delay before each request is handled. If the client gives up meanwhile, nothing is done.
	Latency time.Duration

	// Receiver answers deliveries, in the background. If it is nil, each delivery is recorded as answered with 200
	// before the request that caused it is answered. [HTTPReceiver] sends deliveries to receivers on this machine.
	Receiver func(ctx context.Context, r DeliveryRequest) DeliveryResult

	// DeliveryDelay is how long, by Now's clock, it takes until the API lists the delivery of a test event or a replay.
	DeliveryDelay time.Duration

	// Log is called with each request after it was answered. Calls can be concurrent. Nil: no log.
	Log func(Request)

	once     sync.Once
	mux      *http.ServeMux
	accounts accounts
	requests requestLog
	faults   faults
	limiter  limiter
	shuffles atomic.Uint64
	late     background // the work of faults with Detach or DoAfter
	sending  background // deliveries to Receiver
}

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, h handler) {
	c := s.newCall(w, r, h)
	defer s.report(c)

	if err := s.validate(); err != nil {
		s.reply(w, c, s.failure(c, http.StatusInternalServerError, "sandbox_misconfigured", err.Error(), nil))
		return
	}
	if !pause(r.Context(), s.Latency) {
		s.hangUp(c)
	}
	if refused, over := s.limiter.refuse(s.RateLimit, s.now()); over {
		s.reply(w, c, refused)
		return
	}
	if f, ok := s.faults.take(c.request); ok {
		s.serveFault(r.Context(), w, c, f)
		return
	}
	s.reply(w, c, s.carryOut(c))
}

// Wait waits for background work: deliveries, and faults with Detach or DoAfter. It does not wait for requests in
// flight.
func (s *Server) Wait() {
	s.late.wait()
	s.WaitForDeliveries() // last, because a late operation can start deliveries
}

// WaitForDeliveries waits until the receivers have answered all deliveries.
func (s *Server) WaitForDeliveries() { s.sending.wait() }

// carryOut carries out a request and returns the answer. It writes nothing to the client, so that a fault can replace
// or drop the answer.
func (s *Server) carryOut(c *call) answer {
	switch {
	case c.refuse != nil:
		return c.refuse(c.sent)
	case slices.Contains(s.Quirks.Lacks, c.route.operation):
		return s.unknownPath(c.sent)
	}
	if refused, ok := s.authorize(c); !ok {
		return refused
	}
	s.read(c)
	if !c.route.body && c.invalid() { // otherwise, the operation reads the body's fields first
		return s.violations(c)
	}
	account := s.Account(c.request.Header.Get("X-Api-Key"))
	account.mu.Lock()
	defer account.mu.Unlock()
	return c.route.handle(account, c)
}

// authorize checks the API key. It runs before validation, and before the check that the object exists.
func (s *Server) authorize(c *call) (refused answer, ok bool) {
	status, id, detail, message := http.StatusUnauthorized, "auth_unauthorized", "Not Authenticated", "The API key is not valid."
	switch key := c.request.Header.Get("X-Api-Key"); {
	case key == "":
		message = "The header x-api-key is missing."
	case key == s.ForbiddenKey:
		status, id, detail, message = http.StatusForbidden, "forbidden", "Forbidden", "This API key may not use webhooks."
	case s.APIKey == "", key == s.APIKey, slices.Contains(s.OtherKeys, key):
		return answer{}, true
	}
	if s.Quirks.FastAPIErrors {
		return s.detail(http.StatusForbidden, detail+s.echo(c)), false
	}
	return s.failure(c, status, id, message, nil), false
}

// validate checks the fields of the server, so that a typo in a setting does not select its default.
func (s *Server) validate() error {
	if s.BasePath != "" && !strings.HasPrefix(s.BasePath, "/") {
		return fmt.Errorf("Server.BasePath must begin with a slash: %q", s.BasePath)
	}
	if s.APIKey == "" && len(s.OtherKeys) > 0 {
		return errors.New("Server.OtherKeys needs an APIKey: without one, any key is accepted")
	}
	return s.Quirks.Validate()
}

func (s *Server) basePath() string {
	return strings.TrimSuffix(path.Clean(cmp.Or(s.BasePath, DefaultBasePath)), "/")
}

func (s *Server) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// pause waits in real time. It returns false if ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}
