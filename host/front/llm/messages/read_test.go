package messages

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

var origins = map[wire.Origin]string{wire.Unknown: "unknown", wire.Client: "client", wire.Model: "model", wire.Result: "result", wire.HostedBy: "hosted"}

func TestARequestIsRead(t *testing.T) {
	body := value(t, stored(t, "request.json"))
	r, err := New().Read(body)
	if err != nil {
		t.Fatal(err)
	}
	if r.Model != "claude-x" || !r.Stream || r.Several || r.Previous != "" || r.Body != body {
		t.Errorf("read %+v", r)
	}
	var got strings.Builder
	for _, tool := range r.Tools {
		fmt.Fprintf(&got, "%s %v %s\n", tool.Name, tool.Hosted, tool.Definition.Raw())
	}
	want := `read false {"name":"read","description":"Reads a file.","inputSchema":{"type": "object", "properties": {"path": {"type": "string"}}}}
bash false {"name":"bash","description":"{\"name\":\"bash\",\"type\":\"bash_20250124\"}","inputSchema":{"type":"object","properties":{}}}
computer false {"name":"computer","description":"{\"display_height_px\":768,\"display_width_px\":1024,\"name\":\"computer\",\"type\":\"computer_20250124\"}","inputSchema":{"type":"object","properties":{}}}
web_search_20250305 true {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
`
	if got.String() != want {
		t.Errorf("tools:\n%s", got.String())
	}
	got.Reset()
	for _, i := range r.Items {
		raw := i.Raw.Raw()
		if len(raw) > 45 {
			raw = raw[:45]
		}
		fmt.Fprintf(&got, "%s %s %s %v: %s\n", origins[i.Origin], i.Call, i.Tool, i.Failed, raw)
	}
	want = `client   false: "keep names"
client   false: {"name": "read", "description": "Reads a file
client   false: {"type": "bash_20250124", "name": "bash"}
client   false: {"type": "computer_20250124", "name": "comput
client   false: {"type": "web_search_20250305", "name": "web_
client   false: {"format": {"type": "json_schema", "schema": 
client   false: "You help."
client   false: "What is this?"
client   false: {"type": "image", "source": {"type": "base64"
unknown   false: {"type": "image", "source": {"type": "url", "
unknown   false: {"type": "document", "source": {"type": "file
client   false: {"type": "document", "source": {"type": "cont
client   false: {"type": "search_result", "source": "s", "tit
model   false: {"type": "thinking", "thinking": "Hm.", "sign
model   false: {"type": "redacted_thinking", "data": "ZGF0YQ
model   false: "I look."
hosted  web_search_20250305 false: {"type": "server_tool_use", "id": "srvtoolu_1
hosted  web_search_20250305 false: {"type": "web_search_tool_result", "tool_use_
model   false: {"type": "tool_use", "id": "toolu_1", "name":
model   false: {"type": "tool_use", "id": "toolu_2", "name":
result toolu_1 read false: {"type": "tool_result", "tool_use_id": "toolu
result toolu_2 bash true: {"type": "tool_result", "tool_use_id": "toolu
result toolu_9  false: {"type": "tool_result", "tool_use_id": "toolu
client   false: "Go on."
client   false: "Be brief."
model   false: "It "
`
	if got.String() != want {
		t.Errorf("items:\n%s", got.String())
	}
	out, err := New().Apply(r, wire.Changes{})
	if err != nil || string(out) != body.Raw() {
		t.Errorf("it does not go out as it came: %v\n%s", err, out)
	}
}

// TestAMovedMarkOfTheCacheIsNoNewContent: clients mark the last block of each request, and write a text as a string or as a block.
func TestAMovedMarkOfTheCacheIsNoNewContent(t *testing.T) {
	digests := func(content string) (d []string) {
		r, err := New().Read(value(t, `{"model":"m","messages":[{"role":"user","content":`+content+`}]}`))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range r.Items {
			d = append(d, fmt.Sprint(i.Origin, i.Call, ijson.Digest(i.Raw)))
		}
		return d
	}
	for marked, bare := range map[string]string{
		`"hi"`: `[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]`,
		`[{"type":"image","source":{"type":"base64","data":"AA"},"cache_control":{"type":"ephemeral"}}]`:     `[{"type":"image","source":{"type":"base64","data":"AA"}}]`,
		`[{"type":"tool_result","cache_control":{"type":"ephemeral"},"tool_use_id":"toolu_1","content":""}]`: `[{"type":"tool_result","tool_use_id":"toolu_1","content":""}]`,
	} {
		if a, b := digests(marked), digests(bare); len(a) != 1 || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%s and %s differ", marked, bare)
		}
	}
	if a, b := digests(`"hi"`), digests(`[{"type":"text","text":"ho"}]`); a[0] == b[0] {
		t.Error("two texts are one")
	}
}

// TestContentThatTheVendorFetchesInAResult is more than the result of the tool.
func TestContentThatTheVendorFetchesInAResult(t *testing.T) {
	r, err := New().Read(value(t, `{"model":"m","messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[
		{"type":"image","source":{"type":"url","url":"https://example.com"}}]},
		{"type":"document","source":{"type":"content","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}}]}]}`))
	if err != nil || len(r.Items) != 4 || r.Items[1].Origin != wire.Unknown || r.Items[2].Origin != wire.Unknown || r.Items[3].Origin != wire.Client {
		t.Fatalf("%v %+v", err, r.Items)
	}
}

func TestASummaryThatCannotBeReadIsOfUnknownOrigin(t *testing.T) {
	for members, want := range map[string]wire.Origin{`"content":"S"`: wire.Model, `"content":"S","encrypted_content":null`: wire.Model, `"content":null,"encrypted_content":"AA"`: wire.Unknown} {
		r, err := New().Read(value(t, `{"model":"m","messages":[{"role":"assistant","content":[{"type":"compaction",`+members+`}]}]}`))
		if err != nil || len(r.Items) != 1 || r.Items[0].Origin != want {
			t.Errorf("%s: %v %+v", members, err, r.Items)
		}
	}
}

// TestWhatTheVendorsToolGaveIsOfTheToolThatIsForIt: tools for the web run code, too.
func TestWhatTheVendorsToolGaveIsOfTheToolThatIsForIt(t *testing.T) {
	const search, code = `{"type":"web_search_20260209","name":"web_search"}`, `{"type":"code_execution_20260120","name":"code_execution"}`
	for tools, want := range map[string]string{search: "web_search_20260209", search + "," + code: "code_execution_20260120", code + "," + search: "code_execution_20260120", "": ""} {
		r, err := New().Read(value(t, `{"model":"m","tools":[`+tools+`],"messages":[{"role":"assistant","content":[
			{"type":"bash_code_execution_tool_result","tool_use_id":"s","content":{}}]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if i := r.Items[len(r.Items)-1]; i.Origin != wire.HostedBy || i.Tool != want {
			t.Errorf("%s: %+v", tools, i)
		}
	}
}

func TestServersThatTheVendorCallsAreHosted(t *testing.T) {
	r := request(t, `"mcp_servers":[{"type":"url","name":"docs","url":"https://example.com","authorization_token":"secret"}],"tools":[{"type":"mcp_toolset","mcp_server_name":"docs"}]`)
	want := `{"type":"url","name":"docs","url":"https://example.com"}`
	if len(r.Tools) != 1 || !r.Tools[0].Hosted || r.Tools[0].Name != "mcp-docs" || r.Tools[0].Definition.Raw() != want {
		t.Fatalf("%+v", r.Tools)
	}
}

// TestWhatIsNotKnownIsRefused puts into a request what could act or bring content without having been judged.
func TestWhatIsNotKnownIsRefused(t *testing.T) {
	const say = `"messages":[{"role":"user","content":[%s]}]`
	const said = `"messages":[{"role":"assistant","content":[%s]}]`
	const tool = `"messages":[],"tools":[%s]`
	for at, body := range map[string]string{
		"/container":                                  `"container":"c_1"`,
		"/fallbacks":                                  `"fallbacks":[]`,
		"/Tools":                                      `"Tools":[]`,
		"/stream":                                     `"stream":"yes"`,
		"/messages":                                   `"messages":{}`,
		"/messages/0":                                 `"messages":["hi"]`,
		"/messages/0/content":                         `"messages":[{"role":"user"}]`,
		"/messages/0/role":                            `"messages":[{"role":"tool","content":"hi"}]`,
		"/messages/0/tool_calls":                      `"messages":[{"role":"assistant","content":"hi","tool_calls":[]}]`,
		"/messages/0/content/0/type":                  fmt.Sprintf(say, `{"type":"video"}`),
		"/messages/0/content/0/type (call)":           fmt.Sprintf(say, `{"type":"tool_use","id":"a","name":"b","input":{}}`),
		"/messages/0/content/0/type (hosted)":         fmt.Sprintf(say, `{"type":"web_search_tool_result","tool_use_id":"a","content":[]}`),
		"/messages/0/content/0/type (alone)":          fmt.Sprintf(say, `{"type":"tool_reference","tool_name":"a"}`),
		"/messages/0/content/0/url":                   fmt.Sprintf(say, `{"type":"text","text":"hi","url":"https://example.com"}`),
		"/messages/0/content/0/text":                  fmt.Sprintf(say, `{"type":"text","text":["hi"]}`),
		"/messages/0/content/0/source/type":           fmt.Sprintf(say, `{"type":"image","source":{"type":"s3","url":"u"}}`),
		"/messages/0/content/0/source/url":            fmt.Sprintf(say, `{"type":"image","source":{"type":"base64","data":"AA","url":"u"}}`),
		"/messages/0/content/0/source/content/0/type": fmt.Sprintf(say, `{"type":"document","source":{"type":"content","content":[{"type":"document"}]}}`),
		"/messages/0/content/0/is_error":              fmt.Sprintf(say, `{"type":"tool_result","tool_use_id":"a","is_error":"no"}`),
		"/messages/0/content/0/tool_use_id":           fmt.Sprintf(say, `{"type":"tool_result"}`),
		"/messages/0/content/1/tool_use_id":           fmt.Sprintf(say, `{"type":"tool_result","tool_use_id":"a"},{"type":"tool_result","tool_use_id":"a"}`),
		"/messages/0/content/0/content/0/type":        fmt.Sprintf(say, `{"type":"tool_result","tool_use_id":"a","content":[{"type":"tool_result","tool_use_id":"b"}]}`),
		"/messages/0/content/0/content/0/text_":       fmt.Sprintf(say, `{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text_":""}]}`),
		"/messages/0/content/0/type (result)":         fmt.Sprintf(said, `{"type":"tool_result","tool_use_id":"a"}`),
		"/messages/0/content/0/type (image)":          fmt.Sprintf(said, `{"type":"image","source":{"type":"base64","data":"AA"}}`),
		"/messages/0/content/0/toolset_name":          fmt.Sprintf(said, `{"type":"tool_use","id":"a","name":"b","toolset_name":"c","input":{}}`),
		"/messages/0/content/0/id":                    fmt.Sprintf(said, `{"type":"tool_use","id":"","name":"b","input":{}}`),
		"/messages/0/content/1/id":                    fmt.Sprintf(said, `{"type":"tool_use","id":"a","name":"b","input":{}},{"type":"tool_use","id":"a","name":"c","input":{}}`),
		"/messages/0/content/1/id (hosted)":           fmt.Sprintf(said, `{"type":"server_tool_use","id":"a","name":"web_search","input":{}},{"type":"tool_use","id":"a","name":"c","input":{}}`),
		"/tools/0":                                    fmt.Sprintf(tool, `"bash"`),
		"/tools/0/name":                               fmt.Sprintf(tool, `{"input_schema":{}}`),
		"/tools/1/name":                               fmt.Sprintf(tool, `{"name":"a","input_schema":{}},{"name":"a","input_schema":{}}`),
		"/tools/0/type":                               fmt.Sprintf(tool, `{"name":"a","type":"function","input_schema":{}}`),
		"/tools/0/type (set)":                         fmt.Sprintf(tool, `{"name":"a","type":"browser_toolset_20260801"}`),
		"/tools/0/input_schema":                       fmt.Sprintf(tool, `{"name":"a","input_schema":true}`),
		"/tools/0/url":                                fmt.Sprintf(tool, `{"name":"a","input_schema":{},"url":"https://example.com"}`),
		"/tools/0/mcp_server_name":                    fmt.Sprintf(tool, `{"type":"mcp_toolset","mcp_server_name":"a"}`),
		"/mcp_servers/1/name":                         `"mcp_servers":[{"name":"a"},{"name":"a"}]`,
		"/mcp_servers/0/headers":                      `"mcp_servers":[{"name":"a","headers":{}}]`,
		"/system/0/type":                              `"system":[{"type":"image","source":{"type":"url","url":"u"}}]`,
		"/context_management/edits/0/type":            `"context_management":{"edits":[{"type":"insert_20990101"}]}`,
		"/context_management/memory":                  `"context_management":{"memory":{}}`,
	} {
		_, err := New().Read(value(t, `{"model":"m",`+body+`}`))
		invalid, ok := errors.AsType[wire.Invalid](err)
		if place, _, _ := strings.Cut(at, " "); !ok || string(invalid.Place) != place {
			t.Errorf("%s: %v", at, err)
		}
	}
	for _, body := range []string{`{}`, `[]`, `{"model":""}`, `{"model":["m"]}`} {
		if _, err := New().Read(value(t, body)); err == nil {
			t.Errorf("%s was read", body)
		}
	}
}

func TestAPersonLetsAMemberBy(t *testing.T) {
	body := value(t, `{"model":"m","diagnostics":{},"messages":[{"role":"user","content":"hi","diagnostics":{}}]}`)
	if _, err := New("diagnostics").Read(body); err != nil {
		t.Error(err)
	}
	if _, err := New("fallbacks").Read(body); err == nil {
		t.Error("another member was let by")
	}
}
