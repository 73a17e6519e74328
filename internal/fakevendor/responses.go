package fakevendor

import (
	"encoding/json"
	"fmt"
	"strings"
)

var responses = dialect{calls: "call_", read: readResponses, whole: wholeResponse, events: responseEvents, mistake: openAIMistake,
	broken: event{"error", `{"type":"error","sequence_number":99,"code":"server_error","message":"The server had an error while processing your request.","param":null}`}}

// settings are the members of a request that the answer repeats, with what the answer says where the request says nothing.
var settings = []struct{ name, otherwise string }{
	{"background", "false"}, {"instructions", "null"}, {"max_output_tokens", "null"}, {"max_tool_calls", "null"}, {"metadata", "{}"},
	{"parallel_tool_calls", "true"}, {"previous_response_id", "null"}, {"prompt_cache_key", "null"}, {"reasoning", `{"effort":null,"summary":null}`},
	{"safety_identifier", "null"}, {"service_tier", `"default"`}, {"store", "true"}, {"temperature", "1.0"},
	{"text", `{"format":{"type":"text"},"verbosity":"medium"}`}, {"tool_choice", `"auto"`}, {"tools", "[]"}, {"top_logprobs", "0"}, {"top_p", "1.0"},
	{"truncation", `"disabled"`}, {"user", "null"},
}

func readResponses(body []byte) (question, error) {
	var in struct {
		Model        string
		Stream       bool
		Store        *bool
		Previous     string `json:"previous_response_id"`
		Instructions string
		Tools        []struct{ Name string }
		Input        json.RawMessage
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &in); err != nil {
		return question{}, err
	}
	if err := json.Unmarshal(body, &members); err != nil {
		return question{}, err
	}
	q := question{
		Conversation: Conversation{API: Responses, Model: in.Model, Stream: in.Stream},
		keep:         in.Store == nil || *in.Store, previous: in.Previous,
	}
	for _, s := range settings {
		value := string(members[s.name])
		if value == "" {
			value = s.otherwise
		}
		q.echoed += fmt.Sprintf(`,"%s":%s`, s.name, value)
	}
	for _, t := range in.Tools {
		q.Tools = append(q.Tools, t.Name)
	}
	if in.Instructions != "" {
		q.Said = append(q.Said, Message{Role: System, Text: in.Instructions})
	}
	return q, q.input(in.Input)
}

// input adds what the request brings. Items of the model that come one after the other are one message.
func (q *question) input(input json.RawMessage) error {
	var prompt string
	if json.Unmarshal(input, &prompt) == nil {
		q.Said = append(q.Said, Message{Role: User, Text: prompt})
		return nil
	}
	var items []struct {
		Type, Role, Name, Arguments string
		Content, Output             json.RawMessage
		Call                        string `json:"call_id"`
	}
	if err := json.Unmarshal(input, &items); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	roles := map[string]Role{"system": System, "developer": System, "user": User, "assistant": Model}
	for i, item := range items {
		var m Message
		var err error
		switch item.Type {
		case "", "message":
			role, is := roles[item.Role]
			if !is {
				return fmt.Errorf("input[%d] has a role that does not exist", i)
			}
			m.Role = role
			m.Text, err = text(item.Content)
		case "function_call":
			m.Role, m.Calls = Model, []Call{{item.Call, item.Name, item.Arguments}}
		case "function_call_output":
			m.Role, m.Of = Result, item.Call
			m.Text, err = text(item.Output)
		case "reasoning":
			m.Role = Model
		default:
			return fmt.Errorf("input[%d] has a type that does not exist: %q", i, item.Type)
		}
		if err != nil {
			return fmt.Errorf("input[%d]: %w", i, err)
		}
		if last := len(q.Said) - 1; m.Role == Model && last >= 0 && q.Said[last].Role == Model {
			q.Said[last].Text += m.Text
			q.Said[last].Calls = append(q.Said[last].Calls, m.Calls...)
			continue
		}
		q.Said = append(q.Said, m)
	}
	return nil
}

const responseUsage = `{"input_tokens":25,"input_tokens_details":{"cached_tokens":0},"output_tokens":12,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":37}`

func (t turn) response(status string, output ...string) string {
	usage, done := "null", "null"
	if status == "completed" {
		usage, done = responseUsage, fmt.Sprint(t.at)
	}
	return fmt.Sprintf(`{"id":%s,"object":"response","created_at":%d,"status":"%s","completed_at":%s,"error":null,"incomplete_details":null,"model":%s,"output":[%s],"usage":%s%s}`,
		quoted(t.id("resp_")), t.at, status, done, quoted(t.Model), strings.Join(output, ","), usage, t.echoed)
}

func (t turn) reasoning(summary string) string {
	return fmt.Sprintf(`{"id":%s,"type":"reasoning","summary":[%s]}`, quoted(t.id("rs_")), summary)
}

func (t turn) said(status, content string) string {
	return fmt.Sprintf(`{"id":%s,"type":"message","status":"%s","content":[%s],"role":"assistant"}`, quoted(t.id("msg_")), status, content)
}

func (t turn) called(i int, status, arguments string) string {
	c := t.Calls[i]
	return fmt.Sprintf(`{"id":%s,"type":"function_call","status":"%s","arguments":%s,"call_id":%s,"name":%s}`,
		quoted(t.callItem(i)), status, quoted(arguments), quoted(c.ID), quoted(c.Tool))
}

func (t turn) callItem(i int) string { return fmt.Sprintf("%s_%d", t.id("fc_"), i) }

func spoken(text string) string {
	return fmt.Sprintf(`{"type":"output_text","annotations":[],"logprobs":[],"text":%s}`, quoted(text))
}

func summary(text string) string {
	return fmt.Sprintf(`{"type":"summary_text","text":%s}`, quoted(text))
}

func (t turn) output() []string {
	var items []string
	if t.Thinking != "" {
		items = append(items, t.reasoning(summary(t.Thinking)))
	}
	if t.Text != "" {
		items = append(items, t.said("completed", spoken(t.Text)))
	}
	for i, c := range t.Calls {
		items = append(items, t.called(i, "completed", c.Arguments))
	}
	return items
}

func wholeResponse(t turn) string { return t.response("completed", t.output()...) }

// responseStream numbers events and items.
type responseStream struct {
	out  []event
	item int
}

// say adds an event with members of its own.
func (s *responseStream) say(name, format string, more ...any) {
	s.out = append(s.out, event{name, fmt.Sprintf(`{"type":"%s","sequence_number":%d,`, name, len(s.out)) + fmt.Sprintf(format, more...) + "}"})
}

// of adds an event about the current item.
func (s *responseStream) of(id, name, format string, more ...any) {
	s.say(name, `"item_id":%s,"output_index":%d,`+format, append([]any{quoted(id), s.item}, more...)...)
}

func (s *responseStream) added(item string) {
	s.say("response.output_item.added", `"output_index":%d,"item":%s`, s.item, item)
}

func (s *responseStream) done(item string) {
	s.say("response.output_item.done", `"output_index":%d,"item":%s`, s.item, item)
	s.item++
}

func responseEvents(t turn) []event {
	s := &responseStream{}
	s.say("response.created", `"response":%s`, t.response("in_progress"))
	s.say("response.in_progress", `"response":%s`, t.response("in_progress"))
	if t.Thinking != "" {
		id := t.id("rs_")
		s.added(t.reasoning(""))
		s.of(id, "response.reasoning_summary_part.added", `"summary_index":0,"part":%s`, summary(""))
		for _, piece := range t.manner.pieces(t.Thinking) {
			s.of(id, "response.reasoning_summary_text.delta", `"summary_index":0,"delta":%s,"obfuscation":"Jq2"`, quoted(piece))
		}
		s.of(id, "response.reasoning_summary_text.done", `"summary_index":0,"text":%s`, quoted(t.Thinking))
		s.of(id, "response.reasoning_summary_part.done", `"summary_index":0,"part":%s`, summary(t.Thinking))
		s.done(t.reasoning(summary(t.Thinking)))
	}
	if t.Text != "" {
		id := t.id("msg_")
		s.added(t.said("in_progress", ""))
		s.of(id, "response.content_part.added", `"content_index":0,"part":%s`, spoken(""))
		for _, piece := range t.manner.pieces(t.Text) {
			s.of(id, "response.output_text.delta", `"content_index":0,"delta":%s,"logprobs":[],"obfuscation":"Jq2"`, quoted(piece))
		}
		s.of(id, "response.output_text.done", `"content_index":0,"text":%s,"logprobs":[]`, quoted(t.Text))
		s.of(id, "response.content_part.done", `"content_index":0,"part":%s`, spoken(t.Text))
		s.done(t.said("completed", spoken(t.Text)))
	}
	for i, c := range t.Calls {
		id := t.callItem(i)
		s.added(t.called(i, "in_progress", ""))
		for _, piece := range t.manner.pieces(c.Arguments) {
			s.of(id, "response.function_call_arguments.delta", `"delta":%s,"obfuscation":"Jq2"`, quoted(piece))
		}
		s.of(id, "response.function_call_arguments.done", `"arguments":%s,"name":%s`, quoted(c.Arguments), quoted(c.Tool))
		s.done(t.called(i, "completed", c.Arguments))
	}
	s.say("response.completed", `"response":%s`, t.response("completed", t.output()...))
	return s.out
}
