package acctest

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Object is a configuration or a state, by attribute. Missing attributes are null. A value is a bool, a string, a number
// (in results, an int64 if it has no fraction, or else a float64), a []any for lists and sets, an Object for objects and
// maps, or Unknown.
type Object map[string]any

// Unknown is a value that is not known during the plan.
const Unknown = tftypes.UnknownValue

func (p *Provider) typeOf(resource string) tftypes.Type {
	return p.schemas.ResourceSchemas[resource].ValueType()
}

func (p *Provider) marshalObject(typ tftypes.Type, object Object) *tfprotov6.DynamicValue {
	p.t.Helper()
	if object == nil {
		object = Object{} // a block without arguments; null would mean that there is no block
	}
	return p.marshal(typ, object)
}

func (p *Provider) marshal(typ tftypes.Type, value any) *tfprotov6.DynamicValue {
	p.t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(typ, p.encode(typ, value))
	must(p.t, err)
	return &dynamic
}

func (p *Provider) encode(typ tftypes.Type, value any) tftypes.Value {
	p.t.Helper()
	if value == nil || value == Unknown {
		return tftypes.NewValue(typ, value)
	}
	switch typ := typ.(type) {
	case tftypes.Object:
		attributes, given := map[string]tftypes.Value{}, value.(Object)
		for name, attribute := range typ.AttributeTypes {
			attributes[name] = p.encode(attribute, given[name])
		}
		for name := range given {
			if typ.AttributeTypes[name] == nil {
				p.t.Fatalf("there is no attribute %s", name)
			}
		}
		return tftypes.NewValue(typ, attributes)
	case tftypes.Map:
		elements := map[string]tftypes.Value{}
		for name, element := range value.(Object) {
			elements[name] = p.encode(typ.ElementType, element)
		}
		return tftypes.NewValue(typ, elements)
	case tftypes.Set:
		return tftypes.NewValue(typ, p.encodeAll(typ.ElementType, value.([]any)))
	case tftypes.List:
		return tftypes.NewValue(typ, p.encodeAll(typ.ElementType, value.([]any)))
	}
	return tftypes.NewValue(typ, value)
}

func (p *Provider) encodeAll(typ tftypes.Type, values []any) []tftypes.Value {
	p.t.Helper()
	encoded := []tftypes.Value{}
	for _, value := range values {
		encoded = append(encoded, p.encode(typ, value))
	}
	return encoded
}

func (p *Provider) unmarshal(typ tftypes.Type, dynamic *tfprotov6.DynamicValue) Object {
	p.t.Helper()
	value, err := dynamic.Unmarshal(typ)
	must(p.t, err)
	decoded, _ := p.decode(value).(Object)
	return decoded
}

func (p *Provider) decode(value tftypes.Value) any {
	p.t.Helper()
	switch typ := value.Type(); {
	case !value.IsKnown():
		return Unknown
	case value.IsNull():
		return nil
	case typ.Is(tftypes.String):
		return decodeAs[string](p, value)
	case typ.Is(tftypes.Bool):
		return decodeAs[bool](p, value)
	case typ.Is(tftypes.Number):
		number := decodeAs[*big.Float](p, value)
		if n, accuracy := number.Int64(); accuracy == big.Exact {
			return n
		}
		n, _ := number.Float64()
		return n
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		object := Object{}
		for name, element := range decodeAs[map[string]tftypes.Value](p, value) {
			object[name] = p.decode(element)
		}
		return object
	}
	list := []any{}
	for _, element := range decodeAs[[]tftypes.Value](p, value) {
		list = append(list, p.decode(element))
	}
	return list
}

func decodeAs[T any](p *Provider, value tftypes.Value) (decoded T) {
	p.t.Helper()
	must(p.t, value.As(&decoded))
	return decoded
}

// state decodes a response's resource; nil if the resource was deleted.
func (p *Provider) state(resource string, dynamic *tfprotov6.DynamicValue, private []byte) *State {
	p.t.Helper()
	attributes := p.unmarshal(p.typeOf(resource), dynamic)
	if attributes == nil {
		return nil
	}
	return &State{Attributes: attributes, value: dynamic, private: private}
}

// prior returns the prior state and its private data for a request.
func (p *Provider) prior(resource string, prior *State) (*tfprotov6.DynamicValue, []byte) {
	p.t.Helper()
	if prior != nil {
		return prior.value, prior.private
	}
	return p.marshal(p.typeOf(resource), nil), nil
}

// proposed returns the state that Terraform proposes in a plan: the configuration, and the prior values of the computed
// attributes that it omits.
func (p *Provider) proposed(resource string, prior *State, config Object) Object {
	proposed := Object{}
	for _, attribute := range p.schemas.ResourceSchemas[resource].Block.Attributes {
		switch given := config[attribute.Name]; {
		case attribute.WriteOnly:
		case given != nil:
			proposed[attribute.Name] = given
		case attribute.Computed && prior != nil:
			proposed[attribute.Name] = prior.Attributes[attribute.Name]
		}
	}
	return proposed
}

// pathText formats a path as in a configuration.
func pathText(path *tftypes.AttributePath) string {
	if path == nil {
		return ""
	}
	var b strings.Builder
	for _, step := range path.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(string(step))
		case tftypes.ElementKeyString:
			fmt.Fprintf(&b, "[%q]", string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&b, "[%d]", int64(step))
		case tftypes.ElementKeyValue:
			b.WriteString("[*]") // an element of a set
		}
	}
	return b.String()
}
