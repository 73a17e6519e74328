package chat

import (
	"context"
	"strings"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

func (a *answer) Whole(ctx context.Context, body ijson.Value) error {
	if a.fault == nil {
		a.fault = a.rewrite(ctx, body)
	}
	return a.fault
}

func (a *answer) rewrite(ctx context.Context, body ijson.Value) error {
	choices, err := a.format.choices(body, "chat.completion")
	if err != nil {
		return err
	}
	if choices.Len() > a.most {
		return unasked
	}
	e := wire.Edit(body)
	for i, item := range choices.Items() {
		s, err := a.read(item, "message")
		if err != nil {
			return err
		}
		if s.position != i { // clients go by the place in the list
			return wire.Broken{What: "a choice is not at its position"}
		}
		if err := a.message(ctx, e, &s); err != nil {
			return err
		}
	}
	if err := a.count(e, body); err != nil {
		return err
	}
	a.whole, a.over = e.Text(), true
	return nil
}

// message has the calls of one choice decided, and changes what it says.
func (a *answer) message(ctx context.Context, e *wire.Edits, s *said) error {
	c := a.at(s.position)
	if err := a.record(s); err != nil {
		return err
	}
	shown, says, err := a.calls(ctx, c, s)
	if err != nil {
		return err
	}
	content, has := s.body.Member("content")
	said, _ := content.Text()
	if becomes := a.before + said + says; becomes != said && has {
		e.Replace(content, quote(becomes))
	} else if becomes != said {
		e.Insert(s.body, `"content":`+quote(becomes))
	}
	switch {
	case len(shown) == s.count():
	case len(shown) > 0:
		at := -1
		e.Keep(s.calls, func(string, ijson.Value) bool { at++; return shown[at] })
	case has:
		e.Keep(s.body, noCall)
	case s.legacy.Kind() != ijson.Invalid:
		e.Replace(s.legacy, "null")
	default:
		e.Replace(s.calls, "null")
	}
	if len(shown) < s.count() {
		withoutTokens(e, s.choice)
	}
	if c.callless(s.finish) {
		e.Replace(s.finish, `"stop"`)
	}
	return nil
}

// calls has the calls of a choice decided: which are shown, by their place, and what is said in place of the others.
func (a *answer) calls(ctx context.Context, c *choice, s *said) (shown map[int]bool, says string, err error) {
	var text strings.Builder
	shown = map[int]bool{}
	decide := func(i int, fragment ijson.Value) error {
		k := &call{legacy: c.legacy}
		if err := k.add(fragment); err != nil {
			return err
		}
		r, err := a.rule(ctx, c, k)
		if err != nil {
			return err
		}
		if r.Forward {
			c.shown++
			shown[i] = true
		} else {
			text.WriteString(r.Say)
		}
		return nil
	}
	if c.legacy = s.legacy.Kind() != ijson.Invalid; c.legacy {
		err = decide(0, s.legacy)
	}
	for i, item := range s.calls.Items() {
		if err = decide(i, item); err != nil {
			break
		}
	}
	return shown, text.String(), err
}
