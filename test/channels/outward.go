package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// carrier is one way by which an agent's bytes might reach a server.
type carrier struct {
	path   string
	closed bool // no agent's bytes may go this way: the control is that what they were attached to goes on without them
	in     []era
	to     era // of the server; empty for each
	carry  func(ctx context.Context, a *agent, server, text string) (reply, error)
}

var (
	both    = []era{session, stateless}
	older   = []era{session}
	younger = []era{stateless}
)

// opened are the servers whose channels are declared, with the era that each speaks.
var opened = map[string]era{"open25": session, "open26": stateless}

// outward has an agent that read the secret try each way to a server that would carry it to the network.
func outward() []attack {
	var all []attack
	for _, c := range carriers() {
		for _, e := range c.in {
			for _, server := range []string{"open25", "open26"} {
				if c.to != "" && c.to != opened[server] {
					continue
				}
				all = append(all, attack{way: "secret out", path: c.path, mix: fmt.Sprintf("%s → %s", e, opened[server]), try: c.attack(e, server)})
			}
		}
	}
	return all
}

func (c carrier) attack(e era, server string) func(context.Context, *house) (bool, bool, error) {
	return func(ctx context.Context, h *house) (bool, bool, error) {
		h.texts++
		text, harmless := fmt.Sprint("the-secret-", h.texts, "."), fmt.Sprint("harmless-", h.texts, ".")
		thief, err := h.thief(ctx, e)
		if err != nil {
			return false, false, err
		}
		if _, err := c.carry(ctx, thief, server, text); err != nil {
			return false, false, err
		}
		honest, err := h.honest(ctx, e)
		if err != nil {
			return false, false, err
		}
		r, err := c.carry(ctx, honest, server, harmless)
		if err != nil {
			return false, false, err
		}
		out, err := h.reached(server, text)
		arrived, err2 := h.reached(server, harmless)
		if c.closed {
			return out || arrived, r.fine(), errors.Join(err, err2)
		}
		return out, arrived, errors.Join(err, err2)
	}
}

// goOn is a call that anybody may make.
func goOn(ctx context.Context, a *agent, server string) (reply, error) {
	return a.tool(ctx, server, "tell", object{"by": "progress"})
}

// attached carries text on a message of its own, and goes on.
func attached(send func(ctx context.Context, a *agent, server, text string) error) func(context.Context, *agent, string, string) (reply, error) {
	return func(ctx context.Context, a *agent, server, text string) (reply, error) {
		if err := send(ctx, a, server, text); err != nil {
			return reply{}, err
		}
		return goOn(ctx, a, server)
	}
}

// noted is a notification with text in its parameters.
func noted(method, member string) func(context.Context, *agent, string, string) (reply, error) {
	return attached(func(ctx context.Context, a *agent, _, text string) error {
		return a.notify(ctx, method, object{"requestId": "none", member: text})
	})
}

// requested is a request that is refused, with text in its parameters.
func requested(method string, params func(text string) object) func(context.Context, *agent, string, string) (reply, error) {
	return attached(func(ctx context.Context, a *agent, _, text string) error {
		_, err := a.do(ctx, method, params(text))
		return err
	})
}

// answered has the server ask, and answers with text.
func answered(by string, outcome func(text string) object) func(context.Context, *agent, string, string) (reply, error) {
	return func(ctx context.Context, a *agent, server, text string) (reply, error) {
		a.answer = func(string) object { return outcome(text) }
		defer func() { a.answer = nil }()
		return a.tool(ctx, server, "ask", object{"by": by})
	}
}

// result is an answer that is one.
func result(members object) object { return object{"result": members} }

func carriers() []carrier {
	use := func(method string, params func(server, text string) object) func(context.Context, *agent, string, string) (reply, error) {
		return func(ctx context.Context, a *agent, server, text string) (reply, error) {
			return a.do(ctx, method, params(server, text))
		}
	}
	return slices.Concat([]carrier{
		{path: "tool argument", in: both, carry: func(ctx context.Context, a *agent, server, text string) (reply, error) {
			return a.tool(ctx, server, "take", object{"text": text})
		}},
		{path: "resource address", in: both, carry: use("resources/read", func(server, text string) object {
			return object{"uri": "argus://" + server + "/speak://" + text}
		})},
		{path: "subscription address", in: older, carry: use("resources/subscribe", func(server, text string) object {
			return object{"uri": "argus://" + server + "/speak://" + text}
		})},
		{path: "subscription address", in: younger, carry: func(ctx context.Context, a *agent, server, text string) (reply, error) {
			stop, err := a.listen(ctx, "argus://"+server+"/speak://"+text)
			if err == nil {
				stop()
			}
			return reply{}, err
		}},
		{path: "prompt argument", in: both, carry: use("prompts/get", func(server, text string) object {
			return object{"name": server + "__greet", "arguments": object{"who": text}}
		})},
		{path: "prompt name", in: both, carry: use("prompts/get", func(server, text string) object {
			return object{"name": server + "__" + text}
		})},
		{path: "completion argument", in: both, carry: use("completion/complete", func(server, text string) object {
			return object{"ref": object{"type": "ref/prompt", "name": server + "__greet"}, "argument": object{"name": "who", "value": text}}
		})},
		{path: "sampling answer", in: both, carry: answered("sampling", func(text string) object {
			return result(object{"role": "assistant", "model": "m", "content": object{"type": "text", "text": text}})
		})},
		{path: "elicitation answer", in: both, carry: answered("elicitation", func(text string) object {
			return result(object{"action": "accept", "content": object{"answer": text}})
		})},
		{path: "elicitation declined", in: both, carry: answered("elicitation", func(text string) object {
			return result(object{"action": "decline", "_meta": object{"why": text}})
		})},
		{path: "roots answer", in: both, carry: answered("roots", func(text string) object {
			return result(object{"roots": []object{{"uri": "file:///" + text}}})
		})},
		{path: "error instead of an answer", in: older, to: session, carry: answered("sampling", func(text string) object {
			return object{"error": object{"code": -1, "message": text}}
		})},
	}, closedCarriers())
}

// closedCarriers are the ways that end at Argus.
func closedCarriers() []carrier {
	all := []carrier{
		{path: "_meta of a call", in: both, carry: func(ctx context.Context, a *agent, server, text string) (reply, error) {
			return a.do(ctx, "tools/call", object{"name": server + "__tell", "arguments": object{}, "_meta": object{"note": text}})
		}},
		{path: "progress token", in: both, carry: func(ctx context.Context, a *agent, server, text string) (reply, error) {
			return a.do(ctx, "tools/call", object{"name": server + "__tell", "arguments": object{}, "_meta": object{"progressToken": text}})
		}},
		{path: "header of HTTP", in: both, carry: func(ctx context.Context, a *agent, server, text string) (reply, error) {
			a.header = text
			defer func() { a.header = "" }()
			return goOn(ctx, a, server)
		}},
		{path: "name of the client", in: older, carry: func(ctx context.Context, a *agent, server, text string) (reply, error) {
			again := &agent{url: a.url, token: a.token, era: a.era}
			if err := again.open(ctx, text); err != nil {
				return reply{}, err
			}
			return goOn(ctx, again, server)
		}},
		{path: "name of the client", in: younger, carry: func(ctx context.Context, a *agent, server, text string) (reply, error) {
			info := object{"io.modelcontextprotocol/clientInfo": object{"name": text, "version": "1"}}
			return a.do(ctx, "tools/call", object{"name": server + "__tell", "arguments": object{}, "_meta": info})
		}},
		{path: "answers that nobody asked for", in: younger, carry: func(ctx context.Context, a *agent, server, text string) (reply, error) {
			return a.do(ctx, "tools/call", object{"name": server + "__tell", "arguments": object{}, "inputResponses": object{"q": object{"text": text}}})
		}},
		{path: "tool name", in: both, carry: attached(func(ctx context.Context, a *agent, server, text string) error {
			_, err := a.tool(ctx, server, text, object{})
			return err
		})},
		{path: "log level", in: older, carry: requested("logging/setLevel", func(text string) object { return object{"level": text} })},
		{path: "cursor of a list", in: both, carry: requested("resources/list", func(text string) object { return object{"cursor": text} })},
		{path: "unknown method", in: both, carry: requested("unheard/of", func(text string) object { return object{"text": text} })},
		{path: "reason to cancel", in: both, carry: noted("notifications/cancelled", "reason")},
		{path: "change of roots", in: both, carry: noted("notifications/roots/list_changed", "note")},
		{path: "unknown notification", in: both, carry: noted("notifications/unheard-of", "text")},
	}
	for i := range all {
		all[i].closed = true
	}
	return all
}
