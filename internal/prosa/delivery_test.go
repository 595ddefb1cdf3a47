package prosa

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// oddBodies are JSON values that change if they are decoded and encoded again.
var oddBodies = []string{
	`6.470000009536743`, `9007199254740993`, `1e400`, `-0`, `1.0`, `1E+2`, `{"b":1,"a":2,"b":3}`, `{"z":{"y":null,"x":[null,{}]},"a":[]}`,
	`"\u0041\/\ud83d\ude00 é"`, `"\ud800"`, `[ 1 ,	2 ]`, `{ "spaced" : [ ] }`, `false`, `""`, `"<&>\u2028"`,
	`123456789012345678901234567890.123456789`,
}

// deliveryJSON is an element of the API's listing, with additional fields.
func deliveryJSON(id int, at string, fields ...string) string {
	body := fmt.Sprintf(`"delivery_id":"00000000-0000-4000-8000-%012d","event_id":"%s","endpoint_id":"%s","delivery":"%s"`, id, idB, idA, at)
	return "{" + strings.Join(append([]string{body}, fields...), ",") + "}"
}

// listDeliveries returns the report of a query for a listing of elements.
func listDeliveries(t *testing.T, q DeliveryQuery, elements ...string) DeliveryReport {
	t.Helper()
	q.EndpointID = idA
	report, err := clientFor(t, 200, "["+strings.Join(elements, ",")+"]").ListDeliveries(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestBodiesAreKeptByteForByte(t *testing.T) {
	t.Parallel()
	for _, body := range oddBodies {
		c := clientFor(t, 200, strings.Replace(eventJSON, `"data":{}`, `"data":  `+body+`  `, 1))
		event, err := c.GetEvent(t.Context(), idA)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		equal(t, "event data", string(event.Data), body)
		elements := []string{
			deliveryJSON(1, "2030-01-02T03:04:05Z", `"request_body": `+body+` `),
			deliveryJSON(2, "2030-01-02T03:04:05Z", `"request_body":{"another":"body"}`),
		}
		equal(t, "request body", string(listDeliveries(t, DeliveryQuery{IncludeBodies: true}, elements...).Deliveries[1].RequestBody), body)
		equal(t, "without bodies", listDeliveries(t, DeliveryQuery{}, elements...).Deliveries[1].RequestBody, nil)
	}
}

func TestEventData(t *testing.T) {
	t.Parallel()
	event, err := clientFor(t, 200, strings.Replace(eventJSON, `"data":{}`, `"data":null`, 1)).GetEvent(t.Context(), idA)
	equal(t, "null, error", []any{string(event.Data), err}, []any{"null", nil})
	_, err = clientFor(t, 200, strings.Replace(eventJSON, `,"data":{}`, ``, 1)).GetEvent(t.Context(), idA)
	mustContain(t, asError(t, err).Error(), `no "data"`)
	events, err := clientFor(t, 200, "["+eventJSON+"]").ListEvents(t.Context(), Days{})
	equal(t, "in a listing, error", []any{len(events), events[0].Data == nil, err}, []any{1, true, nil})
}

func TestResponseBodies(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{`""`: "", `"ok"`: "ok", `"a\u00e9\n\"b\\"`: "aé\n\"b\\"} {
		element := deliveryJSON(1, "2030-01-02T03:04:05Z", `"response_body":`+body)
		equal(t, body, *listDeliveries(t, DeliveryQuery{IncludeBodies: true}, element).Deliveries[0].ResponseBody, want)
		equal(t, "without bodies", listDeliveries(t, DeliveryQuery{}, element).Deliveries[0].ResponseBody, nil)
	}
	c := clientFor(t, 200, "["+deliveryJSON(1, "2030-01-02T03:04:05Z", `"response_body":1`)+"]")
	_, err := c.ListDeliveries(t.Context(), DeliveryQuery{EndpointID: idA, IncludeBodies: true})
	mustContain(t, asError(t, err).Error(), `"response_body" is not a string`)
}

func TestDeliveryWithoutAResponse(t *testing.T) {
	t.Parallel()
	const nulls = `"request_headers":null,"request_body":null,"response_status":null,"response_headers":null,"response_body":null,"elapsed_time":null`
	for name, fields := range map[string][]string{"null": {nulls}, "missing": nil} {
		report := listDeliveries(t, DeliveryQuery{IncludeBodies: true}, deliveryJSON(1, "2030-01-02T03:04:05Z", fields...))
		want := Delivery{
			ID: "00000000-0000-4000-8000-000000000001", EventID: idB, EndpointID: idA,
			DeliveredAt: Time{time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)},
		}
		if d := report.Deliveries[0]; !reflect.DeepEqual(d, want) || d.Succeeded() {
			t.Errorf("%s: got %+v, want %+v", name, d, want)
		}
		equal(t, name, []any{report.TotalCount, report.FailedCount, report.LastSuccessAt == nil}, []any{int64(1), int64(1), true})
	}
}

func TestDeliveryEventType(t *testing.T) {
	t.Parallel()
	for headers, want := range map[string]string{
		`{"x-prosa-event":"a.b"}`: "a.b", `{"X-Prosa-Event":"a.b"}`: "a.b", `{"X-PROSA-EVENT":"a.b","x-prosa-event-uuid":"no"}`: "a.b",
		`{"x-prosa-event":["a","b"],"n":1}`: "a, b", `{"x-prosa-event-uuid":"no"}`: "", `{}`: "", `null`: "",
		`{"x-prosa-event":null}`: "", `{"x-prosa-event":null,"n":1}`: "",
	} {
		report := listDeliveries(t, DeliveryQuery{}, deliveryJSON(1, "2030-01-02T03:04:05Z", `"request_headers":`+headers))
		equal(t, headers, report.Deliveries[0].EventType, want)
	}
}

func TestDeliveryTimeIsCorrectedByTheSignature(t *testing.T) {
	t.Parallel()
	delivered := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, row := range map[string]struct {
		signature string
		want      time.Duration // added to the time
	}{
		"no signature":              {"", 0},
		"no timestamp":              {"v1=00", 0},
		"invalid timestamp":         {"t=soon", 0},
		"signed at once":            {signedAt(delivered.Add(-time.Second)), 0},
		"signed ten minutes before": {signedAt(delivered.Add(-10 * time.Minute)), 0},
		"local time of UTC+7":       {signedAt(delivered.Add(-7*time.Hour - time.Second)), -7 * time.Hour},
		"local time of UTC-3:30":    {"v1=00, " + signedAt(delivered.Add(3*time.Hour+29*time.Minute)), 3*time.Hour + 30*time.Minute},
		"local time of UTC+14":      {signedAt(delivered.Add(-14 * time.Hour)), -14 * time.Hour},
		"timestamp in milliseconds": {fmt.Sprintf("t=%d", delivered.UnixMilli()), 0},
		"largest timestamp":         {"t=9223372036854775807", 0},
	} {
		element := deliveryJSON(1, "2030-01-02T03:04:05Z", fmt.Sprintf(`"request_headers":{"X-Prosa-Signature":%q}`, row.signature))
		equal(t, name, listDeliveries(t, DeliveryQuery{}, element).Deliveries[0].DeliveredAt.Time, delivered.Add(row.want))
	}
}

func signedAt(at time.Time) string { return fmt.Sprintf("t=%d,v1=00", at.Unix()) }

func TestDeliverySucceeded(t *testing.T) {
	t.Parallel()
	for status, want := range map[int64]bool{0: false, 199: false, 200: true, 204: true, 299: true, 300: false, 404: false, 500: false} {
		equal(t, fmt.Sprint(status), Delivery{ResponseStatus: &status}.Succeeded(), want)
	}
}

func TestDeliveryReport(t *testing.T) {
	t.Parallel()
	delivery := func(id, second, status int, eventType string) string {
		fields := fmt.Sprintf(`"response_status":%d,"request_headers":{"x-prosa-event":%q}`, status, eventType)
		return deliveryJSON(id, fmt.Sprintf("2030-01-02T03:04:%02dZ", second), fields)
	}
	all := []string{
		delivery(1, 10, 200, "a"), delivery(2, 30, 500, "a"), delivery(3, 20, 204, "b"),
		delivery(4, 50, 404, "b"), delivery(5, 40, 200, "a"), delivery(6, 50, 500, "c"),
	}
	for name, row := range map[string]struct {
		query         DeliveryQuery
		ids           []int
		total, failed int64
		lastSuccess   int // second; -1: none
	}{
		"all":                {DeliveryQuery{}, []int{6, 4, 5, 2, 3, 1}, 6, 3, 40},
		"limit":              {DeliveryQuery{Limit: 2}, []int{6, 4}, 6, 3, 40},
		"larger limit":       {DeliveryQuery{Limit: 100}, []int{6, 4, 5, 2, 3, 1}, 6, 3, 40},
		"failed only":        {DeliveryQuery{FailedOnly: true}, []int{6, 4, 2}, 6, 3, 40},
		"failed only, limit": {DeliveryQuery{FailedOnly: true, Limit: 1}, []int{6}, 6, 3, 40},
		"one type":           {DeliveryQuery{EventTypes: []string{"b"}}, []int{4, 3}, 2, 1, 20},
		"two types":          {DeliveryQuery{EventTypes: []string{"b", "a"}, Limit: 3}, []int{4, 5, 2}, 5, 2, 40},
		"type that failed":   {DeliveryQuery{EventTypes: []string{"c"}}, []int{6}, 1, 1, -1},
		"unknown type":       {DeliveryQuery{EventTypes: []string{"A"}}, nil, 0, 0, -1},
	} {
		report := listDeliveries(t, row.query, all...)
		var ids []int
		for _, d := range report.Deliveries {
			var id int
			if _, err := fmt.Sscanf(d.ID, "00000000-0000-4000-8000-%d", &id); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		equal(t, name, ids, row.ids)
		equal(t, name+": counts", []int64{report.TotalCount, report.FailedCount}, []int64{row.total, row.failed})
		if report.Deliveries == nil {
			t.Errorf("%s: the list is nil", name)
		}
		if (report.LastSuccessAt == nil) != (row.lastSuccess < 0) {
			t.Errorf("%s: last success: got %v, want second %d", name, report.LastSuccessAt, row.lastSuccess)
		} else if report.LastSuccessAt != nil {
			equal(t, name+": last success", report.LastSuccessAt.Second(), row.lastSuccess)
		}
	}
}

// The client discards deliveries while it reads the response. They must be the oldest.
func TestLimitKeepsTheNewestDeliveries(t *testing.T) {
	t.Parallel()
	const many, limit = 5000, 7
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var elements []string
	for n := range many {
		elements = append(elements, deliveryJSON(n, start.Add(time.Duration(n*2731%many)*time.Second).Format(time.RFC3339)))
	}
	report := listDeliveries(t, DeliveryQuery{Limit: limit, IncludeBodies: true}, elements...)
	equal(t, "total", []int64{report.TotalCount, int64(len(report.Deliveries))}, []int64{many, limit})
	for n, d := range report.Deliveries {
		equal(t, "time", d.DeliveredAt.Time, start.Add(time.Duration(many-1-n)*time.Second))
	}
}

func TestRetryOfAListingStartsEmpty(t *testing.T) {
	t.Parallel()
	const endpoint = `{"id":"` + idA + `","url":"` + hookURL + `","ssl_verification":true}`
	for element, count := range map[string]func(context.Context, *Client) (int, error){
		deliveryJSON(1, "2030-01-02T03:04:05Z"): func(ctx context.Context, c *Client) (int, error) {
			report, err := c.ListDeliveries(ctx, DeliveryQuery{EndpointID: idA})
			return len(report.Deliveries) + int(report.TotalCount+report.FailedCount) - 2, err
		},
		eventJSON: func(ctx context.Context, c *Client) (int, error) {
			events, err := c.ListEvents(ctx, Days{})
			return len(events), err
		},
		endpoint: func(ctx context.Context, c *Client) (int, error) {
			endpoints, err := c.ListEndpoints(ctx)
			return len(endpoints), err
		},
	} {
		runInBubble(t, element[:20], func(t *testing.T) {
			c, _ := newClient(t, inTurn(t, cutOff(200, "["+element+","+element+"]", len(element)+9), reply(200, "["+element+"]")))
			n, err := count(t.Context(), c)
			equal(t, "elements, error", []any{n, err}, []any{1, nil})
		})
	}
}
