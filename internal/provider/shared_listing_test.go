package provider_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// managed is a provider that has not asked for anything yet, with endpoints that are in the state already.
type managed struct {
	*acctest.Env
	provider *acctest.Provider
	ids      []string
	states   []*acctest.State
}

func manage(t *testing.T, n int) *managed {
	t.Helper()
	m := &managed{Env: acctest.New(t)}
	for i := range n {
		m.ids = append(m.ids, m.Sandbox.AddEndpoint(sandbox.Endpoint{URL: fmt.Sprintf("https://example.com/%d", i), SSLVerification: true}).ID)
	}
	earlier := m.Configured()
	for _, id := range m.ids {
		state, problems := earlier.Import(endpointType, id)
		problems.ExpectNone(t)
		m.states = append(m.states, state)
	}
	m.Sandbox.ResetRequestLog()
	m.provider = m.Configured()
	return m
}

// read refreshes an endpoint without trouble, and gives its URL; empty when it is gone.
func (m *managed) read(i int) string {
	m.T.Helper()
	state, problems := m.provider.Read(endpointType, m.states[i])
	problems.ExpectNone(m.T)
	if state == nil {
		return ""
	}
	return fmt.Sprint(state.Attributes["url"])
}

// move changes an endpoint's URL behind the provider's back.
func (m *managed) move(i int, to string) {
	m.Sandbox.UpdateEndpoint(m.ids[i], func(e *sandbox.Endpoint) { e.URL = to })
}

func (m *managed) expectRequests(want string) {
	m.T.Helper()
	if got := requestsByMethod(m.Env); got != want {
		m.T.Errorf("the requests are %q, want %q", got, want)
	}
}

func TestEndpointsAreReadFromOneListing(t *testing.T) {
	t.Parallel()
	m := manage(t, 25)
	var all sync.WaitGroup
	for i := range m.states {
		all.Go(func() { m.read(i) })
	}
	all.Wait()
	m.expectRequests("GET 1")
}

func TestAListingIsNotSharedByProvidersOfTheSameRun(t *testing.T) {
	t.Parallel()
	m := manage(t, 1)
	m.read(0)
	m.provider = m.Configured() // as with an alias
	m.move(0, "https://example.com/moved")
	if got := m.read(0); got != "https://example.com/moved" {
		t.Errorf("it read %q", got)
	}
	m.expectRequests("GET 2")
}

func TestAnEndpointThatIsNotListedIsAskedFor(t *testing.T) {
	t.Parallel()
	m := manage(t, 2)
	m.Sandbox.RemoveEndpoint(m.ids[1])
	m.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpListEndpoints, Body: "[]"})
	if got := m.read(0); got != "https://example.com/0" {
		t.Errorf("an endpoint that is there became %q", got)
	}
	state, problems := m.provider.Read(endpointType, m.states[1])
	problems.Expect(t, "warning", "", "Webhook endpoint is deleted", m.ids[1], "https://example.com/1", "PROSA_API_KEY")
	if state != nil {
		t.Errorf("an endpoint that is deleted is %v", state.Attributes)
	}
	m.expectRequests("GET 3")
}
