package prosa

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// contractFile is a body from the API's reference page.
func contractFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "sandbox", "testdata", "contract", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// Each body of the reference page must be used by one of the tests below.
var contractFiles = []string{
	"create_endpoint_request.json", "deliveries.json", "endpoint.json", "endpoints.json", "event.json", "events.json",
	"rotate_request.json", "ticket.json", "tickets.json", "update_endpoint_request.json",
}

func TestEveryContractFileIsRead(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "sandbox", "testdata", "contract", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	slices.Sort(names)
	equal(t, "files", names, contractFiles)
}

var contractEndpoint = Endpoint{
	ID: idA, URL: hookURL, EventFilters: []string{}, SSLVerification: true,
	Secrets: []Secret{{ID: secretIDA, Key: keyA}},
}

func TestContractEndpointAnswers(t *testing.T) {
	t.Parallel()
	c := answered(t, 200, contractFile(t, "endpoint.json"))
	got, err := c.GetEndpoint(t.Context(), idA)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "read", got, contractEndpoint)
	if got, err = c.UpdateEndpoint(t.Context(), idA, hookParams); err != nil {
		t.Fatal(err)
	}
	equal(t, "updated", got, contractEndpoint)
	if err := c.DeleteEndpoint(t.Context(), idA); err != nil {
		t.Fatal(err)
	}

	_, server := serve(t, script(t, reply(200, "[]"), reply(200, contractFile(t, "endpoint.json"))))
	created, err := connect(t, server.URL).CreateEndpoint(t.Context(), hookParams, "")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "created", created, contractEndpoint)

	_, server = serve(t, script(t, reply(200, `{"id":"`+idA+`","url":"https://a.test","ssl_verification":true,"secrets":[]}`),
		reply(200, contractFile(t, "endpoint.json"))))
	rotation, err := connect(t, server.URL).RotateSecret(t.Context(), idA, Period{Days: 3})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "rotated", rotation.Secret, contractEndpoint.Secrets[0])
}

func TestContractListings(t *testing.T) {
	t.Parallel()
	endpoints, err := answered(t, 200, contractFile(t, "endpoints.json")).ListEndpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "endpoints", endpoints, []Endpoint{{ID: idA, URL: hookURL, EventFilters: []string{}, SSLVerification: true}})

	events, err := answered(t, 200, contractFile(t, "events.json")).ListEvents(t.Context(), Days{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "events", events, []Event{{ID: idA, Type: "stt.jobs.completed", CreatedAt: Time{time.Date(2019, 8, 24, 14, 15, 22, 0, time.UTC)}}})
}

func TestContractEvent(t *testing.T) {
	t.Parallel()
	file := contractFile(t, "event.json")
	event, err := answered(t, 200, file).GetEvent(t.Context(), idA)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "id, type", []string{event.ID, event.Type}, []string{idA, "stt.jobs.completed"})
	equal(t, "time", event.CreatedAt.String(), "2023-01-17T07:26:27.329321Z") // Jakarta
	equal(t, "data", string(event.Data), member(t, file, "data"))
}

// member returns a field of a JSON object as it is spelled there.
func member(t *testing.T, object, name string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		t.Fatal(err)
	}
	if fields[name] == nil {
		t.Fatalf("there is no %q", name)
	}
	return string(fields[name])
}

func TestContractDeliveries(t *testing.T) {
	t.Parallel()
	file := contractFile(t, "deliveries.json")
	report, err := answered(t, 200, file).ListDeliveries(t.Context(), DeliveryQuery{EndpointID: idA, IncludeBodies: true})
	if err != nil {
		t.Fatal(err)
	}
	var elements []json.RawMessage
	if err := json.Unmarshal([]byte(file), &elements); err != nil {
		t.Fatal(err)
	}
	if len(elements) != 1 || len(report.Deliveries) != 1 {
		t.Fatalf("%d deliveries of %d", len(report.Deliveries), len(elements))
	}
	got := report.Deliveries[0]
	equal(t, "ids", []string{got.ID, got.EventID, got.EndpointID},
		[]string{"9892f438-d31c-4ff2-bc84-146525b292ff", "a7a26ff2-e851-45b6-9634-d595f45458b7", "e9ce0d4f-d433-423d-9497-4c000544106c"})
	equal(t, "type, method, time", []string{got.EventType, got.RequestMethod, got.DeliveredAt.String()},
		[]string{"stt.jobs.completed", "string", "2023-01-17T07:26:22Z"})
	equal(t, "request body", string(got.RequestBody), member(t, string(elements[0]), "request_body"))
	equal(t, "request headers", len(got.RequestHeaders), 10)
	equal(t, "signature", got.RequestHeaders["x-prosa-signature"], "t=1673940396,v1=0a7600b08eb590f9f41445f30dfe76c04cf20119918b6d14c2beb16b826142eb")
	equal(t, "response", []any{*got.ResponseStatus, *got.ResponseBody, *got.ElapsedTime}, []any{int64(200), "", 0.32921})
	if want := (map[string]string{"date": "Tue, 17 Jan 2023 14:26:23 GMT", "server": "uvicorn", "content-length": "0"}); !maps.Equal(got.ResponseHeaders, want) {
		t.Errorf("response headers: %v", got.ResponseHeaders)
	}
	equal(t, "counts", []int64{report.TotalCount, report.FailedCount}, []int64{1, 0})
	equal(t, "last success", report.LastSuccessAt.String(), "2023-01-17T07:26:22Z")
}

func TestContractTickets(t *testing.T) {
	t.Parallel()
	want := Ticket{DeliveryTag: "063c5237-b0ae-7d93-8000-6817f091458c", EndpointID: idA, URL: hookURL}
	c := answered(t, 200, contractFile(t, "ticket.json"))
	for name, ask := range map[string]func() (Ticket, error){
		"test":   func() (Ticket, error) { return c.SendTestEvent(t.Context(), idA) },
		"replay": func() (Ticket, error) { return c.ReplayDelivery(t.Context(), idB) },
	} {
		got, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name, got, want)
	}
	all, err := answered(t, 200, contractFile(t, "tickets.json")).ReplayFailedDeliveries(t.Context(), idA)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "replay failed", all, []Ticket{want})
}

func TestContractRequests(t *testing.T) {
	t.Parallel()
	r, server := serve(t, script(t, reply(200, "[]"), reply(200, detailJSON), reply(200, detailJSON), reply(200, detailJSON), reply(200, rotatedJSON)))
	c := connect(t, server.URL)
	if _, err := c.CreateEndpoint(t.Context(), hookParams, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpdateEndpoint(t.Context(), idA, EndpointParams{URL: hookURL}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.RotateSecret(t.Context(), idA, Period{Days: 3}); err != nil {
		t.Fatal(err)
	}
	calls := r.all()
	equal(t, "create", calls[1].body, withFilters(t, contractFile(t, "create_endpoint_request.json")))
	equal(t, "update", calls[2].body, withFilters(t, contractFile(t, "update_endpoint_request.json")))
	equal(t, "rotate", calls[4].body, compact(t, contractFile(t, "rotate_request.json")))
}

// withFilters adds the field that the reference page leaves out of its examples and the API wants.
func withFilters(t *testing.T, body string) string {
	t.Helper()
	before, after, found := bytes.Cut([]byte(compact(t, body)), []byte(`,"ssl_verification"`))
	if !found {
		t.Fatal("the example has another form")
	}
	return string(before) + `,"event_filters":[],"ssl_verification"` + string(after)
}

func compact(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(body)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
