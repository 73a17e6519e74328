package responses

import (
	"slices"
	"strings"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// item is one item of a model's answer.
type item struct {
	kind  *kind
	id    string
	call  wire.Call // what is known of it; of an item that is no call the zero value
	place int       // in the answer that the client gets; hidden if it gets none
	done  ijson.Value

	held    []event         // events of a call that was not judged yet
	name    string          // of a call's tool, without its namespace
	spelled strings.Builder // the pieces of a call's text so far
	told    *string         // a call's whole text, as an event told it
}

// hidden is the place of an item that the client does not have.
const hidden = -1

// readItem reads an item of an answer.
func (d declared) readItem(v ijson.Value) (*item, error) {
	name := kindOf(v)
	k := kinds[name]
	switch {
	case k == nil:
		return nil, wire.Broken{What: "it has an item of a kind that Argus does not know"}
	case !only(v, k.members):
		return nil, wire.Broken{What: "an item has a member that Argus does not know"}
	case k.hosted != "" && !d.hosted[k.source(v)]:
		return nil, wire.Broken{What: "it has an item of a hosted tool that the request does not declare"}
	case k.hosted == "tool_search" && text(v, "execution") != "server":
		return nil, wire.Broken{What: "it has the client search for tools"}
	case !plain(v, "content", k) || !plain(v, "summary", k):
		return nil, wire.Broken{What: "an item has content of a kind that Argus does not know"}
	}
	it := &item{kind: k, id: text(v, "id"), place: hidden}
	if id, has := v.Member("id"); has && id.Kind() != ijson.String {
		return nil, wire.Broken{What: "the id of an item is no text"}
	}
	if k == kinds["message"] && text(v, "role") != "assistant" {
		return nil, wire.Broken{What: "a message is of another role than the model's"}
	}
	if !k.call() {
		return it, nil
	}
	it.name = text(v, "name")
	it.call = wire.Call{ID: text(v, "call_id"), Tool: d.called(v), Arguments: text(v, k.text), Free: k.text == "input", Raw: v.Raw()}
	for _, name := range []string{"call_id", "name", k.text} {
		if member, _ := v.Member(name); member.Kind() != ijson.String {
			return nil, wire.Broken{What: "a call lacks its id, its name or its arguments"}
		}
	}
	if it.call.ID == "" || it.call.Tool == "" {
		return nil, wire.Broken{What: "a call has an empty id or name, or the namespace of no tool"}
	}
	return it, nil
}

// plain reports whether a member is absent or holds parts that a model says, and nothing else.
func plain(v ijson.Value, name string, k *kind) bool {
	list, has := v.Member(name)
	if !has || list.IsNull() || !slices.Contains(k.members, name) {
		return true
	}
	if list.Kind() != ijson.Array {
		return false
	}
	for _, part := range list.Items() {
		if !said(part) {
			return false
		}
	}
	return true
}

// said reports whether v is a part of what a model says.
func said(v ijson.Value) bool {
	members, known := parts[kindOf(v)]
	return known && only(v, members)
}

// same reports whether two readings are of one item, and of one call.
func (it *item) same(other *item) bool {
	return it.kind == other.kind && it.id == other.id && it.call.ID == other.call.ID && it.call.Tool == other.call.Tool
}

// only reports whether v is an object without other members than these.
func only(v ijson.Value, members []string) bool {
	if v.Kind() != ijson.Object {
		return false
	}
	for name := range v.Members() {
		if !slices.Contains(members, name) {
			return false
		}
	}
	return true
}
