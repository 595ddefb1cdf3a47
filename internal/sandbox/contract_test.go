package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func example(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "contract", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// referenceEndpoint is the endpoint that all examples use.
func referenceEndpoint() sandbox.Endpoint {
	return sandbox.Endpoint{
		ID: endpointID, URL: "https://example.domain.name/prosa-webhook", SSLVerification: true,
		Secrets: []sandbox.Secret{{ID: "063c6473-fa0c-79b7-8000-760e63e5b4f7", Key: "a35837907f71e9eaf52848b54ca11135187e9e30e23f2ac001eabbc3321e9bdd"}},
	}
}

// differences compares an answer with an example: both must have the same fields with the same JSON types at each
// level. Values may differ.
func differences(at string, got, want any) []string {
	if fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) {
		return []string{fmt.Sprintf("%s is a %T, in the reference a %T", at, got, want)}
	}
	var found []string
	switch want := want.(type) {
	case map[string]any:
		got := got.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if _, ok := got[name]; !ok {
				found = append(found, at+"."+name+" is missing")
				continue
			}
			found = append(found, differences(at+"."+name, got[name], want[name])...)
		}
		for _, name := range slices.Sorted(maps.Keys(got)) {
			if _, ok := want[name]; !ok {
				found = append(found, at+"."+name+" is not in the reference")
			}
		}
	case []any:
		for i, item := range got.([]any) {
			if len(want) > 0 {
				found = append(found, differences(fmt.Sprintf("%s[%d]", at, i), item, want[0])...)
			}
		}
	}
	return found
}

func wantShape(t *testing.T, r reply, name string) {
	t.Helper()
	for _, difference := range differences("answer", decode[any](t, r.body), decode[any](t, example(t, name))) {
		t.Error(difference)
	}
}

func wantExample(t *testing.T, r reply, name string) {
	t.Helper()
	equal(t, name, decode[any](t, r.body), decode[any](t, example(t, name)))
}

func TestAnswersAreTheExamples(t *testing.T) {
	t.Parallel()
	t.Run("endpoints", func(t *testing.T) {
		t.Parallel()
		s := &sandbox.Server{}
		s.AddEndpoint(referenceEndpoint())
		c := serve(t, s)
		wantExample(t, c.ok("GET", "/webhooks/endpoints", ""), "endpoints")
		wantExample(t, c.ok("GET", "/webhooks/endpoints/"+endpointID, ""), "endpoint")
		wantExample(t, c.ok("PUT", "/webhooks/endpoints/"+endpointID, `{"url":"https://example.domain.name/prosa-webhook","ssl_verification":true}`), "endpoint")
		wantExample(t, c.ok("DELETE", "/webhooks/endpoints/"+endpointID, ""), "endpoint")
	})
	t.Run("deliveries", func(t *testing.T) {
		t.Parallel()
		s := &sandbox.Server{}
		s.AddEndpoint(sandbox.Endpoint{ID: "e9ce0d4f-d433-423d-9497-4c000544106c", URL: hook})
		if err := s.Load([]byte(`{"deliveries":` + example(t, "deliveries") + `}`)); err != nil {
			t.Fatal(err)
		}
		wantExample(t, serve(t, s).ok("GET", "/webhooks/endpoints/e9ce0d4f-d433-423d-9497-4c000544106c/deliveries", ""), "deliveries")
	})
	t.Run("event", func(t *testing.T) {
		t.Parallel()
		// This is the only example whose time has no zone.
		s := &sandbox.Server{Quirks: sandbox.Quirks{ZonelessTimes: true}}
		if err := s.Load([]byte(`{"events":[` + example(t, "event") + `]}`)); err != nil {
			t.Fatal(err)
		}
		wantExample(t, serve(t, s).ok("GET", "/webhooks/events/"+endpointID, ""), "event")
	})
	t.Run("events", func(t *testing.T) {
		t.Parallel()
		s := &sandbox.Server{}
		if err := s.Load([]byte(`{"events":` + example(t, "events") + `}`)); err != nil {
			t.Fatal(err)
		}
		wantExample(t, serve(t, s).ok("GET", "/webhooks/events", ""), "events")
	})
}

// Objects that the sandbox generates have other values than the examples, but the same fields.
func TestAnswersLookLikeTheExamples(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	s.AddEndpoint(referenceEndpoint())
	c := serve(t, s)
	at := "/webhooks/endpoints/" + endpointID

	created := c.ok("POST", "/webhooks/endpoints", example(t, "create_endpoint_request"))
	wantShape(t, created, "endpoint")
	equal(t, "created URL", created.object()["url"], any("https://example.domain.name/prosa-webhook"))

	updated := c.ok("PUT", at, example(t, "update_endpoint_request"))
	wantShape(t, updated, "endpoint")
	equal(t, "updated verification", updated.object()["ssl_verification"], any(false))

	ticket := c.ok("POST", at+"/test", "")
	wantShape(t, ticket, "ticket")
	equal(t, "ticket URL", ticket.object()["url"], decode[map[string]any](t, example(t, "ticket"))["url"])
	equal(t, "ticket endpoint", ticket.object()["endpoint_id"], decode[map[string]any](t, example(t, "ticket"))["endpoint_id"])

	s.AddDelivery(sandbox.Delivery{EndpointID: endpointID, RequestBody: json.RawMessage("{}")})
	tickets := c.ok("POST", at+"/replay-failed-deliveries", "")
	wantShape(t, tickets, "tickets")
	equal(t, "number of tickets", len(tickets.list()), 1)

	// The sandbox's test event has a different body than the example, so use the example's.
	list := decode[[]any](t, c.ok("GET", at+"/deliveries", "").body)
	reference := decode[[]any](t, example(t, "deliveries"))
	delivery := list[0].(map[string]any)
	delivery["request_body"] = reference[0].(map[string]any)["request_body"]
	for _, difference := range differences("delivery", delivery, reference[0]) {
		t.Error(difference)
	}
	equal(t, "replay", c.ok("POST", "/webhooks/deliveries/"+delivery["delivery_id"].(string)+"/replay", "").object()["endpoint_id"], any(endpointID))

	// The examples have no rotated key. Such a key has one more field.
	rotated := c.ok("POST", at+"/secret", example(t, "rotate_request"))
	secrets := rotated.object()["secrets"].([]any)
	equal(t, "number of secrets", len(secrets), 2)
	old := secrets[0].(map[string]any)
	if _, err := time.Parse(time.RFC3339Nano, old["expired_at"].(string)); err != nil {
		t.Error(err)
	}
	delete(old, "expired_at")
	for _, difference := range differences("secret", old, secrets[1]) {
		t.Error(difference)
	}
}

// Check that the comparison above can fail.
func TestDifferencesAreFound(t *testing.T) {
	t.Parallel()
	want := map[string]any{"a": "x", "b": []any{map[string]any{"c": true}}}
	for name, got := range map[string]any{
		"missing":   map[string]any{"b": []any{}},
		"too many":  map[string]any{"a": "", "b": []any{}, "z": nil},
		"wrong":     map[string]any{"a": nil, "b": []any{}},
		"deep down": map[string]any{"a": "", "b": []any{map[string]any{"c": "true"}}},
		"no object": []any{},
	} {
		if found := differences("x", got, want); len(found) != 1 {
			t.Errorf("%s: %v", name, found)
		}
	}
	if found := differences("x", map[string]any{"a": "y", "b": []any{}}, want); found != nil {
		t.Errorf("same: %v", found)
	}
}
