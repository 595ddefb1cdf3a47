package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	knownID   = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	unknownID = "00000000-0000-4000-8000-000000000000"
)

// onlyReads is a case in which nothing is written. What the sandbox was seeded with may stay.
func onlyReads(e *acctest.Env, steps ...resource.TestStep) resource.TestCase {
	return resource.TestCase{Steps: steps, CheckDestroy: func(*terraform.State) error {
		if writes := e.Writes(); len(writes) > 0 {
			return fmt.Errorf("a data source sent %s %s", writes[0].Method, writes[0].Path)
		}
		return nil
	}}
}

// dataSourceExample is a step that applies the example of a data source, and sees to it that the next plan is empty.
func dataSourceExample(dataSource string, variables config.Variables, checks ...statecheck.StateCheck) resource.TestStep {
	return resource.TestStep{
		ConfigFile:        config.StaticFile(filepath.Join("..", "..", "examples", "data-sources", dataSource, "data-source.tf")),
		ConfigVariables:   variables,
		ConfigStateChecks: checks,
		ConfigPlanChecks:  resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
	}
}

// expectCheckBlock tells how a check block of the configuration came out: "pass" or "fail".
func expectCheckBlock(name, status string) statecheck.StateCheck {
	return stateCheck(func(req statecheck.CheckStateRequest) error {
		for _, check := range req.State.Checks {
			if check.Address.Name == name {
				if got := string(check.Status); got != status {
					return fmt.Errorf("check %q: %s, want %s", name, got, status)
				}
				return nil
			}
		}
		return fmt.Errorf("there is no check %q", name)
	})
}

type stateCheck func(statecheck.CheckStateRequest) error

func (check stateCheck) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = check(req)
}

// apiTime is a point in time as the API writes it.
func apiTime(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func ptr[T any](v T) *T { return &v }

// columnOf returns one attribute of each object in a list.
func columnOf(list any, attribute string) []any {
	values := []any{}
	for _, element := range list.([]any) {
		values = append(values, element.(acctest.Object)[attribute])
	}
	return values
}

// sentRequests are the requests so far, as METHOD path?query, in order.
func sentRequests(e *acctest.Env) []string {
	var sent []string
	for _, r := range e.Sandbox.Journal() {
		line := r.Method + " " + r.Path
		if len(r.Query) > 0 {
			line += "?" + r.Query.Encode()
		}
		sent = append(sent, line)
	}
	return sent
}

// dataSources are all data sources, with a configuration that asks the API, and where it asks.
var dataSources = []struct {
	name      string
	config    acctest.Object
	operation sandbox.Operation
	missing   string // the status of the API's 404, if it has one of its own
	id        string // the attribute that tells which object is meant
	inPath    string // the name of that id in the API
}{
	{"prosa_webhook_endpoint", acctest.Object{"id": unknownID}, sandbox.OpGetEndpoint, "webhook_endpoint_not_found", "id", "endpoint_id"},
	{"prosa_webhook_endpoints", nil, sandbox.OpListEndpoints, "", "", ""},
	{"prosa_webhook_event", acctest.Object{"id": unknownID}, sandbox.OpGetEvent, "webhook_event_not_found", "id", "event_id"},
	{"prosa_webhook_events", nil, sandbox.OpListEvents, "", "", ""},
	{"prosa_webhook_deliveries", acctest.Object{"endpoint_id": unknownID}, sandbox.OpListDeliveries, "webhook_endpoint_not_found", "endpoint_id", "endpoint_id"},
}

// forEachDataSource runs a test for each of them, against a sandbox of its own.
func forEachDataSource(t *testing.T, test func(t *testing.T, e *acctest.Env, i int), configure ...func(*sandbox.Server)) {
	t.Helper()
	for i, d := range dataSources {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			test(t, acctest.New(t, configure...), i)
		})
	}
}

func TestDataSourceOfWhatDoesNotExist(t *testing.T) {
	t.Parallel()
	forEachDataSource(t, func(t *testing.T, e *acctest.Env, i int) {
		d := dataSources[i]
		result, problems := e.Configured().ReadDataSource(d.name, d.config)
		if d.missing == "" {
			problems.ExpectNone(t) // a list of nothing is a list
			return
		}
		problems.Expect(t, "error", d.id, "Unable to ", d.missing, unknownID+".\n", "Check the id", "belongs to the account")
		if result != nil {
			t.Errorf("there should be no result: %v", result)
		}
	})
}

func TestDataSourceWithoutPermission(t *testing.T) {
	t.Parallel()
	for _, key := range []struct {
		name   string
		config acctest.Object
		vars   map[string]string
		says   []string
	}{
		{"wrong variable", nil, map[string]string{"PROSA_API_KEY": "wrong"}, []string{"401 auth_unauthorized: The API key is not valid.\n", "the environment variable PROSA_API_KEY"}},
		{"wrong argument", acctest.Object{"api_key": "wrong"}, nil, []string{"401 auth_unauthorized", `the provider's argument "api_key"`}},
		{"forbidden", acctest.Object{"api_key": "others"}, nil, []string{"403 forbidden", `the provider's argument "api_key"`}},
	} {
		t.Run(key.name, func(t *testing.T) {
			t.Parallel()
			forEachDataSource(t, func(t *testing.T, e *acctest.Env, i int) {
				for name, value := range key.vars {
					e.Vars[name] = value
				}
				p := e.Provider()
				p.Configure(key.config).ExpectNone(t)
				_, problems := p.ReadDataSource(dataSources[i].name, dataSources[i].config)
				problems.Expect(t, "error", "", key.says...)
			}, func(s *sandbox.Server) { s.ForbiddenKey = "others" })
		})
	}
}

func TestDataSourceThatTheAPIFails(t *testing.T) {
	t.Parallel()
	for _, failure := range []struct {
		name  string
		fault sandbox.Fault
		says  []string
	}{
		{"no such API", sandbox.Fault{Status: http.StatusNotFound, Times: -1, Body: `{"detail": "Not Found"}`}, []string{"answered with 404", `the provider's argument "base_url"`}},
		{"web page", sandbox.Fault{Body: "<html>Welcome</html>"}, []string{"cannot be used", "<html>Welcome</html>", `"base_url"`}},
		{"other JSON", sandbox.Fault{Body: `[{}, {"id": 7}]`}, []string{"cannot be used", `"base_url"`}},
		{"gateway", sandbox.Fault{Status: http.StatusBadGateway, Times: -1}, []string{"502", "Try again in a while"}},
		{"breaks off", sandbox.Fault{Truncate: 1, Times: -1, Body: `[{"id": "` + knownID + `"}]`}, []string{"closed before the answer was complete"}},
	} {
		t.Run(failure.name, func(t *testing.T) {
			t.Parallel()
			forEachDataSource(t, func(t *testing.T, e *acctest.Env, i int) {
				fault := failure.fault
				if fault.Operation = dataSources[i].operation; fault.Status == http.StatusNotFound {
					fault.Operation = "" // the whole API
				}
				e.Sandbox.Inject(fault)
				result, problems := e.Configured().ReadDataSource(dataSources[i].name, dataSources[i].config)
				problems.Expect(t, "error", "", append(failure.says, "Unable to ")...)
				if result != nil {
					t.Errorf("there should be no result: %v", result)
				}
			})
		})
	}
}

// What the API does not accept is reported on the attribute it came from.
func TestDataSourceThatTheAPIDoesNotAccept(t *testing.T) {
	t.Parallel()
	rejection := func(in, name string) sandbox.Fault {
		return sandbox.Fault{Status: http.StatusUnprocessableEntity, Body: fmt.Sprintf(
			`{"status": "request_validation_error", "message": "wrong", "context": [{"location": [%q, %q], "message": "is not to my liking", "status": "value_error"}]}`, in, name)}
	}
	forEachDataSource(t, func(t *testing.T, e *acctest.Env, i int) {
		d := dataSources[i]
		if d.id != "" {
			e.Sandbox.Inject(rejection("path", d.inPath))
			_, problems := e.Configured().ReadDataSource(d.name, d.config)
			problems.Expect(t, "error", d.id, "is not to my liking", "Correct it")
		}
		if !strings.HasSuffix(d.name, "events") && !strings.HasSuffix(d.name, "deliveries") {
			return
		}
		for _, date := range []string{"from_date", "to_date"} {
			e.Sandbox.Inject(rejection("query", date))
			_, problems := e.Configured().ReadDataSource(d.name, d.config)
			problems.Expect(t, "error", date, "is not to my liking", "Correct it")
		}
	})
}

// A request that must be made while the provider's own configuration is unknown says what is missing.
func TestDataSourceOfUnknownProvider(t *testing.T) {
	t.Parallel()
	forEachDataSource(t, func(t *testing.T, e *acctest.Env, i int) {
		p := e.Provider()
		p.Configure(acctest.Object{"api_key": acctest.Unknown}).ExpectNone(t)
		_, problems := p.ReadDataSource(dataSources[i].name, dataSources[i].config)
		problems.Expect(t, "error", "", `"api_key"`, "only known after an apply")
		if sent := sentRequests(e); len(sent) > 0 {
			t.Errorf("nothing should have been sent: %q", sent)
		}
	})
}

func TestDataSourceValidation(t *testing.T) {
	t.Parallel()
	both := []string{"prosa_webhook_events", "prosa_webhook_deliveries"}
	for _, row := range []struct {
		name        string
		dataSources []string
		config      acctest.Object
		attribute   string
		says        []string
	}{
		{"neither id nor url", []string{"prosa_webhook_endpoint"}, nil, "id", []string{`Neither "id" nor "url" is given`}},
		{"both id and url", []string{"prosa_webhook_endpoint"}, acctest.Object{"id": knownID, "url": "https://example.com"}, "url", []string{`Both "id" and "url" are given`, "leave the other out"}},
		{"id", []string{"prosa_webhook_endpoint", "prosa_webhook_event"}, acctest.Object{"id": " 7"}, "id", []string{`" 7" is not an id`, "white space"}},
		{"empty id", []string{"prosa_webhook_endpoint", "prosa_webhook_event"}, acctest.Object{"id": ""}, "id", []string{`"" is not an id`}},
		{"relative url", []string{"prosa_webhook_endpoint"}, acctest.Object{"url": "example.com/hook"}, "url", []string{`"example.com/hook"`, "no scheme", "Give the whole URL"}},
		{"empty url", []string{"prosa_webhook_endpoint"}, acctest.Object{"url": ""}, "url", []string{"it is empty"}},
		{"url_regex", []string{"prosa_webhook_endpoints"}, acctest.Object{"url_regex": "(a"}, "url_regex", []string{`"(a" is not a regular expression: missing closing ).`, "RE2"}},
		{"lookahead", []string{"prosa_webhook_endpoints"}, acctest.Object{"url_regex": "b(?!a)"}, "url_regex", []string{`invalid or unsupported Perl syntax at "(?!"`, "no lookaheads"}},
		{"event_type", []string{"prosa_webhook_endpoints"}, acctest.Object{"event_type": ""}, "event_type", []string{`"event_type" is an empty string`}},
		{"endpoint_id", []string{"prosa_webhook_deliveries"}, acctest.Object{"endpoint_id": "a\n"}, "endpoint_id", []string{"is not an id"}},
		{"not a day", both, acctest.Object{"from_date": "yesterday"}, "from_date", []string{`"yesterday" is not a day of the form YYYY-MM-DD`}},
		{"no such day", both, acctest.Object{"to_date": "2026-02-30"}, "to_date", []string{`"2026-02-30" is not a day`, "real day"}},
		{"day with time", both, acctest.Object{"from_date": "2026-02-01T00:00:00Z"}, "from_date", []string{"without a time"}},
		{"empty day", both, acctest.Object{"to_date": ""}, "to_date", []string{`"" is not a day`}},
		{"days in the wrong order", both, acctest.Object{"from_date": "2026-02-02", "to_date": "2026-02-01"}, "from_date", []string{`"from_date" is 2026-02-02, which comes after "to_date", 2026-02-01`, "give the earlier one"}},
		{"one day wrong, one right", both, acctest.Object{"from_date": "2026-02-02", "to_date": "2026-2-1"}, "to_date", []string{`"2026-2-1" is not a day`}},
		{"empty event type", both, acctest.Object{"event_types": []any{" "}}, "event_types", []string{`One of the event types in "event_types" is empty`}},
		{"null event type", both, acctest.Object{"event_types": []any{nil}}, "event_types", []string{"is empty"}},
		{"no limit", both, acctest.Object{"limit": 0}, "limit", []string{"at least 1"}},
		{"half a limit", both, acctest.Object{"limit": 1.5}, "limit", []string{`"limit" is 1.5`, "whole number"}},
		{"year 999", both, acctest.Object{"from_date": "0999-12-31"}, "from_date", []string{`"0999-12-31" is not a day`, "real day"}},
		{"year 2", both, acctest.Object{"to_date": "0002-01-01"}, "to_date", []string{`"0002-01-01" is not a day`}},
		{"negative limit", both, acctest.Object{"limit": -5}, "limit", []string{"at least 1"}},
	} {
		for _, dataSource := range row.dataSources {
			t.Run(row.name+"/"+dataSource, func(t *testing.T) {
				t.Parallel()
				given := acctest.Object{}
				if dataSource == "prosa_webhook_deliveries" {
					given["endpoint_id"] = knownID
				}
				for name, value := range row.config {
					given[name] = value
				}
				acctest.New(t).Provider().ValidateDataSource(dataSource, given).Expect(t, "error", row.attribute, row.says...)
			})
		}
	}
}

// What is not known while planning is no error.
func TestDataSourceValidationOfUnknown(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		dataSource string
		config     acctest.Object
	}{
		{"prosa_webhook_endpoint", acctest.Object{"id": acctest.Unknown}},
		{"prosa_webhook_endpoint", acctest.Object{"url": acctest.Unknown}},
		{"prosa_webhook_endpoint", acctest.Object{"id": acctest.Unknown, "url": acctest.Unknown, "include_secrets": acctest.Unknown}},
		{"prosa_webhook_endpoint", acctest.Object{"id": knownID, "url": acctest.Unknown}},
		{"prosa_webhook_endpoints", acctest.Object{"url_regex": acctest.Unknown, "event_type": acctest.Unknown}},
		{"prosa_webhook_event", acctest.Object{"id": acctest.Unknown}},
		{"prosa_webhook_events", acctest.Object{"from_date": acctest.Unknown, "to_date": "2026-02-01", "event_types": acctest.Unknown, "limit": acctest.Unknown}},
		{"prosa_webhook_events", acctest.Object{"from_date": "2026-02-01", "to_date": acctest.Unknown, "event_types": []any{acctest.Unknown}}},
		{"prosa_webhook_events", acctest.Object{"from_date": "0000-12-31"}}, // plantimestamp() less a day, as Terraform 1.8 validates it
		{"prosa_webhook_events", acctest.Object{"from_date": "2026-02-01", "to_date": "0001-01-01"}},
		{"prosa_webhook_deliveries", acctest.Object{"endpoint_id": acctest.Unknown, "from_date": acctest.Unknown, "to_date": acctest.Unknown, "event_types": acctest.Unknown, "failed_only": acctest.Unknown, "include_bodies": acctest.Unknown, "limit": acctest.Unknown}},
	} {
		acctest.New(t).Provider().ValidateDataSource(row.dataSource, row.config).ExpectNone(t)
	}
}

// TestPlaceholderDaysAreNotRead has the days that validation lets through for Terraform 1.8 reach a read.
func TestPlaceholderDaysAreNotRead(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	for _, dataSource := range []string{"prosa_webhook_events", "prosa_webhook_deliveries"} {
		for _, c := range []struct{ attribute, day string }{{"from_date", "0000-12-31"}, {"to_date", "0001-01-01"}} {
			config := acctest.Object{c.attribute: c.day}
			if dataSource == "prosa_webhook_deliveries" {
				config["endpoint_id"] = knownID
			}
			_, problems := p.ReadDataSource(dataSource, config)
			problems.Expect(t, "error", c.attribute, "Invalid "+c.attribute, c.day, "is not a day of the form YYYY-MM-DD")
		}
	}
	if n := len(e.Sandbox.Journal()); n > 0 {
		t.Errorf("%d requests were made", n)
	}
}
