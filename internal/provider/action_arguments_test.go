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
		"no id to rotate":          {action: rotateAction, config: acctest.Object{"endpoint_id": "", "rotation_period": period}, severity: "error", on: "endpoint_id", says: "not an id"},
		"no period":                {action: rotateAction, config: acctest.Object{"endpoint_id": noSuchID}, severity: "error", on: "rotation_period", says: "rotation_period"},
		"negative days":            {action: rotateAction, config: acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": int64(-1)}}, severity: "error", on: "rotation_period.days", says: "from 0 to"},
		"negative hours":           {action: rotateAction, config: acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": int64(1), "hours": int64(-1)}}, severity: "error", on: "rotation_period.hours", says: "from 0 to"},
		"a misspelt period":        {action: rotateAction, config: acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{}}, severity: "error", on: "rotation_period", says: "neither"},
		"half a day":               {action: rotateAction, config: acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": 1.5}}, severity: "error", on: "rotation_period.days", says: "is 1.5. Give a whole number"},
		"no overlap":               {action: rotateAction, config: acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": 0}}, severity: "warning", on: "rotation_period", says: "Older keys stop at once"},
		"no id to test":            {action: testEventAction, config: acctest.Object{"endpoint_id": ""}, severity: "error", on: "endpoint_id", says: "not an id"},
		"no endpoint to test":      {action: testEventAction, config: acctest.Object{}, severity: "error", on: "endpoint_id", says: "endpoint_id"},
		"no duration":              {action: testEventAction, config: acctest.Object{"endpoint_id": noSuchID, "timeout": "60"}, severity: "error", on: "timeout", says: "number with a unit"},
		"no time at all":           {action: testEventAction, config: acctest.Object{"endpoint_id": noSuchID, "timeout": "0s"}, severity: "error", on: "timeout", says: "above zero"},
		"less than no time":        {action: testEventAction, config: acctest.Object{"endpoint_id": noSuchID, "timeout": "-1m"}, severity: "error", on: "timeout", says: "above zero"},
		"no id to replay":          {action: replayAction, config: acctest.Object{"delivery_id": "last "}, severity: "error", on: "delivery_id", says: "not an id"},
		"no id to replay all from": {action: replayFailedAction, config: acctest.Object{"endpoint_id": "\tall"}, severity: "error", on: "endpoint_id", says: "not an id"},
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
		{rotateAction, acctest.Object{"endpoint_id": noSuchID}, "rotation_period"},
		{rotateAction, acctest.Object{"rotation_period": period}, "endpoint_id"},
		{rotateAction, acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{}}, "rotation_period"},
		{rotateAction, acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": nil}}, "rotation_period"},
		{rotateAction, acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": -1}}, "rotation_period.days"},
		{rotateAction, acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": 40_000}}, "rotation_period.days"},
		{rotateAction, acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"hours": 1.5}}, "rotation_period.hours"},
		{testEventAction, acctest.Object{"endpoint_id": " "}, "endpoint_id"},
		{testEventAction, acctest.Object{"endpoint_id": noSuchID, "timeout": "60"}, "timeout"},
		{testEventAction, acctest.Object{"endpoint_id": noSuchID, "timeout": "-1s"}, "timeout"},
		{replayAction, acctest.Object{"delivery_id": "last "}, "delivery_id"},
		{replayFailedAction, acctest.Object{}, "endpoint_id"},
	} {
		p.PlanAction(c.action, c.config).Expect(t, "error", c.on, "Invalid ")
		_, problems := p.InvokeUnchecked(t.Context(), c.action, c.config, nil)
		problems.Expect(t, "error", c.on, "Invalid ")
	}
	none := acctest.Object{"endpoint_id": noSuchID, "rotation_period": acctest.Object{"hours": 0}}
	p.PlanAction(rotateAction, none).Expect(t, "warning", "rotation_period", "Older keys stop at once")
	if n := len(e.Sandbox.Journal()); n > 0 {
		t.Errorf("%d requests were made", n)
	}
}
