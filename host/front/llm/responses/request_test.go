package responses

import (
	"errors"
	"strings"
	"testing"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

func TestARequestsContentIsReadWithItsOrigin(t *testing.T) {
	r := read(t, `{"model":"m","instructions":"be brief","tools":[{"type":"function","name":"f"}],
		"text":{"format":{"type":"json_schema","name":"n","schema":{}}},"input":[
		{"role":"user","content":"one"},
		{"type":"message","role":"developer","content":[{"type":"input_text","text":"two"},
			{"type":"input_image","image_url":"data:image/png;base64,AA=="},{"type":"input_image","image_url":"https://x/y.png"},{"type":"input_image","file_id":"file_1"},
			{"type":"input_file","filename":"a","file_data":"AA=="},{"type":"input_file","file_url":"https://x/y"},{"type":"input_file","file_id":"file_2"},
			{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}]},
		{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"three","annotations":[]}]},
		{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"AAAA"},
		{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
		{"type":"function_call_output","call_id":"c1","output":"four"},
		{"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"five"},{"type":"input_image","image_url":"https://x/z.png"}]},
		{"type":"web_search_call","id":"ws_1","status":"completed","action":{}},
		{"type":"item_reference","id":"msg_7"},{"id":"msg_8"},
		{"type":"compaction","encrypted_content":"AAAA"}]}`)
	var got []string
	for _, i := range r.Items {
		line := []string{"unknown", "client", "model", "result", "hosted"}[i.Origin]
		for _, more := range []string{i.Call, i.Tool, i.ID} {
			if more != "" {
				line += " " + more
			}
		}
		raw := i.Raw.Raw()
		got = append(got, line+": "+raw[:min(len(raw), 24)])
	}
	want := `client: "be brief"
client: {"name":"f","description
client: {"type":"json_schema","n
client: "one"
client: "two"
client: {"type":"input_image","i
unknown: {"type":"input_image","i
unknown: {"type":"input_image","f
client: {"type":"input_file","fi
unknown: {"type":"input_file","fi
unknown: {"type":"input_file","fi
client: {"type":"input_audio","i
model: {"type":"output_text","t
model: {"id":"rs_1","type":"rea
model: {"type":"function_call",
result c1 f: "four"
result c2: [{"type":"input_text","t
unknown: {"type":"input_image","i
hosted web_search: {"type":"web_search_call
unknown msg_7: {"type":"item_reference"
unknown msg_8: {"id":"msg_8"}
unknown: {"type":"compaction","en`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestATextHasOneDigestInEveryForm(t *testing.T) {
	digests := map[string]bool{}
	for _, input := range []string{`"hi"`, `[{"role":"user","content":"hi"}]`, `[{"type":"message","role":"user","content":[{"type":"input_text","text":"h\u0069"}]}]`} {
		digests[ijson.Digest(read(t, `{"model":"m","input":`+input+`}`).Items[0].Raw)] = true
	}
	if len(digests) != 1 {
		t.Errorf("one text has %d digests", len(digests))
	}
}

func TestDeclaredToolsAreRead(t *testing.T) {
	r := read(t, `{"model":"m","tools":[
		{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},
		{"type":"custom","name":"c","format":{"type":"grammar","syntax":"regex","definition":"a+"}},
		{"type":"namespace","name":"n","description":"","tools":[{"type":"function","name":"g"}]},
		{"type":"web_search_preview"},
		{"type":"mcp","server_label":"s","server_url":"https://x","authorization":"SECRET","headers":{"a":"SECRET"}},
		{"type":"mcp","server_label":"t","server_url":"https://y"}],
		"input":[{"type":"tool_search_output","execution":"server","tools":[{"type":"function","name":"late"},{"type":"function","name":"f","description":"d","parameters":{"type":"object"}}]}]}`)
	var got []string
	for _, one := range r.Tools {
		got = append(got, one.Name)
		if strings.Contains(one.Definition.Raw(), "SECRET") {
			t.Errorf("a definition holds a secret: %s", one.Definition.Raw())
		}
		if one.Hosted != (one.Name == "web_search_preview" || strings.HasPrefix(one.Name, "mcp-")) {
			t.Errorf("%s is hosted: %v", one.Name, one.Hosted)
		}
	}
	if strings.Join(got, " ") != "f c n__g web_search_preview mcp-s mcp-t late" {
		t.Errorf("read %q", got)
	}
}

func TestWhatCouldPassUnjudgedIsInvalid(t *testing.T) {
	for name, body := range map[string]string{
		"no object":               `[]`,
		"no model":                `{"input":"x"}`,
		"an unknown member":       `{"model":"m","new_power":1}`,
		"another case":            `{"model":"m","Tools":[]}`,
		"background":              `{"model":"m","background":true}`,
		"a conversation":          `{"model":"m","conversation":"conv_1"}`,
		"a kept prompt":           `{"model":"m","prompt":{"id":"p"}}`,
		"compaction":              `{"model":"m","context_management":[{"type":"compaction"}]}`,
		"an unknown include":      `{"model":"m","include":["secrets"]}`,
		"an unknown tool":         `{"model":"m","tools":[{"type":"teleport"}]}`,
		"a shell":                 `{"model":"m","tools":[{"type":"local_shell"}]}`,
		"a computer":              `{"model":"m","tools":[{"type":"computer_use_preview"}]}`,
		"a search by the client":  `{"model":"m","tools":[{"type":"tool_search","execution":"client"}]}`,
		"a member of a tool":      `{"model":"m","tools":[{"type":"function","name":"f","run":true}]}`,
		"a tool without a name":   `{"model":"m","tools":[{"type":"function"}]}`,
		"two tools of one name":   `{"model":"m","tools":[{"type":"function","name":"f"},{"type":"custom","name":"f"}]}`,
		"a server of two kinds":   `{"model":"m","tools":[{"type":"mcp","server_label":"s","server_url":"https://x"},{"type":"mcp","server_label":"s","server_url":"https://y"}]}`,
		"a tool as a server":      `{"model":"m","tools":[{"type":"mcp","server_label":"s"},{"type":"function","name":"mcp-s"}]}`,
		"a tool as a namespace's": `{"model":"m","tools":[{"type":"function","name":"n__f"},{"type":"namespace","name":"n","tools":[{"type":"function","name":"f"}]}]}`,
		"hosted in a namespace":   `{"model":"m","tools":[{"type":"namespace","name":"n","tools":[{"type":"mcp","name":"x"}]}]}`,
		"hosted in an item":       `{"model":"m","input":[{"type":"additional_tools","role":"developer","tools":[{"type":"teleport"}]}]}`,
		"an unknown item":         `{"model":"m","input":[{"type":"memory"}]}`,
		"a member of an item":     `{"model":"m","input":[{"type":"message","role":"user","content":"x","run":1}]}`,
		"an unknown role":         `{"model":"m","input":[{"role":"tool","content":"x"}]}`,
		"an unknown part":         `{"model":"m","input":[{"role":"user","content":[{"type":"video"}]}]}`,
		"a model's part":          `{"model":"m","input":[{"role":"user","content":[{"type":"output_text","text":"x"}]}]}`,
		"a shell's output":        `{"model":"m","input":[{"type":"shell_call_output","call_id":"c","output":[]}]}`,
		"a result of no call":     `{"model":"m","input":[{"type":"function_call_output","output":"x"}]}`,
		"a reference to nothing":  `{"model":"m","input":[{"type":"item_reference","id":["msg_1"]}]}`,
		"an item of nothing":      `{"model":"m","input":[{}]}`,
		"a reference with more":   `{"model":"m","input":[{"id":"x","content":"y"}]}`,
		"a trigger":               `{"model":"m","input":[{"type":"compaction_trigger"}]}`,
		"an unknown format":       `{"model":"m","text":{"format":{"type":"grammar"}}}`,
		"stream is a text":        `{"model":"m","stream":"true"}`,
		"store is a text":         `{"model":"m","store":"false"}`,
		"an unknown choice":       `{"model":"m","tool_choice":{"type":"shell"}}`,
	} {
		_, err := New().Read(parse(t, body))
		if _, is := errors.AsType[wire.Invalid](err); !is {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, body := range map[string]string{
		"nulls":    `{"model":"m","background":null,"conversation":null,"prompt":null,"tools":null,"input":null,"previous_response_id":null}`,
		"settings": `{"model":"m","background":false,"store":false,"truncation":"auto","metadata":{"a":"b"},"parallel_tool_calls":false,"include":["reasoning.encrypted_content"],"tool_choice":{"type":"function","name":"f"},"reasoning":{"effort":"low"},"safety_identifier":"u"}`,
	} {
		if _, err := New().Read(parse(t, body)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New("new_power").Read(parse(t, `{"model":"m","new_power":1}`)); err != nil {
		t.Errorf("a member that the operator lets by: %v", err)
	}
}

// hiddenCall is one as an answer would have made it.
func hiddenCall(n, result string) wire.Hidden {
	return wire.Hidden{
		Call:   wire.Call{ID: "call_" + n, Tool: "f", Raw: `{"type":"function_call","id":"fc_` + n + `","call_id":"call_` + n + `","name":"f","arguments":"{}"}`},
		Result: result,
	}
}

func TestHiddenCallsAreToldWhereTheyStood(t *testing.T) {
	said, beside, kept := hiddenCall("1", "no"), hiddenCall("2", "two"), hiddenCall("3", "three")
	said.Said, beside.Beside, kept.Answer = "[refused]", "call_9", "resp_1"
	said.Beside = "call_9"
	kept.Call.Free = true
	const (
		call1 = `{"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"call_1","output":"no"}`
		call2 = `{"type":"function_call","id":"fc_2","call_id":"call_2","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"call_2","output":"two"}`
		out3  = `{"type":"custom_tool_call_output","call_id":"call_3","output":"three"}`
		nine  = `{"type":"function_call","call_id":"call_9","name":"f","arguments":"{}"}`
	)
	byID := `{"id":"` + saying("call_1") + `","role":"assistant","type":"message","content":[{"type":"output_text","text":"other","annotations":[]}]}`
	for _, c := range []struct{ name, body, want string }{
		{"by its text", `{"model":"m","input":["A",{"role":"assistant","content":"[refused]"}]}`, `{"model":"m","input":["A",` + call1 + `]}`},
		{"by its part", `{"model":"m","input":[{"role":"assistant","content":[{"type":"output_text","text":"[refused]"}]}]}`, `{"model":"m","input":[` + call1 + `]}`},
		{"by its id", `{"model":"m","input":[` + byID + `]}`, `{"model":"m","input":[` + call1 + `]}`},
		{"by its reference", `{"model":"m","input":[{"type":"item_reference","id":"` + saying("call_1") + `"}]}`, `{"model":"m","input":[` + call1 + `]}`},
		{"beside a reference", `{"model":"m","input":[{"id":"fc_9"},{"type":"function_call_output","call_id":"call_9","output":""}]}`, `{"model":"m","input":[{"id":"fc_9"},` + call1 + `,` + call2 + `,{"type":"function_call_output","call_id":"call_9","output":""}]}`},
		{"not what a user says", `{"model":"m","input":[{"role":"user","content":"[refused]"}]}`, `{"model":"m","input":[{"role":"user","content":"[refused]"}]}`},
		{"beside", `{"model":"m","input":[ ` + nine + ` ]}`, `{"model":"m","input":[ ` + call1 + `,` + call2 + `,` + nine + ` ]}`},
		{"by its text and beside", `{"model":"m","input":[` + nine + `,{"role":"assistant","content":"[refused]"}]}`, `{"model":"m","input":[` + call2 + `,` + nine + `,` + call1 + `]}`},
		{"kept, a text", `{"model":"m","previous_response_id":"resp_1","input":"go"}`, `{"model":"m","previous_response_id":"resp_2","input":[` + out3 + `,{"type":"message","role":"user","content":"go"}]}`},
		{"kept, items", `{"model":"m","previous_response_id":"resp_1","input":[7]}`, `{"model":"m","previous_response_id":"resp_2","input":[` + out3 + `,7]}`},
		{"kept, no items", `{"model":"m","previous_response_id":"resp_1","input":[]}`, `{"model":"m","previous_response_id":"resp_2","input":[` + out3 + `]}`},
		{"kept, nothing", `{"model":"m","previous_response_id":"resp_1"}`, `{"model":"m","previous_response_id":"resp_2","input":[` + out3 + `]}`},
		{"kept by another", `{"model":"m","previous_response_id":"resp_0"}`, `{"model":"m","previous_response_id":"resp_2"}`},
	} {
		body := parse(t, c.body)
		r := wire.Request{Body: body, Previous: text(body, "previous_response_id")}
		got, err := New().Apply(r, wire.Changes{Hidden: []wire.Hidden{said, beside, kept}, Previous: "resp_2"})
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", c.name, err, got, c.want)
		}
	}
	two := said
	two.Call.ID = "call_5"
	body := parse(t, `{"input":[{"role":"assistant","content":"[refused]"}]}`)
	if got, err := New().Apply(wire.Request{Body: body}, wire.Changes{Hidden: []wire.Hidden{said, two}}); err != nil || string(got) != `{"input":[`+call1+`]}` {
		t.Errorf("two calls of one text: %v %s", err, got)
	}
}

func TestHostToolsAreAdded(t *testing.T) {
	host := []wire.HostTool{{Listing: parse(t, `{"name":"h","description":"d","inputSchema":{"type":"object"}}`)}}
	const h = `{"type":"function","name":"h","description":"d","parameters":{"type":"object"},"strict":false}`
	for body, want := range map[string]string{
		`{"model":"m"}`:              `{"model":"m","tools":[` + h + `]}`,
		`{"model":"m","tools":null}`: `{"model":"m","tools":[` + h + `]}`,
		`{"model":"m","tools":[]}`:   `{"model":"m","tools":[` + h + `]}`,
		`{"tools":[{"type":"function","name":"f"}],"model":"m"}`: `{"tools":[{"type":"function","name":"f"},` + h + `],"model":"m"}`,
	} {
		got, err := New().Apply(read(t, body), wire.Changes{Tools: host})
		if err != nil || string(got) != want {
			t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
		}
	}
	_, err := New().Apply(read(t, `{"model":"m","tools":[{"type":"function","name":"h"}]}`), wire.Changes{Tools: host})
	if _, is := errors.AsType[wire.Invalid](err); !is {
		t.Errorf("a tool of the same name: %v", err)
	}
}

func TestARequestWithoutChangesGoesOutAsItCame(t *testing.T) {
	const body = "{ \"model\" : \"m\",\n \"input\" : \"\\u0041\" }"
	got, err := New().Apply(read(t, body), wire.Changes{})
	if err != nil || string(got) != body {
		t.Errorf("%v: %s", err, got)
	}
}

func TestAConversationGoesOn(t *testing.T) {
	h := hiddenCall("1", "one")
	for sent, want := range map[string]string{
		`{"input":"go"}`: `{"input":[{"type":"message","role":"user","content":"go"},` + h.Call.Raw + `,{"type":"function_call_output","call_id":"call_1","output":"one"}]}`,
		`{"input":[1]}`:  `{"input":[1,` + h.Call.Raw + `,{"type":"function_call_output","call_id":"call_1","output":"one"}]}`,
		`{"model":"m"}`:  `{"model":"m","input":[` + h.Call.Raw + `,{"type":"function_call_output","call_id":"call_1","output":"one"}]}`,
	} {
		got, err := New().Follow([]byte(sent), wire.Turn{h.Call.Raw}, []wire.Hidden{h})
		if err != nil || string(got) != want {
			t.Errorf("%v\ngot  %s\nwant %s", err, got, want)
		}
	}
}
