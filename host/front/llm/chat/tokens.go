package chat

import (
	"slices"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// tokens are the members of a choice that spell what it says token by token. Of a call that was not forwarded they would tell all.
var tokens = [...]string{"logprobs", "token_ids"}

// withoutTokens takes them from a choice.
func withoutTokens(e *wire.Edits, choice ijson.Value) {
	for _, name := range tokens {
		if m := member(choice, name); m.Kind() != ijson.Invalid {
			e.Replace(m, "null")
		}
	}
}

// untell appends a chunk without the tokens of calls: of choices that have begun to call, and of those that say nothing else.
func (a *answer) untell(dst []byte, v ijson.Value) []byte {
	calls := func(s said) bool { return !s.speaks() || a.at(s.position).begun > 0 }
	if !slices.ContainsFunc(a.said, calls) {
		return sse.AppendValue(dst, "", v)
	}
	e := wire.Edit(v)
	for _, s := range a.said {
		if calls(s) {
			withoutTokens(e, s.choice)
		}
	}
	return sse.Append(dst, "", e.Text())
}
