// Package chat is OpenAI's API /v1/chat/completions, and that of the many servers which speak it, as the proxy sees it.
//
// It decides what of a request is content and where it comes from, which bytes of an answer are a call of a tool, and when a call is whole. It
// trusts neither the client nor the vendor: a member that it does not know could bring content, act at the vendor or hold a call, and is an error.
// Whatever clients read in more than one way is an error too: their stream helpers differ in what they make of a name that comes twice, of a
// position that jumps, of members in another case.
//
// It never decides whether a call may be made, never repairs arguments, and frames each event anew with the bytes of its JSON. Of those it changes
// only positions, the reason for which a choice ended, and, where several rounds show as one answer, their ids, roles and accounts. A chunk that does
// several things at once, with a call among them, is taken apart.
//
// A call of the older kind, function_call, has no id. Its id is the name of its tool.
package chat

import (
	"slices"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// format is safe for use by many goroutines: nothing of it changes.
type format struct {
	top, message, chunk, choice, said []string // the members that each may have
}

// New is the format, with further members that a request, a message and an answer may have. The one who names them says that none of them brings
// content, acts at the vendor or holds a call.
func New(members ...string) wire.Format {
	with := func(known []string) []string { return slices.Concat(known, members) }
	return &format{with(requestMembers), with(messageMembers), with(chunkMembers), with(choiceMembers), with(saidMembers)}
}

var requestMembers = []string{
	"model", "messages", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "functions", "function_call", "response_format",
	"temperature", "top_p", "max_tokens", "max_completion_tokens", "n", "stop", "seed", "presence_penalty", "frequency_penalty", "logit_bias",
	"logprobs", "top_logprobs", "reasoning_effort", "verbosity", "modalities", "audio", "prediction", "store", "metadata", "user",
	"safety_identifier", "service_tier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "moderation", "web_search_options",
}

// messageMembers are those of a message of any role.
var messageMembers = slices.Concat([]string{"role", "content", "name", "tool_call_id"}, modelMembers)

// modelMembers are those that only a message of the model's may have. Servers that think aloud want their thoughts back, and clients send back what
// their helpers parsed.
var modelMembers = []string{
	"refusal", "audio", "tool_calls", "function_call", "annotations", "reasoning_content", "reasoning", "reasoning_details", "extra_content", "parsed",
}

// chunkMembers are those of an answer, and of each chunk of one.
var chunkMembers = []string{
	"id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint", "obfuscation", "moderation", // OpenAI
	"prompt_filter_results", "provider", "p", "x_groq", "time_info", // Azure, OpenRouter, Mistral, Groq, Cerebras
	"prompt_logprobs", "prompt_token_ids", "kv_transfer_params", // vLLM
	"metadata", "nvext", "timings", "stats", // SGLang, NVIDIA, llama.cpp, LM Studio
}

var choiceMembers = []string{
	"index", "delta", "message", "finish_reason", "logprobs",
	"content_filter_results", "content_filter_offsets", // Azure
	"native_finish_reason", "error", "stop_reason", "matched_stop", "token_ids", "seed", // OpenRouter, vLLM, SGLang, Together
}

// saidMembers are those of a delta, and of a message in an answer that is not streamed.
var saidMembers = []string{
	"role", "content", "refusal", "tool_calls", "function_call", "audio", "annotations", "reasoning_content", "reasoning", "reasoning_details",
	"extra_content",
}

// member is a member of an object, or the zero Value where it is absent or null: the API makes no difference.
func member(v ijson.Value, name string) ijson.Value {
	m, _ := v.Member(name)
	if m.IsNull() {
		return ijson.Value{}
	}
	return m
}

func text(v ijson.Value, name string) string {
	t, _ := member(v, name).Text()
	return t
}

func quote(s string) string { return string(ijson.AppendString(nil, s)) }
