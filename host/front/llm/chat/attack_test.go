package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// TestNoCallHidesInAStream has a vendor try to bring a call past the judge, or one whose parts clients put together in other ways than each other.
// Each attack has a control beside it that differs in the attack alone.
func TestNoCallHidesInAStream(t *testing.T) {
	whole := func(delta string) string {
		return event(0, begin, "null") + event(0, delta, "null") + event(0, `{}`, "tool_calls") + end
	}
	entry := func(more string) string {
		return `{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}` + more + `}]}`
	}
	chunk := func(members string) string {
		return event(0, begin, "null") + `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",` + members + "}\n\n" + event(0, `{}`, "stop") + end
	}
	const secret = `[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]`
	for name, c := range map[string]struct{ attack, control string }{
		"in a member twice":         {whole(`{"tool_calls":[],"tool_calls":` + secret + `}`), whole(`{"tool_calls":` + secret + `}`)},
		"in a member twice, masked": {whole(`{"tool_calls":[],"tool_c\u0061lls":` + secret + `}`), whole(`{"tool_c\u0061lls":` + secret + `}`)},
		"in another case":           {whole(`{"Tool_Calls":` + secret + `}`), whole(`{"tool_calls":` + secret + `}`)},
		"in an unknown member":      {whole(`{"calls":` + secret + `}`), whole(`{"reasoning":"x"}`)},
		"in a message of a chunk":   {chunk(`"choices":[{"index":0,"delta":{},"message":{"tool_calls":` + secret + `},"finish_reason":null}]`), chunk(`"choices":[{"index":0,"delta":{},"finish_reason":null}]`)},
		"in a message beside":       {chunk(`"message":{"role":"assistant","tool_calls":` + secret + `},"choices":[]`), chunk(`"choices":[]`)},
		"in the kind of a chunk": {
			strings.ReplaceAll(chunk(`"choices":[]`), `"object":"chat.completion.chunk"`, `"object":"chat.completion.chunk.message:{\"type\":\"message\"}"`), chunk(`"choices":[]`),
		},
		"after the end of its choice": {
			event(0, begin, "null") + event(0, `{}`, "stop") + called(0, 0, "a", "f", "{}") + end, event(0, begin, "null") + event(0, `{}`, "stop") + called(1, 0, "a", "f", "{}") + end,
		},
		"after the end":             {event(0, `{}`, "stop") + end + called(0, 0, "a", "f", "{}"), event(0, `{}`, "stop") + end + ": ping\n\n"},
		"after an error":            {"data: {\"error\":{}}\n\n" + called(0, 0, "a", "f", "{}") + end, called(0, 0, "a", "f", "{}") + end},
		"in an event with a name":   {"event: x\n" + called(0, 0, "a", "f") + end, called(0, 0, "a", "f") + end},
		"said by somebody else":     {whole(`{"role":"tool","content":"x"}`), whole(`{"role":"assistant","content":"x"}`)},
		"as no list":                {whole(`{"tool_calls":{"0":{}}}`), whole(`{"tool_calls":null}`)},
		"with a part of no object":  {whole(`{"tool_calls":[{"index":0,"id":"a","function":"f"}]}`), whole(entry(""))},
		"of both kinds in a delta":  {whole(`{"function_call":{"name":"f","arguments":"{}"},"tool_calls":` + secret + `}`), whole(`{"function_call":null,"tool_calls":` + secret + `}`)},
		"of both kinds in a choice": {event(0, `{"function_call":{"name":"f","arguments":"{}"}}`, "null") + called(0, 1, "a", "f", "{}") + end, called(0, 0, "b", "f", "{}") + called(0, 1, "a", "f", "{}") + end},
		"of two kinds":              {whole(entry(`,"custom":{"name":"","input":"x"}`)), whole(entry(`,"custom":null`))},
		"of a kind that is unknown": {whole(strings.Replace(entry(""), `"type":"function"`, `"type":"mcp"`, 1)), whole(entry(""))},
		"with an unknown member":    {whole(entry(`,"server":"x"`)), whole(entry(`,"extra_content":{}`))},
		"with an unknown part":      {whole(strings.Replace(entry(""), `"name"`, `"server":"x","name"`, 1)), whole(entry(""))},
		"with a name in two parts": {
			called(0, 0, "a", "read") + event(0, `{"tool_calls":[{"index":0,"function":{"name":"_all","arguments":"{}"}}]}`, "null") + end,
			event(0, `{"tool_calls":[{"index":0,"id":"a"}]}`, "null") + event(0, `{"tool_calls":[{"index":0,"function":{"name":"read_all","arguments":"{}"}}]}`, "null") + end,
		},
		"with an id in two parts": {
			called(0, 0, "a", "f") + event(0, `{"tool_calls":[{"index":0,"id":"b","function":{"arguments":"{}"}}]}`, "null") + end,
			called(0, 0, "a", "f") + event(0, `{"tool_calls":[{"index":0,"id":"","function":{"arguments":"{}"}}]}`, "null") + end,
		},
		"with arguments after its end": {
			called(0, 0, "a", "f", `{}`) + called(0, 1, "b", "f") + event(0, `{"tool_calls":[{"index":0,"function":{"arguments":" "}}]}`, "null") + end,
			called(0, 0, "a", "f", `{`) + called(0, 1, "b", "f") + event(0, `{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}`, "null") + end,
		},
		"with the id of another":    {called(0, 0, "a", "f", "{}") + called(0, 1, "a", "g", "{}") + end, called(0, 0, "a", "f", "{}") + called(0, 1, "b", "g", "{}") + end},
		"with no id":                {called(0, 0, "", "f", "{}") + end, called(0, 0, "a", "f", "{}") + end},
		"with no name":              {called(0, 0, "a", "", "{}") + end, called(0, 0, "a", "f", "{}") + end},
		"with no position":          {strings.ReplaceAll(called(0, 0, "a", "f", "{}"), `[{"index":0,`, `[{`) + end, called(0, 0, "a", "f", "{}") + end},
		"before all positions":      {called(0, -1, "a", "f", "{}") + end, called(0, 0, "a", "f", "{}") + end},
		"at a fraction of one":      {strings.ReplaceAll(called(0, 0, "a", "f", "{}"), `[{"index":0,`, `[{"index":0.5,`) + end, called(0, 7, "a", "f", "{}") + end},
		"at a position out of turn": {called(0, 3, "a", "f", "{}") + called(0, 1, "b", "f", "{}") + end, called(0, 1, "a", "f", "{}") + called(0, 3, "b", "f", "{}") + end},
		"of a choice that is none":  {called(-1, 0, "a", "f", "{}") + end, called(0, 0, "a", "f", "{}") + end},
		"of a choice far off":       {called(128, 0, "a", "f", "{}") + end, called(127, 0, "a", "f", "{}") + end},
		"among too many":            {whole(`{"tool_calls":[` + strings.Repeat(`{"index":0},`, 128) + `{"index":0}]}`), whole(entry(""))},
		"among too many parts":      {chunk(`"choices":[` + strings.Repeat(`{"index":0},`, 128) + `{"index":0}]`), chunk(`"choices":[` + strings.Repeat(`{"index":0},`, 127) + `{"index":0}]`)},
		"in data that is no JSON":   {"data: {\n\n" + end, "data: {\"choices\":[]}\n\n" + end},
		"in two events that are one": {
			"data: {\"choices\":[]}\ndata: " + called(0, 0, "a", "f", "{}"), "data: {\"choices\":[]}\n\n" + called(0, 0, "a", "f", "{}") + end,
		},
		"at an end that is none": {called(0, 0, "a", "f", "{}") + "data: [DONE] \n\n", called(0, 0, "a", "f", "{}") + end},
		"in a stream that stops": {called(0, 0, "a", "f", "{}"), called(0, 0, "a", "f", "{}") + end},
		"under a long envelope":  {strings.ReplaceAll(whole(entry("")), `"fp"`, `"`+strings.Repeat("x", 5000)+`"`), whole(entry(""))},
	} {
		if _, err := streamed(refusing(""), c.control); err != nil {
			t.Errorf("%s: the control is refused: %v", name, err)
		}
		_, err := streamed(refusing(""), c.attack)
		if broken := (wire.Broken{}); !errors.As(err, &broken) {
			t.Errorf("%s: %v", name, err)
		}
		// With all calls refused nothing of any may come through, however the answer ends.
		got, _ := streamed(&rulings{}, c.attack)
		if strings.Contains(got, `"function":`) || strings.Contains(got, `"function_call":{`) {
			t.Errorf("%s: a call came through: %s", name, got)
		}
	}
}

// TestNoCallHidesBehindALineOfUnicode has a call stand where readers that end lines as Unicode does would find an event.
func TestNoCallHidesBehindALineOfUnicode(t *testing.T) {
	call := called(0, 0, "a", "f")
	for _, line := range []string{"\u0085", "\u2028", "\u2029"} {
		hidden := line + line + strings.TrimSpace(call) + line + line
		text := event(0, `{"content":"x"}`, "null")
		for name, stream := range map[string]string{
			"a comment": ": x" + hidden + "\n\n", "a field": "id: x" + hidden + "\n" + text, "a name": "event" + hidden + ": x\n" + text,
			"a text": event(0, `{"content":"`+strings.ReplaceAll(hidden, `"`, `\"`)+`"}`, "null"), "an error": "data: {\"error\":{\"message\":\"" + line + "\"}}\n\n",
		} {
			got, err := streamed(refusing(""), stream+end)
			if err != nil && name != "an error" || strings.Contains(got, line) {
				t.Errorf("%s: %v\n%q", name, err, got)
			}
		}
	}
}

func TestWhatWaitsIsBounded(t *testing.T) {
	account := strings.Replace(usage, `"total_tokens":8`, `"total_tokens":8,"of":"`+strings.Repeat("x", 1<<19)+`"`, 1)
	for accounts, fits := range map[int]bool{40: true, 140: false} {
		_, err := streamed(refusing(""), event(0, `{}`, "stop")+strings.Repeat(account, accounts)+end)
		if (err == nil) != fits {
			t.Errorf("%d accounts: %v", accounts, err)
		}
	}
	piece := event(0, `{"tool_calls":[{"index":0,"function":{"arguments":"`+strings.Repeat("x", 1<<19)+`"}}]}`, "null")
	for pieces, fits := range map[int]bool{40: true, 140: false} {
		_, err := streamed(refusing(""), called(0, 0, "a", "f")+strings.Repeat(piece, pieces)+end)
		if (err == nil) != fits {
			t.Errorf("%d pieces: %v", pieces, err)
		}
	}
}

// TestArgumentsThatWereCutAreJudgedAsTheyAre has an answer end for its length in the middle of a call.
func TestArgumentsThatWereCutAreJudgedAsTheyAre(t *testing.T) {
	j := refusing("[no]", "a")
	got, err := streamed(j, event(0, begin, "null")+called(0, 0, "a", "f", `{"x":`)+event(0, `{}`, "length")+end)
	if err != nil || len(j.asked) != 1 || j.asked[0].Arguments != `{"x":` {
		t.Fatalf("%v, asked %+v", err, j.asked)
	}
	same(t, got, event(0, begin, "null")+say(0, "[no]")+event(0, `{}`, "length")+end)
}

// faulty is a judge that cannot decide.
type faulty struct{ error }

func (f faulty) Judge(context.Context, wire.Call) (wire.Ruling, error) { return wire.Ruling{}, f }

func TestAFaultOfTheJudgeLetsNothingThrough(t *testing.T) {
	fault := faulty{errors.New("oracle is down")}
	a := New().Answer(wire.Request{Stream: true}, fault, false)
	if _, err := feed(a, nil, strings.NewReader(three())); !errors.Is(err, fault) {
		t.Error(err)
	}
	if out, err := feed(a, nil, strings.NewReader(called(0, 9, "z", "f", "{}")+end)); !errors.Is(err, fault) || len(out) > 0 || a.Complete() {
		t.Errorf("it went on: %v, %q", err, out)
	}
	got, err := streamed(fault, three())
	if !errors.Is(err, fault) || strings.Contains(got, "tool_calls") {
		t.Errorf("%v\n%s", err, got)
	}
	if _, err := whole(t, fault, completion(option(0, message(`null`, callA), "tool_calls"))); !errors.Is(err, fault) {
		t.Error(err)
	}
}

func TestNoCallHidesInAWholeAnswer(t *testing.T) {
	fine := completion(option(0, message(`null`, callA), "tool_calls"))
	if _, err := whole(t, refusing(""), fine); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"in another case":       strings.Replace(fine, `"tool_calls"`, `"Tool_calls"`, 1),
		"in a delta":            strings.Replace(fine, `"message"`, `"delta"`, 1),
		"in both":               strings.Replace(fine, `"message"`, `"delta": {}, "message"`, 1),
		"in a chunk":            strings.Replace(fine, `chat.completion`, `chat.completion.chunk`, 1),
		"in an unknown member":  strings.Replace(fine, `"usage"`, `"output": [], "usage"`, 1),
		"at another position":   strings.Replace(fine, `"index": 0`, `"index": 1`, 1),
		"in a content of parts": strings.Replace(fine, `"content": null`, `"content": [{"type":"tool_call"}]`, 1),
		"with an id twice":      completion(option(0, message(`null`, callA, callA), "tool_calls")),
		"with no id":            strings.Replace(fine, `"id": "call_a", `, ``, 1),
		"with no choices":       `{"object":"chat.completion"}`,
		"in an error":           `{"error":{"message":"x"}}`,
	} {
		if got, err := whole(t, refusing(""), body); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestAnAnswerThatNobodyAskedForIsNone(t *testing.T) {
	stream := event(0, `{"content":"x"}`, "stop") + event(1, `{"content":"y"}`, "stop") + end
	body := completion(option(0, message(`"x"`), "stop"), option(1, message(`"y"`), "stop"))
	for _, several := range []bool{true, false} {
		_, err := feed(New().Answer(wire.Request{Stream: true, Several: several}, refusing(""), true), nil, strings.NewReader(stream))
		if (err == nil) != several {
			t.Errorf("several: %v, streamed: %v", several, err)
		}
		err = New().Answer(wire.Request{Several: several}, refusing(""), true).Whole(context.Background(), parse(t, body))
		if (err == nil) != several {
			t.Errorf("several: %v, whole: %v", several, err)
		}
	}
}

// FuzzStream has OpenAI's own client read what comes through: it may have just the calls that were allowed, and none where none was.
func FuzzStream(f *testing.F) {
	f.Add(three(), uint8(2))
	f.Add(called(0, 1, "a", "f", "{}")+called(0, 4, "b", "g")+event(0, `{"function_call":{"name":"x"}}`, "tool_calls")+end, uint8(1))
	f.Add(event(1, `{"role":"assistant","content":"x","function_call":{"name":"x","arguments":"{}"}}`, "stop")+usage+end, uint8(0))
	f.Add(event(0, `{"role":"assistant","content":"Hi","tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"b","type":"custom","custom":{"name":"g","input":"{"}}]}`, "tool_calls")+end, uint8(1))
	f.Fuzz(func(t *testing.T, stream string, which uint8) {
		j := &every{n: int(which % 4)}
		got, err := streamed(j, stream)
		if err == nil && !strings.HasSuffix(strings.TrimRight(got, "\r\n"), "[DONE]") {
			t.Fatalf("it ended without an end: %q", got)
		}
		all, err := accumulated(got)
		j.only(t, all, err != nil)
	})
}

// FuzzWhole is FuzzStream for answers that are not streamed.
func FuzzWhole(f *testing.F) {
	f.Add(completion(option(0, message(`null`, callA, callB, callC), "tool_calls")), uint8(2))
	f.Add(completion(option(0, `{"role":"assistant","function_call":{"name":"f","arguments":"{}"}}`, "function_call")), uint8(1))
	f.Add(completion(option(0, `{"role":"assistant","tool_calls":[`+callA+`]}`, "length"), option(1, message(`"x"`), "stop")), uint8(0))
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		body, err := ijson.ParseString(text, ijson.AtMost(1<<16))
		if err != nil {
			return
		}
		j := &every{n: int(which % 4)}
		a := New().Answer(wire.Request{}, j, true)
		if a.Whole(context.Background(), body) != nil {
			return
		}
		out, err := a.Finish(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ijson.Parse(out, ijson.AtMost(1<<17)); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var all openai.ChatCompletion
		if json.Unmarshal(out, &all) == nil {
			j.only(t, all, false)
		}
	})
}

// every forwards every n-th call, and none if n is 0.
type every struct {
	n, asked int
	allowed  []string
}

func (e *every) Judge(_ context.Context, c wire.Call) (wire.Ruling, error) {
	e.asked++
	if e.n == 0 || e.asked%e.n != 0 {
		return wire.Ruling{Say: "[no]"}, nil
	}
	e.allowed = append(e.allowed, c.ID+" "+c.Tool+" "+c.Arguments)
	if c.Free { // of which the accumulator of OpenAI's client keeps only the id
		e.allowed = append(e.allowed, c.ID+"  ")
	}
	return forward, nil
}

// only fails if a client has a call that was not allowed. Where it gave up in the middle of a stream a call may be cut.
func (e *every) only(t *testing.T, all openai.ChatCompletion, cut bool) {
	t.Helper()
	left := slices.Clone(e.allowed)
	for _, c := range all.Choices {
		for _, have := range shown(c.Message) {
			i := slices.IndexFunc(left, func(l string) bool { return l == have || cut && strings.HasPrefix(l, have) })
			if i < 0 {
				t.Fatalf("the client has the call %q, allowed were %q", have, e.allowed)
			}
			left = slices.Delete(left, i, i+1)
		}
	}
}

// TestNoTokenOfARefusedCallIsTold: what spells an answer token by token spells its calls too.
func TestNoTokenOfARefusedCallIsTold(t *testing.T) {
	chunk := func(delta, finish, tokens string) string {
		return fmt.Sprintf(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":%s,"finish_reason":%s,%s}]}`+"\n\n", delta, finish, tokens)
	}
	const secret = `"logprobs":{"content":[{"token":"SECRET"}]},"token_ids":[424242]`
	call := `{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}`
	both := `{"content":"x",` + call[1:]
	for name, stream := range map[string]string{
		"of the call":         chunk(begin, "null", `"logprobs":null`) + chunk(call, "null", secret) + chunk(`{}`, `"tool_calls"`, `"logprobs":null`) + end,
		"before the call":     chunk(begin, "null", `"logprobs":null`) + chunk(`{}`, "null", secret) + chunk(call, "null", `"logprobs":null`) + chunk(`{}`, `"tool_calls"`, `"logprobs":null`) + end,
		"behind the call":     chunk(call, "null", `"logprobs":null`) + chunk(`{"content":"x"}`, "null", secret) + chunk(`{}`, `"tool_calls"`, `"logprobs":null`) + end,
		"with a text":         chunk(both, "null", secret) + chunk(`{}`, `"tool_calls"`, `"logprobs":null`) + end,
		"with a text, at end": chunk(both, `"tool_calls"`, secret) + end,
		"at the end":          chunk(call, "null", `"logprobs":null`) + chunk(`{}`, `"tool_calls"`, secret) + end,
	} {
		got, err := streamed(refusing("no", "a"), stream)
		if err != nil || strings.Contains(got, "SECRET") || strings.Contains(got, "424242") || !strings.Contains(got, "no") {
			t.Errorf("%s: %v %s", name, err, got)
		}
	}
	said := chunk(begin, "null", `"logprobs":null`) + chunk(`{"content":"x"}`, "null", secret) + chunk(`{}`, `"stop"`, `"logprobs":null`) + end
	if got, err := streamed(refusing("no"), said); err != nil || !strings.Contains(got, "SECRET") || !strings.Contains(got, "424242") {
		t.Errorf("tokens of a text: %v %s", err, got)
	}

	whole := `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[` +
		`{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls",` + secret + `}]}`
	for _, c := range []struct {
		judge *rulings
		told  bool
	}{{refusing("no", "a"), false}, {refusing("no"), true}} {
		a := New().Answer(wire.Request{}, c.judge, false)
		if err := a.Whole(context.Background(), parse(t, whole)); err != nil {
			t.Fatal(err)
		}
		got, err := a.Finish(nil)
		if err != nil || strings.Contains(string(got), "SECRET") != c.told || strings.Contains(string(got), "424242") != c.told {
			t.Errorf("%v %s", err, got)
		}
	}
}
