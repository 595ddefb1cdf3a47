package provider_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/prosa"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// maxResponse is how many bytes of a response a bounded client reads.
const maxResponse = 64 << 10

func bounded(c *prosa.Config) { c.MaxResponseSize = maxResponse }

// invalidReads returns responses to reads that are invalid, and from which the provider must not conclude that an endpoint
// is deleted.
func invalidReads() map[string]sandbox.Fault {
	const other = `{"id":"22222222-3333-4444-8555-666666666666","url":"` + hook + `","secrets":[],"event_filters":[],"ssl_verification":true}`
	return map[string]sandbox.Fault{
		"bare 404":            {Status: 404, Body: `{"detail":"Not Found"}`},
		"404 page":            {Status: 404, Body: "<html>nothing here</html>"},
		"404 of an event":     {Status: 404, Body: `{"status":"webhook_event_not_found","message":"no such event"}`},
		"410":                 {Status: 410, Body: `{"status":"webhook_endpoint_not_found","message":"gone"}`},
		"200 not found":       {Body: `{"status":"webhook_endpoint_not_found","message":"gone"}`},
		"204":                 {Status: 204},
		"page":                {Body: "<html><body>Please log in</body></html>"},
		"null":                {Body: "null"},
		"empty object":        {Body: "{}"},
		"another endpoint":    {Body: other},
		"one wrong in a list": {Body: `[` + other + `,{"id":"x"}]`},
		"deep nesting":        {Body: strings.Repeat(`[`, 20_000)},
		"endless":             {Endless: true},
		"truncated":           {Body: other, Truncate: 40},
		"control bytes":       {Body: "\x00\xff\xfe\x1b[31m"},
		"redirect":            {Status: 302, Header: http.Header{"Location": {"https://login.example.com/"}}},
		"500":                 {Status: 500, Body: "oops"},
		"closed":              {Close: true},
	}
}

// TestReadKeepsTheStateAfterInvalidResponses refreshes resources in each way that they are read.
func TestReadKeepsTheStateAfterInvalidResponses(t *testing.T) {
	t.Parallel()
	due := rotationObject(knownID, acctest.Object{"rotate_every": acctest.Object{"days": 1}})
	for name, resource := range map[string]struct {
		typ    string
		config acctest.Object
	}{
		"endpoint":           {endpointType, acctest.Object{"url": hook + "/new"}},
		"endpoint with keys": {endpointType, acctest.Object{"url": hook + "/new", "store_secrets": true}},
		"rotation":           {rotationType, due},
	} {
		for response, fault := range invalidReads() {
			t.Run(name+"/"+response, func(t *testing.T) {
				t.Parallel()
				e := acctest.New(t)
				e.Setenv("PROSA_MAX_RETRIES", "1")
				e.Client = append(e.Client, bounded)
				registerEndpoint(e)
				p := e.Configured()
				state := p.MustApply(resource.typ, nil, resource.config)
				e.Clock.Advance(2 * day) // the cache is expired, and the rotation is due
				fault.Times = -1
				e.Sandbox.Inject(fault)
				after, problems := p.Read(resource.typ, state)
				problems.Expect(t, "error", "", "Unable to read", "GET "+e.BaseURL+"/webhooks/endpoints")
				detail := problems[0].Detail
				if fault.Endless && !strings.Contains(detail, "longer than the 65536 bytes that are read at most") {
					t.Errorf("the response was not bounded: %s", detail)
				}
				if fault.Status == http.StatusNotFound && !strings.Contains(detail, `argument "base_url" (or PROSA_BASE_URL), which is `+e.BaseURL) {
					t.Errorf("the base URL is missing: %s", detail)
				}
				if len(detail) > 1500 || strings.ContainsAny(detail, "\x00\x1b") {
					t.Errorf("the message has too much of the response (%d bytes): %.300q", len(detail), detail)
				}
				if !reflect.DeepEqual(after, state) {
					t.Errorf("the state was %v and is %v", state.Attributes, after)
				}
			})
		}
	}
}

func TestDataSourcesRejectInvalidResponses(t *testing.T) {
	t.Parallel()
	for _, d := range dataSources {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t)
			e.Setenv("PROSA_MAX_RETRIES", "1")
			e.Client = append(e.Client, bounded)
			for response, fault := range invalidReads() {
				fault.Times = -1
				e.Sandbox.Inject(fault)
				result, problems := e.Configured().ReadDataSource(d.name, d.config)
				if result != nil || problems.Errors() != 1 || !strings.Contains(problems[0].Detail, "GET "+e.BaseURL+"/webhooks/") {
					t.Errorf("%s: %v, %v", response, result, problems)
				}
				e.Sandbox.ClearFaults()
			}
		})
	}
}

// TestStateFileIsUnchangedAfterInvalidResponses runs the CLI with some invalid responses, a 404 for the listing, and a wrong
// base URL.
func TestStateFileIsUnchangedAfterInvalidResponses(t *testing.T) {
	t.Parallel()
	const config = configHook + `
resource "prosa_webhook_endpoint" "stored" {
  url           = "https://example.com/stored"
  store_secrets = true
}
resource "prosa_webhook_secret_rotation" "a" {
  endpoint_id     = prosa_webhook_endpoint.a.id
  rotation_period = { days = 3 }
}
data "prosa_webhook_endpoint" "a" {
  id              = prosa_webhook_endpoint.a.id
  include_secrets = true
}
`
	e := acctest.New(t)
	e.Setenv("PROSA_MAX_RETRIES", "1")
	e.Client = append(e.Client, bounded)
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+config)
	w.Run("apply", "-auto-approve")
	w.Run("apply", "-auto-approve") // reads the keys after the rotation
	before := w.Read("terraform.tfstate")
	fails := func(name, text string) {
		t.Helper()
		expectOutput(t, w.ExpectError("apply", "-auto-approve"), text)
		if after := w.Read("terraform.tfstate"); after != before {
			t.Errorf("%s: the state was\n%s\nand is\n%s", name, before, after)
		}
	}
	notFound := sandbox.Fault{Status: 404, Body: `{"status":"webhook_endpoint_not_found","message":"There is no such endpoint."}`}
	notFound.Operation = sandbox.OpListEndpoints
	faults := invalidReads()
	for name, fault := range map[string]sandbox.Fault{
		"listing not found": notFound, "bare 404": faults["bare 404"], "page": faults["page"], "endless": faults["endless"],
	} {
		fault.Times = -1
		e.Sandbox.Inject(fault)
		fails(name, "GET "+e.BaseURL+"/webhooks/endpoints")
		e.Sandbox.ClearFaults()
	}
	wrong := strings.TrimSuffix(e.BaseURL, "/speech")
	w.Write("main.tf", withSource+"provider \"prosa\" { base_url = \""+wrong+"\" }\n"+config)
	fails("wrong base URL", `argument "base_url" (or PROSA_BASE_URL), which is `+wrong)
	w.Write("main.tf", withSource+config)
	expectEmptyPlan(t, w)
}
