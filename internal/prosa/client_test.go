package prosa

import (
	"compress/gzip"
	"context"
	"net/http"
	"strings"
	"testing"
)

// operation is one of the twelve, as a caller makes it and as it must look on the wire.
type apiOperation struct {
	name   string
	run    func(context.Context, *Client) error
	method string
	target string
	body   string
	answer string
	list   bool
}

func operations() []apiOperation {
	const endpoints, one = "/v2/speech/webhooks/endpoints", "/v2/speech/webhooks/endpoints/" + idA
	const update = `{"url":"` + hookURL + `","event_filters":["a.b","c"],"ssl_verification":false}`
	return []apiOperation{
		{"list endpoints", func(ctx context.Context, c *Client) error { _, err := c.ListEndpoints(ctx); return err },
			"GET", endpoints, "", listJSON, true},
		{"create endpoint", func(ctx context.Context, c *Client) error {
			_, err := c.CreateEndpoint(ctx, hookParams, "")
			return err
		}, "POST", endpoints, `{"url":"` + hookURL + `","event_filters":[],"ssl_verification":true}`, detailJSON, false},
		{"get endpoint", func(ctx context.Context, c *Client) error { _, err := c.GetEndpoint(ctx, idA); return err },
			"GET", one, "", detailJSON, false},
		{"update endpoint", func(ctx context.Context, c *Client) error {
			_, err := c.UpdateEndpoint(ctx, idA, EndpointParams{URL: hookURL, EventFilters: []string{"a.b", "c"}})
			return err
		}, "PUT", one, update, detailJSON, false},
		{"delete endpoint", func(ctx context.Context, c *Client) error { return c.DeleteEndpoint(ctx, idA) },
			"DELETE", one, "", detailJSON, false},
		{"list deliveries", func(ctx context.Context, c *Client) error {
			_, err := c.ListDeliveries(ctx, DeliveryQuery{EndpointID: idA, Days: Days{"2026-01-02", "2026-01-03"}, IncludeBodies: true})
			return err
		}, "GET", one + "/deliveries?from_date=2025-12-31&to_date=2026-01-05", "", deliveriesJSON, true},
		{"rotate secret", func(ctx context.Context, c *Client) error {
			_, err := c.RotateSecret(ctx, idA, Period{Days: 3})
			return err
		}, "POST", one + "/secret", `{"rotation_period":{"days":3,"hours":0}}`, rotatedJSON, false},
		{"list events", func(ctx context.Context, c *Client) error {
			_, err := c.ListEvents(ctx, Days{From: "2026-01-02"})
			return err
		},
			"GET", "/v2/speech/webhooks/events?from_date=2025-12-31", "", "[" + eventJSON + "]", true},
		{"get event", func(ctx context.Context, c *Client) error { _, err := c.GetEvent(ctx, idA); return err },
			"GET", "/v2/speech/webhooks/events/" + idA, "", eventJSON, false},
		{"replay delivery", func(ctx context.Context, c *Client) error { _, err := c.ReplayDelivery(ctx, idC); return err },
			"POST", "/v2/speech/webhooks/deliveries/" + idC + "/replay", "", ticketJSON, false},
		{"replay failed deliveries", func(ctx context.Context, c *Client) error {
			_, err := c.ReplayFailedDeliveries(ctx, idA)
			return err
		}, "POST", one + "/replay-failed-deliveries", "", "[" + ticketJSON + "]", true},
		{"send test event", func(ctx context.Context, c *Client) error { _, err := c.SendTestEvent(ctx, idA); return err },
			"POST", one + "/test", "", ticketJSON, false},
	}
}

const (
	secretIDB   = "063c6474-fa0c-79b7-8000-760e63e5b4f8"
	keyB        = "b45837907f71e9eaf52848b54ca11135187e9e30e23f2ac001eabbc3321e9bee"
	rotatedJSON = `{"id":"` + idA + `","url":"` + hookURL + `","secrets":[{"id":"` + secretIDA + `","key":"` + keyA +
		`","expired_at":"2030-01-05T03:04:05Z"},{"id":"` + secretIDB + `","key":"` + keyB + `"}],"event_filters":[],"ssl_verification":true}`
	deliveriesJSON = `[{"delivery_id":"` + idC + `","event_id":"` + idB + `","endpoint_id":"` + idA + `","delivery":"2026-01-02T03:04:05Z",` +
		`"request_method":"POST","request_headers":{"x-prosa-event":"webhook.ping"},"request_body":{"a":1},"response_status":200,` +
		`"response_headers":{"server":"x"},"response_body":"ok","elapsed_time":0.5}]`
)

// preamble is what an operation asks before the request it is about.
func (o apiOperation) preamble() []string {
	switch o.name {
	case "create endpoint":
		return []string{"[]"}
	case "rotate secret":
		return []string{detailJSON}
	}
	return nil
}

// answersOf answers the requests before the operation's own in good order, and that one with own.
func (o apiOperation) answersOf(t *testing.T, own http.HandlerFunc) http.HandlerFunc {
	var answers []http.HandlerFunc
	for _, body := range o.preamble() {
		answers = append(answers, reply(200, body))
	}
	return script(t, append(answers, own)...)
}

func TestOperationsOnTheWire(t *testing.T) {
	t.Parallel()
	for _, o := range operations() {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			r, server := serve(t, o.answersOf(t, reply(200, o.answer)))
			c := connect(t, server.URL+"/v2/speech/", func(c *Config) {
				c.Headers = map[string]string{"X-Gateway": "let-me-through", "x-lower": "on"}
			})
			if err := o.run(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			calls := r.all()
			equal(t, "requests", len(calls), len(o.preamble())+1)
			for _, got := range calls[:len(calls)-1] {
				equal(t, "method of a question before a write", got.method, "GET")
			}
			got := calls[len(calls)-1]
			equal(t, "method", got.method, o.method)
			equal(t, "target", got.target, o.target)
			equal(t, "body", got.body, o.body)
			contentType := ""
			if o.body != "" {
				contentType = "application/json"
			}
			for name, want := range map[string]string{
				"X-Api-Key": testKey, "User-Agent": "test/1", "Accept": "application/json",
				"X-Gateway": "let-me-through", "X-Lower": "on", "Content-Type": contentType,
			} {
				equal(t, name, strings.Join(got.header.Values(name), "|"), want)
			}
		})
	}
}

func TestAnExtraHeaderBeatsWhatIsAcceptedByDefault(t *testing.T) {
	t.Parallel()
	r, server := serve(t, reply(200, "[]"))
	c := connect(t, server.URL, func(c *Config) { c.Headers = map[string]string{"accept": "application/vnd.gateway+json"} })
	if _, err := c.ListEndpoints(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "accept", r.all()[0].header.Values("Accept"), []string{"application/vnd.gateway+json"})
}

func TestACompressedResponseIsReadWhateverTheUserAccepts(t *testing.T) {
	t.Parallel()
	_, server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			reply(200, detailJSON)(w, r)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		_, _ = zip.Write([]byte(detailJSON))
		_ = zip.Close()
	})
	for _, accepted := range []string{"gzip", "br, gzip", "identity"} {
		c := connect(t, server.URL, func(c *Config) { c.Headers = map[string]string{"accept-encoding": accepted} })
		if err := send["GET"](t.Context(), c); err != nil {
			t.Errorf("%s: %v", accepted, err)
		}
	}
}

func TestPathElementsAreEscaped(t *testing.T) {
	t.Parallel()
	r, server := serve(t, reply(400, "no"))
	c := connect(t, server.URL)
	const odd = "../a/b?c=d#e f%2F"
	const escaped = "..%2Fa%2Fb%3Fc=d%23e%20f%252F"
	_, _ = c.GetEndpoint(t.Context(), odd)
	_, _ = c.GetEvent(t.Context(), odd)
	_, _ = c.ReplayDelivery(t.Context(), odd)
	_, _ = c.ListDeliveries(t.Context(), DeliveryQuery{EndpointID: odd, Days: Days{From: "2026-03-01"}})
	var targets []string
	for _, got := range r.all() {
		targets = append(targets, got.target)
	}
	equal(t, "targets", targets, []string{
		"/webhooks/endpoints/" + escaped, "/webhooks/events/" + escaped, "/webhooks/deliveries/" + escaped + "/replay",
		"/webhooks/endpoints/" + escaped + "/deliveries?from_date=2026-02-27",
	})
}

func TestCreateSendsTheSigningKeyOnlyIfThereIsOne(t *testing.T) {
	t.Parallel()
	r, server := serve(t, script(t, reply(200, "[]"), reply(201, detailJSON)))
	created, err := connect(t, server.URL).CreateEndpoint(t.Context(), EndpointParams{URL: hookURL, EventFilters: []string{"x"}}, keyA)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "body", r.all()[1].body, `{"url":"`+hookURL+`","event_filters":["x"],"ssl_verification":false,"secret_key":"`+keyA+`"}`)
	equal(t, "keys", created.Secrets, []Secret{{ID: secretIDA, Key: keyA}})
}

func TestAnyAnswerOf2xxIsADelete(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"the endpoint": reply(200, detailJSON), "empty": reply(200, ""), "204": reply(204, ""), "null": reply(200, "null"), "202": reply(202, "OK"),
		"a page": reply(200, "<html>welcome</html>"), "another endpoint": reply(200, `{"id":"`+idB+`"}`), "two values": reply(200, "{} {}"),
		"cut off": cutOff(detailJSON, 40), "long": reply(200, strings.Repeat("x", 2*maxErrorBody)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, server := serve(t, script(t, answer))
			if err := connect(t, server.URL).DeleteEndpoint(t.Context(), idA); err != nil {
				t.Error(err)
			}
			equal(t, "requests", r.count(""), 1)
		})
	}
}

func TestAnUpdateWithoutTheEndpointInItsResponseIsReadBack(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"empty": reply(200, " \n"), "204": reply(204, ""), "null": reply(200, "null"), "a message": reply(200, `{"message":"updated"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, server := serve(t, script(t, answer, reply(200, detailJSON)))
			e, err := connect(t, server.URL).UpdateEndpoint(t.Context(), idA, hookParams)
			equal(t, "id, keys, error", []any{e.ID, len(e.Secrets), err}, []any{idA, 1, nil})
			equal(t, "requests", []int{r.count("PUT"), r.count("GET")}, []int{1, 1})
		})
	}
	_, server := serve(t, script(t, reply(204, ""), reply(404, `{"status":"webhook_endpoint_not_found","message":"x"}`)))
	_, err := connect(t, server.URL).UpdateEndpoint(t.Context(), idA, hookParams)
	equal(t, "deleted by then", IsEndpointGone(err), true)
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]Config{
		"no base":          {APIKey: testKey},
		"base in clear":    {BaseURL: "http://example.com", APIKey: testKey},
		"no key":           {BaseURL: DefaultBaseURL},
		"key of two lines": {BaseURL: DefaultBaseURL, APIKey: "hunter2\nx-evil: 1"},
	} {
		c, err := New(config)
		if err == nil || c != nil {
			t.Errorf("%s: no error", name)
			continue
		}
		mustNotContain(t, err.Error(), "hunter2", "evil")
	}
	c, err := New(Config{BaseURL: DefaultBaseURL + "//", APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "base", c.BaseURL(), DefaultBaseURL)
	equal(t, "time-out", c.RequestTimeout(), DefaultRequestTimeout)
}

func TestTheUserAgentHoldsNoSecret(t *testing.T) {
	t.Parallel()
	r, server := serve(t, reply(200, "[]"))
	c := connect(t, server.URL, func(c *Config) { c.UserAgent = "test/1 (" + testKey + ")" })
	if _, err := c.ListEndpoints(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "user agent", r.all()[0].header.Get("User-Agent"), "test/1 ((redacted))")
}
