package provider_test

import (
	"fmt"
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

func runOnceCases(e *acctest.Env) map[string]runOnceCase {
	at := func(kind, name string, check knownvalue.Check) statecheck.StateCheck {
		return attribute(kind+".a", name, check)
	}
	there, other := e.OnlyEndpoint(), e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://example.com/other"})
	delivery, second := addDelivery(e, other.ID, 500), addDelivery(e, other.ID, 0)
	failing := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://example.com/failing"})
	addDelivery(e, failing.ID, 500)
	addDelivery(e, failing.ID, 0)
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
			resourceType: replayFailedType, request: "POST /webhooks/endpoints/" + failing.ID + "/replay-failed-deliveries",
			argument: "endpoint_id", value: failing.ID,
			others:  map[string]acctest.Object{"endpoint_id": {"endpoint_id": other.ID}},
			unknown: []string{"delivery_tags", "replayed_count"},
			checks: []statecheck.StateCheck{
				at(replayFailedType, "replayed_count", knownvalue.Int64Exact(2)),
				at(replayFailedType, "delivery_tags", knownvalue.ListExact([]knownvalue.Check{tag, tag})),
			},
		},
	}
}

// TestRunOnceResources runs all of them, and again for another trigger.
func TestRunOnceResources(t *testing.T) {
	e, _ := receiving(t, 202)
	cases, seen := runOnceCases(e), map[string]bool{}
	step := func(build string) resource.TestStep {
		var config, requests []string
		var step resource.TestStep
		for _, c := range cases {
			address := c.resourceType + ".a"
			config = append(config, runOnce(c.resourceType, quoted(c.argument, c.value), "triggers = { build = "+build+" }"))
			requests = append(requests, c.request)
			if build == "1" {
				step.ConfigStateChecks = append(step.ConfigStateChecks, c.checks...)
			} else {
				step.ConfigPlanChecks.PreApply = append(step.ConfigPlanChecks.PreApply, expectAction(address, replace))
			}
			step.ConfigPlanChecks.PreApply = append(step.ConfigPlanChecks.PreApply, acctest.ExpectUnknown(address, append([]string{"id", "triggered_at"}, c.unknown...)...))
			step.ConfigStateChecks = append(step.ConfigStateChecks, attribute(address, "id", newUUID(seen)), attribute(address, "triggered_at", sinceNow(e)))
		}
		step.Config = strings.Join(config, "")
		step.PostApplyFunc = func() {
			var got []string
			for _, r := range e.Writes() {
				got = append(got, r.Method+" "+r.Path)
			}
			slices.Sort(got)
			slices.Sort(requests)
			if !slices.Equal(got, requests) {
				t.Errorf("the requests were %q, want %q", got, requests)
			}
			e.Sandbox.ResetRequestLog()
		}
		return step
	}
	e.Test(resource.TestCase{CheckDestroy: acctest.CheckNothing, Steps: []resource.TestStep{step("1"), step("2")}})
	if n := len(e.Sandbox.RequestLog()); n > 0 {
		t.Errorf("refreshing, planning and destroying made %d requests", n)
	}
}

func TestRunOnceResourcesAreReplacedForAnyArgument(t *testing.T) {
	t.Parallel()
	e, _ := receiving(t, 200)
	p := e.Configured()
	for name, c := range runOnceCases(e) {
		state, problems := p.Apply(c.resourceType, nil, acctest.Object{c.argument: c.value})
		problems.ExpectNone(t)
		e.Sandbox.ResetRequestLog()
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
		if n := len(e.Sandbox.RequestLog()); n > 0 {
			t.Errorf("%s: planning made %d requests", name, n)
		}
	}
}

// TestTestEventResourceFailsWithTheReceiver has the receiver refuse a test event, which is not in the state then, and
// sends another without waiting.
func TestTestEventResourceFailsWithTheReceiver(t *testing.T) {
	t.Parallel()
	e, there := receiving(t, 503)
	p := e.Configured()
	state, problems := p.Apply(testEventType, nil, acctest.Object{"endpoint_id": there.ID})
	problems.Expect(t, "error", "endpoint_id", "Test event was not accepted", "answered the test event with 503")
	if state != nil {
		t.Errorf("the state has %v", state.Attributes)
	}
	e.Sandbox.ResetRequestLog()
	state, problems = p.Apply(testEventType, nil, acctest.Object{"endpoint_id": there.ID, "wait_for_delivery": false})
	problems.ExpectNone(t)
	expectObject(t, "state", state.Attributes, acctest.Object{"delivery_id": nil, "response_status": nil, "elapsed_time": nil})
	if n := len(e.Sandbox.RequestLog()); state.Attributes["delivery_tag"] == nil || n != 1 {
		t.Errorf("there were %d requests, and the state has %v", n, state.Attributes)
	}
}

// TestTestEventAfterCreateAndUpdate is the pattern for every CLI: the endpoint's arguments are the triggers.
func TestTestEventAfterCreateAndUpdate(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	w := e.Workspace(nil)
	for _, first := range []string{"POST", "PUT"} {
		w.Write("main.tf", withSource+endpoint(quoted("url", "https://example.com/"+first))+
			runOnce(testEventType, "endpoint_id = prosa_webhook_endpoint.a.id", "triggers = { url = prosa_webhook_endpoint.a.url }", "wait_for_delivery = false"))
		e.Sandbox.ResetRequestLog()
		w.Run("apply", "-auto-approve")
		if writes := e.Writes(); len(writes) != 2 || writes[0].Method != first || writes[1].Operation != sandbox.OpSendTestEvent {
			t.Errorf("after the %s of the endpoint a test event should be sent: %v", first, writes)
		}
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
