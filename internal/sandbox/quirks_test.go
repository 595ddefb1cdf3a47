package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
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

func TestQuirkUpdateAnswer(t *testing.T) {
	t.Parallel()
	for quirk, status := range map[string]int{"empty": 200, "no-content": 204} {
		s := &sandbox.Server{Quirks: sandbox.Quirks{UpdateAnswer: quirk}}
		e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
		r := serve(t, s).do("PUT", "/webhooks/endpoints/"+e.ID, `{"url":"https://example.com/new","ssl_verification":true}`)
		must(t, quirk, r.status, status)
		must(t, quirk, r.body, "")
		must(t, quirk, s.Endpoints()[0].URL, "https://example.com/new")
	}
}

func TestQuirkDeleteAnswer(t *testing.T) {
	t.Parallel()
	for quirk, want := range map[string]reply{
		"empty":      {status: 200},
		"no-content": {status: 204},
		"message":    {status: 200, body: `{"message":"deleted"}`},
		"text":       {status: 200, body: "OK"},
	} {
		s := &sandbox.Server{Quirks: sandbox.Quirks{DeleteAnswer: quirk}}
		e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
		c := serve(t, s)
		r := c.do("DELETE", "/webhooks/endpoints/"+e.ID, "")
		must(t, quirk, r.status, want.status)
		must(t, quirk, r.body, want.body)
		must(t, quirk, len(s.Endpoints()), 0)
		must(t, quirk+", of a deleted endpoint", c.do("DELETE", "/webhooks/endpoints/"+e.ID, "").status, 404)
	}

	s := &sandbox.Server{Quirks: sandbox.Quirks{DeleteAnswer: "other"}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	if id := serve(t, s).ok("DELETE", "/webhooks/endpoints/"+e.ID, "").object()["id"]; id == e.ID || id == nil {
		t.Errorf("the id of another endpoint is %v", id)
	}
	must(t, "other", len(s.Endpoints()), 0)
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
	for zone, hour := range map[string]string{"": "15", "UTC": "08", "America/New_York": "03"} {
		clock := newClock()
		s := &sandbox.Server{Now: clock.Now, Quirks: sandbox.Quirks{ZonelessTimes: true, TimeZone: zone}}
		e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
		s.RotateSecret(e.ID, 30*time.Minute)
		c := serve(t, s)
		c.ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "")
		must(t, zone+" event", c.ok("GET", "/webhooks/events", "").list()[0]["created_at"], any("2027-01-15T"+hour+":00:00.000000"))
		must(t, zone+" event by id", c.ok("GET", "/webhooks/events/"+s.Events()[0].ID, "").object()["created_at"], any("2027-01-15T"+hour+":00:00.000000"))
		must(t, zone+" delivery", c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").list()[0]["delivery"], any("2027-01-15T"+hour+":00:00.000000"))
		secrets := c.ok("GET", "/webhooks/endpoints/"+e.ID, "").object()["secrets"].([]any)
		must(t, zone+" secret", secrets[0].(map[string]any)["expired_at"], any("2027-01-15T"+hour+":30:00.000000"))
	}
}

// The time of a delivery is wrong, and the time in its signature is right, as in the reference's example.
func TestQuirkFalseUTC(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{"": "2027-01-15T15:00:00Z", "Asia/Kolkata": "2027-01-15T13:30:00Z"} {
		s := &sandbox.Server{Now: newClock().Now, Quirks: sandbox.Quirks{FalseUTC: true, ZonelessTimes: zone != "", TimeZone: zone}}
		e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
		c := serve(t, s)
		c.ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "")
		delivery := c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").list()[0]
		must(t, "delivery", delivery["delivery"], any(want))
		signature := delivery["request_headers"].(map[string]any)["x-prosa-signature"].(string)
		must(t, "signature", strings.HasPrefix(signature, "t=1800000000,"), true)
	}
	s := &sandbox.Server{Now: newClock().Now, Quirks: sandbox.Quirks{FalseUTC: true}}
	s.AddEvent(sandbox.Event{Type: "x"})
	must(t, "event", serve(t, s).ok("GET", "/webhooks/events", "").list()[0]["created_at"], any("2027-01-15T08:00:00Z"))
}

func TestQuirkDates(t *testing.T) {
	t.Parallel()
	const jakarta = "Asia/Jakarta"
	for _, test := range []struct {
		quirks sandbox.Quirks
		query  string
		want   []any // the events, by day and hour in UTC
	}{
		{sandbox.Quirks{DateZone: jakarta}, "?from_date=2023-01-17&to_date=2023-01-17", []any{"1618", "1707"}},
		{sandbox.Quirks{DateZone: jakarta, ToDate: "exclusive"}, "?from_date=2023-01-16&to_date=2023-01-17", []any{"1607"}},
		{sandbox.Quirks{TimeZone: jakarta}, "?from_date=2023-01-17&to_date=2023-01-17", []any{"1707", "1718"}},
		{sandbox.Quirks{ToDate: "exclusive"}, "?to_date=2023-01-17", []any{"1607", "1618"}},
		{sandbox.Quirks{ToDate: "exclusive"}, "?from_date=2023-01-17&to_date=2023-01-17", []any{}},
		{sandbox.Quirks{ToDate: "ignored"}, "?from_date=2023-01-17&to_date=2023-01-17", []any{"1707", "1718", "1807", "1818"}},
		{sandbox.Quirks{ToDate: "ignored"}, "?to_date=nonsense&to_date=twice", []any{"1607", "1618", "1707", "1718", "1807", "1818"}},
		{sandbox.Quirks{ToDate: "until_date"}, "?from_date=2023-01-17&to_date=2023-01-17", []any{"1707", "1718", "1807", "1818"}},
		{sandbox.Quirks{ToDate: "until_date"}, "?from_date=2023-01-17&until_date=2023-01-17&page=2", []any{"1707", "1718"}},
	} {
		s := &sandbox.Server{Quirks: test.quirks}
		e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
		for at := time.Date(2023, 1, 16, 7, 0, 0, 0, time.UTC); at.Day() < 19; at = at.Add(time.Hour) {
			if at.Hour() == 7 || at.Hour() == 18 {
				s.AddEvent(sandbox.Event{Type: at.Format("0215"), CreatedAt: at})
				s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, DeliveredAt: at, RequestMethod: at.Format("0215")})
			}
		}
		name, c := test.quirks.DateZone+" "+test.quirks.ToDate+" "+test.query, serve(t, s)
		must(t, name, column(c.ok("GET", "/webhooks/events"+test.query, "").list(), "event_type"), test.want)
		must(t, name, column(c.ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries"+test.query, "").list(), "request_method"), test.want)
	}
	c := serve(t, &sandbox.Server{Quirks: sandbox.Quirks{ToDate: "until_date"}})
	c.do("GET", "/webhooks/events?from_date=2023-01-02&until_date=2023-01-01", "").mustReject("query.from_date date_range")
	c.do("GET", "/webhooks/events?until_date=x", "").mustReject("query.until_date date")
	serve(t, &sandbox.Server{Quirks: sandbox.Quirks{ToDate: "ignored"}}).do("GET", "/webhooks/events?until_date=x", "").mustReject("query.until_date extra")
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

func TestQuirkRewriteURLs(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{RewriteURLs: true}}
	c := serve(t, s)
	for url, want := range map[string]string{
		"https://h/hook":                   "https://h/hook/",
		"https://h/hook/":                  "https://h/hook/",
		"HTTPS://H:443":                    "https://h/",
		"https://h/a/./b/../c":             "https://h/a/c/",
		"https://h/../..":                  "https://h/",
		"https://h/a/%2e%2E/b//c":          "https://h/b//c/",
		"https://h/%7euser/%2f%c3%a9%41":   "https://h/~user/%2F%C3%A9A/",
		"https://h/a?b=/../%7e&c=%zz&100%": "https://h/a/?b=/../~&c=%zz&100%",
		"https://u:p%40@h/a#%7e":           "https://u:p%40@h/a/#~",
	} {
		created := c.ok("POST", "/webhooks/endpoints", `{"url":"`+url+`"}`).object()
		must(t, url, created["url"], any(want))
		at := "/webhooks/endpoints/" + created["id"].(string)
		must(t, url+" updated", c.ok("PUT", at, `{"url":"`+url+`","ssl_verification":true}`).object()["url"], any(want))
		must(t, url+" again", s.AddEndpoint(sandbox.Endpoint{URL: want}).URL, want)
	}
}

func TestQuirkDropUnknownFilters(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{DropUnknownFilters: true}}
	c := serve(t, s)
	known := []any{"stt.jobs.completed", "stt.jobs.failed", "stt.job.completed", "stt.job.failed", "tts.job.completed", "tts.job.failed", "webhook.ping"}
	filters := `"event_filters":["stt.jobs.done","stt.jobs.completed","stt.jobs.failed","stt.job.completed","stt.job.failed",
		"tts.jobs.completed","tts.job.completed","tts.job.failed","webhook.ping"]`
	created := c.ok("POST", "/webhooks/endpoints", `{"url":"`+hook+`",`+filters+`}`).object()
	must(t, "created", created["event_filters"], any(known))
	at := "/webhooks/endpoints/" + created["id"].(string)
	must(t, "updated", c.ok("PUT", at, `{"url":"`+hook+`","ssl_verification":true,`+filters+`}`).object()["event_filters"], any(known))
	must(t, "none left", c.ok("PUT", at, `{"url":"`+hook+`","ssl_verification":true,"event_filters":["a"]}`).object()["event_filters"], any([]any{}))
}

func TestQuirkIgnoreSSLVerification(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{IgnoreSSLVerification: true}}
	c := serve(t, s)
	created := c.ok("POST", "/webhooks/endpoints", `{"url":"`+hook+`","ssl_verification":false}`).object()
	must(t, "created", created["ssl_verification"], any(true))
	at := "/webhooks/endpoints/" + created["id"].(string)
	must(t, "updated", c.ok("PUT", at, `{"url":"`+hook+`","ssl_verification":false}`).object()["ssl_verification"], any(true))
	must(t, "stored", s.Endpoints()[0].SSLVerification, true)
}

func TestQuirkDuplicateFilters(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{DuplicateFilters: true}}
	c := serve(t, s)
	created := c.ok("POST", "/webhooks/endpoints", `{"url":"`+hook+`","event_filters":["a","b"]}`).object()
	must(t, "created", created["event_filters"], any([]any{"a", "b", "a", "b"}))
	must(t, "listed", c.ok("GET", "/webhooks/endpoints", "").list()[0]["event_filters"], any([]any{"a", "b", "a", "b"}))
	must(t, "stored", s.Endpoints()[0].EventFilters, []string{"a", "b"})
}

func TestQuirkSparseListing(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{SparseListing: true}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook, EventFilters: []string{"a"}})
	c := serve(t, s)
	must(t, "listing", c.ok("GET", "/webhooks/endpoints", "").list(), []map[string]any{{"id": e.ID, "url": hook}})
	must(t, "detail", c.ok("GET", "/webhooks/endpoints/"+e.ID, "").object()["event_filters"], any([]any{"a"}))
}

func TestQuirkNotFound(t *testing.T) {
	t.Parallel()
	for _, o := range everyOperation {
		if o.missing == "" {
			continue
		}
		get := func(quirk string) reply {
			return serve(t, &sandbox.Server{Quirks: sandbox.Quirks{NotFound: quirk}}).do(o.method, o.path, o.body)
		}
		get("short").mustError(404, o.missing+"_not_found", map[string]any{o.missing + "_id": missingID})
		for quirk, body := range map[string]string{"fastapi": `{"detail":"Not Found"}`, "empty": ""} {
			must(t, quirk, get(quirk).status, 404)
			must(t, quirk, get(quirk).body, body)
		}
	}
}

func TestQuirkLacks(t *testing.T) {
	t.Parallel()
	for _, o := range everyOperation {
		s := &sandbox.Server{APIKey: "right", Quirks: sandbox.Quirks{Lacks: []sandbox.Operation{o.op}}}
		r := serve(t, s).do(o.method, o.path, o.body)
		must(t, string(o.op), r.status, 404)
		must(t, string(o.op), r.body, `{"detail":"Not Found"}`)
		must(t, string(o.op)+" in the request log", s.RequestLog()[0].Operation, o.op)
	}
	c := serve(t, &sandbox.Server{Quirks: sandbox.Quirks{Lacks: []sandbox.Operation{sandbox.OpCreateEndpoint, sandbox.OpGetEvent}}})
	must(t, "created", c.do("POST", "/webhooks/endpoints", create).status, 404)
	must(t, "another operation", c.do("GET", "/webhooks/endpoints", "").body, "[]")
}

func TestQuirkIDs(t *testing.T) {
	t.Parallel()
	for quirk, form := range map[string]string{"hex": `^[0-9a-f]{32}$`, "opaque": `^(ep|sk|ev|dl|tag):[0-9a-f]{8}/Kq\+%41[0-9a-f]{12}$`} {
		s := &sandbox.Server{Quirks: sandbox.Quirks{IDs: quirk}}
		c := serve(t, s)
		created := c.ok("POST", "/webhooks/endpoints", create).object()
		id := created["id"].(string)
		at := "/webhooks/endpoints/" + url.PathEscape(id)
		ticket := c.ok("POST", at+"/test", "").object()
		delivery := c.ok("GET", at+"/deliveries", "").list()[0]
		for name, made := range map[string]any{
			"endpoint": id, "secret": created["secrets"].([]any)[0].(map[string]any)["id"], "tag": ticket["delivery_tag"],
			"delivery": delivery["delivery_id"], "event": delivery["event_id"],
		} {
			if !regexp.MustCompile(form).MatchString(made.(string)) {
				t.Errorf("%s: the id of the %s is %v", quirk, name, made)
			}
		}
		must(t, quirk+" endpoint", c.ok("GET", at, "").object()["id"], any(id))
		must(t, quirk+" event", c.ok("GET", "/webhooks/events/"+url.PathEscape(delivery["event_id"].(string)), "").object()["id"], delivery["event_id"])
		c.ok("POST", "/webhooks/deliveries/"+url.PathEscape(delivery["delivery_id"].(string))+"/replay", "")
		c.ok("POST", at+"/secret", `{"rotation_period":{"days":1}}`)

		c.do("GET", "/webhooks/endpoints/no-uuid", "").mustError(404, "webhook_endpoint_not_found", map[string]any{"endpoint_id": "no-uuid"})
		must(t, quirk+" in another case", c.do("GET", "/webhooks/endpoints/"+url.PathEscape(upper(id)), "").status, 404)
		unescapedTwice, _ := url.PathUnescape(id)
		if quirk == "opaque" {
			must(t, "an id that is not escaped", c.do("GET", "/webhooks/endpoints/"+strings.ReplaceAll(id, "%", "%25"), "").body, `{"detail":"Not Found"}`)
			must(t, "an id that was unescaped twice", c.do("GET", "/webhooks/endpoints/"+url.PathEscape(unescapedTwice), "").status, 404)
		}

		// Any text is an id.
		mine := s.AddEndpoint(sandbox.Endpoint{ID: "ep_3kQ/ ?#", URL: hook, Secrets: []sandbox.Secret{{ID: "S"}}})
		event := s.AddEvent(sandbox.Event{ID: "E", Type: "x"})
		s.AddDelivery(sandbox.Delivery{DeliveryID: "D", EventID: event.ID, EndpointID: mine.ID})
		if err := s.Load([]byte(`{"endpoints":[{"id":"ep 2","url":"` + hook + `"}],"deliveries":[{"delivery_id":"d","event_id":"E","endpoint_id":"ep 2"}]}`)); err != nil {
			t.Error(err)
		}
		found := c.ok("GET", "/webhooks/endpoints/ep_3kQ%2f%20%3F%23", "").object()
		must(t, "secret", found["secrets"].([]any)[0].(map[string]any)["id"], any("S"))
		must(t, "deliveries", column(c.ok("GET", "/webhooks/endpoints/ep%202/deliveries", "").list(), "delivery_id"), []any{"d"})
	}
}

func TestQuirkHeaderLists(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{HeaderLists: true, UpperCaseHeaders: true}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook})
	s.AddDelivery(sandbox.Delivery{
		EndpointID: e.ID, RequestHeaders: map[string]string{"x-a": "1\n2", "x-b": "3, 4"}, ResponseHeaders: map[string]string{"set-cookie": "a\nb\nc"},
	})
	s.AddDelivery(sandbox.Delivery{EndpointID: e.ID, RequestHeaders: map[string]string{}})
	list := serve(t, s).ok("GET", "/webhooks/endpoints/"+e.ID+"/deliveries", "").list()
	must(t, "request", list[0]["request_headers"], any(map[string]any{"X-A": []any{"1", "2"}, "X-B": []any{"3, 4"}}))
	must(t, "response", list[0]["response_headers"], any(map[string]any{"set-cookie": []any{"a", "b", "c"}}))
	must(t, "none in the request", list[1]["request_headers"], nil)
	must(t, "none in the response", list[1]["response_headers"], nil)
}

// printf '%s' '{"message":"ping"}' | openssl dgst -sha256 -hmac new
func TestQuirkSHA256Signatures(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{SHA256Signatures: true}}
	e := s.AddEndpoint(sandbox.Endpoint{URL: hook, Secrets: []sandbox.Secret{{Key: "old"}, {Key: "new"}}})
	serve(t, s).ok("POST", "/webhooks/endpoints/"+e.ID+"/test", "")
	must(t, "signature", s.Deliveries(e.ID)[0].RequestHeaders["x-prosa-signature"], "sha256=dfc987aded81b2476984a8e18d02358cd758c43dc5cc7d1bad24e4bc433492cb")
}

func TestQuirkFastAPIErrors(t *testing.T) {
	t.Parallel()
	c := serve(t, &sandbox.Server{APIKey: "a-key", ForbiddenKey: "forbidden", Quirks: sandbox.Quirks{FastAPIErrors: true}})
	r := c.do("POST", "/webhooks/endpoints", `{"url":"x","event_filters":[""]}`)
	must(t, "status", r.status, 422)
	must(t, "wrong values", r.body, `{"detail":[{"loc":["body","url"],"msg":"must begin with https:// or http://","type":"value_error.url"},`+
		`{"loc":["body","event_filters",0],"msg":"must not be blank","type":"value_error.blank"}]}`)
	c.do("GET", "/webhooks/events/"+missingID, "").mustError(404, "webhook_event_not_found", map[string]any{"event_id": missingID})
	for key, want := range map[string]string{"": "Not Authenticated", "wrong": "Not Authenticated", "forbidden": "Forbidden"} {
		c.key = key
		r := c.do("GET", "/webhooks/endpoints", "")
		must(t, "status with the key "+key, r.status, 403)
		must(t, "body with the key "+key, r.body, `{"detail":"`+want+`"}`)
	}
}

func TestQuirkTrailingSlash(t *testing.T) {
	t.Parallel()
	for _, o := range everyOperation {
		s := &sandbox.Server{Quirks: sandbox.Quirks{TrailingSlash: true, IDs: "opaque"}}
		c := serve(t, s)
		path := strings.Replace(o.path, missingID, "a%2Fb", 1)
		want := serve(t, &sandbox.Server{Quirks: sandbox.Quirks{IDs: "opaque"}}).do(o.method, path, o.body)
		must(t, path+" followed", c.do(o.method, path, o.body).status, want.status)
		c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		r := c.do(o.method, path+"?x=%2F", o.body)
		must(t, path+" without a slash", r.status, 307)
		must(t, path+" location", r.header.Get("location"), "/v2/speech"+path+"/?x=%2F")
		must(t, path+" with a slash", c.do(o.method, path+"/", o.body).status, want.status)
		must(t, path+" with two", c.do(o.method, path+"//", o.body).status, 404)
		must(t, path+" carried out", s.Count(o.op), 2)
	}
	c := serve(t, &sandbox.Server{Quirks: sandbox.Quirks{TrailingSlash: true}})
	must(t, "an unknown path", c.do("GET", "/webhooks/nothing", "").status, 404)
	must(t, "another method", c.do("PATCH", "/webhooks/endpoints/", "").status, 405)
}
