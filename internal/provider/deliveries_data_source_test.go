package provider_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	acceptedDelivery   = "11111111-dddd-4000-8000-000000000001" // 17 January: a completed job, accepted
	rejectedDelivery   = "22222222-dddd-4000-8000-000000000002" // the first moment of 18 January: a failed job, 500
	unansweredDelivery = "33333333-dddd-4000-8000-000000000003" // the last moment of 18 January: a completed job, no response
	plainDelivery      = "44444444-dddd-4000-8000-000000000004" // 19 January: accepted; without request headers and body
)

func seedDeliveries(t *testing.T, e *acctest.Env) {
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: knownID, URL: "https://speech.example.com/prosa-webhook"})
	headers := func(eventType string) map[string]string {
		return map[string]string{"content-type": "application/json", "x-prosa-event": eventType}
	}
	for _, d := range []sandbox.Delivery{
		{
			DeliveryID: rejectedDelivery, EventID: event2, DeliveredAt: apiTime(t, "2023-01-18T00:00:00Z"),
			RequestHeaders: headers("stt.jobs.failed"),
			ResponseStatus: ptr(500), ResponseHeaders: map[string]string{}, ResponseBody: ptr("sorry"), ElapsedTime: ptr(2.0),
		},
		{
			DeliveryID: acceptedDelivery, EventID: event1, DeliveredAt: apiTime(t, "2023-01-17T14:26:27.329321Z"),
			RequestHeaders: headers("stt.jobs.completed"), RequestBody: json.RawMessage(delicateJSON),
			ResponseStatus: ptr(200), ResponseHeaders: map[string]string{"server": "uvicorn"}, ResponseBody: ptr(""), ElapsedTime: ptr(0.32921),
		},
		{
			DeliveryID: plainDelivery, EventID: event4, DeliveredAt: apiTime(t, "2023-01-19T12:00:00Z"), RequestHeaders: map[string]string{},
			ResponseStatus: ptr(204), ElapsedTime: ptr(6.470000009536743),
		},
		{
			DeliveryID: unansweredDelivery, EventID: event3, DeliveredAt: apiTime(t, "2023-01-18T23:59:59.999999Z"),
			RequestHeaders: headers("stt.jobs.completed"), RequestBody: json.RawMessage(`{}`),
		},
	} {
		d.EndpointID = knownID
		e.Sandbox.AddDelivery(d)
	}
}

func TestDeliveriesDataSource(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	seedDeliveries(t, e)
	headers := func(eventType string) acctest.Object {
		return acctest.Object{"content-type": "application/json", "x-prosa-event": eventType}
	}
	for _, bodies := range []any{nil, true} {
		body := func(text string) any {
			if bodies == nil {
				return nil
			}
			return text
		}
		want := []any{acctest.Object{
			"delivery_id": plainDelivery, "event_id": event4, "event_type": nil, "delivered_at": "2023-01-19T12:00:00Z",
			"request_headers": nil, "request_body": nil, "response_status": int64(204), "response_headers": nil, "response_body": nil,
			"elapsed_time": 6.470000009536743, "succeeded": true,
		}, acctest.Object{
			"delivery_id": unansweredDelivery, "event_id": event3, "event_type": "stt.jobs.completed", "delivered_at": "2023-01-18T23:59:59.999999Z",
			"request_headers": headers("stt.jobs.completed"), "request_body": body("{}"),
			"response_status": nil, "response_headers": nil, "response_body": nil,
			"elapsed_time": nil, "succeeded": false,
		}, acctest.Object{
			"delivery_id": rejectedDelivery, "event_id": event2, "event_type": "stt.jobs.failed", "delivered_at": "2023-01-18T00:00:00Z",
			"request_headers": headers("stt.jobs.failed"), "request_body": nil,
			"response_status": int64(500), "response_headers": acctest.Object{}, "response_body": body("sorry"),
			"elapsed_time": int64(2), "succeeded": false,
		}, acctest.Object{
			"delivery_id": acceptedDelivery, "event_id": event1, "event_type": "stt.jobs.completed", "delivered_at": "2023-01-17T14:26:27.329321Z",
			"request_headers": headers("stt.jobs.completed"), "request_body": body(delicateJSON), "response_status": int64(200),
			"response_headers": acctest.Object{"server": "uvicorn"}, "response_body": body(""), "elapsed_time": 0.32921, "succeeded": true,
		}}
		for _, one := range want {
			one.(acctest.Object)["endpoint_id"], one.(acctest.Object)["request_method"] = knownID, "POST"
		}
		got := e.Configured().MustReadDataSource("prosa_webhook_deliveries", acctest.Object{"endpoint_id": knownID, "include_bodies": bodies})
		expectObject(t, "all", got, acctest.Object{
			"endpoint_id": knownID, "deliveries": want, "total_count": int64(4), "failed_count": int64(2),
			"last_success_at": "2023-01-19T12:00:00Z", "include_bodies": bodies, "failed_only": nil,
		})
	}
}

// TestDeliveriesDataSourceFilters: TestEventsDataSource has more rows for the filters that both data sources have.
func TestDeliveriesDataSourceFilters(t *testing.T) {
	t.Parallel()
	const list, jan17, jan19 = "GET /webhooks/endpoints/" + knownID + "/deliveries", "2023-01-17T14:26:27.329321Z", "2023-01-19T12:00:00Z"
	for name, row := range map[string]struct {
		config        acctest.Object
		ids           []any
		total, failed int64
		lastSuccess   any
		request       string
	}{
		"one day": {
			acctest.Object{"from_date": "2023-01-18", "to_date": "2023-01-18"},
			[]any{unansweredDelivery, rejectedDelivery}, 2, 2, nil, list + "?from_date=2023-01-16&to_date=2023-01-20",
		},
		"type":          {acctest.Object{"event_types": []any{"stt.jobs.completed"}}, []any{unansweredDelivery, acceptedDelivery}, 2, 1, jan17, list},
		"no deliveries": {acctest.Object{"event_types": []any{"tts.job.failed"}}, []any{}, 0, 0, nil, list},
		"failed_only":   {acctest.Object{"failed_only": true}, []any{unansweredDelivery, rejectedDelivery}, 4, 2, jan19, list},
		"not failed_only": {
			acctest.Object{"failed_only": false},
			[]any{plainDelivery, unansweredDelivery, rejectedDelivery, acceptedDelivery}, 4, 2, jan19, list,
		},
		"all filters": {
			acctest.Object{
				"from_date": "2023-01-01", "to_date": "2023-01-18", "event_types": []any{"stt.jobs.completed", "stt.jobs.failed"},
				"limit": 1, "failed_only": true,
			},
			[]any{unansweredDelivery}, 3, 2, jan17, list + "?from_date=2022-12-30&to_date=2023-01-20",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t, func(s *sandbox.Server) { s.Quirks = sandbox.Quirks{ListOrder: "shuffle", UpperCaseHeaders: true} })
			seedDeliveries(t, e)
			config := acctest.Object{"endpoint_id": knownID}
			maps.Copy(config, row.config)
			got := e.Configured().MustReadDataSource("prosa_webhook_deliveries", config)
			if ids := columnOf(got["deliveries"], "delivery_id"); !reflect.DeepEqual(ids, row.ids) {
				t.Errorf("got %v, want %v", ids, row.ids)
			}
			expectObject(t, "counts", got, acctest.Object{"total_count": row.total, "failed_count": row.failed, "last_success_at": row.lastSuccess})
			e.ExpectRequests(row.request)
		})
	}
}
