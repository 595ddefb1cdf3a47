package prosa

import (
	"context"
	"errors"
	"net/http"
)

// Ticket says that a delivery has been queued. Nothing promises that its tag is the id of the later delivery.
type Ticket struct {
	DeliveryTag string // opaque
	EndpointID  string
	URL         string // for people: free of secrets
}

type wireTicket struct {
	DeliveryTag string `json:"delivery_tag"`
	EndpointID  string `json:"endpoint_id"`
	URL         string `json:"url"`
}

func (c *Client) ticket(w wireTicket) (Ticket, error) {
	if blank(w.DeliveryTag, w.EndpointID, w.URL) {
		return Ticket{}, errors.New(`the ticket in it has no "delivery_tag", "endpoint_id" or "url"`)
	}
	return Ticket{DeliveryTag: w.DeliveryTag, EndpointID: w.EndpointID, URL: c.redactor.redact(w.URL)}, nil
}

// SendTestEvent makes Prosa send a webhook.ping event to the endpoint. A lost response is not retried.
//
// POST /webhooks/endpoints/{endpoint_id}/test
func (c *Client) SendTestEvent(ctx context.Context, endpointID string) (Ticket, error) {
	return ask(ctx, c, &request{
		operation: "send a test event to the webhook endpoint",
		method:    http.MethodPost,
		path:      endpointPath(endpointID, "test"),
	}, c.ticket)
}

// ReplayDelivery makes Prosa send the event of a delivery again to its endpoint. A lost response is not retried.
// IsNotFound tells the error for a delivery that does not exist.
//
// POST /webhooks/deliveries/{delivery_id}/replay
func (c *Client) ReplayDelivery(ctx context.Context, deliveryID string) (Ticket, error) {
	return ask(ctx, c, &request{
		operation: "replay the webhook delivery",
		method:    http.MethodPost,
		path:      []string{"webhooks", "deliveries", deliveryID, "replay"},
	}, c.ticket)
}

// ReplayFailedDeliveries makes Prosa send every event again whose delivery to the endpoint failed. A lost response is
// not retried.
//
// POST /webhooks/endpoints/{endpoint_id}/replay-failed-deliveries
func (c *Client) ReplayFailedDeliveries(ctx context.Context, endpointID string) ([]Ticket, error) {
	return askList(ctx, c, &request{
		operation: "replay the failed deliveries to the webhook endpoint",
		method:    http.MethodPost,
		path:      endpointPath(endpointID, "replay-failed-deliveries"),
	}, c.ticket)
}
