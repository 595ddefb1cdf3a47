package acctest

import (
	"encoding/json"
	"fmt"
)

// Instance is a resource, or a data source, in a state file.
type Instance struct {
	Attributes map[string]any
	Raw        string // the whole of it, as JSON, without the list of sensitive attributes: its order is random
	Private    []byte // what the provider keeps beside the attributes
}

// Text gives an attribute that is a string; empty when it is not.
func (i Instance) Text(attribute string) string {
	text, _ := i.Attributes[attribute].(string)
	return text
}

// State gives what the state file holds, by address, such as prosa_webhook_endpoint.a["x"].
func (w *Workspace) State() map[string]Instance {
	w.env.T.Helper()
	var file struct {
		Resources []struct {
			Mode, Type, Name string
			Instances        []json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(w.Read("terraform.tfstate")), &file); err != nil {
		w.env.T.Fatal(err)
	}
	state := map[string]Instance{}
	for _, resource := range file.Resources {
		for _, raw := range resource.Instances {
			var instance struct {
				Index      any `json:"index_key"`
				Attributes map[string]any
				Private    []byte
			}
			if err := json.Unmarshal(raw, &instance); err != nil {
				w.env.T.Fatal(err)
			}
			var whole map[string]json.RawMessage
			if err := json.Unmarshal(raw, &whole); err != nil {
				w.env.T.Fatal(err)
			}
			delete(whole, "sensitive_attributes")
			kept, err := json.Marshal(whole)
			if err != nil {
				w.env.T.Fatal(err)
			}
			address := resource.Type + "." + resource.Name
			if resource.Mode == "data" {
				address = "data." + address
			}
			switch index := instance.Index.(type) {
			case string:
				address += fmt.Sprintf("[%q]", index)
			case float64:
				address += fmt.Sprintf("[%d]", int(index))
			}
			state[address] = Instance{Attributes: instance.Attributes, Raw: string(kept), Private: instance.Private}
		}
	}
	return state
}
