package chat

import (
	"strconv"
	"strings"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// call is a call in the making: what its fragments say of it.
type call struct {
	position int // at the vendor
	id, name string
	kind     string // function, custom; "" until a fragment tells
	legacy   bool
	input    strings.Builder
	extra    ijson.Value // what the vendor wants back with the call
	held     []byte      // the events that wait for the decision
	pieces   []piece
}

// piece is one event of those that are held, with one fragment of the call. Its numbers are offsets in held.
type piece struct {
	json, past     int  // where its JSON begins, and ends
	number, digits int  // the position that it gives the call
	more           bool // it says something beside the call
}

// hold keeps a chunk, which is on one line, until the call is decided, and gives how many bytes it keeps.
func (c *call) hold(v, fragment ijson.Value, more bool) int {
	from := len(c.held)
	c.held = sse.Append(c.held, "", v.Raw())
	p := piece{json: from + len("data: "), more: more}
	p.past = p.json + len(v.Raw())
	if at := member(fragment, "index"); !c.legacy {
		p.number, p.digits = p.json+at.Offset()-v.Offset(), len(at.Raw())
	}
	c.pieces = append(c.pieces, p)
	return len(c.held) - from
}

// forward appends all that is held, with the position that the call has among those that are shown.
func (c *call) forward(dst []byte, at int) []byte {
	if c.position == at || c.legacy {
		return append(dst, c.held...)
	}
	done := 0
	for _, p := range c.pieces {
		dst = append(dst, c.held[done:p.number]...)
		dst = strconv.AppendInt(dst, int64(at), 10)
		done = p.number + p.digits
	}
	return append(dst, c.held[done:]...)
}

// add takes one fragment: an item of tool_calls, or a function_call. A second name or id has as many readings as there are clients: some put it in
// place of the first, some behind it.
func (c *call) add(fragment ijson.Value) error {
	if c.legacy {
		return c.part(fragment, "function", "arguments")
	}
	for name, v := range fragment.Members() {
		var err error
		switch name {
		case "index", "type": // read below
		case "id":
			err = once(&c.id, v)
		case "function":
			err = c.part(v, name, "arguments")
		case "custom":
			err = c.part(v, name, "input")
		case "extra_content":
			c.extra = v
		default:
			err = wire.Broken{What: "a call has a member that Argus does not know"}
		}
		if err != nil {
			return err
		}
	}
	if kind := member(fragment, "type"); kind.Kind() != ijson.Invalid {
		said, _ := kind.Text()
		return c.is(said)
	}
	return nil
}

// part takes the part of a fragment that a kind of calls has.
func (c *call) part(v ijson.Value, kind, input string) error {
	if v.IsNull() {
		return nil
	}
	if v.Kind() != ijson.Object {
		return wire.Broken{What: "a part of a call is no object"}
	}
	for name, m := range v.Members() {
		switch {
		case name == "name":
			if err := once(&c.name, m); err != nil {
				return err
			}
		case name == input && m.IsNull():
		case name == input && m.Kind() == ijson.String:
			text, _ := m.Text()
			c.input.WriteString(text)
		default:
			return wire.Broken{What: "a call has a member that Argus does not know"}
		}
	}
	return c.is(kind)
}

func (c *call) is(kind string) error {
	if kind != "function" && kind != "custom" || c.kind != "" && c.kind != kind {
		return wire.Broken{What: "a call is of no kind that Argus knows, or of two"}
	}
	c.kind = kind
	return nil
}

// once sets a text that may come once. Absent, null and empty are one.
func once(to *string, v ijson.Value) error {
	said, ok := v.Text()
	switch {
	case !ok && !v.IsNull():
		return wire.Broken{What: "a name or an id of a call is no text"}
	case said != "" && *to != "":
		return wire.Broken{What: "a call has two names or two ids"}
	case said != "":
		*to = said
	}
	return nil
}

// finished reports whether nothing can follow in the call: its arguments are a whole object. Of a text nobody can say it.
func (c *call) finished() bool {
	input := strings.TrimRight(c.input.String(), " \t\r\n")
	if c.kind != "function" || !strings.HasSuffix(input, "}") {
		return false
	}
	_, err := ijson.ParseString(input, ijson.AtMost(len(input)))
	return err == nil
}

// told is the call as the front is told of it.
func (c *call) told() (wire.Call, error) {
	if c.legacy {
		c.id = c.name
	}
	if c.id == "" || c.name == "" || c.kind == "" {
		return wire.Call{}, wire.Broken{What: "a call has no name, no id or no kind"}
	}
	input := c.input.String()
	function := `{"name":` + quote(c.name) + `,"arguments":` + quote(input) + `}`
	raw := function
	if !c.legacy {
		raw = `{"id":` + quote(c.id) + `,"type":"` + c.kind + `","` + c.kind + `":`
		if c.kind == "custom" {
			raw += `{"name":` + quote(c.name) + `,"input":` + quote(input) + `}`
		} else {
			raw += function
		}
		if c.extra.Kind() != ijson.Invalid {
			raw += `,"extra_content":` + c.extra.Raw()
		}
		raw += `}`
	}
	return wire.Call{ID: c.id, Tool: c.name, Arguments: input, Free: c.kind == "custom", Raw: raw}, nil
}
