package prosa

import (
	"context"
	"time"
)

// maxReadAge is how old an answer may be that reads share.
const maxReadAge = 5 * time.Second

// LookupEndpoint gives one endpoint without its keys. Callers share one listing, which is a few seconds old at most
// and dropped by any write; an endpoint that is missing in it is asked for by id before it is believed gone.
//
// GET /webhooks/endpoints, GET /webhooks/endpoints/{endpoint_id}
func (c *Client) LookupEndpoint(ctx context.Context, id string) (Endpoint, error) {
	endpoints, err := c.SharedEndpoints(ctx)
	if err != nil {
		return Endpoint{}, err
	}
	if e, ok := findByID(endpoints, canonicalOr(id)); ok {
		return e, nil
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
	return c.listing.get(ctx, c.config.Now, maxReadAge, c.ListEndpoints)
}

// ReadEndpoint is GetEndpoint shared between all who read the same endpoint at about the same time.
//
// GET /webhooks/endpoints/{endpoint_id}
func (c *Client) ReadEndpoint(ctx context.Context, id string) (Endpoint, error) {
	return c.details.of(canonicalOr(id)).get(ctx, c.config.Now, maxReadAge, func(ctx context.Context) (Endpoint, error) {
		return c.GetEndpoint(ctx, id)
	})
}

// FindByURL gives the endpoints that are registered with the URL, in its normal form. The listing is shared.
//
// GET /webhooks/endpoints
func (c *Client) FindByURL(ctx context.Context, url string) ([]Endpoint, error) {
	endpoints, err := c.SharedEndpoints(ctx)
	var found []Endpoint
	for _, e := range endpoints {
		if NormalizeURL(e.URL) == NormalizeURL(url) {
			found = append(found, e)
		}
	}
	return found, err
}

func findByID(endpoints []Endpoint, id string) (Endpoint, bool) {
	for _, e := range endpoints {
		if e.ID == id {
			return e, true
		}
	}
	return Endpoint{}, false
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
