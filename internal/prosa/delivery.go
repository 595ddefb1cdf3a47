package prosa

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Delivery is one attempt to send an event to an endpoint. The fields of the receiver's response are nil if there was
// none.
type Delivery struct {
	ID              string
	EventID         string
	EndpointID      string
	EventType       string // from the request's x-prosa-event header; empty without this header
	DeliveredAt     Time
	RequestMethod   string
	RequestHeaders  map[string]string
	RequestBody     json.RawMessage // as the API sent it; nil if there is none, or without IncludeBodies
	ResponseStatus  *int64
	ResponseHeaders map[string]string
	ResponseBody    *string  // nil without IncludeBodies
	ElapsedTime     *float64 // seconds
}

// Succeeded reports whether the receiver responded with 2xx.
func (d Delivery) Succeeded() bool {
	return d.ResponseStatus != nil && *d.ResponseStatus >= 200 && *d.ResponseStatus < 300
}

// DeliveryQuery selects deliveries of an endpoint.
type DeliveryQuery struct {
	EndpointID    string
	Days          Days
	EventTypes    []string // empty: every type
	FailedOnly    bool
	IncludeBodies bool
	Limit         int // how many of the newest; 0: all
}

// DeliveryReport is the result of a DeliveryQuery. The counts and LastSuccessAt include deliveries that FailedOnly and
// Limit leave out.
type DeliveryReport struct {
	Deliveries    []Delivery // newest first
	TotalCount    int64
	FailedCount   int64
	LastSuccessAt *Time
}

type wireDelivery struct {
	ID              string          `json:"delivery_id"`
	EventID         string          `json:"event_id"`
	EndpointID      string          `json:"endpoint_id"`
	DeliveredAt     *string         `json:"delivery"`
	RequestMethod   string          `json:"request_method"`
	RequestHeaders  headers         `json:"request_headers"`
	RequestBody     json.RawMessage `json:"request_body"`
	ResponseStatus  *int64          `json:"response_status"`
	ResponseHeaders headers         `json:"response_headers"`
	ResponseBody    json.RawMessage `json:"response_body"`
	ElapsedTime     *float64        `json:"elapsed_time"`
}

// headers are the headers of an HTTP message. The API may list several values of a header.
type headers map[string]string

func (h *headers) UnmarshalJSON(raw []byte) error {
	var values map[string]any
	if err := json.Unmarshal(raw, &values); err != nil || values == nil {
		return err
	}
	*h = make(headers, len(values))
	for name, value := range values {
		(*h)[name] = headerText(value)
	}
	return nil
}

func headerText(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case []any:
		parts := make([]string, len(value))
		for i, part := range value {
			parts[i] = headerText(part)
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(value)
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

func (c *Client) delivery(w wireDelivery, includeBodies bool) (Delivery, error) {
	d := Delivery{
		ID: w.ID, EventID: w.EventID, EndpointID: w.EndpointID, EventType: w.RequestHeaders.get("x-prosa-event"),
		RequestMethod: w.RequestMethod, RequestHeaders: w.RequestHeaders,
		ResponseStatus: w.ResponseStatus, ResponseHeaders: w.ResponseHeaders, ElapsedTime: w.ElapsedTime,
	}
	if anyBlank(d.ID, d.EventID, d.EndpointID) {
		return d, errors.New(`a delivery in it has no "delivery_id", "event_id" or "endpoint_id"`)
	}
	at, err := c.time("delivery", w.DeliveredAt)
	if err != nil {
		return d, err
	}
	d.DeliveredAt = correctZone(at, w.RequestHeaders.get("x-prosa-signature"))
	if !includeBodies {
		return d, nil
	}
	if string(w.RequestBody) != "null" {
		d.RequestBody = w.RequestBody
	}
	if w.ResponseBody != nil && json.Unmarshal(w.ResponseBody, &d.ResponseBody) != nil {
		return d, errors.New(`"response_body" is not a string`)
	}
	return d, nil
}

// correctZone corrects the zone of the time of a delivery. Some installations send their local time and mark it as UTC,
// but the t of a signature is always in Unix seconds.
func correctZone(at Time, signature string) Time {
	const tolerated, step = 10 * time.Minute, 15 * time.Minute // zones differ by quarters of an hour
	const year10000 = 253_402_300_800                          // a later t is not in seconds
	for element := range strings.SplitSeq(signature, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(element), "=")
		seconds, err := strconv.ParseInt(value, 10, 64)
		if name != "t" || err != nil || seconds < 0 || seconds >= year10000 {
			continue
		}
		if difference := at.Sub(time.Unix(seconds, 0)); difference.Abs() > tolerated {
			return Time{at.Add(-difference.Round(step))}
		}
	}
	return at
}

// ListDeliveries returns the deliveries to an endpoint. It reads the response as a stream, so that only the result is in
// memory. IsEndpointDeleted reports whether the error means that the endpoint is deleted.
//
// GET /webhooks/endpoints/{endpoint_id}/deliveries
func (c *Client) ListDeliveries(ctx context.Context, q DeliveryQuery) (DeliveryReport, error) {
	var report DeliveryReport
	query, includes, err := q.Days.period()
	if err != nil {
		return report, err
	}
	err = doEach(ctx, c, &request{
		operation: "list the deliveries to the webhook endpoint",
		method:    http.MethodGet,
		path:      endpointPath(q.EndpointID, "deliveries"),
		query:     query,
	}, func() func(wireDelivery) error {
		report = DeliveryReport{Deliveries: []Delivery{}}
		return func(w wireDelivery) error {
			d, err := c.delivery(w, q.IncludeBodies)
			if err == nil && includes(d.DeliveredAt) {
				report.add(d, q)
			}
			return err
		}
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

// newestDeliveries sorts deliveries, newest first, and returns the first limit (0: all).
func newestDeliveries(deliveries []Delivery, limit int) []Delivery {
	slices.SortFunc(deliveries, func(a, b Delivery) int {
		return cmp.Or(b.DeliveredAt.Compare(a.DeliveredAt.Time), strings.Compare(b.ID, a.ID))
	})
	if limit > 0 && len(deliveries) > limit {
		clear(deliveries[limit:]) // frees their bodies
		deliveries = deliveries[:limit]
	}
	return deliveries
}
