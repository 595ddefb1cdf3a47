package provider_test

import (
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

func TestActionArguments(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider() // not configured: validation needs nothing
	period := acctest.Object{"days": int64(3)}
	for name, c := range map[string]struct {
		action       string
		config       acctest.Object
		severity, on string
		says         string
	}{
		"no UUID to rotate":          {action: rotateAction, config: acctest.Object{"endpoint_id": hook, "rotation_period": period}, severity: "error", on: "endpoint_id", says: "Give a UUID"},
		"no period":                  {action: rotateAction, config: acctest.Object{"endpoint_id": noSuchID}, severity: "error", on: "rotation_period", says: "rotation_period"},
		"negative days":              {action: rotateAction, config: acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": int64(-1)}}, severity: "error", on: "rotation_period.days", says: "between 0 and"},
		"negative hours":             {action: rotateAction, config: acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": int64(1), "hours": int64(-1)}}, severity: "error", on: "rotation_period.hours", says: "between 0 and"},
		"no overlap":                 {action: rotateAction, config: acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{}}, severity: "warning", on: "rotation_period", says: "Older keys stop at once"},
		"no UUID to test":            {action: testEventAction, config: acctest.Object{"endpoint_id": ""}, severity: "error", on: "endpoint_id", says: "Give a UUID"},
		"no endpoint to test":        {action: testEventAction, config: acctest.Object{}, severity: "error", on: "endpoint_id", says: "endpoint_id"},
		"no duration":                {action: testEventAction, config: acctest.Object{"endpoint_id": noSuchID, "timeout": "60"}, severity: "error", on: "timeout", says: "number with a unit"},
		"no time at all":             {action: testEventAction, config: acctest.Object{"endpoint_id": noSuchID, "timeout": "0s"}, severity: "error", on: "timeout", says: "above zero"},
		"less than no time":          {action: testEventAction, config: acctest.Object{"endpoint_id": noSuchID, "timeout": "-1m"}, severity: "error", on: "timeout", says: "above zero"},
		"no UUID to replay":          {action: replayAction, config: acctest.Object{"delivery_id": "last"}, severity: "error", on: "delivery_id", says: "Give a UUID"},
		"no UUID to replay all from": {action: replayFailedAction, config: acctest.Object{"endpoint_id": "all"}, severity: "error", on: "endpoint_id", says: "Give a UUID"},
	} {
		t.Run(name, func(t *testing.T) {
			p.ValidateAction(c.action, c.config).Expect(t, c.severity, c.on, c.says)
		})
	}
}

// TestActionArgumentsFromVariables has arguments that were unknown when they were validated: Terraform does not come back
// to them, and plans and invokes the action.
func TestActionArgumentsFromVariables(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	period := acctest.Object{"days": int64(3)}
	for _, c := range []struct {
		action string
		config acctest.Object
		on     string
	}{
		{rotateAction, acctest.Object{"endpoint_id": "", "rotation_period": period}, "endpoint_id"},
		{testEventAction, acctest.Object{"endpoint_id": hook}, "endpoint_id"},
		{testEventAction, acctest.Object{"endpoint_id": noSuchID, "timeout": "60"}, "timeout"},
		{testEventAction, acctest.Object{"endpoint_id": noSuchID, "timeout": "-1s"}, "timeout"},
		{replayAction, acctest.Object{"delivery_id": "last"}, "delivery_id"},
		{replayFailedAction, acctest.Object{"endpoint_id": "all"}, "endpoint_id"},
	} {
		p.PlanAction(c.action, c.config).Expect(t, "error", c.on, "Invalid "+c.on)
		_, problems := p.InvokeUnchecked(t.Context(), c.action, c.config, nil)
		problems.Expect(t, "error", c.on, "Invalid "+c.on)
	}
	if n := len(e.Sandbox.Journal()); n > 0 {
		t.Errorf("%d requests were made", n)
	}
}
