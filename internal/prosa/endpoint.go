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

	"github.com/google/uuid"
)

// Endpoint is a registered callback URL.
type Endpoint struct {
	ID              string
	URL             string
	EventFilters    []string // event types that are sent; empty: every one. Never nil
	SSLVerification bool     // whether the receiver's certificate is verified
	Secrets         []Secret // the active keys, newest first; nil in a listing and when the API did not say
}

// EndpointParams are the fields of an endpoint that its owner sets.
type EndpointParams struct {
	URL             string
	EventFilters    []string // empty: every event type
	SSLVerification bool
}

type wireEndpoint struct {
	ID              string       `json:"id"`
	URL             string       `json:"url"`
	EventFilters    []*string    `json:"event_filters"` // null is not the empty string
	SSLVerification *bool        `json:"ssl_verification"`
	Secrets         []wireSecret `json:"secrets"`
}

type wireEndpointParams struct {
	URL             string   `json:"url"`
	EventFilters    []string `json:"event_filters"`
	SSLVerification bool     `json:"ssl_verification"`
	SecretKey       string   `json:"secret_key,omitempty"`
}

func (p EndpointParams) wire() wireEndpointParams {
	return wireEndpointParams{URL: p.URL, EventFilters: notNil(p.EventFilters), SSLVerification: p.SSLVerification}
}

// endpoint checks what the API sent and turns it into an Endpoint; the keys in it are hidden from then on.
func (c *Client) endpoint(w wireEndpoint) (Endpoint, error) {
	e := Endpoint{URL: w.URL, EventFilters: []string{}}
	var err error
	if e.ID, err = canonicalID("id", w.ID); err != nil {
		return e, err
	}
	if w.URL == "" {
		return e, errors.New(`the endpoint in it has no "url"`)
	}
	if w.SSLVerification == nil {
		return e, errors.New(`the endpoint in it has no "ssl_verification"`)
	}
	e.SSLVerification = *w.SSLVerification
	for _, filter := range w.EventFilters {
		if filter == nil {
			return e, errors.New(`"event_filters" in it holds a null`)
		}
		e.EventFilters = append(e.EventFilters, *filter)
	}
	if w.Secrets != nil {
		e.Secrets, err = c.secretsOf(w.Secrets)
	}
	return e, err
}

// canonicalID is id in the usual spelling of UUIDs.
func canonicalID(field, id string) (string, error) {
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != 36 {
		return "", fmt.Errorf("it has no UUID in %q", field)
	}
	return parsed.String(), nil
}

// checkID says what is wrong with an id that must be the one that was asked for.
func checkID(field, id, want string) error {
	got, err := canonicalID(field, id)
	if err == nil && got != canonicalOr(want) {
		err = fmt.Errorf("it is about %s, which is not what was asked for", got)
	}
	return err
}

func canonicalOr(id string) string {
	if canonical, err := canonicalID("", id); err == nil {
		return canonical
	}
	return id
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func endpointPath(id string, more ...string) []string {
	return append([]string{"webhooks", "endpoints", canonicalOr(id)}, more...)
}

// ListEndpoints gives every endpoint, without its keys, in no particular order. It fails whole when one of them is
// not of the promised form.
//
// GET /webhooks/endpoints
func (c *Client) ListEndpoints(ctx context.Context) ([]Endpoint, error) {
	var endpoints []Endpoint
	err := c.do(ctx, &request{
		operation: "list the webhook endpoints",
		method:    http.MethodGet,
		path:      []string{"webhooks", "endpoints"},
		decode: func(body io.Reader) error {
			endpoints = []Endpoint{}
			return decodeList(func() wireEndpoint { return wireEndpoint{} }, func(w wireEndpoint) error {
				e, err := c.endpoint(w)
				e.Secrets = nil
				endpoints = append(endpoints, e)
				return err
			})(body)
		},
	})
	return endpoints, err
}

// GetEndpoint asks for one endpoint with its active keys. IsEndpointGone tells the error for one that is not there.
//
// GET /webhooks/endpoints/{endpoint_id}
func (c *Client) GetEndpoint(ctx context.Context, id string) (Endpoint, error) {
	return c.askForEndpoint(ctx, id, &request{
		operation: "read the webhook endpoint",
		method:    http.MethodGet,
		path:      endpointPath(id),
	})
}

// UpdateEndpoint sets all three fields. Doing it twice is harmless, so it is tried again when an answer is lost.
//
// PUT /webhooks/endpoints/{endpoint_id}
func (c *Client) UpdateEndpoint(ctx context.Context, id string, p EndpointParams) (Endpoint, error) {
	defer c.wrote()()
	e, err := c.askForEndpoint(ctx, id, &request{
		operation: "update the webhook endpoint",
		method:    http.MethodPut,
		path:      endpointPath(id),
		body:      p.wire(),
	})
	if err == nil {
		c.ledger.changed(e)
	}
	return e, err
}

// askForEndpoint makes a request that is answered with the endpoint of that id.
func (c *Client) askForEndpoint(ctx context.Context, id string, r *request) (Endpoint, error) {
	return c.askForEndpointThat(ctx, id, r, func(Endpoint) error { return nil })
}

// askForEndpointThat is askForEndpoint with one more check of the answer.
func (c *Client) askForEndpointThat(ctx context.Context, id string, r *request, check func(Endpoint) error) (Endpoint, error) {
	var (
		wire     wireEndpoint
		endpoint Endpoint
	)
	r.decode = decodeJSON(&wire, func(w *wireEndpoint) error {
		e, err := c.endpoint(*w)
		if err != nil {
			return err
		}
		if err := checkID("id", w.ID, id); err != nil {
			return err
		}
		endpoint = e
		return check(e)
	})
	err := c.do(ctx, r)
	return endpoint, err
}

// DeleteEndpoint removes an endpoint. One that is gone already is no error.
//
// DELETE /webhooks/endpoints/{endpoint_id}
func (c *Client) DeleteEndpoint(ctx context.Context, id string) error {
	defer c.wrote()()
	err := c.do(ctx, &request{
		operation: "delete the webhook endpoint",
		method:    http.MethodDelete,
		path:      endpointPath(id),
		decode:    func(body io.Reader) error { return checkDeleted(body, id) },
	})
	if err == nil || IsEndpointGone(err) {
		c.ledger.deleted(canonicalOr(id))
		return nil
	}
	return err
}

// checkDeleted takes the answers that installations give to a delete: nothing, or the endpoint that was deleted.
func checkDeleted(body io.Reader, id string) error {
	content, err := io.ReadAll(body)
	if err != nil || len(bytes.TrimSpace(content)) == 0 {
		return err
	}
	var answer json.RawMessage
	return decodeJSON(&answer, func(raw *json.RawMessage) (err error) {
		var object struct {
			ID *string `json:"id"`
		}
		if json.Unmarshal(*raw, &object) == nil && object.ID != nil {
			err = checkID("id", *object.ID, id)
		}
		return err
	})(bytes.NewReader(content))
}

// Receives says whether an endpoint with these filters is sent events of that type.
func (e Endpoint) Receives(eventType string) bool {
	return len(e.EventFilters) == 0 || slices.Contains(e.EventFilters, eventType)
}
