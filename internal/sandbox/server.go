package sandbox

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultBasePath is where a [Server] without a BasePath serves the API, as the real one does.
const DefaultBasePath = "/v2/speech"

// Server is one sandbox. Its zero value is ready; its fields are set before the first request and not changed afterwards.
// All its methods are safe for concurrent use. It must not be copied.
type Server struct {
	// APIKey is the x-api-key that is accepted; any other is answered with 401. Empty: any key that is not empty is accepted,
	// and each is an [Account] of its own.
	APIKey string

	// OtherKeys are accepted beside APIKey, each as an [Account] of its own.
	OtherKeys []string

	// ForbiddenKey is a key that is known but may not use webhooks: it is answered with 403. Empty: none.
	ForbiddenKey string

	// BasePath is what the paths of the API begin with, before "/webhooks/". Empty: [DefaultBasePath]; "/": nothing.
	// Anything outside of it is answered with a bare 404, as by a gateway that knows no such service.
	BasePath string

	// Now is the clock of everything with a date: ids, expiry of keys, events, deliveries, the request log and the rate limit.
	// Nil: time.Now. Waiting (Latency, and the delays of faults) always takes real time.
	Now func() time.Time

	// Quirks are what this installation does differently.
	Quirks Quirks

	// RateLimit answers 429 to what goes beyond it. Zero: no limit.
	RateLimit RateLimit

	// Latency is waited before each request is looked at. A client that gives up meanwhile has had nothing done.
	Latency time.Duration

	// Receiver answers deliveries, in the background. Nil: an invisible receiver takes each with 200 before the request that
	// caused it is answered. [HTTPReceiver] makes one that really sends.
	Receiver func(ctx context.Context, r DeliveryRequest) DeliveryResult

	// DeliveryDelay is how far, by Now's clock, the API's list of deliveries lags behind a test event or a replay.
	DeliveryDelay time.Duration

	// Log is called with each request once it is answered. Nil: none. It is called concurrently.
	Log func(Request)

	accounts accounts
	requests requestLog
	faults   faults
	limiter  limiter
	shuffles atomic.Uint64
	zones    sync.Map // by name
	detached background
}

// ServeHTTP answers one request of the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.arrive(w, r)
	defer s.report(c)

	if problem := s.misconfigured(); problem != "" {
		s.reply(w, c, s.failure(c, http.StatusInternalServerError, "sandbox_misconfigured", problem, nil))
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
		s.misbehave(r.Context(), w, c, f)
		return
	}
	s.reply(w, c, s.carryOut(c))
}

// Wait returns when no work is left that goes on behind the requests that caused it: deliveries, and faults with Detach or
// DoAfter. Requests that are under way are not waited for.
func (s *Server) Wait() { s.detached.wait() }

// carryOut does what a request asks and returns the answer to it. Nothing is written to the client here, so that a fault can
// decide what becomes of the answer.
func (s *Server) carryOut(c *call) answer {
	if c.route == nil || slices.Contains(s.Quirks.Lacks, c.route.operation) {
		return s.unrouted(c)
	}
	if refused, ok := s.authorise(c); !ok {
		return refused
	}
	in := s.read(c)
	if !c.route.body { // else the operation first takes from the body what it knows
		if refused, ok := s.invalid(c, in); ok {
			return refused
		}
	}
	return c.route.handle(s.Account(c.request.Header.Get("X-Api-Key")), c, in)
}

// authorise checks the API key, before anything is said about what exists or what the request got wrong.
func (s *Server) authorise(c *call) (answer, bool) {
	key := c.request.Header.Get("X-Api-Key")
	forbidden := s.ForbiddenKey != "" && key == s.ForbiddenKey
	wrong := s.APIKey != "" && key != s.APIKey && !slices.Contains(s.OtherKeys, key)
	switch {
	case forbidden && s.Quirks.FastAPIErrors:
		return s.detail(http.StatusForbidden, value("Forbidden"+s.echo(c))), false
	case forbidden:
		return s.failure(c, http.StatusForbidden, "forbidden", "This API key may not use webhooks.", nil), false
	case s.Quirks.FastAPIErrors && (key == "" || wrong):
		return s.detail(http.StatusForbidden, value("Not Authenticated"+s.echo(c))), false
	case key == "":
		return s.failure(c, http.StatusUnauthorized, "auth_unauthorized", "The header x-api-key is missing.", nil), false
	case wrong:
		return s.failure(c, http.StatusUnauthorized, "auth_unauthorized", "The API key is not valid.", nil), false
	}
	return answer{}, true
}

// misconfigured says what is wrong with the fields of the server: a typo in a knob must not pass for its default.
func (s *Server) misconfigured() string {
	if s.BasePath != "" && !strings.HasPrefix(s.BasePath, "/") {
		return "Server.BasePath must begin with a slash: " + s.BasePath
	}
	if s.APIKey == "" && len(s.OtherKeys) > 0 {
		return "Server.OtherKeys needs an APIKey: without one, any key is accepted"
	}
	if err := s.Quirks.Validate(); err != nil {
		return err.Error()
	}
	return s.RateLimit.problem()
}

func (s *Server) basePath() string {
	if s.BasePath == "" {
		return DefaultBasePath
	}
	return strings.TrimRight(s.BasePath, "/")
}

func (s *Server) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// pause waits for real time to pass and reports whether it did before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
