package wire

import "argus/internal/ijson"

// Definition is the definition of a tool that takes JSON. An absent schema is that of a tool without arguments.
func Definition(name string, description, schema ijson.Value) ijson.Value {
	takes := `{"type":"object","properties":{}}`
	if schema.Kind() == ijson.Object {
		takes = schema.Raw()
	}
	return define(name, description, takes)
}

// FreeDefinition is the definition of a tool that takes text: one whose only argument is the text, "input". grammar is what a vendor is told
// about the text, in that vendor's words; empty for nothing.
func FreeDefinition(name string, description ijson.Value, grammar string) ijson.Value {
	input := `{"type":"string"}`
	if grammar != "" {
		input = `{"type":"string","description":` + string(ijson.AppendString(nil, grammar)) + `}`
	}
	return define(name, description, `{"type":"object","properties":{"input":`+input+`},"required":["input"],"additionalProperties":false}`)
}

// define puts a definition together. What it is made of was parsed within the limits of a request, so that it parses again; if it did not, the
// zero Value would match no pin.
func define(name string, description ijson.Value, schema string) ijson.Value {
	text := append(ijson.AppendString([]byte(`{"name":`), name), `,"description":`...)
	if description.Kind() == ijson.String {
		text = append(text, description.Raw()...)
	} else {
		text = append(text, `""`...)
	}
	text = append(append(append(text, `,"inputSchema":`...), schema...), '}')
	v, _ := ijson.ParseString(string(text), ijson.AtMost(len(text)))
	return v
}
