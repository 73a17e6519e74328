package chat

import (
	"slices"
	"strings"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// conversation reads the messages in order.
func (r *reader) conversation() error {
	messages, at := member(r.Body, "messages"), ijson.Place("").Member("messages")
	if messages.Kind() != ijson.Array {
		return wire.Invalid{Place: at, What: "must be an array"}
	}
	for i, m := range messages.Items() {
		if err := r.said(m, at.Item(i)); err != nil {
			return err
		}
	}
	return nil
}

// said reads one message. Content of a client is taken part by part, without the marks of caches, which move as a conversation grows.
func (r *reader) said(m ijson.Value, at ijson.Place) error {
	if err := wire.Known(m, at, r.message...); err != nil {
		return err
	}
	role, content := text(m, "role"), member(m, "content")
	switch role {
	case "system", "developer", "user":
		if name := member(m, "name"); name.Kind() != ijson.Invalid {
			r.client(name)
		}
		if content.Kind() == ijson.String {
			r.client(content)
		}
	case "assistant":
		r.Items = append(r.Items, wire.Item{Origin: wire.Model, Raw: m})
		if err := r.called(m, at); err != nil {
			return err
		}
	case "tool":
		call := text(m, "tool_call_id")
		r.Items = append(r.Items, wire.Item{Origin: wire.Result, Raw: m, Call: call, Tool: r.tools[call]})
	case "function":
		name := text(m, "name")
		r.Items = append(r.Items, wire.Item{Origin: wire.Result, Raw: m, Call: name, Tool: name})
	default:
		return wire.Invalid{Place: at.Member("role"), What: "must be system, developer, user, assistant, tool or function"}
	}
	if role == "tool" || role == "function" {
		if r.Items[len(r.Items)-1].Call == "" {
			return wire.Invalid{Place: at, What: "must say of which call it is the result"}
		}
	}
	if role != "assistant" {
		for _, name := range modelMembers {
			if member(m, name).Kind() != ijson.Invalid {
				return wire.Invalid{Place: at.Member(name), What: "is the model's alone to say"}
			}
		}
	}
	if audio := member(m, "audio"); audio.Kind() != ijson.Invalid {
		r.unknown(audio) // the vendor kept it
	}
	return r.parts(content, at.Member("content"), role)
}

func (r *reader) unknown(v ijson.Value) {
	r.Items = append(r.Items, wire.Item{Origin: wire.Unknown, Raw: v})
}

// called notes the calls of a message, so that their results have the names of tools.
func (r *reader) called(m ijson.Value, at ijson.Place) error {
	calls := member(m, "tool_calls")
	if calls.Kind() != ijson.Invalid && calls.Kind() != ijson.Array {
		return wire.Invalid{Place: at.Member("tool_calls"), What: "must be an array"}
	}
	for i, c := range calls.Items() {
		at := at.Member("tool_calls").Item(i)
		if err := wire.Known(c, at, "id", "type", "index", "function", "custom", "extra_content"); err != nil {
			return err
		}
		kind := "function"
		if text(c, "type") == "custom" {
			kind = "custom"
		}
		part := member(c, kind)
		if err := wire.Known(part, at.Member(kind), "name", "arguments", "input", "parsed_arguments"); err != nil {
			return err
		}
		id, name := text(c, "id"), text(part, "name")
		if known, has := r.tools[id]; has && known != name {
			name = "" // a result of that id could be of either
		}
		r.tools[id] = name
	}
	if c := member(m, "function_call"); c.Kind() != ijson.Invalid {
		return wire.Known(c, at.Member("function_call"), "name", "arguments")
	}
	return nil
}

// partKinds are the kinds of parts. A part has a member of the name of its kind.
var partKinds = []string{"text", "refusal", "image_url", "input_audio", "file"}

// parts reads the parts of a message's content.
func (r *reader) parts(content ijson.Value, at ijson.Place, role string) error {
	switch content.Kind() {
	case ijson.Invalid, ijson.String:
		return nil
	case ijson.Array:
	default:
		return wire.Invalid{Place: at, What: "must be a text or an array of parts"}
	}
	for i, part := range content.Items() {
		at := at.Item(i)
		kind := text(part, "type")
		if !slices.Contains(partKinds, kind) {
			return wire.Invalid{Place: at.Member("type"), What: "must be text, refusal, image_url, input_audio or file: Argus knows no part of another type"}
		}
		if err := wire.Known(part, at, "type", kind, "prompt_cache_breakpoint", "cache_control"); err != nil {
			return err
		}
		sent, from, err := complete(kind, part, at)
		switch {
		case err != nil:
			return err
		case !sent:
			r.Items = append(r.Items, wire.Item{Origin: wire.Unknown, Raw: member(part, kind), Fetch: from})
		case role != "assistant" && role != "tool" && role != "function":
			r.client(member(part, kind))
		}
	}
	return nil
}

// complete reports whether a part is sent with the request. If it is not, the vendor fetches it from an address, or has kept it.
func complete(kind string, part ijson.Value, at ijson.Place) (sent bool, from string, err error) {
	v, at := member(part, kind), at.Member(kind)
	switch kind {
	case "image_url":
		url, _ := v.Text() // as some servers have it
		if v.Kind() == ijson.Object {
			url = text(v, "url")
			if err := wire.Known(v, at, "url", "detail"); err != nil {
				return false, "", err
			}
		}
		if strings.HasPrefix(url, "data:") {
			return true, "", nil
		}
		return false, url, nil
	case "input_audio":
		return true, "", wire.Known(v, at, "data", "format")
	case "file":
		data := text(v, "file_data")
		if strings.Contains(data[:min(len(data), longestScheme)], "://") { // as some servers have it
			from = data
		}
		return data != "" && from == "" && member(v, "file_id").Kind() == ijson.Invalid, from, wire.Known(v, at, "file_data", "file_id", "filename")
	}
	if v.Kind() != ijson.String {
		return false, "", wire.Invalid{Place: at, What: "must be a text"}
	}
	return true, "", nil
}

// longestScheme is more than the scheme of any address.
const longestScheme = 32
