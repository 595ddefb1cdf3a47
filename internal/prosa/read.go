package prosa

import (
	"context"
	"slices"
	"time"
)

// listing is the result of ListEndpoints, with indexes.
type listing struct {
	requestedAt time.Time
	endpoints   []Endpoint
	byID        map[string]Endpoint
	byURL       map[string][]Endpoint // by normalized URL
}

func (c *Client) takeListing(ctx context.Context) (*listing, error) { return c.newListing(ctx, false) }

func (c *Client) newListing(ctx context.Context, unpaced bool) (*listing, error) {
	requestedAt := c.config.Now()
	endpoints, err := c.list(ctx, unpaced)
	if err != nil {
		return nil, err
	}
	l := &listing{requestedAt, endpoints, make(map[string]Endpoint, len(endpoints)), make(map[string][]Endpoint, len(endpoints))}
	for _, e := range endpoints {
		url := NormalizeURL(e.URL)
		l.byID[e.ID] = e
		l.byURL[url] = append(l.byURL[url], e)
	}
	return l, nil
}

// sharedListing returns a listing that is at most cacheLifetime old, and not older than this client's last write. Before
// the first write, for example in a plan, reads and creates share one listing.
func (c *Client) sharedListing(ctx context.Context) (*listing, error) {
	if c.writes.begun.Load() {
		return c.listings.get(ctx, c, "", maxAge{sinceResponse: cacheLifetime}, c.takeListing)
	}
	return c.baselineListing(ctx)
}

// baselineListing returns the listing that is the baseline of creates. It can be older than this client's writes.
func (c *Client) baselineListing(ctx context.Context) (*listing, error) {
	return c.baseline.get(ctx, c, "", maxAge{sinceResponse: cacheLifetime}, c.takeListing)
}

// complete reads each endpoint of which the listing leaves fields out, by its id. It removes those that are deleted.
func (c *Client) complete(ctx context.Context, listed []Endpoint) ([]Endpoint, error) {
	complete := []Endpoint{}
	for _, e := range listed {
		if e.partial {
			var err error
			e, err = c.ReadEndpoint(ctx, e.ID)
			if IsEndpointDeleted(err) {
				continue
			} else if err != nil {
				return nil, err
			}
			e.Secrets = nil
		}
		complete = append(complete, e)
	}
	return complete, nil
}

// LookupEndpoint returns one endpoint without its keys. It shares a listing with other readers. If the listing lacks the
// endpoint, LookupEndpoint reads it by its id. IsEndpointDeleted reports whether the error means that it is deleted.
//
// GET /webhooks/endpoints, GET /webhooks/endpoints/{endpoint_id}
func (c *Client) LookupEndpoint(ctx context.Context, id string) (Endpoint, error) {
	ctx = c.begin(ctx, operationLimit)
	l, err := c.sharedListing(ctx)
	if err != nil {
		return Endpoint{}, err
	}
	if e, listed := l.byID[id]; listed && !e.partial {
		return e, nil
	}
	e, err := c.ReadEndpoint(ctx, id)
	e.Secrets = nil
	return e, err
}

// detailLifetime is how long reads use an endpoint that was read by its id, until this client's first write. Terraform
// can refresh all endpoints before it refreshes the first rotation, and both should share one response.
const detailLifetime = 5 * time.Minute

// ReadEndpoint is GetEndpoint, but shares the response with other readers.
//
// GET /webhooks/endpoints/{endpoint_id}
func (c *Client) ReadEndpoint(ctx context.Context, id string) (Endpoint, error) {
	limit := maxAge{sinceResponse: detailLifetime}
	if c.writes.begun.Load() {
		limit.sinceResponse = cacheLifetime
	}
	return c.details.get(ctx, c, id, limit, func(ctx context.Context) (Endpoint, error) {
		return c.GetEndpoint(ctx, id)
	})
}

// SharedEndpoints is ListEndpoints, but shares the response with other readers. If the listing leaves out fields of an
// endpoint, SharedEndpoints reads that endpoint by its id.
//
// GET /webhooks/endpoints, GET /webhooks/endpoints/{endpoint_id}
func (c *Client) SharedEndpoints(ctx context.Context) ([]Endpoint, error) {
	l, err := c.sharedListing(ctx)
	if err != nil {
		return nil, err
	}
	return c.complete(ctx, l.endpoints)
}

// FindByURL returns the endpoints with a URL, which it normalizes. It shares a listing with other readers.
//
// GET /webhooks/endpoints
func (c *Client) FindByURL(ctx context.Context, url string) ([]Endpoint, error) {
	l, err := c.sharedListing(ctx)
	if err != nil {
		return nil, err
	}
	return l.byURL[NormalizeURL(url)], nil
}

// Overlapping returns the ids of the endpoints, other than except, that have the URL of p and receive any of its event
// types. It uses the baseline of creates, and this client's own writes. If that listing leaves out fields of an endpoint,
// Overlapping reads that endpoint by its id.
//
// GET /webhooks/endpoints, GET /webhooks/endpoints/{endpoint_id}
func (c *Client) Overlapping(ctx context.Context, p EndpointParams, except string) ([]string, error) {
	l, err := c.baselineListing(ctx)
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(c.writes.present(l, NormalizeURL(p.URL)), func(e Endpoint) bool { return e.ID == except })
	others, err = c.complete(ctx, others)
	if err != nil {
		return nil, err
	}
	return idsOf(slices.DeleteFunc(others, func(e Endpoint) bool {
		return len(p.EventFilters) > 0 && !slices.ContainsFunc(p.EventFilters, e.Receives)
	})), nil
}

// idsOf returns the sorted ids of endpoints.
func idsOf(endpoints []Endpoint) []string {
	var ids []string
	for _, e := range endpoints {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return ids
}
