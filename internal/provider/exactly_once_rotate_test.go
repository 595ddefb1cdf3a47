package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// rotationsOf is a configuration of one rotation for each of the endpoints, which n tells to rotate again.
func rotationsOf(ids map[string]string, n string) string {
	var each strings.Builder
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		fmt.Fprintf(&each, "    %q = %q\n", name, ids[name])
	}
	return withSource + `
resource "prosa_webhook_secret_rotation" "a" {
  for_each = {
` + each.String() + `  }
  endpoint_id         = each.value
  rotation_period     = { days = 3 }
  rotate_when_changed = { n = "` + n + `" }
}
`
}

// keysOf returns the ids of an endpoint's keys, the oldest first.
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

func TestRotationHappensOnceWhateverTheResponse(t *testing.T) {
	t.Parallel()
	e, answers, ids := acctest.New(t), lostAnswers(), map[string]string{}
	for name := range answers {
		ids[name] = e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: "https://example.com/" + name}).ID
	}
	inject := func() {
		for name, answer := range answers {
			fault := answer.fault
			fault.Operation, fault.Match = sandbox.OpRotateSecret, mentions(ids[name])
			e.Sandbox.Inject(fault)
		}
	}
	w := e.Workspace(nil)
	versions := map[string]float64{}
	for n := range 2 { // on create, and when told
		inject()
		e.Sandbox.ResetRequestLog()
		w.Write("main.tf", rotationsOf(ids, fmt.Sprint(n)))
		w.Run("apply", "-auto-approve")
		state := w.State()
		for name, id := range ids {
			keys, instance := keysOf(t, e, id), state[fmt.Sprintf("%s[%q]", rotationA, name)]
			version, _ := instance.Attributes["secret_version"].(float64)
			if len(keys) != n+2 || instance.Text("secret_id") != keys[n+1] || version <= versions[name] {
				t.Errorf("%s: after %d rotations the keys are %q, and the state has %s", name, n+1, keys, instance.Raw)
			}
			versions[name] = version
			if sent := count(e, sandbox.OpRotateSecret, id); sent != answers[name].posts {
				t.Errorf("%s: rotation %d was sent %d times, want %d", name, n+1, sent, answers[name].posts)
			}
		}
	}
	w.Run("plan", "-detailed-exitcode")
}

// TestRotationsOfOneEndpointAreEachDoneOnce has six of them in one apply, and most of the answers lost.
func TestRotationsOfOneEndpointAreEachDoneOnce(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	for _, fault := range []sandbox.Fault{
		{Do: true, Close: true}, {Close: true}, {Status: 500, Do: true}, {Truncate: 30}, {Status: 502}, {Status: 504, Do: true},
	} {
		fault.Operation = sandbox.OpRotateSecret
		e.Sandbox.Inject(fault)
	}
	ids := map[string]string{}
	for n := range 6 {
		ids[fmt.Sprint(n)] = id
	}
	w := e.Workspace(nil)
	w.Write("main.tf", rotationsOf(ids, "1"))
	w.Run("apply", "-auto-approve")
	var taken []string
	for _, instance := range w.State() {
		taken = append(taken, instance.Text("secret_id"))
	}
	made := keysOf(t, e, id)[1:]
	slices.Sort(made)
	slices.Sort(taken)
	if len(made) != 6 || !slices.Equal(made, taken) {
		t.Errorf("the new keys are %q, and the state has %q", made, taken)
	}
	w.Run("plan", "-detailed-exitcode")
}

// TestRotationThatTakesEffectLateIsFound: the rotation takes effect soon after the request timed out.
func TestRotationThatTakesEffectLateIsFound(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Client = append(e.Client, impatient(time.Second))
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Detach: true, Delay: 1300 * time.Millisecond})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+rotationOf(`"`+id+`"`, threeDays))
	w.Run("apply", "-auto-approve")
	e.Sandbox.Wait()
	keys := keysOf(t, e, id)
	if len(keys) != 2 || w.State()[rotationA].Text("secret_id") != keys[1] || len(e.Writes()) != 1 {
		t.Errorf("keys %q, writes %v, state %s", keys, e.Writes(), w.State()[rotationA].Raw)
	}
}

// TestUndecidedRotationIsNotRetried: the request times out and the rotation takes effect much later. The test then
// follows the error's advice.
func TestUndecidedRotationIsNotRetried(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	e.Client = append(e.Client, impatient(time.Second))
	id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
	e.Sandbox.Inject(sandbox.Fault{Operation: sandbox.OpRotateSecret, Detach: true, Delay: 2500 * time.Millisecond})
	w := e.Workspace(nil)
	w.Write("main.tf", withSource+rotationOf(`"`+id+`"`, threeDays))
	expectOutput(t, w.ExpectError("apply", "-auto-approve"),
		"Prosa may have added a key nevertheless", "terraform import prosa_webhook_secret_rotation.NAME "+id, "apply again, which rotates")
	e.Sandbox.Wait()
	w.Run("import", rotationA, id)
	w.Run("apply", "-auto-approve")
	keys := keysOf(t, e, id)
	if n := e.Sandbox.Count(sandbox.OpRotateSecret); n != 1 || len(keys) != 2 || w.State()[rotationA].Text("secret_id") != keys[1] {
		t.Errorf("it was sent %d times; after following the advice the keys are %q, and the state has %s", n, keys, w.State()[rotationA].Raw)
	}
}

// TestRotationBesideAnotherPipeline has somebody else rotate the same endpoint during the request.
func TestRotationBesideAnotherPipeline(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault       sandbox.Fault
		keys, posts int
	}{
		"and the answer is good":   {sandbox.Fault{Delay: time.Millisecond}, 3, 1},
		"and the answer is lost":   {sandbox.Fault{Do: true, Close: true}, 3, 1},
		"and ours was not done":    {sandbox.Fault{Close: true}, 2, 1}, // theirs has to do: sent again, it could be the third
		"and the API was too busy": {sandbox.Fault{Status: http.StatusTooManyRequests}, 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := acctest.New(t)
			id := e.Sandbox.AddEndpoint(sandbox.Endpoint{URL: hook}).ID
			fault := c.fault
			fault.Operation = sandbox.OpRotateSecret
			fault.Match = func(sandbox.Request) bool {
				e.Sandbox.RotateSecret(id, day)
				return true
			}
			e.Sandbox.Inject(fault)
			state, problems := e.Configured().Apply(rotationType, nil, rotationObject(id, nil))
			if problems.Errors() > 0 {
				t.Fatal(problems)
			}
			keys := keysOf(t, e, id)
			if n := e.Sandbox.Count(sandbox.OpRotateSecret); len(keys) != c.keys || n != c.posts || state.Attributes["secret_id"] != keys[len(keys)-1] {
				t.Errorf("it was sent %d times, the keys are %q, and the state has %v", n, keys, state.Attributes["secret_id"])
			}
		})
	}
}

// TestRotationOfTwoSchedules has another pipeline's schedule rotate between plan and apply, and again before the next
// plan: each of ours is done once, and theirs change nothing.
func TestRotationOfTwoSchedules(t *testing.T) {
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
		w.Run("plan", "-detailed-exitcode")
	}
}
