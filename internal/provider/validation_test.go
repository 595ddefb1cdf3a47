package provider_test

import (
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// TestValidArguments lists arguments that validation accepts. TestMessages lists those that it rejects.
func TestValidArguments(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	unknown := acctest.Unknown
	for _, c := range []struct {
		name     string
		validate func(name string, config acctest.Object) acctest.Diagnostics
		config   acctest.Object
	}{
		{endpointType, p.Validate, acctest.Object{"url": "HTTPS://Example.COM:8443/a?b=c"}},
		{endpointType, p.Validate, acctest.Object{
			"url": hook, "event_filters": []any{"stt.jobs.completed", "stt.job.completed", "tts.job.failed", "webhook.ping"},
			"ssl_verification": true, "secret_key": "k", "store_secrets": true,
		}},
		{endpointType, p.Validate, acctest.Object{"url": unknown, "event_filters": unknown, "ssl_verification": unknown, "secret_key": unknown}},
		{endpointType, p.Validate, acctest.Object{
			"url": hook, "event_filters": []any{unknown}, "secret_key_wo": unknown, "secret_key_wo_version": 1,
		}},
		{rotationType, p.Validate, acctest.Object{
			"endpoint_id": "no-uuid/at all", "rotation_period": acctest.Object{"days": 0, "hours": 1}, "rotate_every": acctest.Object{"hours": 1},
		}},
		{rotationType, p.Validate, acctest.Object{"endpoint_id": unknown, "rotation_period": unknown, "rotate_every": unknown}},
		{rotationType, p.Validate, acctest.Object{
			"endpoint_id": noSuchID, "rotation_period": acctest.Object{"days": unknown}, "rotate_every": acctest.Object{"days": 0, "hours": unknown},
		}},
		{"prosa_webhook_endpoint", p.ValidateDataSource, acctest.Object{"id": unknown, "url": unknown, "include_secrets": unknown}},
		{"prosa_webhook_endpoint", p.ValidateDataSource, acctest.Object{"id": knownID, "url": unknown}},
		{"prosa_webhook_endpoints", p.ValidateDataSource, acctest.Object{"url_regex": unknown, "event_type": unknown}},
		{"prosa_webhook_event", p.ValidateDataSource, acctest.Object{"id": unknown}},
		{"prosa_webhook_events", p.ValidateDataSource, acctest.Object{
			"from_date": unknown, "to_date": "2026-02-01", "event_types": unknown, "limit": unknown,
		}},
		{"prosa_webhook_events", p.ValidateDataSource, acctest.Object{"from_date": "2026-02-01", "to_date": unknown, "event_types": []any{unknown}}},
		{"prosa_webhook_deliveries", p.ValidateDataSource, acctest.Object{
			"endpoint_id": unknown, "from_date": unknown, "event_types": unknown, "failed_only": unknown, "include_bodies": unknown, "limit": unknown,
		}},
		{rotateAction, p.ValidateAction, acctest.Object{"endpoint_id": unknown, "rotation_period": acctest.Object{"days": unknown}}},
		{rotateAction, p.PlanAction, acctest.Object{"endpoint_id": unknown, "rotation_period": acctest.Object{"days": unknown}}},
		{testEventAction, p.ValidateAction, acctest.Object{"endpoint_id": unknown, "wait_for_delivery": unknown, "timeout": unknown}},
		{testEventAction, p.PlanAction, acctest.Object{"endpoint_id": unknown, "wait_for_delivery": unknown, "timeout": unknown}},
		{replayAction, p.PlanAction, acctest.Object{"delivery_id": unknown}},
		{replayFailedAction, p.PlanAction, acctest.Object{"endpoint_id": unknown}},
	} {
		if problems := c.validate(c.name, c.config); len(problems) > 0 {
			t.Errorf("%s %v: %v", c.name, c.config, problems)
		}
	}
}
