package prosa

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
)

// CreateEndpoint creates exactly one endpoint. With an empty secretKey, the API generates the key. If the response is
// lost, CreateEndpoint adopts the one endpoint that has the parameters, did not exist before, and was not created by
// another call. If it cannot tell whether the API created one, the error is an *Error that is Undecided. Creates of one
// URL run one after another. An endpoint that was adopted from a listing comes without its keys.
//
// POST /webhooks/endpoints
func (c *Client) CreateEndpoint(ctx context.Context, p EndpointParams, secretKey string) (Endpoint, error) {
	c.redactor.hide(secretKey)
	key := createKey(p.URL)
	unlock, err := c.locks.lock(ctx, key)
	if err != nil {
		return Endpoint{}, err
	}
	defer unlock()
	ctx = c.begin(ctx, operationLimit)
	defer c.beginWrite()()
	return c.exactlyOnce(ctx, key, &creation{client: c, params: p, secretKey: secretKey})
}

// createKey is the same for creates of one URL, which run one after another.
func createKey(url string) string { return "create " + NormalizeURL(url) }

// creation is one create, with all its attempts.
type creation struct {
	client    *Client
	params    EndpointParams
	secretKey string
	baseline  *listing // from before the first POST that may have taken effect
}

// takeBaseline makes sure that the baseline is recent when the POST is sent.
func (cr *creation) takeBaseline(ctx context.Context) (preparation, error) {
	c := cr.client
	var sentRequest atomic.Bool // stays false if another create sends the request that they share
	baseline, err := c.baseline.get(ctx, c, "", maxAge{sinceRequest: baselineAge}, func(ctx context.Context) (*listing, error) {
		sentRequest.Store(true)
		return c.newListing(ctx, true)
	})
	if err != nil {
		return preparation{}, err
	}
	cr.baseline = baseline
	return preparation{sentRequest: sentRequest.Load(), validUntil: baseline.requestedAt.Add(baselineAge)}, nil
}

func (cr *creation) post(ctx context.Context, retry bool) (Endpoint, error) {
	c := cr.client
	body := cr.params.wire()
	body.SecretKey = cr.secretKey
	r := &request{
		operation: "create the webhook endpoint",
		method:    http.MethodPost,
		path:      []string{"webhooks", "endpoints"},
		body:      body,
	}
	if !retry {
		r.prepare = cr.takeBaseline
	}
	return doJSON(ctx, c, r, func(w wireEndpoint) (Endpoint, error) {
		e, err := c.endpoint(w)
		if err != nil {
			return e, err
		}
		if cr.existedBefore(e.ID) || !c.writes.claim(e, c.config.Now()) {
			return e, fmt.Errorf("it contains endpoint %s, which this request did not create", e.ID)
		}
		return e, nil
	})
}

func (cr *creation) existedBefore(id string) bool {
	_, existed := cr.baseline.byID[id]
	return existed
}

// find searches for the endpoint that a POST whose response was lost may have created.
func (cr *creation) find(ctx context.Context) (Endpoint, bool, error) {
	c := cr.client
	listed, err := c.ListEndpoints(ctx)
	if err != nil {
		return Endpoint{}, false, err
	}
	var exact, similar []Endpoint
	for _, e := range listed {
		if cr.existedBefore(e.ID) || c.writes.isClaimed(e.ID) {
			continue
		}
		if cr.secretKey != "" || e.partial {
			e, err = c.GetEndpoint(ctx, e.ID)
			if IsEndpointDeleted(err) {
				continue
			} else if err != nil {
				return Endpoint{}, false, err
			}
		}
		switch {
		case !cr.mayHaveKey(e):
		case cr.hasParams(e):
			exact = append(exact, e)
		case createKey(e.URL) == createKey(cr.params.URL) || !c.locks.isLocked(createKey(e.URL)):
			// It may be the result on an installation that changes the parameters, and is not of another create in flight.
			similar = append(similar, e)
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

// mayHaveKey reports whether e has the key of the create, or whether that is unknown.
func (cr *creation) mayHaveKey(e Endpoint) bool {
	return cr.secretKey == "" || e.Secrets == nil || slices.ContainsFunc(e.Secrets, func(s Secret) bool { return s.Key == cr.secretKey })
}

func (cr *creation) hasParams(e Endpoint) bool {
	p := cr.params
	return NormalizeURL(e.URL) == NormalizeURL(p.URL) && e.SSLVerification == p.SSLVerification &&
		slices.Equal(sortedSet(e.EventFilters), sortedSet(p.EventFilters))
}

func sortedSet(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
