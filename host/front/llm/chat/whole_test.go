package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"

	"argus/host/front/llm/wire"
)

// whole is what a client has of an answer that is not streamed.
func whole(t *testing.T, j wire.Judge, body string) (string, error) {
	t.Helper()
	a := New().Answer(wire.Request{Several: true}, j, false)
	if err := a.Whole(context.Background(), parse(t, body)); err != nil {
		return "", err
	}
	out, err := a.Finish(nil)
	return string(out), err
}

// completion is a whole answer as OpenAI sends it.
func completion(choices ...string) string {
	return "{\n  \"id\": \"chatcmpl-1\",\n  \"object\": \"chat.completion\",\n  \"created\": 1,\n  \"model\": \"m\",\n  \"choices\": [" +
		strings.Join(choices, ", ") + "],\n  \"usage\": {\"total_tokens\": 8},\n  \"system_fingerprint\": null\n}"
}

func option(index int, message, finish string) string {
	return fmt.Sprintf(`{"index": %d, "message": %s, "logprobs": null, "finish_reason": %q}`, index, message, finish)
}

const (
	callA = `{"id": "call_a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}}`
	callB = `{"id": "call_b", "type": "custom", "custom": {"name": "g", "input": "any"}}`
	callC = `{"id": "call_c", "type": "function", "function": {"name": "f", "arguments": ""}}`
)

// message is what the model says, with calls.
func message(content string, calls ...string) string {
	m := `{"role": "assistant", "content": ` + content + `, `
	if len(calls) > 0 {
		m += `"tool_calls": [` + strings.Join(calls, ", ") + `], `
	}
	return m + `"refusal": null, "annotations": []}`
}

func TestRefusedCallsAreNotInTheAnswer(t *testing.T) {
	for _, c := range []struct {
		refused []string
		want    string
	}{
		{nil, option(0, message(`null`, callA, callB, callC), "tool_calls")},
		{[]string{"call_a"}, option(0, message(`"[no]"`, callB, callC), "tool_calls")},
		{[]string{"call_b"}, option(0, message(`"[no]"`, callA, callC), "tool_calls")},
		{[]string{"call_c"}, option(0, message(`"[no]"`, callA, callB), "tool_calls")},
		{[]string{"call_a", "call_b", "call_c"}, option(0, message(`"[no][no][no]"`), "stop")},
	} {
		j := refusing("[no]", c.refused...)
		got, err := whole(t, j, completion(option(0, message(`null`, callA, callB, callC), "tool_calls")))
		if err != nil {
			t.Fatal(err)
		}
		if len(j.asked) != 3 || !j.asked[1].Free || j.asked[1].Arguments != "any" || j.asked[2].Arguments != "" {
			t.Errorf("asked %+v", j.asked)
		}
		var have, want any
		if json.Unmarshal([]byte(got), &have) != nil || json.Unmarshal([]byte(completion(c.want)), &want) != nil || !reflect.DeepEqual(have, want) {
			t.Errorf("refused %q:\ngot  %s\nwant %s", c.refused, got, completion(c.want))
		}
		if c.refused == nil && got != completion(c.want) {
			t.Errorf("what is forwarded was changed: %s", got)
		}
		var all openai.ChatCompletion
		if err := json.Unmarshal([]byte(got), &all); err != nil || len(all.Choices[0].Message.ToolCalls) != 3-len(c.refused) {
			t.Errorf("OpenAI's client has %+v, %v", all, err)
		}
	}
}

func TestTheOlderKindAndSeveralAnswersWhole(t *testing.T) {
	older := option(0, `{"role":"assistant","content":"so","function_call":{"name":"f","arguments":"{}"}}`, "function_call")
	second := option(1, message(`"b"`, callA), "tool_calls")
	got, err := whole(t, refusing("[no]", "f"), completion(older, second))
	if want := completion(option(0, `{"role":"assistant","content":"so[no]"}`, "stop"), second); err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	// Without a content there is no place from which the call could be taken away.
	got, err = whole(t, refusing("[no]", "call_a"), completion(option(0, `{"role":"assistant","tool_calls":[`+callA+`]}`, "tool_calls")))
	if want := completion(option(0, `{"role":"assistant","tool_calls":null,"content":"[no]"}`, "stop")); err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
}

func TestRoundsAreOneWholeAnswer(t *testing.T) {
	a := New().Answer(wire.Request{}, refusing("", "call_a"), true)
	if err := a.Whole(context.Background(), parse(t, completion(option(0, `{"role":"assistant","content":"One. ","reasoning_content":"hm","tool_calls":[`+callA+`]}`, "tool_calls")))); err != nil {
		t.Fatal(err)
	}
	want := `{"role":"assistant","content":"One. ","reasoning_content":"hm","tool_calls":[{"id":"call_a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}`
	if turn := a.Turn(); len(turn) != 1 || turn[0] != want {
		t.Errorf("the turn is %q", turn)
	}
	a.Next()
	if err := a.Whole(context.Background(), parse(t, completion(option(0, message(`"Two."`), "stop")))); err != nil {
		t.Fatal(err)
	}
	want = strings.Replace(completion(option(0, message(`"One. Two."`), "stop")), `"total_tokens": 8`, `"total_tokens": 16`, 1)
	if out, err := a.Finish(nil); err != nil || string(out) != want {
		t.Errorf("%v\n%s", err, out)
	}
}
