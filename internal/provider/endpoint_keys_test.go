package provider_test

import (
	"fmt"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// listedKeys returns keys as the attribute "secrets" has them.
func listedKeys(keys ...sandbox.Secret) []any {
	all := []any{}
	for _, key := range keys {
		var expiry any
		if key.ExpiredAt != nil {
			expiry = formatTime(*key.ExpiredAt)
		}
		all = append(all, acctest.Object{"id": key.ID, "key": key.Key, "expired_at": expiry})
	}
	return all
}

// TestEndpointStoresSecrets: keys are rotated, and expire, between plan and apply and between runs.
func TestEndpointStoresSecrets(t *testing.T) {
	acctest.Bubble(t, func(t *testing.T, e *acctest.Env) {
		p := e.Configured()
		config := func(path string, store bool) acctest.Object {
			return acctest.Object{"url": "https://example.com/" + path, "secret_key": "own-key", "store_secrets": store}
		}
		state := p.MustApply(endpointType, nil, config("one", true))
		expectObject(t, "create", state.Attributes, acctest.Object{"secret_key": "own-key", "secrets": listedKeys(e.OnlyEndpoint().Secrets...)})
		e.ExpectWrites(`POST /webhooks/endpoints {"url":"https://example.com/one","event_filters":[],"ssl_verification":true,"secret_key":"own-key"}`)

		e.Sandbox.RotateSecret(e.OnlyEndpoint().ID, day)
		state = p.MustRead(endpointType, state)
		planned := p.MustPlan(endpointType, state, config("two", true))
		e.Sandbox.RotateSecret(e.OnlyEndpoint().ID, 3*day)
		pause(t, 2*day)
		state, problems := p.ApplyPlanned(endpointType, state, planned)
		problems.ExpectNone(t)
		keys := e.OnlyEndpoint().Secrets
		state = e.Configured().MustRead(endpointType, state)
		expectObject(t, "read", state.Attributes, acctest.Object{"secrets": listedKeys(keys[1], keys[0])})
		expectObject(t, "plan", p.MustPlan(endpointType, state, config("two", true)).Attributes, state.Attributes)

		e.Sandbox.ResetRequestLog()
		state = p.MustApply(endpointType, state, acctest.Object{"url": "https://example.com/two", "secret_key": "own-key"})
		expectObject(t, "no longer stored", state.Attributes, acctest.Object{"secrets": nil})
		for _, key := range keys {
			if key.Key != "own-key" && state.Contains(key.Key) {
				t.Errorf("the state still contains the key %s", key.ID)
			}
		}
		e.ExpectWrites()
	})
}

func TestEndpointWriteOnlyKey(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Configured()
	config := func(key string, version int) acctest.Object {
		return acctest.Object{"url": hook, "secret_key_wo": key, "secret_key_wo_version": version}
	}
	state := p.MustApply(endpointType, nil, config("first-key", 1))
	if key := newest(e).Key; key != "first-key" || state.Contains(key) {
		t.Errorf("the endpoint has the key %q, the state %v", key, state.Attributes)
	}
	expectObject(t, "another key with the same version", p.MustPlan(endpointType, state, config("second-key", 1)).Attributes, state.Attributes)
	if replace := p.MustPlan(endpointType, state, config("second-key", 2)).Replace; fmt.Sprint(replace) != "[secret_key_wo_version]" {
		t.Errorf("another version should replace the endpoint, got %q", replace)
	}
}
