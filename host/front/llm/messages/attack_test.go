package messages

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"argus/host/front/llm/wire"
)

// framed are events, named by their types.
func framed(t *testing.T, events ...string) string {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		_, name, _ := strings.Cut(e, `"type":"`)
		name, _, _ = strings.Cut(name, `"`)
		fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", name, e)
	}
	return b.String()
}

const (
	opening  = `{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"x","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}}`
	closing  = `{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":2}}`
	stopping = `{"type":"message_stop"}`
)

func blockStart(index int, block string) string {
	return fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":%s}`, index, block)
}

func blockDelta(index int, delta string) string {
	return fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":%s}`, index, delta)
}

func blockStop(index int) string {
	return fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, index)
}

const (
	noText  = `{"type":"text","text":""}`
	someUse = `{"type":"tool_use","id":"toolu_x","name":"send","input":{}}`
	partial = `{"type":"input_json_delta","partial_json":"{\"to\":\"evil\"}"}`
)

// TestNoCallPassesUnjudged tries to get a call, or half of one, to a client that was never judged. The judge refuses all calls, so whatever
// looks like one in what the client got has slipped by.
func TestNoCallPassesUnjudged(t *testing.T) {
	text := []string{opening, blockStart(0, noText), blockDelta(0, `{"type":"text_delta","text":"hi"}`), blockStop(0)}
	call := []string{blockStart(1, someUse), blockDelta(1, partial), blockStop(1)}
	end := []string{closing, stopping}
	join := func(parts ...[]string) (all []string) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	for what, c := range map[string]struct {
		members string
		events  []string
		passes  bool
	}{
		"the control":                           {events: join(text, call, end), passes: true},
		"a call in the beginning of an answer":  {events: []string{strings.Replace(opening, `"content":[]`, `"content":[`+someUse+`]`, 1), closing, stopping}},
		"content of another type":               {events: []string{strings.Replace(opening, `"content":[]`, `"content":`+someUse, 1), closing, stopping}},
		"a member of the beginning":             {events: []string{strings.Replace(opening, `"content":[]`, `"content":[],"tool_calls":[`+someUse+`]`, 1), closing, stopping}},
		"another role":                          {events: []string{strings.Replace(opening, `"assistant"`, `"user"`, 1), closing, stopping}},
		"two beginnings":                        {events: join(text, []string{opening}, call, end)},
		"no beginning":                          {events: join(text[1:], call, end)},
		"a call twice":                          {events: join(text, call, []string{blockStart(2, someUse), blockStop(2)}, end)},
		"a call without an id":                  {events: join(text, []string{blockStart(1, `{"type":"tool_use","name":"send","input":{}}`), blockStop(1)}, end)},
		"a call without a name":                 {events: join(text, []string{blockStart(1, `{"type":"tool_use","id":"a","name":null,"input":{}}`), blockStop(1)}, end)},
		"arguments for a block of text":         {events: join(text[:2], []string{blockDelta(0, partial), blockStop(0)}, end)},
		"text for a call":                       {events: join(text, call[:1], []string{blockDelta(1, `{"type":"text_delta","text":"hi"}`), blockStop(1)}, end)},
		"arguments for another block":           {events: join(text, call[:1], []string{blockDelta(0, partial), blockStop(1)}, end)},
		"arguments for a block to come":         {events: join(text, []string{blockDelta(1, partial)}, call, end)},
		"arguments after the last event":        {events: join(text, call, []string{blockDelta(1, partial)}, end)},
		"arguments after the first":             {events: join(text, []string{blockStart(1, strings.Replace(someUse, `{}`, `{"to":"me"}`, 1)), blockDelta(1, partial), blockStop(1)}, end)},
		"arguments after null":                  {events: join(text, []string{blockStart(1, strings.Replace(someUse, `{}`, `null`, 1)), blockDelta(1, partial), blockStop(1)}, end)},
		"arguments that are no text":            {events: join(text, call[:1], []string{blockDelta(1, `{"type":"input_json_delta","partial_json":{"to":"evil"}}`), blockStop(1)}, end)},
		"two deltas in one":                     {events: join(text[:2], []string{blockDelta(0, `{"type":"text_delta","text":"hi","partial_json":"{}"}`), blockStop(0)}, end)},
		"a call that starts another":            {events: join(text, call[:1], call, end)},
		"an end twice":                          {events: join(text, call, []string{blockStop(1)}, end)},
		"an end without a start":                {events: join(text, []string{blockStop(1)}, end)},
		"an end inside a call":                  {events: join(text, call[:2], end)},
		"a call after the end":                  {events: join(text, end, call)},
		"a call between the two parts of it":    {events: join(text, end[:1], call, end[1:])},
		"a stop without an end":                 {events: join(text, call, end[1:])},
		"a stop twice":                          {events: join(text, call, end, end[1:])},
		"a block out of turn":                   {events: join(text, []string{blockStart(2, noText), blockStop(2)}, end)},
		"a block twice":                         {events: join(text, []string{blockStart(0, someUse), blockStop(0)}, end)},
		"a position that is a text":             {events: join(text, []string{strings.Replace(call[0], `"index":1`, `"index":"1"`, 1)}, call[1:], end)},
		"a position spelled otherwise":          {events: join(text, []string{strings.Replace(call[0], `"index":1`, `"index":1.0`, 1)}, call[1:], end)},
		"no position":                           {events: join(text, []string{strings.Replace(call[0], `"index":1,`, ``, 1)}, call[1:], end)},
		"a kind of block":                       {events: join(text, []string{blockStart(1, strings.Replace(someUse, "tool_use", "function_call", 1)), blockStop(1)}, end)},
		"a kind of block in other letters":      {events: join(text, []string{blockStart(1, strings.Replace(someUse, "tool_use", "Tool_Use", 1)), blockStop(1)}, end)},
		"a block without a kind":                {events: join(text, []string{blockStart(1, `{"id":"a","name":"send","input":{}}`), blockStop(1)}, end)},
		"a block that is a list":                {events: join(text, []string{blockStart(1, `[`+someUse+`]`), blockStop(1)}, end)},
		"a call in a block of text":             {events: join(text, []string{blockStart(1, `{"type":"text","text":"","input":{},"name":"send"}`), blockStop(1)}, end)},
		"two kinds of one block":                {events: join(text, []string{blockStart(1, `{"type":"text","text":"","type":"tool_use"}`), blockStop(1)}, end)},
		"two names of one call":                 {events: join(text, []string{blockStart(1, `{"type":"tool_use","id":"a","name":"read","n\u0061me":"send","input":{}}`), blockStop(1)}, end)},
		"a member in other letters":             {events: join(text, []string{blockStart(1, `{"type":"tool_use","id":"a","name":"read","Name":"send","input":{}}`), blockStop(1)}, end)},
		"a tool of a set":                       {events: join(text, []string{blockStart(1, `{"type":"tool_use","id":"a","name":"type","toolset_name":"browser","input":{}}`), blockStop(1)}, end)},
		"a member of an event":                  {events: join(text[:3], []string{`{"type":"content_block_stop","index":0,"content_block":` + someUse + `}`}, end)},
		"a member of the last event":            {events: join(text, end[:1], []string{`{"type":"message_stop","message":{"content":[` + someUse + `]}}`})},
		"a kind of delta":                       {events: join(text[:2], []string{blockDelta(0, `{"type":"tool_delta","text":""}`), blockStop(0)}, end)},
		"a kind of event":                       {events: join(text, []string{`{"type":"tool_call","index":1}`}, end)},
		"a call at the end":                     {events: join(text, []string{strings.Replace(closing, `"stop_sequence"`, `"content":[`+someUse+`],"stop_sequence"`, 1), stopping})},
		"no object":                             {events: join(text, []string{`["type","content_block_start"]`}, end)},
		"a call that the vendor ran":            {events: join(text, []string{blockStart(1, `{"type":"server_tool_use","id":"a","name":"web_search","input":{}}`), blockStop(1)}, end)},
		"a result of a tool that it ran":        {events: join(text, []string{blockStart(1, `{"type":"web_search_tool_result","tool_use_id":"a","content":[]}`), blockStop(1)}, end)},
		"a call of a server that it called":     {events: join(text, []string{blockStart(1, `{"type":"mcp_tool_use","id":"a","server_name":"s","name":"n","input":{}}`), blockStop(1)}, end)},
		"a call of code where only search runs": {members: `,"tools":[{"type":"web_search_20250305","name":"web_search"}]`, events: join(text, []string{blockStart(1, `{"type":"server_tool_use","id":"a","name":"bash_code_execution","input":{}}`), blockStop(1)}, end)},
		"a name that the vendor does not run":   {members: `,"tools":[{"type":"web_search_20250305","name":"web_search"}]`, events: join(text, []string{blockStart(1, `{"type":"server_tool_use","id":"a","name":"send","input":{}}`), blockStop(1)}, end)},
	} {
		t.Run(what, func(t *testing.T) {
			out, err := stream(t, c.members, framed(t, c.events...), &bench{refuse: []string{"all"}})
			if c.passes != (err == nil) || err != nil && !broken(err) {
				t.Fatalf("%v:\n%s", err, out)
			}
			for _, sign := range []string{"tool_use\"", "function_call", "Tool_Use", "partial_json", "evil", "toolset", "tool_call"} {
				if strings.Contains(out, sign) {
					t.Fatalf("the client got %s:\n%s", sign, out)
				}
			}
			if err != nil && strings.Contains(err.Error(), "evil") {
				t.Error("the error tells of the answer:", err)
			}
		})
	}
}

// TestAnEventIsWhatItsNameSays: clients go by the name of an event or by its type.
func TestAnEventIsWhatItsNameSays(t *testing.T) {
	call := "data: " + blockStart(0, someUse) + "\n\n"
	for _, name := range []string{"event: ping\n", "event: content_block_stop\n", "event:  content_block_start\n", "", "event\n", "event: ping\nevent: x\n"} {
		out, err := stream(t, "", framed(t, opening)+name+call, &bench{})
		if !broken(err) || strings.Contains(out, "tool_use") {
			t.Errorf("%q: %v:\n%s", name, err, out)
		}
	}
	if out, err := stream(t, "", framed(t, opening)+"event: ping\ndata: "+stopping+"\n\n", &bench{}); !broken(err) || strings.Contains(out, "message_stop") {
		t.Errorf("an end under another name: %v:\n%s", err, out)
	}
	// The last of two names is in force, and the client gets that one alone.
	in := framed(t, opening) + "event: ping\nevent: content_block_start\nid: 1\n" + call + framed(t, blockStop(0), closing, stopping)
	out, err := stream(t, "", in, &bench{})
	if want := framed(t, opening, blockStart(0, someUse), blockStop(0), closing, stopping); err != nil || out != want {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestDataOnSeveralLinesIsOneLine: some readers of streams take the first line of data for all of it.
func TestDataOnSeveralLinesIsOneLine(t *testing.T) {
	in := framed(t, opening) + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\ndata: \"index\":0,\rdata:\"content_block\":" + noText + "}\n\n" +
		framed(t, blockStop(0), closing, stopping)
	out, err := stream(t, "", in, &bench{})
	if err != nil || !strings.Contains(out, "data: {\"type\":\"content_block_start\", \"index\":0, \"content_block\":"+noText+"}\n\n") {
		t.Fatalf("%v:\n%s", err, out)
	}
	if m, err := accumulated(out); err != nil || len(m.Content) != 1 {
		t.Fatal(m, err)
	}
}

// TestATextBeginsNoEvent: some readers end a line at U+2028.
func TestATextBeginsNoEvent(t *testing.T) {
	in := framed(t, opening, blockStart(0, noText), blockDelta(0, `{"type":"text_delta","text":"hi\u2028event: x"}`), blockStop(0), closing, stopping)
	bare := strings.Replace(in, `\u2028`, "\u2028", 1)
	if out, err := stream(t, "", bare, &bench{}); err != nil || out != strings.Replace(in, `"stop_reason":"tool_use"`, `"stop_reason":"end_turn"`, 1) {
		t.Errorf("%v:\n%s", err, out)
	}
}

func TestWhatIsHeldIsBounded(t *testing.T) {
	chunk := blockDelta(0, `{"type":"input_json_delta","partial_json":"`+strings.Repeat("x", 1<<19)+`"}`)
	events := []string{opening, blockStart(0, someUse)}
	for range mostHeld>>19 + 1 {
		events = append(events, chunk)
	}
	if _, err := stream(t, "", framed(t, events...), &bench{}); !broken(err) {
		t.Error("arguments without a bound:", err)
	}
	events = []string{opening}
	for i := range mostCalls + 1 {
		events = append(events, blockStart(i, strings.Replace(someUse, "toolu_x", fmt.Sprint(i), 1)), blockStop(i))
	}
	if _, err := stream(t, "", framed(t, append(events[:len(events)-2], closing, stopping)...), &bench{}); err != nil {
		t.Error("the control:", err)
	}
	if _, err := stream(t, "", framed(t, append(events, closing, stopping)...), &bench{}); !broken(err) {
		t.Error("calls without a bound:", err)
	}
	for n, most := range map[int]bool{mostOpen: true, mostOpen + 1: false} {
		events = []string{opening}
		for i := range n {
			events = append(events, blockStart(i, noText))
		}
		for i := range n {
			events = append(events, blockStop(i))
		}
		if _, err := stream(t, "", framed(t, append(events, closing, stopping)...), &bench{}); (err == nil) != most {
			t.Errorf("%d open blocks: %v", n, err)
		}
	}
	for n, most := range map[int]bool{mostEnds: true, mostEnds + 1: false} {
		if _, err := stream(t, "", framed(t, opening)+strings.Repeat(framed(t, closing), n)+framed(t, stopping), &bench{}); (err == nil) != most {
			t.Errorf("%d ends: %v", n, err)
		}
	}
}

func TestArgumentsReachTheJudgeAsTheyCame(t *testing.T) {
	for arguments, raw := range map[string]string{
		`{"to": 1}`:       `{"to": 1}`,
		`{"to":1,"to":2}`: `{"INVALID_JSON":"{\"to\":1,\"to\":2}"}`,
		`{"to":`:          `{"INVALID_JSON":"{\"to\":"}`,
		`[]`:              `{"INVALID_JSON":"[]"}`,
		` `:               `{"INVALID_JSON":" "}`,
	} {
		var b bench
		delta := blockDelta(0, `{"type":"input_json_delta","partial_json":`+quote(arguments)+`}`)
		if _, err := stream(t, "", framed(t, opening, blockStart(0, someUse), delta, blockStop(0), closing, stopping), &b); err != nil {
			t.Fatal(err)
		}
		want := wire.Call{ID: "toolu_x", Tool: "send", Arguments: arguments, Raw: strings.Replace(someUse, "{}", raw, 1)}
		if b.calls[0] != want {
			t.Errorf("judged %+v", b.calls[0])
		}
		if !strings.HasPrefix(arguments, "[") {
			continue
		}
		var w bench
		body := value(t, `{"id":"m","type":"message","role":"assistant","content":[`+strings.Replace(someUse, "{}", arguments, 1)+`]}`)
		if err := New().Answer(request(t, ""), &w, false).Whole(context.Background(), body); err != nil || w.calls[0] != want {
			t.Errorf("%v, judged %+v", err, w.calls)
		}
	}
}

func TestBlocksOfDeclaredToolsOfTheVendorsPass(t *testing.T) {
	tools := `,"mcp_servers":[{"type":"url","name":"s","url":"https://example.com"}],"tools":[{"type":"web_search_20260209","name":"web_search"},{"type":"mcp_toolset","mcp_server_name":"s"}]`
	blocks := []string{
		`{"type":"server_tool_use","id":"a","name":"web_search","input":{"query":"x"}}`,
		`{"type":"web_search_tool_result","tool_use_id":"a","content":[{"type":"web_search_result","title":"t","url":"u","encrypted_content":"e"}]}`,
		`{"type":"server_tool_use","id":"b","name":"bash_code_execution","input":{},"caller":{"type":"direct"}}`,
		`{"type":"bash_code_execution_tool_result","tool_use_id":"b","content":{}}`,
		`{"type":"mcp_tool_use","id":"c","name":"n","server_name":"s","input":{}}`,
		`{"type":"mcp_tool_result","tool_use_id":"c","is_error":false,"content":[]}`,
	}
	events := []string{opening}
	for i, b := range blocks {
		events = append(events, blockStart(i, b), blockStop(i))
	}
	in := framed(t, append(events, closing, stopping)...)
	out, err := stream(t, tools, in, &bench{})
	if want := strings.Replace(in, `"stop_reason":"tool_use"`, `"stop_reason":"end_turn"`, 1); err != nil || out != want {
		t.Fatalf("%v:\n%s", err, out)
	}
	if _, err := stream(t, strings.Replace(tools, `"name":"s"`, `"name":"r"`, 1)[:strings.LastIndex(tools, ",{")]+"]", in, &bench{}); !broken(err) {
		t.Error("a server that was not declared:", err)
	}
}
