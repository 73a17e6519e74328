package messages

import (
	"iter"
	"slices"
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

// tell puts hidden calls and their results in their places: a call where its client has a text, or before the one that it has.
func tell(e *wire.Edits, body ijson.Value, hidden []wire.Hidden) {
	said, beside := map[string][]wire.Hidden{}, map[string][]wire.Hidden{}
	for _, h := range hidden {
		if h.Said != "" {
			said[h.Said] = append(said[h.Said], h)
		} else if h.Beside != "" {
			beside[h.Beside] = append(beside[h.Beside], h)
		}
	}
	list, _ := body.Member("messages")
	messages := slices.Collect(values(list))
	results := make([][]string, len(messages))
	replaced := func(s string, reply int) (call string, ok bool) {
		if len(said[s]) == 0 {
			return "", false
		}
		h := said[s][0]
		said[s], results[reply] = said[s][1:], append(results[reply], result(h))
		return h.Call.Raw, true
	}
	for i, reply := range repliesTo(messages) {
		if reply < 0 {
			continue
		}
		content, _ := messages[i].Member("content")
		if s, is := content.Text(); is {
			if call, ok := replaced(s, reply); ok {
				e.Replace(content, "["+call+"]")
			}
		}
		for b := range values(content) {
			switch text(b, "type") {
			case "text":
				if call, ok := replaced(text(b, "text"), reply); ok {
					e.Replace(b, marked(call, b))
				}
			case ours:
				for _, h := range beside[text(b, "id")] {
					e.Before(b, h.Call.Raw)
					results[reply] = append(results[reply], result(h))
				}
			}
		}
	}
	for i, blocks := range results {
		if content, _ := messages[i].Member("content"); len(blocks) > 0 {
			first(e, content, blocks)
		}
	}
}

// values are the items of an array.
func values(array ijson.Value) iter.Seq[ijson.Value] {
	return func(yield func(ijson.Value) bool) {
		for _, v := range array.Items() {
			if !yield(v) {
				return
			}
		}
	}
}

// repliesTo says of each message that a model said, in one message or several, which of the user follows, and -1 otherwise: results stand nowhere
// else.
func repliesTo(messages []ijson.Value) []int {
	replies := make([]int, len(messages))
	next := -1
	for i, m := range slices.Backward(messages) {
		switch text(m, "role") {
		case "assistant":
			replies[i] = next
			continue
		case "user":
			next = i
		default:
			next = -1
		}
		replies[i] = -1
	}
	return replies
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
		for b := range values(content) {
			e.Before(b, blocks...)
			break
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

// Follow goes on after a turn.
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
	if list.Kind() != ijson.Array {
		return nil, wire.Invalid{Place: "/messages", What: "must be an array"}
	}
	e := wire.Edit(body)
	e.Insert(list,
		`{"role":"assistant","content":[`+strings.Join(t, ",")+`]}`,
		`{"role":"user","content":[`+strings.Join(blocks, ",")+`]}`)
	return []byte(e.Text()), nil
}
