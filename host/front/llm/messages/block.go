package messages

import (
	"slices"
	"strings"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// block is one block of an answer.
type block struct {
	kind  string
	at    int // as the vendor counts
	to    int // as the client counts, once its first event was sent
	start ijson.Value

	// What deltas brought. Of blocks that are neither calls nor kept, nothing is noted.
	grown     strings.Builder // text, thinking, arguments or a summary
	signature strings.Builder
	sealed    string // a member of a summary that only the vendor reads
	fed       bool   // there was a delta

	call   wire.Call // of a call, when it has come whole
	ruled  bool
	ruling wire.Ruling
}

// newBlock reads a block whole, or the start of one.
func newBlock(v ijson.Value, d declares) (*block, error) {
	b := &block{kind: text(v, "type"), start: v}
	k, ok := kinds[b.kind]
	switch {
	case !ok:
		return nil, wire.Broken{What: "it has a kind of block that Argus does not know"}
	case !only(v, k.members):
		return nil, wire.Broken{What: "a block has a member that Argus does not know"}
	case b.ours() && (text(v, "id") == "" || text(v, "name") == ""):
		return nil, wire.Broken{What: "a call lacks its id or its tool's name"}
	case k.hosted:
		if _, ok := d.runs(b.kind, v); !ok {
			return nil, wire.Broken{What: "it has a block of a tool of the vendor's that the request does not declare"}
		}
	}
	return b, nil
}

// ours says that the block calls a client's tool. Only a ruling lets it by.
func (b *block) ours() bool { return b.kind == ours }

// add takes a delta. keep has it noted.
func (b *block) add(delta ijson.Value, keep bool) error {
	name := text(delta, "type")
	members := deltas[name]
	if !slices.Contains(kinds[b.kind].deltas, name) || !only(delta, members) {
		return wire.Broken{What: "a delta is not of its block's kind, or has a member that Argus does not know"}
	}
	content, _ := delta.Member(members[0])
	s, isText := content.Text()
	switch {
	case name == "citations_delta" && content.Kind() == ijson.Object, name == "compaction_delta" && content.IsNull():
	case name == "citations_delta", !isText:
		return wire.Broken{What: "the content of a delta has the wrong type"}
	}
	if !keep && !b.ours() {
		return nil
	}
	b.fed = true
	switch name {
	case "citations_delta":
	case "signature_delta":
		b.signature.WriteString(s)
	case "compaction_delta":
		b.grown.WriteString(s)
		if sealed, ok := delta.Member("encrypted_content"); ok {
			b.sealed = `,"encrypted_content":` + sealed.Raw()
		}
	default:
		b.grown.WriteString(s)
	}
	return nil
}

// said makes the call of a block that has come whole. Without deltas the arguments are those that it began with. Clients differ in what they make
// of a beginning that is not empty and deltas beside it.
func (b *block) said() error {
	input, _ := b.start.Member("input")
	if b.fed && input.Kind() != ijson.Invalid && input.Raw() != "{}" {
		return wire.Broken{What: "a call has its arguments twice"}
	}
	arguments := b.grown.String()
	if arguments == "" {
		arguments = input.Raw()
	}
	b.call = wire.Call{ID: text(b.start, "id"), Tool: text(b.start, "name"), Arguments: arguments, Raw: b.withInput(arguments)}
	return nil
}

// withInput is the block with its arguments, in the grammar of requests. That knows objects only: what the model wrote instead is told to it as a
// text in one.
func (b *block) withInput(arguments string) string {
	raw := arguments
	if v, err := parse(arguments); err != nil || v.Kind() != ijson.Object {
		raw = `{"INVALID_JSON":` + quote(arguments) + `}`
	}
	e := wire.Edit(b.start)
	if input, ok := b.start.Member("input"); ok {
		e.Replace(input, raw)
	} else {
		e.Insert(b.start, `"input":`+raw)
	}
	return e.Text()
}

// told is the block in the grammar of requests; empty for one that may not stand there, being empty.
func (b *block) told() string {
	switch b.kind {
	case "text":
		s := text(b.start, "text") + b.grown.String()
		if strings.TrimSpace(s) == "" {
			return ""
		}
		return textBlock(s)
	case "thinking":
		return `{"type":"thinking","thinking":` + quote(text(b.start, "thinking")+b.grown.String()) +
			`,"signature":` + quote(text(b.start, "signature")+b.signature.String()) + `}`
	case ours:
		return b.call.Raw
	case "server_tool_use", "mcp_tool_use":
		if b.grown.Len() > 0 {
			return b.withInput(b.grown.String())
		}
	case "compaction":
		if b.grown.Len() > 0 {
			return `{"type":"compaction","content":` + quote(b.grown.String()) + b.sealed + `}`
		}
	}
	return b.start.Raw()
}

func textBlock(s string) string { return `{"type":"text","text":` + quote(s) + `}` }
