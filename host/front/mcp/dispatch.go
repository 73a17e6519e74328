package mcp

import (
	"context"
	"strings"

	"argus/host/mediate"
	"argus/internal/ijson"
)

var empty = []byte("{}")

// dispatchInSession carries out a request of a session.
func (f *Front) dispatchInSession(ctx context.Context, t turn) answer {
	switch t.method {
	case "ping":
		return answer{result: empty}
	case "logging/setLevel":
		return f.setLevel(ctx, t)
	case "resources/subscribe":
		return f.subscribe(ctx, t)
	case "resources/unsubscribe":
		return f.unsubscribe(ctx, t)
	}
	return f.dispatch(ctx, t)
}

// dispatch carries out a request that needs no session.
func (f *Front) dispatch(ctx context.Context, t turn) answer {
	switch t.method {
	case "tools/call":
		return f.callTool(ctx, t)
	case "tools/list":
		return f.listTools(t)
	case "resources/list":
		return f.list(ctx, t, resourceList)
	case "resources/templates/list":
		return f.list(ctx, t, templateList)
	case "prompts/list":
		return f.list(ctx, t, promptList)
	case "resources/read":
		return f.readResource(ctx, t)
	case "prompts/get":
		return f.getPrompt(ctx, t)
	case "completion/complete":
		return f.complete(ctx, t)
	}
	if closed(t.method) {
		return answer{err: closedMethod}
	}
	return answer{err: unknownMethod}
}

// closed reports whether a method is one that the protocol has and agents may not ask for: servers do, or nobody here.
func closed(method string) bool {
	switch method {
	case "sampling/createMessage", "elicitation/create", "roots/list":
		return true
	}
	return strings.HasPrefix(method, "tasks/")
}

// notified takes a notification of the client. Those that do not concern the door are ignored, as JSON-RPC asks.
func (s *session) notified(m message) {
	if m.method != "notifications/cancelled" || !fits(m.params, "requestId", "reason") {
		return
	}
	if id, ok := m.params.Member("requestId"); ok {
		s.cancel(idKey(id))
	}
}

// fits reports whether params are absent or an object in which no member could be taken for a known one without being it.
func fits(params ijson.Value, known ...string) bool {
	var all [8]string // on the stack: this is on the way of every call
	return params.Kind() == ijson.Invalid || params.Exact(append(append(all[:0], known...), "_meta")...) == nil
}

// text reads a member of params that must be a string.
func text(params ijson.Value, name string) (string, bool) {
	v, _ := params.Member(name)
	return v.Text()
}

// refusedResult is a refusal as the result of a tool call, which a model is shown.
func refusedResult(r *mediate.Refusal) answer { return errorResult(refusalText(r)) }

func errorResult(text string) answer {
	out := ijson.AppendString([]byte(`{"content":[{"type":"text","text":`), text)
	return answer{result: append(out, `}],"isError":true}`...)}
}
