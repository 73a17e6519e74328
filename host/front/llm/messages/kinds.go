package messages

import (
	"slices"
	"strings"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// family is what tools of the vendor's have in common that run in one way: its blocks in an answer tell no more of the tool.
type family string

// The families. The empty one is that of no tool.
const (
	webSearch     family = "web_search"
	webFetch      family = "web_fetch"
	codeExecution family = "code_execution"
	toolSearch    family = "tool_search"
	advisor       family = "advisor"
	remote        family = "mcp"
)

// remoteName begins the name of a server of MCP that the vendor is to call.
const remoteName = "mcp-"

// hosted are the types of the tools that the vendor runs, with the families of the blocks that each can bring into an answer. Later ones for the
// web run code of their own over what they find.
var hosted = map[string][]family{
	"web_search_20250305":             {webSearch},
	"web_search_20260209":             {webSearch, codeExecution},
	"web_search_20260318":             {webSearch, codeExecution},
	"web_fetch_20250910":              {webFetch},
	"web_fetch_20260209":              {webFetch, codeExecution},
	"web_fetch_20260309":              {webFetch, codeExecution},
	"web_fetch_20260318":              {webFetch, codeExecution},
	"code_execution_20250522":         {codeExecution},
	"code_execution_20250825":         {codeExecution},
	"code_execution_20260120":         {codeExecution},
	"code_execution_20260521":         {codeExecution},
	"tool_search_tool_bm25":           {toolSearch},
	"tool_search_tool_bm25_20251119":  {toolSearch},
	"tool_search_tool_regex":          {toolSearch},
	"tool_search_tool_regex_20251119": {toolSearch},
	"advisor_20260301":                {advisor},
}

// typed are the types of the tools that the vendor describes to the model and a client runs.
var typed = []string{
	"bash_20241022", "bash_20250124",
	"computer_20241022", "computer_20250124", "computer_20251124",
	"memory_20250818",
	"text_editor_20241022", "text_editor_20250124", "text_editor_20250429", "text_editor_20250728",
}

// serverTools are the names in the vendor's own calls.
var serverTools = map[string]family{
	"web_search":                 webSearch,
	"web_fetch":                  webFetch,
	"code_execution":             codeExecution,
	"bash_code_execution":        codeExecution,
	"text_editor_code_execution": codeExecution,
	"tool_search_tool_bm25":      toolSearch,
	"tool_search_tool_regex":     toolSearch,
	"advisor":                    advisor,
}

// kind is one kind of block of what a model says.
type kind struct {
	members []string
	deltas  []string // that a stream may add to it
	hosted  bool     // it is of a tool that the vendor runs
	family  family   // which of them, where the kind says so
}

// ours is the one kind of block that calls a client's tool.
const ours = "tool_use"

// kinds are the blocks that may stand in an answer, and be sent back in a request.
var kinds = map[string]kind{
	"text":                                   {members: []string{"type", "text", "citations"}, deltas: []string{"text_delta", "citations_delta"}},
	"thinking":                               {members: []string{"type", "thinking", "signature"}, deltas: []string{"thinking_delta", "signature_delta"}},
	"redacted_thinking":                      {members: []string{"type", "data"}},
	"compaction":                             {members: []string{"type", "content", "encrypted_content"}, deltas: []string{"compaction_delta"}},
	ours:                                     {members: []string{"type", "id", "name", "input", "caller"}, deltas: []string{"input_json_delta"}},
	"server_tool_use":                        {members: []string{"type", "id", "name", "input", "caller"}, deltas: []string{"input_json_delta"}, hosted: true},
	"mcp_tool_use":                           {members: []string{"type", "id", "name", "server_name", "input"}, deltas: []string{"input_json_delta"}, hosted: true, family: remote},
	"mcp_tool_result":                        {members: []string{"type", "tool_use_id", "is_error", "content"}, hosted: true, family: remote},
	"web_search_tool_result":                 {members: resultMembers, hosted: true, family: webSearch},
	"web_fetch_tool_result":                  {members: resultMembers, hosted: true, family: webFetch},
	"code_execution_tool_result":             {members: resultMembers, hosted: true, family: codeExecution},
	"bash_code_execution_tool_result":        {members: resultMembers, hosted: true, family: codeExecution},
	"text_editor_code_execution_tool_result": {members: resultMembers, hosted: true, family: codeExecution},
	"container_upload":                       {members: []string{"type", "file_id"}, hosted: true, family: codeExecution},
	"tool_search_tool_result":                {members: resultMembers, hosted: true, family: toolSearch},
	"advisor_tool_result":                    {members: resultMembers, hosted: true, family: advisor},
}

var resultMembers = []string{"type", "tool_use_id", "content", "caller"}

// deltas are the members of each kind of delta, the one that is its content first.
var deltas = map[string][]string{
	"text_delta":       {"text", "type"},
	"citations_delta":  {"citation", "type"},
	"thinking_delta":   {"thinking", "type", "estimated_tokens"},
	"signature_delta":  {"signature", "type"},
	"input_json_delta": {"partial_json", "type"},
	"compaction_delta": {"content", "type", "encrypted_content"},
}

// events are the members of each kind of event.
var events = map[string][]string{
	"message_start":       {"type", "message"},
	"content_block_start": {"type", "index", "content_block"},
	"content_block_delta": {"type", "index", "delta"},
	"content_block_stop":  {"type", "index"},
	"message_delta":       {"type", "delta", "usage", "context_management", "input_transformations"},
	"message_stop":        {"type"},
	"ping":                {"type"},
	"error":               {"type", "error", "request_id"},
}

// messageMembers are those of an answer, whole or as a stream begins it.
var messageMembers = []string{"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "usage", "container",
	"context_management", "diagnostics", "input_transformations"}

// endMembers are what the end of a stream says of the answer.
var endMembers = []string{"stop_reason", "stop_sequence", "stop_details", "container"}

// only reports whether v is an object without other members.
func only(v ijson.Value, names []string) bool {
	if v.Kind() != ijson.Object {
		return false
	}
	for name := range v.Members() {
		if !slices.Contains(names, name) {
			return false
		}
	}
	return true
}

// declares are the families that a request declares, and the vendor's servers in it, each with the name of a declared tool.
type declares struct {
	families map[family]string
	servers  map[string]string
}

func declared(tools []wire.Tool) declares {
	d := declares{map[family]string{}, map[string]string{}}
	for _, t := range tools {
		if !t.Hosted {
			continue
		}
		if server, ok := strings.CutPrefix(t.Name, remoteName); ok {
			d.servers[server] = t.Name
		}
		for i, f := range hosted[t.Name] {
			if _, has := d.families[f]; !has || i == 0 { // what a tool is for goes before what it does beside
				d.families[f] = t.Name
			}
		}
	}
	return d
}

// runs gives the declared tool of which a block of the vendor's is. Results of servers do not say which: their calls did.
func (d declares) runs(block string, v ijson.Value) (tool string, ok bool) {
	switch block {
	case "server_tool_use":
		tool, ok = d.families[serverTools[text(v, "name")]]
	case "mcp_tool_use":
		tool, ok = d.servers[text(v, "server_name")]
	case "mcp_tool_result":
		ok = len(d.servers) > 0
	default:
		tool, ok = d.families[kinds[block].family]
	}
	return tool, ok
}
