package messages

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"

	"argus/host/front/llm/wire"
)

// whole is what a client gets of an answer that is not streamed.
func whole(t *testing.T, members, body string, b *bench) (string, error) {
	t.Helper()
	a := New().Answer(request(t, members), b, false)
	if err := a.Whole(context.Background(), value(t, body)); err != nil {
		return "", err
	}
	out, err := a.Finish(nil)
	return string(out), err
}

func read(t *testing.T, body string) anthropic.Message {
	t.Helper()
	var m anthropic.Message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return m
}

// TestWholeAndStreamedAnswersSayTheSame tries every ruling of every call.
func TestWholeAndStreamedAnswersSayTheSame(t *testing.T) {
	body, events := stored(t, "calls.json"), stored(t, "calls.sse")
	for n := range 27 {
		var refuse, hide []string
		for i, id := range []string{"toolu_a", "toolu_b", "toolu_c"} {
			switch n / []int{1, 3, 9}[i] % 3 {
			case 1:
				refuse = append(refuse, id)
			case 2:
				hide = append(hide, id)
			}
		}
		got, err := whole(t, "", body, &bench{refuse: refuse, hide: hide})
		if err != nil {
			t.Fatal(err)
		}
		want, err := stream(t, "", events, &bench{refuse: refuse, hide: hide})
		if err != nil {
			t.Fatal(err)
		}
		m, err := accumulated(want)
		if err != nil || shape(read(t, got)) != shape(m) {
			t.Errorf("%v: refused %v, hidden %v:\n%s\n%s", err, refuse, hide, got, want)
		}
		if n == 0 && got+"\n" != body {
			t.Errorf("nothing was to be changed:\n%s", got)
		}
	}
}

func TestAWholeAnswerThatCannotBeJudged(t *testing.T) {
	call := `{"type":"tool_use","id":"toolu_x","name":"send","input":{}}`
	good := `{"id":"m","type":"message","role":"assistant","model":"x","content":[` + call + `],"stop_reason":"tool_use","usage":{}}`
	if out, err := whole(t, "", good, &bench{refuse: []string{"all"}}); err != nil || strings.Contains(out, "toolu_x\"") {
		t.Fatalf("the control: %v %s", err, out)
	}
	for what, body := range map[string]string{
		"a call twice":            strings.Replace(good, call, call+","+call, 1),
		"a member":                strings.Replace(good, `"usage"`, `"tool_calls":[`+call+`],"usage"`, 1),
		"a member of a call":      strings.Replace(good, `"input"`, `"Input":{},"input"`, 1),
		"a kind of block":         strings.Replace(good, `"tool_use"`, `"tool_call"`, 1),
		"content that is a call":  strings.Replace(good, "["+call+"]", call, 1),
		"content that is a text":  strings.Replace(good, "["+call+"]", `"hi"`, 1),
		"no content":              strings.Replace(good, `"content"`, `"stop_details"`, 1),
		"an error":                `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`,
		"a list":                  "[" + good + "]",
		"a call of the vendor's":  strings.Replace(good, `"tool_use"`, `"server_tool_use"`, 1),
		"an answer without an id": strings.Replace(good, `"id":"m",`, ``, 1),
	} {
		if out, err := whole(t, "", body, &bench{}); !broken(err) {
			t.Errorf("%s: %v %s", what, err, out)
		}
	}
	a := New().Answer(request(t, ""), &bench{}, false)
	if _, err := a.Finish(nil); !broken(err) {
		t.Error("an answer that never came:", err)
	}
	empty := value(t, strings.Replace(good, call, "", 1))
	if err := a.Whole(context.Background(), empty); err != nil || !a.Complete() {
		t.Error("the control:", err)
	}
	if err := a.Whole(context.Background(), empty); !broken(err) || a.Complete() {
		t.Error("an answer that came twice:", err)
	}
}

const (
	thought = `{"type":"thinking","thinking":"Look.","signature":"c2ln"}`
	looking = `{"type":"text","text":"Looking."}`
	lookup  = `{"type":"tool_use","id":"toolu_h","name":"lookup","input":{"q": "x"}}`
	blank   = `{"type":"text","text":" "}`
	done    = `{"type":"text","text":"It is 7."}`
)

// rounds are two rounds of one answer: in the first the model calls a tool of the proxy's.
var rounds = []string{
	`{"id":"m1","type":"message","role":"assistant","model":"x","content":[` + strings.Join([]string{thought, looking, lookup, blank}, ",") + `],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":3},"service_tier":"standard"}}`,
	`{"id":"m2","type":"message","role":"assistant","model":"x","content":[` + done + `],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":20,"output_tokens":2,"cache_creation":{"ephemeral_5m_input_tokens":4},"server_tool_use":null,"service_tier":"standard"}}`,
}

// streamed are the same rounds as events.
func streamed(t *testing.T) []string {
	return []string{
		framed(t, strings.Replace(opening, `"input_tokens":1`, `"cache_creation":{"ephemeral_5m_input_tokens":3},"input_tokens":10`, 1),
			blockStart(0, `{"type":"thinking","thinking":"","signature":""}`), blockDelta(0, `{"type":"thinking_delta","thinking":"Lo"}`),
			blockDelta(0, `{"type":"thinking_delta","thinking":"ok."}`), blockDelta(0, `{"type":"signature_delta","signature":"c2ln"}`), blockStop(0),
			blockStart(1, noText), blockDelta(1, `{"type":"text_delta","text":"Look"}`), blockDelta(1, `{"type":"text_delta","text":"ing."}`), blockStop(1),
			blockStart(2, strings.Replace(lookup, `{"q": "x"}`, `{}`, 1)), blockDelta(2, `{"type":"input_json_delta","partial_json":"{\"q\": \"x\"}"}`), blockStop(2),
			blockStart(3, noText), blockDelta(3, `{"type":"text_delta","text":" "}`), blockStop(3),
			strings.Replace(closing, `"output_tokens":2`, `"output_tokens":5`, 1), stopping),
		framed(t, strings.Replace(opening, `"input_tokens":1`, `"cache_creation":{"ephemeral_5m_input_tokens":4},"input_tokens":20`, 1),
			blockStart(0, noText), blockDelta(0, `{"type":"text_delta","text":"It is 7."}`), blockStop(0),
			strings.Replace(closing, "tool_use", "end_turn", 1), stopping),
	}
}

// TestRoundsAreOneAnswer has the proxy go on after a call of its own, streamed and not.
func TestRoundsAreOneAnswer(t *testing.T) {
	turn := strings.Join([]string{thought, looking, lookup}, ",")
	want := "thinking \"Look.\" signed \"c2ln\"\ntext \"Looking.\"\ntext \" \"\ntext \"It is 7.\"\nend_turn, 30 tokens in, 7 out\n"
	for _, streams := range []bool{false, true} {
		members := ""
		if streams {
			members = `"stream":true`
		}
		a := New().Answer(request(t, members), &bench{hide: []string{"toolu_h"}}, true)
		var out []byte
		for i := range rounds {
			var err error
			if i > 0 {
				a.Next()
			}
			if streams {
				out, err = feed(a, out, strings.NewReader(streamed(t)[i]))
			} else {
				err = a.Whole(context.Background(), value(t, rounds[i]))
			}
			if err != nil || !a.Complete() {
				t.Fatalf("round %d: %v", i, err)
			}
			if got := strings.Join(a.Turn(), ","); i == 0 && got != turn {
				t.Errorf("the model is told that it said\n%s", got)
			}
		}
		out, err := a.Finish(out)
		if err != nil {
			t.Fatal(err)
		}
		m := anthropic.Message{}
		if streams {
			m, err = accumulated(string(out))
		} else {
			m = read(t, string(out))
		}
		if err != nil || shape(m) != want {
			t.Errorf("%v\n%s\n%s", err, shape(m), out)
		}
		if m.ID != "m1" && !streams || strings.Contains(string(out), "toolu_h") || strings.Count(string(out), "message_start\"") > 1 {
			t.Errorf("a round shows:\n%s", out)
		}
		if usage := `"cache_creation":{"ephemeral_5m_input_tokens":7}`; !strings.Contains(string(out), usage) {
			t.Errorf("what was used: no %s in\n%s", usage, out)
		}
	}
}

func TestACallOfAnEarlierRoundIsNotMadeAgain(t *testing.T) {
	a := New().Answer(request(t, ""), &bench{hide: []string{"all"}}, true)
	if err := a.Whole(context.Background(), value(t, rounds[0])); err != nil {
		t.Fatal(err)
	}
	a.Next()
	if a.Complete() {
		t.Error("a round that did not come is complete")
	}
	if err := a.Whole(context.Background(), value(t, rounds[0])); !broken(err) {
		t.Error(err)
	}
}

func TestATurnIsInTheGrammarOfRequests(t *testing.T) {
	events := framed(t, opening,
		blockStart(0, `{"type":"redacted_thinking","data":"ZGF0YQ=="}`), blockStop(0),
		blockStart(1, `{"type":"server_tool_use","id":"s","name":"web_search","input":{}}`), blockDelta(1, `{"type":"input_json_delta","partial_json":"{\"query\":\"x\"}"}`), blockStop(1),
		blockStart(2, `{"type":"web_search_tool_result","tool_use_id":"s","content":[]}`), blockStop(2),
		blockStart(3, `{"type":"text","text":"A","citations":[]}`), blockDelta(3, `{"type":"citations_delta","citation":{"type":"char_location"}}`), blockDelta(3, `{"type":"text_delta","text":"\u0042"}`), blockStop(3),
		blockStart(4, `{"type":"compaction","content":null}`), blockDelta(4, `{"type":"compaction_delta","content":"Sum","encrypted_content":"ZW5j"}`), blockStop(4),
		blockStart(5, strings.Replace(someUse, `"input"`, `"caller":{"type":"direct"},"input"`, 1)), blockDelta(5, `{"type":"input_json_delta","partial_json":"{"}`), blockStop(5),
		closing, stopping)
	a := New().Answer(request(t, `"stream":true,"tools":[{"type":"web_search_20250305","name":"web_search"}]`), &bench{hide: []string{"all"}}, true)
	if _, err := feed(a, nil, strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	want := wire.Turn{
		`{"type":"redacted_thinking","data":"ZGF0YQ=="}`,
		`{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"x"}}`,
		`{"type":"web_search_tool_result","tool_use_id":"s","content":[]}`,
		`{"type":"text","text":"AB"}`,
		`{"type":"compaction","content":"Sum","encrypted_content":"ZW5j"}`,
		`{"type":"tool_use","id":"toolu_x","name":"send","caller":{"type":"direct"},"input":{"INVALID_JSON":"{"}}`,
	}
	got := a.Turn()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	said := `{"model":"m","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[` + strings.Join(got, ",") + `]}]}`
	if _, err := New().Read(value(t, said)); err != nil {
		t.Error("it cannot be sent back:", err)
	}
}
