package responses

// inner are the kinds of events inside of an item: the kinds of items that have them, and their members beside those of all such events.
var inner = func() map[string]inside {
	events := map[string]inside{
		"content_part.added":            {[]string{"message", "reasoning"}, []string{"content_index", "part"}},
		"content_part.done":             {[]string{"message", "reasoning"}, []string{"content_index", "part"}},
		"output_text.delta":             {[]string{"message"}, []string{"content_index", "delta", "logprobs"}},
		"output_text.done":              {[]string{"message"}, []string{"content_index", "text", "logprobs"}},
		"output_text.annotation.added":  {[]string{"message"}, []string{"content_index", "annotation_index", "annotation"}},
		"refusal.delta":                 {[]string{"message"}, []string{"content_index", "delta"}},
		"refusal.done":                  {[]string{"message"}, []string{"content_index", "refusal"}},
		"reasoning_text.delta":          {[]string{"reasoning"}, []string{"content_index", "delta"}},
		"reasoning_text.done":           {[]string{"reasoning"}, []string{"content_index", "text"}},
		"reasoning_summary_part.added":  {[]string{"reasoning"}, []string{"summary_index", "part"}},
		"reasoning_summary_part.done":   {[]string{"reasoning"}, []string{"summary_index", "part", "status"}},
		"reasoning_summary_text.delta":  {[]string{"reasoning"}, []string{"summary_index", "delta"}},
		"reasoning_summary_text.done":   {[]string{"reasoning"}, []string{"summary_index", "text"}},
		"function_call_arguments.delta": {[]string{"function_call"}, []string{"delta"}},
		"function_call_arguments.done":  {[]string{"function_call"}, []string{"arguments", "name"}},
		"custom_tool_call_input.delta":  {[]string{"custom_tool_call"}, []string{"delta"}},
		"custom_tool_call_input.done":   {[]string{"custom_tool_call"}, []string{"input"}},

		"code_interpreter_call_code.delta":    {[]string{"code_interpreter_call"}, []string{"delta"}},
		"code_interpreter_call_code.done":     {[]string{"code_interpreter_call"}, []string{"code"}},
		"mcp_call_arguments.delta":            {[]string{"mcp_call"}, []string{"delta"}},
		"mcp_call_arguments.done":             {[]string{"mcp_call"}, []string{"arguments"}},
		"image_generation_call.partial_image": {[]string{"image_generation_call"}, []string{"partial_image_b64", "partial_image_index", "background", "output_format", "quality", "size"}},
	}
	for item, states := range map[string][]string{
		"web_search_call":       {"in_progress", "searching", "completed"},
		"file_search_call":      {"in_progress", "searching", "completed"},
		"code_interpreter_call": {"in_progress", "interpreting", "completed"},
		"image_generation_call": {"in_progress", "generating", "completed"},
		"mcp_call":              {"in_progress", "completed", "failed"},
		"mcp_list_tools":        {"in_progress", "completed", "failed"},
	} {
		for _, state := range states {
			events[item+"."+state] = inside{of: []string{item}}
		}
	}
	full := make(map[string]inside, len(events))
	for name, e := range events {
		e.members = append(e.members, "output_index", "item_id")
		full["response."+name] = e
	}
	return full
}()

type inside struct{ of, members []string }

// about are the members that the object "response" may have in an answer. It repeats much of the request.
var about = []string{
	"id", "object", "created_at", "completed_at", "status", "background", "billing", "content_filters", "conversation", "error", "frequency_penalty",
	"incomplete_details", "instructions", "max_output_tokens", "max_tool_calls", "metadata", "model", "moderation", "output", "parallel_tool_calls",
	"presence_penalty", "previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "reasoning",
	"safety_identifier", "service_tier", "store", "temperature", "text", "tool_choice", "tools", "tool_usage", "top_logprobs", "top_p", "truncation",
	"usage", "user",
}
