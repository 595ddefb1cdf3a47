package provider_test

import (
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

// TestUpdateWithoutRequestRemembersNoAccount applies with the key of another account what needs no request: the
// endpoint was not seen there.
func TestUpdateWithoutRequestRemembersNoAccount(t *testing.T) {
	t.Parallel()
	e := acctest.New(t, withOtherAccount)
	state, problems := e.Configured().Apply(endpointType, nil, acctest.Object{"url": hook, "store_secrets": true})
	problems.ExpectNone(t)
	e.Vars["PROSA_API_KEY"] = otherKey
	state, problems = e.Configured().Apply(endpointType, state, acctest.Object{"url": hook})
	problems.ExpectNone(t)
	kept, problems := e.Configured().Read(endpointType, state)
	problems.Expect(t, "error", "", "Webhook endpoint is not in this account")
	if kept == nil {
		t.Error("the endpoint left the state")
	}
	e.Configured().Destroy(endpointType, state).Expect(t, "error", "", "Webhook endpoint is not in this account")
}
