package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	if err := s.Load([]byte(`{
		"endpoints": [
			{"url": "https://Example.com"},
			{"id": "` + strings.ToUpper(endpointID) + `", "url": "` + hookURL + `", "event_filters": ["a"], "ssl_verification": false,
			 "secrets": [{"key": "k", "expired_at": "2027-01-15T15:00:01"}, {"id": "` + missingID + `", "expired_at": null}]}
		],
		"events": [{"event_type": "a"}, {"id": "` + missingID + `", "event_type": "b", "data": ` + unusualJSON + `, "created_at": "2023-01-17T14:26:27.329321"}],
		"deliveries": [
			{"endpoint_id": "` + endpointID + `"},
			{"delivery_id": "` + missingID + `", "event_id": "` + missingID + `", "endpoint_id": "` + endpointID + `", "delivery": "2023-01-17T21:26:22+07:00",
			 "request_method": "PUT", "request_headers": {"X": "y"}, "request_body": ` + unusualJSON + `,
			 "response_status": 201, "response_headers": {"a": "b"}, "response_body": "c", "elapsed_time": 0.5}
		]}`)); err != nil {
		t.Fatal(err)
	}
	all := s.Endpoints()
	equal(t, "URL", all[0].URL, "https://example.com/")
	equal(t, "default verification", all[0].SSLVerification, true)
	equal(t, "second endpoint", all[1], sandbox.Endpoint{ID: endpointID, URL: hookURL, EventFilters: []string{"a"}, Secrets: []sandbox.Secret{
		{ID: all[1].Secrets[0].ID, Key: "k", ExpiredAt: new(clock.Now().Add(time.Second))},
		{ID: missingID, Key: all[1].Secrets[1].Key},
	}})
	events := s.Events()
	equal(t, "default time", events[0].CreatedAt, clock.Now())
	equal(t, "second event", events[1], sandbox.Event{
		ID: missingID, Type: "b", Data: []byte(unusualJSON), CreatedAt: time.Date(2023, 1, 17, 7, 26, 27, 329321000, time.UTC),
	}) // a time without a zone is Jakarta's
	deliveries := s.Deliveries(endpointID)
	equal(t, "number of deliveries", len(deliveries), 2)
	equal(t, "delivery without a response", deliveries[0].ResponseStatus, nil)
	equal(t, "time of the second", deliveries[1].DeliveredAt.UTC(), time.Date(2023, 1, 17, 14, 26, 22, 0, time.UTC))
	deliveries[1].DeliveredAt = time.Time{}
	equal(t, "second delivery", deliveries[1], sandbox.Delivery{
		DeliveryID: missingID, EventID: missingID, EndpointID: endpointID, RequestMethod: "PUT", RequestHeaders: map[string]string{"X": "y"},
		RequestBody: []byte(unusualJSON), ResponseStatus: new(201), ResponseHeaders: map[string]string{"a": "b"}, ResponseBody: new("c"),
		ElapsedTime: new(0.5),
	})

	// A seed can refer to objects of an earlier seed.
	if err := s.Load([]byte(`{"deliveries":[{"endpoint_id":"` + endpointID + `"}]}`)); err != nil {
		t.Error(err)
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	const id = `"id":"` + endpointID + `"`
	for part, file := range map[string]string{
		"unexpected EOF":             `{`,
		"after its JSON object":      `{} {}`,
		"cannot unmarshal array":     `[]`,
		`unknown field "endpoint"`:   `{"endpoint":[]}`,
		`unknown field "filters"`:    `{"endpoints":[{"url":"` + hookURL + `","filters":[]}]}`,
		"endpoints[1].url must":      `{"endpoints":[{"url":"` + hookURL + `"},{"url":"ftp://example.com"}]}`,
		"endpoints[0].secrets[0].id": `{"endpoints":[{"url":"` + hookURL + `","secrets":[{"id":"one"}]}]}`,
		`"soon" is not a date-time`:  `{"endpoints":[{"url":"` + hookURL + `","secrets":[{"expired_at":"soon"}]}]}`,
		"cannot unmarshal number":    `{"events":[{"event_type":"a","created_at":1}]}`,
		"events[0].event_type":       `{"events":[{}]}`,
		"events[1].id exists":        `{"events":[{"event_type":"a",` + id + `},{"event_type":"a",` + id + `}]}`,
		"deliveries[0].endpoint_id":  `{"deliveries":[{"endpoint_id":"` + endpointID + `"}]}`,
		"deliveries[0].delivery_id":  `{"endpoints":[{` + id + `,"url":"` + hookURL + `"}],"deliveries":[{"endpoint_id":"` + endpointID + `","delivery_id":"one"}]}`,
	} {
		s := &sandbox.Server{}
		err := s.Load([]byte(file))
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v, want an error with %q", file, err, part)
		}
		equal(t, "objects", len(s.Endpoints())+len(s.Events())+len(s.Deliveries("")), 0)
	}
}
