package provider_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// origin is a place that no request may reach; it notes those that do.
type origin struct {
	*httptest.Server
	mu      sync.Mutex
	reached []string
}

func newOrigin(t *testing.T) *origin {
	t.Helper()
	o := &origin{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.reached = append(o.reached, fmt.Sprintf("%s %s with x-api-key %q", r.Method, r.URL, r.Header.Get("X-Api-Key")))
	}))
	t.Cleanup(o.Close)
	t.Cleanup(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.reached) > 0 {
			t.Errorf("another origin was reached: %q", o.reached)
		}
	})
	return o
}

// signing stands for a signing key that the provider has seen.
const signing = "SIGNING"

// leaking are answers, good for nothing, that hold every secret in every place.
func leaking(elsewhere string) map[string]sandbox.Fault {
	const all = canaryKey + ` and ` + canaryHeader + ` and ` + signing
	quoted := func(text string) string { return fmt.Sprintf("%q", text) }
	faults := map[string]sandbox.Fault{
		"401":                    {Status: 401, Body: `{"status":"auth_unauthorized","message":` + quoted("no such key: "+canaryKey) + `}`},
		"403":                    {Status: 403, Body: `{"status":"forbidden","message":` + quoted(all) + `,"context":{"key":` + quoted(canaryOwn) + `}}`},
		"404":                    {Status: 404, Body: `{"status":"webhook_endpoint_not_found","message":` + quoted(canaryKey) + `}`},
		"bare 404":               {Status: 404, Body: `{"detail":` + quoted(canaryHeader) + `}`},
		"422":                    {Status: 422, Body: `{"status":"request_validation_error","message":` + quoted(canaryKey) + `,"context":[{"location":["body","secret_key"],"message":` + quoted("too weak: "+canaryOwn) + `,"status":"value_error"}]}`},
		"422 about nothing":      {Status: 422, Body: `{"status":"request_validation_error","message":"x","context":[{"location":[` + quoted(canaryOwn) + `],"message":` + quoted(canaryKey) + `}]}`},
		"500 as text":            {Status: 500, Body: "Traceback: headers = {'x-api-key': '" + canaryKey + "'}\n" + canaryOwn},
		"502 as a page":          {Status: 502, Body: "<html>" + canaryKey + " " + strings.ReplaceAll(canaryOwn, `"`, "&quot;") + "</html>"},
		"unreadable":             {Body: `{"id":5,"secrets":[{"id":"x","key":"` + canaryUnseen + `"}],"url":` + quoted(canaryKey) + `}`},
		"unreadable and cut off": {Body: `{"secrets":[{"key":"` + canaryUnseen + `"},{"key":"` + canaryUnseen, Truncate: 40},
		"not JSON":               {Body: "key=" + canaryUnseen + "; x-api-key: " + canaryKey},
		"odd header":             {Status: 500, Header: http.Header{"Retry-After": {canaryKey}, "X-Request-Id": {canaryHeader}}},
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		faults[fmt.Sprint(status)] = sandbox.Fault{Status: status, Body: canaryKey, Header: http.Header{
			"Location": {elsewhere + "/" + canaryUnseen + "/webhooks/endpoints?x-api-key=" + canaryKey + "#" + canaryUnseen},
		}}
	}
	return faults
}

// TestNoErrorShowsASecret has them all meet the CLI and the built provider, at TF_LOG=TRACE.
func TestNoErrorShowsASecret(t *testing.T) {
	t.Parallel()
	secrets, elsewhere := newCanaries(), newOrigin(t)
	e := acctest.New(t, func(s *sandbox.Server) {
		s.APIKey, s.ForbiddenKey, s.Quirks.EchoKey = canaryKey, canaryForbidden, true
	})
	logFile := filepath.Join(t.TempDir(), "trace.log")
	const config = withSource + `
variable "header" { sensitive = true }
variable "own" { sensitive = true }
provider "prosa" {
  headers     = { Authorization = "Bearer ${var.header}" }
  max_retries = 0
}
`
	with := func(key string) *acctest.Workspace {
		return e.Built("TF_LOG=TRACE", "TF_LOG_PATH="+logFile, "PROSA_API_KEY="+key, "TF_VAR_header="+canaryHeader, "TF_VAR_own="+canaryOwn)
	}
	fails := func(w *acctest.Workspace, says string, errors int) {
		t.Helper()
		message := w.Fails("apply", "-auto-approve", "-parallelism=20")
		secrets.without(t, says, message)
		if strings.Count(message, "Error: Unable to") != errors || !strings.Contains(message, says) {
			t.Errorf("there should be %d errors, one of which says %q: %s", errors, says, message)
		}
	}
	keyed := endpoint("url = \"" + hook + "\"\nsecret_key = var.own")
	for key, says := range map[string]string{canaryWrong: "401 auth_unauthorized", canaryForbidden: "403 forbidden"} {
		w := with(key)
		w.Write("main.tf", config+keyed)
		fails(w, says, 1)
	}
	w := with(canaryKey)
	w.Write("main.tf", config+`data "prosa_webhook_endpoint" "a" { id = "`+noSuchID+`" }`)
	fails(w, "404 webhook_endpoint_not_found", 1)
	faults := leaking(elsewhere.URL)
	var names []string
	for name, fault := range faults { // one create for each
		name = strings.ReplaceAll(name, " ", "-")
		fault.Operation, fault.Match = sandbox.OpCreateEndpoint, mentions("https://example.com/"+name+`"`)
		e.Sandbox.Inject(fault)
		names = append(names, name)
	}
	w.Write("main.tf", config+endpoint(forEach(names)+"\nsecret_key = var.own"))
	fails(w, "a redirect to "+elsewhere.URL, len(faults))
	checkCanaryLog(t, secrets, logFile)
}

// TestNoOperationShowsASecret has them all as answers to everything that the provider asks, without a CLI: messages,
// progress and the provider's own log.
func TestNoOperationShowsASecret(t *testing.T) {
	t.Parallel()
	elsewhere := newOrigin(t)
	for name, fault := range leaking(elsewhere.URL) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secrets := newCanaries()
			e := acctest.New(t, func(s *sandbox.Server) { s.APIKey = canaryKey })
			e.Vars["PROSA_API_KEY"], e.Vars["PROSA_MAX_RETRIES"] = canaryKey, "1"
			p := e.Provider()
			p.Configure(acctest.Object{"headers": acctest.Object{"Authorization": canaryHeader}}).ExpectNone(t)
			own, problems := p.Apply(endpointType, nil, acctest.Object{"url": hook, "secret_key": canaryOwn})
			problems.ExpectNone(t)
			id := own.Attributes["id"].(string)
			rotated, problems := p.Apply(rotationType, nil, rotationObject(id, acctest.Object{"rotate_when_changed": acctest.Object{"n": "1"}}))
			problems.ExpectNone(t)
			delivery := addDelivery(e, id, 500)
			e.Clock.Advance(day)
			secrets.collect(e)
			fault.Times, fault.Body = -1, strings.ReplaceAll(fault.Body, signing, newest(e).Key)
			e.Sandbox.Inject(fault)

			var log bytes.Buffer
			ctx := tflogtest.RootLogger(t.Context(), &log)
			said := map[string]any{}
			note := func(operation string, texts ...any) { said[operation] = texts }
			_, problems = p.Apply(endpointType, nil, acctest.Object{"url": hook + "/other", "secret_key": canaryOwn})
			note("create", problems)
			_, problems = p.Apply(endpointType, own, acctest.Object{"url": hook + "/changed", "secret_key": canaryOwn})
			note("update", problems)
			_, problems = p.Read(endpointType, own)
			note("read", problems)
			_, problems = p.Import(endpointType, hook)
			note("import", problems)
			_, problems = p.Apply(rotationType, rotated, rotationObject(id, acctest.Object{"rotate_when_changed": acctest.Object{"n": "2"}}))
			note("rotate", problems)
			_, problems = p.Read(rotationType, rotated)
			note("read of a rotation", problems)
			_, problems = p.OpenEphemeral("prosa_webhook_endpoint_secrets", acctest.Object{"endpoint_id": id})
			note("ephemeral", problems)
			for _, d := range dataSources {
				_, problems := p.ReadDataSource(d.name, d.config)
				note(d.name, problems)
			}
			for action, config := range operationConfigs(id, delivery.DeliveryID) {
				messages, problems := p.InvokeAction(ctx, action, config, nil)
				note(action, messages, problems)
			}
			for _, listed := range p.List(endpointType, nil, 0, true) {
				note("list", listed.DisplayName, listed.Problems)
			}
			for operation, texts := range said {
				text := fmt.Sprint(texts)
				gone := name == "404" && strings.HasPrefix(operation, "read") // which is no error
				if !strings.Contains(text, "Unable to") && !gone {
					t.Errorf("%s: nothing went wrong, so nothing is proved: %s", operation, text)
				}
				secrets.without(t, operation, text)
			}
			if !strings.Contains(log.String(), "request to the Prosa API") {
				t.Errorf("the provider's log was not taken: %s", log.String())
			}
			secrets.without(t, "log", log.String())
		})
	}
}

// TestNoErrorShowsAKeyOfTheState has the API repeat keys to a provider that has not seen them in this run: only the state
// has them, or nobody.
func TestNoErrorShowsAKeyOfTheState(t *testing.T) {
	t.Parallel()
	const own = "canary-own-key-5a"
	e, secrets := acctest.New(t), newCanaries()
	w := e.Workspace(nil)
	config := func(n, endpointID string) string {
		return withSource + `
resource "prosa_webhook_endpoint" "own" {
  url           = "https://own.example/` + n + `"
  secret_key    = "` + own + `"
  store_secrets = true
}
resource "prosa_webhook_endpoint" "plain" { url = "https://plain.example/` + n + `" }
resource "prosa_webhook_secret_rotation" "a" {
  endpoint_id         = ` + endpointID + `
  rotation_period     = { days = 1 }
  rotate_when_changed = { n = "` + n + `" }
  rotate_on_create    = false
  store_secrets       = true
}
`
	}
	w.Write("main.tf", config("1", "prosa_webhook_endpoint.own.id"))
	w.Run("apply", "-auto-approve")
	secrets.collect(e)
	if n := strings.Count(w.Read("terraform.tfstate"), own); n != 3 {
		t.Fatalf("the key is in the state %d times", n)
	}
	keys := map[string]string{}
	for _, endpoint := range e.Sandbox.Endpoints() {
		for _, secret := range endpoint.Secrets {
			keys[endpoint.ID] += secret.Key + ", "
		}
	}
	w.Write("main.tf", config("2", fmt.Sprintf("%q", w.State()[rotationA].Text("id")))) // so that it can be applied alone
	for _, c := range []struct {
		op   sandbox.Operation
		args []string
	}{
		{sandbox.OpListEndpoints, []string{"plan"}},
		{sandbox.OpGetEndpoint, []string{"plan"}},
		{sandbox.OpGetEndpoint, []string{"apply", "-auto-approve", "-refresh=false", "-target=" + rotationA}}, // the keys before it
		{sandbox.OpUpdateEndpoint, []string{"apply", "-auto-approve"}},
		{sandbox.OpDeleteEndpoint, []string{"destroy", "-auto-approve", "-refresh=false"}},
	} {
		for id, shown := range keys {
			fault := sandbox.Fault{Operation: c.op, Times: -1, Status: 403, Match: mentions(id)}
			if c.op == sandbox.OpListEndpoints { // which may be answered before the state of each of them is looked at
				fault.Match, shown = nil, strings.ReplaceAll(shown, own, "")
			}
			fault.Body = fmt.Sprintf(`{"status":"forbidden","message":%q,"context":{"secret_key":%q}}`, "not with "+shown, own)
			e.Sandbox.Inject(fault)
		}
		said := w.Fails(c.args...)
		if !strings.Contains(said, "not with (redacted)") && c.op != sandbox.OpListEndpoints {
			t.Errorf("%s: nothing is proved: %s", c.op, said)
		}
		secrets.without(t, string(c.op), said)
		e.Sandbox.ClearFaults()
	}
}
