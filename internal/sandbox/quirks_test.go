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

const (
	eventID    = "a7a26ff2-e851-45b6-9634-d595f45458b7"
	deliveryID = "b3c1f0de-5a52-4d0c-8f53-0d4f3d0f6a11"
	oldKeyID   = "063c6473-fa0c-79b7-8000-000000000001"
	newKeyID   = "063c6473-fa0c-79b7-8000-000000000002"
)

// withOneOfEach adds an endpoint, an event and a delivery to a server, at a fixed time.
func withOneOfEach(s *sandbox.Server) *sandbox.Server {
	clock := newClock()
	s.Now = clock.Now
	s.AddEndpoint(sandbox.Endpoint{ID: endpointID, URL: hookURL, Secrets: []sandbox.Secret{
		{ID: oldKeyID, Key: "old", ExpiredAt: new(clock.Now().Add(time.Hour))}, {ID: newKeyID, Key: "new"},
	}})
	s.AddEvent(sandbox.Event{ID: eventID, Type: "stt.jobs.failed"})
	s.AddDelivery(sandbox.Delivery{
		DeliveryID: deliveryID, EventID: eventID, EndpointID: endpointID, RequestBody: json.RawMessage(`{"message":"ping"}`),
		ResponseStatus: new(500), ResponseHeaders: map[string]string{"set-cookie": "a\nb"},
	})
	return s
}

// Each row sends one request to a server with a quirk, and compares a part of the response's body; empty: no body.
func TestQuirks(t *testing.T) {
	t.Parallel()
	const list, one = "GET /webhooks/endpoints", "GET /webhooks/endpoints/" + endpointID
	const post, put, del = "POST /webhooks/endpoints", "PUT /webhooks/endpoints/" + endpointID, "DELETE /webhooks/endpoints/" + endpointID
	const events, event = "GET /webhooks/events", "GET /webhooks/events/" + eventID
	const deliveries, sendTest = "GET /webhooks/endpoints/" + endpointID + "/deliveries", "POST /webhooks/endpoints/" + endpointID + "/test"
	const minimal = `"url":"` + hookURL + `","ssl_verification":false`
	const allTypes = `"stt.jobs.completed","stt.jobs.failed","stt.job.completed","stt.job.failed","tts.job.completed","tts.job.failed","webhook.ping"`
	const unknownField = `"x_not_in_the_reference":{"nested":[null,1]}`
	const oldKey, newKey = `"id":"` + oldKeyID + `","key":"old"`, `"id":"` + newKeyID + `","key":"new"`
	type row struct {
		request, body string
		status        int
		want          string
	}
	for name, test := range map[string]struct {
		quirks sandbox.Quirks
		rows   []row
	}{
		"CreateStatus": {sandbox.Quirks{CreateStatus: 201}, []row{
			{post, createBody, 201, `"url":"` + hookURL},
			{list, "", 200, `"url":"` + hookURL},
		}},
		"UpdateAnswer empty": {sandbox.Quirks{UpdateAnswer: "empty"}, []row{{put, "{" + minimal + "}", 200, ""}}},
		"UpdateAnswer no-content": {sandbox.Quirks{UpdateAnswer: "no-content"}, []row{
			{put, "{" + minimal + "}", 204, ""},
			{del, "", 200, `"url":"` + hookURL},
		}},
		"DeleteAnswer empty":      {sandbox.Quirks{DeleteAnswer: "empty"}, []row{{del, "", 200, ""}}},
		"DeleteAnswer no-content": {sandbox.Quirks{DeleteAnswer: "no-content"}, []row{{del, "", 204, ""}}},
		"DeleteAnswer message":    {sandbox.Quirks{DeleteAnswer: "message"}, []row{{del, "", 200, `{"message":"deleted"}`}}},
		"DeleteAnswer text":       {sandbox.Quirks{DeleteAnswer: "text"}, []row{{del, "", 200, "OK"}}},
		"NotFound short": {sandbox.Quirks{NotFound: "short"}, []row{
			{"GET /webhooks/endpoints/" + missingID, "", 404, `{"status":"endpoint_not_found","message":"There is no`},
			{"GET /webhooks/events/" + missingID, "", 404, `"context":{"event_id":"` + missingID + `"}}`},
			{"POST /webhooks/deliveries/" + missingID + "/replay", "", 404, `{"status":"delivery_not_found"`},
		}},
		"NotFound fastapi": {sandbox.Quirks{NotFound: "fastapi"}, []row{
			{"GET /webhooks/events/" + missingID, "", 404, `{"detail":"Not Found"}`},
		}},
		"NotFound empty": {sandbox.Quirks{NotFound: "empty"}, []row{{"GET /webhooks/events/" + missingID, "", 404, ""}}},
		"FastAPIErrors": {sandbox.Quirks{FastAPIErrors: true}, []row{
			{
				post, `{"url":"x","event_filters":[""]}`, 422,
				`{"detail":[{"loc":["body","url"],"msg":"must begin with https:// or http://","type":"value_error.url"},` +
					`{"loc":["body","event_filters",0],"msg":"must not be blank","type":"value_error.blank"}]}`,
			},
			{"GET /webhooks/events/" + missingID, "", 404, `{"status":"webhook_event_not_found"`},
		}},
		"Lacks": {sandbox.Quirks{Lacks: []sandbox.Operation{sandbox.OpCreateEndpoint, sandbox.OpGetEvent}}, []row{
			{post, createBody, 404, `{"detail":"Not Found"}`},
			{event, "", 404, `{"detail":"Not Found"}`},
			{list, "", 200, `"url":"` + hookURL},
		}},
		"UnknownFields": {sandbox.Quirks{UnknownFields: true}, []row{
			{one, "", 200, oldKey + `,"expired_at":"2027-01-15T09:00:00Z",` + unknownField + "},"},
			{list, "", 200, `"ssl_verification":false,` + unknownField + "}]"},
			{sendTest, "", 200, `"url":"` + hookURL + `",` + unknownField + "}"},
			{"GET /webhooks/events/" + missingID, "", 404, missingID + `",` + unknownField + "}," + unknownField + "}"},
			{"GET /webhooks/nothing", "", 404, `{"detail":"Not Found",` + unknownField + "}"},
		}},
		"EchoKey": {sandbox.Quirks{EchoKey: true}, []row{
			{"GET /webhooks/events/" + missingID, "", 404, ` (x-api-key: a-key)","context"`},
			{post, `{"url":"x","secret_key":"a \"key\""}`, 422, ` (x-api-key: a-key, secret_key: a \"key\")","status"`},
			{post, `{"secret_key":["a key"]}`, 422, ` (x-api-key: a-key, secret_key: [\"a key\"])","status"`},
		}},
		"SparseListing": {sandbox.Quirks{SparseListing: true}, []row{
			{list, "", 200, `[{"id":"` + endpointID + `","url":"` + hookURL + `"}]`},
			{one, "", 200, `"event_filters":[],"ssl_verification":false`},
		}},
		"KeepURL": {sandbox.Quirks{KeepURL: true}, []row{
			{post, `{"url":"HTTPS://Example.com:443"}`, 200, `"url":"HTTPS://Example.com:443"`},
		}},
		"EmptyFilters null": {sandbox.Quirks{EmptyFilters: "null"}, []row{
			{list, "", 200, `,"event_filters":null,`},
			{one, "", 200, `,"event_filters":null,`},
		}},
		"EmptyFilters missing": {sandbox.Quirks{EmptyFilters: "missing"}, []row{
			{list, "", 200, hookURL + `","ssl_verification":false}`},
			{put, `{"event_filters":["a"],` + minimal + `}`, 200, `,"event_filters":["a"],`},
		}},
		"DropUnknownFilters": {sandbox.Quirks{DropUnknownFilters: true}, []row{
			{post, `{"event_filters":["a",` + allTypes + `],` + minimal + `}`, 200, `"event_filters":[` + allTypes + `]`},
			{put, `{"event_filters":["a","webhook.ping"],` + minimal + `}`, 200, `"event_filters":["webhook.ping"]`},
			{put, `{"event_filters":["a"],` + minimal + `}`, 200, `"event_filters":[]`},
		}},
		"DuplicateFilters": {sandbox.Quirks{DuplicateFilters: true}, []row{
			{post, `{"event_filters":["a","b"],` + minimal + `}`, 200, `"event_filters":["a","b","a","b"]`},
		}},
		"IgnoreSSLVerification": {sandbox.Quirks{IgnoreSSLVerification: true}, []row{
			{post, "{" + minimal + "}", 200, `"ssl_verification":true`},
			{put, "{" + minimal + "}", 200, `"ssl_verification":true`},
		}},
		"SecretsOrder": {sandbox.Quirks{SecretsOrder: "newest-first"}, []row{{one, "", 200, `"secrets":[{` + newKey + `},{` + oldKey}}},
		"HideExpiry": {sandbox.Quirks{HideExpiry: true}, []row{
			{one, "", 200, oldKey + `,"expired_at":null},{` + newKey + `,"expired_at":null}]`},
		}},
		"ZonelessTimes": {sandbox.Quirks{ZonelessTimes: true}, []row{
			{events, "", 200, `"created_at":"2027-01-15T15:00:00.000000"`},
			{event, "", 200, `"created_at":"2027-01-15T15:00:00.000000"`},
			{deliveries, "", 200, `"delivery":"2027-01-15T15:00:00.000000"`},
			{one, "", 200, `"expired_at":"2027-01-15T16:00:00.000000"`},
		}},
		"ZonelessTimes America/New_York": {sandbox.Quirks{ZonelessTimes: true, TimeZone: "America/New_York"}, []row{
			{events, "", 200, `"created_at":"2027-01-15T03:00:00.000000"`},
		}},
		"FalseUTC": {sandbox.Quirks{FalseUTC: true}, []row{
			{deliveries, "", 200, `"delivery":"2027-01-15T15:00:00Z"`},
			{deliveries, "", 200, `"x-prosa-signature":"t=1800000000,`}, // the right time, as in the reference's example
			{events, "", 200, `"created_at":"2027-01-15T08:00:00Z"`},
		}},
		"FalseUTC Asia/Kolkata": {sandbox.Quirks{FalseUTC: true, ZonelessTimes: true, TimeZone: "Asia/Kolkata"}, []row{
			{deliveries, "", 200, `"delivery":"2027-01-15T13:30:00Z"`},
		}},
		"UpperCaseHeaders": {sandbox.Quirks{UpperCaseHeaders: true}, []row{
			{deliveries, "", 200, `"X-PROSA-EVENT":"stt.jobs.failed"`},
			{deliveries, "", 200, `"set-cookie"`},
		}},
		"HeaderLists": {sandbox.Quirks{HeaderLists: true}, []row{
			{deliveries, "", 200, `"x-prosa-event":["stt.jobs.failed"]`},
			{deliveries, "", 200, `"response_headers":{"set-cookie":["a","b"]}`},
		}},
		// printf '%s' '{"message":"ping"}' | openssl dgst -sha256 -hmac new
		"SHA256Signatures": {sandbox.Quirks{SHA256Signatures: true}, []row{
			{
				deliveries, "", 200,
				`"x-prosa-signature":"sha256=dfc987aded81b2476984a8e18d02358cd758c43dc5cc7d1bad24e4bc433492cb"`,
			},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, row := range test.rows {
				method, path, _ := strings.Cut(row.request, " ")
				r := serve(t, withOneOfEach(&sandbox.Server{Quirks: test.quirks})).do(method, path, row.body)
				equal(t, row.request+": status", r.status, row.status)
				if !strings.Contains(r.body, row.want) || row.want == "" && r.body != "" {
					t.Errorf("%s: the body is %s, want %s", row.request, r.body, row.want)
				}
			}
		})
	}
}

// Quirks that change what the API shows do not change what is stored.
func TestQuirks_storedEndpoint(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{
		UpdateAnswer: "no-content", DuplicateFilters: true, SecretsOrder: "newest-first", HideExpiry: true, IgnoreSSLVerification: true,
	}}
	c := serve(t, withOneOfEach(s))
	c.do("PUT", "/webhooks/endpoints/"+endpointID, `{"url":"https://example.com/other","event_filters":["a"],"ssl_verification":false}`)
	equal(t, "endpoints", s.Endpoints(), []sandbox.Endpoint{{
		ID: endpointID, URL: "https://example.com/other", EventFilters: []string{"a"}, SSLVerification: true,
		Secrets: []sandbox.Secret{{ID: oldKeyID, Key: "old", ExpiredAt: new(s.Now().Add(time.Hour))}, {ID: newKeyID, Key: "new"}},
	}})
}

func TestQuirks_deleteAnswerOther(t *testing.T) {
	t.Parallel()
	s := withOneOfEach(&sandbox.Server{Quirks: sandbox.Quirks{DeleteAnswer: "other"}})
	if id := serve(t, s).ok("DELETE", "/webhooks/endpoints/"+endpointID, "").object()["id"]; id == endpointID || id == nil {
		t.Errorf("the response has the id %v", id)
	}
	equal(t, "endpoints after the delete", len(s.Endpoints()), 0)
}

func TestQuirks_fastAPIErrorsForKeys(t *testing.T) {
	t.Parallel()
	c := serve(t, &sandbox.Server{APIKey: "a-key", ForbiddenKey: "forbidden", Quirks: sandbox.Quirks{FastAPIErrors: true}})
	for key, want := range map[string]string{"": "Not Authenticated", "wrong": "Not Authenticated", "forbidden": "Forbidden"} {
		c.key = key
		r := c.do("GET", "/webhooks/endpoints", "")
		equal(t, "status with the key "+key, r.status, 403)
		equal(t, "body with the key "+key, r.body, `{"detail":"`+want+`"}`)
	}
}

func TestQuirks_tagIsDeliveryID(t *testing.T) {
	t.Parallel()
	s := withOneOfEach(&sandbox.Server{Quirks: sandbox.Quirks{TagIsDeliveryID: true}})
	tag := serve(t, s).ok("POST", "/webhooks/endpoints/"+endpointID+"/test", "").object()["delivery_tag"]
	equal(t, "delivery", any(s.Deliveries(endpointID)[1].DeliveryID), tag)
}

func TestQuirks_listOrder(t *testing.T) {
	t.Parallel()
	var ids []any
	for digit := range strings.SplitSeq("12345678", "") {
		ids = append(ids, strings.Replace(missingID, "0", digit, 1))
	}
	reversed := slices.Clone(ids)
	slices.Reverse(reversed)
	// listings returns the ids of each listing of a new server, twice.
	listings := func(order string) (all [][]any) {
		s := &sandbox.Server{Quirks: sandbox.Quirks{ListOrder: order}}
		for _, id := range ids {
			id := id.(string)
			s.AddEndpoint(sandbox.Endpoint{ID: id, URL: hookURL})
			s.AddEvent(sandbox.Event{ID: id, Type: "x"})
			s.AddDelivery(sandbox.Delivery{DeliveryID: id, EventID: id, EndpointID: ids[0].(string)})
		}
		c := serve(t, s)
		for range 2 {
			all = append(all,
				column(c.ok("GET", "/webhooks/endpoints", "").list(), "id"),
				column(c.ok("GET", "/webhooks/events", "").list(), "id"),
				column(c.ok("GET", "/webhooks/endpoints/"+ids[0].(string)+"/deliveries", "").list(), "delivery_id"))
		}
		return all
	}
	equal(t, "documented order", listings(""), slices.Repeat([][]any{ids}, 6))
	equal(t, "reversed", listings("reverse"), slices.Repeat([][]any{reversed}, 6))
	shuffled := listings("shuffle")
	equal(t, "shuffled by another server", listings("shuffle"), shuffled)
	for i, listing := range shuffled {
		if slices.Equal(listing, ids) || i > 0 && slices.Equal(listing, shuffled[0]) {
			t.Errorf("listing %d is not shuffled: %v", i, listing)
		}
		slices.SortFunc(listing, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		equal(t, "shuffled, then sorted", listing, ids)
	}
}

func TestQuirks_rewriteURLs(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{Quirks: sandbox.Quirks{RewriteURLs: true}}
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
		e := s.AddEndpoint(sandbox.Endpoint{URL: url})
		equal(t, url, e.URL, want)
		equal(t, url+" again", s.AddEndpoint(sandbox.Endpoint{URL: want}).URL, want)
	}
}

func TestQuirks_ids(t *testing.T) {
	t.Parallel()
	for quirk, form := range map[string]string{"hex": `^[0-9a-f]{32}$`, "opaque": `^(ep|sk|ev|dl|tag):[0-9a-f]{8}/Kq\+%41[0-9a-f]{12}$`} {
		s := &sandbox.Server{Quirks: sandbox.Quirks{IDs: quirk}}
		c := serve(t, s)
		created := c.ok("POST", "/webhooks/endpoints", createBody).object()
		id := created["id"].(string)
		path := "/webhooks/endpoints/" + url.PathEscape(id)
		ticket := c.ok("POST", path+"/test", "").object()
		delivery := c.ok("GET", path+"/deliveries", "").list()[0]
		for name, generated := range map[string]any{
			"endpoint": id, "secret": created["secrets"].([]any)[0].(map[string]any)["id"], "tag": ticket["delivery_tag"],
			"delivery": delivery["delivery_id"], "event": delivery["event_id"],
		} {
			if !regexp.MustCompile(form).MatchString(generated.(string)) {
				t.Errorf("%s: the id of the %s is %v", quirk, name, generated)
			}
		}
		equal(t, quirk+" endpoint", c.ok("GET", path, "").object()["id"], any(id))
		event := url.PathEscape(delivery["event_id"].(string))
		equal(t, quirk+" event", c.ok("GET", "/webhooks/events/"+event, "").object()["id"], delivery["event_id"])
		c.ok("POST", "/webhooks/deliveries/"+url.PathEscape(delivery["delivery_id"].(string))+"/replay", "")

		// Any text is an id, and its case matters.
		c.do("GET", "/webhooks/endpoints/no-uuid", "").wantError(404, "webhook_endpoint_not_found", map[string]any{"endpoint_id": "no-uuid"})
		equal(t, quirk+" in upper case", c.do("GET", "/webhooks/endpoints/"+url.PathEscape(strings.ToUpper(id)), "").status, 404)
		mine := s.AddEndpoint(sandbox.Endpoint{ID: "ep_3kQ/ ?#", URL: hookURL, Secrets: []sandbox.Secret{{ID: "S"}}})
		s.AddDelivery(sandbox.Delivery{DeliveryID: "D", EventID: "E", EndpointID: mine.ID})
		found := c.ok("GET", "/webhooks/endpoints/ep_3kQ%2f%20%3F%23", "").object()
		equal(t, "secret", found["secrets"].([]any)[0].(map[string]any)["id"], any("S"))
		equal(t, "deliveries", column(c.ok("GET", "/webhooks/endpoints/ep_3kQ%2f%20%3F%23/deliveries", "").list(), "delivery_id"), []any{"D"})
		if quirk == "opaque" {
			unescaped, _ := url.PathUnescape(id)
			equal(t, "id with an unescaped slash", c.do("GET", "/webhooks/endpoints/"+strings.ReplaceAll(id, "%", "%25"), "").body, `{"detail":"Not Found"}`)
			equal(t, "id that was unescaped twice", c.do("GET", "/webhooks/endpoints/"+url.PathEscape(unescaped), "").status, 404)
		}
	}
}

func TestQuirks_trailingSlash(t *testing.T) {
	t.Parallel()
	for _, o := range everyOperation {
		s := &sandbox.Server{Quirks: sandbox.Quirks{TrailingSlash: true, IDs: "opaque"}}
		c := serve(t, s)
		c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		path := strings.Replace(o.path, missingID, "a%2Fb", 1)
		r := c.do(o.method, path+"?x=%2F", o.body)
		equal(t, path+" without a slash", r.status, 307)
		equal(t, path+" location", r.header.Get("location"), "/v2/speech"+path+"/?x=%2F")
		equal(t, path+" without a slash, carried out", s.Count(o.op), 0)

		want := serve(t, &sandbox.Server{Quirks: sandbox.Quirks{IDs: "opaque"}}).do(o.method, path, o.body)
		equal(t, path+" with a slash", c.do(o.method, path+"/", o.body).status, want.status)
		equal(t, path+" with two", c.do(o.method, path+"//", o.body).status, 404)
		equal(t, path+" carried out", s.Count(o.op), 1)
	}
	c := serve(t, &sandbox.Server{Quirks: sandbox.Quirks{TrailingSlash: true}})
	equal(t, "unknown path", c.do("GET", "/webhooks/nothing", "").status, 404)
	equal(t, "another method", c.do("PATCH", "/webhooks/endpoints/", "").status, 405)
}
