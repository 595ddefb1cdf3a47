package prosa

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// Ticket says that a delivery has been queued. Nothing promises that its tag is the id of the later delivery.
type Ticket struct {
	DeliveryTag string // a UUID
	EndpointID  string
	URL         string // for people: free of secrets
}

type wireTicket struct {
	DeliveryTag string `json:"delivery_tag"`
	EndpointID  string `json:"endpoint_id"`
	URL         string `json:"url"`
}

func (c *Client) ticket(w wireTicket) (t Ticket, err error) {
	if t.DeliveryTag, err = canonicalID("delivery_tag", w.DeliveryTag); err != nil {
		return t, err
	}
	if t.EndpointID, err = canonicalID("endpoint_id", w.EndpointID); err != nil {
		return t, err
	}
	if t.URL = c.secrets.redact(w.URL); t.URL == "" {
		return t, errors.New(`the ticket in it has no "url"`)
	}
	return t, nil
}

// sendTestTurn is the turn that a client's test events take. It lasts for the request, not for the delivery.
const sendTestTurn = "send a test event"

// SendTestEvent has a webhook.ping event sent to the endpoint. It is not sent again when its answer is lost.
//
// POST /webhooks/endpoints/{endpoint_id}/test
func (c *Client) SendTestEvent(ctx context.Context, endpointID string) (Ticket, error) {
	release, err := c.turns.take(ctx, sendTestTurn)
	if err != nil {
		return Ticket{}, err
	}
	defer release()
	return c.postTestEvent(ctx, endpointID)
}

func (c *Client) postTestEvent(ctx context.Context, endpointID string) (Ticket, error) {
	return c.askForTicket(ctx, "send a test event to the webhook endpoint", endpointPath(endpointID, "test"))
}

// ReplayDelivery has the event of a delivery sent again to its endpoint. It is not sent again when its answer is
// lost. IsNotFound tells the error for a delivery that is not there.
//
// POST /webhooks/deliveries/{delivery_id}/replay
func (c *Client) ReplayDelivery(ctx context.Context, deliveryID string) (Ticket, error) {
	return c.askForTicket(ctx, "replay the webhook delivery", []string{"webhooks", "deliveries", canonicalOr(deliveryID), "replay"})
}

func (c *Client) askForTicket(ctx context.Context, operation string, path []string) (Ticket, error) {
	var (
		wire   wireTicket
		ticket Ticket
	)
	err := c.do(ctx, &request{
		operation: operation,
		method:    http.MethodPost,
		path:      path,
		decode: decodeJSON(&wire, func(w *wireTicket) (err error) {
			ticket, err = c.ticket(*w)
			return err
		}),
	})
	return ticket, err
}

// ReplayFailedDeliveries has every event sent again whose delivery to the endpoint failed. It is not sent again when
// its answer is lost.
//
// POST /webhooks/endpoints/{endpoint_id}/replay-failed-deliveries
func (c *Client) ReplayFailedDeliveries(ctx context.Context, endpointID string) ([]Ticket, error) {
	var tickets []Ticket
	err := c.do(ctx, &request{
		operation: "replay the failed deliveries to the webhook endpoint",
		method:    http.MethodPost,
		path:      endpointPath(endpointID, "replay-failed-deliveries"),
		decode: func(body io.Reader) error {
			tickets = []Ticket{}
			return decodeList(func() wireTicket { return wireTicket{} }, func(w wireTicket) error {
				t, err := c.ticket(w)
				tickets = append(tickets, t)
				return err
			})(body)
		},
	})
	return tickets, err
}
