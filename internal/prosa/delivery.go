package prosa

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Delivery is one attempt to send an event to an endpoint. What the receiver would have answered is nil when it
// never did.
type Delivery struct {
	ID              string
	EventID         string
	EndpointID      string
	EventType       string // from the request's x-prosa-event header; empty when it is not there
	DeliveredAt     Time
	RequestMethod   string
	RequestHeaders  map[string]string
	RequestBody     json.RawMessage // as the API sent it; nil unless bodies were asked for, and when there is none
	ResponseStatus  *int64
	ResponseHeaders map[string]string
	ResponseBody    *string  // nil unless bodies were asked for
	ElapsedTime     *float64 // seconds
}

// Succeeded says whether the receiver answered 2xx.
func (d Delivery) Succeeded() bool {
	return d.ResponseStatus != nil && *d.ResponseStatus >= 200 && *d.ResponseStatus < 300
}

// DeliveryQuery says which deliveries of an endpoint are wanted, and what of them is kept.
type DeliveryQuery struct {
	EndpointID    string
	Days          Days
	EventTypes    []string // empty: every type
	FailedOnly    bool
	IncludeBodies bool
	Limit         int // the newest so many; 0: all
}

// DeliveryReport is the answer to a DeliveryQuery. The counts and LastSuccessAt are over what Days and EventTypes
// select, whatever FailedOnly and Limit leave out.
type DeliveryReport struct {
	Deliveries    []Delivery // newest first
	TotalCount    int64
	FailedCount   int64
	LastSuccessAt *Time
}

type wireDelivery struct {
	ID              string            `json:"delivery_id"`
	EventID         string            `json:"event_id"`
	EndpointID      string            `json:"endpoint_id"`
	DeliveredAt     *Time             `json:"delivery"`
	RequestMethod   string            `json:"request_method"`
	RequestHeaders  map[string]string `json:"request_headers"`
	RequestBody     optionalBody      `json:"request_body"`
	ResponseStatus  *int64            `json:"response_status"`
	ResponseHeaders map[string]string `json:"response_headers"`
	ResponseBody    optionalBody      `json:"response_body"`
	ElapsedTime     *float64          `json:"elapsed_time"`
}

// optionalBody is a JSON value that is only copied when it is wanted.
type optionalBody struct {
	keep bool
	raw  json.RawMessage
}

func (b *optionalBody) UnmarshalJSON(raw []byte) error {
	if b.keep && string(raw) != "null" {
		b.raw = slices.Clone(raw)
	}
	return nil
}

func (w wireDelivery) delivery() (Delivery, error) {
	d := Delivery{
		RequestMethod: w.RequestMethod, RequestHeaders: w.RequestHeaders, RequestBody: w.RequestBody.raw,
		ResponseStatus: w.ResponseStatus, ResponseHeaders: w.ResponseHeaders, ElapsedTime: w.ElapsedTime,
	}
	for _, id := range []struct {
		field string
		from  string
		to    *string
	}{{"delivery_id", w.ID, &d.ID}, {"event_id", w.EventID, &d.EventID}, {"endpoint_id", w.EndpointID, &d.EndpointID}} {
		canonical, err := canonicalID(id.field, id.from)
		if err != nil {
			return d, err
		}
		*id.to = canonical
	}
	if w.DeliveredAt == nil {
		return d, errors.New(`a delivery in it has no "delivery", the time of it`)
	}
	d.DeliveredAt = *w.DeliveredAt
	if w.ResponseBody.raw != nil {
		if err := json.Unmarshal(w.ResponseBody.raw, &d.ResponseBody); err != nil {
			return d, errors.New(`"response_body" is not a string`)
		}
	}
	for name, value := range w.RequestHeaders {
		if strings.EqualFold(name, "x-prosa-event") {
			d.EventType = value
		}
	}
	return d, nil
}

// ListDeliveries gives the deliveries to an endpoint. The answer is read as a stream: in memory is what the query
// keeps. IsEndpointGone tells the error for an endpoint that is not there.
//
// GET /webhooks/endpoints/{endpoint_id}/deliveries
func (c *Client) ListDeliveries(ctx context.Context, q DeliveryQuery) (DeliveryReport, error) {
	var report DeliveryReport
	err := c.do(ctx, &request{
		operation: "list the deliveries to the webhook endpoint",
		method:    http.MethodGet,
		path:      endpointPath(q.EndpointID, "deliveries"),
		query:     q.Days.query(),
		decode: func(body io.Reader) error {
			report = DeliveryReport{Deliveries: []Delivery{}}
			prepare := func() wireDelivery {
				return wireDelivery{RequestBody: optionalBody{keep: q.IncludeBodies}, ResponseBody: optionalBody{keep: q.IncludeBodies}}
			}
			err := decodeList(prepare, func(w wireDelivery) error {
				d, err := w.delivery()
				if err == nil {
					report.add(d, q)
				}
				return err
			})(body)
			report.Deliveries = newestDeliveries(report.Deliveries, q.Limit)
			return err
		},
	})
	return report, err
}

func (r *DeliveryReport) add(d Delivery, q DeliveryQuery) {
	if len(q.EventTypes) > 0 && !slices.Contains(q.EventTypes, d.EventType) {
		return
	}
	r.TotalCount++
	if !d.Succeeded() {
		r.FailedCount++
	} else if r.LastSuccessAt == nil || d.DeliveredAt.After(r.LastSuccessAt.Time) {
		r.LastSuccessAt = &d.DeliveredAt
	}
	if q.FailedOnly && d.Succeeded() {
		return
	}
	r.Deliveries = append(r.Deliveries, d)
	if q.Limit > 0 && len(r.Deliveries) >= 2*q.Limit+1000 {
		r.Deliveries = newestDeliveries(r.Deliveries, q.Limit)
	}
}

// newestDeliveries sorts, newest first, and keeps limit of them (0: all).
func newestDeliveries(deliveries []Delivery, limit int) []Delivery {
	slices.SortFunc(deliveries, func(a, b Delivery) int {
		return cmp.Or(b.DeliveredAt.Compare(a.DeliveredAt.Time), strings.Compare(b.ID, a.ID))
	})
	if limit > 0 && len(deliveries) > limit {
		clear(deliveries[limit:]) // lets go of what they hold
		deliveries = deliveries[:limit]
	}
	return deliveries
}
