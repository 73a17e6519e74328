package messages

import (
	"strings"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// Apply tells the model what its client does not know: calls that were not forwarded, each where it was made, and what came of them, first in what
// the user said next. What the conversation no longer has is left out.
func (format) Apply(r wire.Request, c wire.Changes) ([]byte, error) {
	if len(c.Hidden) == 0 && len(c.Tools) == 0 {
		return []byte(r.Body.Raw()), nil
	}
	e := wire.Edit(r.Body)
	if err := add(e, r.Body, c.Tools); err != nil {
		return nil, err
	}
	tell(e, r.Body, c.Hidden)
	return []byte(e.Text()), nil
}

// add declares the tools that the proxy runs.
func add(e *wire.Edits, body ijson.Value, tools []wire.HostTool) error {
	if len(tools) == 0 {
		return nil
	}
	if clashes(body, tools) {
		return wire.Invalid{Place: "/tools", What: "a tool has the name of one that Argus offers"}
	}
	var items []string
	for _, t := range tools {
		name, _ := t.Listing.Member("name")
		item := `{"name":` + name.Raw()
		if description, ok := t.Listing.Member("description"); ok {
			item += `,"description":` + description.Raw()
		}
		schema, _ := t.Listing.Member("inputSchema")
		items = append(items, item+`,"input_schema":`+schema.Raw()+`}`)
	}
	switch declared, has := body.Member("tools"); {
	case !has:
		e.Insert(body, `"tools":[`+strings.Join(items, ",")+`]`)
	case declared.Kind() != ijson.Array:
		e.Replace(declared, `[`+strings.Join(items, ",")+`]`)
	default:
		e.Insert(declared, items...)
	}
	return nil
}

// spot is where a conversation has a call that its client does not know.
type spot struct {
	reply   int         // the message of the user that follows
	text    ijson.Value // that stands in its place: a block, or all content of a message
	sibling ijson.Value // that was forwarded, if no text stands there
}

// tell puts hidden calls and their results in their places.
func tell(e *wire.Edits, body ijson.Value, hidden []wire.Hidden) {
	var said []ijson.Value
	list, _ := body.Member("messages")
	for _, m := range list.Items() {
		said = append(said, m)
	}
	results := map[int][]string{}
	taken := map[int]bool{} // offsets of texts that were replaced
	for _, h := range hidden {
		s, ok := find(said, h, taken)
		if !ok {
			continue
		}
		switch {
		case s.text.Kind() == ijson.String:
			e.Replace(s.text, `[`+h.Call.Raw+`]`)
		case s.text.Kind() == ijson.Object:
			e.Replace(s.text, marked(h.Call.Raw, s.text))
		default:
			e.Before(s.sibling, h.Call.Raw)
		}
		if h.Said != "" {
			taken[s.text.Offset()] = true
		}
		results[s.reply] = append(results[s.reply], result(h))
	}
	for i, blocks := range results {
		content, _ := said[i].Member("content")
		first(e, content, blocks)
	}
}

// find looks a hidden call up: by the text that its client has in its place, or by the call beside it.
func find(said []ijson.Value, h wire.Hidden, taken map[int]bool) (spot, bool) {
	for i, m := range said {
		reply := i + 1
		for reply < len(said) && text(said[reply], "role") == "assistant" {
			reply++
		}
		if text(m, "role") != "assistant" || reply == len(said) || text(said[reply], "role") != "user" {
			continue
		}
		content, _ := m.Member("content")
		if s, ok := content.Text(); ok && s == h.Said && s != "" && !taken[content.Offset()] {
			return spot{reply: reply, text: content}, true
		}
		for _, b := range content.Items() {
			switch {
			case h.Said != "" && text(b, "type") == "text" && text(b, "text") == h.Said && !taken[b.Offset()]:
				return spot{reply: reply, text: b}, true
			case h.Said == "" && h.Beside != "" && text(b, "type") == ours && text(b, "id") == h.Beside:
				return spot{reply: reply, sibling: b}, true
			}
		}
	}
	return spot{}, false
}

// marked is a call with the mark of the cache that stood at the text which it replaces.
func marked(call string, text ijson.Value) string {
	mark, ok := text.Member("cache_control")
	v, err := parse(call)
	if !ok || err != nil {
		return call
	}
	e := wire.Edit(v)
	e.Insert(v, `"cache_control":`+mark.Raw())
	return e.Text()
}

// first puts blocks before all other content of a message: the API takes results nowhere else.
func first(e *wire.Edits, content ijson.Value, blocks []string) {
	switch {
	case content.Kind() != ijson.Array:
		if s, _ := content.Text(); s != "" {
			blocks = append(blocks, `{"type":"text","text":`+content.Raw()+`}`)
		}
		e.Replace(content, "["+strings.Join(blocks, ",")+"]")
	case content.Len() == 0:
		e.Insert(content, blocks...)
	default:
		for _, b := range content.Items() {
			e.Before(b, blocks...)
			return
		}
	}
}

// result is what a model is told of a call.
func result(h wire.Hidden) string {
	s := `{"type":"tool_result","tool_use_id":` + quote(h.Call.ID) + `,"content":` + quote(h.Result)
	if h.Failed {
		s += `,"is_error":true`
	}
	return s + `}`
}

// Follow goes on after a turn. A request that was sent has messages, since it was read.
func (format) Follow(sent []byte, t wire.Turn, results []wire.Hidden) ([]byte, error) {
	body, err := parse(string(sent))
	if err != nil {
		return nil, err
	}
	var blocks []string
	for _, h := range results {
		blocks = append(blocks, result(h))
	}
	list, _ := body.Member("messages")
	e := wire.Edit(body)
	e.Insert(list,
		`{"role":"assistant","content":[`+strings.Join(t, ",")+`]}`,
		`{"role":"user","content":[`+strings.Join(blocks, ",")+`]}`)
	return []byte(e.Text()), nil
}
