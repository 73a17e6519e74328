package responses

import (
	"fmt"
	"strconv"
	"strings"
)

// vendor writes a stream as OpenAI does: every event with a name and a number, items one after the other.
type vendor struct {
	strings.Builder
	id    string
	seq   int
	items []string // as they ended
}

func newVendor(id string) *vendor {
	v := &vendor{id: id}
	v.event("response.created", `"response":`+v.response("in_progress", "null"))
	v.event("response.in_progress", `"response":`+v.response("in_progress", "null"))
	return v
}

func (v *vendor) response(status, usage string) string {
	return `{"id":"` + v.id + `","object":"response","created_at":1764104000,"status":"` + status + `","background":false,"error":null,"incomplete_details":null,` +
		`"instructions":null,"max_output_tokens":null,"model":"gpt-5.1","output":[` + strings.Join(v.items, ",") + `],"parallel_tool_calls":true,` +
		`"previous_response_id":null,"reasoning":{"effort":"low","summary":null},"store":true,"temperature":1.0,"text":{"format":{"type":"text"}},` +
		`"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":` + usage + `,"user":null,"metadata":{}}`
}

func (v *vendor) event(name, rest string) {
	fmt.Fprintf(v, "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%d,%s}\n\n", name, name, v.seq, rest)
	v.seq++
}

func (v *vendor) in(id string) string {
	return `"item_id":"` + id + `","output_index":` + strconv.Itoa(len(v.items)) + `,`
}

func (v *vendor) added(item string) {
	v.event("response.output_item.added", `"output_index":`+strconv.Itoa(len(v.items))+`,"item":`+item)
}

func (v *vendor) done(item string) {
	v.event("response.output_item.done", `"output_index":`+strconv.Itoa(len(v.items))+`,"item":`+item)
	v.items = append(v.items, item)
}

func (v *vendor) reasoning(id string) *vendor {
	v.added(`{"id":"` + id + `","type":"reasoning","summary":[]}`)
	v.event("response.reasoning_summary_part.added", v.in(id)+`"summary_index":0,"part":{"type":"summary_text","text":""}`)
	v.event("response.reasoning_summary_text.delta", v.in(id)+`"summary_index":0,"delta":"Look.","obfuscation":"x8"`)
	v.event("response.reasoning_summary_text.done", v.in(id)+`"summary_index":0,"text":"Look."`)
	v.event("response.reasoning_summary_part.done", v.in(id)+`"summary_index":0,"part":{"type":"summary_text","text":"Look."}`)
	v.done(`{"id":"` + id + `","type":"reasoning","summary":[{"type":"summary_text","text":"Look."}]}`)
	return v
}

func (v *vendor) text(id string, pieces ...string) *vendor {
	all := strings.Join(pieces, "")
	part := func(text string) string {
		return `{"type":"output_text","annotations":[],"logprobs":[],"text":"` + text + `"}`
	}
	v.added(`{"id":"` + id + `","type":"message","status":"in_progress","content":[],"role":"assistant"}`)
	v.event("response.content_part.added", v.in(id)+`"content_index":0,"part":`+part(""))
	for _, piece := range pieces {
		v.event("response.output_text.delta", v.in(id)+`"content_index":0,"delta":"`+piece+`","logprobs":[],"obfuscation":"Yk3"`)
	}
	v.event("response.output_text.done", v.in(id)+`"content_index":0,"text":"`+all+`","logprobs":[]`)
	v.event("response.content_part.done", v.in(id)+`"content_index":0,"part":`+part(all))
	v.done(`{"id":"` + id + `","type":"message","status":"completed","content":[` + part(all) + `],"role":"assistant"}`)
	return v
}

// call takes the arguments in pieces, as they stand in JSON text.
func (v *vendor) call(n int, name string, pieces ...string) *vendor {
	id, all := fmt.Sprintf("fc_%d", n), strings.Join(pieces, "")
	item := func(status, arguments string) string {
		return fmt.Sprintf(`{"id":"%s","type":"function_call","status":"%s","arguments":"%s","call_id":"call_%d","name":"%s"}`, id, status, arguments, n, name)
	}
	v.added(item("in_progress", ""))
	for _, piece := range pieces {
		v.event("response.function_call_arguments.delta", v.in(id)+`"delta":"`+piece+`","obfuscation":"qT"`)
	}
	v.event("response.function_call_arguments.done", v.in(id)+`"arguments":"`+all+`"`)
	v.done(item("completed", all))
	return v
}

func (v *vendor) custom(n int, name string, pieces ...string) *vendor {
	id, all := fmt.Sprintf("ctc_%d", n), strings.Join(pieces, "")
	item := func(status, input string) string {
		return fmt.Sprintf(`{"id":"%s","type":"custom_tool_call","status":"%s","input":"%s","call_id":"call_%d","name":"%s"}`, id, status, input, n, name)
	}
	v.added(item("in_progress", ""))
	for _, piece := range pieces {
		v.event("response.custom_tool_call_input.delta", v.in(id)+`"delta":"`+piece+`"`)
	}
	v.event("response.custom_tool_call_input.done", v.in(id)+`"input":"`+all+`"`)
	v.done(item("completed", all))
	return v
}

func (v *vendor) search(id string) *vendor {
	v.added(`{"id":"` + id + `","type":"web_search_call","status":"in_progress","action":{"type":"search","query":"q"}}`)
	for _, state := range []string{"in_progress", "searching", "completed"} {
		v.event("response.web_search_call."+state, strings.TrimSuffix(v.in(id), ","))
	}
	v.done(`{"id":"` + id + `","type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}}`)
	return v
}

const usage = `{"input_tokens":10,"input_tokens_details":{"cached_tokens":1},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15}`

func (v *vendor) end() string {
	v.event("response.completed", `"response":`+v.response("completed", usage))
	return v.String()
}

// whole is the same answer, not streamed.
func (v *vendor) whole() string { return v.response("completed", usage) }
