package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// answerSituations are answers that are not what the API promises, to the data source or resource that asks for them.
func answerSituations() []situation {
	const (
		id       = `"id":"` + movedID + `"`
		there    = `"url":"` + hook + `","ssl_verification":true`
		event    = id + `,"event_type":"x","created_at":"2026-01-01T00:00:00Z"`
		delivery = `"delivery_id":"` + movedID + `","event_id":"` + movedID + `","endpoint_id":"` + movedID + `"`
	)
	var all []situation
	for _, answers := range []struct {
		call   string
		bodies []string
	}{
		{"endpoint_secrets", []string{
			"", `{"id":`, `not JSON`, `[]`, `null`, `{}`, `{"id":5}`, `{"id":"5"}`, `{` + id + `}`, `{` + id + `,"url":"` + hook + `"}`,
			`{` + id + `,` + there + `,"event_filters":[null]}`, `{` + id + `,` + there + `,"secrets":[{"id":"1"}]}`,
			`{` + id + `,` + there + `,"secrets":[{"id":"` + noSuchID + `"}]}`,
			`{` + id + `,` + there + `,"secrets":[{"id":"` + noSuchID + `","key":"the-signing-key","expired_at":"soon"}]}`,
			`{"id":"` + noSuchID + `",` + there + `}`, `{` + id + `,` + there + `} {}`,
		}},
		{"data_endpoints", []string{`{}`, `[`, `[{}]`, `[{` + id + `,` + there + `}] []`}},
		{"data_event", []string{`{` + id + `}`, `{` + id + `,"event_type":"x"}`, `{` + event + `}`, `{"id":"` + noSuchID + `"` + event[len(id):] + `,"data":{}}`}},
		{"data_events", []string{`[{` + id + `,"event_type":"x","created_at":"yesterday"}]`, `[{` + id + `,"event_type":"x","created_at":"` + strings.Repeat("2026", 20) + `"}]`}},
		{"data_deliveries", []string{`[{"delivery_id":"1"}]`, `[{` + delivery + `,"delivery":"soon"}]`, `[{` + delivery + `}]`}},
		{"replay", []string{`{}`, `{"delivery_tag":"` + movedID + `","endpoint_id":"` + movedID + `"}`}},
		{"replay_failed", []string{`{}`, `[{}]`}},
		{"update", []string{`{"id":"` + noSuchID + `",` + there + `}`}},
		{"create", []string{`{}`, `{` + id + `,` + there + `,"secrets":[{"id":"1"}]}`}},
		{"rotate", []string{`{` + id + `,` + there + `,"secrets":[]}`}},
	} {
		for _, body := range answers.bodies {
			call := apiCalls()[answers.call]
			all = append(all, situation{name: fmt.Sprintf("%s: answered with %q", answers.call, body), say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
				return call.fails(t, e, apiFailure{fault: sandbox.Fault{Status: http.StatusOK, Body: body}})
			}})
		}
	}
	deliveries := apiCalls()["data_deliveries"]
	deliveries.ask = func(_ *testing.T, _ *acctest.Env, p *acctest.Provider, _ *acctest.State) acctest.Diagnostics {
		_, problems := p.ReadDataSource("prosa_webhook_deliveries", acctest.Object{"endpoint_id": movedID, "include_bodies": true})
		return problems
	}
	return append(all,
		situation{name: "data_deliveries: a body that is no string", say: func(t *testing.T, e *acctest.Env) acctest.Diagnostics {
			return deliveries.fails(t, e, apiFailure{fault: sandbox.Fault{Body: `[{` + delivery + `,"delivery":"2026-01-01T00:00:00Z","response_body":{}}]`}})
		}},
	)
}
