package fakevendor

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

var messages = dialect{calls: "toolu_", read: readMessages, whole: wholeMessages, events: messageEvents, mistake: anthropicMistake,
	broken: event{"error", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_000000"}`}}

type block struct {
	Type      string
	Text      string
	Signature string
	ID        string
	Name      string
	Input     json.RawMessage
	Of        string `json:"tool_use_id"`
	Content   json.RawMessage
}

func readMessages(body []byte) (question, error) {
	var in struct {
		Model    string
		Most     int `json:"max_tokens"`
		Stream   bool
		Thread   json.RawMessage
		System   json.RawMessage
		Tools    []struct{ Name string }
		Messages []struct {
			Role    string
			Content json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return question{}, err
	}
	if in.Thread != nil {
		unsupported := invalid("this vendor keeps no conversations")
		unsupported.details = `{"error_code":"thread_unsupported_request","unsupported":["thread"]}`
		return question{}, unsupported
	}
	if in.Most < 1 {
		return question{}, errors.New("max_tokens: Field required")
	}
	q := question{Conversation: Conversation{API: Messages, Model: in.Model, Stream: in.Stream}}
	for _, t := range in.Tools {
		q.Tools = append(q.Tools, t.Name)
	}
	if said, err := text(in.System); err != nil || said != "" {
		if err != nil {
			return question{}, err
		}
		q.Said = append(q.Said, Message{Role: System, Text: said})
	}
	for i, m := range in.Messages {
		blocks, err := blocksOf(m.Content)
		if err != nil {
			return question{}, fmt.Errorf("messages.%d: %w", i, err)
		}
		switch m.Role {
		case "user":
			err = q.user(blocks)
		case "assistant":
			err = q.assistant(blocks)
		default:
			err = errors.New("the role does not exist")
		}
		if err != nil {
			return question{}, fmt.Errorf("messages.%d: %w", i, err)
		}
	}
	return q, nil
}

func blocksOf(content json.RawMessage) ([]block, error) {
	var said string
	if json.Unmarshal(content, &said) == nil {
		return []block{{Type: "text", Text: said}}, nil
	}
	var blocks []block
	err := json.Unmarshal(content, &blocks)
	return blocks, err
}

// user adds a message of the user, in which results come first.
func (q *question) user(blocks []block) error {
	said, any := "", false
	for _, b := range blocks {
		switch b.Type {
		case "tool_result":
			if any {
				return errors.New("results come before everything else")
			}
			result, err := text(b.Content)
			if err != nil {
				return err
			}
			q.Said = append(q.Said, Message{Role: Result, Text: result, Of: b.Of})
		case "text":
			any, said = true, said+b.Text
		default:
			any = true
		}
	}
	if any {
		q.Said = append(q.Said, Message{Role: User, Text: said})
	}
	return nil
}

func (q *question) assistant(blocks []block) error {
	m := Message{Role: Model}
	for _, b := range blocks {
		switch b.Type {
		case "text":
			if b.Text == "" {
				return errors.New("text content blocks must be non-empty")
			}
			m.Text += b.Text
		case "thinking":
			if b.Signature != signature {
				return errors.New("Invalid `signature` in `thinking` block")
			}
		case "tool_use":
			if !strings.HasPrefix(string(b.Input), "{") {
				return errors.New("tool_use.input: Input should be an object")
			}
			m.Calls = append(m.Calls, Call{b.ID, b.Name, string(b.Input)})
		default:
			return fmt.Errorf("an assistant has no block of type %q", b.Type)
		}
	}
	q.Said = append(q.Said, m)
	return nil
}

// signature is what the vendor signs thoughts with. Thoughts that come back without it were changed.
const signature = "EqQBCgIYAhIM1gbcDa9GJwZA2b3h"

func (t turn) stopReason() string {
	if len(t.Calls) > 0 {
		return "tool_use"
	}
	return "end_turn"
}

const messageUsage = `{"input_tokens":25,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,` +
	`"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":12,"service_tier":"standard"}`

func (t turn) message(content, reason string) string {
	return fmt.Sprintf(`{"model":%s,"id":%s,"type":"message","role":"assistant","content":[%s],"stop_reason":%s,"stop_sequence":null,"usage":%s}`,
		quoted(t.Model), quoted(t.id("msg_")), content, reason, messageUsage)
}

func wholeMessages(t turn) string {
	var blocks []string
	if t.Thinking != "" {
		blocks = append(blocks, fmt.Sprintf(`{"type":"thinking","thinking":%s,"signature":"%s"}`, quoted(t.Thinking), signature))
	}
	if t.Text != "" {
		blocks = append(blocks, fmt.Sprintf(`{"type":"text","text":%s}`, quoted(t.Text)))
	}
	for _, c := range t.Calls {
		blocks = append(blocks, fmt.Sprintf(`{"type":"tool_use","id":%s,"name":%s,"input":%s}`, quoted(c.ID), quoted(c.Tool), c.Arguments))
	}
	return t.message(strings.Join(blocks, ","), quoted(t.stopReason()))
}

func messageEvents(t turn) []event {
	out := []event{{"message_start", `{"type":"message_start","message":` + t.message("", "null") + `}`}}
	index := 0
	say := func(name, format string, more ...any) {
		out = append(out, event{name, fmt.Sprintf(format, more...)})
	}
	opened := func(block string) {
		say("content_block_start", `{"type":"content_block_start","index":%d,"content_block":%s}`, index, block)
		if index == 0 {
			say("ping", `{"type":"ping"}`)
		}
	}
	deltas := func(kind, member string, pieces ...string) {
		for _, piece := range pieces {
			say("content_block_delta", `{"type":"content_block_delta","index":%d,"delta":{"type":"%s","%s":%s}}`, index, kind, member, quoted(piece))
		}
	}
	closed := func() {
		say("content_block_stop", `{"type":"content_block_stop","index":%d}`, index)
		index++
	}
	if t.Thinking != "" {
		opened(`{"type":"thinking","thinking":"","signature":""}`)
		deltas("thinking_delta", "thinking", t.manner.pieces(t.Thinking)...)
		deltas("signature_delta", "signature", signature)
		closed()
	}
	if t.Text != "" {
		opened(`{"type":"text","text":""}`)
		deltas("text_delta", "text", t.manner.pieces(t.Text)...)
		closed()
	}
	for _, c := range t.Calls {
		opened(fmt.Sprintf(`{"type":"tool_use","id":%s,"name":%s,"input":{}}`, quoted(c.ID), quoted(c.Tool)))
		deltas("input_json_delta", "partial_json", append([]string{""}, t.manner.pieces(c.Arguments)...)...)
		closed()
	}
	say("message_delta", `{"type":"message_delta","delta":{"stop_reason":%s,"stop_sequence":null},"usage":{"input_tokens":25,`+
		`"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":12}}`, quoted(t.stopReason()))
	say("message_stop", `{"type":"message_stop"}`)
	return out
}

func anthropicMistake(m mistake) []byte {
	kind := "invalid_request_error"
	switch m.status {
	case 401:
		kind = "authentication_error"
	case 404:
		kind = "not_found_error"
	case 429:
		kind = "rate_limit_error"
	case 500, 502, 503:
		kind = "api_error"
	case 529:
		kind = "overloaded_error"
	}
	details := ""
	if m.details != "" {
		details = `,"details":` + m.details
	}
	return fmt.Appendf(nil, `{"type":"error","error":{"type":%s,"message":%s%s},"request_id":"req_000000"}`, quoted(kind), quoted(m.what), details)
}
