package provider_test

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
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
	address := "data.prosa_webhook_deliveries.a"
	null := knownvalue.Null()
	headers := func(eventType string) knownvalue.Check {
		return knownvalue.MapExact(map[string]knownvalue.Check{
			"content-type": knownvalue.StringExact("application/json"), "x-prosa-event": knownvalue.StringExact(eventType),
		})
	}
	list := func(bodies bool) knownvalue.Check {
		body := func(text string) knownvalue.Check {
			if !bodies {
				return null
			}
			return knownvalue.StringExact(text)
		}
		deliveries := []knownvalue.Check{}
		for _, d := range []map[string]knownvalue.Check{{
			"delivery_id": knownvalue.StringExact(untitledDelivery), "event_id": knownvalue.StringExact(event4), "event_type": null,
			"delivered_at": knownvalue.StringExact("2023-01-19T12:00:00Z"), "request_headers": null, "request_body": null,
			"response_status": knownvalue.Int64Exact(204), "response_headers": null, "response_body": null,
			"elapsed_time": knownvalue.Float64Exact(6.470000009536743), "succeeded": knownvalue.Bool(true),
		}, {
			"delivery_id": knownvalue.StringExact(unansweredDelivery), "event_id": knownvalue.StringExact(event3), "event_type": knownvalue.StringExact("stt.jobs.completed"),
			"delivered_at": knownvalue.StringExact("2023-01-18T23:59:59.999999Z"), "request_headers": headers("stt.jobs.completed"), "request_body": body("{}"),
			"response_status": null, "response_headers": null, "response_body": null,
			"elapsed_time": null, "succeeded": knownvalue.Bool(false),
		}, {
			"delivery_id": knownvalue.StringExact(rejectedDelivery), "event_id": knownvalue.StringExact(event2), "event_type": knownvalue.StringExact("stt.jobs.failed"),
			"delivered_at": knownvalue.StringExact("2023-01-18T00:00:00Z"), "request_headers": headers("stt.jobs.failed"), "request_body": null,
			"response_status": knownvalue.Int64Exact(500), "response_headers": knownvalue.MapExact(nil), "response_body": body("sorry"),
			"elapsed_time": knownvalue.Float64Exact(2), "succeeded": knownvalue.Bool(false),
		}, {
			"delivery_id": knownvalue.StringExact(acceptedDelivery), "event_id": knownvalue.StringExact(event1), "event_type": knownvalue.StringExact("stt.jobs.completed"),
			"delivered_at": knownvalue.StringExact("2023-01-17T14:26:27.329321Z"), "request_headers": headers("stt.jobs.completed"), "request_body": body(delicateJSON),
			"response_status": knownvalue.Int64Exact(200), "response_headers": knownvalue.MapExact(map[string]knownvalue.Check{"server": knownvalue.StringExact("uvicorn")}), "response_body": body(""),
			"elapsed_time": knownvalue.Float64Exact(0.32921), "succeeded": knownvalue.Bool(true),
		}} {
			d["endpoint_id"], d["request_method"] = knownvalue.StringExact(knownID), knownvalue.StringExact("POST")
			deliveries = append(deliveries, knownvalue.ObjectExact(d))
		}
		return knownvalue.ListExact(deliveries)
	}
	const with, none = "data.prosa_webhook_deliveries.with_bodies", "data.prosa_webhook_deliveries.none"
	oldest := tfjsonpath.New("deliveries").AtSliceIndex(3)
	e.Test(onlyReads(e, resource.TestStep{
		Config: strings.ReplaceAll(`
data "prosa_webhook_deliveries" "a" { endpoint_id = "ID" }
data "prosa_webhook_deliveries" "with_bodies" {
  endpoint_id    = "ID"
  include_bodies = true
}
data "prosa_webhook_deliveries" "none" {
  endpoint_id = "ID"
  from_date   = "2024-02-29"
  to_date     = "2024-02-29"
  event_types = ["stt.jobs.completed"]
  failed_only = true
  limit       = 5
}
output "time_end" {
  value     = tostring(jsondecode(data.prosa_webhook_deliveries.with_bodies.deliveries[3].request_body).z)
  sensitive = true
}`, "ID", knownID),
		ConfigStateChecks: []statecheck.StateCheck{
			attribute(address, "endpoint_id", knownvalue.StringExact(knownID)),
			attribute(address, "deliveries", list(false)),
			attribute(address, "total_count", knownvalue.Int64Exact(4)),
			attribute(address, "failed_count", knownvalue.Int64Exact(2)),
			attribute(address, "last_success_at", knownvalue.StringExact("2023-01-19T12:00:00Z")),
			attribute(address, "include_bodies", null),
			attribute(address, "failed_only", null),
			attribute(with, "deliveries", list(true)),
			statecheck.ExpectSensitiveValue(with, oldest.AtMapKey("request_body")),
			statecheck.ExpectSensitiveValue(with, oldest.AtMapKey("response_body")),
			statecheck.ExpectKnownOutputValue("time_end", knownvalue.StringExact("6.470000009536743")),
			attribute(none, "deliveries", knownvalue.ListExact(nil)),
			attribute(none, "total_count", knownvalue.Int64Exact(0)),
			attribute(none, "failed_count", knownvalue.Int64Exact(0)),
			attribute(none, "last_success_at", null),
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
		{"a type that nobody was sent", acctest.Object{"event_types": []any{"tts.job.failed"}}, []any{}, 0, 0, nil, list},
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
