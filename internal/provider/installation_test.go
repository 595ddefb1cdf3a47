package provider_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// TestLifecycleOnEveryInstallation uses every object on installations that differ from the API's documentation.
func TestLifecycleOnEveryInstallation(t *testing.T) {
	t.Parallel()
	for name, quirks := range map[string]sandbox.Quirks{
		"as documented":           {},
		"hexadecimal ids":         {IDs: "hex"},
		"opaque ids":              {IDs: "opaque"},
		"empty responses":         {UpdateAnswer: "empty", DeleteAnswer: "empty", NotFound: "empty"},
		"204":                     {UpdateAnswer: "no-content", DeleteAnswer: "no-content", NotFound: "short"},
		"201, delete message":     {CreateStatus: 201, DeleteAnswer: "message", NotFound: "fastapi"},
		"no filters, delete text": {EmptyFilters: "missing", DeleteAnswer: "text"},
		"null, unknown fields":    {EmptyFilters: "null", DeleteAnswer: "other", UnknownFields: true},
		"sparse listing":          {SparseListing: true, ListOrder: "reverse"},
		"duplicate filters":       {DuplicateFilters: true, SecretsOrder: "newest-first"},
		"lists of header values":  {HeaderLists: true},
	} {
		t.Run(name, func(t *testing.T) {
			acctest.Bubble(t, testLifecycle, func(s *sandbox.Server) { s.Quirks = quirks })
		})
	}
}

func testLifecycle(t *testing.T, e *acctest.Env) {
	p := e.Configured()
	apply := func(resource string, prior *acctest.State, config acctest.Object) *acctest.State {
		t.Helper()
		state, problems := p.Apply(resource, prior, config)
		if problems.Errors() > 0 {
			t.Fatal(problems)
		}
		return state
	}
	endpoint := apply(endpointType, nil, acctest.Object{"url": hook})
	id := e.OnlyEndpoint().ID
	expectObject(t, "create", endpoint.Attributes, acctest.Object{"id": id, "event_filters": []any{}})
	changed := acctest.Object{"url": hook, "event_filters": []any{"stt.jobs.completed", "stt.jobs.failed"}, "ssl_verification": false}
	endpoint = apply(endpointType, endpoint, changed)
	expectObject(t, "update", endpoint.Attributes, changed)
	if existing := e.OnlyEndpoint(); existing.ID != id || existing.SSLVerification || len(existing.EventFilters) != 2 {
		t.Errorf("after the update, the API has %v", existing)
	}
	rotation := apply(rotationType, nil, rotationObject(id, nil))
	expectObject(t, "rotation", rotation.Attributes, acctest.Object{"id": id, "secret_id": newest(e).ID, "active": true})
	sent := apply(testEventType, nil, acctest.Object{"endpoint_id": id})
	delivery := e.Sandbox.Deliveries(id)[0].DeliveryID
	expectObject(t, "test event", sent.Attributes, acctest.Object{"delivery_id": delivery, "response_status": int64(200)})
	apply(replayType, nil, acctest.Object{"delivery_id": delivery})
	apply(replayFailedType, nil, acctest.Object{"endpoint_id": id})
	e.Sandbox.Wait()

	p = e.Configured() // without a cache
	for typ, was := range map[string]*acctest.State{endpointType: endpoint, rotationType: rotation} {
		is := p.MustRead(typ, was)
		if !reflect.DeepEqual(is, was) {
			t.Errorf("%s: the refreshed state is %v, it was %v", typ, is, was)
		}
		imported, problems := p.Import(typ, id)
		problems.ExpectNone(t)
		expectObject(t, "import", imported.Attributes, acctest.Object{"id": id})
	}
	byURL := p.MustReadDataSource("prosa_webhook_endpoint", acctest.Object{"url": hook})
	expectObject(t, "endpoint by URL", byURL, acctest.Object{"id": id, "ssl_verification": false})
	byEvent := p.MustReadDataSource("prosa_webhook_endpoints", acctest.Object{"event_type": "stt.jobs.failed"})
	expectObject(t, "endpoints by event type", byEvent, acctest.Object{"ids": []any{id}})
	deliveries := p.MustReadDataSource("prosa_webhook_deliveries", acctest.Object{"endpoint_id": id})
	expectObject(t, "deliveries", deliveries, acctest.Object{"total_count": int64(2)})
	event := p.MustReadDataSource("prosa_webhook_event", acctest.Object{"id": deliveries["deliveries"].([]any)[0].(acctest.Object)["event_id"]})
	expectObject(t, "event", event, acctest.Object{"event_type": "webhook.ping"})
	opened, problems := p.OpenEphemeral(ephemeralType, acctest.Object{"endpoint_id": id})
	problems.ExpectNone(t)
	expectObject(t, "ephemeral", opened, acctest.Object{"current_id": newest(e).ID, "current_key": newest(e).Key})
	listed := p.List(endpointType, nil, 10, true)
	if len(listed) != 1 || listed[0].Identity["id"] != id || listed[0].Resource["id"] != id {
		t.Errorf("list: %v", listed)
	}
	for action, config := range operationConfigs(id, delivery) {
		if _, problems := p.InvokeAction(action, config); problems.Errors() > 0 {
			t.Errorf("%s: %v", action, problems)
		}
	}
	if n := len(e.OnlyEndpoint().Secrets); n != 3 {
		t.Errorf("%d keys after a create and two rotations", n)
	}

	second := apply(endpointType, nil, acctest.Object{"url": hook + "/second"})
	p.Destroy(endpointType, second).ExpectNone(t)
	e.Sandbox.RemoveEndpoint(e.OnlyEndpoint().ID)
	p = e.Configured()
	for typ, was := range map[string]*acctest.State{endpointType: endpoint, rotationType: rotation} {
		state, problems := p.Read(typ, was)
		problems.Expect(t, "warning", "", "Webhook endpoint is deleted")
		if state != nil {
			t.Errorf("the state of a deleted endpoint is %v", state.Attributes)
		}
	}
	p.Destroy(endpointType, endpoint).ExpectNone(t)
}

// TestEndpointNotStoredAsPlanned: the API drops event types, ignores ssl_verification or rewrites the URL. An apply
// warns, and nothing is replaced. Except for the URL, the next plan shows the difference.
func TestEndpointNotStoredAsPlanned(t *testing.T) {
	t.Parallel()
	for attribute, c := range map[string]struct {
		quirks          sandbox.Quirks
		planned, stored any
		refreshed       any
	}{
		"event_filters": {
			sandbox.Quirks{DropUnknownFilters: true},
			[]any{"my.own.type", "stt.jobs.failed"}, []any{"stt.jobs.failed"}, []any{"stt.jobs.failed"},
		},
		"ssl_verification": {sandbox.Quirks{IgnoreSSLVerification: true}, false, true, true},
		"url":              {sandbox.Quirks{RewriteURLs: true}, plannedURL, storedURL, plannedURL},
	} {
		for _, update := range []bool{false, true} {
			e := acctest.New(t, func(s *sandbox.Server) { s.Quirks = c.quirks })
			p := e.Configured()
			config := acctest.Object{"url": storedURL, attribute: c.planned}
			wantMethods := []string{"POST"}
			var state *acctest.State
			if update {
				state, wantMethods = p.MustApply(endpointType, nil, acctest.Object{"url": storedURL}), []string{"POST", "PUT"}
			}
			state, problems := p.Apply(endpointType, state, config)
			if !slices.ContainsFunc(problems, func(d acctest.Diagnostic) bool {
				return d.Severity == "warning" && d.Attribute == attribute && strings.HasPrefix(d.Summary, "The API stores ")
			}) || problems.Errors() > 0 {
				t.Errorf("%s: there should be a warning: %v", attribute, problems)
			}
			id := e.OnlyEndpoint().ID
			expectObject(t, "apply", state.Attributes, acctest.Object{"id": id, attribute: c.planned})
			state = e.Configured().MustRead(endpointType, state)
			expectObject(t, "refresh", state.Attributes, acctest.Object{"id": id, attribute: c.refreshed})
			planned, _ := p.Plan(endpointType, state, config)
			expectObject(t, "plan", planned.Attributes, acctest.Object{"id": id, attribute: c.planned})
			imported, problems := p.Import(endpointType, id)
			problems.ExpectNone(t)
			expectObject(t, "import", imported.Attributes, acctest.Object{attribute: c.stored})
			if got := methods(e); !slices.Equal(got, wantMethods) || len(planned.Replace) > 0 {
				t.Errorf("%s: the requests are %q, want %q; replaced because of %q", attribute, got, wantMethods, planned.Replace)
			}
		}
	}
}

const plannedURL, storedURL = "https://example.com/a/../h%6fok", "https://example.com/hook/"

// TestEndpointWithRewrittenURL: a URL that someone else changes is drift, although the API rewrites URLs. After an
// import, the provider cannot know that both URLs are the same until it updates the endpoint.
func TestEndpointWithRewrittenURL(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, func(s *sandbox.Server) { s.Quirks.RewriteURLs = true })
	p, config := e.Configured(), acctest.Object{"url": plannedURL}
	state, problems := p.Apply(endpointType, nil, config)
	problems.Expect(t, "warning", "url", "stores "+storedURL+" for the URL "+plannedURL)
	e.Sandbox.UpdateEndpoint(e.OnlyEndpoint().ID, func(e *sandbox.Endpoint) { e.URL = "https://example.com/theirs/" })
	state = e.Configured().MustRead(endpointType, state)
	expectObject(t, "drift", state.Attributes, acctest.Object{"url": "https://example.com/theirs/"})

	_, problems = p.Apply(endpointType, state, config)
	problems.Expect(t, "warning", "url", "The API stores another URL")
	state, problems = p.Import(endpointType, e.OnlyEndpoint().ID)
	problems.ExpectNone(t)
	state, problems = p.Apply(endpointType, state, config)
	problems.Expect(t, "warning", "url", "The API stores another URL")
	state = e.Configured().MustRead(endpointType, state)
	expectObject(t, "after the update", state.Attributes, config)
	if got := methods(e); !slices.Equal(got, []string{"POST", "PUT", "PUT"}) {
		t.Errorf("the requests are %q", got)
	}
}
