package responses

import "argus/internal/ijson"

// kind is a kind of item, in a conversation or in an answer.
type kind struct {
	members []string // all that one may have
	hosted  string   // the tool of the vendor that leaves such items; empty for an item of the model's own
	text    string   // of a call: the member that holds what the model wrote; empty for what is no call
	result  string   // of a call: the kind of item that answers it
}

func (k *kind) call() bool { return k.text != "" }

// The kinds of items that a model's answer may hold. A client sends them back in the next request.
var kinds = map[string]*kind{
	"message":   {members: []string{"type", "id", "role", "content", "status", "phase"}},
	"reasoning": {members: []string{"type", "id", "summary", "content", "encrypted_content", "status"}},
	"function_call": {
		members: []string{"type", "id", "call_id", "name", "arguments", "status", "namespace", "caller", "created_by"},
		text:    "arguments", result: "function_call_output",
	},
	"custom_tool_call": {
		members: []string{"type", "id", "call_id", "name", "input", "status", "namespace", "caller", "created_by"},
		text:    "input", result: "custom_tool_call_output",
	},
	"web_search_call":       {members: []string{"type", "id", "status", "action"}, hosted: "web_search"},
	"file_search_call":      {members: []string{"type", "id", "status", "queries", "results"}, hosted: "file_search"},
	"code_interpreter_call": {members: []string{"type", "id", "status", "code", "container_id", "outputs"}, hosted: "code_interpreter"},
	"image_generation_call": {
		members: []string{"type", "id", "status", "result", "action", "background", "output_format", "quality", "size", "revised_prompt"},
		hosted:  "image_generation",
	},
	"mcp_call": {
		members: []string{"type", "id", "status", "approval_request_id", "arguments", "name", "server_label", "output", "error"}, hosted: "mcp",
	},
	"mcp_list_tools":       {members: []string{"type", "id", "server_label", "tools", "error"}, hosted: "mcp"},
	"mcp_approval_request": {members: []string{"type", "id", "arguments", "name", "server_label"}, hosted: "mcp"},
	"tool_search_call":     {members: []string{"type", "id", "status", "call_id", "execution", "arguments", "created_by"}, hosted: "tool_search"},
	"tool_search_output":   {members: []string{"type", "id", "status", "call_id", "execution", "tools", "created_by"}, hosted: "tool_search"},
	"program":              {members: []string{"type", "id", "call_id", "code", "fingerprint"}, hosted: "programmatic_tool_calling"},
	"program_output":       {members: []string{"type", "id", "call_id", "result", "status"}, hosted: "programmatic_tool_calling"},
}

// parts are the parts of a message's or a reasoning's content that a model says, with all members that one may have.
var parts = map[string][]string{
	"output_text":    {"type", "text", "annotations", "logprobs"},
	"refusal":        {"type", "refusal"},
	"reasoning_text": {"type", "text"},
	"summary_text":   {"type", "text"},
}

// runByClient are kinds of calls, and of tools, that a client runs without having declared a name and a schema.
var runByClient = []string{
	"computer", "computer_use", "computer_use_preview", "computer_call", "computer_call_output",
	"local_shell", "local_shell_call", "local_shell_call_output", "shell", "shell_call", "shell_call_output",
	"apply_patch", "apply_patch_call", "apply_patch_call_output",
}

// family is the name under which the kinds of a hosted tool's items know it: the vendor dates some types.
func family(hosted string) string {
	switch hosted {
	case "web_search_2025_08_26", "web_search_preview", "web_search_preview_2025_03_11":
		return "web_search"
	}
	return hosted
}

// source is the family of the hosted tool that left an item. Each remote server is one tool.
func (k *kind) source(item ijson.Value) string {
	if k.hosted == "mcp" {
		return remote(item)
	}
	return k.hosted
}

// remote names the tool that stands for a remote server.
func remote(v ijson.Value) string { return "mcp-" + text(v, "server_label") }
