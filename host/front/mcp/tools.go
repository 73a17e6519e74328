package mcp

import (
	"context"
	"crypto/sha256"

	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/mediate"
	"argus/internal/ijson"
)

// listTools lists what the agent could call, from the pinned definitions: a list brings nothing that a person has not seen.
func (f *Front) listTools(t turn) answer {
	if wrong := listParams(t.params); wrong != nil {
		return answer{err: wrong}
	}
	out := []byte(`{"tools":[`)
	for i, item := range f.Mediator.Visible(t.who) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, item.Listing...)
	}
	if t.grant.Principal.Mode == identity.Declared {
		if len(out) > len(`{"tools":[`) {
			out = append(out, ',')
		}
		out = append(out, ownListings...)
	}
	return answer{result: append(out, `]}`...)}
}

// listParams refuses a cursor: none was ever given.
func listParams(params ijson.Value) *rpcError {
	if !fits(params, "cursor") {
		return wrongParams
	}
	if _, sent := params.Member("cursor"); sent {
		return wrongCursor
	}
	return nil
}

// digest tells one list of tools from another.
func digest(items []*inventory.Item) string {
	h := sha256.New()
	for _, item := range items {
		h.Write(item.Listing)
		h.Write([]byte{'\n'})
	}
	return string(h.Sum(nil))
}

// callTool passes a call to the mediator.
func (f *Front) callTool(ctx context.Context, t turn) answer {
	arguments, given := t.params.Member("arguments")
	name, ok := text(t.params, "name")
	if !ok || given && arguments.Kind() != ijson.Object || !fits(t.params, "name", "arguments", "task") {
		return answer{err: wrongParams}
	}
	if tool, ours := ownTools[name]; ours && t.grant.Principal.Mode == identity.Declared {
		return f.callOwn(ctx, t, tool, arguments)
	}
	reply, err := f.Mediator.CallTool(ctx, t.who, name, arguments, t.client)
	switch {
	case err != nil:
		return answer{err: f.failed(err, t.method)}
	case reply.Refusal != nil:
		return refusedResult(reply.Refusal)
	}
	return relay(reply)
}

// relay passes on what a server answered.
func relay(reply mediate.Reply) answer {
	if reply.Failure != nil {
		return answer{err: relayed(reply.Failure)}
	}
	return answer{passed: reply.Result}
}
