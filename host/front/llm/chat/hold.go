package chat

import (
	"context"
	"slices"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// hold keeps a chunk that has a fragment of one call, until that call is decided.
func (a *answer) hold(ctx context.Context, dst []byte, v ijson.Value, s said) ([]byte, error) {
	c := a.at(s.position)
	if c.ended {
		return dst, wire.Broken{What: "a choice calls after its end"}
	}
	fragment := s.legacy
	for _, item := range s.calls.Items() {
		fragment = item
	}
	k, begins, err := c.call(&s, fragment)
	if err != nil {
		return dst, err
	}
	if begins {
		if dst, err = a.settle(ctx, dst, c, false); err != nil {
			return dst, err
		}
		c.calls = append(c.calls, k)
	}
	if err := k.add(fragment); err != nil {
		return dst, err
	}
	if err := a.record(&s); err != nil {
		return dst, err
	}
	return dst, a.weigh(k.hold(v, fragment, s.speaks() || s.role.Kind() != ijson.Invalid))
}

// call is the call that a fragment belongs to.
func (c *choice) call(s *said, fragment ijson.Value) (k *call, begins bool, err error) {
	at, legacy := 0, s.legacy.Kind() != ijson.Invalid
	if !legacy {
		at = position(member(fragment, "index"))
	}
	switch {
	case at < 0 || c.begun > 0 && c.legacy != legacy:
		return nil, false, wire.Broken{What: "a call has no position, or follows one of the other kind"}
	case at > c.last:
		if c.begun++; c.begun > mostCalls {
			return nil, false, wire.Broken{What: "it has too many calls"}
		}
		c.last, c.legacy = at, legacy
		return &call{position: at, legacy: legacy}, true, nil
	}
	i := slices.IndexFunc(c.calls, func(k *call) bool { return k.position == at })
	if i < 0 {
		return nil, false, wire.Broken{What: "a call goes on after its end"}
	}
	return c.calls[i], false, nil
}

// settle has the calls of a choice decided: all that wait, or those to which nothing can be added.
func (a *answer) settle(ctx context.Context, dst []byte, c *choice, all bool) ([]byte, error) {
	for len(c.calls) > 0 && (all || c.calls[0].finished()) {
		k := c.calls[0]
		c.calls = c.calls[1:]
		r, err := a.rule(ctx, c, k)
		if err != nil {
			return dst, err
		}
		if r.Forward {
			dst = k.forward(dst, c.shown)
			c.shown++
		} else {
			dst, err = a.withhold(dst, c, k, r.Say)
		}
		if err != nil {
			return dst, err
		}
		a.held -= len(k.held)
	}
	return dst, nil
}

// rule asks about a call.
func (a *answer) rule(ctx context.Context, c *choice, k *call) (wire.Ruling, error) {
	told, err := k.told()
	if err != nil {
		return wire.Ruling{}, err
	}
	if !k.legacy && a.ids[told.ID] {
		return wire.Ruling{}, wire.Broken{What: "two calls have one id"}
	}
	a.ids[told.ID] = true
	if a.keep {
		c.turn.calls = append(c.turn.calls, told.Raw)
		if err := a.weigh(len(told.Raw)); err != nil {
			return wire.Ruling{}, err
		}
	}
	return a.judge.Judge(ctx, told)
}

// withhold drops a call. What came in one event with it is shown, and so is what is said in its place.
func (a *answer) withhold(dst []byte, c *choice, k *call, say string) ([]byte, error) {
	for _, p := range k.pieces {
		if !p.more {
			continue
		}
		v, err := again(string(k.held[p.json:p.past]))
		if err != nil {
			return dst, err
		}
		e := wire.Edit(v)
		for _, choice := range member(v, "choices").Items() {
			e.Keep(member(choice, "delta"), noCall)
			withoutTokens(e, choice)
		}
		dst = sse.Append(dst, "", e.Text())
	}
	if say != "" {
		dst = a.say(dst, c, `{"content":`+quote(say)+`}`)
	}
	return dst, nil
}

// noCall keeps the members of a delta that hold no call.
func noCall(name string, _ ijson.Value) bool { return name != "tool_calls" && name != "function_call" }
