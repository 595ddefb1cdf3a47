package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// keysOf returns the ids of an endpoint's keys, oldest first.
func keysOf(t *testing.T, e *acctest.Env, endpointID string) (ids []string) {
	t.Helper()
	endpoint, ok := e.Sandbox.Endpoint(endpointID)
	if !ok {
		t.Fatalf("there is no endpoint %s", endpointID)
	}
	for _, secret := range endpoint.Secrets {
		ids = append(ids, secret.ID)
	}
	return ids
}

// TestRotationHappensOnceWhateverTheResponse applies, twice, a rotation for each lost response, and three rotations of one
// endpoint. Each rotation must add one key per apply.
func TestRotationHappensOnceWhateverTheResponse(t *testing.T) {
	t.Parallel()
	e, lost := acctest.New(t), lostResponses()
	shared := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://example.com/shared"}).ID
	endpoints := map[string]string{} // ids by the name of the rotation
	for name := range lost {
		endpoints[name] = e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://example.com/" + name}).ID
	}
	for _, name := range []string{"closed-after", "502-before", "500-after"} {
		lost["shared-"+name], endpoints["shared-"+name] = lost[name], shared
	}
	var each strings.Builder
	posts := map[string]int{} // by endpoint
	for _, name := range slices.Sorted(maps.Keys(endpoints)) {
		fmt.Fprintf(&each, "    %q = %q\n", name, endpoints[name])
		posts[endpoints[name]] += lost[name].posts
	}
	w := e.Workspace(nil)
	versions := map[string]float64{}
	stateKeys := map[string][]string{} // ids of the keys that were in the state, by endpoint
	for n := range 2 {
		for name, response := range lost {
			response.fault.Operation, response.fault.Match = sandbox.OpRotateSecret, mentions(endpoints[name])
			e.Sandbox.Inject(response.fault)
		}
		e.Sandbox.ResetRequestLog()
		w.Write("main.tf", withSource+rotationOf("each.value", threeDays+fmt.Sprintf(`
  rotate_when_changed = { n = %d }
  for_each = {
%s  }`, n, &each)))
		w.Run("apply", "-auto-approve")
		state := w.State()
		for name, id := range endpoints {
			instance := state[fmt.Sprintf("%s[%q]", rotationA, name)]
			stateKeys[id] = append(stateKeys[id], instance.Text("secret_id"))
			version, _ := instance.Attributes["secret_version"].(float64)
			if version <= versions[name] {
				t.Errorf("%s: secret_version is %v after %v", name, version, versions[name])
			}
			versions[name] = version
		}
		for id, want := range posts {
			keys := keysOf(t, e, id)[1:]
			slices.Sort(keys)
			slices.Sort(stateKeys[id])
			if !slices.Equal(keys, stateKeys[id]) {
				t.Errorf("apply %d: endpoint %s has the new keys %q, the state had %q", n+1, id, keys, stateKeys[id])
			}
			if sent := countMentions(e, sandbox.OpRotateSecret, id); sent != want {
				t.Errorf("apply %d: endpoint %s: %d POSTs, want %d", n+1, id, sent, want)
			}
		}
	}
	expectEmptyPlan(t, w)
}

// TestUndecidedRotationIsNotRetried: the request times out, and the rotation takes effect much later. The test then
// follows the error's advice.
func TestUndecidedRotationIsNotRetried(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Client = append(e.Client, realTime(time.Second))
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Detach: true, Delay: 4 * time.Second})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+rotationOf(`"`+id+`"`, threeDays))
	expectOutput(t, w.ExpectError("apply", "-auto-approve"),
		"Prosa may have added a key nevertheless", "terraform import prosa_webhook_secret_rotation.NAME '"+id+"'", "apply again, which rotates")
	e.Sandbox.Wait()
	w.Run("import", rotationA, id)
	w.Run("apply", "-auto-approve")
	keys, newest := keysOf(t, e, id), w.State()[rotationA].Text("secret_id")
	if n := e.Sandbox.Count(sandbox.OpRotateSecret); n != 1 || len(keys) != 2 || newest != keys[1] {
		t.Errorf("%d POSTs, keys %q, secret_id %s", n, keys, newest)
	}
}

// TestRotationDuringAnotherRotation: another pipeline rotates the same endpoint during the request.
func TestRotationDuringAnotherRotation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault       sandbox.Fault
		keys, posts int
	}{
		"response":                 {sandbox.Fault{Delay: time.Millisecond}, 3, 1},
		"lost response":            {sandbox.Fault{Do: true, Close: true}, 3, 1},
		"lost request":             {sandbox.Fault{Close: true}, 2, 1}, // uses the other key: a retry could add a third one
		"rate limit, then a retry": {sandbox.Fault{Status: 429}, 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t)
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			c.fault.Operation = sandbox.OpRotateSecret
			c.fault.Match = func(sandbox.Request) bool {
				e.Sandbox.RotateSecret(id, day)
				return true
			}
			e.Sandbox.Inject(c.fault)
			state, problems := e.Configured().Apply(rotationType, nil, rotationObject(id, nil))
			if problems.Errors() > 0 {
				t.Fatal(problems)
			}
			keys, posts := keysOf(t, e, id), e.Sandbox.Count(sandbox.OpRotateSecret)
			if len(keys) != c.keys || posts != c.posts || state.Attributes["secret_id"] != keys[len(keys)-1] {
				t.Errorf("%d POSTs, keys %q, secret_id %v", posts, keys, state.Attributes["secret_id"])
			}
		})
	}
}

// TestRotationWithAnotherSchedule: another pipeline rotates between plan and apply, and again before the next plan. The
// provider still rotates once per interval.
func TestRotationWithAnotherSchedule(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+rotationOf(`"`+id+`"`, threeDays+"\n  rotate_every = { days = 30 }"))
	for n := range 2 {
		if n > 0 {
			e.Clock.Advance(30 * day)
		}
		w.Run("plan", "-out=saved.tfplan")
		e.Sandbox.RotateSecret(id, day)
		w.Run("apply", "saved.tfplan")
		keys, instance := keysOf(t, e, id), w.State()[rotationA]
		if instance.Text("secret_id") != keys[len(keys)-1] || e.Sandbox.Count(sandbox.OpRotateSecret) != n+1 {
			t.Errorf("rotation %d: keys %q, state %s", n+1, keys, instance.Raw)
		}
		e.Sandbox.RotateSecret(id, day)
		expectEmptyPlan(t, w)
	}
}
