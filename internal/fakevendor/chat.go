package fakevendor

import (
	"encoding/json"
	"fmt"
	"strings"
)

var chat = dialect{calls: "call_", read: readChat, whole: wholeChat, events: chatEvents, mistake: openAIMistake,
	broken: event{"", `{"error":{"message":"The server had an error while processing your request.","type":"server_error","param":null,"code":null}}`}}

func readChat(body []byte) (question, error) {
	var in struct {
		Model   string
		Stream  bool
		Options struct {
			Include bool `json:"include_usage"`
		} `json:"stream_options"`
		Tools    []struct{ Function struct{ Name string } }
		Messages []struct {
			Role    string
			Content json.RawMessage
			Calls   []struct {
				ID       string
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
			Of string `json:"tool_call_id"`
		}
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return question{}, err
	}
	q := question{Conversation: Conversation{API: Chat, Model: in.Model, Stream: in.Stream}, usage: in.Options.Include}
	for _, t := range in.Tools {
		q.Tools = append(q.Tools, t.Function.Name)
	}
	roles := map[string]Role{"system": System, "developer": System, "user": User, "assistant": Model, "tool": Result}
	for i, m := range in.Messages {
		role, is := roles[m.Role]
		if !is {
			return question{}, fmt.Errorf("messages.%d has a role that does not exist", i)
		}
		said, err := text(m.Content)
		if err != nil {
			return question{}, err
		}
		one := Message{Role: role, Text: said, Of: m.Of}
		for _, c := range m.Calls {
			one.Calls = append(one.Calls, Call{c.ID, c.Function.Name, c.Function.Arguments})
		}
		q.Said = append(q.Said, one)
	}
	return q, nil
}

func (t turn) chatReason() string {
	if len(t.Calls) > 0 {
		return "tool_calls"
	}
	return "stop"
}

const chatUsage = `{"prompt_tokens":25,"completion_tokens":12,"total_tokens":37,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},` +
	`"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`

func wholeChat(t turn) string {
	content, calls := "null", ""
	if t.Text != "" || len(t.Calls) == 0 {
		content = quoted(t.Text)
	}
	if len(t.Calls) > 0 {
		var each []string
		for _, c := range t.Calls {
			each = append(each, fmt.Sprintf(`{"id":%s,"type":"function","function":{"name":%s,"arguments":%s}}`,
				quoted(c.ID), quoted(c.Tool), quoted(c.Arguments)))
		}
		calls = `"tool_calls":[` + strings.Join(each, ",") + `],`
	}
	return fmt.Sprintf(`{"id":%s,"object":"chat.completion","created":%d,"model":%s,"choices":[{"index":0,"message":{"role":"assistant","content":%s,`+
		`%s"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"%s"}],"usage":%s,"service_tier":"default","system_fingerprint":"fp_560af6e559"}`,
		quoted(t.id("chatcmpl-")), t.at, quoted(t.Model), content, calls, t.chatReason(), chatUsage)
}

func chatEvents(t turn) []event {
	usage := ""
	if t.usage {
		usage = `,"usage":null`
	}
	var out []event
	chunk := func(choices, usage string) {
		out = append(out, event{"", fmt.Sprintf(`{"id":%s,"object":"chat.completion.chunk","created":%d,"model":%s,"service_tier":"default",`+
			`"system_fingerprint":"fp_560af6e559","choices":[%s]%s,"obfuscation":"x7Qz"}`, quoted(t.id("chatcmpl-")), t.at, quoted(t.Model), choices, usage)})
	}
	delta := func(d, reason string) {
		chunk(fmt.Sprintf(`{"index":0,"delta":{%s},"logprobs":null,"finish_reason":%s}`, d, reason), usage)
	}
	if t.Text != "" || len(t.Calls) == 0 {
		delta(`"role":"assistant","content":"","refusal":null`, "null")
	} else {
		delta(`"role":"assistant","content":null`, "null")
	}
	for _, piece := range t.manner.pieces(t.Text) {
		delta(`"content":`+quoted(piece), "null")
	}
	for i, c := range t.Calls {
		delta(fmt.Sprintf(`"tool_calls":[{"index":%d,"id":%s,"type":"function","function":{"name":%s,"arguments":""}}]`, i, quoted(c.ID), quoted(c.Tool)), "null")
		for _, piece := range t.manner.pieces(c.Arguments) {
			delta(fmt.Sprintf(`"tool_calls":[{"index":%d,"function":{"arguments":%s}}]`, i, quoted(piece)), "null")
		}
	}
	delta("", quoted(t.chatReason()))
	if t.usage {
		chunk("", `,"usage":`+chatUsage)
	}
	return append(out, event{"", "[DONE]"})
}

func openAIMistake(m mistake) []byte {
	kind, code := "invalid_request_error", "null"
	switch m.status {
	case 401:
		code = `"invalid_api_key"`
	case 429:
		kind, code = "requests", `"rate_limit_exceeded"`
	case 500, 502, 503:
		kind = "server_error"
	}
	return fmt.Appendf(nil, `{"error":{"message":%s,"type":%s,"param":null,"code":%s}}`, quoted(m.what), quoted(kind), code)
}
