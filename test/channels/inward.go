package main

import (
	"context"
	"fmt"
	"slices"

	"argus/internal/installed"
)

// bringer is one way by which a server's bytes might reach an agent.
type bringer struct {
	path  string
	tool  bool // a tool's own way, which is open for every tool that is pinned
	bring func(ctx context.Context, a *agent, server string) error
}

// says has the server say its text in the middle of a call, and answers what is asked.
func says(tool, by string) func(context.Context, *agent, string) error {
	return func(ctx context.Context, a *agent, server string) error {
		a.answer = func(string) object { return result(object{"action": "cancel"}) }
		defer func() { a.answer = nil }()
		if by == "log" && a.era == session {
			if _, err := a.do(ctx, "logging/setLevel", object{"level": "debug"}); err != nil {
				return err
			}
		}
		_, err := a.tool(ctx, server, tool, object{"by": by})
		return err
	}
}

// asks has the agent ask for something in which the server's text is.
func asks(method string, params func(server string) object) func(context.Context, *agent, string) error {
	return func(ctx context.Context, a *agent, server string) error {
		_, err := a.do(ctx, method, params(server))
		return err
	}
}

func nothing(string) object { return object{} }

var bringers = []bringer{
	{"tool result", true, says("say", "")},
	{"error of a tool", true, says("fail", "")},
	{"progress", false, says("tell", "progress")},
	{"log message", false, says("tell", "log")},
	{"sampling question", false, says("ask", "sampling")},
	{"elicitation question", false, says("ask", "elicitation")},
	{"resource", false, asks("resources/read", func(server string) object { return object{"uri": "argus://" + server + "/speak://resource"} })},
	{"list of resources", false, asks("resources/list", nothing)},
	{"list of templates", false, asks("resources/templates/list", nothing)},
	{"prompt", false, asks("prompts/get", func(server string) object { return object{"name": server + "__greet"} })},
	{"list of prompts", false, asks("prompts/list", nothing)},
	{"completion", false, asks("completion/complete", func(server string) object {
		return object{"ref": object{"type": "ref/prompt", "name": server + "__greet"}, "argument": object{"name": "who", "value": "x"}}
	})},
}

// inward has each server's text come by each way: by a declared one it comes, and the agent can do no harm any more; by a closed one it does
// not come.
func inward() []attack {
	var all []attack
	for _, e := range both {
		for _, b := range bringers {
			for _, server := range []string{"open25", "open26"} {
				all = append(all, attack{"text in, declared", b.path, fmt.Sprintf("%s → %s", e, opened[server]), b.declared(e, server)})
			}
			if !b.tool && b.path != "list of resources" && b.path != "list of templates" && b.path != "list of prompts" {
				all = append(all,
					attack{"text in, closed", b.path, fmt.Sprintf("%s → %s", e, session), b.closed(e, "shut25")},
					attack{"text in, closed", b.path, fmt.Sprintf("%s → %s", e, stateless), b.closed(e, "shut26")})
			}
		}
		for _, server := range []string{"open25", "open26", "shut25", "shut26"} {
			all = append(all, attack{"text in, no channel", "all that strays from " + server, string(e), strayed(e, server)})
		}
		all = append(all,
			attack{"text in, not pinned", "instructions and server's name", string(e), introduced(e)},
		)
	}
	return append(all, attack{"text in, not pinned", "changed description", string(session), changed})
}

// declared demands that the text arrives, and that the agent could do harm before it and cannot afterwards.
func (b bringer) declared(e era, server string) func(context.Context, *house) (bool, bool, error) {
	return func(ctx context.Context, h *house) (bool, bool, error) {
		a, err := h.agent(ctx, e)
		if err != nil {
			return false, false, err
		}
		before, err := harms(ctx, a)
		if err != nil {
			return false, false, err
		}
		if err := b.bring(ctx, a, server); err != nil {
			return false, false, err
		}
		if !a.has(marker) {
			return false, false, fmt.Errorf("the text did not arrive")
		}
		after, err := harms(ctx, a)
		return after, before, err
	}
}

// closed demands that no byte of the text arrives, and that calls go on.
func (b bringer) closed(e era, server string) func(context.Context, *house) (bool, bool, error) {
	return func(ctx context.Context, h *house) (bool, bool, error) {
		a, err := h.honest(ctx, e)
		if err != nil {
			return false, false, err
		}
		a.forget()
		if err := b.bring(ctx, a, server); err != nil {
			return false, false, err
		}
		r, err := goOn(ctx, a, server)
		return a.has(marker), r.fine(), err
	}
}

// strayed demands that nothing arrives of what a server says beside its calls.
func strayed(e era, server string) func(context.Context, *house) (bool, bool, error) {
	return func(ctx context.Context, h *house) (bool, bool, error) {
		a, err := h.agent(ctx, e)
		if err != nil {
			return false, false, err
		}
		stop, err := a.listen(ctx)
		if err != nil {
			return false, false, err
		}
		r, err := a.tool(ctx, server, "stray", object{})
		stop()
		return a.has(marker), r.fine(), err
	}
}

// introduced demands that nothing arrives of what servers say about themselves and nobody pinned.
func introduced(e era) func(context.Context, *house) (bool, bool, error) {
	return func(ctx context.Context, h *house) (bool, bool, error) {
		a, err := h.agent(ctx, e)
		if err != nil || e == session { // it was introduced when its session began
			return err == nil && a.has(marker), err == nil, err
		}
		r, err := a.do(ctx, "server/discover", object{})
		return a.has(marker), r.fine(), err
	}
}

// changed has a server change the descriptions of its tools after they were pinned.
func changed(ctx context.Context, h *house) (bool, bool, error) {
	a, err := h.agent(ctx, session)
	if err != nil {
		return false, false, err
	}
	before, err := a.tool(ctx, "shifty", "take", object{})
	if err != nil {
		return false, false, err
	}
	err = h.Until(ctx, "shifty", "quarantined", func(found []installed.Tool) bool {
		return len(found) == len(tools) && !slices.ContainsFunc(found, installed.Tool.Callable)
	})
	if err != nil {
		return false, false, err
	}
	if _, err = a.do(ctx, "tools/list", object{}); err != nil {
		return false, false, err
	}
	after, err := a.tool(ctx, "shifty", "take", object{})
	return a.has(marker) || after.fine(), before.fine(), err
}
