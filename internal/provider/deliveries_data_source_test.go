package provider_test

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	acceptedDelivery   = "11111111-dddd-4000-8000-000000000001" // 17 January: a completed job, accepted
	rejectedDelivery   = "22222222-dddd-4000-8000-000000000002" // the first moment of 18 January: a failed job, 500
	unansweredDelivery = "33333333-dddd-4000-8000-000000000003" // its last: a completed job, no answer
	untitledDelivery   = "44444444-dddd-4000-8000-000000000004" // 19 January: accepted; nobody knows what was sent
)

func seedDeliveries(t *testing.T, e *acctest.Env) {
	e.Sandbox.AddEndpoint(sandbox.Endpoint{ID: knownID, URL: "https://speech.example.com/prosa-webhook"})
	headers := func(eventType string) map[string]string {
		return map[string]string{"content-type": "application/json", "x-prosa-event": eventType}
	}
	for _, d := range []sandbox.Delivery{
		{
			DeliveryID: rejectedDelivery, EventID: event2, DeliveredAt: apiTime(t, "2023-01-18T00:00:00Z"), RequestHeaders: headers("stt.jobs.failed"),
			ResponseStatus: ptr(500), ResponseHeaders: map[string]string{}, ResponseBody: ptr("sorry"), ElapsedTime: ptr(2.0),
		},
		{
			DeliveryID: acceptedDelivery, EventID: event1, DeliveredAt: apiTime(t, "2023-01-17T14:26:27.329321Z"), RequestHeaders: headers("stt.jobs.completed"), RequestBody: json.RawMessage(delicateJSON),
			ResponseStatus: ptr(200), ResponseHeaders: map[string]string{"server": "uvicorn"}, ResponseBody: ptr(""), ElapsedTime: ptr(0.32921),
		},
		{
			DeliveryID: untitledDelivery, EventID: event4, DeliveredAt: apiTime(t, "2023-01-19T12:00:00Z"), RequestHeaders: map[string]string{},
			ResponseStatus: ptr(204), ElapsedTime: ptr(6.470000009536743),
		},
		{
			DeliveryID: unansweredDelivery, EventID: event3, DeliveredAt: apiTime(t, "2023-01-18T23:59:59.999999Z"), RequestHeaders: headers("stt.jobs.completed"), RequestBody: json.RawMessage(`{}`),
		},
	} {
		d.EndpointID = knownID
		e.Sandbox.AddDelivery(d)
	}
}

func TestDeliveriesDataSource(t *testing.T) {
	e := acctest.New(t)
	seedDeliveries(t, e)
	headers := func(eventType string) acctest.Object {
		return acctest.Object{"content-type": "application/json", "x-prosa-event": eventType}
	}
	p := e.Configured()
	for _, bodies := range []any{nil, true} {
		body := func(text string) any {
			if bodies == nil {
				return nil
			}
			return text
		}
		want := []any{acctest.Object{
			"delivery_id": untitledDelivery, "event_id": event4, "event_type": nil, "delivered_at": "2023-01-19T12:00:00Z",
			"request_headers": nil, "request_body": nil, "response_status": int64(204), "response_headers": nil, "response_body": nil,
			"elapsed_time": 6.470000009536743, "succeeded": true,
		}, acctest.Object{
			"delivery_id": unansweredDelivery, "event_id": event3, "event_type": "stt.jobs.completed", "delivered_at": "2023-01-18T23:59:59.999999Z",
			"request_headers": headers("stt.jobs.completed"), "request_body": body("{}"), "response_status": nil, "response_headers": nil, "response_body": nil,
			"elapsed_time": nil, "succeeded": false,
		}, acctest.Object{
			"delivery_id": rejectedDelivery, "event_id": event2, "event_type": "stt.jobs.failed", "delivered_at": "2023-01-18T00:00:00Z",
			"request_headers": headers("stt.jobs.failed"), "request_body": nil, "response_status": int64(500), "response_headers": acctest.Object{}, "response_body": body("sorry"),
			"elapsed_time": int64(2), "succeeded": false,
		}, acctest.Object{
			"delivery_id": acceptedDelivery, "event_id": event1, "event_type": "stt.jobs.completed", "delivered_at": "2023-01-17T14:26:27.329321Z",
			"request_headers": headers("stt.jobs.completed"), "request_body": body(delicateJSON), "response_status": int64(200),
			"response_headers": acctest.Object{"server": "uvicorn"}, "response_body": body(""), "elapsed_time": 0.32921, "succeeded": true,
		}}
		for _, one := range want {
			one.(acctest.Object)["endpoint_id"], one.(acctest.Object)["request_method"] = knownID, "POST"
		}
		got, problems := p.ReadDataSource("prosa_webhook_deliveries", acctest.Object{"endpoint_id": knownID, "include_bodies": bodies})
		problems.ExpectNone(t)
		expectObject(t, "all", got, acctest.Object{
			"endpoint_id": knownID, "deliveries": want, "total_count": int64(4), "failed_count": int64(2),
			"last_success_at": "2023-01-19T12:00:00Z", "include_bodies": bodies, "failed_only": nil,
		})
	}
	got, problems := p.ReadDataSource("prosa_webhook_deliveries", acctest.Object{
		"endpoint_id": knownID, "from_date": "2024-02-29", "to_date": "2024-02-29", "event_types": []any{"stt.jobs.completed"}, "failed_only": true, "limit": 5,
	})
	problems.ExpectNone(t)
	expectObject(t, "none", got, acctest.Object{"deliveries": []any{}, "total_count": int64(0), "failed_count": int64(0), "last_success_at": nil})

	oldest := tfjsonpath.New("deliveries").AtSliceIndex(3)
	const address = "data.prosa_webhook_deliveries.a"
	e.Test(onlyReads(e, resource.TestStep{
		Config: `
data "prosa_webhook_deliveries" "a" {
  endpoint_id    = "` + knownID + `"
  include_bodies = true
}
output "time_end" {
  value     = tostring(jsondecode(data.prosa_webhook_deliveries.a.deliveries[3].request_body).z)
  sensitive = true
}`,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectSensitiveValue(address, oldest.AtMapKey("request_body")),
			statecheck.ExpectSensitiveValue(address, oldest.AtMapKey("response_body")),
			statecheck.ExpectKnownOutputValue("time_end", knownvalue.StringExact("6.470000009536743")),
		},
	}))
}

func TestDeliveriesDataSourceFilters(t *testing.T) {
	t.Parallel()
	const list = "GET /webhooks/endpoints/" + knownID + "/deliveries"
	all := []any{untitledDelivery, unansweredDelivery, rejectedDelivery, acceptedDelivery}
	for _, row := range []struct {
		name          string
		config        acctest.Object
		ids           []any
		total, failed int64
		lastSuccess   any
		sent          string
	}{
		{"none", nil, all, 4, 2, "2023-01-19T12:00:00Z", list},
		{"from", acctest.Object{"from_date": "2023-01-18"}, []any{untitledDelivery, unansweredDelivery, rejectedDelivery}, 3, 2, "2023-01-19T12:00:00Z", list + "?from_date=2023-01-16"},
		{"to", acctest.Object{"to_date": "2023-01-18"}, []any{unansweredDelivery, rejectedDelivery, acceptedDelivery}, 3, 2, "2023-01-17T14:26:27.329321Z", list + "?to_date=2023-01-20"},
		{"one day", acctest.Object{"from_date": "2023-01-18", "to_date": "2023-01-18"}, []any{unansweredDelivery, rejectedDelivery}, 2, 2, nil, list + "?from_date=2023-01-16&to_date=2023-01-20"},
		{"type", acctest.Object{"event_types": []any{"stt.jobs.completed"}}, []any{unansweredDelivery, acceptedDelivery}, 2, 1, "2023-01-17T14:26:27.329321Z", list},
		{"types", acctest.Object{"event_types": []any{"stt.jobs.completed", "stt.jobs.failed"}}, []any{unansweredDelivery, rejectedDelivery, acceptedDelivery}, 3, 2, "2023-01-17T14:26:27.329321Z", list},
		{"empty set of types", acctest.Object{"event_types": []any{}}, all, 4, 2, "2023-01-19T12:00:00Z", list},
		{"a type without deliveries", acctest.Object{"event_types": []any{"tts.job.failed"}}, []any{}, 0, 0, nil, list},
		{"failed only", acctest.Object{"failed_only": true}, []any{unansweredDelivery, rejectedDelivery}, 4, 2, "2023-01-19T12:00:00Z", list},
		{"not failed only", acctest.Object{"failed_only": false}, all, 4, 2, "2023-01-19T12:00:00Z", list},
		{"limit", acctest.Object{"limit": 1}, []any{untitledDelivery}, 4, 2, "2023-01-19T12:00:00Z", list},
		{"limit beyond reason", acctest.Object{"limit": int64(math.MaxInt64)}, all, 4, 2, "2023-01-19T12:00:00Z", list},
		{"limit beyond 32 bits", acctest.Object{"limit": int64(1<<32 + 1)}, all, 4, 2, "2023-01-19T12:00:00Z", list},
		{"newest that failed", acctest.Object{"limit": 1, "failed_only": true}, []any{unansweredDelivery}, 4, 2, "2023-01-19T12:00:00Z", list},
		{"all together", acctest.Object{"from_date": "2023-01-01", "to_date": "2023-01-18", "event_types": []any{"stt.jobs.completed", "stt.jobs.failed"}, "limit": 1, "failed_only": true}, []any{unansweredDelivery}, 3, 2, "2023-01-17T14:26:27.329321Z", list + "?from_date=2022-12-30&to_date=2023-01-20"},
	} {
		for _, quirks := range []sandbox.Quirks{{}, {ListOrder: "shuffle", UpperCaseHeaders: true, ZonelessTimes: true, UnknownFields: true}} {
			t.Run(row.name+"/"+quirks.ListOrder, func(t *testing.T) {
				t.Parallel()
				e := acctest.New(t, func(s *sandbox.Server) { s.Quirks = quirks })
				seedDeliveries(t, e)
				given := acctest.Object{"endpoint_id": knownID}
				for name, value := range row.config {
					given[name] = value
				}
				result, problems := e.Configured().ReadDataSource("prosa_webhook_deliveries", given)
				problems.ExpectNone(t)
				if got := columnOf(result["deliveries"], "delivery_id"); !reflect.DeepEqual(got, row.ids) {
					t.Errorf("got %v, want %v", got, row.ids)
				}
				if result["total_count"] != row.total || result["failed_count"] != row.failed || result["last_success_at"] != row.lastSuccess {
					t.Errorf("total %v, failed %v, last success %v; want %d, %d, %v", result["total_count"], result["failed_count"], result["last_success_at"], row.total, row.failed, row.lastSuccess)
				}
				if sent := sentRequests(e); !slices.Equal(sent, []string{row.sent}) {
					t.Errorf("sent %q, want %q", sent, row.sent)
				}
			})
		}
	}
}
