package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
)

const (
	requestTimeout = 30 * time.Second
	cleanupTime    = 30 * time.Second // for deleting the endpoint at the end, even after an interrupt
	searchTime     = 5 * time.Second  // for finding an endpoint whose create got no response
)

// need is a prerequisite of a check.
type need string

const (
	nothing    need = ""
	anEndpoint need = "endpoint of its own"
	aRotation  need = "rotated key"
	aTicket    need = "test event"
	aDelivery  need = "delivery of the test event"
	anEvent    need = "event of the test in the list"
	aDeletion  need = "deleted endpoint"
)

// session is one run against one installation: the data that the checks share.
type session struct {
	options
	out    io.Writer
	client *prosa.Client // the provider's own
	wire   *recorder     // sends every request, including the client's
	has    map[need]bool

	missing    string // an id that no object has
	signingKey string // sent with the create
	undecided  bool   // the create may have taken effect, but the endpoint's id is unknown
	endpoint   prosa.Endpoint
	rotation   prosa.Rotation
	ticket     prosa.Ticket
	tested     time.Time     // when the test event was sent, by the API's clock
	deadline   time.Time     // of the wait for the test event, by this machine's clock
	listed     time.Duration // how long it took until the API listed the delivery
	delivery   prosa.Delivery
}

func newSession(o options, out io.Writer) (*session, error) {
	base, err := prosa.ParseBaseURL(o.baseURL)
	if err != nil {
		return nil, fmt.Errorf("PROSA_BASE_URL cannot be used: %w", err)
	}
	o.baseURL = base.String()
	s := &session{
		options: o, out: out, has: map[need]bool{nothing: true},
		missing: uuid.NewString(), signingKey: strings.ReplaceAll(uuid.NewString()+uuid.NewString(), "-", ""),
	}
	s.wire = &recorder{
		basePath: base.EscapedPath(), own: map[string]bool{s.missing: true}, foreign: map[string]bool{},
	}
	if s.client, err = s.newClient(o.apiKey); err != nil {
		return nil, fmt.Errorf("PROSA_API_KEY cannot be used: %w", err)
	}
	s.client.Hide(s.signingKey)
	return s, nil
}

// newClient returns a client like the provider's, but without retries: a create must not be sent twice.
func (s *session) newClient(apiKey string) (*prosa.Client, error) {
	return prosa.New(prosa.Config{
		BaseURL: s.baseURL, APIKey: apiKey, UserAgent: "terraform-provider-prosa-conformance",
		RequestTimeout: requestTimeout, TimeZone: s.zone, Transport: s.wire,
	})
}

// say prints text without secrets.
func (s *session) say(format string, args ...any) {
	// Ignore errors: if the output is closed, the endpoint must still be deleted.
	_, _ = io.WriteString(s.out, s.client.Redact(fmt.Sprintf(format, args...)))
}

// connect checks that the API responds and accepts the key. It records the existing endpoints as foreign.
func (s *session) connect(ctx context.Context) error {
	listed, err := s.client.ListEndpoints(ctx)
	e, seen := prosa.As(err), s.wire.last("GET /webhooks/endpoints")
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted; nothing was done")
	case e == nil || e.StatusCode/100 == 3 || e.StatusCode == http.StatusOK: // the checks show what is wrong
	case e.StatusCode == 0:
		return fmt.Errorf("the API at %s cannot be reached: %s", s.client.BaseURL(), e.Reason())
	case e.KeyRefused():
		return fmt.Errorf("the API does not accept the key in PROSA_API_KEY: %s", seen)
	default:
		return fmt.Errorf("the API at %s does not list endpoints, check PROSA_BASE_URL: %s", s.client.BaseURL(), seen)
	}
	for _, e := range listed {
		s.wire.foreign[e.ID] = true
		if sameURL(e.URL, s.url) {
			return errors.New("the account already has an endpoint with this URL; choose another one with -url")
		}
	}
	return nil
}

// sameURL reports whether two URLs are the same, except for slashes at the end.
func sameURL(a, b string) bool {
	return strings.TrimRight(prosa.NormalizeURL(a), "/") == strings.TrimRight(prosa.NormalizeURL(b), "/")
}

// result is a check and its finding.
type result struct {
	check
	finding
}

// measure runs all checks, in the order of the table. Then it cleans up, even if a check panics.
func (s *session) measure(ctx context.Context) (results []result, deleted bool) {
	defer func() { deleted = s.cleanUp(ctx) }()
	s.say("\n")
	for _, c := range checks() {
		r := result{check: c}
		if s.has[c.needs] {
			r.finding = c.measure(ctx, s)
		} else {
			r.finding = notSeen("there is no %s", c.needs)
		}
		// A failure because of an interrupt, the network or a gateway says nothing about the API.
		if problem := s.wire.swapProblem(nil); ctx.Err() != nil && r.verdict != assumed {
			r.finding = notSeen("interrupted")
		} else if problem != nil && r.verdict != assumed {
			r.finding = notSeen("%s", problem)
		}
		results = append(results, r)
	}
	return results, false // the deferred cleanup sets deleted
}

// cleanUp deletes the endpoint if it still exists. If it cannot, it says so and returns false.
func (s *session) cleanUp(ctx context.Context) (deleted bool) {
	if !s.has[anEndpoint] && !s.undecided {
		return true
	}
	if ctx.Err() != nil {
		s.say("Interrupted. Deleting the endpoint first ...\n")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	if !s.has[anEndpoint] && !s.find(ctx) {
		s.say("WARNING: the create got no usable response, and no new endpoint with the URL %s is listed.\n"+
			"List the endpoints again in a few minutes, and delete it if it is there.\n", s.url)
		return false
	}
	if err := s.client.DeleteEndpoint(ctx, s.endpoint.ID); err != nil && !prosa.IsEndpointDeleted(err) {
		s.say("WARNING: the endpoint %s could not be deleted: %s.\nDelete it yourself:\n"+
			"  curl -X DELETE -H \"x-api-key: $PROSA_API_KEY\" '%s/webhooks/endpoints/%s'\n",
			s.endpoint.ID, err, s.client.BaseURL(), url.PathEscape(s.endpoint.ID))
		return false
	}
	s.say("Deleted the endpoint %s.\n", s.endpoint.ID)
	s.has[anEndpoint] = false
	return true
}

// find searches for the endpoint whose create got no response.
func (s *session) find(ctx context.Context) bool {
	for end := time.Now().Add(searchTime); ; {
		listed, err := s.client.ListEndpoints(ctx)
		for _, e := range listed {
			if !s.wire.foreign[e.ID] && sameURL(e.URL, s.url) {
				s.adopt(e)
				return true
			}
		}
		if err != nil || time.Now().After(end) || pause(ctx, time.Second) != nil {
			return false
		}
	}
}

// adopt records an endpoint as the one that this session has created.
func (s *session) adopt(e prosa.Endpoint) {
	s.endpoint, s.has[anEndpoint] = e, true
	s.wire.claim(e.ID)
}

// The operations, as the checks use them.

func (s *session) create(ctx context.Context) (any, error) {
	e, err := s.client.CreateEndpoint(ctx, prosa.EndpointParams{URL: s.url, SSLVerification: true}, s.signingKey)
	if failure := prosa.As(err); failure != nil {
		s.undecided = failure.MayBeDone() || failure.Undecided
		if failure.StatusCode == 400 || failure.StatusCode == 422 { // the API may reject the URL's host
			return nil, fmt.Errorf("%w: %s; try -url with a receiver of yours", errUnseen, s.wire.last("POST /webhooks/endpoints"))
		}
	}
	if err == nil {
		s.adopt(e)
		s.say("Created the endpoint %s.\n", e.ID)
	}
	return e, err
}

func (s *session) list(ctx context.Context) (any, error) { return s.client.ListEndpoints(ctx) }

func (s *session) read(ctx context.Context) (any, error) {
	return s.client.GetEndpoint(ctx, s.endpoint.ID)
}

func (s *session) updateNothing(ctx context.Context) (any, error) { return s.update(ctx, s.url, true) }

func (s *session) readEvent(ctx context.Context) (any, error) {
	return s.client.GetEvent(ctx, s.delivery.EventID)
}

func (s *session) replay(ctx context.Context) (any, error) {
	return s.client.ReplayDelivery(ctx, s.delivery.ID)
}

func (s *session) replayFailed(ctx context.Context) (any, error) {
	return s.client.ReplayFailedDeliveries(ctx, s.endpoint.ID)
}

func (s *session) readMissingEndpoint(ctx context.Context) (any, error) {
	return s.client.GetEndpoint(ctx, s.missing)
}

func (s *session) readMissingEvent(ctx context.Context) (any, error) {
	return s.client.GetEvent(ctx, s.missing)
}

func (s *session) replayMissing(ctx context.Context) (any, error) {
	return s.client.ReplayDelivery(ctx, s.missing)
}

// update sends all fields, as the provider does.
func (s *session) update(ctx context.Context, url string, verify bool, filters ...string) (prosa.Endpoint, error) {
	return s.client.UpdateEndpoint(ctx, s.endpoint.ID, prosa.EndpointParams{URL: url, EventFilters: filters, SSLVerification: verify})
}

// rotationPeriod is how long the first key stays active after the rotation.
const rotationPeriod = time.Hour

func (s *session) rotate(ctx context.Context) (_ any, err error) {
	s.rotation, err = s.client.RotateSecret(ctx, s.endpoint.ID, prosa.Period{Hours: int64(rotationPeriod / time.Hour)})
	s.has[aRotation] = err == nil
	return nil, err
}

func (s *session) sendTest(ctx context.Context) (_ any, err error) {
	s.ticket, err = s.client.SendTestEvent(ctx, s.endpoint.ID)
	s.tested = s.wire.last("POST /webhooks/endpoints/{id}/test").date
	s.deadline = time.Now().Add(s.wait)
	s.has[aTicket] = err == nil
	return nil, err
}

// errUnseen marks errors that do not show how the API behaves.
var errUnseen = errors.New("not seen")

// poll repeats a request until found returns true, or until the deadline of the test event.
func (s *session) poll(ctx context.Context, what string, found func() (bool, error)) (any, error) {
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		if ok, err := found(); ok || err != nil {
			return nil, err
		}
		left := time.Until(s.deadline)
		if left <= 0 {
			return nil, fmt.Errorf("%w: the API did not list the %s within %s", errUnseen, what, s.wait)
		}
		if wait == time.Second {
			s.say("Waiting up to %s until the API lists the %s ...\n", left.Round(time.Second), what)
		}
		if err := pause(ctx, min(wait, left)); err != nil {
			return nil, err
		}
	}
}

func (s *session) awaitDelivery(ctx context.Context) (any, error) {
	return s.poll(ctx, "delivery of the test event", func() (bool, error) {
		report, err := s.client.ListDeliveries(ctx, prosa.DeliveryQuery{EndpointID: s.endpoint.ID, IncludeBodies: true})
		// Without event filters, the endpoint also gets the account's own events. After the deadline, use an event of any
		// type.
		i := slices.IndexFunc(report.Deliveries, func(d prosa.Delivery) bool {
			return d.EventType == prosa.PingEvent || d.EventType == "" || time.Now().After(s.deadline)
		})
		if err != nil || i < 0 {
			return false, err
		}
		s.listed = s.wait - time.Until(s.deadline)
		s.delivery, s.has[aDelivery] = report.Deliveries[i], true
		s.wire.claim(s.delivery.ID)
		return true, nil
	})
}

func (s *session) awaitEvent(ctx context.Context) (any, error) {
	days := prosa.Days{From: s.tested.UTC().AddDate(0, 0, -1).Format(time.DateOnly)}
	if !s.has[aDelivery] { // no event is known to be the test event, so do not wait for one
		s.deadline = time.Now()
	}
	return s.poll(ctx, "test event", func() (bool, error) {
		events, err := s.client.ListEvents(ctx, days)
		s.has[anEvent] = s.has[aDelivery] && slices.ContainsFunc(events, func(e prosa.Event) bool { return e.ID == s.delivery.EventID })
		if s.has[anEvent] {
			s.wire.claim(s.delivery.EventID)
		}
		return s.has[anEvent], err
	})
}

func (s *session) delete(ctx context.Context) (any, error) {
	err := s.client.DeleteEndpoint(ctx, s.endpoint.ID)
	if err == nil {
		s.has[anEndpoint], s.has[aDeletion] = false, true
		s.say("Deleted the endpoint %s.\n", s.endpoint.ID)
	}
	return nil, err
}
