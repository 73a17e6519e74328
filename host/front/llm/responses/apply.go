package responses

import (
	"slices"
	"strings"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// Apply implements wire.Format.
func (f format) Apply(r wire.Request, c wire.Changes) ([]byte, error) {
	edits := wire.Edit(r.Body)
	if c.Previous != "" && r.Previous != "" {
		id, _ := r.Body.Member("previous_response_id")
		edits.Replace(id, quote(c.Previous))
	}
	if err := addTools(edits, r, c.Tools); err != nil {
		return nil, err
	}
	tell(edits, r, c.Hidden)
	return []byte(edits.Text()), nil
}

// addTools adds the proxy's own tools.
func addTools(edits *wire.Edits, r wire.Request, tools []wire.HostTool) error {
	taken := map[string]bool{}
	for _, t := range r.Tools {
		taken[t.Name] = true
	}
	var more []string
	for _, t := range tools {
		name := text(t.Listing, "name")
		if taken[name] {
			return wire.Invalid{Place: ijson.Place("").Member("tools"), What: "the tool " + name + " has the name of one that Argus runs: give it another"}
		}
		more = append(more, function(t.Listing))
	}
	if len(more) > 0 {
		extend(edits, r.Body, "tools", more)
	}
	return nil
}

// function declares a tool that MCP lists.
func function(listing ijson.Value) string {
	declaration := `{"type":"function","name":` + quote(text(listing, "name"))
	if description, has := listing.Member("description"); has {
		declaration += `,"description":` + description.Raw()
	}
	if schema, has := listing.Member("inputSchema"); has {
		declaration += `,"parameters":` + schema.Raw()
	}
	return declaration + `,"strict":false}`
}

// extend adds items to a list at the top of a request, which may be absent.
func extend(edits *wire.Edits, body ijson.Value, name string, items []string) {
	list, has := body.Member(name)
	switch {
	case list.Kind() == ijson.Array:
		edits.Insert(list, items...)
	case has:
		edits.Replace(list, "["+strings.Join(items, ",")+"]")
	default:
		edits.Insert(body, quote(name)+":["+strings.Join(items, ",")+"]")
	}
}

// tell puts calls that the client was not shown, and what came of them, where the conversation has them: first where the vendor keeps the call,
// in place of the message that stood for it, or before the call that was made beside it; where the client only names that, before its result.
func tell(edits *wire.Edits, r wire.Request, all []wire.Hidden) {
	if len(all) == 0 {
		return
	}
	input, _ := r.Body.Member("input")
	in := placesIn(input)
	var begins []string
	for _, h := range all {
		if r.Previous != "" && h.Answer == r.Previous {
			begins = append(begins, outcome(h))
		} else if item, is := in.stand(h); is {
			edits.Replace(item, h.Call.Raw+","+outcome(h))
		} else if item, is := in.calls[h.Beside]; is {
			edits.Before(item, h.Call.Raw, outcome(h))
		}
	}
	if len(begins) > 0 {
		begin(edits, r.Body, begins)
	}
}

// places are the items of a conversation before or at which a hidden call can belong: many calls are looked up in a long one.
type places struct {
	ids, calls map[string]ijson.Value   // the first by its id, and by that of its call
	said       map[string][]ijson.Value // messages of the model's, by all that they say
}

func placesIn(input ijson.Value) places {
	p := places{map[string]ijson.Value{}, map[string]ijson.Value{}, map[string][]ijson.Value{}}
	for _, item := range input.Items() {
		first(p.ids, text(item, "id"), item)
		first(p.calls, text(item, "call_id"), item)
		if said := saidIn(item); said != "" {
			p.said[said] = append(p.said[said], item)
		}
	}
	return p
}

func first(of map[string]ijson.Value, name string, item ijson.Value) {
	if _, has := of[name]; name != "" && !has {
		of[name] = item
	}
}

// saidIn is all that a message of the model's says; empty if that is more than one text.
func saidIn(item ijson.Value) string {
	if text(item, "role") != "assistant" {
		return ""
	}
	content, _ := item.Member("content")
	said, _ := content.Text()
	for _, part := range content.Items() {
		if said = text(part, "text"); content.Len() > 1 {
			return ""
		}
	}
	return said
}

// stand takes the message that a client got in place of a call: by its id, or by its text, since many clients keep only that.
func (p places) stand(h wire.Hidden) (ijson.Value, bool) {
	if h.Said == "" {
		return ijson.Value{}, false
	}
	item, is := p.ids[saying(h.Call.ID)]
	if list := p.said[h.Said]; !is && len(list) > 0 {
		item, is = list[0], true
	}
	if is {
		delete(p.ids, text(item, "id"))
		said := saidIn(item)
		p.said[said] = slices.DeleteFunc(p.said[said], func(v ijson.Value) bool { return v == item })
	}
	return item, is
}

// begin puts items before all that a request brings.
func begin(edits *wire.Edits, body ijson.Value, items []string) {
	input, has := body.Member("input")
	list := strings.Join(items, ",")
	switch {
	case input.Kind() == ijson.String:
		edits.Replace(input, "["+list+","+asMessage(input)+"]")
	case input.Len() > 0:
		for _, item := range input.Items() {
			edits.Before(item, items...)
			return
		}
	case has:
		edits.Replace(input, "["+list+"]")
	default:
		edits.Insert(body, `"input":[`+list+`]`)
	}
}

// asMessage is what an input that is a text means.
func asMessage(text ijson.Value) string {
	return `{"type":"message","role":"user","content":` + text.Raw() + `}`
}

// outcome is the item that tells the model what came of a call.
func outcome(h wire.Hidden) string {
	kind := "function_call_output"
	if h.Call.Free {
		kind = "custom_tool_call_output"
	}
	return `{"type":"` + kind + `","call_id":` + quote(h.Call.ID) + `,"output":` + quote(h.Result) + `}`
}

// Follow implements wire.Format.
func (format) Follow(sent []byte, t wire.Turn, results []wire.Hidden) ([]byte, error) {
	body, err := ijson.Parse(sent, ijson.AtMost(len(sent)))
	if err != nil {
		return nil, err
	}
	more := append([]string(nil), t...)
	for _, h := range results {
		more = append(more, outcome(h))
	}
	edits := wire.Edit(body)
	if input, _ := body.Member("input"); input.Kind() == ijson.String {
		edits.Replace(input, "["+strings.Join(append([]string{asMessage(input)}, more...), ",")+"]")
	} else {
		extend(edits, body, "input", more)
	}
	return []byte(edits.Text()), nil
}
