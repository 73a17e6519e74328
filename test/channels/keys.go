package main

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// questionTime is how long a question may stay open in the house.
const questionTime = 3 * time.Second

// keys tries sessions and request states by whom they were not made for, or too late, or twice.
func keys() []attack {
	var all []attack
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
		all = append(all, attack{"session of another", method, string(session), stolen(method)})
	}
	return append(all,
		attack{"request state", "replayed", string(stateless), replayed},
		attack{"request state", "used by another agent", string(stateless), swapped},
		attack{"request state", "used by another context", string(stateless), confused},
		attack{"request state", "used for another call", string(stateless), diverted},
		attack{"request state", "used after its time", string(stateless), expired},
		attack{"request state", "the server's own", string(stateless), foreign},
	)
}

// stolen uses one agent's session with another's token. Only 404 tells nothing.
func stolen(method string) func(context.Context, *house) (bool, bool, error) {
	return func(ctx context.Context, h *house) (bool, bool, error) {
		owner, err := h.agent(ctx, session)
		if err != nil {
			return false, false, err
		}
		thief, err := h.agent(ctx, session)
		if err != nil {
			return false, false, err
		}
		thief.session = owner.session
		status, err := thief.use(ctx, method)
		if err != nil {
			return false, false, err
		}
		own, err := owner.use(ctx, method)
		return status != http.StatusNotFound, own/100 == 2, err
	}
}

// use makes one request of a session.
func (a *agent) use(ctx context.Context, method string) (status int, err error) {
	if method == http.MethodPost {
		r, err := a.do(ctx, "tools/list", object{})
		return r.Status, err
	}
	ctx, cancel := context.WithTimeout(ctx, settling) // a stream has no end
	defer cancel()
	r, err := a.request(ctx, method, nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

var (
	calling = object{"name": "open26__ask", "arguments": object{"by": "sampling"}}
	answers = object{"q": object{"role": "assistant", "model": "m", "content": object{"type": "text", "text": "fine"}}}
)

// questioned is a new agent whose call waits for an answer, and the state by which it goes on.
func questioned(ctx context.Context, h *house) (*agent, string, error) {
	a, err := h.agent(ctx, stateless)
	if err != nil {
		return nil, "", err
	}
	state, err := a.question(ctx)
	return a, state, err
}

// question makes a call that waits for an answer.
func (a *agent) question(ctx context.Context) (state string, err error) {
	r, err := a.once(ctx, "tools/call", calling)
	if err != nil {
		return "", err
	}
	state, asked := required(r.Result)
	if asked == nil || state == "" {
		return "", errors.New("the server's question did not arrive: " + r.String())
	}
	return state, nil
}

// goOn answers the question of a call by its state.
func (a *agent) goOn(ctx context.Context, params object, state string) (reply, error) {
	return a.retry(ctx, "tools/call", params, state, answers)
}

func replayed(ctx context.Context, h *house) (bool, bool, error) {
	a, state, err := questioned(ctx, h)
	if err != nil {
		return false, false, err
	}
	first, err := a.goOn(ctx, calling, state)
	if err != nil {
		return false, false, err
	}
	second, err := a.goOn(ctx, calling, state)
	return second.fine(), first.fine(), err
}

func swapped(ctx context.Context, h *house) (bool, bool, error) {
	a, err := h.agent(ctx, stateless)
	if err != nil {
		return false, false, err
	}
	thief, err := h.agent(ctx, stateless)
	if err != nil {
		return false, false, err
	}
	return steal(ctx, a, thief)
}

func confused(ctx context.Context, h *house) (bool, bool, error) {
	a, b, err := h.siblings(ctx, stateless)
	if err != nil {
		return false, false, err
	}
	return steal(ctx, a, b)
}

// steal has one agent go on with the other's call.
func steal(ctx context.Context, a, thief *agent) (bool, bool, error) {
	state, err := a.question(ctx)
	if err != nil {
		return false, false, err
	}
	stolen, err := thief.goOn(ctx, calling, state)
	if err != nil {
		return false, false, err
	}
	own, err := a.goOn(ctx, calling, state)
	return stolen.fine(), own.fine(), err
}

func diverted(ctx context.Context, h *house) (bool, bool, error) {
	a, state, err := questioned(ctx, h)
	if err != nil {
		return false, false, err
	}
	other, err := a.goOn(ctx, object{"name": "open26__ask", "arguments": object{"by": "elicitation"}}, state)
	if err != nil {
		return false, false, err
	}
	same, err := a.goOn(ctx, calling, state)
	return other.fine(), same.fine(), err
}

func expired(ctx context.Context, h *house) (bool, bool, error) {
	a, state, err := questioned(ctx, h)
	if err != nil {
		return false, false, err
	}
	time.Sleep(questionTime + time.Second)
	late, err := a.goOn(ctx, calling, state)
	if err != nil {
		return false, false, err
	}
	b, state, err := questioned(ctx, h)
	if err != nil {
		return false, false, err
	}
	early, err := b.goOn(ctx, calling, state)
	return late.fine(), early.fine(), err
}

// foreign looks for the state that the server gave to Argus.
func foreign(ctx context.Context, h *house) (bool, bool, error) {
	a, state, err := questioned(ctx, h)
	if err != nil {
		return false, false, err
	}
	r, err := a.goOn(ctx, calling, state)
	return a.has("of the server alone"), r.fine(), err
}
