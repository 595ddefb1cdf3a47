package sandbox_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestEndpointLifecycle(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	c := serve(t, s)
	equal(t, "empty listing", c.ok("GET", "/webhooks/endpoints", "").body, "[]")

	created := c.ok("POST", "/webhooks/endpoints", `{"url":"`+hookURL+`","event_filters":["b","a"],"ssl_verification":false,"secret_key":"mine"}`).object()
	id := created["id"].(string)
	path := "/webhooks/endpoints/" + id
	secretID := created["secrets"].([]any)[0].(map[string]any)["id"]
	want := map[string]any{
		"id": id, "url": hookURL, "event_filters": []any{"b", "a"}, "ssl_verification": false,
		"secrets": []any{map[string]any{"id": secretID, "key": "mine"}},
	}
	equal(t, "created", created, want)
	equal(t, "detail", c.ok("GET", path, "").object(), want)
	equal(t, "detail by an id in upper case", c.ok("GET", "/webhooks/endpoints/"+strings.ToUpper(id), "").object(), want)

	updated := c.ok("PUT", path, `{"url":"https://example.com/other","event_filters":["c"],"ssl_verification":true}`).object()
	want["url"], want["event_filters"], want["ssl_verification"] = "https://example.com/other", []any{"c"}, true
	equal(t, "updated", updated, want)

	// An update without event_filters removes them: the reference's own example of an update does not send them.
	updated = c.ok("PUT", path, `{"url":"https://example.com/other","ssl_verification":true}`).object()
	want["event_filters"] = []any{}
	equal(t, "updated without filters", updated, want)
	equal(t, "detail after the updates", c.ok("GET", path, "").object(), want)
	stored, _ := s.Endpoint(id)
	equal(t, "stored", stored.URL, "https://example.com/other")

	equal(t, "deleted", c.ok("DELETE", path, "").object(), want)
	context := map[string]any{"endpoint_id": id}
	c.do("GET", path, "").wantError(404, "webhook_endpoint_not_found", context)
	c.do("DELETE", path, "").wantError(404, "webhook_endpoint_not_found", context)
	equal(t, "left", len(s.Endpoints()), 0)
}

func TestCreate_defaults(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"url":"` + hookURL + `"}`,
		`{"url":"` + hookURL + `","event_filters":[],"ssl_verification":null,"secret_key":null}`,
		`{"url":"` + hookURL + `","secret_key":""}`,
	} {
		c := serve(t, &sandbox.Server{})
		e := c.ok("POST", "/webhooks/endpoints", body).object()
		equal(t, "event_filters", e["event_filters"], any([]any{}))
		equal(t, "ssl_verification", e["ssl_verification"], any(true))
		secrets := e["secrets"].([]any)
		equal(t, "number of secrets", len(secrets), 1)
		if key := secrets[0].(map[string]any)["key"].(string); !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(key) {
			t.Errorf("key %q", key)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	path := "/webhooks/endpoints/" + s.AddEndpoint(sandbox.Endpoint{URL: hookURL}).ID
	c := serve(t, s)
	start := clock.Now()
	in := func(d time.Duration) any { return start.Add(d).Format(time.RFC3339) }
	rotate := func(period string) []any {
		before := s.Endpoints()[0].Secrets
		rotated := decode[struct{ Secrets []map[string]any }](t, c.ok("POST", path+"/secret", `{"rotation_period":{`+period+`}}`).body).Secrets
		old, added := before[len(before)-1], rotated[len(rotated)-1]
		if added["key"] == old.Key || added["id"].(string) <= old.ID {
			t.Errorf("the new key %v has the id or key of the old one, %v, or a smaller id", added, old)
		}
		return column(rotated, "expired_at")
	}
	active := func() int { return len(c.ok("GET", path, "").object()["secrets"].([]any)) }

	equal(t, "first rotation", rotate(`"days":1,"hours":2`), []any{in(26 * time.Hour), nil})
	// A shorter period makes a key expire earlier, but a longer one does not make it expire later.
	clock.Advance(time.Hour)
	equal(t, "longer period", rotate(`"hours":48`), []any{in(26 * time.Hour), in(49 * time.Hour), nil})
	equal(t, "shorter period", rotate(`"hours":1`), []any{in(2 * time.Hour), in(2 * time.Hour), in(2 * time.Hour), nil})

	clock.Advance(time.Hour - time.Nanosecond)
	equal(t, "active keys just before the end", active(), 4)
	clock.Advance(time.Nanosecond)
	equal(t, "active keys at the end", active(), 1)
	equal(t, "no period", rotate(""), []any{nil})
}

func TestAccount_endpoints(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	a := s.AddEndpoint(sandbox.Endpoint{URL: "HTTPS://Example.COM:443", EventFilters: []string{"x"}})
	b := s.AddEndpoint(sandbox.Endpoint{
		ID: strings.ToUpper(endpointID), URL: hookURL, Secrets: []sandbox.Secret{{Key: "k", ExpiredAt: new(clock.Now().Add(time.Hour))}},
	})
	equal(t, "URL", a.URL, "https://example.com/")
	equal(t, "generated secrets", len(a.Secrets), 1)
	equal(t, "id", b.ID, endpointID)
	equal(t, "endpoints", s.Endpoints(), []sandbox.Endpoint{a, b})

	// Results are copies.
	before, _ := s.Endpoint(b.ID)
	s.Endpoints()[0].EventFilters[0], b.Secrets[0].Key, *b.Secrets[0].ExpiredAt = "changed", "changed", time.Time{}
	equal(t, "endpoints after changes of the copies", s.Endpoints(), []sandbox.Endpoint{a, before})

	equal(t, "update", s.UpdateEndpoint(a.ID, func(e *sandbox.Endpoint) {
		e.URL, e.Secrets = "https://Other.example", append(e.Secrets, sandbox.Secret{Key: "new"})
	}), true)
	got, _ := s.Endpoint(a.ID)
	equal(t, "updated URL", got.URL, "https://other.example/")
	equal(t, "added key", got.Secrets[1].Key, "new")
	if got.Secrets[1].ID <= got.Secrets[0].ID {
		t.Errorf("secret ids %q, %q", got.Secrets[0].ID, got.Secrets[1].ID)
	}

	secret, ok := s.RotateSecret(b.ID, 0)
	equal(t, "rotate", ok, true)
	got, _ = s.Endpoint(b.ID)
	equal(t, "secrets after a rotation", got.Secrets, []sandbox.Secret{secret})

	equal(t, "remove", s.RemoveEndpoint(b.ID), true)
	equal(t, "remove again", s.RemoveEndpoint(b.ID), false)
	equal(t, "update after the removal", s.UpdateEndpoint(b.ID, func(*sandbox.Endpoint) { t.Error("called") }), false)
	_, ok = s.RotateSecret(b.ID, 0)
	equal(t, "rotate after the removal", ok, false)
	_, ok = s.Endpoint(b.ID)
	equal(t, "endpoint after the removal", ok, false)
}

func TestAdd_panicsOnInvalidObjects(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hookURL})
	event := s.AddEvent(sandbox.Event{Type: "x"})
	delivery := s.AddDelivery(sandbox.Delivery{EndpointID: e.ID})
	for _, test := range []struct {
		part string
		add  func()
	}{
		{"id exists already", func() { s.AddEndpoint(e) }},
		{"id must be a UUID", func() { s.AddEndpoint(sandbox.Endpoint{ID: "one", URL: hookURL}) }},
		{"secrets[0].id must", func() { s.AddEndpoint(sandbox.Endpoint{URL: hookURL, Secrets: []sandbox.Secret{{ID: "one"}}}) }},
		{"url must", func() { s.AddEndpoint(sandbox.Endpoint{URL: "example.com"}) }},
		{"id exists already", func() { s.AddEvent(event) }},
		{"id must be a UUID", func() { s.AddEvent(sandbox.Event{ID: "one"}) }},
		{"data must", func() { s.AddEvent(sandbox.Event{Data: []byte("{")}) }},
		{"delivery_id exists already", func() { s.AddDelivery(delivery) }},
		{"endpoint_id is missing", func() { s.AddDelivery(sandbox.Delivery{}) }},
		{"event_id must", func() { s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, EventID: "one"}) }},
		{"request_body must", func() { s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, RequestBody: []byte("{")}) }},
		{"cannot be changed", func() { s.UpdateEndpoint(e.ID, func(e *sandbox.Endpoint) { e.ID = missingID }) }},
		{"url must", func() { s.UpdateEndpoint(e.ID, func(e *sandbox.Endpoint) { e.URL = "" }) }},
	} {
		wantPanic(t, test.part, test.add)
	}
	// A panic must not leave a mutex locked.
	equal(t, "objects", len(s.Endpoints())+len(s.Events())+len(s.Deliveries("")), 3)
}
