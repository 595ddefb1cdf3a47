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

	created := c.ok("POST", "/webhooks/endpoints", `{"url":"`+hook+`","event_filters":["b","a"],"ssl_verification":false,"secret_key":"mine"}`).object()
	id := created["id"].(string)
	at := "/webhooks/endpoints/" + id
	secretID := created["secrets"].([]any)[0].(map[string]any)["id"]
	want := map[string]any{
		"id": id, "url": hook, "event_filters": []any{"b", "a"}, "ssl_verification": false,
		"secrets": []any{map[string]any{"id": secretID, "key": "mine"}},
	}
	equal(t, "created", created, want)
	equal(t, "detail", c.ok("GET", at, "").object(), want)
	equal(t, "detail by an id in upper case", c.ok("GET", "/webhooks/endpoints/"+strings.ToUpper(id), "").object(), want)

	updated := c.ok("PUT", at, `{"url":"https://example.com/other","event_filters":["c"],"ssl_verification":true}`).object()
	want["url"], want["event_filters"], want["ssl_verification"] = "https://example.com/other", []any{"c"}, true
	equal(t, "updated", updated, want)

	// An update without event_filters removes them: the reference's own example of an update does not send them.
	updated = c.ok("PUT", at, `{"url":"https://example.com/other","ssl_verification":true}`).object()
	want["event_filters"] = []any{}
	equal(t, "updated without filters", updated, want)
	equal(t, "detail after the updates", c.ok("GET", at, "").object(), want)
	stored, _ := s.Endpoint(id)
	equal(t, "stored", stored.URL, "https://example.com/other")

	equal(t, "deleted", c.ok("DELETE", at, "").object(), want)
	context := map[string]any{"endpoint_id": id}
	c.do("GET", at, "").wantError(404, "webhook_endpoint_not_found", context)
	c.do("DELETE", at, "").wantError(404, "webhook_endpoint_not_found", context)
	equal(t, "left", len(s.Endpoints()), 0)
}

func TestCreateDefaults(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"url":"` + hook + `"}`,
		`{"url":"` + hook + `","event_filters":[],"ssl_verification":null,"secret_key":null}`,
		`{"url":"` + hook + `","secret_key":""}`,
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

// Two creates with the same URL make two endpoints: the reference does not forbid it.
func TestURLsAreNotUnique(t *testing.T) {
	t.Parallel()
	c := serve(t, &sandbox.Server{})
	c.ok("POST", "/webhooks/endpoints", `{"url":"`+hook+`"}`)
	c.ok("POST", "/webhooks/endpoints", `{"url":"`+hook+`"}`)
	list := c.ok("GET", "/webhooks/endpoints", "").list()
	equal(t, "URLs", column(list, "url"), []any{hook, hook})
	if list[0]["id"] == list[1]["id"] {
		t.Error("both have the same id")
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	first := s.AddEndpoint(sandbox.Endpoint{URL: hook, Secrets: []sandbox.Secret{{Key: "one"}}})
	c := serve(t, s)
	at := "/webhooks/endpoints/" + first.ID
	start := clock.Now()
	expiry := func(d time.Duration) any { return start.Add(d).Format(time.RFC3339) }
	shown := func() []any {
		var list []any
		for _, secret := range c.ok("GET", at, "").object()["secrets"].([]any) {
			secret := secret.(map[string]any)
			list = append(list, []any{secret["key"], secret["expired_at"]})
		}
		return list
	}

	rotated := c.ok("POST", at+"/secret", `{"rotation_period":{"days":1,"hours":2}}`).object()["secrets"].([]any)
	two := rotated[1].(map[string]any)["key"]
	equal(t, "after a rotation", shown(), []any{[]any{"one", expiry(26 * time.Hour)}, []any{two, nil}})

	// A shorter period makes a key expire earlier, but a longer one does not make it expire later.
	clock.Advance(time.Hour)
	rotated = c.ok("POST", at+"/secret", `{"rotation_period":{"hours":48}}`).object()["secrets"].([]any)
	three := rotated[2].(map[string]any)["key"]
	equal(t, "after another", shown(), []any{[]any{"one", expiry(26 * time.Hour)}, []any{two, expiry(49 * time.Hour)}, []any{three, nil}})
	s.RotateSecret(first.ID, time.Hour)
	equal(t, "after a shorter one", shown()[:3], []any{[]any{"one", expiry(2 * time.Hour)}, []any{two, expiry(2 * time.Hour)}, []any{three, expiry(2 * time.Hour)}})

	clock.Advance(time.Hour - time.Nanosecond)
	equal(t, "active just before the end", len(shown()), 4)
	clock.Advance(time.Nanosecond)
	equal(t, "active at the end", len(shown()), 1)

	before, _ := s.Endpoint(first.ID)
	now := c.ok("POST", at+"/secret", `{"rotation_period":{}}`).object()["secrets"].([]any)
	equal(t, "active after a rotation without a period", len(now), 1)
	if now[0].(map[string]any)["key"] == before.Secrets[0].Key {
		t.Error("the old key is still there")
	}
	if now[0].(map[string]any)["id"].(string) <= before.Secrets[0].ID {
		t.Error("the new id is not greater than the old one")
	}
}

func TestOutOfBand(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now}
	a := s.AddEndpoint(sandbox.Endpoint{URL: "HTTPS://Example.COM:443", EventFilters: []string{"x"}})
	b := s.AddEndpoint(sandbox.Endpoint{ID: strings.ToUpper(endpointID), URL: hook, Secrets: []sandbox.Secret{{Key: "k", ExpiredAt: ptr(clock.Now().Add(time.Hour))}}})
	equal(t, "URL", a.URL, "https://example.com/")
	equal(t, "secrets made up", len(a.Secrets), 1)
	equal(t, "id", b.ID, endpointID)
	equal(t, "all", s.Endpoints(), []sandbox.Endpoint{a, b})

	// Results are copies.
	a.EventFilters[0], b.Secrets[0].Key, *b.Secrets[0].ExpiredAt = "changed", "changed", time.Time{}
	got, _ := s.Endpoint(a.ID)
	equal(t, "filters", got.EventFilters, []string{"x"})
	got, _ = s.Endpoint(b.ID)
	equal(t, "key", got.Secrets[0].Key, "k")
	equal(t, "expiry", *got.Secrets[0].ExpiredAt, clock.Now().Add(time.Hour))

	if !s.UpdateEndpoint(a.ID, func(e *sandbox.Endpoint) {
		e.URL, e.Secrets = "https://Other.example", append(e.Secrets, sandbox.Secret{Key: "new"})
	}) {
		t.Error("the endpoint was not found")
	}
	got, _ = s.Endpoint(a.ID)
	equal(t, "updated URL", got.URL, "https://other.example/")
	equal(t, "added key", got.Secrets[1].Key, "new")
	if got.Secrets[1].ID <= got.Secrets[0].ID {
		t.Errorf("secret ids %q, %q", got.Secrets[0].ID, got.Secrets[1].ID)
	}

	secret, ok := s.RotateSecret(b.ID, 0)
	equal(t, "rotated", ok, true)
	got, _ = s.Endpoint(b.ID)
	equal(t, "only the new key", got.Secrets, []sandbox.Secret{secret})

	equal(t, "removed", s.RemoveEndpoint(b.ID), true)
	equal(t, "removed again", s.RemoveEndpoint(b.ID), false)
	equal(t, "updated when gone", s.UpdateEndpoint(b.ID, func(*sandbox.Endpoint) { t.Error("called") }), false)
	_, ok = s.RotateSecret(b.ID, 0)
	equal(t, "rotated when gone", ok, false)
	_, ok = s.Endpoint(b.ID)
	equal(t, "there when gone", ok, false)
}

func TestAdd_panicsOnInvalidObjects(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	event := s.AddEvent(sandbox.Event{Type: "x"})
	delivery := s.AddDelivery(sandbox.Delivery{EndpointID: e.ID})
	for _, test := range []struct {
		part string
		add  func()
	}{
		{"id exists already", func() { s.AddEndpoint(e) }},
		{"id must be a UUID", func() { s.AddEndpoint(sandbox.Endpoint{ID: "one", URL: hook}) }},
		{"secrets[0].id must", func() { s.AddEndpoint(sandbox.Endpoint{URL: hook, Secrets: []sandbox.Secret{{ID: "one"}}}) }},
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
