package prosa

import (
	"context"
	"errors"
	"net/http"
)

// Ticket confirms that a delivery is queued. The API does not promise that the tag is the id of the delivery.
type Ticket struct {
	DeliveryTag string // opaque
	EndpointID  string
	URL         string // redacted
}

type wireTicket struct {
	DeliveryTag string `json:"delivery_tag"`
	EndpointID  string `json:"endpoint_id"`
	URL         string `json:"url"`
}

func (c *Client) ticket(w wireTicket) (Ticket, error) {
	if anyBlank(w.DeliveryTag, w.EndpointID, w.URL) {
		return Ticket{}, errors.New(`the ticket in it has no "delivery_tag", "endpoint_id" or "url"`)
	}
	return Ticket{DeliveryTag: w.DeliveryTag, EndpointID: w.EndpointID, URL: c.redactor.redact(w.URL)}, nil
}

// SendTestEvent makes Prosa send a webhook.ping event to the endpoint. It does not retry after a lost response.
//
// POST /webhooks/endpoints/{endpoint_id}/test
func (c *Client) SendTestEvent(ctx context.Context, endpointID string) (Ticket, error) {
	return doJSON(ctx, c, &request{
		operation: "send a test event to the webhook endpoint",
		method:    http.MethodPost,
		path:      endpointPath(endpointID, "test"),
	}, c.ticket)
}

// ReplayDelivery makes Prosa send the event of a delivery to its endpoint again. It does not retry after a lost response.
// IsNotFound reports whether the error means that the delivery does not exist.
//
// POST /webhooks/deliveries/{delivery_id}/replay
func (c *Client) ReplayDelivery(ctx context.Context, deliveryID string) (Ticket, error) {
	return doJSON(ctx, c, &request{
		operation: "replay the webhook delivery",
		method:    http.MethodPost,
		path:      []string{"webhooks", "deliveries", deliveryID, "replay"},
	}, c.ticket)
}

// ReplayFailedDeliveries makes Prosa resend all events whose delivery to the endpoint failed. It does not retry after a
// lost response.
//
// POST /webhooks/endpoints/{endpoint_id}/replay-failed-deliveries
func (c *Client) ReplayFailedDeliveries(ctx context.Context, endpointID string) ([]Ticket, error) {
	return doList(ctx, c, &request{
		operation: "replay the failed deliveries to the webhook endpoint",
		method:    http.MethodPost,
		path:      endpointPath(endpointID, "replay-failed-deliveries"),
	}, c.ticket)
}
