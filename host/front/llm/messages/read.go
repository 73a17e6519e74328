package messages

import (
	"slices"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// settings are the members of a request that bring nothing to the model and have the vendor do nothing but answer.
var settings = []string{"model", "max_tokens", "stream", "temperature", "top_k", "top_p", "stop_sequences", "metadata", "service_tier",
	"inference_geo", "thinking", "tool_choice", "speed", "cache_control"}

// content are the other members that are known.
var content = []string{"messages", "system", "tools", "mcp_servers", "output_config", "output_format", "context_management"}

// edits are what a request may have the vendor take out of the conversation, or have summarised by the model.
var edits = []string{"clear_tool_uses_20250919", "clear_thinking_20251015", "compact_20260112"}

// reader reads one request.
type reader struct {
	wire.Request
	members  []string
	names    map[string]bool // of tools, declared
	declares declares
	calls    map[string]string // the tool of each call that a client runs, by its id
	ran      map[string]string // the declared tool of each call that the vendor ran, empty if there is none
	results  map[string]bool   // ids of calls that have one
}

func (f format) Read(body ijson.Value) (wire.Request, error) {
	r := reader{Request: wire.Request{Body: body}, members: f.members,
		names: map[string]bool{}, calls: map[string]string{}, ran: map[string]string{}, results: map[string]bool{}}
	if err := r.read(body); err != nil {
		return wire.Request{}, err
	}
	return r.Request, nil
}

// codeThread tells clients that keep their conversation at the vendor to send it themselves, which they do unasked.
const codeThread = "thread_unsupported_request"

func (r *reader) read(body ijson.Value) error {
	if _, has := body.Member("thread"); has && !slices.Contains(r.members, "thread") {
		return wire.Invalid{Place: "/thread", What: "Argus lets no vendor keep a conversation of this API: send the messages themselves", Code: codeThread}
	}
	if err := wire.Known(body, "", slices.Concat(settings, content, r.members)...); err != nil {
		return err
	}
	if r.Model = text(body, "model"); r.Model == "" {
		return wire.Invalid{Place: "/model", What: "must be the name of a model"}
	}
	stream, has := body.Member("stream")
	var is bool
	if r.Stream, is = stream.Bool(); has && !is && !stream.IsNull() {
		return wire.Invalid{Place: "/stream", What: "must be true or false"}
	}
	for _, part := range []struct {
		name string
		read func(ijson.Value, ijson.Place) error
	}{
		{"context_management", r.management},
		{"mcp_servers", r.servers},
		{"tools", r.tools},
		{"output_config", r.setting},
		{"output_format", r.setting},
		{"system", r.system},
		{"messages", r.messages},
	} {
		v, has := body.Member(part.name)
		if (!has || v.IsNull()) && part.name != "messages" {
			continue
		}
		if err := part.read(v, ijson.Place("").Member(part.name)); err != nil {
			return err
		}
	}
	return nil
}

// each reads the items of an array.
func each(v ijson.Value, at ijson.Place, read func(ijson.Value, ijson.Place) error) error {
	if v.Kind() != ijson.Array {
		return wire.Invalid{Place: at, What: "must be an array"}
	}
	for i, item := range v.Items() {
		if err := read(item, at.Item(i)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) take(o wire.Origin, v ijson.Value) {
	r.Items = append(r.Items, wire.Item{Origin: o, Raw: v})
}

func (r *reader) management(v ijson.Value, at ijson.Place) error {
	if err := wire.Known(v, at, "edits"); err != nil {
		return err
	}
	list, has := v.Member("edits")
	if !has {
		return nil
	}
	return each(list, at.Member("edits"), func(edit ijson.Value, at ijson.Place) error {
		if !slices.Contains(edits, text(edit, "type")) {
			return wire.Invalid{Place: at.Member("type"), What: "Argus does not know this kind of edit"}
		}
		if instructions, ok := edit.Member("instructions"); ok {
			r.take(wire.Client, instructions)
		}
		return nil
	})
}

// setting reads what shapes the answer, with a schema that the model reads.
func (r *reader) setting(v ijson.Value, _ ijson.Place) error {
	r.take(wire.Client, v)
	return nil
}

func (r *reader) system(v ijson.Value, at ijson.Place) error {
	return r.said(v, at, func(v ijson.Value, at ijson.Place) error {
		if text(v, "type") != "text" {
			return wire.Invalid{Place: at.Member("type"), What: "must be text"}
		}
		return r.text(v, at, wire.Client)
	}, wire.Client)
}

// said reads content: a text or blocks.
func (r *reader) said(v ijson.Value, at ijson.Place, block func(ijson.Value, ijson.Place) error, o wire.Origin) error {
	if v.Kind() == ijson.String {
		r.take(o, v)
		return nil
	}
	return each(v, at, block)
}

func (r *reader) messages(v ijson.Value, at ijson.Place) error {
	r.declares = declared(r.Tools)
	return each(v, at, func(v ijson.Value, at ijson.Place) error {
		if err := wire.Known(v, at, slices.Concat([]string{"role", "content"}, r.members)...); err != nil {
			return err
		}
		said, _ := v.Member("content")
		place := at.Member("content")
		switch text(v, "role") {
		case "user":
			return r.said(said, place, r.fromUser, wire.Client)
		case "assistant":
			return r.said(said, place, r.fromModel, wire.Model)
		case "system":
			return r.system(said, place)
		}
		return wire.Invalid{Place: at.Member("role"), What: "must be user, assistant or system"}
	})
}

// text reads a block of text. It is recognised by its text alone: clients send it as a string or as a block, and move what they have cached.
func (r *reader) text(v ijson.Value, at ijson.Place, o wire.Origin) error {
	if err := wire.Known(v, at, "type", "text", "citations", "cache_control"); err != nil {
		return err
	}
	s, ok := v.Member("text")
	if !ok || s.Kind() != ijson.String {
		return wire.Invalid{Place: at.Member("text"), What: "must be a text"}
	}
	r.take(o, s)
	if cited, ok := v.Member("citations"); ok && o != wire.Model && cited.Len() > 0 {
		r.take(o, cited)
	}
	return nil
}

func (r *reader) fromUser(v ijson.Value, at ijson.Place) error {
	switch text(v, "type") {
	case "tool_result":
		return r.result(v, at)
	case "container_upload":
		if err := wire.Known(v, at, "type", "file_id", "cache_control"); err != nil {
			return err
		}
		r.take(wire.Unknown, without(v, "cache_control"))
		return nil
	}
	return r.shown(v, at, wire.Client)
}

// shown reads a block that a client shows to the model. Inside a result, o is Result: what it brings was taken with the result.
func (r *reader) shown(v ijson.Value, at ijson.Place, o wire.Origin) error {
	switch kind := text(v, "type"); kind {
	case "text":
		if o == wire.Result {
			return wire.Known(v, at, "type", "text", "citations", "cache_control")
		}
		return r.text(v, at, o)
	case "image", "document":
		if err := wire.Known(v, at, "type", "source", "title", "context", "citations", "transformations", "cache_control"); err != nil {
			return err
		}
		source, _ := v.Member("source")
		kept, from, err := r.source(source, at.Member("source"))
		switch {
		case err != nil:
			return err
		case kept:
			r.Items = append(r.Items, wire.Item{Origin: wire.Unknown, Raw: without(v, "cache_control"), Fetch: from})
			return nil
		}
	case "search_result":
		if err := wire.Known(v, at, "type", "source", "title", "content", "citations", "cache_control"); err != nil {
			return err
		}
	case "tool_reference":
		if o != wire.Result {
			return wire.Invalid{Place: at.Member("type"), What: "must stand in the result of a tool"}
		}
		if err := wire.Known(v, at, "type", "tool_name", "cache_control"); err != nil {
			return err
		}
	default:
		return wire.Invalid{Place: at.Member("type"), What: "Argus does not know this kind of block, or not here"}
	}
	if o != wire.Result {
		r.take(o, without(v, "cache_control"))
	}
	return nil
}

// source reports whether the vendor has kept what a block shows, or fetches it from an address.
func (r *reader) source(v ijson.Value, at ijson.Place) (kept bool, from string, err error) {
	switch text(v, "type") {
	case "base64", "text":
		return false, "", wire.Known(v, at, "type", "media_type", "data")
	case "url":
		if from = text(v, "url"); from == "" {
			return false, "", wire.Invalid{Place: at.Member("url"), What: "must be an address"}
		}
		return true, from, wire.Known(v, at, "type", "url")
	case "file":
		return true, "", wire.Known(v, at, "type", "file_id")
	case "content":
		if err := wire.Known(v, at, "type", "content"); err != nil {
			return false, "", err
		}
		inner, _ := v.Member("content")
		if inner.Kind() == ijson.String {
			return false, "", nil
		}
		err := each(inner, at.Member("content"), func(v ijson.Value, at ijson.Place) error {
			if kind := text(v, "type"); kind != "text" && kind != "image" {
				return wire.Invalid{Place: at.Member("type"), What: "must be text or image"}
			}
			return r.shown(v, at, wire.Result) // taken with the block around it
		})
		return false, "", err
	}
	return false, "", wire.Invalid{Place: at.Member("type"), What: "Argus does not know this kind of source"}
}

// result reads what came of a call that a client ran.
func (r *reader) result(v ijson.Value, at ijson.Place) error {
	if err := wire.Known(v, at, "type", "tool_use_id", "content", "is_error", "cache_control"); err != nil {
		return err
	}
	id := text(v, "tool_use_id")
	switch {
	case id == "":
		return wire.Invalid{Place: at.Member("tool_use_id"), What: "must be the id of a call"}
	case r.results[id]:
		return wire.Invalid{Place: at.Member("tool_use_id"), What: "the call has another result"}
	}
	r.results[id] = true
	failed, has := v.Member("is_error")
	is, ok := failed.Bool()
	if has && !ok && !failed.IsNull() {
		return wire.Invalid{Place: at.Member("is_error"), What: "must be true or false"}
	}
	r.Items = append(r.Items, wire.Item{Origin: wire.Result, Raw: without(v, "cache_control"), Call: id, Tool: r.calls[id], Failed: is})
	said, has := v.Member("content")
	if !has || said.IsNull() || said.Kind() == ijson.String {
		return nil
	}
	return each(said, at.Member("content"), func(v ijson.Value, at ijson.Place) error { return r.shown(v, at, wire.Result) })
}

// fromModel reads a block that a model said.
func (r *reader) fromModel(v ijson.Value, at ijson.Place) error {
	name := text(v, "type")
	k, ok := kinds[name]
	if !ok {
		return wire.Invalid{Place: at.Member("type"), What: "Argus does not know this kind of block, or not here"}
	}
	if name == "text" {
		return r.text(v, at, wire.Model)
	}
	if err := wire.Known(v, at, slices.Concat(k.members, []string{"cache_control"})...); err != nil {
		return err
	}
	item := wire.Item{Origin: wire.Model, Raw: without(v, "cache_control")}
	if sealed, has := v.Member("encrypted_content"); has && !sealed.IsNull() {
		item.Origin = wire.Unknown // a summary that nobody can read here
	}
	if k.hosted {
		item.Origin = wire.HostedBy
		if item.Tool, _ = r.declares.runs(name, v); item.Tool == "" {
			item.Tool = r.ran[text(v, "tool_use_id")]
		}
	}
	r.Items = append(r.Items, item)
	if _, calls := v.Member("id"); calls {
		return r.call(v, at, item)
	}
	return nil
}

// call notes whose call an id is.
func (r *reader) call(v ijson.Value, at ijson.Place, item wire.Item) error {
	id := text(v, "id")
	_, has := r.calls[id]
	_, ran := r.ran[id]
	switch {
	case id == "" || has || ran:
		return wire.Invalid{Place: at.Member("id"), What: "must be an id that no other call has"}
	case item.Origin == wire.HostedBy:
		r.ran[id] = item.Tool
	default:
		r.calls[id] = text(v, "name")
	}
	return nil
}
