// Package messages is the format of Anthropic's Messages API (POST /v1/messages), streamed and not.
//
// It decides where in a request and in an answer content and calls are, and puts the rulings of a [wire.Judge] into the grammar of the API. It
// trusts neither side. A call of a client's tool is the block tool_use and nothing else; it is held from its first event to its last and then
// forwarded as it came, replaced by a text in the same place, or removed, and what follows moves up. Blocks of tools that the vendor runs pass only
// in answers to requests that declare such a tool. Whatever this package does not know, a member, a kind of block, of delta or of event, or an
// event that is not in its turn, is an error.
//
// It never looks into what is signed or encrypted, and never changes it: blocks of thinking travel byte for byte.
package messages

import (
	"slices"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// format is the API. It has no state.
type format struct{ members []string }

// New gives the format. Of members, names at the top of a request or of a message, nothing is known but that a person lets them by.
func New(members ...string) wire.Format { return format{slices.Clone(members)} }

// text is the text of a member that must be a string. Of one that is none it is empty.
func text(v ijson.Value, name string) string {
	m, _ := v.Member(name)
	s, _ := m.Text()
	return s
}

// quote is a string of JSON.
func quote(s string) string { return string(ijson.AppendString(nil, s)) }

// parse reads JSON again that was put together from what had been read within limits.
func parse(s string) (ijson.Value, error) { return ijson.ParseString(s, ijson.AtMost(len(s))) }

// without is an object that lacks one member.
func without(v ijson.Value, member string) ijson.Value {
	if _, ok := v.Member(member); !ok {
		return v
	}
	e := wire.Edit(v)
	e.Keep(v, func(name string, _ ijson.Value) bool { return name != member })
	bare, _ := parse(e.Text())
	return bare
}
