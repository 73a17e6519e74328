package chat

import (
	"slices"
	"strconv"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// The bounds of an answer. Clients take no more calls and answers than this either.
const (
	mostChoices = 128
	mostCalls   = 128
	mostHeld    = 64 << 20 // bytes of events that wait for decisions, or are kept of a turn

	mostEnvelope = 4 << 10 // bytes of what is the same in each chunk
)

// said is what one choice of an answer says: in a chunk, or all of it.
type said struct {
	position int
	choice   ijson.Value
	body     ijson.Value // the delta or the message
	role     ijson.Value
	content  ijson.Value
	thoughts ijson.Value // reasoning_content
	calls    ijson.Value // tool_calls, unless it is empty
	legacy   ijson.Value // function_call
	finish   ijson.Value
	more     bool // it says something else that is shown
}

// choices reads the envelope of an answer or of a part of one.
func (f *format) choices(v ijson.Value, object string) (ijson.Value, error) {
	var choices ijson.Value
	for name, m := range v.Members() {
		switch name {
		case "choices":
			choices = m
		case "object":
			// OpenAI's client hides whole messages in other texts here. Azure leaves it empty where it only filtered.
			if is, ok := m.Text(); !ok || is != object && is != "" {
				return choices, wire.Broken{What: "it is of a kind that Argus does not know"}
			}
		default:
			if !slices.Contains(f.chunk, name) {
				return choices, wire.Broken{What: "it has a member that Argus does not know"}
			}
		}
	}
	if choices.Kind() != ijson.Array || choices.Len() > mostChoices {
		return choices, wire.Broken{What: "it has no choices, or too many"}
	}
	return choices, nil
}

// read reads one choice. body is the name of what it says.
func (f *format) read(choice ijson.Value, body string) (s said, err error) {
	s.choice, s.position = choice, -1
	for name, m := range choice.Members() {
		switch name {
		case "index":
			s.position = position(m)
		case "finish_reason":
			s.finish, err = worded(m)
		case "delta", "message":
			if name != body || m.Kind() != ijson.Object {
				return s, wire.Broken{What: "a choice does not say what it should where it should"}
			}
			s.body = m
		default:
			if !slices.Contains(f.choice, name) {
				err = wire.Broken{What: "a choice has a member that Argus does not know"}
			}
		}
		if err != nil {
			return s, err
		}
	}
	// Azure tells what it filtered in chunks that say nothing.
	if s.position < 0 || body == "message" && s.body.Kind() != ijson.Object {
		return s, wire.Broken{What: "a choice has no position, or says nothing"}
	}
	return s, f.body(&s)
}

// body reads a delta or a message.
func (f *format) body(s *said) (err error) {
	for name, m := range s.body.Members() {
		if m.IsNull() && slices.Contains(f.said, name) {
			continue
		}
		switch name {
		case "role":
			if s.role = m; m.Raw() != `"assistant"` && m.Raw() != `""` {
				return wire.Broken{What: "somebody other than the model speaks"}
			}
		case "content":
			s.content, err = worded(m)
		case "reasoning_content":
			s.thoughts, err = worded(m)
		case "tool_calls":
			if m.Kind() != ijson.Array {
				return wire.Broken{What: "the calls are no list"}
			}
			if m.Len() > 0 {
				s.calls = m
			}
		case "function_call":
			if s.legacy = m; m.Kind() != ijson.Object {
				return wire.Broken{What: "a call is no object"}
			}
		default:
			if s.more = true; !slices.Contains(f.said, name) {
				return wire.Broken{What: "what a choice says has a member that Argus does not know"}
			}
		}
		if err != nil {
			return err
		}
	}
	if s.calls.Len() > mostCalls {
		return wire.Broken{What: "it has too many calls"}
	}
	if s.calls.Kind() != ijson.Invalid && s.legacy.Kind() != ijson.Invalid {
		return wire.Broken{What: "it has calls of both kinds"} // clients drop the one or the other
	}
	return nil
}

// count is how many calls it has fragments of.
func (s *said) count() int {
	if s.legacy.Kind() != ijson.Invalid {
		return 1
	}
	return s.calls.Len()
}

// ends reports whether it says why its choice ended.
func (s *said) ends() bool { return s.finish.Kind() == ijson.String }

// speaks reports whether it says anything that is no call.
func (s *said) speaks() bool {
	return s.more || s.thoughts.Kind() == ijson.String || s.content.Kind() == ijson.String && s.content.Raw() != `""`
}

// worded is a text, or the zero Value for null.
func worded(v ijson.Value) (ijson.Value, error) {
	switch v.Kind() {
	case ijson.String:
		return v, nil
	case ijson.Null:
		return ijson.Value{}, nil
	}
	return v, wire.Broken{What: "what should be a text is none"}
}

// position is a small number that is not negative, or -1.
func position(v ijson.Value) int {
	if v.Kind() != ijson.Numeric {
		return -1
	}
	n, err := strconv.ParseUint(v.Raw(), 10, 16)
	if err != nil {
		return -1
	}
	return int(n)
}
