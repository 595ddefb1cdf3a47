package prosa

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
)

// CreateEndpoint creates exactly one endpoint; with an empty secretKey the API chooses the key. If the response is
// lost, it looks for an endpoint that was not there before, is as asked for, and is claimed by no other create of this
// client. The error is an *Error that is Undecided if it cannot tell whether the API created one. Creates of one URL
// follow each other. The endpoint comes without its keys if it was found in a listing.
//
// POST /webhooks/endpoints
func (c *Client) CreateEndpoint(ctx context.Context, p EndpointParams, secretKey string) (Endpoint, error) {
	c.redactor.hide(secretKey)
	key := "create " + NormalizeURL(p.URL)
	unlock, err := c.locks.lock(ctx, key)
	if err != nil {
		return Endpoint{}, err
	}
	defer unlock()
	ctx = c.begin(ctx, operationLimit)
	defer c.beginWrite()()
	defer c.writes.beginCreate(NormalizeURL(p.URL))()

	create := &creation{client: c, params: p, secretKey: secretKey}
	return exactlyOnce(ctx, c, onceOnly[Endpoint]{key: key, send: create.post, find: create.find})
}

// creation is one create, with all its attempts.
type creation struct {
	client    *Client
	params    EndpointParams
	secretKey string
	before    *listing // what was there before the first attempt that may have taken effect
	sent      bool
}

// takeBaseline makes sure that before is up to date when the POST leaves. Once a POST may have taken effect, the
// baseline stays: its result must not become part of it.
func (n *creation) takeBaseline(ctx context.Context) (preparation, error) {
	if n.sent {
		return preparation{}, nil
	}
	c := n.client
	var sent atomic.Bool // by this create, and not by another that shares the listing
	before, err := c.baseline.get(ctx, c, "", age{asked: baselineAge}, func(ctx context.Context) (*listing, error) {
		sent.Store(true)
		return c.newListing(ctx, true)
	})
	if err != nil {
		return preparation{}, err
	}
	n.before = before
	return preparation{sent: sent.Load(), validUntil: before.asked.Add(baselineAge)}, nil
}

func (n *creation) post(ctx context.Context) (Endpoint, error) {
	c := n.client
	body := n.params.wire()
	body.SecretKey = n.secretKey
	e, err := ask(ctx, c, &request{
		operation: "create the webhook endpoint",
		method:    http.MethodPost,
		path:      []string{"webhooks", "endpoints"},
		body:      body,
		prepare:   n.takeBaseline,
	}, func(w wireEndpoint) (Endpoint, error) {
		e, err := c.endpoint(w)
		if err != nil {
			return e, err
		}
		if _, old := n.before.byID[e.ID]; old || !c.writes.claim(e, c.config.Now()) {
			return e, fmt.Errorf("it is about endpoint %s, which this request has not created", e.ID)
		}
		return e, nil
	})
	if failure := As(err); failure != nil && failure.MayBeDone() {
		n.sent = true
	}
	return e, err
}

// find looks for the endpoint that a lost POST may have created.
func (n *creation) find(ctx context.Context) (Endpoint, bool, error) {
	c := n.client
	listed, err := c.ListEndpoints(ctx)
	if err != nil {
		return Endpoint{}, false, err
	}
	var exact, similar []Endpoint
	for _, e := range listed {
		if _, old := n.before.byID[e.ID]; old || c.writes.isClaimed(e.ID) {
			continue
		}
		if n.secretKey != "" || e.partial {
			e, err = c.GetEndpoint(ctx, e.ID)
			if IsEndpointGone(err) {
				continue
			} else if err != nil {
				return Endpoint{}, false, err
			}
		}
		switch {
		case !n.hasOwnKey(e):
		case n.isExactly(e):
			exact = append(exact, e)
		case !c.writes.isInFlight(NormalizeURL(e.URL)) || NormalizeURL(e.URL) == NormalizeURL(n.params.URL):
			similar = append(similar, e) // the result, on an installation that rewrites what it is sent
		}
	}
	switch {
	case len(exact) == 1 && c.writes.claim(exact[0], c.config.Now()):
		return exact[0], true, nil
	case len(exact) > 0:
		return Endpoint{}, false, &unclearError{ids: idsOf(exact), final: true}
	case len(similar) > 0:
		return Endpoint{}, false, &unclearError{ids: idsOf(similar)}
	}
	return Endpoint{}, false, nil
}

// hasOwnKey says whether an endpoint has the key that was sent with the create, as far as can be known.
func (n *creation) hasOwnKey(e Endpoint) bool {
	return n.secretKey == "" || e.Secrets == nil || slices.ContainsFunc(e.Secrets, func(s Secret) bool { return s.Key == n.secretKey })
}

func (n *creation) isExactly(e Endpoint) bool {
	p := n.params
	return NormalizeURL(e.URL) == NormalizeURL(p.URL) && e.SSLVerification == p.SSLVerification &&
		slices.Equal(sortedSet(e.EventFilters), sortedSet(p.EventFilters))
}

func sortedSet(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
