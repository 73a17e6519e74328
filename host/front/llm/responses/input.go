package responses

import (
	"cmp"
	"slices"
	"strings"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// input reads the conversation. A text in it is an item by itself wherever it stands, so that it is recognised when the client sends it again in
// another form.
func (r *reader) input(v ijson.Value) error {
	at := ijson.Place("").Member("input")
	switch v.Kind() {
	case ijson.Invalid, ijson.Null:
		return nil
	case ijson.String:
		r.item(wire.Client, v)
		return nil
	case ijson.Array:
		for i, item := range v.Items() {
			if err := r.one(item, at.Item(i)); err != nil {
				return err
			}
		}
		return nil
	}
	return wire.Invalid{Place: at, What: "must be a text or an array of items"}
}

// one reads an item of the conversation.
func (r *reader) one(v ijson.Value, at ijson.Place) error {
	name := kindOf(v)
	if sort, told := v.Member("type"); !told || sort.IsNull() {
		name = untyped(v)
	}
	switch name {
	case "message":
		return r.message(v, at)
	case "function_call_output", "custom_tool_call_output":
		return r.result(v, at)
	case "item_reference":
		id := text(v, "id")
		if id == "" { // whoever looks it up would take it for content that is sent
			return wire.Invalid{Place: at.Member("id"), What: "must be the id of an item"}
		}
		r.Items = append(r.Items, wire.Item{Raw: v, ID: id})
		return wire.Known(v, at, "type", "id")
	case "compaction":
		r.item(wire.Unknown, v)
		return wire.Known(v, at, "type", "id", "encrypted_content", "created_by")
	case "mcp_approval_response":
		r.item(wire.Client, v)
		return wire.Known(v, at, "type", "id", "approval_request_id", "approve", "reason")
	case "additional_tools":
		if err := wire.Known(v, at, "type", "id", "role", "tools"); err != nil {
			return err
		}
		return r.brought(v, at)
	}
	k := kinds[name]
	switch {
	case slices.Contains(runByClient, name):
		return wire.Invalid{Place: at, What: "Argus judges calls by a name and a schema, which calls of this type have not: declare a function instead"}
	case k == nil:
		return wire.Invalid{Place: at, What: "Argus does not know this type of item"}
	}
	if err := wire.Known(v, at, k.members...); err != nil {
		return err
	}
	switch {
	case k.call():
		r.calls[text(v, "call_id")] = r.called(v)
		r.item(wire.Model, v)
	case k.hosted == "":
		r.item(wire.Model, v)
	default:
		r.Items = append(r.Items, wire.Item{Origin: wire.HostedBy, Raw: v, Tool: r.hostedName(k.source(v))})
	}
	return r.brought(v, at)
}

// untyped is what an item without a type is.
func untyped(v ijson.Value) string {
	if _, is := v.Member("role"); is {
		return "message"
	}
	return "item_reference"
}

// brought reads the tools that an item of the conversation declares.
func (r *reader) brought(v ijson.Value, at ijson.Place) error {
	if !brings(v) {
		return nil
	}
	list, _ := v.Member("tools")
	return r.declare(list, at.Member("tools"))
}

// hostedName is the name under which the request declares a hosted tool, of which the vendor dates some; its family where it declares none.
func (r *reader) hostedName(of string) string {
	for _, t := range r.Tools {
		if t.Hosted && family(t.Name) == of {
			return t.Name
		}
	}
	return of
}

// message reads what somebody says.
func (r *reader) message(v ijson.Value, at ijson.Place) error {
	if err := wire.Known(v, at, kinds["message"].members...); err != nil {
		return err
	}
	origin := wire.Client
	switch text(v, "role") {
	case "assistant":
		origin = wire.Model
	case "user", "system", "developer":
	default:
		return wire.Invalid{Place: at.Member("role"), What: "Argus does not know this role"}
	}
	content, _ := v.Member("content")
	return r.content(origin, content, at.Member("content"))
}

// content reads a text or its parts.
func (r *reader) content(origin wire.Origin, v ijson.Value, at ijson.Place) error {
	switch v.Kind() {
	case ijson.String:
		r.item(origin, v)
		return nil
	case ijson.Array:
		for i, part := range v.Items() {
			if err := r.part(origin, part, at.Item(i)); err != nil {
				return err
			}
		}
		return nil
	}
	return wire.Invalid{Place: at, What: "must be a text or an array of parts"}
}

// part reads a part of a message or of a result. Of what it only names, a file or a page, nothing is known.
func (r *reader) part(origin wire.Origin, v ijson.Value, at ijson.Place) error {
	members, here := []string{}, "" // here is the member that holds the content itself
	switch kind := kindOf(v); {
	case kind == "input_text":
		members, here = []string{"type", "text", "prompt_cache_breakpoint"}, "text"
	case kind == "input_image":
		members, here = []string{"type", "detail", "file_id", "image_url", "prompt_cache_breakpoint"}, "image_url"
	case kind == "input_file":
		members, here = []string{"type", "detail", "file_data", "file_id", "file_url", "filename", "prompt_cache_breakpoint"}, "file_data"
	case kind == "input_audio":
		members, here = []string{"type", "input_audio"}, "input_audio"
	case origin == wire.Model && (kind == "output_text" || kind == "refusal"):
		r.item(wire.Model, v)
		return wire.Known(v, at, parts[kind]...)
	default:
		return wire.Invalid{Place: at, What: "Argus does not know this type of content here"}
	}
	if err := wire.Known(v, at, members...); err != nil {
		return err
	}
	held, _ := v.Member(here)
	inside, _ := held.Text()
	from := text(v, "file_url")
	if here == "image_url" && !strings.HasPrefix(inside, "data:") {
		from = inside
	}
	if kept, _ := v.Member("file_id"); from != "" || here == "image_url" && inside == "" || kept.Kind() != ijson.Invalid && !kept.IsNull() {
		r.Items = append(r.Items, wire.Item{Origin: wire.Unknown, Raw: v, Fetch: from})
		return nil
	}
	switch {
	case here == "text" && held.Kind() == ijson.String:
		r.item(origin, held)
	default:
		r.item(origin, v)
	}
	return nil
}

// result reads what came of a call. Of what it only names nothing is known.
func (r *reader) result(v ijson.Value, at ijson.Place) error {
	if err := wire.Known(v, at, "type", "id", "call_id", "output", "status", "caller", "name", "namespace", "created_by"); err != nil {
		return err
	}
	call := text(v, "call_id")
	if call == "" {
		return wire.Invalid{Place: at.Member("call_id"), What: "must be the id of the call"}
	}
	output, _ := v.Member("output")
	switch output.Kind() {
	case ijson.String, ijson.Array:
	default:
		return wire.Invalid{Place: at.Member("output"), What: "must be a text or an array of parts"}
	}
	r.Items = append(r.Items, wire.Item{Origin: wire.Result, Raw: output, Call: call, Tool: cmp.Or(r.calls[call], r.called(v))})
	if output.Kind() == ijson.String {
		return nil
	}
	before := len(r.Items)
	if err := r.content(wire.Result, output, at.Member("output")); err != nil {
		return err
	}
	r.Items = append(r.Items[:before], slices.DeleteFunc(r.Items[before:], func(i wire.Item) bool { return i.Origin == wire.Result })...)
	return nil
}
