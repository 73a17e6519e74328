package mcp

import (
	"context"

	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// readResource reads a resource from the server that its address names.
func (f *Front) readResource(ctx context.Context, t turn) answer {
	of, wrong := f.addressed(t)
	if wrong != nil {
		return answer{err: wrong}
	}
	a := f.useResource(ctx, t, of)
	if a.err != nil {
		return a
	}
	return answer{result: offering(f.Mediator.Inventory(), registry.Resources).outward(of.server, a.passed)}
}

// passed maps what became of the use of a channel. Outside tools a refusal has no result to stand in.
func (f *Front) passed(reply mediate.Reply, err error, method string) answer {
	switch {
	case err != nil:
		return answer{err: f.failed(err, method)}
	case reply.Refusal != nil:
		return answer{err: &rpcError{code: codeRefused, text: refusalText(reply.Refusal)}}
	}
	return relay(reply)
}

// outward writes the addresses in what was read as the agent has to write them. Everything else stays as the server wrote it.
func (rs routes) outward(server string, result ijson.Value) []byte {
	r := rs.of(server)
	out := []byte{'{'}
	for name, member := range result.Members() {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(ijson.AppendString(out, name), ':')
		if name == "contents" && member.Kind() == ijson.Array {
			out = appendContents(out, r, member)
		} else {
			out = ijson.AppendLine(out, member)
		}
	}
	return append(out, '}')
}

func appendContents(out []byte, r route, contents ijson.Value) []byte {
	out = append(out, '[')
	for i, item := range contents.Items() {
		if i > 0 {
			out = append(out, ',')
		}
		if own, ok := text(item, "uri"); ok {
			out = appendWith(out, item, "uri", r.address(own))
		} else {
			out = ijson.AppendLine(out, item)
		}
	}
	return append(out, ']')
}

// getPrompt gets a prompt from the server to which its name leads.
func (f *Front) getPrompt(ctx context.Context, t turn) answer {
	name, ok := text(t.params, "name")
	arguments, given := t.params.Member("arguments")
	if !ok || !fits(t.params, "name", "arguments") || given && !texts(arguments) {
		return answer{err: wrongParams}
	}
	server, own, ok := offering(f.Mediator.Inventory(), registry.Prompts).prompt(name)
	if !ok {
		return answer{err: noPrompt}
	}
	params := ijson.AppendString([]byte(`{"name":`), own)
	if given {
		params = ijson.AppendLine(append(params, `,"arguments":`...), arguments)
	}
	reply, err := f.Mediator.UseChannel(ctx, t.who, server, registry.Prompts, t.method, ijson.MustParse(append(params, '}')), t.client)
	return f.passed(reply, err, t.method)
}

// texts reports whether v is an object of strings.
func texts(v ijson.Value) bool {
	for _, member := range v.Members() {
		if member.Kind() != ijson.String {
			return false
		}
	}
	return v.Kind() == ijson.Object
}
