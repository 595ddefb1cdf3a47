package prosa

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// apiOperation is one of the twelve operations: its call, the expected request, the response from the API's reference
// page, and the expected result.
type apiOperation struct {
	name     string
	call     func(context.Context, *Client) (any, error)
	baseline string // the response to the GET before a create or a rotation
	method   string
	target   string
	body     string
	response string
	want     any
}

func (o apiOperation) isList() bool { return strings.HasPrefix(o.response, "[") }

// handler responds to o with response, and to the GET before it with the baseline.
func (o apiOperation) handler(response http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if o.baseline != "" && r.Method == http.MethodGet {
			reply(200, o.baseline)(w, r)
			return
		}
		response.ServeHTTP(w, r)
	}
}

// contract returns a body from the API's reference page.
func contract(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "sandbox", "testdata", "contract", name))
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, content); err != nil {
		t.Fatal(err)
	}
	return compact.String()
}

// between returns the text between before and after.
func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, foundBefore := strings.Cut(text, before)
	part, _, foundAfter := strings.Cut(rest, after)
	if !foundBefore || !foundAfter {
		t.Fatalf("%s does not contain %s and %s", text, before, after)
	}
	return part
}

var contractEndpoint = Endpoint{
	ID: idA, URL: hookURL, EventFilters: []string{}, SSLVerification: true, Secrets: []Secret{{ID: secretIDA, Key: keyA}},
}

func operations(t *testing.T) []apiOperation {
	t.Helper()
	const webhooks, one = "/v2/speech/webhooks", endpointsPath + "/" + idA
	// The reference page leaves event_filters out of its examples, and the API requires it.
	params := func(name string) string {
		return strings.Replace(contract(t, name), `,"ssl_verification"`, `,"event_filters":[],"ssl_verification"`, 1)
	}
	endpoint, event, delivered := contract(t, "endpoint.json"), contract(t, "event.json"), contract(t, "deliveries.json")
	ticket := Ticket{DeliveryTag: "063c5237-b0ae-7d93-8000-6817f091458c", EndpointID: idA, URL: hookURL}
	deliveredAt := Time{time.Date(2023, 1, 17, 7, 26, 22, 0, time.UTC)} // the example is Jakarta time, but marked as UTC
	delivery := Delivery{
		ID: "9892f438-d31c-4ff2-bc84-146525b292ff", EventID: "a7a26ff2-e851-45b6-9634-d595f45458b7",
		EndpointID: "e9ce0d4f-d433-423d-9497-4c000544106c", EventType: "stt.jobs.completed", DeliveredAt: deliveredAt, RequestMethod: "string",
		RequestHeaders: map[string]string{
			"host": "127.0.0.1:10010", "accept": "*/*", "connection": "keep-alive", "user-agent": "prosa-speech-api",
			"content-type":  "application/json",
			"x-prosa-event": "stt.jobs.completed", "content-length": "3000", "accept-encoding": "gzip, deflate, br",
			"x-prosa-signature":  "t=1673940396,v1=0a7600b08eb590f9f41445f30dfe76c04cf20119918b6d14c2beb16b826142eb",
			"x-prosa-event-uuid": "a7a26ff2-e851-45b6-9634-d595f45458b7",
		},
		RequestBody:     json.RawMessage(between(t, delivered, `"request_body":`, `,"response_status"`)),
		ResponseStatus:  new(int64(200)),
		ResponseHeaders: map[string]string{"date": "Tue, 17 Jan 2023 14:26:23 GMT", "server": "uvicorn", "content-length": "0"},
		ResponseBody:    new(""), ElapsedTime: new(0.32921),
	}
	return []apiOperation{
		{
			name: "list endpoints", call: func(ctx context.Context, c *Client) (any, error) { return c.ListEndpoints(ctx) },
			method: "GET", target: endpointsPath, response: contract(t, "endpoints.json"),
			want: []Endpoint{{ID: idA, URL: hookURL, EventFilters: []string{}, SSLVerification: true}},
		}, {
			name: "create endpoint", call: func(ctx context.Context, c *Client) (any, error) { return c.CreateEndpoint(ctx, hookParams, "") },
			baseline: "[]", method: "POST", target: endpointsPath, body: params("create_endpoint_request.json"),
			response: endpoint, want: contractEndpoint,
		}, {
			name: "get endpoint", call: func(ctx context.Context, c *Client) (any, error) { return c.GetEndpoint(ctx, idA) },
			method: "GET", target: one, response: endpoint, want: contractEndpoint,
		}, {
			name: "update endpoint", call: func(ctx context.Context, c *Client) (any, error) {
				return c.UpdateEndpoint(ctx, idA, EndpointParams{URL: hookURL})
			},
			method: "PUT", target: one, body: params("update_endpoint_request.json"), response: endpoint, want: contractEndpoint,
		}, {
			name: "delete endpoint", call: func(ctx context.Context, c *Client) (any, error) { return nil, c.DeleteEndpoint(ctx, idA) },
			method: "DELETE", target: one, response: endpoint,
		}, {
			name: "rotate secret", call: func(ctx context.Context, c *Client) (any, error) { return c.RotateSecret(ctx, idA, threeDays) },
			baseline: `{"id":"` + idA + `","url":"https://a.test","ssl_verification":true,"secrets":[]}`,
			method:   "POST", target: one + "/secret", body: contract(t, "rotate_request.json"), response: endpoint,
			want: Rotation{Secret: contractEndpoint.Secrets[0], At: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), Active: contractEndpoint.Secrets},
		}, {
			name: "list deliveries", call: func(ctx context.Context, c *Client) (any, error) {
				return c.ListDeliveries(ctx, DeliveryQuery{EndpointID: idA, Days: Days{"2023-01-02", "2023-01-31"}, IncludeBodies: true})
			},
			method: "GET", target: one + "/deliveries?from_date=2022-12-31&to_date=2023-02-02", response: delivered,
			want: DeliveryReport{Deliveries: []Delivery{delivery}, TotalCount: 1, LastSuccessAt: &deliveredAt},
		}, {
			name: "list events", call: func(ctx context.Context, c *Client) (any, error) { return c.ListEvents(ctx, Days{From: "2019-01-02"}) },
			method: "GET", target: webhooks + "/events?from_date=2018-12-31", response: contract(t, "events.json"),
			want: []Event{{ID: idA, Type: "stt.jobs.completed", CreatedAt: Time{time.Date(2019, 8, 24, 14, 15, 22, 0, time.UTC)}}},
		}, {
			name: "get event", call: func(ctx context.Context, c *Client) (any, error) { return c.GetEvent(ctx, idA) },
			method: "GET", target: webhooks + "/events/" + idA, response: event,
			want: Event{
				ID: idA, Type: "stt.jobs.completed", CreatedAt: Time{time.Date(2023, 1, 17, 7, 26, 27, 329321000, time.UTC)}, // the example is Jakarta time
				Data: json.RawMessage(between(t, event, `"data":`, `,"created_at":"2023-01-17T14:26:27.329321"`)),
			},
		}, {
			name: "replay delivery", call: func(ctx context.Context, c *Client) (any, error) { return c.ReplayDelivery(ctx, idC) },
			method: "POST", target: webhooks + "/deliveries/" + idC + "/replay", response: contract(t, "ticket.json"), want: ticket,
		}, {
			name: "replay failed deliveries", call: func(ctx context.Context, c *Client) (any, error) { return c.ReplayFailedDeliveries(ctx, idA) },
			method: "POST", target: one + "/replay-failed-deliveries", response: contract(t, "tickets.json"), want: []Ticket{ticket},
		}, {
			name: "send test event", call: func(ctx context.Context, c *Client) (any, error) { return c.SendTestEvent(ctx, idA) },
			method: "POST", target: one + "/test", response: contract(t, "ticket.json"), want: ticket,
		},
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			c, log := newClient(t, o.handler(reply(200, o.response)), func(c *Config) {
				c.Now = func() time.Time { return time.Date(2030, 1, 2, 3, 4, 5, 6, time.UTC) }
				c.Headers = map[string]string{"X-Gateway": "let-me-through", "x-lower": "on", "accept": "application/vnd.gateway+json"}
			})
			got, err := o.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, o.want) {
				t.Errorf("got %+v, want %+v", got, o.want)
			}
			requests := log.all()
			equal(t, "requests", len(requests), 1+min(1, len(o.baseline)))
			request := requests[len(requests)-1]
			equal(t, "method", request.method, o.method)
			equal(t, "target", request.target, o.target)
			equal(t, "body", request.body, o.body)
			contentType := ""
			if o.body != "" {
				contentType = "application/json"
			}
			for name, want := range map[string]string{
				"X-Api-Key": testKey, "User-Agent": "test/1", "Accept": "application/vnd.gateway+json",
				"X-Gateway": "let-me-through", "X-Lower": "on", "Content-Type": contentType,
			} {
				equal(t, name, strings.Join(request.header.Values(name), "|"), want)
			}
		})
	}
}

func TestCompressedResponseIsReadWithAnyAcceptEncodingHeader(t *testing.T) {
	t.Parallel()
	for _, accepted := range []string{"gzip", "br, gzip", "identity"} {
		c, _ := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			equal(t, "Accept", r.Header.Get("Accept"), "application/json")
			equal(t, "Accept-Encoding", r.Header.Get("Accept-Encoding"), "gzip")
			w.Header().Set("Content-Encoding", "gzip")
			zip := gzip.NewWriter(w)
			_, _ = zip.Write([]byte(detailJSON))
			_ = zip.Close()
		}), func(c *Config) { c.Headers = map[string]string{"accept-encoding": accepted} })
		if err := send["GET"](t.Context(), c); err != nil {
			t.Errorf("%s: %v", accepted, err)
		}
	}
}

func TestIDsAreEscapedInPaths(t *testing.T) {
	t.Parallel()
	const id, escaped = "../a/b?c=d#e f%2F:é", "..%2Fa%2Fb%3Fc=d%23e%20f%252F:%C3%A9"
	c, log := newClient(t, reply(400, "no"))
	_, _ = c.GetEndpoint(t.Context(), id)
	_, _ = c.GetEndpoint(t.Context(), "..")
	_, _ = c.GetEvent(t.Context(), id)
	_, _ = c.ReplayDelivery(t.Context(), id)
	_, _ = c.ListDeliveries(t.Context(), DeliveryQuery{EndpointID: id, Days: Days{From: "2026-03-01"}})
	var targets []string
	for _, request := range log.all() {
		targets = append(targets, strings.TrimPrefix(request.target, "/v2/speech/webhooks/"))
	}
	equal(t, "targets", targets, []string{
		"endpoints/" + escaped, "endpoints/%2E%2E", "events/" + escaped, "deliveries/" + escaped + "/replay",
		"endpoints/" + escaped + "/deliveries?from_date=2026-02-27",
	})
}

func TestCreateSendsTheSecretKey(t *testing.T) {
	t.Parallel()
	c, log := newClient(t, inTurn(t, reply(200, "[]"), reply(201, detailJSON)))
	created := mustCreate(t, c, EndpointParams{URL: hookURL, EventFilters: []string{"x"}}, keyA)
	equal(t, "body", log.all()[1].body, `{"url":"`+hookURL+`","event_filters":["x"],"ssl_verification":false,"secret_key":"`+keyA+`"}`)
	equal(t, "secrets", created.Secrets, []Secret{{ID: secretIDA, Key: keyA}})
}

func TestDeleteSucceedsWithAny2xx(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]http.HandlerFunc{
		"endpoint": reply(200, detailJSON), "empty": reply(200, ""), "204": reply(204, ""), "null": reply(200, "null"), "202": reply(202, "OK"),
		"HTML": reply(200, "<html>welcome</html>"), "two values": reply(200, "{} {}"), "cut off": cutOff(200, detailJSON, 40),
		"long": reply(200, strings.Repeat("x", 2*maxErrorBody)),
	} {
		c, _ := newClient(t, inTurn(t, response))
		if err := c.DeleteEndpoint(t.Context(), idA); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUpdateReadsTheEndpointIfTheResponseLacksIt(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]http.HandlerFunc{
		"empty": reply(200, " \n"), "204": reply(204, ""), "null": reply(200, "null"), "message": reply(200, `{"message":"updated"}`),
	} {
		c, log := newClient(t, inTurn(t, response, reply(200, detailJSON)))
		e, err := c.UpdateEndpoint(t.Context(), idA, hookParams)
		equal(t, name+": id, secrets, error", []any{e.ID, len(e.Secrets), err}, []any{idA, 1, nil})
		equal(t, name+": requests", []int{log.count("PUT"), log.count("GET")}, []int{1, 1})
	}
	c, _ := newClient(t, inTurn(t, reply(204, ""), reply(404, deletedMessage)))
	_, err := c.UpdateEndpoint(t.Context(), idA, hookParams)
	equal(t, "deleted meanwhile", IsEndpointDeleted(err), true)
}

func TestNew(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]Config{
		"no base URL":          {APIKey: testKey},
		"unencrypted base URL": {BaseURL: "http://example.com", APIKey: testKey},
		"no key":               {BaseURL: DefaultBaseURL},
		"key of two lines":     {BaseURL: DefaultBaseURL, APIKey: "hunter2\nx-evil: 1"},
		"reserved header":      {BaseURL: DefaultBaseURL, APIKey: testKey, Headers: map[string]string{"Host": "hunter2"}},
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
	equal(t, "base URL", c.BaseURL(), DefaultBaseURL)
	equal(t, "timeout", c.RequestTimeout(), 30*time.Second)
	equal(t, "limit of a response", c.config.MaxResponseSize, int64(64<<20))
}
