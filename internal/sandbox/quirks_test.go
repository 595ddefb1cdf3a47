package sandbox_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

func TestQuirkCreateStatus(t *testing.T) {
	t.Parallel()
	c := serve(t, &sandbox.Server{Quirks: sandbox.Quirks{CreateStatus: 201}})
	must(t, "create", c.do("POST", "/webhooks/endpoints", create).status, 201)
	must(t, "list", c.do("GET", "/webhooks/endpoints", "").status, 200)
}

func TestQuirkDeleteAnswer(t *testing.T) {
	t.Parallel()
	for quirk, status := range map[string]int{"empty": 200, "no-content": 204} {
		s := &sandbox.Server{Quirks: sandbox.Quirks{DeleteAnswer: quirk}}
		e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
		c := serve(t, s)
		r := c.do("DELETE", "/webhooks/endpoints/"+e.ID, "")
		must(t, quirk, r.status, status)
		must(t, quirk, r.body, "")
		must(t, quirk, len(s.Endpoints()), 0)
		must(t, quirk+", of what is gone", c.do("DELETE", "/webhooks/endpoints/"+e.ID, "").status, 404)
	}
}

func TestQuirkListOrder(t *testing.T) {
	t.Parallel()
	lists := func(order string) (ids []any, get func(path string) []any) {
		s := &sandbox.Server{Quirks: sandbox.Quirks{ListOrder: order}}
		for _, text := range strings.Fields("1 2 3 4 5 6 7 8") {
			id := strings.Replace(missingID, "0", text, 1)
			ids = append(ids, id)
			s.AddEndpoint(sandbox.Endpoint{ID: id, URL: hook})
			s.AddEvent(sandbox.Event{ID: id, Type: "x"})
			s.AddDelivery(sandbox.Delivery{DeliveryID: id, EventID: id, EndpointID: ids[0].(string)})
		}
		c := serve(t, s)
		return ids, func(path string) []any {
			name := "id"
			if strings.HasSuffix(path, "deliveries") {
				name = "delivery_id"
			}
			return column(c.ok("GET", path, "").list(), name)
		}
	}
	ids, inserted := lists("")
	_, reversed := lists("reverse")
	_, shuffled := lists("shuffle")
	_, again := lists("shuffle")
	for _, path := range []string{"/webhooks/endpoints", "/webhooks/events", "/webhooks/endpoints/" + ids[0].(string) + "/deliveries"} {
		must(t, path, inserted(path), ids)
		backwards := slices.Clone(ids)
		slices.Reverse(backwards)
		must(t, path+" reversed", reversed(path), backwards)

		one, other := shuffled(path), shuffled(path)
		if slices.Equal(one, other) || slices.Equal(one, ids) {
			t.Errorf("%s is not shuffled: %v, %v", path, one, other)
		}
		must(t, path+" shuffled by another server", [][]any{again(path), again(path)}, [][]any{one, other})
		slices.SortFunc(one, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		must(t, path+" shuffled, sorted", one, ids)
	}
}

func TestQuirkSecretsOrder(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{SecretsOrder: "newest-first"}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	rotated := serve(t, s).ok("POST", "/webhooks/endpoints/"+e.ID+"/secret", `{"rotation_period":{"days":1}}`).object()
	secrets := rotated["secrets"].([]any)
	must(t, "last", secrets[1].(map[string]any)["key"], any(e.Secrets[0].Key))
	now, _ := s.Endpoint(e.ID)
	must(t, "stored oldest first", now.Secrets[0].Key, e.Secrets[0].Key)
}

func TestQuirkEmptyFilters(t *testing.T) {
	t.Parallel()
	for quirk, want := range map[string]string{"": `,"event_filters":[],`, "null": `,"event_filters":null,`, "missing": ""} {
		s := &sandbox.Server{Quirks: sandbox.Quirks{EmptyFilters: quirk}}
		e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
		c := serve(t, s)
		for _, path := range []string{"/webhooks/endpoints", "/webhooks/endpoints/" + e.ID} {
			body := c.ok("GET", path, "").body
			if want == "" && strings.Contains(body, "event_filters") || !strings.Contains(body, want) {
				t.Errorf("%s: %s", quirk, body)
			}
		}
		s.UpdateEndpoint(e.ID, func(e *sandbox.Endpoint) { e.EventFilters = []string{"a"} })
		must(t, quirk, c.ok("GET", "/webhooks/endpoints/"+e.ID, "").object()["event_filters"], any([]any{"a"}))
	}
}

func TestQuirkUnknownFields(t *testing.T) {
	t.Parallel()
	const extra = "x_not_in_the_reference"
	s := &sandbox.Server{Quirks: sandbox.Quirks{UnknownFields: true}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	event := s.AddEvent(sandbox.Event{Type: "x", Data: json.RawMessage(untouchable)})
	at := "/webhooks/endpoints/" + e.ID
	c := serve(t, s)
	for _, test := range []struct {
		method, path, body string
		objects            int
	}{
		{"GET", "/webhooks/endpoints", "", 1},
		{"GET", at, "", 2},
		{"POST", at + "/secret", `{"rotation_period":{"days":1}}`, 3},
		{"POST", at + "/test", "", 1},
		{"GET", at + "/deliveries", "", 1},
		{"GET", "/webhooks/events", "", 2},
		{"GET", "/webhooks/events/" + event.ID, "", 1},
		{"GET", "/webhooks/events/" + missingID, "", 2},
		{"GET", "/webhooks/events?a=1", "", 2},
		{"GET", "/webhooks/nothing", "", 1},
	} {
		r := c.do(test.method, test.path, test.body)
		must(t, test.method+" "+test.path, strings.Count(r.body, extra), test.objects)
		if !json.Valid([]byte(r.body)) {
			t.Errorf("no JSON: %s", r.body)
		}
	}
}

func TestQuirkZonelessTimes(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &sandbox.Server{Now: clock.Now, Quirks: sandbox.Quirks{ZonelessTimes: true}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	s.RotateSecret(e.ID, time.Hour)
	c := serve(t, s)
	c.ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "")
	must(t, "event", c.ok("GET", "/webhooks/events", "").list()[0]["created_at"], any("2027-01-15T08:00:00.000000"))
	must(t, "delivery", c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").list()[0]["delivery"], any("2027-01-15T08:00:00.000000"))
	secrets := c.ok("GET", "/webhooks/endpoints/"+e.ID, "").object()["secrets"].([]any)
	must(t, "secret", secrets[0].(map[string]any)["expired_at"], any("2027-01-15T09:00:00.000000"))
}

func TestQuirkHideExpiry(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{HideExpiry: true}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	s.RotateSecret(e.ID, time.Hour)
	body := serve(t, s).ok("GET", "/webhooks/endpoints/"+e.ID, "").body
	must(t, "nulls", strings.Count(body, `"expired_at":null`), 2)
	now, _ := s.Endpoint(e.ID)
	if now.Secrets[0].ExpiredAt == nil {
		t.Error("the key has no end")
	}
}

func TestQuirkEchoKey(t *testing.T) {
	t.Parallel()
	for _, echo := range []bool{false, true} {
		c := serve(t, &sandbox.Server{APIKey: "a-key", Quirks: sandbox.Quirks{EchoKey: echo}})
		texts := map[string]string{
			"404":            c.do("GET", "/webhooks/events/"+missingID, "").body,
			"422":            c.do("POST", "/webhooks/endpoints", `{"url":"x","secret_key":"signing \"key\""}`).body,
			"422, no string": c.do("POST", "/webhooks/endpoints", `{"secret_key":["signing \"key\""]}`).body,
		}
		c.key = "wrong a-key"
		texts["401"] = c.do("GET", "/webhooks/endpoints", "").body
		for name, text := range texts {
			must(t, name+" has the API key", strings.Contains(text, "a-key"), echo)
			must(t, name+" has the signing key", strings.Contains(text, "signing"), echo && strings.HasPrefix(name, "422"))
			if !json.Valid([]byte(text)) {
				t.Errorf("no JSON: %s", text)
			}
		}
	}
}

func TestQuirkUpperCaseHeaders(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{UpperCaseHeaders: true}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	c := serve(t, s)
	c.ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "")
	headers := c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").list()[0]["request_headers"].(map[string]any)
	must(t, "event", headers["X-PROSA-EVENT"], any("webhook.ping"))
	must(t, "event in lower case", headers["x-prosa-event"], nil)
}

func TestQuirkTagIsDeliveryID(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{TagIsDeliveryID: true}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	c := serve(t, s)
	tag := c.ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "").object()["delivery_tag"]
	must(t, "delivery", s.Deliveries(e.ID)[0].DeliveryID, tag.(string))
	again := c.ok("POST", "/webhooks/deliveries/"+tag.(string)+"/replay", "").object()["delivery_tag"]
	must(t, "replay", s.Deliveries(e.ID)[1].DeliveryID, again.(string))
}
