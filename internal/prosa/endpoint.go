package prosa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Endpoint is a registered callback URL.
type Endpoint struct {
	ID              string // opaque
	URL             string
	EventFilters    []string // event types that are sent; empty: all. Without duplicates, and never nil
	SSLVerification bool     // whether Prosa verifies the receiver's certificate
	Secrets         []Secret // the active keys, newest first; nil in a listing, or if the API did not list them
	partial         bool     // whether it is from a listing that leaves fields out
}

// EndpointParams are the fields of an endpoint that its owner sets.
type EndpointParams struct {
	URL             string
	EventFilters    []string // empty: all event types
	SSLVerification bool
}

type wireEndpoint struct {
	ID              string       `json:"id"`
	URL             string       `json:"url"`
	EventFilters    []*string    `json:"event_filters"` // pointers, to detect null
	SSLVerification *bool        `json:"ssl_verification"`
	Secrets         []wireSecret `json:"secrets"`
}

type wireEndpointParams struct {
	URL             string   `json:"url"`
	EventFilters    []string `json:"event_filters"` // never null
	SSLVerification bool     `json:"ssl_verification"`
	SecretKey       string   `json:"secret_key,omitempty"`
}

func (p EndpointParams) wire() wireEndpointParams {
	return wireEndpointParams{URL: p.URL, EventFilters: append([]string{}, p.EventFilters...), SSLVerification: p.SSLVerification}
}

// listedEndpoint converts an element of a listing. Its keys are redacted from then on.
func (c *Client) listedEndpoint(w wireEndpoint) (Endpoint, error) {
	e := Endpoint{ID: w.ID, URL: w.URL, EventFilters: []string{}, partial: w.SSLVerification == nil}
	if anyBlank(w.ID, w.URL) {
		return e, errors.New(`the endpoint in it has no "id" or no "url"`)
	}
	if w.SSLVerification != nil {
		e.SSLVerification = *w.SSLVerification
	}
	for _, secret := range w.Secrets {
		c.redactor.hide(secret.Key)
	}
	for _, filter := range w.EventFilters {
		if filter == nil {
			return e, errors.New(`its "event_filters" contains null`)
		}
		if !slices.Contains(e.EventFilters, *filter) {
			e.EventFilters = append(e.EventFilters, *filter)
		}
	}
	return e, nil
}

// anyBlank reports whether one of the texts is empty or white space.
func anyBlank(texts ...string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return strings.TrimSpace(text) == "" })
}

// endpoint converts an endpoint with all its fields.
func (c *Client) endpoint(w wireEndpoint) (Endpoint, error) {
	e, err := c.listedEndpoint(w)
	if err == nil && e.partial {
		err = errors.New(`the endpoint in it has no "ssl_verification"`)
	}
	if err == nil && w.Secrets != nil {
		e.Secrets, err = c.secretsOf(w.Secrets)
	}
	return e, err
}

// endpointWithID converts an endpoint, which must have that id.
func (c *Client) endpointWithID(id string) func(wireEndpoint) (Endpoint, error) {
	return func(w wireEndpoint) (Endpoint, error) {
		if w.ID != "" && w.ID != id {
			return Endpoint{}, fmt.Errorf("it is about %s, which is not what was requested", w.ID)
		}
		return c.endpoint(w)
	}
}

func endpointPath(id string, more ...string) []string {
	return append([]string{"webhooks", "endpoints", id}, more...)
}

// ListEndpoints returns all endpoints, without their keys, in no particular order. It fails if one of them does not match
// the API's documentation.
//
// GET /webhooks/endpoints
func (c *Client) ListEndpoints(ctx context.Context) ([]Endpoint, error) { return c.list(ctx, false) }

func (c *Client) list(ctx context.Context, unpaced bool) ([]Endpoint, error) {
	return doList(ctx, c, &request{
		operation: "list the webhook endpoints",
		method:    http.MethodGet,
		path:      []string{"webhooks", "endpoints"},
		unpaced:   unpaced,
	}, c.listedEndpoint)
}

// GetEndpoint returns one endpoint with its active keys. IsEndpointDeleted reports whether the error means that it is deleted.
//
// GET /webhooks/endpoints/{endpoint_id}
func (c *Client) GetEndpoint(ctx context.Context, id string) (Endpoint, error) {
	return c.get(ctx, id, false)
}

func (c *Client) get(ctx context.Context, id string, unpaced bool) (Endpoint, error) {
	return doJSON(ctx, c, &request{
		operation: "read the webhook endpoint",
		method:    http.MethodGet,
		path:      endpointPath(id),
		unpaced:   unpaced,
	}, c.endpointWithID(id))
}

// UpdateEndpoint sets all fields. It returns the endpoint from the response, or reads it if the response does not
// contain it. It is idempotent, so it retries after a lost response.
//
// PUT /webhooks/endpoints/{endpoint_id}
func (c *Client) UpdateEndpoint(ctx context.Context, id string, p EndpointParams) (Endpoint, error) {
	ctx = c.begin(ctx, operationLimit)
	defer c.beginWrite()()
	var e Endpoint
	err := c.do(ctx, &request{
		operation: "update the webhook endpoint",
		method:    http.MethodPut,
		path:      endpointPath(id),
		body:      p.wire(),
		decode: func(body io.Reader) error {
			e = Endpoint{}
			content, err := io.ReadAll(body)
			var w wireEndpoint
			if err != nil || len(bytes.TrimSpace(content)) == 0 {
				return err
			}
			if err := json.Unmarshal(content, &w); err != nil {
				return describeJSONError(err)
			}
			if w.ID != "" {
				e, err = c.endpointWithID(id)(w)
			}
			return err
		},
	})
	if err == nil && e.ID == "" {
		e, err = c.GetEndpoint(ctx, id)
	}
	if err == nil {
		c.writes.changed(e, c.config.Now())
	}
	return e, err
}

// DeleteEndpoint deletes an endpoint. IsEndpointDeleted reports whether the error means that it was deleted before.
//
// DELETE /webhooks/endpoints/{endpoint_id}
func (c *Client) DeleteEndpoint(ctx context.Context, id string) error {
	defer c.beginWrite()()
	err := c.do(ctx, &request{
		operation: "delete the webhook endpoint",
		method:    http.MethodDelete,
		path:      endpointPath(id),
	})
	if err == nil || IsEndpointDeleted(err) {
		c.writes.changed(Endpoint{ID: id}, c.config.Now())
	}
	return err
}

// Receives reports whether the API sends events of that type to the endpoint.
func (e Endpoint) Receives(eventType string) bool {
	return len(e.EventFilters) == 0 || slices.Contains(e.EventFilters, eventType)
}
