package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const (
	testEventType    = "prosa_webhook_test_event"
	replayType       = "prosa_webhook_delivery_replay"
	replayFailedType = "prosa_webhook_failed_deliveries_replay"
)

// runOnce is a configuration of a run-once resource.
func runOnce(resourceType string, arguments ...string) string {
	return fmt.Sprintf("resource %q \"a\" {\n%s\n}\n", resourceType, strings.Join(arguments, "\n"))
}

func quoted(name, value string) string { return fmt.Sprintf("%s = %q", name, value) }

// newUUID is a UUID that no check has seen before.
func newUUID(seen map[string]bool) knownvalue.Check {
	return knownvalue.StringFunc(func(got string) error {
		if _, err := uuid.Parse(got); err != nil || seen[got] {
			return fmt.Errorf("%q is no UUID, or was there before", got)
		}
		seen[got] = true
		return nil
	})
}

// sinceNow is a time in RFC 3339 and UTC between now and when it is checked.
func sinceNow(e *acctest.Env) knownvalue.Check {
	from := e.Clock.Now().Truncate(time.Second)
	return knownvalue.StringFunc(func(got string) error {
		at, err := time.Parse(time.RFC3339, got)
		if err != nil || at.Before(from) || at.After(e.Clock.Now()) || !strings.HasSuffix(got, "Z") {
			return fmt.Errorf("%q is no time from %s on", got, from)
		}
		return nil
	})
}

// runOnceCase is a run-once resource.
type runOnceCase struct {
	resourceType string
	argument     string                    // the one that is required
	value        string                    // of it
	others       map[string]acctest.Object // configurations with another argument, by its name
	request      string
	unknown      []string // what the plan does not know, beside id and triggered_at
	checks       []statecheck.StateCheck
}

func (c runOnceCase) config(more ...string) string {
	return runOnce(c.resourceType, append(more, quoted(c.argument, c.value))...)
}

func runOnceCases(e *acctest.Env) map[string]runOnceCase {
	at := func(kind, name string, check knownvalue.Check) statecheck.StateCheck {
		return attribute(kind+".a", name, check)
	}
	there, other := e.Only(), e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://example.com/other"})
	delivery, second := addDelivery(e, there.ID, 500), addDelivery(e, there.ID, 0)
	tag := knownvalue.StringFunc(uuid.Validate)
	endpoints := "POST /webhooks/endpoints/" + there.ID
	return map[string]runOnceCase{
		"test event": {
			resourceType: testEventType, request: endpoints + "/test",
			argument: "endpoint_id", value: there.ID,
			others: map[string]acctest.Object{
				"endpoint_id": {"endpoint_id": other.ID}, "timeout": {"endpoint_id": there.ID, "timeout": "90s"},
				"wait_for_delivery": {"endpoint_id": there.ID, "wait_for_delivery": false},
			},
			unknown: []string{"delivery_tag", "delivery_id", "response_status", "elapsed_time"},
			checks: []statecheck.StateCheck{
				at(testEventType, "wait_for_delivery", knownvalue.Bool(true)), at(testEventType, "timeout", knownvalue.StringExact("60s")),
				at(testEventType, "delivery_tag", tag), at(testEventType, "response_status", knownvalue.Int64Exact(202)),
				at(testEventType, "elapsed_time", knownvalue.Float64Exact(0.25)),
				at(testEventType, "delivery_id", lazyText(func() string {
					deliveries := e.Sandbox.Deliveries(there.ID)
					return deliveries[len(deliveries)-1].DeliveryID
				})),
			},
		},
		"replay": {
			resourceType: replayType, request: "POST /webhooks/deliveries/" + delivery.DeliveryID + "/replay",
			argument: "delivery_id", value: delivery.DeliveryID,
			others:  map[string]acctest.Object{"delivery_id": {"delivery_id": second.DeliveryID}},
			unknown: []string{"delivery_tag"},
			checks:  []statecheck.StateCheck{at(replayType, "delivery_tag", tag)},
		},
		"replay all that failed": {
			resourceType: replayFailedType, request: endpoints + "/replay-failed-deliveries",
			argument: "endpoint_id", value: there.ID,
			others:  map[string]acctest.Object{"endpoint_id": {"endpoint_id": other.ID}},
			unknown: []string{"delivery_tags", "replayed_count"},
			checks: []statecheck.StateCheck{
				at(replayFailedType, "replayed_count", knownvalue.Int64Exact(2)),
				at(replayFailedType, "delivery_tags", knownvalue.ListExact([]knownvalue.Check{tag, tag})),
			},
		},
	}
}

// TestRunOnceResources creates each of them, does it again for another trigger, refuses to import it, and destroys it.
func TestRunOnceResources(t *testing.T) {
	for _, name := range []string{"test event", "replay", "replay all that failed"} {
		t.Run(name, func(t *testing.T) {
			e, _ := receiving(t, 202)
			c := runOnceCases(e)[name]
			address, seen := c.resourceType+".a", map[string]bool{}
			done := func() {
				e.ExpectWrites(c.request)
				e.Sandbox.ResetJournal()
			}
			unknown := acctest.ExpectUnknown(address, append([]string{"id", "triggered_at"}, c.unknown...)...)
			e.Test(resource.TestCase{CheckDestroy: acctest.CheckNothing, Steps: []resource.TestStep{
				{
					Config:           c.config(`triggers = { build = "1" }`),
					ConfigPlanChecks: before(unknown),
					ConfigStateChecks: append(c.checks,
						attribute(address, "id", newUUID(seen)), attribute(address, "triggered_at", sinceNow(e))),
					PostApplyFunc: done,
				},
				{
					Config:            c.config(`triggers = { build = "2" }`),
					ConfigPlanChecks:  before(expectAction(address, replace), unknown),
					ConfigStateChecks: []statecheck.StateCheck{attribute(address, "id", newUUID(seen))},
					PostApplyFunc:     done,
				},
				{ResourceName: address, ImportState: true, ImportStateId: noSuchID, ExpectError: regexp.MustCompile("Nothing to import")},
			}})
			if n := len(e.Sandbox.Journal()); n > 0 {
				t.Errorf("refreshing, planning and destroying made %d requests", n)
			}
		})
	}
}

func TestRunOnceResourcesAreReplacedForAnyArgument(t *testing.T) {
	t.Parallel()
	e, _ := receiving(t, 200)
	p := e.Configured()
	for name, c := range runOnceCases(e) {
		state, problems := p.Apply(c.resourceType, nil, acctest.Object{c.argument: c.value})
		problems.ExpectNone(t)
		e.Sandbox.ResetJournal()
		c.others["triggers"] = acctest.Object{c.argument: c.value, "triggers": acctest.Object{"a": "b"}}
		for argument, config := range c.others {
			planned, problems := p.Plan(c.resourceType, state, config)
			problems.ExpectNone(t)
			if !slices.Equal(planned.Replace, []string{argument}) {
				t.Errorf("%s: another %s replaces it because of %q", name, argument, planned.Replace)
			}
		}
		if planned, _ := p.Plan(c.resourceType, state, acctest.Object{c.argument: c.value}); len(planned.Replace) > 0 {
			t.Errorf("%s: it is replaced because of %q", name, planned.Replace)
		}
		if n := len(e.Sandbox.Journal()); n > 0 {
			t.Errorf("%s: planning made %d requests", name, n)
		}
	}
}

func TestTestEventResourceWithoutWaiting(t *testing.T) {
	e, there := receiving(t, 500)
	address := testEventType + ".a"
	e.Test(resource.TestCase{CheckDestroy: acctest.CheckNothing, Steps: []resource.TestStep{{
		Config: runOnce(testEventType, quoted("endpoint_id", there.ID), "wait_for_delivery = false"),
		ConfigStateChecks: []statecheck.StateCheck{
			attribute(address, "delivery_tag", knownvalue.NotNull()), attribute(address, "delivery_id", knownvalue.Null()),
			attribute(address, "response_status", knownvalue.Null()), attribute(address, "elapsed_time", knownvalue.Null()),
		},
	}}})
	if n := len(e.Sandbox.Journal()); n != 1 {
		t.Errorf("it took %d requests", n)
	}
}

// TestTestEventResourceFails has the receiver refuse the first test. The next apply sends another.
func TestTestEventResourceFails(t *testing.T) {
	e, there := receiving(t, 503, 200)
	config := runOnce(testEventType, quoted("endpoint_id", there.ID))
	e.Test(resource.TestCase{CheckDestroy: acctest.CheckNothing, Steps: []resource.TestStep{
		{Config: config, ExpectError: regexp.MustCompile(`(?s)Test event was not accepted.*answered\s+the\s+test\s+event\s+with\s+503`)},
		{Config: config, ConfigPlanChecks: before(expectAction(testEventType+".a", create))},
	}})
	if n := len(e.Writes()); n != 2 {
		t.Errorf("%d test events were sent", n)
	}
}

// TestTestEventAfterCreateAndUpdate is the pattern for every CLI: the endpoint's arguments are the triggers.
func TestTestEventAfterCreateAndUpdate(t *testing.T) {
	e, _ := receiving(t, 200)
	e.Sandbox.RemoveEndpoint(e.Only().ID)
	config := func(url string) string {
		return endpoint(quoted("url", url)) + runOnce(testEventType, "endpoint_id = prosa_webhook_endpoint.a.id", "triggers = { url = prosa_webhook_endpoint.a.url }")
	}
	expect := func(before string) func() {
		return func() {
			var got []string
			for _, r := range e.Writes() {
				got = append(got, r.Method)
			}
			if want := before + " POST"; strings.Join(got, " ") != want {
				t.Errorf("the requests were %q, want %q", got, want)
			}
			e.Sandbox.ResetJournal()
		}
	}
	e.Test(resource.TestCase{Steps: []resource.TestStep{
		{Config: config("https://example.com/one"), PostApplyFunc: expect("POST")},
		{Config: config("https://example.com/two"), PostApplyFunc: expect("PUT")},
	}})
}

// TestRunOnceResourcesWhoseAnswerIsLost are sent once, are not in the state, and are done again by the next apply.
func TestRunOnceResourcesWhoseAnswerIsLost(t *testing.T) {
	for _, name := range []string{"test event", "replay", "replay all that failed"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, _ := receiving(t, 200)
			c := runOnceCases(e)[name]
			e.Sandbox.Inject(sandbox.Fault{Match: func(r sandbox.Request) bool { return r.Method == http.MethodPost }, Do: true, Close: true})
			p := e.Configured()
			config := acctest.Object{c.argument: c.value}
			state, problems := p.Apply(c.resourceType, nil, config)
			problems.Expect(t, "error", "", "Unable to", "all the same", "run this again")
			if state != nil || len(e.Writes()) != 1 {
				t.Errorf("there is the state %v, and there were %d requests", state, len(e.Writes()))
			}
			state, problems = p.Apply(c.resourceType, nil, config)
			problems.ExpectNone(t)
			if at, err := time.Parse(time.RFC3339, fmt.Sprint(state.Attributes["triggered_at"])); err != nil || at.Location() != time.UTC {
				t.Errorf("it was triggered at %v", state.Attributes["triggered_at"])
			}
		})
	}
}

func TestRunOnceArguments(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	for on, c := range map[string]struct {
		resourceType string
		config       acctest.Object
	}{
		"endpoint_id": {testEventType, acctest.Object{"endpoint_id": "first "}},
		"timeout":     {testEventType, acctest.Object{"endpoint_id": noSuchID, "timeout": "0s"}},
		"delivery_id": {replayType, acctest.Object{"delivery_id": ""}},
	} {
		p.Validate(c.resourceType, c.config).Expect(t, "error", on, "Invalid "+on)
	}
	p.Validate(replayFailedType, acctest.Object{"endpoint_id": ""}).Expect(t, "error", "endpoint_id", "not an id")
	for _, kind := range []string{testEventType, replayFailedType} {
		p.Validate(kind, acctest.Object{"endpoint_id": acctest.Unknown, "triggers": acctest.Unknown}).ExpectNone(t)
	}
}

// TestIDsAreComparedExactly has ids that differ only in the case of their letters: they are different.
func TestIDsAreComparedExactly(t *testing.T) {
	t.Parallel()
	e, there := receiving(t, 200)
	p := e.Configured()
	for resourceType, config := range map[string]func(id string) acctest.Object{
		rotationType:     func(id string) acctest.Object { return rotationObject(id, nil) },
		testEventType:    func(id string) acctest.Object { return acctest.Object{"endpoint_id": id} },
		replayFailedType: func(id string) acctest.Object { return acctest.Object{"endpoint_id": id} },
	} {
		state, problems := p.Apply(resourceType, nil, config(there.ID))
		problems.ExpectNone(t)
		for id, want := range map[string]string{there.ID: "[]", strings.ToUpper(there.ID): "[endpoint_id]"} {
			planned, problems := p.Plan(resourceType, state, config(id))
			problems.ExpectNone(t)
			if got := fmt.Sprint(planned.Replace); got != want {
				t.Errorf("%s of %s is replaced because of %s, want %s", resourceType, id, got, want)
			}
		}
	}
}
