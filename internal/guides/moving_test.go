package guides_test

import (
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
	"github.com/prosa-ai/terraform-provider-prosa/internal/sandbox"
)

const stateRemove = "terraform state rm restapi_object.transcripts"

// TestMovedBlocks follows the guide from each of the two generic providers. No step may send a write request.
func TestMovedBlocks(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.MoveBetweenTypes)
	t.Run("mastercard/restapi", func(t *testing.T) {
		t.Parallel()
		m := newMoving(t, "mastercard/restapi", restAPI, sandbox.Endpoint{EventFilters: []string{"stt.jobs.failed", "stt.jobs.completed"}})
		m.reader.use("restapi-moved/main.tf")
		m.reader.run("terraform init")
		m.reader.run("terraform plan",
			"restapi_object.transcripts has moved to prosa_webhook_endpoint.transcripts", "Plan: 0 to add, 0 to change, 0 to destroy.")
		m.reader.run("terraform apply")
		m.expectMoved("restapi-moved/main.tf")
	})
	t.Run("magodo/restful", func(t *testing.T) {
		t.Parallel()
		m := newMoving(t, "magodo/restful", restful, sandbox.Endpoint{})
		m.reader.skip("terraform init", "terraform plan", "terraform apply")
		m.reader.use("restful-moved/main.tf")
		m.reader.run("terraform init")
		m.reader.run("terraform plan", "Plan: 0 to add, 1 to change, 0 to destroy.") // stores secret_key in the state
		m.reader.run("terraform apply")
		m.reader.expectNext(stateRemove)
		m.expectMoved("restful-moved/main.tf")
	})
}

// TestMovingWithoutMovedBlock follows the end of the guide, which works with every CLI.
func TestMovingWithoutMovedBlock(t *testing.T) {
	t.Parallel()
	m := newMoving(t, "mastercard/restapi", restAPI, sandbox.Endpoint{EventFilters: []string{"stt.jobs.completed", "stt.jobs.failed"}})
	m.reader.skipTo(stateRemove)
	m.reader.run(stateRemove)
	m.reader.w.Write("main.tf", m.withoutMove("restapi-moved/main.tf"))
	m.reader.run("terraform init")
	m.reader.run("terraform import prosa_webhook_endpoint.transcripts https://speech.example.com/prosa-webhook")
	m.reader.expectEnd()
	m.expectMoved("restapi-moved/main.tf")
}

// moving is an endpoint that a generic provider manages, with its key in the state.
type moving struct {
	t      *testing.T
	env    *acctest.Env
	reader *reader
	source string // of the generic provider
	key    string
}

func newMoving(t *testing.T, source string, fake func(sandbox.Endpoint) acctest.Factory, endpoint sandbox.Endpoint) *moving {
	t.Helper()
	e := acctest.New(t)
	endpoint.URL, endpoint.SSLVerification = "https://speech.example.com/prosa-webhook", true
	endpoint = e.Sandbox.AddEndpoint(endpoint)
	w := e.Workspace(map[string]acctest.Factory{source: fake(endpoint)})
	m := &moving{t: t, env: e, reader: newReader(t, w, "moving-from-rest-providers"), source: source, key: endpoint.Secrets[0].Key}
	w.Setenv("TF_VAR_prosa_api_key", acctest.APIKey)
	w.Setenv("TF_VAR_signing_key", "a-key-of-my-own")
	_, name, _ := strings.Cut(source, "/")
	m.reader.use(name + "/main.tf")
	w.Run("apply", "-auto-approve")
	if !strings.Contains(w.Read("terraform.tfstate"), m.key) {
		t.Fatal("the fake provider does not store the key")
	}
	return m
}

// expectMoved checks that there are no changes, with the moved block and without it, and that the key is not in the
// state.
func (m *moving) expectMoved(file string) {
	m.t.Helper()
	w := m.reader.w
	if strings.Contains(w.Read("terraform.tfstate"), m.key) {
		m.t.Error("the generic provider's copy of the key is still in the state")
	}
	expectNoChanges(m.t, w)
	w.Write("main.tf", m.withoutMove(file))
	expectNoChanges(m.t, w)
	m.env.ExpectWrites()
}

// withoutMove returns a configuration of the guide without the moved block and the generic provider.
func (m *moving) withoutMove(file string) string {
	m.t.Helper()
	_, name, _ := strings.Cut(m.source, "/")
	config, _, moved := strings.Cut(m.reader.file(file), "moved {")
	before, rest, declared := strings.Cut(config, name+" = {")
	_, after, closed := strings.Cut(rest, "}")
	if !moved || !declared || !closed {
		m.t.Fatalf("%s has no moved block or does not declare %s:\n%s", file, m.source, config)
	}
	return before + after
}
