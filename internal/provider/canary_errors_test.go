package provider_test

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

// otherOrigin returns the address of a server that must not get a request.
func otherOrigin(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("request to another origin: %s %s with x-api-key %q", r.Method, r.URL, r.Header.Get("X-Api-Key"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// signing is a placeholder for a signing key that the provider has read.
const signing = "SIGNING"

// leaks returns failed responses that repeat secrets, by a name that is used in URLs.
func leaks(elsewhere string) map[string]sandbox.Fault {
	const all = canaryKey + ` and ` + canaryHeader + ` and ` + signing
	escaped := strings.ReplaceAll(html.EscapeString(canaryOwn), "&#34;", "&quot;")
	redirect := http.Header{"Location": {elsewhere + "/" + canaryUnseen + "/webhooks/endpoints?x-api-key=" + canaryKey + "#" + canaryUnseen}}
	validation := func(field, message string) string {
		return fmt.Sprintf(`{"status":"request_validation_error","message":%q,"context":[{"location":[%s],"message":%q,"status":"value_error"}]}`,
			canaryKey, field, message)
	}
	return map[string]sandbox.Fault{
		"401":           {Status: 401, Body: `{"status":"auth_unauthorized","message":"no such key: ` + canaryKey + `"}`},
		"403":           {Status: 403, Body: fmt.Sprintf(`{"status":"forbidden","message":%q,"context":{"key":%q}}`, all, canaryOwn)},
		"404":           {Status: 404, Body: `{"status":"webhook_endpoint_not_found","message":"` + canaryKey + `"}`},
		"bare-404":      {Status: 404, Body: fmt.Sprintf(`{"detail":%q}`, canaryHeader)},
		"422":           {Status: 422, Body: validation(`"body","secret_key"`, "too weak: "+canaryOwn)},
		"422-unknown":   {Status: 422, Body: validation(fmt.Sprintf("%q", canaryOwn), canaryKey)},
		"500-text":      {Status: 500, Body: "Traceback: headers = {'x-api-key': '" + canaryKey + "'}\n" + canaryOwn},
		"502-page":      {Status: 502, Body: "<html>" + canaryKey + " " + escaped + "</html>"},
		"wrong-type":    {Body: `{"id":5,"secrets":[{"id":"x","key":"` + canaryUnseen + `"}],"url":"` + canaryKey + `"}`},
		"truncated":     {Body: `{"secrets":[{"key":"` + canaryUnseen + `"},{"key":"` + canaryUnseen, Truncate: 75},
		"not-json":      {Body: "key=" + canaryUnseen + "; x-api-key: " + canaryKey},
		"in-the-header": {Status: 500, Header: http.Header{"Retry-After": {canaryKey}, "X-Request-Id": {canaryHeader}}},
		"302":           {Status: 302, Body: canaryKey, Header: redirect},
		"307":           {Status: 307, Body: canaryKey, Header: redirect},
	}
}

// TestNoErrorShowsASecret runs creates with invalid API keys and with each leak through the CLI.
func TestNoErrorShowsASecret(t *testing.T) {
	t.Parallel()
	secrets, elsewhere := newCanaries(), otherOrigin(t)
	e, w, logFile := canaryRun(t)
	w.Setenv("PROSA_REQUEST_TIMEOUT", "3s") // also limits the search after a lost response, which takes real time
	fails := func(text string, errors int) {
		t.Helper()
		message := w.ExpectError("apply", "-auto-approve", "-parallelism=20")
		secrets.notIn(t, text, message)
		if strings.Count(message, "Error: Unable to") != errors || !strings.Contains(message, text) {
			t.Errorf("want %d errors, one of them with %q: %s", errors, text, message)
		}
	}
	w.Write("main.tf", canaryProvider+endpoint("url = \""+hook+"\"\nsecret_key = var.own"))
	w.Run("init")
	w.Setenv("PROSA_API_KEY", canaryWrong)
	fails("401 auth_unauthorized", 1)
	w.Setenv("PROSA_API_KEY", canaryForbidden)
	fails("403 forbidden", 1)
	w.Setenv("PROSA_API_KEY", canaryKey)
	faults := leaks(elsewhere)
	for name, fault := range faults {
		fault.Operation, fault.Match = sandbox.OpCreateEndpoint, mentions("https://example.com/"+name+`"`)
		e.Sandbox.Inject(fault)
	}
	w.Write("main.tf", canaryProvider+endpoint(forEach(slices.Sorted(maps.Keys(faults)))+"\nsecret_key = var.own"))
	fails("a redirect to "+elsewhere, len(faults))
	secrets.notInLog(t, logFile)
}

// TestNoOperationShowsASecret uses every object, without a CLI, while all requests get the same leak as response.
func TestNoOperationShowsASecret(t *testing.T) {
	t.Parallel()
	for name, fault := range leaks(otherOrigin(t)) {
		t.Run(name, func(t *testing.T) {
			secrets := newCanaries()
			e := acctest.New(t, func(s *sandbox.Server) { s.APIKey = canaryKey })
			e.Setenv("PROSA_API_KEY", canaryKey)
			e.Setenv("PROSA_MAX_RETRIES", "1")
			e.Logged = true
			var log bytes.Buffer
			p := e.Provider().WithContext(tflogtest.RootLogger(t.Context(), &log))
			p.Configure(acctest.Object{"headers": acctest.Object{"Authorization": canaryHeader}}).ExpectNone(t)
			own := p.MustApply(endpointType, nil, acctest.Object{"url": hook, "secret_key": canaryOwn})
			id := own.Attributes["id"].(string)
			rotation := func(n string) acctest.Object {
				return rotationObject(id, acctest.Object{"rotate_when_changed": acctest.Object{"n": n}})
			}
			rotated := p.MustApply(rotationType, nil, rotation("1"))
			delivery := addDelivery(e, id, 500)
			secrets.collect(e)
			fault.Times, fault.Body = -1, strings.ReplaceAll(fault.Body, signing, newest(e).Key)
			e.Sandbox.Inject(fault)

			messages := map[string]any{} // by operation
			_, messages["create"] = p.Apply(endpointType, nil, acctest.Object{"url": hook + "/other", "secret_key": canaryOwn})
			_, messages["update"] = p.Apply(endpointType, own, acctest.Object{"url": hook + "/changed", "secret_key": canaryOwn})
			_, messages["read"] = p.Read(endpointType, own)
			_, messages["import"] = p.Import(endpointType, hook)
			_, messages["rotate"] = p.Apply(rotationType, rotated, rotation("2"))
			_, messages["read of a rotation"] = p.Read(rotationType, rotated)
			_, messages["ephemeral"] = p.OpenEphemeral(ephemeralType, acctest.Object{"endpoint_id": id})
			for _, d := range dataSources {
				_, messages[d.name] = p.ReadDataSource(d.name, d.config)
			}
			for action, config := range operationConfigs(id, delivery.DeliveryID) {
				messages[action] = withProgress(p.InvokeAction(action, config))
			}
			messages["list"] = p.List(endpointType, nil, 0, true)
			messages["delete"] = p.Destroy(endpointType, own)
			for operation, message := range messages {
				text := fmt.Sprint(message)
				// The read of a rotation requests the endpoint: if that is missing, the read removes the rotation from the
				// state, without an error. A delete succeeds if the endpoint is missing, or with any body of a 200.
				succeeds := name == "404" && operation == "read of a rotation" ||
					operation == "delete" && (name == "404" || fault.Status == 0)
				if strings.Contains(text, "Unable to") == succeeds {
					t.Errorf("%s: succeeds should be %t: %s", operation, succeeds, text)
				}
				secrets.notIn(t, operation, text)
			}
			if n := strings.Count(log.String(), "request to the Prosa API"); n < len(messages) {
				t.Errorf("the provider's log has %d requests for %d operations: %s", n, len(messages), log.String())
			}
			secrets.notIn(t, "the log", log.String())
		})
	}
}

// TestNoErrorShowsAStoredKey checks errors of new provider processes. They hide keys that are in the state or the
// configuration, and any text in the form of a generated key.
func TestNoErrorShowsAStoredKey(t *testing.T) {
	t.Parallel()
	e, secrets := acctest.New(t), newCanaries()
	p := e.Configured()
	plain := p.MustApply(endpointType, nil, acctest.Object{"url": hook + "/plain"})
	generated := newest(e).Key
	config := acctest.Object{"url": hook, "secret_key": canaryOwn, "store_secrets": true, "ssl_verification": false}
	own, _ := p.Apply(endpointType, nil, config) // warns about ssl_verification
	writeOnly := acctest.Object{
		"url": hook + "/written", "secret_key_wo": canaryWritten, "secret_key_wo_version": 1, "ssl_verification": false,
	}
	written, _ := p.Apply(endpointType, nil, writeOnly) // warns, too
	adopt := rotationObject(own.Attributes["id"].(string), acctest.Object{
		"rotate_on_create": false, "rotate_when_changed": acctest.Object{"n": "1"}, "store_secrets": true,
	})
	rotation := p.MustApply(rotationType, nil, adopt)
	secrets.collect(e)

	with := func(config acctest.Object, attribute string, value any) acctest.Object {
		changed := maps.Clone(config)
		changed[attribute] = value
		return changed
	}
	changed, moved := with(config, "ssl_verification", true), with(config, "url", hook+"/moved")
	writeOnlyChanged, writeOnlyMoved := with(writeOnly, "ssl_verification", true), with(writeOnly, "url", hook+"/moved")
	rotateAgain := with(adopt, "rotate_when_changed", acctest.Object{"n": "2"})
	for name, c := range map[string]struct {
		key   string
		state *acctest.State
		run   run
	}{
		"read of an endpoint without stored keys": {generated, plain, refreshing(endpointType)},
		"read of an endpoint":                     {canaryOwn, own, refreshing(endpointType)},
		"update":                                  {canaryOwn, own, applying(endpointType, changed)},
		"update with a write-only key":            {canaryWritten, written, applying(endpointType, writeOnlyChanged)},
		"plan of another URL":                     {canaryOwn, own, planning(endpointType, moved)},
		"plan of another URL, write-only key":     {canaryWritten, written, planning(endpointType, writeOnlyMoved)},
		"delete":                                  {canaryOwn, own, destroying},
		"read of a rotation":                      {canaryOwn, rotation, refreshing(rotationType)},
		"rotate":                                  {canaryOwn, rotation, applying(rotationType, rotateAgain)},
	} {
		t.Run(name, func(t *testing.T) {
			e.Sandbox.Inject(sandbox.Fault{Times: -1, Status: 403, Body: fmt.Sprintf(`{"status":"forbidden","message":%q}`, "not with "+c.key)})
			defer e.Sandbox.ClearFaults()
			problems := c.run(e, c.state)
			problems.Expect(t, "error", "", "not with (redacted)")
			secrets.notIn(t, "the error", fmt.Sprint(problems))
		})
	}
}
