package chat

import (
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// tokens are the members of a choice that spell what it says token by token. Of a call that was not forwarded they would tell all.
var tokens = [...]string{"logprobs", "token_ids"}

// withoutTokens takes them from a choice, and reports whether it had any.
func withoutTokens(e *wire.Edits, choice ijson.Value) (had bool) {
	for _, name := range tokens {
		if m := member(choice, name); m.Kind() != ijson.Invalid {
			e.Replace(m, "null")
			had = true
		}
	}
	return had
}

// untold is a chunk without the tokens of calls: of choices that have begun to call, and of those that say nothing else.
func (a *answer) untold(v, choices ijson.Value) (string, error) {
	e, had := wire.Edit(v), false
	for _, item := range choices.Items() {
		s, err := a.read(item, "delta")
		if err != nil {
			return "", err
		}
		if !s.speaks() || a.at(s.position).begun > 0 {
			had = withoutTokens(e, item) || had
		}
	}
	if !had {
		return v.Raw(), nil
	}
	return e.Text(), nil
}
