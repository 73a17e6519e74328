package chat

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// ask is a request with messages, and further members after them.
func ask(messages, more string) string {
	return "{ \"model\": \"m\", \"messages\": [" + messages + "]" + more + " }"
}

func TestARequestIsReadInOrder(t *testing.T) {
	r, err := New().Read(parse(t, ask(
		`{"role":"system","content":"s"},`+
			`{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA","detail":"low"}},`+
			`{"type":"image_url","image_url":{"url":"https://x.example/a.png"}},{"type":"file","file":{"file_id":"file-1"}},{"type":"file","file":{"file_data":"data:a","filename":"a"}},`+
			`{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}],"name":"ann"},`+
			`{"role":"assistant","content":null,"refusal":null,"annotations":[],"audio":null,"function_call":null,"tool_calls":[`+callA+`,`+callB+`]},`+
			`{"role":"tool","tool_call_id":"call_a","content":"1"},{"role":"tool","tool_call_id":"call_x","content":[{"type":"text","text":"2"}]},`+
			`{"role":"assistant","content":"a","audio":{"id":"audio_1"}},`+
			`{"role":"assistant","content":null,"function_call":{"name":"h","arguments":"{}"}},{"role":"function","name":"h","content":"3"}`,
		`,"stream":true,"n":2,"tools":[{"type":"function","function":{"name":"f","description":"reads","parameters":{"type":"object"},"strict":true}},`+
			`{"type":"custom","custom":{"name":"g","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: /a/"}}}}],`+
			`"functions":[{"name":"h"}],"response_format":{"type":"json_schema","json_schema":{"name":"n"}},"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}},`+
			`"web_search_options":{},"stream_options":{"include_usage":true}`)))
	if err != nil {
		t.Fatal(err)
	}
	if r.Model != "m" || !r.Stream || !r.Several || r.Previous != "" {
		t.Errorf("read %+v", r)
	}
	var tools, items []string
	for _, tool := range r.Tools {
		tools = append(tools, fmt.Sprint(tool.Name, tool.Hosted, tool.Definition.Raw()))
	}
	want := []string{
		`ffalse{"name":"f","description":"reads","inputSchema":{"type":"object"}}`,
		`gfalse{"name":"g","description":"","inputSchema":{"type":"object","properties":{"input":{"type":"string","description":"lark\nstart: /a/"}},"required":["input"],"additionalProperties":false}}`,
		`hfalse{"name":"h","description":"","inputSchema":{"type":"object","properties":{}}}`,
		`web_search_optionstrue{}`,
	}
	if strings.Join(tools, "\n") != strings.Join(want, "\n") {
		t.Errorf("the tools are\n%s", strings.Join(tools, "\n"))
	}
	for _, it := range r.Items {
		items = append(items, fmt.Sprint(it.Origin, it.Call, " ", it.Tool, " ", it.Raw.Raw()[:min(24, len(it.Raw.Raw()))]))
	}
	want = []string{
		`1  {"type":"function","func`, `1  {"type":"custom","custom`, `1  {"name":"h"}`, `1  {"type":"json_schema","j`,
		`1  "s"`, `1  "ann"`, `1  "see"`, `1  {"url":"data:image/png;b`, `0  {"url":"https://x.exampl`, `0  {"file_id":"file-1"}`, `1  {"file_data":"data:a","f`, `1  {"data":"AA","format":"w`,
		`2  {"role":"assistant","con`, `3call_a f {"role":"tool","tool_cal`, `3call_x  {"role":"tool","tool_cal`,
		`2  {"role":"assistant","con`, `0  {"id":"audio_1"}`, `2  {"role":"assistant","con`, `3h h {"role":"function","name`,
	}
	if strings.Join(items, "\n") != strings.Join(want, "\n") {
		t.Errorf("the items are\n%s", strings.Join(items, "\n"))
	}
}

func TestAMarkOfACacheIsNoContent(t *testing.T) {
	plain, err := New().Read(parse(t, ask(`{"role":"user","content":"x"}`, "")))
	if err != nil {
		t.Fatal(err)
	}
	marked, err := New().Read(parse(t, ask(`{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}`, "")))
	if err != nil || len(marked.Items) != 1 || marked.Items[0].Raw.Raw() != plain.Items[0].Raw.Raw() || marked.Items[0].Origin != plain.Items[0].Origin {
		t.Errorf("%+v and %+v, %v", plain.Items, marked.Items, err)
	}
}

func TestWhatIsNotKnownOfARequestIsRefused(t *testing.T) {
	user := `{"role":"user","content":"x"}`
	for name, c := range map[string]struct{ attack, control, place string }{
		"a member":           {ask(user, `,"plugins":[{"id":"web"}]`), ask(user, `,"temperature":1`), "/plugins"},
		"a member's case":    {ask(user, `,"Tools":[]`), ask(user, `,"tools":[]`), "/Tools"},
		"a hosted tool":      {ask(user, `,"tools":[{"type":"mcp","server_url":"https://x.example"}]`), ask(user, `,"tools":[{"type":"function","function":{"name":"f"}}]`), "/tools/0/type"},
		"a tool's member":    {ask(user, `,"tools":[{"type":"function","function":{"name":"f","server":"x"}}]`), ask(user, `,"tools":[{"type":"function","function":{"name":"f","strict":null}}]`), "/tools/0/function/server"},
		"a tool beside":      {ask(user, `,"tools":[{"type":"function","function":{"name":"f"},"custom":{}}]`), ask(user, `,"tools":[{"type":"custom","custom":{"name":"f"}}]`), "/tools/0/custom"},
		"a tool twice":       {ask(user, `,"tools":[{"type":"custom","custom":{"name":"f"}}],"functions":[{"name":"f"}]`), ask(user, `,"tools":[{"type":"custom","custom":{"name":"f"}}],"functions":[{"name":"g"}]`), "/functions/0"},
		"a choice":           {ask(user, `,"tool_choice":{"type":"mcp"}`), ask(user, `,"tool_choice":{"type":"function","function":{"name":"f"}}`), "/tool_choice"},
		"an allowed tool":    {ask(user, `,"tool_choice":{"type":"allowed_tools","allowed_tools":{"tools":[{"type":"mcp"}]}}`), ask(user, `,"tool_choice":"auto"`), "/tool_choice/allowed_tools/tools/0/type"},
		"a format":           {ask(user, `,"response_format":{"type":"structural_tag"}`), ask(user, `,"response_format":{"type":"text"}`), "/response_format/type"},
		"a role":             {ask(`{"role":"retriever","content":"x"}`, ""), ask(`{"role":"developer","content":"x"}`, ""), "/messages/0/role"},
		"a message's member": {ask(`{"role":"user","content":"x","context":"y"}`, ""), ask(`{"role":"user","content":"x","name":"y"}`, ""), "/messages/0/context"},
		"a part":             {ask(`{"role":"user","content":[{"type":"video_url","video_url":{}}]}`, ""), ask(`{"role":"user","content":[{"type":"text","text":"x"}]}`, ""), "/messages/0/content/0/type"},
		"a part's member":    {ask(`{"role":"user","content":[{"type":"text","text":"x","file":{}}]}`, ""), ask(`{"role":"user","content":[{"type":"text","text":"x","cache_control":{}}]}`, ""), "/messages/0/content/0/file"},
		"a content":          {ask(`{"role":"user","content":{"text":"x"}}`, ""), ask(`{"role":"user","content":null}`, ""), "/messages/0/content"},
		"a user's call":      {ask(`{"role":"user","content":"x","tool_calls":[]}`, ""), ask(`{"role":"user","content":"x","tool_calls":null}`, ""), "/messages/0/tool_calls"},
		"a user's thoughts":  {ask(`{"role":"user","content":"x","reasoning_content":"y"}`, ""), ask(`{"role":"assistant","content":"x","reasoning_content":"y"}`, ""), "/messages/0/reasoning_content"},
		"a result of none":   {ask(`{"role":"tool","content":"x"}`, ""), ask(`{"role":"tool","tool_call_id":"a","content":"x"}`, ""), "/messages/0"},
		"no messages":        {`{"model":"m"}`, ask("", ""), "/messages"},
		"no model":           {`{"messages":[]}`, ask("", ""), "/model"},
		"a stream of a word": {ask(user, `,"stream":"yes"`), ask(user, `,"stream":null`), "/stream"},
		"answers by halves":  {ask(user, `,"n":1.5`), ask(user, `,"n":1`), "/n"},
	} {
		if _, err := New().Read(parse(t, c.control)); err != nil {
			t.Errorf("%s: the control is refused: %v", name, err)
		}
		_, err := New().Read(parse(t, c.attack))
		if wrong := (wire.Invalid{}); !errors.As(err, &wrong) || wrong.Place != ijson.Place(c.place) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigLetsMembersBy(t *testing.T) {
	f := New("top_k", "cot")
	if _, err := f.Read(parse(t, ask(`{"role":"assistant","content":"x","cot":"y"}`, `,"top_k":3`))); err != nil {
		t.Error(err)
	}
	for _, body := range []string{ask("", `,"top_p2":1`), ask(`{"role":"user","content":[{"type":"text","text":"x","cot":1}]}`, "")} {
		if _, err := f.Read(parse(t, body)); err == nil {
			t.Errorf("%s passed", body)
		}
	}
}

// TestManySettingsSayNothingElse: a request with so many members that they are found by a table declares no more than one with few.
func TestManySettingsSayNothingElse(t *testing.T) {
	r, err := New().Read(parse(t, ask(`{"role":"user","content":"x"}`, `,"temperature":1,"top_p":1,"max_tokens":9,"stop":["."],"seed":1,"presence_penalty":0,`+
		`"frequency_penalty":0,"logprobs":true,"top_logprobs":2,"user":"u","metadata":{},"service_tier":"auto"`)))
	if err != nil || r.Stream || r.Several || len(r.Tools) != 0 || len(r.Items) != 1 {
		t.Errorf("read %+v, %v", r, err)
	}
}

func TestModelsThatSearchAreHostedTools(t *testing.T) {
	for model, hosted := range map[string]bool{"gpt-4o-search-preview": true, "gpt-5-search-api": true, "x/y:online": true, "gpt-4o": false, "research-1": false} {
		r, err := New().Read(parse(t, `{"model":"`+model+`","messages":[]}`))
		if err != nil || (len(r.Tools) == 1 && r.Tools[0].Hosted) != hosted {
			t.Errorf("%s: %+v, %v", model, r.Tools, err)
		}
	}
}

// hidden is a call that the client was not shown.
func hidden(id, said, beside string) wire.Hidden {
	raw := `{"id":"` + id + `","type":"function","function":{"name":"f","arguments":"{}"}}`
	return wire.Hidden{Call: wire.Call{ID: id, Tool: "f", Arguments: "{}", Raw: raw}, Result: "re: " + id, Said: said, Beside: beside}
}

func TestHiddenCallsAreToldWhereTheyWereMade(t *testing.T) {
	const (
		user  = `{"role": "user", "content": "[no a]"}`
		madeA = `{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}`
		madeB = `{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}`
		resA  = `{"role":"tool","tool_call_id":"a","content":"re: a"}`
		resB  = `{"role":"tool","tool_call_id":"b","content":"re: b"}`
	)
	older := wire.Hidden{Call: wire.Call{ID: "f", Tool: "f", Raw: `{"name":"f","arguments":"{}"}`}, Result: "no", Said: "[no f]"}
	for name, c := range map[string]struct {
		messages, want string
		hidden         []wire.Hidden
	}{
		"nothing":                   {user, user, nil},
		"a call that is not there":  {user, user, []wire.Hidden{hidden("a", "[no a]", "x"), hidden("b", "", "")}},
		"all that was said":         {user + `, {"role": "assistant", "content": "[no a]"}, ` + user, user + `, {"role": "assistant", "content": null,"tool_calls":[` + madeA + `]}, ` + resA + `,` + user, []wire.Hidden{hidden("a", "[no a]", "")}},
		"in the last message":       {`{"role":"assistant","content":"x \u0041[no a]y","tool_calls":null}`, `{"role":"assistant","content":"x Ay","tool_calls":[` + madeA + `]},` + resA, []wire.Hidden{hidden("a", "[no a]", "")}},
		"two of one message":        {`{"role":"assistant","content":"[no a][no b]"}`, `{"role":"assistant","content":null,"tool_calls":[` + madeA + `,` + madeB + `]},` + resA + `,` + resB, []wire.Hidden{hidden("a", "[no a]", ""), hidden("b", "[no b]", "")}},
		"in a part":                 {`{"role":"assistant","content":[{"type":"text","text":"x"},{"type":"text","text":"y[no a]"}]}`, `{"role":"assistant","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}],"tool_calls":[` + madeA + `]},` + resA, []wire.Hidden{hidden("a", "[no a]", "")}},
		"in all parts":              {`{"role":"assistant","content":[{"type":"text","text":"[no a]"}]}`, `{"role":"assistant","content":null,"tool_calls":[` + madeA + `]},` + resA, []wire.Hidden{hidden("a", "[no a]", "")}},
		"beside one that was shown": {`{"role":"assistant","content":"","tool_calls":[ ` + callA + ` ]},` + `{"role":"tool","tool_call_id":"call_a","content":"1"}`, `{"role":"assistant","content":"","tool_calls":[ ` + callA + ` ,` + madeB + `]},` + resB + `,{"role":"tool","tool_call_id":"call_a","content":"1"}`, []wire.Hidden{hidden("b", "", "call_a")}},
		"said beside one":           {`{"role":"assistant","content":"[no b]","tool_calls":[` + callA + `]}`, `{"role":"assistant","content":null,"tool_calls":[` + callA + `,` + madeB + `]},` + resB, []wire.Hidden{hidden("b", "[no b]", "call_a")}},
		"of the older kind":         {`{"role":"assistant","content":"[no f]"}`, `{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"no"}`, []wire.Hidden{older}},
		"of the older kind, twice":  {`{"role":"assistant","content":"[no f]","function_call":{"name":"g","arguments":""}}`, `{"role":"assistant","content":"[no f]","function_call":{"name":"g","arguments":""}}`, []wire.Hidden{older}},
	} {
		r, err := New().Read(parse(t, ask(c.messages, "")))
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := New().Apply(r, wire.Changes{Hidden: c.hidden})
		if err != nil || string(got) != ask(c.want, "") {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, ask(c.want, ""))
		}
	}
}

func TestHostToolsAreOffered(t *testing.T) {
	tools := []wire.HostTool{{Listing: parse(t, `{"name":"s__read","description":"reads","inputSchema":{"type":"object"},"annotations":{}}`)}, {Listing: parse(t, `{"name":"s__list","inputSchema":{}}`)}}
	const added = `{"type":"function","function":{"name":"s__read","description":"reads","parameters":{"type":"object"}}},{"type":"function","function":{"name":"s__list","parameters":{}}}`
	own := `{"type": "function", "function": {"name": "f"}}`
	for more, want := range map[string]string{
		``:                              `,"tools":[` + added + `]`,
		`, "tools": null`:               `, "tools": [` + added + `]`,
		`, "tools": []`:                 `, "tools": [` + added + `]`,
		`, "tools": [ ` + own + ` ]`:    `, "tools": [ ` + own + ` ,` + added + `]`,
		`, "functions": [{"name":"f"}]`: `, "functions": [{"name":"f"}]`,
		`, "n": 2`:                      `, "n": 2`,
	} {
		r, err := New().Read(parse(t, ask("", more)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := New().Apply(r, wire.Changes{Tools: tools})
		if err != nil || ijson.Digest(parse(t, string(got))) != ijson.Digest(parse(t, ask("", want))) {
			t.Errorf("%v\ngot  %s\nwant %s", err, got, ask("", want))
		}
	}
	r, _ := New().Read(parse(t, ask("", `,"tools":[{"type":"function","function":{"name":"s__list"}}]`)))
	_, err := New().Apply(r, wire.Changes{Tools: tools})
	if wrong := (wire.Invalid{}); !errors.As(err, &wrong) || wrong.Place != "/tools/0" {
		t.Errorf("a name that is taken: %v", err)
	}
}

func TestTheNextRoundHasWhatWasSaid(t *testing.T) {
	turn := wire.Turn{`{"role":"assistant","content":null,"tool_calls":[` + callA + `]}`}
	got, err := New().Follow([]byte(ask(`{"role":"user","content":"x"}`, `,"stream":true`)), turn, []wire.Hidden{hidden("a", "", "")})
	want := ask(`{"role":"user","content":"x"},`+turn[0]+`,{"role":"tool","tool_call_id":"a","content":"re: a"}`, `,"stream":true`)
	if err != nil || string(got) != want {
		t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
	}
	if _, err := New().Read(parse(t, string(got))); err != nil {
		t.Error(err)
	}
}

// FuzzRequest holds what is sent to what was read: whatever changes are made, the request stays one that can be read, with the same tools.
func FuzzRequest(f *testing.F) {
	f.Add(ask(`{"role":"assistant","content":"[no a]","tool_calls":[`+callA+`]},{"role":"user","content":"x"}`, `,"tools":[]`))
	f.Add(ask(`{"role":"assistant","content":[{"type":"text","text":"[no a]"}],"tool_calls":null}`, ` `))
	f.Add(ask(``, `,"functions":[{"name":"f"}]`))
	f.Fuzz(func(t *testing.T, text string) {
		body, err := ijson.ParseString(text, ijson.AtMost(1<<16))
		if err != nil {
			return
		}
		r, err := New().Read(body)
		if err != nil {
			return
		}
		if same, err := New().Apply(r, wire.Changes{}); err != nil || string(same) != body.Raw() {
			t.Fatalf("without changes it became %q, %v", same, err)
		}
		tool := wire.HostTool{Listing: parse(t, `{"name":"argus__x"}`)}
		sent, err := New().Apply(r, wire.Changes{Hidden: []wire.Hidden{hidden("a", "[no a]", "call_a")}, Tools: []wire.HostTool{tool}})
		if err != nil {
			return
		}
		again, err := ijson.Parse(sent, ijson.AtMost(1<<17))
		if err != nil {
			t.Fatalf("%s: %v", sent, err)
		}
		now, err := New().Read(again)
		if err != nil || len(now.Tools) < len(r.Tools) || len(now.Tools) > len(r.Tools)+1 || len(now.Items) < len(r.Items) {
			t.Fatalf("%v: %s", err, sent)
		}
	})
}
