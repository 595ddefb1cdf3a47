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

// brokenBound is how much of an answer is read where an answer is to be longer than that.
const brokenBound = 64 << 10

func bounded(c *prosa.Config) { c.MaxResponseSize = brokenBound }

// broken are answers to a read that are neither an endpoint nor the API's own word that there is none.
func broken() map[string]sandbox.Fault {
	const other = `{"id":"497f6eca-6276-4993-bfeb-53cbbbba6f08","url":"https://example.com/hook","secrets":[],"event_filters":[],"ssl_verification":true}`
	return map[string]sandbox.Fault{
		"bare 404":                   {Status: 404, Body: `{"detail":"Not Found"}`},
		"404 without a body":         {Status: 404},
		"404 with a page":            {Status: 404, Body: "<html>nothing here</html>"},
		"404 of something else":      {Status: 404, Body: `{"status":"not_found","message":"no route"}`},
		"404 of an event":            {Status: 404, Body: `{"status":"webhook_event_not_found","message":"no such event"}`},
		"410":                        {Status: 410, Body: `{"status":"webhook_endpoint_not_found","message":"gone"}`},
		"200 that says it is gone":   {Body: `{"status":"webhook_endpoint_not_found","message":"gone"}`},
		"204":                        {Status: 204},
		"page":                       {Body: "<html><body>Please log in</body></html>"},
		"null":                       {Body: "null"},
		"object without fields":      {Body: "{}"},
		"number":                     {Body: "17"},
		"id that is a number":        {Body: `[{"id":5,"url":"https://example.com/hook","ssl_verification":true}]`},
		"url that is an object":      {Body: `{"id":"497f6eca-6276-4993-bfeb-53cbbbba6f08","url":{},"ssl_verification":true}`},
		"other endpoint":             {Body: other},
		"two values":                 {Body: other + other},
		"deep nesting":               {Body: strings.Repeat(`[`, 20_000)},
		"deep nesting in a field":    {Body: `{"x":` + strings.Repeat(`[`, 15_000) + strings.Repeat(`]`, 15_000) + `}`},
		"without end":                {Endless: true},
		"without end, in a string":   {Endless: true, Body: `{"id":"`},
		"over the bound":             {Body: `{"id":"` + strings.Repeat("a", brokenBound) + `"}`},
		"cut off":                    {Body: other, Truncate: 40},
		"no text":                    {Body: "\x00\xff\xfe\x1b[31m"},
		"redirect":                   {Status: 302, Header: http.Header{"Location": {"https://login.example.com/"}}},
		"server error":               {Status: 500, Body: "oops"},
		"forbidden":                  {Status: 403, Body: `{"status":"forbidden","message":"no"}`},
		"closed without an answer":   {Close: true},
		"list of something else":     {Body: `[[],"a",null]`},
		"list that ends in between":  {Body: `[` + other + `,`},
		"list whose second is wrong": {Body: `[` + other + `,{"id":"x"}]`},
	}
}

// TestReadNeverLosesOrChangesTheState has each of them for each object that is read.
func TestReadNeverLosesOrChangesTheState(t *testing.T) {
	t.Parallel()
	type object struct {
		typ    string
		config func(id string) acctest.Object
	}
	objects := map[string]object{
		"endpoint":            {endpointType, func(string) acctest.Object { return acctest.Object{"url": hook} }},
		"endpoint with keys":  {endpointType, func(string) acctest.Object { return acctest.Object{"url": hook, "store_secrets": true} }},
		"rotation":            {rotationType, func(id string) acctest.Object { return rotationObject(id, nil) }},
		"rotation with a key": {rotationType, func(id string) acctest.Object { return rotationObject(id, acctest.Object{"store_secrets": true}) }},
		"scheduled rotation": {rotationType, func(id string) acctest.Object {
			return rotationObject(id, acctest.Object{"rotate_every": acctest.Object{"days": 1}})
		}},
	}
	for name, o := range objects {
		for kind, fault := range broken() {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				e := acctest.New(t)
				e.Vars["PROSA_MAX_RETRIES"] = "1"
				e.Client = append(e.Client, bounded)
				p := e.Configured()
				state, problems := p.Apply(o.typ, nil, o.config(e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook + "/rotated"}).ID))
				if problems.Errors() > 0 {
					t.Fatal(problems)
				}
				e.Clock.Advance(2 * day) // what is shared is old, and the schedule due
				fault.Times = -1
				e.Sandbox.Inject(fault)
				after, problems := p.Read(o.typ, state)
				problems.Expect(t, "error", "", "Unable to read", "GET "+e.BaseURL+"/webhooks/endpoints")
				long := kind == "without end" || name != "endpoint" && (kind == "without end, in a string" || kind == "over the bound")
				if long && !strings.Contains(problems[0].Detail, "longer than the 65536 bytes that are read at most") {
					t.Errorf("it was read on: %v", problems)
				}
				if fault.Status == http.StatusNotFound && !strings.Contains(problems[0].Detail, `argument "base_url" (or PROSA_BASE_URL), which is `+e.BaseURL) {
					t.Errorf("it does not say what may be wrong: %v", problems)
				}
				if !reflect.DeepEqual(after, state) {
					t.Errorf("the state was %v and is %v", state.Attributes, after)
				}
				if detail := problems[0].Detail; len(detail) > 1500 || strings.ContainsAny(detail, "\x00\x1b") {
					t.Errorf("the message shows too much (%d bytes): %.300q", len(detail), detail)
				}
				e.Sandbox.ClearFaults()
				e.Clock.Advance(day)
				if _, problems := p.Read(o.typ, state); problems.Errors() > 0 {
					t.Errorf("the API is well again: %v", problems)
				}
			})
		}
	}
}

// TestDataSourcesNeverGuess has each of them for each data source: there is an error and no result.
func TestDataSourcesNeverGuess(t *testing.T) {
	t.Parallel()
	configs := map[string]map[string]acctest.Object{
		"prosa_webhook_endpoint":   {"by id": {"id": noSuchID}, "by URL": {"url": hook}},
		"prosa_webhook_endpoints":  {"all": {}},
		"prosa_webhook_event":      {"by id": {"id": noSuchID}},
		"prosa_webhook_events":     {"all": {}},
		"prosa_webhook_deliveries": {"all": {"endpoint_id": noSuchID, "include_bodies": true}},
	}
	for dataSource, variants := range configs {
		for variant, config := range variants {
			t.Run(dataSource+" "+variant, func(t *testing.T) {
				t.Parallel()
				e := acctest.New(t)
				e.Vars["PROSA_MAX_RETRIES"] = "1"
				e.Client = append(e.Client, bounded)
				for kind, fault := range broken() {
					fault.Times = -1
					e.Sandbox.Inject(fault)
					result, problems := e.Configured().ReadDataSource(dataSource, config)
					if result != nil || problems.Errors() != 1 || !strings.Contains(problems[0].Detail, "GET "+e.BaseURL+"/webhooks/") {
						t.Errorf("%s: %v, %v", kind, result, problems)
					}
					e.Sandbox.ClearFaults()
				}
			})
		}
	}
}

// TestStateFileIsKeptToTheByte has some of them meet the CLI, and at last a base URL that is wrong.
func TestStateFileIsKeptToTheByte(t *testing.T) {
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
	e.Vars["PROSA_MAX_RETRIES"] = "1"
	e.Client = append(e.Client, bounded)
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+config)
	w.Run("apply", "-auto-approve")
	w.Run("apply", "-auto-approve") // the keys of the rotation are read
	before := w.Read("terraform.tfstate")
	fails := func(name, place string) {
		t.Helper()
		message := w.ExpectError("apply", "-auto-approve")
		if !strings.Contains(message, place) {
			t.Errorf("%s: the message does not say what came from where: %s", name, message)
		}
		if after := w.Read("terraform.tfstate"); after != before {
			t.Errorf("%s: the state was\n%s\nand is\n%s", name, before, after)
		}
	}
	for _, name := range []string{"bare 404", "200 that says it is gone", "page", "null", "without end"} {
		fault, ok := broken()[name]
		if !ok {
			t.Fatalf("there is no %q", name)
		}
		fault.Times = -1
		e.Sandbox.Inject(fault)
		fails(name, "GET "+e.BaseURL+"/webhooks/endpoints")
		e.Sandbox.ClearFaults()
	}
	wrong := strings.TrimSuffix(e.BaseURL, "/speech")
	w.Write("main.tf", withSource+"provider \"prosa\" { base_url = \""+wrong+"\" }\n"+config)
	fails("wrong base URL", `argument "base_url" (or PROSA_BASE_URL), which is `+wrong)
	w.Write("main.tf", withSource+config)
	w.Run("plan", "-detailed-exitcode")
}
