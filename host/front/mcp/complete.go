package mcp

import (
	"context"

	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// complete asks for completions of an argument from the server whose prompt, or template of addresses, is referred to.
func (f *Front) complete(ctx context.Context, t turn) answer {
	ref, _ := t.params.Member("ref")
	argument, _ := t.params.Member("argument")
	given, hasContext := t.params.Member("context")
	if !fits(t.params, "ref", "argument", "context") || argument.Exact("name", "value") != nil || !texts(argument) || hasContext && !earlier(given) {
		return answer{err: wrongParams}
	}
	to, wrong := f.referred(ref)
	if wrong != nil {
		return answer{err: wrong}
	}
	params := appendWith([]byte(`{"ref":`), ref, to.key, to.own)
	params = ijson.AppendLine(append(params, `,"argument":`...), argument)
	if hasContext {
		params = ijson.AppendLine(append(params, `,"context":`...), given)
	}
	reply, err := f.Mediator.UseChannel(ctx, t.who, to.server, registry.Completion, t.method, ijson.MustParse(append(params, '}')), t.client)
	return f.passed(reply, err, t.method)
}

// earlier reports whether v holds nothing but arguments that were completed before.
func earlier(v ijson.Value) bool {
	arguments, given := v.Member("arguments")
	return v.Exact("arguments") == nil && (!given || texts(arguments))
}

// reference is what is referred to: the server, and its own name or address for it, which stands under key.
type reference struct{ server, key, own string }

// referred finds what a reference leads to. A name leads to the server that it leads to when the prompt itself is asked for, so no reference crosses
// over to another.
func (f *Front) referred(ref ijson.Value) (to reference, wrong *rpcError) {
	kind, _ := text(ref, "type")
	stock := f.Mediator.Inventory()
	var found bool
	switch kind {
	case "ref/prompt":
		to.key, wrong = "name", noPrompt
		name, _ := text(ref, to.key)
		to.server, to.own, found = offering(stock, registry.Prompts).prompt(name)
	case "ref/resource":
		to.key, wrong = "uri", noResource
		uri, _ := text(ref, to.key)
		to.server, to.own, found = offering(stock, registry.Resources).resource(uri)
	}
	switch {
	case to.key == "" || ref.Exact("type", to.key) != nil:
		return reference{}, wrongParams
	case !found || to.own == "":
		return reference{}, wrong
	}
	return to, nil
}
