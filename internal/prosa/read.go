package prosa

import (
	"context"
	"slices"
	"sort"
	"sync"
	"time"
)

// listing is the answer to ListEndpoints with an index for each way it is searched.
type listing struct {
	asked     time.Time
	endpoints []Endpoint
	byID      map[string]*Endpoint
	byURL     func() map[string][]Endpoint // by NormalizeURL; made when it is first needed, as reads by id do without
}

func (c *Client) takeListing(ctx context.Context) (*listing, error) {
	return c.newListing(ctx, false)
}

func (c *Client) newListing(ctx context.Context, unpaced bool) (*listing, error) {
	asked := c.config.Now()
	endpoints, err := c.list(ctx, unpaced)
	if err != nil {
		return nil, err
	}
	l := &listing{asked: asked, endpoints: endpoints, byID: make(map[string]*Endpoint, len(endpoints))}
	l.byURL = sync.OnceValue(l.groupByURL)
	for i := range endpoints {
		l.byID[endpoints[i].ID] = &endpoints[i]
	}
	return l, nil
}

func (l *listing) groupByURL() map[string][]Endpoint {
	byURL := make(map[string][]Endpoint, len(l.endpoints))
	for _, e := range l.endpoints {
		url := NormalizeURL(e.URL)
		byURL[url] = append(byURL[url], e)
	}
	return byURL
}

// sharedListing returns a listing that is at most cacheLifetime old, and not older than this client's last write. Before
// its first write, which is all of a plan, reads and the baseline of creates share one.
func (c *Client) sharedListing(ctx context.Context) (*listing, error) {
	shared := &c.baseline
	if c.writes.hasBegun() {
		shared = &c.listings
	}
	return shared.get(ctx, c, "", age{arrived: cacheLifetime}, c.takeListing)
}

// LookupEndpoint returns one endpoint without its keys. It shares one listing with other readers. An endpoint that the
// listing lacks is asked for by id: IsEndpointGone tells the error for one that is deleted.
//
// GET /webhooks/endpoints, GET /webhooks/endpoints/{endpoint_id}
func (c *Client) LookupEndpoint(ctx context.Context, id string) (Endpoint, error) {
	ctx = c.begin(ctx, operationLimit)
	l, err := c.sharedListing(ctx)
	if err != nil {
		return Endpoint{}, err
	}
	if e := l.byID[id]; e != nil && !e.partial {
		return *e, nil
	}
	e, err := c.ReadEndpoint(ctx, id)
	e.Secrets = nil
	return e, err
}

// detailLifetime is how long reads use an endpoint that was read by its id, before this client's first write: Terraform
// refreshes all endpoints before the first of their rotations, and both share one response.
const detailLifetime = 5 * time.Minute

// ReadEndpoint is GetEndpoint shared between those who read the same endpoint in one refresh.
//
// GET /webhooks/endpoints/{endpoint_id}
func (c *Client) ReadEndpoint(ctx context.Context, id string) (Endpoint, error) {
	limit := age{arrived: detailLifetime}
	if c.writes.hasBegun() {
		limit.arrived = cacheLifetime
	}
	return c.details.get(ctx, c, id, limit, func(ctx context.Context) (Endpoint, error) {
		return c.GetEndpoint(ctx, id)
	})
}

// SharedEndpoints is ListEndpoints shared between those who read at about the same time. Endpoints of which the listing
// leaves fields out are asked for by id. The list must not be changed.
//
// GET /webhooks/endpoints, GET /webhooks/endpoints/{endpoint_id}
func (c *Client) SharedEndpoints(ctx context.Context) ([]Endpoint, error) {
	l, err := c.sharedListing(ctx)
	if err != nil || !slices.ContainsFunc(l.endpoints, func(e Endpoint) bool { return e.partial }) {
		if err != nil {
			return nil, err
		}
		return l.endpoints, nil
	}
	whole := []Endpoint{}
	for _, listed := range l.endpoints {
		e, err := c.LookupEndpoint(ctx, listed.ID)
		switch {
		case IsEndpointGone(err):
			continue
		case err != nil:
			return nil, err
		}
		whole = append(whole, e)
	}
	return whole, nil
}

// FindByURL returns the endpoints that are registered with the URL, in its normal form. The listing is shared.
//
// GET /webhooks/endpoints
func (c *Client) FindByURL(ctx context.Context, url string) ([]Endpoint, error) {
	l, err := c.sharedListing(ctx)
	if err != nil {
		return nil, err
	}
	return l.byURL()[NormalizeURL(url)], nil
}

// Overlapping returns the ids of other endpoints than except that have the URL of p and receive an event type that p
// receives too. It reads the listing that creates compare with, and sees this client's own writes. An endpoint of which the
// listing leaves the event types out is asked for by id.
//
// GET /webhooks/endpoints, GET /webhooks/endpoints/{endpoint_id}
func (c *Client) Overlapping(ctx context.Context, p EndpointParams, except string) ([]string, error) {
	l, err := c.baseline.get(ctx, c, "", age{arrived: cacheLifetime}, c.takeListing)
	if err != nil {
		return nil, err
	}
	var found []Endpoint
	for _, e := range c.writes.present(l, NormalizeURL(p.URL)) {
		if e.ID == except {
			continue
		}
		if e.partial {
			e, err = c.ReadEndpoint(ctx, e.ID)
			if IsEndpointGone(err) {
				continue
			} else if err != nil {
				return nil, err
			}
		}
		if len(p.EventFilters) == 0 || slices.ContainsFunc(p.EventFilters, e.Receives) {
			found = append(found, e)
		}
	}
	return idsOf(found), nil
}

func idsOf(endpoints []Endpoint) []string {
	var ids []string
	for _, e := range endpoints {
		ids = append(ids, e.ID)
	}
	sort.Strings(ids)
	return ids
}
