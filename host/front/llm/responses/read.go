package responses

import (
	"slices"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// settings are members of a request that bring no content to the model, of which the kind of value decides nothing here.
var settings = []string{
	"max_output_tokens", "max_tool_calls", "metadata", "moderation", "parallel_tool_calls", "prompt_cache_key", "prompt_cache_options",
	"prompt_cache_retention", "safety_identifier", "service_tier", "stream_options", "temperature", "top_logprobs", "top_p", "truncation",
	"user",
}

// refused are members that are not let by, each with the reason.
var refused = map[string]string{
	"background":         "the answer to a request in the background is fetched later, by a path on which Argus judges no calls: wait for the answer, or stream it",
	"conversation":       "a conversation that the vendor keeps can hold content that did not pass Argus: send the items, or go on with previous_response_id",
	"prompt":             "a prompt that the vendor keeps can hold content and tools that did not pass Argus: send its text as instructions and input",
	"context_management": "what the vendor compacts can no longer be read, and Argus could not say what it holds: leave items out in the client instead",
}

// includes are what a request may ask to have included in the answer.
var includes = []string{
	"file_search_call.results", "web_search_call.results", "web_search_call.action.sources", "message.input_image.image_url",
	"code_interpreter_call.outputs", "reasoning.encrypted_content", "message.output_text.logprobs",
}

// Read implements wire.Format.
func (f format) Read(body ijson.Value) (wire.Request, error) {
	if body.Kind() != ijson.Object {
		return wire.Request{}, wire.Invalid{What: "must be an object"}
	}
	if err := wire.Known(body, "", f.known...); err != nil {
		return wire.Request{}, err
	}
	r := reader{Request: wire.Request{Body: body}, names: map[string]tool{}, calls: map[string]string{}, declared: declaredBy(body)}
	for name, v := range body.Members() {
		if err := r.member(name, v, ijson.Place("").Member(name)); err != nil {
			return wire.Request{}, err
		}
	}
	if r.Model == "" {
		return wire.Request{}, wire.Invalid{Place: ijson.Place("").Member("model"), What: "must name the model"}
	}
	input, _ := body.Member("input") // last, since the order of members is the client's
	if err := r.input(input); err != nil {
		return wire.Request{}, err
	}
	return r.Request, nil
}

// reader fills a request.
type reader struct {
	wire.Request
	declared
	names map[string]tool   // that are declared so far
	calls map[string]string // the tools of the calls of the conversation so far, by their ids
}

// known are the members that are read. Null is as if absent.
var known = []string{
	"model", "stream", "previous_response_id", "instructions", "tools", "tool_choice", "text", "reasoning", "include", "input",
	"store", "background", "conversation", "prompt", "context_management",
}

func (r *reader) member(name string, v ijson.Value, at ijson.Place) error {
	if v.IsNull() {
		return nil
	}
	is := true
	switch name {
	case "model":
		r.Model, is = v.Text()
	case "stream":
		r.Stream, is = v.Bool()
	case "previous_response_id":
		r.Previous, is = v.Text()
	case "instructions":
		_, is = v.Text()
		r.item(wire.Client, v)
	case "store", "background":
		var yes bool
		if yes, is = v.Bool(); yes && name == "background" {
			return wire.Invalid{Place: at, What: refused[name]}
		}
	case "conversation", "prompt", "context_management":
		return wire.Invalid{Place: at, What: refused[name]}
	case "tools":
		return r.declare(v, at)
	case "tool_choice":
		return r.choice(v, at)
	case "text":
		return r.format(v, at)
	case "reasoning":
		return wire.Known(v, at, "context", "effort", "generate_summary", "mode", "summary")
	case "include":
		return include(v, at)
	}
	if !is {
		return wire.Invalid{Place: at, What: "is a value of another kind than the vendor documents"}
	}
	return nil
}

// include reads what the answer is to hold beside what it holds anyway.
func include(v ijson.Value, at ijson.Place) error {
	if v.Kind() != ijson.Array {
		return wire.Invalid{Place: at, What: "must be an array"}
	}
	for i, one := range v.Items() {
		if what, _ := one.Text(); !slices.Contains(includes, what) {
			return wire.Invalid{Place: at.Item(i), What: "Argus does not know what this includes"}
		}
	}
	return nil
}

func (r *reader) item(origin wire.Origin, v ijson.Value) {
	r.Items = append(r.Items, wire.Item{Origin: origin, Raw: v})
}

// declare reads tools. Their descriptions are content. One may stand twice, if it is the same: what a search found repeats what was declared.
func (r *reader) declare(list ijson.Value, at ijson.Place) error {
	all, err := readTools(list, at)
	if err != nil {
		return err
	}
	for _, t := range all {
		before, has := r.names[t.Name]
		switch same := has && ijson.Digest(before.Definition) == ijson.Digest(t.Definition); {
		case same && before.Hosted == t.Hosted && before.space == t.space:
			continue
		case has:
			return wire.Invalid{Place: at, What: "two tools have one name"}
		}
		r.names[t.Name] = t
		r.Tools = append(r.Tools, t.Tool)
		r.item(wire.Client, t.Definition)
	}
	return nil
}

// choice reads which tools the model is to call. It can name only what is declared, and so brings none.
func (r *reader) choice(v ijson.Value, at ijson.Place) error {
	if word, is := v.Text(); is && slices.Contains([]string{"none", "auto", "required"}, word) {
		return nil
	}
	kind := kindOf(v)
	if kind == "function" || kind == "custom" || kind == "allowed_tools" || hosted[kind] != nil {
		return wire.Known(v, at, "type", "name", "mode", "tools", "server_label")
	}
	return wire.Invalid{Place: at, What: "Argus does not know this choice of tools"}
}

// format reads how the answer is to be formatted. A schema has descriptions, which are content.
func (r *reader) format(v ijson.Value, at ijson.Place) error {
	if err := wire.Known(v, at, "format", "verbosity"); err != nil {
		return err
	}
	format, has := v.Member("format")
	if !has || format.IsNull() {
		return nil
	}
	at = at.Member("format")
	switch kindOf(format) {
	case "text", "json_object":
		return wire.Known(format, at, "type")
	case "json_schema":
		r.item(wire.Client, format)
		return wire.Known(format, at, "type", "name", "schema", "description", "strict")
	}
	return wire.Invalid{Place: at, What: "Argus does not know this format"}
}
