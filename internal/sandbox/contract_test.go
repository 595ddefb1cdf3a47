package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// example returns one of the example bodies of the API reference.
func example(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "contract", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestContract_sameAsExample(t *testing.T) {
	t.Parallel()
	const one = "/webhooks/endpoints/" + endpointID
	const delivered = "e9ce0d4f-d433-423d-9497-4c000544106c"
	endpoint := `{"endpoints":[` + example(t, "endpoint") + `]}`
	for _, test := range []struct {
		seed               string
		quirks             sandbox.Quirks
		method, path, body string
		want               string
	}{
		{seed: endpoint, method: "GET", path: "/webhooks/endpoints", want: "endpoints"},
		{seed: endpoint, method: "GET", path: one, want: "endpoint"},
		{
			seed: endpoint, method: "PUT", path: one, want: "endpoint",
			body: `{"url":"https://example.domain.name/prosa-webhook","ssl_verification":true}`,
		},
		{seed: endpoint, method: "DELETE", path: one, want: "endpoint"},
		{
			seed:   `{"endpoints":[{"id":"` + delivered + `","url":"` + hookURL + `"}],"deliveries":` + example(t, "deliveries") + `}`,
			method: "GET", path: "/webhooks/endpoints/" + delivered + "/deliveries", want: "deliveries",
		},
		{seed: `{"events":` + example(t, "events") + `}`, method: "GET", path: "/webhooks/events", want: "events"},
		{ // the only example whose time has no zone
			seed: `{"events":[` + example(t, "event") + `]}`, quirks: sandbox.Quirks{ZonelessTimes: true},
			method: "GET", path: "/webhooks/events/" + endpointID, want: "event",
		},
	} {
		t.Run(test.method+" "+test.want, func(t *testing.T) {
			t.Parallel()
			s := &sandbox.Server{Quirks: test.quirks}
			if err := s.Load([]byte(test.seed)); err != nil {
				t.Fatal(err)
			}
			equal(t, "body", decode[any](t, serve(t, s).ok(test.method, test.path, test.body).body), decode[any](t, example(t, test.want)))
		})
	}
}

// shape replaces each value by its type, so that generated objects can be compared with examples.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = shape(v[name])
		}
		return v
	case []any:
		for i := range v {
			v[i] = shape(v[i])
		}
		return v
	}
	return fmt.Sprintf("%T", v)
}

func TestContract_sameFieldsAsExample(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	if err := s.Load([]byte(`{"endpoints":[` + example(t, "endpoint") + `]}`)); err != nil {
		t.Fatal(err)
	}
	// The body of a test event differs from that of the example, so the delivery has the example's.
	var deliveries []struct {
		Body json.RawMessage `json:"request_body"`
	}
	if err := json.Unmarshal([]byte(example(t, "deliveries")), &deliveries); err != nil {
		t.Fatal(err)
	}
	delivery := s.AddDelivery(sandbox.Delivery{
		EndpointID: endpointID, RequestBody: deliveries[0].Body, RequestHeaders: map[string]string{"x-prosa-event": "x"},
	})
	c := serve(t, s)
	path := "/webhooks/endpoints/" + endpointID
	for _, test := range []struct {
		method, path, body string
		want               string
	}{
		{"POST", "/webhooks/endpoints", example(t, "create_endpoint_request"), "endpoint"},
		{"PUT", path, example(t, "update_endpoint_request"), "endpoint"},
		{"POST", path + "/test", "", "ticket"},
		{"POST", path + "/replay-failed-deliveries", "", "tickets"},
		{"POST", "/webhooks/deliveries/" + delivery.DeliveryID + "/replay", "", "ticket"},
	} {
		got := c.ok(test.method, test.path, test.body)
		equal(t, test.method+" "+test.path, shape(decode[any](t, got.body)), shape(decode[any](t, example(t, test.want))))
	}
	last := c.ok("GET", path+"/deliveries", "").list()[3:]
	equal(t, "deliveries", shape(any(last[0])), shape(decode[[]any](t, example(t, "deliveries"))[0]))
	rotated := c.ok("POST", path+"/secret", example(t, "rotate_request")).object()["secrets"]
	equal(t, "secrets", shape(rotated), any([]any{
		map[string]any{"id": "string", "key": "string", "expired_at": "string"}, map[string]any{"id": "string", "key": "string"},
	}))
}
