package chat

import (
	"slices"
	"strings"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

func (f *format) Apply(r wire.Request, c wire.Changes) ([]byte, error) {
	e := wire.Edit(r.Body)
	tell(e, member(r.Body, "messages"), c.Hidden)
	if err := offer(e, r, c.Tools); err != nil {
		return nil, err
	}
	return []byte(e.Text()), nil
}

func (f *format) Follow(sent []byte, t wire.Turn, results []wire.Hidden) ([]byte, error) {
	body, err := ijson.Parse(sent, ijson.AtMost(len(sent)))
	if err != nil {
		return nil, err
	}
	said := slices.Clone([]string(t))
	for _, h := range results {
		said = append(said, result(h))
	}
	e := wire.Edit(body)
	e.Insert(member(body, "messages"), said...)
	return []byte(e.Text()), nil
}

// legacy reports whether a call is of the older kind.
func legacy(c wire.Call) bool { return strings.HasPrefix(c.Raw, `{"name":`) }

// result is the message that tells the model what came of a call.
func result(h wire.Hidden) string {
	if legacy(h.Call) {
		return `{"role":"function","name":` + quote(h.Call.Tool) + `,"content":` + quote(h.Result) + `}`
	}
	return `{"role":"tool","tool_call_id":` + quote(h.Call.ID) + `,"content":` + quote(h.Result) + `}`
}

// offer adds the tools of the proxy. A request that declares its own in the older way gets none, since its answers have one call at most, and
// neither does one for several answers.
func offer(e *wire.Edits, r wire.Request, tools []wire.HostTool) error {
	if len(tools) == 0 || r.Several || member(r.Body, "functions").Kind() != ijson.Invalid {
		return nil
	}
	var added []string
	for _, tool := range tools {
		name := text(tool.Listing, "name")
		if at := slices.IndexFunc(r.Tools, func(t wire.Tool) bool { return t.Name == name }); at >= 0 {
			return wire.Invalid{Place: ijson.Place("").Member("tools").Item(at), What: "has the name of a tool that Argus adds"}
		}
		function := `{"name":` + quote(name)
		if description := member(tool.Listing, "description"); description.Kind() == ijson.String {
			function += `,"description":` + description.Raw()
		}
		if schema := member(tool.Listing, "inputSchema"); schema.Kind() == ijson.Object {
			function += `,"parameters":` + schema.Raw()
		}
		added = append(added, `{"type":"function","function":`+function+`}}`)
	}
	list, has := r.Body.Member("tools")
	switch {
	case list.Kind() == ijson.Array:
		e.Insert(list, added...)
	case has:
		e.Replace(list, `[`+strings.Join(added, ",")+`]`)
	default:
		e.Insert(r.Body, `"tools":[`+strings.Join(added, ",")+`]`)
	}
	return nil
}

// tell puts the hidden calls back to where the model made them, with what came of them.
func tell(e *wire.Edits, messages ijson.Value, hidden []wire.Hidden) {
	if len(hidden) == 0 {
		return
	}
	hidden, begins := slices.Clone(hidden), beginning(hidden)
	beside := map[string]bool{}
	for _, h := range hidden {
		beside[h.Beside] = h.Beside != ""
	}
	var after []string // results that stand before the next message
	for _, m := range messages.Items() {
		if len(after) > 0 {
			e.Before(m, after...)
			after = nil
		}
		if text(m, "role") != "assistant" {
			continue
		}
		told := reading(m)
		if !told.says(begins) && !slices.ContainsFunc(told.ids, func(id string) bool { return beside[id] }) {
			continue
		}
		hidden = slices.DeleteFunc(hidden, told.take)
		after = told.results
		told.edit(e)
	}
	e.Insert(messages, after...)
}

// beginning is how all texts begin that were said in place of calls: a message without it has none of them.
func beginning(hidden []wire.Hidden) string {
	var said []string
	for _, h := range hidden {
		if h.Said != "" {
			said = append(said, h.Said)
		}
	}
	if len(said) == 0 {
		return ""
	}
	first, last := slices.Min(said), slices.Max(said)
	n := 0
	for n < len(first) && first[n] == last[n] {
		n++
	}
	return first[:n]
}

// telling is one message of the model's that gets calls back.
type telling struct {
	message ijson.Value
	texts   []spoken
	ids     []string // of its calls
	calls   []string // in the grammar of requests
	older   string   // the same, of the older kind
	results []string
}

// spoken is a text of the message.
type spoken struct {
	v       ijson.Value
	text    string
	changed bool
}

// reading reads the texts and the calls of a message.
func reading(message ijson.Value) *telling {
	t := &telling{message: message}
	add := func(v ijson.Value) {
		if s, ok := v.Text(); ok {
			t.texts = append(t.texts, spoken{v: v, text: s})
		}
	}
	content := member(message, "content")
	add(content)
	for _, part := range content.Items() {
		add(member(part, "text"))
	}
	for _, c := range member(message, "tool_calls").Items() {
		t.ids = append(t.ids, text(c, "id"))
	}
	return t
}

// says reports whether it says something anywhere.
func (t *telling) says(text string) bool {
	return slices.ContainsFunc(t.texts, func(s spoken) bool { return strings.Contains(s.text, text) })
}

// take takes a call back into the message if it was made there.
func (t *telling) take(h wire.Hidden) bool {
	older := legacy(h.Call)
	if older && (t.older != "" || member(t.message, "function_call").Kind() != ijson.Invalid) { // of which a message can have one
		return false
	}
	if !t.unsay(h.Said) && (h.Beside == "" || !slices.Contains(t.ids, h.Beside)) {
		return false
	}
	if older {
		t.older = h.Call.Raw
	} else {
		t.calls = append(t.calls, h.Call.Raw)
	}
	t.results = append(t.results, result(h))
	return true
}

// unsay removes what was said in place of a call.
func (t *telling) unsay(said string) bool {
	if said == "" {
		return false
	}
	for i := range t.texts {
		s := &t.texts[i]
		if before, behind, found := strings.Cut(s.text, said); found {
			s.text, s.changed = before+behind, true
			return true
		}
	}
	return false
}

// edit changes the message.
func (t *telling) edit(e *wire.Edits) {
	if t.results == nil {
		return
	}
	content := member(t.message, "content")
	left, changed := 0, false
	for _, s := range t.texts {
		left, changed = left+len(s.text), changed || s.changed
	}
	if changed && left == 0 && len(t.texts) == max(1, content.Len()) {
		e.Replace(content, "null") // a message with calls needs none, and may not have an empty one
		t.texts = nil
	}
	for _, s := range t.texts {
		if s.changed {
			e.Replace(s.v, quote(s.text))
		}
	}
	t.put(e, "tool_calls", t.calls)
	if t.older != "" {
		t.put(e, "function_call", []string{t.older})
	}
}

// put adds calls to a message that may have some.
func (t *telling) put(e *wire.Edits, name string, calls []string) {
	if len(calls) == 0 {
		return
	}
	list := strings.Join(calls, ",")
	if name == "tool_calls" {
		list = `[` + list + `]`
	}
	v, has := t.message.Member(name)
	switch {
	case v.Kind() == ijson.Array:
		e.Insert(v, calls...)
	case has:
		e.Replace(v, list)
	default:
		e.Insert(t.message, quote(name)+`:`+list)
	}
}
