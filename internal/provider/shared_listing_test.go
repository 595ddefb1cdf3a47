package provider_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

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
	m.Sandbox.ResetJournal()
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

func TestAListingIsTakenAgainOnceItIsOld(t *testing.T) {
	t.Parallel()
	m := manage(t, 2)
	m.read(0)
	m.move(1, "https://example.com/moved")
	m.Clock.Advance(time.Minute)
	if got := m.read(1); got != "https://example.com/moved" {
		t.Errorf("it read %q", got)
	}
	m.expectRequests("GET 2")
}

// TestAnyWriteHasTheListingTakenAgain has something else change before the write, which may fail. The client's tests have
// the delete.
func TestAnyWriteHasTheListingTakenAgain(t *testing.T) {
	t.Parallel()
	moved := acctest.Object{"url": "https://example.com/new"}
	for name, write := range map[string]struct {
		operation sandbox.Operation
		do        func(m *managed) acctest.Diagnostics
	}{
		"create": {sandbox.OpCreateEndpoint, func(m *managed) acctest.Diagnostics {
			_, problems := m.provider.Apply(endpointType, nil, moved)
			return problems
		}},
		"update": {sandbox.OpUpdateEndpoint, func(m *managed) acctest.Diagnostics {
			_, problems := m.provider.Apply(endpointType, m.states[0], moved)
			return problems
		}},
		"rotate": {sandbox.OpRotateSecret, func(m *managed) acctest.Diagnostics {
			_, problems := m.provider.Apply(rotationType, nil, rotationObject(m.ids[0], nil))
			return problems
		}},
	} {
		for _, good := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " good ", good), func(t *testing.T) {
				t.Parallel()
				m := manage(t, 2)
				m.read(1)
				m.move(1, "https://example.com/moved")
				if !good {
					m.Sandbox.Inject(sandbox.Fault{Operation: write.operation, Status: http.StatusForbidden})
				}
				if problems := write.do(m); (problems.Errors() == 0) != good {
					t.Fatal(problems)
				}
				before := m.Sandbox.Count(sandbox.OpListEndpoints)
				if got := m.read(1); got != "https://example.com/moved" {
					t.Errorf("it read %q", got)
				}
				if n := m.Sandbox.Count(sandbox.OpListEndpoints) - before; n != 1 {
					t.Errorf("the listing was taken %d times after the write", n)
				}
			})
		}
	}
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

// TestAListingThatFails says for each endpoint that is read at the same time why it cannot be read, and asks for none of
// them in another way.
func TestAListingThatFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"forbidden": {Status: http.StatusForbidden, Body: `{"status":"forbidden","message":"not for you"}`},
		"broken":    {Status: http.StatusInternalServerError, Body: `{"status":"internal","message":"not for you"}`},
		"bare 404":  {Status: http.StatusNotFound, Body: `{"detail":"not for you"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := manage(t, 5)
			fault.Operation, fault.Delay = sandbox.OpListEndpoints, 200*time.Millisecond
			m.Sandbox.Inject(fault) // once: whoever asks again gets an answer
			var all sync.WaitGroup
			for i := range m.states {
				all.Go(func() {
					_, problems := m.provider.Read(endpointType, m.states[i])
					problems.Expect(t, "error", "", "Unable to read the webhook endpoint", fmt.Sprint(fault.Status))
				})
			}
			all.Wait()
			m.expectRequests("GET 1")
		})
	}
}
