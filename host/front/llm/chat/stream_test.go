package chat

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"argus/host/front/llm/wire"
)

// three is an answer with text and three calls.
func three() string {
	return event(0, begin, "null") + event(0, `{"content":"I \u0041m on it."}`, "null") + ": keep-alive\n\n" +
		called(0, 0, "call_a", "f", `{"x"`, `:1}`) + called(0, 1, "call_b", "g", `{}`) + called(0, 2, "call_c", "f", `{"x":`, `2`, `}`) +
		event(0, `{}`, "tool_calls") + usage + end
}

// without is the same answer with calls refused, as it has to look.
func without(said string, refused ...string) string {
	out := event(0, begin, "null") + event(0, `{"content":"I \u0041m on it."}`, "null") + ":\n\n"
	at := 0
	for _, c := range []struct {
		id, name  string
		arguments []string
	}{{"call_a", "f", []string{`{"x"`, `:1}`}}, {"call_b", "g", []string{`{}`}}, {"call_c", "f", []string{`{"x":`, `2`, `}`}}} {
		switch {
		case !slices.Contains(refused, c.id):
			out += called(0, at, c.id, c.name, c.arguments...)
			at++
		case said != "":
			out += say(0, said)
		}
	}
	if at == 0 {
		return out + event(0, `{}`, "stop") + usage + end
	}
	return out + event(0, `{}`, "tool_calls") + usage + end
}

func TestRefusedCallsAreNotInTheStream(t *testing.T) {
	for _, refused := range [][]string{
		{}, {"call_a"}, {"call_b"}, {"call_c"}, {"call_a", "call_b"}, {"call_a", "call_c"}, {"call_b", "call_c"}, {"call_a", "call_b", "call_c"},
	} {
		for _, said := range []string{"", "[Argus refused \"f\".]"} {
			t.Run(fmt.Sprint(refused, said != ""), func(t *testing.T) {
				j := refusing(said, refused...)
				got, err := streamed(j, three())
				if err != nil {
					t.Fatal(err)
				}
				same(t, got, without(said, refused...))
				if len(j.asked) != 3 || j.asked[2].Arguments != `{"x":2}` || j.asked[1].Tool != "g" ||
					j.asked[0].Raw != `{"id":"call_a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}` {
					t.Errorf("asked %+v", j.asked)
				}
				all, err := accumulated(got)
				if err != nil || len(all.Choices) != 1 || len(all.Choices[0].Message.ToolCalls) != 3-len(refused) || all.Usage.TotalTokens != 8 {
					t.Errorf("OpenAI's client has %+v, %v", all, err)
				}
			})
		}
	}
}

func TestWhereTheBytesAreCutChangesNothing(t *testing.T) {
	stream, want := three(), without("[no]", "call_b")
	for at := range len(stream) {
		a := New().Answer(wire.Request{Stream: true}, refusing("[no]", "call_b"), false)
		out, err := feed(a, nil, io.MultiReader(strings.NewReader(stream[:at]), iotest.OneByteReader(strings.NewReader(stream[at:]))))
		if err != nil {
			t.Fatal(err)
		}
		if out, _ = a.Finish(out); string(out) != want {
			t.Fatalf("cut at %d:\n%s", at, out)
		}
	}
}

// TestACallWaitsAndTextDoesNot looks at what a client has after each event.
func TestACallWaitsAndTextDoesNot(t *testing.T) {
	a := New().Answer(wire.Request{Stream: true}, refusing(""), false)
	var out []byte
	step := func(stream string, want int) {
		t.Helper()
		before := len(out)
		var err error
		if out, err = feed(a, out, strings.NewReader(stream)); err != nil || len(out)-before != want {
			t.Fatalf("%d bytes came through, want %d, %v", len(out)-before, want, err)
		}
	}
	text, first, second, third := event(0, `{"content":"a"}`, "null"), called(0, 0, "a", "f", "{}"), called(0, 1, "b", "f", `{"x":`), called(0, 2, "c", "f", "{}")
	step(text, len(text))
	step(first, 0)
	step(text, len(text))
	step(second, len(first)) // the first is whole, so that it was decided
	step(third, 0)           // the second is not
	step(strings.Split(called(0, 1, "b", "f", `1}`), "\n\n")[1]+"\n\n", 0)
	step(event(0, `{}`, "tool_calls"), len(second)+len(strings.Split(called(0, 1, "b", "f", `1}`), "\n\n")[1])+2+len(third))
	step(usage+end, 0)
	if !a.Complete() {
		t.Error("it is not complete")
	}
}

func TestChunksThatDoSeveralThingsAreTakenApart(t *testing.T) {
	for name, c := range map[string]struct{ stream, refused, text, finish string }{
		"all at once": {
			event(0, `{"role":"assistant","content":"Hi","tool_calls":[`+
				`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},`+
				`{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{\"y\":0}"}}]}`, "tool_calls") + end,
			"a", "Hi[no]", "tool_calls",
		},
		"all at once, among many members": {
			`data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","service_tier":null,"system_fingerprint":"fp","obfuscation":"","provider":"p",` +
				`"timings":{},"stats":{},"metadata":{},"p":"","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi","tool_calls":[` +
				`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},` +
				`{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{\"y\":0}"}}]},"finish_reason":"tool_calls"}]}` + "\n\n" + end,
			"a", "Hi[no]", "tool_calls",
		},
		"a call with the role": {
			event(0, `{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}`, "null") +
				event(0, `{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}`, "null") +
				called(0, 1, "b", "g", `{"y":0}`) + event(0, `{}`, "tool_calls") + end,
			"a", "[no]", "tool_calls",
		},
		"calls by turns": {
			event(0, begin, "null") + called(0, 0, "a", "f") + called(0, 1, "b", "g") +
				event(0, `{"tool_calls":[{"index":0,"function":{"arguments":"{"}},{"index":1,"function":{"arguments":"{\"y\""}}]}`, "null") +
				event(0, `{"tool_calls":[{"index":1,"function":{"arguments":":0}"}},{"index":0,"function":{"arguments":"}"}}]}`, "null") +
				event(0, `{}`, "tool_calls") + end,
			"a", "[no]", "tool_calls",
		},
		"positions with gaps": {
			event(0, begin, "null") + called(0, 1, "a", "f", "{}") + called(0, 4, "b", "g", `{"y":0}`) + event(0, `{}`, "tool_calls") + end,
			"a", "[no]", "tool_calls",
		},
		"the last text with the end": {
			event(0, begin, "null") + called(0, 0, "a", "f", "{}") + called(0, 1, "b", "g", `{"y":0}`) + event(0, `{"content":"!"}`, "length") + end,
			"a", "[no]!", "length",
		},
		"a text tool": {
			event(0, begin, "null") + called(0, 0, "a", "f", "{}") +
				event(0, `{"tool_calls":[{"index":1,"id":"b","type":"custom","custom":{"name":"g","input":"{\"y\""}}]}`, "null") +
				event(0, `{"tool_calls":[{"index":1,"custom":{"input":":0}"}}]}`, "null") + event(0, `{}`, "tool_calls") + end,
			"a", "[no]", "tool_calls",
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := refusing("[no]", c.refused)
			got, err := streamed(j, c.stream)
			if err != nil {
				t.Fatal(err)
			}
			all, err := accumulated(got)
			if err != nil || len(all.Choices) != 1 {
				t.Fatalf("OpenAI's client: %v\n%s", err, got)
			}
			m := all.Choices[0].Message
			if m.Content != c.text || all.Choices[0].FinishReason != c.finish && c.finish != "" || m.Role != "assistant" {
				t.Errorf("it has %q, %q, %q", m.Content, all.Choices[0].FinishReason, m.Role)
			}
			if len(m.ToolCalls) != 1 || m.ToolCalls[0].ID != "b" || len(j.asked) != 2 || j.asked[1].Arguments != `{"y":0}` {
				t.Errorf("it has the calls %q, asked were %+v", shown(m), j.asked)
			}
		})
	}
}

func TestFunctionsOfTheOlderKindAreCalls(t *testing.T) {
	stream := event(0, `{"role":"assistant","content":null,"function_call":{"name":"f","arguments":""}}`, "null") +
		event(0, `{"function_call":{"arguments":"{}"}}`, "null") + event(0, `{}`, "function_call") + end
	j := refusing("")
	if got, err := streamed(j, stream); err != nil || got != stream {
		t.Errorf("%v\n%s", err, got)
	}
	if len(j.asked) != 1 || j.asked[0] != (wire.Call{ID: "f", Tool: "f", Arguments: "{}", Raw: `{"name":"f","arguments":"{}"}`}) {
		t.Errorf("asked %+v", j.asked)
	}
	got, err := streamed(refusing("[no]", "f"), stream)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, event(0, `{"role":"assistant","content":null}`, "null")+say(0, "[no]")+event(0, `{}`, "stop")+end)
}

func TestEachOfSeveralAnswersHasItsOwnCalls(t *testing.T) {
	stream := event(0, begin, "null") + event(1, begin, "null") +
		called(0, 0, "a", "f") + called(1, 0, "b", "f") +
		event(0, `{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}`, "null") +
		event(1, `{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}`, "null") +
		`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[` +
		`{"index":0,"delta":{},"finish_reason":"tool_calls"},{"index":1,"delta":{"content":"x"},"finish_reason":"tool_calls"}]}` + "\n\n" + usage + end
	got, err := streamed(refusing("[no]", "a"), stream)
	if err != nil {
		t.Fatal(err)
	}
	all, err := accumulated(got)
	if err != nil || len(all.Choices) != 2 {
		t.Fatalf("%v\n%s", err, got)
	}
	first, second := all.Choices[0], all.Choices[1]
	if first.Message.Content != "[no]" || first.FinishReason != "stop" || len(first.Message.ToolCalls) != 0 {
		t.Errorf("the first is %+v", first)
	}
	if second.Message.Content != "x" || second.FinishReason != "tool_calls" || len(shown(second.Message)) != 1 {
		t.Errorf("the second is %+v", second)
	}
}

// TestHowACallIsFramedChangesNothing has the second call move to the place of the first, however its events are written.
func TestHowACallIsFramedChangesNothing(t *testing.T) {
	second := called(0, 1, "b", "g", `{"y":`, `0}`)
	bare := func(event string) string { return strings.TrimSpace(strings.TrimPrefix(event, "data: ")) }
	for name, frame := range map[string]func(event string) string{
		"as usual":     func(e string) string { return e },
		"no space":     func(e string) string { return "data:" + bare(e) + "\n\n" },
		"windows":      func(e string) string { return "data: " + bare(e) + "\r\n\r\n" },
		"spaces":       func(e string) string { return "data:   " + bare(e) + "  \n\n" },
		"more lines":   func(e string) string { return "data: " + strings.ReplaceAll(bare(e), ",", ",\ndata: ") + "\n\n" },
		"Unicode":      func(e string) string { return strings.Replace(e, `"fp"`, "\"\u2028\u2029\u0085\"", 1) },
		"twice":        func(e string) string { return ": " + bare(e) + "\ndata: " + bare(e) + "\n\n" },
		"twice, after": func(e string) string { return "data: " + bare(e) + "\nid: " + bare(e) + "\n\n" },
	} {
		stream := event(0, begin, "null") + called(0, 0, "a", "f", "{}")
		for _, e := range strings.SplitAfter(second, "\n\n") {
			if e != "" {
				stream += frame(e)
			}
		}
		got, err := streamed(refusing("", "a"), stream+event(0, `{}`, "tool_calls")+end)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		all, err := accumulated(got)
		if err != nil || len(all.Choices) != 1 || len(all.Choices[0].Message.ToolCalls) != 1 || shown(all.Choices[0].Message)[0] != `b g {"y":0}` {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

// TestWhatServersSendBesideCallsGoesBy has chunks of other servers that speak this API.
func TestWhatServersSendBesideCallsGoesBy(t *testing.T) {
	for name, chunk := range map[string]string{
		"Azure's filter":      `{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]}`,
		"Azure's late filter": `{"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"finish_reason":null,"content_filter_offsets":{"check_offset":1},"content_filter_results":{}}]}`,
		"thoughts":            `{"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":null},"logprobs":null,"finish_reason":null}]}`,
		"no calls":            `{"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"x","tool_calls":[]},"finish_reason":null}],"p":"abc"}`,
		"a refusal":           `{"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"refusal":"no"},"finish_reason":null}]}`,
		"several answers":     `{"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null},{"index":1,"delta":{"content":"x"},"finish_reason":null}]}`,
		"odd spaces":          " {\t\"id\" : \"1\" , \"object\":\"chat.completion.chunk\", \"choices\" : [ ] }",
	} {
		stream := "data:" + chunk + "\r\n\r\nid: 7\n: ping\n\n" + end
		if got, err := streamed(refusing(""), stream); err != nil || got != "data: "+strings.TrimSpace(chunk)+"\n\n:\n\n"+end {
			t.Errorf("%s: %v\n%q", name, err, got)
		}
	}
}

func TestRoundsAreOneAnswer(t *testing.T) {
	j := refusing("", "a")
	a := New().Answer(wire.Request{Stream: true}, j, true)
	out, err := feed(a, nil, strings.NewReader(event(0, begin, "null")+event(0, `{"content":"Let me see. "}`, "null")+
		called(0, 0, "a", "f", "{}")+event(0, `{"content":"Now."}`, "tool_calls")+usage+end))
	if err != nil || !a.Complete() {
		t.Fatal(err)
	}
	turn := a.Turn()
	if len(turn) != 1 || turn[0] != `{"role":"assistant","content":"Let me see. Now.","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}` {
		t.Errorf("the turn is %q", turn)
	}
	a.Next()
	if a.Complete() {
		t.Error("the next round is complete before it began")
	}
	second := strings.ReplaceAll(event(0, begin, "null")+event(0, `{"content":" It is 4."}`, "null")+called(0, 0, "b", "g", "{}")+event(0, `{}`, "tool_calls")+usage+end, "chatcmpl-1", "chatcmpl-2")
	if out, err = feed(a, out, strings.NewReader(second)); err == nil {
		out, err = a.Finish(out)
	}
	if err != nil {
		t.Fatal(err)
	}
	all, err := accumulated(string(out))
	if err != nil || len(all.Choices) != 1 {
		t.Fatalf("OpenAI's client: %v\n%s", err, out)
	}
	m := all.Choices[0].Message
	if m.Content != "Let me see. Now. It is 4." || all.Choices[0].FinishReason != "tool_calls" || len(shown(m)) != 1 || shown(m)[0] != "b g {}" || all.Usage.TotalTokens != 16 {
		t.Errorf("it has %+v", all.Choices[0])
	}
	if strings.Count(string(out), "[DONE]") != 1 || strings.Count(string(out), `"role":"assistant"`) != 1 {
		t.Errorf("it is not one answer:\n%s", out)
	}
}

func TestAnErrorInTheMiddleLetsNothingThrough(t *testing.T) {
	failed := "data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\",\"code\":null}}\n\n"
	stream := event(0, begin, "null") + called(0, 0, "a", "f", "{}") + failed
	got, err := streamed(refusing(""), stream)
	if err == nil || got != event(0, begin, "null")+failed {
		t.Errorf("%v\n%s", err, got)
	}
	if _, err := accumulated(got); err == nil {
		t.Error("OpenAI's client does not see the error")
	}
	if _, err := accumulated(string(New().FailureEvent(wire.Failure{Status: 502, Message: "cut", Code: "upstream"}))); err == nil || !strings.Contains(err.Error(), "cut") {
		t.Errorf("OpenAI's client sees a failure as %v", err)
	}
}
