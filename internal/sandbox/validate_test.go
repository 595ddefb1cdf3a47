package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// everyOperation has a valid request of each operation, for an endpoint, event or delivery that does not exist.
var everyOperation = []struct {
	op                 sandbox.Operation
	method, path, body string
	missing            string // the kind of object that is not found
}{
	{sandbox.OpListEndpoints, "GET", "/webhooks/endpoints", "", ""},
	{sandbox.OpCreateEndpoint, "POST", "/webhooks/endpoints", `{"url":"https://example.com/hook"}`, ""},
	{sandbox.OpGetEndpoint, "GET", "/webhooks/endpoints/" + missingID, "", "endpoint"},
	{sandbox.OpUpdateEndpoint, "PUT", "/webhooks/endpoints/" + missingID, `{"url":"https://example.com/hook","ssl_verification":true}`, "endpoint"},
	{sandbox.OpDeleteEndpoint, "DELETE", "/webhooks/endpoints/" + missingID, "", "endpoint"},
	{sandbox.OpListDeliveries, "GET", "/webhooks/endpoints/" + missingID + "/deliveries", "", "endpoint"},
	{sandbox.OpRotateSecret, "POST", "/webhooks/endpoints/" + missingID + "/secret", `{"rotation_period":{}}`, "endpoint"},
	{sandbox.OpSendTestEvent, "POST", "/webhooks/endpoints/" + missingID + "/test", "", "endpoint"},
	{sandbox.OpReplayFailedDeliveries, "POST", "/webhooks/endpoints/" + missingID + "/replay-failed-deliveries", "", "endpoint"},
	{sandbox.OpListEvents, "GET", "/webhooks/events", "", ""},
	{sandbox.OpGetEvent, "GET", "/webhooks/events/" + missingID, "", "event"},
	{sandbox.OpReplayDelivery, "POST", "/webhooks/deliveries/" + missingID + "/replay", "", "delivery"},
}

func TestOperations(t *testing.T) {
	t.Parallel()
	equal(t, "operations", len(sandbox.Operations()), len(everyOperation))
	for _, o := range everyOperation {
		t.Run(string(o.op), func(t *testing.T) {
			t.Parallel()
			s := &sandbox.Server{APIKey: "right", ForbiddenKey: "forbidden"}
			c := serve(t, s)
			invalidID := strings.Replace(o.path, missingID, "no-uuid", 1)

			for _, c.key = range []string{"", "wrong", "Right"} {
				c.do(o.method, invalidID+"?no=parameter", o.body).wantError(401, "auth_unauthorized", nil)
			}
			c.key = "forbidden"
			c.do(o.method, o.path, o.body).wantError(403, "forbidden", nil)
			equal(t, "endpoints", len(s.Endpoints()), 0)

			c.key = "right"
			if o.missing == "" {
				c.ok(o.method, o.path, o.body)
			} else {
				c.do(o.method, o.path, o.body).wantError(404, "webhook_"+o.missing+"_not_found", map[string]any{o.missing + "_id": missingID})
				c.do(o.method, invalidID, o.body).wantInvalid("path." + o.missing + "_id uuid")
			}
			c.do(o.method, o.path+"?page=1", o.body).wantInvalid("query.page extra")
			if o.body == "" {
				c.do(o.method, o.path, "{}").wantInvalid("body extra")
			}
			equal(t, "with a trailing slash", c.do(o.method, o.path+"/", o.body).body, `{"detail":"Not Found"}`)
			equal(t, "HEAD", c.do("HEAD", o.path, "").status, 405)
			r := c.do("PATCH", o.path, "")
			equal(t, "PATCH", r.status, 405)
			equal(t, "body for PATCH", r.body, `{"detail":"Method Not Allowed"}`)
			if allow := r.header.Get("allow"); !strings.Contains(allow, o.method) {
				t.Errorf("allow %q", allow)
			}
			equal(t, "unknown requests in the log", s.Count(sandbox.OpUnknown), 3)
			equal(t, "requests in the log", s.Count(o.op), len(s.RequestLog())-3)
		})
	}
}

// wantInvalid compares the violations of a 422, each as "location status".
func (r reply) wantInvalid(want ...string) {
	r.t.Helper()
	equal(r.t, "status", r.status, 422)
	failure := decode[struct {
		Status  string
		Context []struct {
			Location []any
			Status   string
		}
	}](r.t, r.body)
	equal(r.t, "error status", failure.Status, "request_validation_error")
	var found []string
	for _, v := range failure.Context {
		location := strings.Trim(fmt.Sprint(v.Location), "[]")
		found = append(found, strings.ReplaceAll(location, " ", ".")+" "+strings.TrimPrefix(v.Status, "value_error."))
	}
	equal(r.t, "violations", found, want)
}

func TestValidationErrorBody(t *testing.T) {
	t.Parallel()
	r := serve(t, &sandbox.Server{}).do("POST", "/webhooks/endpoints", `{"url":"`+hookURL+`","event_filters":[""]}`)
	equal(t, "body", r.body, `{"status":"request_validation_error","message":"Invalid values in the request: 1.",`+
		`"context":[{"location":["body","event_filters",0],"message":"must not be blank","status":"value_error.blank"}]}`)
}

func TestInvalidRequests(t *testing.T) {
	t.Parallel()
	const endpoints, one = "/webhooks/endpoints", "/webhooks/endpoints/" + endpointID
	const put = `"url":"https://example.com/hook","ssl_verification":true`
	for _, test := range []struct {
		name, method, path, body string
		want                     []string
	}{
		{"invalid JSON", "POST", endpoints, `{"url":`, []string{"body json"}},
		{"text after JSON", "POST", endpoints, `{"url":"https://example.com"} {}`, []string{"body json"}},
		{"a list", "POST", endpoints, `[]`, []string{"body object"}},
		{"null", "POST", endpoints, `null`, []string{"body object"}},
		{"empty object", "POST", endpoints, `{}`, []string{"body.url missing"}},
		{"no body, no content type", "POST", endpoints, ``, []string{"header.content-type content_type"}},
		{"unknown field", "POST", endpoints, `{"url":"https://example.com","secret":"s","id":"x"}`, []string{"body.id extra", "body.secret extra"}},
		{"field in another case", "POST", endpoints, `{"URL":"https://example.com"}`, []string{"body.url missing", "body.URL extra"}},
		{"several fields", "POST", endpoints, `{"url":1,"event_filters":"a","ssl_verification":"true","secret_key":5}`,
			[]string{"body.url string", "body.event_filters list", "body.ssl_verification boolean", "body.secret_key string"}},
		{"url null", "POST", endpoints, `{"url":null}`, []string{"body.url string"}},
		{"filters null", "POST", endpoints, `{"url":"https://example.com","event_filters":null}`, []string{"body.event_filters list"}},
		{"items of filters", "POST", endpoints, `{"url":"https://example.com","event_filters":["a",1,"",null," "]}`,
			[]string{"body.event_filters.1 string", "body.event_filters.2 blank", "body.event_filters.3 string", "body.event_filters.4 blank"}},
		{"too large", "POST", endpoints, `{"url":"https://example.com/` + strings.Repeat("x", 1<<20) + `"}`, []string{"body too_large"}},

		{"update with an empty object", "PUT", one, `{}`, []string{"body.url missing", "body.ssl_verification missing"}},
		{"update with a null", "PUT", one, `{"url":"https://example.com","ssl_verification":null}`, []string{"body.ssl_verification boolean"}},
		{"update with a key", "PUT", one, `{` + put + `,"secret_key":"k"}`, []string{"body.secret_key extra"}},
		{"update with an invalid id", "PUT", endpoints + "/1", `{"url":"x","ssl_verification":true}`, []string{"path.endpoint_id uuid", "body.url url"}},
		{"id without hyphens", "GET", endpoints + "/" + strings.ReplaceAll(endpointID, "-", ""), "", []string{"path.endpoint_id uuid"}},
		{"id with misplaced hyphens", "GET", endpoints + "/497f6eca6-276-4993-bfeb-53cbbbba6f08", "", []string{"path.endpoint_id uuid"}},
		{"id with another letter", "GET", endpoints + "/g97f6eca-6276-4993-bfeb-53cbbbba6f08", "", []string{"path.endpoint_id uuid"}},
		{"id with an escaped slash", "GET", endpoints + "/a%2Ftest", "", []string{"path.endpoint_id uuid"}},

		{"rotation without a period", "POST", one + "/secret", `{}`, []string{"body.rotation_period missing"}},
		{"rotation with a null", "POST", one + "/secret", `{"rotation_period":null}`, []string{"body.rotation_period object"}},
		{"rotation without rotation_period", "POST", one + "/secret", `{"days":1}`, []string{"body.rotation_period missing", "body.days extra"}},
		{"negative rotation", "POST", one + "/secret", `{"rotation_period":{"days":-1,"hours":-2}}`,
			[]string{"body.rotation_period.days negative", "body.rotation_period.hours negative"}},
		{"rotation in minutes", "POST", one + "/secret", `{"rotation_period":{"minutes":5}}`, []string{"body.rotation_period.minutes extra"}},
		{"rotation that is not an integer", "POST", one + "/secret", `{"rotation_period":{"days":0.5,"hours":"3"}}`,
			[]string{"body.rotation_period.days integer", "body.rotation_period.hours integer"}},
		{"rotation too long", "POST", one + "/secret", `{"rotation_period":{"days":99999999999999999999,"hours":9000000000}}`,
			[]string{"body.rotation_period.days too_large", "body.rotation_period.hours too_large"}},

		{"invalid day", "GET", "/webhooks/events?from_date=2023-02-29", "", []string{"query.from_date date"}},
		{"date with a time", "GET", "/webhooks/events?to_date=2023-02-28T00:00:00Z", "", []string{"query.to_date date"}},
		{"short date", "GET", "/webhooks/events?to_date=2023-2-8", "", []string{"query.to_date date"}},
		{"empty date", "GET", "/webhooks/events?from_date=", "", []string{"query.from_date date"}},
		{"year 0", "GET", "/webhooks/events?from_date=0000-01-01", "", []string{"query.from_date date"}},
		{"repeated parameter", "GET", "/webhooks/events?from_date=2023-01-01&from_date=2023-01-02", "", []string{"query.from_date repeated"}},
		{"from_date after to_date", "GET", "/webhooks/events?from_date=2023-01-02&to_date=2023-01-01", "", []string{"query.from_date date_range"}},
		{"several parameters", "GET", one + "/deliveries?from_date=x&limit=1&to_date=y", "",
			[]string{"query.from_date date", "query.limit extra", "query.to_date date"}},
		{"dates for another operation", "GET", endpoints + "?from_date=2023-01-01", "", []string{"query.from_date extra"}},
		{"invalid query", "GET", endpoints + "?a=%zz", "", []string{"query query"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := &sandbox.Server{}
			before := s.AddEndpoint(sandbox.Endpoint{ID: endpointID, URL: hookURL})
			serve(t, s).do(test.method, test.path, test.body).wantInvalid(test.want...)
			equal(t, "endpoints afterwards", s.Endpoints(), []sandbox.Endpoint{before})
		})
	}
}

func TestCallbackURLs(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://example.com/hook":              "https://example.com/hook",
		"https://example.com":                   "https://example.com/",
		"https://example.com?a=B":               "https://example.com/?a=B",
		"https://example.com/?a=1&b=<>":         "https://example.com/?a=1&b=<>",
		"https://example.com#F":                 "https://example.com/#F",
		"HTTPS://Example.COM:443/Hook":          "https://example.com/Hook",
		"http://example.com:80/":                "http://example.com/",
		"http://example.com:443/":               "http://example.com:443/",
		"https://example.com:8443":              "https://example.com:8443/",
		"https://example.com:/x":                "https://example.com/x",
		"https://[2001:DB8::1]:443/x":           "https://[2001:db8::1]/x",
		"https://User:Pass@Example.com/a%2Fb?q": "https://User:Pass@example.com/a%2Fb?q",
		"https://example.com/a/../b//c":         "https://example.com/a/../b//c",
	} {
		body := fmt.Sprintf(`{"url":%q}`, url)
		if r := serve(t, &sandbox.Server{}).ok("POST", "/webhooks/endpoints", body); !strings.Contains(r.body, `"url":"`+want+`"`) {
			t.Errorf("%s: %s", url, r.body)
		}
	}
	for _, url := range []string{
		"", "example.com", "/hook", "//example.com/hook", "ftp://example.com", "https://", "https:///hook", "https://:443/", "https:example.com",
		"mailto:a@example.com", "https://exa mple.com", "https://example.com/a b", "https://example.com:0/", "https://example.com:65536/",
		"https://example.com:http/", "https://exam\\u0000ple.com", " https://example.com", "https://[::1",
	} {
		serve(t, &sandbox.Server{}).do("POST", "/webhooks/endpoints", `{"url":"`+url+`"}`).wantInvalid("body.url url")
	}
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	c := serve(t, s)
	for media, ok := range map[string]bool{
		"application/json": true, "Application/JSON; charset=UTF-8": true,
		"": false, "text/plain": false, "application/json; charset=latin1": false, "application/x-www-form-urlencoded": false, "json": false, ";": false,
	} {
		r := c.request("POST", "/webhooks/endpoints", createBody)
		r.Header.Set("content-type", media)
		if got := c.send(r); ok {
			equal(t, media, got.status, 200)
		} else {
			got.wantInvalid("header.content-type content_type")
		}
	}
	equal(t, "endpoints", len(s.Endpoints()), 2)

	r := c.request("POST", "/webhooks/endpoints", "")
	r.Header.Set("content-type", "application/json")
	c.send(r).wantInvalid("body missing")
}

func TestTruncatedBody(t *testing.T) {
	t.Parallel()
	s := &sandbox.Server{}
	w := httptest.NewRecorder()
	body := io.MultiReader(strings.NewReader(createBody), iotest.ErrReader(io.ErrUnexpectedEOF))
	r := httptest.NewRequest("POST", "/v2/speech/webhooks/endpoints", body)
	r.Header.Set("x-api-key", "a-key")
	s.ServeHTTP(w, r)
	reply{t, w.Code, w.Header(), w.Body.String()}.wantInvalid("body unreadable")
	equal(t, "endpoints", len(s.Endpoints()), 0)
}

// Outside the API's paths, a sandbox answers like a gateway: not in the API's error form, and without checking the key.
func TestBasePath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		base, path string
		found      bool
	}{
		{"", "/v2/speech/webhooks/endpoints", true},
		{"", "/webhooks/endpoints", false},
		{"", "/v2/speech/v2/speech/webhooks/endpoints", false},
		{"", "/v2/speech//webhooks/endpoints", false},
		{"", "/v2/speech/webhooks", false},
		{"", "/v2/speech/webhooks/endpoints//test", false},
		{"", "/v2/speech/./webhooks/endpoints", false},
		{"", "/v2/speech/webhooks/events/../endpoints", false},
		{"", "/v2/speechless/webhooks/endpoints", false},
		{"", "/", false},
		{"/staging/", "/staging/webhooks/endpoints", true},
		{"/staging", "/v2/speech/webhooks/endpoints", false},
		{"/", "/webhooks/endpoints", true},
	} {
		t.Run(test.base+" "+test.path, func(t *testing.T) {
			t.Parallel()
			s := &sandbox.Server{BasePath: test.base}
			c := serve(t, s)
			c.url = strings.TrimSuffix(c.url, "/v2/speech")
			if test.found {
				c.ok("GET", test.path, "")
				equal(t, "path in the request log", s.RequestLog()[0].Path, "/webhooks/endpoints")
				return
			}
			c.key = ""
			r := c.do("GET", test.path, "")
			equal(t, "status", r.status, http.StatusNotFound)
			equal(t, "body", r.body, `{"detail":"Not Found"}`)
			equal(t, "operation", s.RequestLog()[0].Operation, sandbox.OpUnknown)
		})
	}
}

// A typo in a setting must not select the default.
func TestMisconfiguration(t *testing.T) {
	t.Parallel()
	for part, s := range map[string]*sandbox.Server{
		"BasePath":     {BasePath: "v2"},
		"UpdateAnswer": {Quirks: sandbox.Quirks{UpdateAnswer: "none"}},
		"NotFound":     {Quirks: sandbox.Quirks{NotFound: "none"}},
		"IDs":          {Quirks: sandbox.Quirks{IDs: "uuid"}},
		"ToDate":       {Quirks: sandbox.Quirks{ToDate: "included"}},
		"Lacks":        {Quirks: sandbox.Quirks{Lacks: []sandbox.Operation{"unknown"}}},
		"TimeZone":     {Quirks: sandbox.Quirks{TimeZone: "Jakarta"}},
		"DateZone":     {Quirks: sandbox.Quirks{DateZone: "Local"}},
		"KeepURL":      {Quirks: sandbox.Quirks{KeepURL: true, RewriteURLs: true}},
		"CreateStatus": {Quirks: sandbox.Quirks{CreateStatus: 404}},
		"DeleteAnswer": {Quirks: sandbox.Quirks{DeleteAnswer: "none"}},
		"ListOrder":    {Quirks: sandbox.Quirks{ListOrder: "random"}},
		"SecretsOrder": {Quirks: sandbox.Quirks{SecretsOrder: "newest"}},
		"EmptyFilters": {Quirks: sandbox.Quirks{EmptyFilters: "[]"}},
		"OtherKeys":    {OtherKeys: []string{"two"}},
	} {
		r := serve(t, s).do("GET", "/webhooks/endpoints", "")
		r.wantError(500, "sandbox_misconfigured", nil)
		if !strings.Contains(r.body, part) {
			t.Errorf("%s is not named: %s", part, r.body)
		}
	}
}
