package provider_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const (
	restAPIAddress = "registry.terraform.io/mastercard/restapi"
	restfulAddress = "registry.opentofu.org/magodo/restful"

	movedID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
)

// restAPIState is the state of a restapi_object as that provider keeps it.
func restAPIState(path, id string) string {
	const answer = `{\"id\":\"497f6eca-6276-4993-bfeb-53cbbbba6f08\",\"url\":\"https://example.com/hook\",\"secrets\":[{\"id\":\"063c6473-fa0c-79b7-8000-760e63e5b4f7\",\"key\":\"the-signing-key\"}]}`
	return fmt.Sprintf(`{
  "id": %q, "path": %q, "create_path": null, "read_path": null, "update_path": null, "destroy_path": null,
  "create_method": null, "read_method": null, "update_method": null, "destroy_method": null,
  "id_attribute": null, "object_id": null, "data": "{\"url\":\"https://example.com/hook\",\"secret_key\":\"the-signing-key\"}",
  "debug": null, "read_search": null, "query_string": null, "force_new": null, "read_data": null, "update_data": null,
  "destroy_data": null, "ignore_changes_to": null, "ignore_all_server_changes": true, "ignore_server_additions": null,
  "api_data": {"id": "497f6eca-6276-4993-bfeb-53cbbbba6f08", "secrets": "[map[key:the-signing-key]]"},
  "api_response": "%[3]s", "create_response": "%[3]s"
}`, id, path, answer)
}

// restfulState is the state of a restful_resource as that provider keeps it.
func restfulState(id string) string {
	return fmt.Sprintf(`{
  "id": %q, "path": "/webhooks/endpoints", "read_path": "$(path)/$(body.id)", "update_path": null, "delete_path": null,
  "create_method": null, "update_method": null, "delete_method": null, "create_selector": null, "read_selector": null,
  "body": {"value": {"url": "https://example.com/hook", "event_filters": []}, "type": ["object", {"url": "string", "event_filters": ["tuple", []]}]},
  "ephemeral_body": null, "write_only_attrs": null, "merge_patch_disabled": null, "query": null, "header": null,
  "output": {"value": {"secrets": [{"key": "the-signing-key"}]}, "type": ["object", {"secrets": ["tuple", [["object", {"key": "string"}]]]}]},
  "sensitive_output": null
}`, id)
}

func TestMove(t *testing.T) {
	t.Parallel()
	e := acctest.New(t)
	p := e.Provider() // not configured: a move needs no request
	const data = `"data": "{\"url\":\"https://example.com/hook\"}"`
	for name, c := range map[string]struct{ provider, kind, state string }{
		"restapi":                    {restAPIAddress, "restapi_object", restAPIState("/webhooks/endpoints", movedID)},
		"restapi, as users write it": {"registry.opentofu.org/Mastercard/restapi", "restapi_object", restAPIState("/webhooks/endpoints", movedID)},
		"restapi, OpenTofu 1.12":     {"registry.opentofu.org/mastercard/restapi", "restapi_object", restAPIState("/webhooks/endpoints", movedID)},
		"restapi, OpenTofu 1.11":     {"restapi", "restapi_object", restAPIState("/webhooks/endpoints", movedID)},
		"restapi, uri to webhooks":   {restAPIAddress, "restapi_object", restAPIState("/endpoints", movedID)},
		"restapi, uri to endpoints":  {restAPIAddress, "restapi_object", restAPIState("", movedID)},
		"restapi, by create_path":    {restAPIAddress, "restapi_object", `{"id": "` + movedID + `", "path": "/x", "create_path": "/endpoints", "read_path": "/endpoints/{id}", ` + data + `}`},
		"restapi, URL in data":       {restAPIAddress, "restapi_object", `{"id": "` + movedID + `", ` + data + `}`},
		"restapi, URL in api_data":   {restAPIAddress, "restapi_object", `{"id": "` + movedID + `", "data": "", "api_data": {"url": "https://example.com/hook"}}`},
		"restapi, URL in a response": {restAPIAddress, "restapi_object", `{"id": "` + movedID + `", "api_response": "{\"url\":\"https://example.com/hook\"}"}`},
		"restful":                    {restfulAddress, "restful_resource", restfulState("/webhooks/endpoints/" + movedID)},
		"restful, OpenTofu 1.11":     {"restful", "restful_resource", restfulState("/webhooks/endpoints/" + movedID)},
		"restful, slashes":           {restfulAddress, "restful_resource", restfulState("webhooks/endpoints/" + movedID + "/")},
		"restful, whole path":        {restfulAddress, "restful_resource", restfulState("/v2/speech/webhooks/endpoints/" + movedID)},
		"restful, base_url to it":    {restfulAddress, "restful_resource", restfulState("/endpoints/" + movedID)},
		"restful, base_url to all":   {restfulAddress, "restful_resource", restfulState("/" + movedID)},
		"restful, query":             {restfulAddress, "restful_resource", restfulState("/webhooks/endpoints/" + movedID + "?a=/b")},
		"restful, body as JSON":      {restfulAddress, "restful_resource", `{"id": "/webhooks/endpoints/` + movedID + `", "body": "{\"url\":\"https://example.com/hook\"}"}`},
	} {
		state, identity, problems := p.Move(c.provider, c.kind, c.state, endpointType)
		if len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		for attribute, value := range state.Attributes {
			if want := map[string]any{"id": movedID}[attribute]; value != want {
				t.Errorf("%s: %s is %v", name, attribute, value)
			}
		}
		if !reflect.DeepEqual(identity, acctest.Object{"id": movedID}) {
			t.Errorf("%s: the identity is %v", name, identity)
		}
	}
	if n := len(e.Sandbox.RequestLog()); n > 0 {
		t.Errorf("moving made %d requests", n)
	}
}

// TestMoveOfOpaqueID moves an endpoint whose id is no UUID, as it is.
func TestMoveOfOpaqueID(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	for id, c := range map[string]struct{ provider, kind, state string }{
		"WH_17":    {restAPIAddress, "restapi_object", restAPIState("/webhooks/endpoints", "WH_17")},
		"a b/ü":    {restAPIAddress, "restapi_object", restAPIState("/webhooks/endpoints", "a b/ü")},
		"WH/17":    {restfulAddress, "restful_resource", restfulState("/webhooks/endpoints/WH%2F17")},
		"WH 17 %x": {restfulAddress, "restful_resource", restfulState("/webhooks/endpoints/WH%2017%20%25x")},
	} {
		state, _, problems := p.Move(c.provider, c.kind, c.state, endpointType)
		problems.ExpectNone(t)
		if got := state.Attributes["id"]; got != id {
			t.Errorf("the id is %q, want %q", got, id)
		}
	}
}

func TestMoveOfSomethingElse(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	const notOne, unsupported = "not one of Prosa's webhook endpoints", "Unable to Move Resource State"
	for name, c := range map[string]struct{ provider, kind, state, says string }{
		"no id":                   {restAPIAddress, "restapi_object", restAPIState("/webhooks/endpoints", ""), notOne},
		"id that is no text":      {restAPIAddress, "restapi_object", `{"id": 17, "data": "{\"url\":\"https://example.com/hook\"}"}`, notOne},
		"no URL":                  {restAPIAddress, "restapi_object", `{"id": "17", "path": "/jobs", "data": "{\"secret_key\":\"the-signing-key\"}", "api_data": {"url": "here"}}`, notOne},
		"no JSON":                 {restAPIAddress, "restapi_object", `[]`, "cannot be read"},
		"restful, the collection": {restfulAddress, "restful_resource", restfulState("/webhooks/endpoints"), notOne},
		"restful, above it":       {restfulAddress, "restful_resource", restfulState("/webhooks/"), notOne},
		"restful, no id":          {restfulAddress, "restful_resource", restfulState(""), notOne},
		"restful, no URL":         {restfulAddress, "restful_resource", `{"id": "/jobs/1", "body": {"value": {"name": "x"}, "type": ["object", {"url": "string"}]}}`, notOne},
		"another type":            {restAPIAddress, "restapi_thing", restAPIState("/webhooks/endpoints", movedID), unsupported},
		"another provider":        {"registry.terraform.io/notmastercard/restapi", "restapi_object", restAPIState("/webhooks/endpoints", movedID), unsupported},
		"another bare name":       {"rest", "restapi_object", restAPIState("/webhooks/endpoints", movedID), unsupported},
		"types swapped":           {restAPIAddress, "restful_resource", restfulState("/webhooks/endpoints/" + movedID), unsupported},
	} {
		_, _, problems := p.Move(c.provider, c.kind, c.state, endpointType)
		if problems.Errors() != 1 || !strings.Contains(problems[0].String(), c.says) {
			t.Errorf("%s: got %v", name, problems)
		}
		if c.says == notOne && (len(problems) == 0 || !strings.Contains(problems[0].Detail, "terraform import")) {
			t.Errorf("%s: it does not say what to do: %v", name, problems)
		}
		if strings.Contains(fmt.Sprint(problems), "the-signing-key") {
			t.Errorf("%s: a key is in %v", name, problems)
		}
	}
}
