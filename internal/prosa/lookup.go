package prosa

import (
	"context"
	"sync"
	"time"
)

// How long reads share an answer: a few seconds, and on while there is no pause. A listing serves one refresh, however
// many endpoints that has. A refresh reads all endpoints before it reads the first of their rotations.
var (
	listingLifetime = lifetime{age: 3 * time.Second, burst: 5 * time.Minute}
	detailLifetime  = lifetime{age: 3 * time.Second, burst: 30 * time.Second}
)

// LookupEndpoint gives one endpoint without its keys. Callers share one listing for as long as they follow
// each other, and any write drops it; an endpoint that is missing in it is asked for by id before it is believed gone.
//
// GET /webhooks/endpoints, GET /webhooks/endpoints/{endpoint_id}
func (c *Client) LookupEndpoint(ctx context.Context, id string) (Endpoint, error) {
	l, err := c.sharedListing(ctx)
	if err != nil {
		return Endpoint{}, err
	}
	if e := l.byID[canonicalOr(id)]; e != nil {
		return *e, nil
	}
	e, err := c.ReadEndpoint(ctx, id)
	e.Secrets = nil
	return e, err
}

// SharedEndpoints is ListEndpoints shared between all who read at about the same time. The list belongs to all of
// them: it must not be changed.
//
// GET /webhooks/endpoints
func (c *Client) SharedEndpoints(ctx context.Context) ([]Endpoint, error) {
	l, err := c.sharedListing(ctx)
	if err != nil {
		return nil, err
	}
	return l.endpoints, nil
}

func (c *Client) sharedListing(ctx context.Context) (*listing, error) {
	return c.listing.get(ctx, c.config.Now, listingLifetime, c.takeListing)
}

// listing is what ListEndpoints gave at some time, with an index for each way it is searched.
type listing struct {
	endpoints []Endpoint
	byID      map[string]*Endpoint
	byURL     func() map[string][]Endpoint // by NormalizeURL; made when it is asked for first, as reads by id are not
}

func (c *Client) takeListing(ctx context.Context) (*listing, error) {
	endpoints, err := c.ListEndpoints(ctx)
	if err != nil {
		return nil, err
	}
	l := &listing{endpoints: endpoints, byID: make(map[string]*Endpoint, len(endpoints)), byURL: sync.OnceValue(func() map[string][]Endpoint {
		return groupByURL(endpoints)
	})}
	for i := range endpoints {
		l.byID[endpoints[i].ID] = &endpoints[i]
	}
	return l, nil
}

func groupByURL(endpoints []Endpoint) map[string][]Endpoint {
	byURL := make(map[string][]Endpoint, len(endpoints))
	for _, e := range endpoints {
		url := NormalizeURL(e.URL)
		byURL[url] = append(byURL[url], e)
	}
	return byURL
}

// ReadEndpoint is GetEndpoint shared between all who read the same endpoint at about the same time.
//
// GET /webhooks/endpoints/{endpoint_id}
func (c *Client) ReadEndpoint(ctx context.Context, id string) (Endpoint, error) {
	return c.details.get(ctx, canonicalOr(id), c.config.Now, detailLifetime, func(ctx context.Context) (Endpoint, error) {
		return c.GetEndpoint(ctx, id)
	})
}

// FindByURL gives the endpoints that are registered with the URL, in its normal form. The listing is shared.
//
// GET /webhooks/endpoints
func (c *Client) FindByURL(ctx context.Context, url string) ([]Endpoint, error) {
	l, err := c.sharedListing(ctx)
	if err != nil {
		return nil, err
	}
	return l.byURL()[NormalizeURL(url)], nil
}

// wrote drops what reads share, before a write and, through what it returns, after it.
func (c *Client) wrote() (after func()) {
	drop := func() {
		c.listing.drop()
		c.details.drop()
	}
	drop()
	return drop
}
