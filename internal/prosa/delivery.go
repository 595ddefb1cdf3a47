package prosa

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Delivery is one attempt to send an event to an endpoint. What describes the receiver's response is nil if there was
// none.
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
	ID              string       `json:"delivery_id"`
	EventID         string       `json:"event_id"`
	EndpointID      string       `json:"endpoint_id"`
	DeliveredAt     *string      `json:"delivery"`
	RequestMethod   string       `json:"request_method"`
	RequestHeaders  headers      `json:"request_headers"`
	RequestBody     optionalBody `json:"request_body"`
	ResponseStatus  *int64       `json:"response_status"`
	ResponseHeaders headers      `json:"response_headers"`
	ResponseBody    optionalBody `json:"response_body"`
	ElapsedTime     *float64     `json:"elapsed_time"`
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

// headers are those of an HTTP message. A header with several values may be a list of them.
type headers map[string]string

func (h *headers) UnmarshalJSON(raw []byte) error {
	var single map[string]string
	if json.Unmarshal(raw, &single) == nil {
		*h = single
		return nil
	}
	var values map[string]any
	if err := json.Unmarshal(raw, &values); err != nil {
		return err
	}
	*h = headers{}
	for name, value := range values {
		if list, ok := value.([]any); ok {
			parts := make([]string, len(list))
			for i, part := range list {
				parts[i] = fmt.Sprint(part)
			}
			value = strings.Join(parts, ", ")
		}
		(*h)[name] = fmt.Sprint(value)
	}
	return nil
}

// get returns a header's value, whatever the case of its name.
func (h headers) get(name string) string {
	for given, value := range h {
		if strings.EqualFold(given, name) {
			return value
		}
	}
	return ""
}

func (c *Client) delivery(w wireDelivery) (Delivery, error) {
	d := Delivery{
		ID: w.ID, EventID: w.EventID, EndpointID: w.EndpointID, EventType: w.RequestHeaders.get("x-prosa-event"),
		RequestMethod: w.RequestMethod, RequestHeaders: w.RequestHeaders, RequestBody: w.RequestBody.raw,
		ResponseStatus: w.ResponseStatus, ResponseHeaders: w.ResponseHeaders, ElapsedTime: w.ElapsedTime,
	}
	if blank(d.ID, d.EventID, d.EndpointID) {
		return d, errors.New(`a delivery in it has no "delivery_id", "event_id" or "endpoint_id"`)
	}
	at, err := c.time("delivery", w.DeliveredAt)
	if err != nil {
		return d, err
	}
	d.DeliveredAt = correctedBy(w.RequestHeaders.get("x-prosa-signature"), at)
	if w.ResponseBody.raw != nil {
		if err := json.Unmarshal(w.ResponseBody.raw, &d.ResponseBody); err != nil {
			return d, errors.New(`"response_body" is not a string`)
		}
	}
	return d, nil
}

// correctedBy moves a time into the right zone: the signature's t is always in Unix seconds, while installations write
// the time of a delivery in a zone of their own, even where they call it UTC.
func correctedBy(signature string, at Time) Time {
	const tolerated, step = 10 * time.Minute, 15 * time.Minute // zones differ by quarter-hours
	for element := range strings.SplitSeq(signature, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(element), "=")
		seconds, err := strconv.ParseInt(value, 10, 64)
		if name != "t" || err != nil || seconds < 0 || seconds > math.MaxInt32*64 {
			continue
		}
		if difference := at.Sub(time.Unix(seconds, 0)); difference.Abs() > tolerated {
			return Time{at.Add(-difference.Round(step))}
		}
	}
	return at
}

// ListDeliveries returns the deliveries to an endpoint. The response is read as a stream: only what the query keeps is in
// memory. IsEndpointGone tells the error for an endpoint that is deleted.
//
// GET /webhooks/endpoints/{endpoint_id}/deliveries
func (c *Client) ListDeliveries(ctx context.Context, q DeliveryQuery) (DeliveryReport, error) {
	var report DeliveryReport
	query, includes, err := q.Days.period()
	if err != nil {
		return report, err
	}
	err = askEach(ctx, c, &request{
		operation: "list the deliveries to the webhook endpoint",
		method:    http.MethodGet,
		path:      endpointPath(q.EndpointID, "deliveries"),
		query:     query,
	}, func() {
		report = DeliveryReport{Deliveries: []Delivery{}}
	}, func() wireDelivery {
		return wireDelivery{RequestBody: optionalBody{keep: q.IncludeBodies}, ResponseBody: optionalBody{keep: q.IncludeBodies}}
	}, func(w wireDelivery) error {
		d, err := c.delivery(w)
		if err == nil && includes(d.DeliveredAt) {
			report.add(d, q)
		}
		return err
	})
	if err != nil {
		return DeliveryReport{}, err
	}
	report.Deliveries = newestDeliveries(report.Deliveries, q.Limit)
	return report, nil
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
		clear(deliveries[limit:]) // frees what they hold
		deliveries = deliveries[:limit]
	}
	return deliveries
}
