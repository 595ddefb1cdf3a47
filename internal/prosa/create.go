package prosa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"time"
)

// baselineLifetime is how long creates share the listing that tells what was there before them.
var baselineLifetime = lifetime{age: time.Minute}

// Created is what CreateEndpoint made.
type Created struct {
	Endpoint Endpoint // without keys when it was found in a listing
	// Overlapping are the ids of other endpoints with the same URL that receive events of the same type.
	Overlapping []string
}

// CreateEndpoint makes exactly one endpoint; an empty secretKey has the API choose one. When it cannot know whether
// the API did it, it looks for an endpoint that was not there before, is as asked for, and was not made by another
// call of this client; an *Error that is Undecided says that this stayed open. Creates of one URL take turns.
//
// POST /webhooks/endpoints
func (c *Client) CreateEndpoint(ctx context.Context, p EndpointParams, secretKey string) (Created, error) {
	c.secrets.hide(secretKey)
	key := "create " + NormalizeURL(p.URL)
	release, err := c.turns.take(ctx, key)
	if err != nil {
		return Created{}, err
	}
	defer release()
	before, err := c.baseline.get(ctx, c.config.Now, baselineLifetime, c.takeListing)
	if err != nil {
		return Created{}, err
	}
	created := Created{Overlapping: overlapping(c.ledger.present(before, NormalizeURL(p.URL)), p)}

	defer c.wrote()()
	created.Endpoint, err = exactlyOnce(ctx, c, key, func(ctx context.Context) (Endpoint, error) {
		return c.postEndpoint(ctx, p, secretKey, before)
	}, func(ctx context.Context) (Endpoint, bool, error) {
		return c.findCreated(ctx, p, secretKey, before)
	})
	return created, err
}

func (c *Client) postEndpoint(ctx context.Context, p EndpointParams, secretKey string, before *listing) (Endpoint, error) {
	var (
		wire     wireEndpoint
		endpoint Endpoint
	)
	body := p.wire()
	body.SecretKey = secretKey
	r := &request{
		operation: "create the webhook endpoint",
		method:    http.MethodPost,
		path:      []string{"webhooks", "endpoints"},
		body:      body,
		decode: decodeJSON(&wire, func(w *wireEndpoint) error {
			e, err := c.endpoint(*w)
			if err != nil {
				return err
			}
			if _, old := before.byID[e.ID]; old {
				return fmt.Errorf("it is about endpoint %s, which was there before", e.ID)
			}
			endpoint = e
			return nil
		}),
	}
	if err := c.do(ctx, r); err != nil {
		return Endpoint{}, err
	}
	if !c.ledger.claim(endpoint) {
		failure := c.newError(r)
		failure.outcome, failure.StatusCode, failure.Err = lost, http.StatusOK, fmt.Errorf("it is about endpoint %s, which another create has made", endpoint.ID)
		return Endpoint{}, failure
	}
	return endpoint, nil
}

// findCreated looks for the endpoint that a create may have made.
func (c *Client) findCreated(ctx context.Context, p EndpointParams, secretKey string, before *listing) (Endpoint, bool, error) {
	listed, err := c.ListEndpoints(ctx)
	if err != nil {
		return Endpoint{}, false, err
	}
	var candidates []Endpoint
	for _, e := range listed {
		if _, old := before.byID[e.ID]; old || c.ledger.isMade(e.ID) || !e.is(p) {
			continue
		}
		if secretKey != "" {
			detail, err := c.GetEndpoint(ctx, e.ID)
			if IsEndpointGone(err) {
				continue
			}
			if err != nil {
				return Endpoint{}, false, err
			}
			if detail.Secrets != nil && !slices.ContainsFunc(detail.Secrets, func(s Secret) bool { return s.Key == secretKey }) {
				continue
			}
			e = detail
		}
		candidates = append(candidates, e)
	}
	switch {
	case len(candidates) == 0:
		return Endpoint{}, false, nil
	case len(candidates) > 1:
		return Endpoint{}, false, &ambiguousError{ids: idsOf(candidates)}
	case !c.ledger.claim(candidates[0]):
		return Endpoint{}, false, errors.New("another create took the endpoint that was found")
	}
	return candidates[0], true, nil
}

// is says whether the endpoint is what p asks for.
func (e Endpoint) is(p EndpointParams) bool {
	return NormalizeURL(e.URL) == NormalizeURL(p.URL) && e.SSLVerification == p.SSLVerification &&
		slices.Equal(sortedSet(e.EventFilters), sortedSet(p.EventFilters))
}

func sortedSet(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// overlapping gives the ids of those endpoints that would receive an event which p receives as well.
func overlapping(endpoints []Endpoint, p EndpointParams) []string {
	var found []Endpoint
	for _, e := range endpoints {
		if len(p.EventFilters) == 0 || len(e.EventFilters) == 0 || slices.ContainsFunc(p.EventFilters, e.Receives) {
			found = append(found, e)
		}
	}
	return idsOf(found)
}

func idsOf(endpoints []Endpoint) []string {
	var ids []string
	for _, e := range endpoints {
		ids = append(ids, e.ID)
	}
	sort.Strings(ids)
	return ids
}
