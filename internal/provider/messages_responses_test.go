package provider_test

import (
	"fmt"
	"strings"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// responseMessages covers successful responses that do not match the API's documentation.
func responseMessages() (all []messageCase) {
	const (
		id       = `"id":"` + knownID + `"`
		fields   = `"url":"` + hook + `","ssl_verification":true`
		event    = `"event_type":"x","created_at":"2026-01-01T00:00:00Z"`
		delivery = `"delivery_id":"` + knownID + `","event_id":"` + knownID + `","endpoint_id":"` + knownID + `"`
	)
	withBodies := apiCalls()["data_deliveries"]
	withBodies.run = reading("prosa_webhook_deliveries", acctest.Object{"endpoint_id": knownID, "include_bodies": true})
	for _, row := range []struct {
		call   string
		bodies []string
	}{
		{"endpoint_secrets", []string{
			"", `{"id":`, `not JSON`, `[]`, `null`, `{}`, `{"id":5}`, `{"id":"5"}`, `{` + id + `}`, `{` + id + `,"url":"` + hook + `"}`,
			`{` + id + `,` + fields + `,"event_filters":[null]}`,
			`{` + id + `,` + fields + `,"secrets":[{"id":"1"}]}`,
			`{` + id + `,` + fields + `,"secrets":[{"id":"` + noSuchID + `"}]}`,
			`{` + id + `,` + fields + `,"secrets":[{"id":"` + noSuchID + `","key":"the-signing-key","expired_at":"soon"}]}`,
			`{"id":"` + noSuchID + `",` + fields + `}`, `{` + id + `,` + fields + `} {}`,
		}},
		{"data_endpoints", []string{`{}`, `[`, `[{}]`, `[{` + id + `,` + fields + `}] []`}},
		{"data_event", []string{
			`{` + id + `}`, `{` + id + `,"event_type":"x"}`, `{` + id + `,` + event + `}`, `{"id":"` + noSuchID + `",` + event + `,"data":{}}`,
		}},
		{"data_events", []string{
			`[{` + id + `,"event_type":"x","created_at":"yesterday"}]`,
			`[{` + id + `,"event_type":"x","created_at":"` + strings.Repeat("2026", 20) + `"}]`,
		}},
		{"data_deliveries", []string{`[{"delivery_id":"1"}]`, `[{` + delivery + `,"delivery":"soon"}]`, `[{` + delivery + `}]`}},
		{"replay", []string{`{}`, `{"delivery_tag":"` + knownID + `","endpoint_id":"` + knownID + `"}`}},
		{"replay_failed", []string{`{}`, `[{}]`}},
		{"update", []string{`{"id":"` + noSuchID + `",` + fields + `}`}},
		{"create", []string{`{}`, `{` + id + `,` + fields + `,"secrets":[{"id":"1"}]}`}},
		{"rotate", []string{`{` + id + `,` + fields + `,"secrets":[]}`}},
		{"data_deliveries with bodies", []string{`[{` + delivery + `,"delivery":"2026-01-01T00:00:00Z","response_body":{}}]`}},
	} {
		call, ok := apiCalls()[row.call]
		if !ok {
			call = withBodies
		}
		for _, body := range row.bodies {
			c := call.failing(apiFailure{fault: sandbox.Fault{Status: 200, Body: body}})
			c.name = fmt.Sprintf("%s: response %q", row.call, body)
			all = append(all, c)
		}
	}
	return all
}
