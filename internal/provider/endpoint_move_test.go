package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prosa-ai/terraform-provider-prosa/internal/acctest"
)

const (
	restAPIAddress = "registry.terraform.io/mastercard/restapi"
	restfulAddress = "registry.opentofu.org/magodo/restful"
)

// restAPIState returns the state of a restapi_object as mastercard/restapi stores it.
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

// restfulState returns the state of a restful_resource as magodo/restful stores it.
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
	const restapi, restful, data = "restapi_object", "restful_resource", `"data": "{\"url\":\"https://example.com/hook\"}"`
	for name, c := range map[string]struct{ provider, source, state, id string }{
		"restapi":                    {restAPIAddress, restapi, restAPIState("/webhooks/endpoints", knownID), knownID},
		"restapi, mixed case":        {"registry.opentofu.org/Mastercard/restapi", restapi, restAPIState("/webhooks/endpoints", knownID), knownID},
		"restapi, OpenTofu 1.11":     {"restapi", restapi, restAPIState("/webhooks/endpoints", knownID), knownID},
		"restapi, uri to webhooks":   {restAPIAddress, restapi, restAPIState("/endpoints", knownID), knownID},
		"restapi, uri to endpoints":  {restAPIAddress, restapi, restAPIState("", knownID), knownID},
		"restapi, create_path":       {restAPIAddress, restapi, `{"id": "WH_17", "path": "/x", "create_path": "/endpoints", ` + data + `}`, "WH_17"},
		"restapi, URL in data":       {restAPIAddress, restapi, `{"id": "WH_17", ` + data + `}`, "WH_17"},
		"restapi, URL in api_data":   {restAPIAddress, restapi, `{"id": "WH_17", "data": "", "api_data": {"url": "https://example.com/hook"}}`, "WH_17"},
		"restapi, URL in a response": {restAPIAddress, restapi, `{"id": "WH_17", "api_response": "{\"url\":\"https://example.com/hook\"}"}`, "WH_17"},
		"restapi, opaque id":         {restAPIAddress, restapi, restAPIState("/webhooks/endpoints", "a b/ü"), "a b/ü"},
		"restful":                    {restfulAddress, restful, restfulState("/webhooks/endpoints/" + knownID), knownID},
		"restful, OpenTofu 1.11":     {"restful", restful, restfulState("/webhooks/endpoints/" + knownID), knownID},
		"restful, slashes":           {restfulAddress, restful, restfulState("webhooks/endpoints/" + knownID + "/"), knownID},
		"restful, base_url to it":    {restfulAddress, restful, restfulState("/endpoints/" + knownID), knownID},
		"restful, base_url to all":   {restfulAddress, restful, restfulState("/" + knownID), knownID},
		"restful, query":             {restfulAddress, restful, restfulState("/webhooks/endpoints/" + knownID + "?a=/b"), knownID},
		"restful, body as JSON":      {restfulAddress, restful, `{"id": "/webhooks/endpoints/17", "body": "{\"url\":\"https://example.com/hook\"}"}`, "17"},
		"restful, escaped id":        {restfulAddress, restful, restfulState("/webhooks/endpoints/WH%2F17%20%25x"), "WH/17 %x"},
	} {
		state, identity, problems := p.Move(c.provider, c.source, c.state, endpointType)
		problems.ExpectNone(t)
		for attribute, value := range state.Attributes {
			if want := map[string]any{"id": c.id}[attribute]; value != want {
				t.Errorf("%s: %s is %v, want %v", name, attribute, value, want)
			}
		}
		expectObject(t, name+", identity", identity, acctest.Object{"id": c.id})
	}
	e.ExpectRequests()
}

func TestMoveOfOtherResource(t *testing.T) {
	t.Parallel()
	p := acctest.New(t).Provider()
	const restapi, restful = "restapi_object", "restful_resource"
	const notOne, unsupported = "not one of Prosa's webhook endpoints", "Unable to Move Resource State"
	for name, c := range map[string]struct{ provider, source, state, text string }{
		"empty id":               {restAPIAddress, restapi, restAPIState("/webhooks/endpoints", ""), notOne},
		"id that is a number":    {restAPIAddress, restapi, `{"id": 17, "data": "{\"url\":\"https://example.com/hook\"}"}`, notOne},
		"no URL":                 {restAPIAddress, restapi, `{"id": "17", "path": "/jobs", "data": "{\"secret_key\":\"the-signing-key\"}", "api_data": {"url": "here"}}`, notOne},
		"JSON that is no object": {restAPIAddress, restapi, `[]`, "cannot be read"},
		"restful, collection":    {restfulAddress, restful, restfulState("/webhooks/endpoints"), notOne},
		"restful, parent path":   {restfulAddress, restful, restfulState("/webhooks/"), notOne},
		"restful, empty id":      {restfulAddress, restful, restfulState(""), notOne},
		"restful, no URL":        {restfulAddress, restful, `{"id": "/jobs/1", "body": {"value": {"name": "x"}, "type": ["object", {"url": "string"}]}}`, notOne},
		"another type":           {restAPIAddress, "restapi_thing", restAPIState("/webhooks/endpoints", knownID), unsupported},
		"another provider":       {"registry.terraform.io/notmastercard/restapi", restapi, restAPIState("/webhooks/endpoints", knownID), unsupported},
		"another short name":     {"rest", restapi, restAPIState("/webhooks/endpoints", knownID), unsupported},
		"types swapped":          {restAPIAddress, restful, restfulState("/webhooks/endpoints/" + knownID), unsupported},
	} {
		_, _, problems := p.Move(c.provider, c.source, c.state, endpointType)
		text := fmt.Sprint(problems)
		if problems.Errors() != 1 || !strings.Contains(text, c.text) || strings.Contains(text, "the-signing-key") {
			t.Errorf("%s: got %s", name, text)
		}
	}
}
