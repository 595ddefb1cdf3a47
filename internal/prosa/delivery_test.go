package prosa

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// oddBodies are JSON values that do not survive being read as numbers, maps and strings.
var oddBodies = []string{
	`6.470000009536743`, `9007199254740993`, `1e400`, `-0`, `1.0`, `1E+2`, `{"b":1,"a":2,"b":3}`, `{"z":{"y":null,"x":[null,{}]},"a":[]}`,
	`"\u0041\/\ud83d\ude00 é"`, `"\ud800"`, `[ 1 ,	2 ]`, `{ "spaced" : [ ] }`, `false`, `""`, `"<&>\u2028"`, `123456789012345678901234567890.123456789`,
}

// sent is a delivery as the API lists it; fields replace its own.
func sent(id int, at string, fields ...string) string {
	body := fmt.Sprintf(`"delivery_id":"00000000-0000-4000-8000-%012d","event_id":"%s","endpoint_id":"%s","delivery":"%s"`, id, idB, idA, at)
	return "{" + strings.Join(append([]string{body}, fields...), ",") + "}"
}

func deliveriesOf(t *testing.T, q DeliveryQuery, elements ...string) DeliveryReport {
	t.Helper()
	q.EndpointID = idA
	report, err := answered(t, 200, "["+strings.Join(elements, ",")+"]").ListDeliveries(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestBodiesAreKeptToTheByte(t *testing.T) {
	t.Parallel()
	for _, body := range oddBodies {
		event, err := answered(t, 200, `{"id":"`+idA+`","event_type":"x","created_at":"2030-01-02T03:04:05Z","data":  `+body+`  }`).GetEvent(t.Context(), idA)
		if err != nil {
			t.Errorf("%s: %v", body, err)
		} else if !bytes.Equal(event.Data, []byte(body)) {
			t.Errorf("event data: got %s, want %s", event.Data, body)
		}
		report := deliveriesOf(t, DeliveryQuery{IncludeBodies: true}, sent(1, "2030-01-02T03:04:05Z", `"request_body": `+body+` `),
			sent(2, "2030-01-02T03:04:05Z", `"request_body":{"other":"than before"}`))
		if got := report.Deliveries[1].RequestBody; !bytes.Equal(got, []byte(body)) {
			t.Errorf("request body: got %s, want %s", got, body)
		}
		report = deliveriesOf(t, DeliveryQuery{}, sent(1, "2030-01-02T03:04:05Z", `"request_body":`+body))
		if report.Deliveries[0].RequestBody != nil {
			t.Errorf("%s was kept", body)
		}
	}
}

func TestDataThatIsNullIsNull(t *testing.T) {
	t.Parallel()
	event, err := answered(t, 200, strings.Replace(eventJSON, `"data":{}`, `"data":null`, 1)).GetEvent(t.Context(), idA)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "data", string(event.Data), "null")
	_, err = answered(t, 200, strings.Replace(eventJSON, `,"data":{}`, ``, 1)).GetEvent(t.Context(), idA)
	mustContain(t, asError(t, err).Error(), `no "data"`)
}

func TestAListingOfEventsHasNoData(t *testing.T) {
	t.Parallel()
	events, err := answered(t, 200, "["+eventJSON+"]").ListEvents(t.Context(), Days{})
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 1 || events[0].Data != nil {
		t.Errorf("got %+v", events)
	}
}

func TestResponseBodiesAreText(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{`""`: "", `"ok"`: "ok", `"a\u00e9\n\"b\\"`: "aé\n\"b\\"} {
		report := deliveriesOf(t, DeliveryQuery{IncludeBodies: true}, sent(1, "2030-01-02T03:04:05Z", `"response_body":`+written))
		equal(t, written, *report.Deliveries[0].ResponseBody, want)
		report = deliveriesOf(t, DeliveryQuery{}, sent(1, "2030-01-02T03:04:05Z", `"response_body":`+written))
		if report.Deliveries[0].ResponseBody != nil {
			t.Errorf("%s was kept", written)
		}
	}
	for _, wrong := range []string{`1`, `{}`, `["x"]`, `true`} {
		_, err := answered(t, 200, "["+sent(1, "2030-01-02T03:04:05Z", `"response_body":`+wrong)+"]").ListDeliveries(t.Context(), DeliveryQuery{EndpointID: idA, IncludeBodies: true})
		mustContain(t, asError(t, err).Error(), `"response_body" is not a string`)
	}
}

func TestADeliveryThatWasNeverAnswered(t *testing.T) {
	t.Parallel()
	const nulls = `"request_method":"POST","request_headers":null,"request_body":null,"response_status":null,"response_headers":null,"response_body":null,"elapsed_time":null`
	for name, fields := range map[string][]string{"null": {nulls}, "missing": nil} {
		report := deliveriesOf(t, DeliveryQuery{IncludeBodies: true}, sent(1, "2030-01-02T03:04:05Z", fields...))
		d := report.Deliveries[0]
		if d.ResponseStatus != nil || d.ResponseHeaders != nil || d.ResponseBody != nil || d.ElapsedTime != nil || d.RequestHeaders != nil || d.RequestBody != nil || d.EventType != "" || d.Succeeded() {
			t.Errorf("%s: got %+v", name, d)
		}
		equal(t, name, []any{report.TotalCount, report.FailedCount, report.LastSuccessAt == nil}, []any{int64(1), int64(1), true})
	}
}

func TestTheEventTypeIsFoundInAnyCase(t *testing.T) {
	t.Parallel()
	for headers, want := range map[string]string{
		`{"x-prosa-event":"a.b"}`: "a.b", `{"X-Prosa-Event":"a.b"}`: "a.b", `{"X-PROSA-EVENT":"a.b","x-prosa-event-uuid":"no"}`: "a.b",
		`{"x-prosa-event-uuid":"no"}`: "", `{}`: "", `null`: "",
	} {
		report := deliveriesOf(t, DeliveryQuery{}, sent(1, "2030-01-02T03:04:05Z", `"request_headers":`+headers))
		equal(t, headers, report.Deliveries[0].EventType, want)
	}
}

func TestSucceededIs2xx(t *testing.T) {
	t.Parallel()
	for status, want := range map[int64]bool{0: false, 100: false, 199: false, 200: true, 204: true, 299: true, 300: false, 302: false, 404: false, 500: false} {
		equal(t, fmt.Sprint(status), Delivery{ResponseStatus: &status}.Succeeded(), want)
	}
}

func TestTheReportCountsBeforeItLeavesOut(t *testing.T) {
	t.Parallel()
	on := func(id, second, status int, eventType string) string {
		return sent(id, fmt.Sprintf("2030-01-02T03:04:%02dZ", second), fmt.Sprintf(`"response_status":%d,"request_headers":{"x-prosa-event":%q}`, status, eventType))
	}
	all := []string{on(1, 10, 200, "a"), on(2, 30, 500, "a"), on(3, 20, 204, "b"), on(4, 50, 404, "b"), on(5, 40, 200, "a"), on(6, 50, 500, "c")}
	for name, row := range map[string]struct {
		query         DeliveryQuery
		ids           []int
		total, failed int64
		lastSuccess   int // second; negative: none
	}{
		"all":              {DeliveryQuery{}, []int{6, 4, 5, 2, 3, 1}, 6, 3, 40},
		"limit":            {DeliveryQuery{Limit: 2}, []int{6, 4}, 6, 3, 40},
		"limit beyond":     {DeliveryQuery{Limit: 100}, []int{6, 4, 5, 2, 3, 1}, 6, 3, 40},
		"failed":           {DeliveryQuery{FailedOnly: true}, []int{6, 4, 2}, 6, 3, 40},
		"failed and limit": {DeliveryQuery{FailedOnly: true, Limit: 1}, []int{6}, 6, 3, 40},
		"of a type":        {DeliveryQuery{EventTypes: []string{"b"}}, []int{4, 3}, 2, 1, 20},
		"of two types":     {DeliveryQuery{EventTypes: []string{"b", "a"}, Limit: 3}, []int{4, 5, 2}, 5, 2, 40},
		"of a failed type": {DeliveryQuery{EventTypes: []string{"c"}}, []int{6}, 1, 1, -1},
		"of no such type":  {DeliveryQuery{EventTypes: []string{"A"}}, nil, 0, 0, -1},
	} {
		report := deliveriesOf(t, row.query, all...)
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
			t.Errorf("%s: last success %v", name, report.LastSuccessAt)
		} else if report.LastSuccessAt != nil {
			equal(t, name+": last success", report.LastSuccessAt.Second(), row.lastSuccess)
		}
	}
}

// A limit keeps memory low while the answer is read: what is thrown away on the way must be the oldest.
func TestALimitKeepsTheNewestOfManyInAnyOrder(t *testing.T) {
	t.Parallel()
	const many, limit = 5000, 7
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var elements []string
	for n := range many {
		elements = append(elements, sent(n, start.Add(time.Duration(n*2731%many)*time.Second).Format(time.RFC3339)))
	}
	report := deliveriesOf(t, DeliveryQuery{Limit: limit, IncludeBodies: true}, elements...)
	equal(t, "total", []int64{report.TotalCount, int64(len(report.Deliveries))}, []int64{many, limit})
	for n, d := range report.Deliveries {
		equal(t, "time", d.DeliveredAt.Time, start.Add(time.Duration(many-1-n)*time.Second))
	}
}

func TestALostListingIsReadAfreshByTheNextAttempt(t *testing.T) {
	t.Parallel()
	whole := "[" + sent(1, "2030-01-02T03:04:05Z", `"response_status":200`) + "," + sent(2, "2030-01-02T03:04:06Z") + "]"
	_, server := serve(t, script(t, cutOff(whole, len(whole)-30), reply(200, whole)))
	report, err := connect(t, server.URL).ListDeliveries(t.Context(), DeliveryQuery{EndpointID: idA})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "counts", []int64{report.TotalCount, report.FailedCount, int64(len(report.Deliveries))}, []int64{2, 1, 2})

	_, server = serve(t, script(t, cutOff("["+eventJSON+","+eventJSON+"]", len(eventJSON)+9), reply(200, "["+eventJSON+"]")))
	events, err := connect(t, server.URL).ListEvents(t.Context(), Days{})
	equal(t, "events", []any{len(events), err}, []any{1, nil})

	_, server = serve(t, script(t, cutOff(listJSON[:len(listJSON)-1]+","+listJSON[1:], len(listJSON)+9), reply(200, listJSON)))
	endpoints, err := connect(t, server.URL).ListEndpoints(t.Context())
	equal(t, "endpoints", []any{len(endpoints), err}, []any{1, nil})
}
