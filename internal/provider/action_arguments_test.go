package provider_test

import (
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

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
	if n := len(e.Sandbox.RequestLog()); n > 0 {
		t.Errorf("%d requests were made", n)
	}
}
