package responses

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

var update = flag.Bool("update", false, "write what the tests get as what they want")

// judge rules by the name of the tool: those that are not listed pass.
type judge struct {
	rulings map[string]wire.Ruling
	all     *wire.Ruling // on every call, whatever its tool
	asked   []wire.Call
}

func (j *judge) Judge(_ context.Context, c wire.Call) (wire.Ruling, error) {
	j.asked = append(j.asked, c)
	if j.all != nil {
		return *j.all, nil
	}
	if r, has := j.rulings[c.Tool]; has {
		return r, nil
	}
	return wire.Ruling{Forward: true}, nil
}

func refuse(tools ...string) *judge {
	j := &judge{rulings: map[string]wire.Ruling{}}
	for _, tool := range tools {
		j.rulings[tool] = wire.Ruling{Say: "[Argus refused the call of " + tool + ": no \"flow\". Rule R, reference R-0001.]"}
	}
	return j
}

func hide(tools ...string) *judge {
	j := &judge{rulings: map[string]wire.Ruling{}}
	for _, tool := range tools {
		j.rulings[tool] = wire.Ruling{}
	}
	return j
}

func parse(t testing.TB, text string) ijson.Value {
	t.Helper()
	v, err := ijson.ParseString(text, ijson.AtMost(1<<24))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func read(t testing.TB, body string) wire.Request {
	t.Helper()
	r, err := New().Read(parse(t, body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const asking = `{"model":"gpt-5.1","stream":true,"input":"hi","tools":[{"type":"function","name":"a","parameters":{}},{"type":"web_search"}]}`

// feed gives a stream to an answer, and what the client gets of it before the end.
func feed(a wire.Answer, dst []byte, in io.Reader) ([]byte, error) {
	for events := sse.NewReader(in, 1<<24); ; {
		e, err := events.Next()
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
		if dst, err = a.Event(context.Background(), dst, e); err != nil {
			return dst, err
		}
	}
}

// stream rewrites whole rounds of a streamed answer.
func stream(t testing.TB, j wire.Judge, rounds ...string) string {
	t.Helper()
	a := New().Answer(read(t, asking), j, true)
	var dst []byte
	for i, round := range rounds {
		if i > 0 {
			a.Next()
		}
		var err error
		if dst, err = feed(a, dst, strings.NewReader(round)); err != nil {
			t.Fatalf("%v after\n%s", err, dst)
		}
		if !a.Complete() {
			t.Fatalf("not complete after\n%s", dst)
		}
	}
	dst, err := a.Finish(dst)
	if err != nil {
		t.Fatal(err)
	}
	return string(dst)
}

// sdk reads a stream as the vendor's own client does and holds it to the rules of that client's helpers: numbers grow, items come in order, what is
// streamed of an item is what it ends as, and the response ends with just these items.
func sdk(t testing.TB, text string) responses.Response {
	t.Helper()
	in := ssestream.NewStream[responses.ResponseStreamEventUnion](ssestream.NewDecoder(&http.Response{
		Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: io.NopCloser(strings.NewReader(text)),
	}), nil)
	var items []responses.ResponseOutputItemUnion
	spelled := map[int64]string{}
	last, created := int64(-1), false
	for in.Next() {
		e := in.Current()
		if e.SequenceNumber <= last {
			t.Errorf("number %d follows %d", e.SequenceNumber, last)
		}
		last = e.SequenceNumber
		if e.ItemID != "" && (e.OutputIndex >= int64(len(items)) || items[e.OutputIndex].ID != e.ItemID) {
			t.Errorf("%s is of an item %q that is not at %d", e.Type, e.ItemID, e.OutputIndex)
		}
		switch e.Type {
		case "response.created":
			created = true
		case "response.output_item.added":
			if e.OutputIndex != int64(len(items)) || !created {
				t.Errorf("item %d is added as number %d", len(items), e.OutputIndex)
			}
			items = append(items, e.Item)
			spelled[e.OutputIndex] = spoken(e.Item)
		case "response.output_text.delta", "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
			spelled[e.OutputIndex] += e.Delta
		case "response.output_item.done":
			was := items[e.OutputIndex]
			if was.ID != e.Item.ID || was.Type != e.Item.Type || was.CallID != e.Item.CallID {
				t.Errorf("an item %s ends as %s", was.RawJSON(), e.Item.RawJSON())
			}
			if is := spoken(e.Item); is != spelled[e.OutputIndex] {
				t.Errorf("an item was streamed as %q and ends as %q", spelled[e.OutputIndex], is)
			}
			items[e.OutputIndex] = e.Item
		case "response.completed":
			if len(e.Response.Output) != len(items) {
				t.Fatalf("the response ends with %d items, %d were streamed", len(e.Response.Output), len(items))
			}
			for i, item := range e.Response.Output {
				if item.RawJSON() != items[i].RawJSON() {
					t.Errorf("item %d ends as\n%s\nand was streamed as\n%s", i, item.RawJSON(), items[i].RawJSON())
				}
			}
			if in.Next() {
				t.Error("something follows the end")
			}
			return e.Response
		}
	}
	t.Fatal("no end", in.Err())
	return responses.Response{}
}

// spoken is the text of an item as the vendor's client reads it.
func spoken(item responses.ResponseOutputItemUnion) string {
	switch item.Type {
	case "message":
		if len(item.Content) > 0 {
			return item.Content[0].Text
		}
	case "function_call":
		return item.AsFunctionCall().Arguments
	case "custom_tool_call":
		return item.Input
	}
	return ""
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\ngot\n%s\nwant\n%s", name, got, want)
	}
}

// four is an answer with a thought, a text and three calls.
func four() *vendor {
	return newVendor("resp_1").reasoning("rs_1").text("msg_1", "I look ", "it up.").
		call(1, "a", `{\"x\":`, `1}`).call(2, "b", `{}`).custom(3, "c", "ls ", "-l")
}

func TestCallsOfAStreamAreForwardedReplacedOrHidden(t *testing.T) {
	in := four().end()
	for _, c := range []struct {
		name  string
		judge *judge
		calls string
	}{
		{"none", refuse(), "a b c"},
		{"first", refuse("a"), "b c"},
		{"middle", refuse("b"), "a c"},
		{"last", refuse("c"), "a b"},
		{"every", refuse("a", "b", "c"), ""},
		{"hidden-first", hide("a"), "b c"},
		{"hidden-middle", hide("b"), "a c"},
		{"hidden-last", hide("c"), "a b"},
		{"hidden-every", hide("a", "b", "c"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := stream(t, c.judge, in)
			golden(t, c.name+".sse", out)
			var calls []string
			for _, item := range sdk(t, out).Output {
				if item.Type == "function_call" || item.Type == "custom_tool_call" {
					calls = append(calls, item.Name)
				}
			}
			if strings.Join(calls, " ") != c.calls {
				t.Errorf("the client got calls of %q", calls)
			}
			if len(c.judge.asked) != 3 || c.judge.asked[0].Arguments != `{"x":1}` || c.judge.asked[2].Arguments != "ls -l" || !c.judge.asked[2].Free {
				t.Errorf("asked for %+v", c.judge.asked)
			}
			if c.name == "none" && out != in {
				t.Error("an answer of which nothing is refused is not the vendor's")
			}
		})
	}
}

func TestWhereAStreamIsCutChangesNothing(t *testing.T) {
	in := four().end()
	want := stream(t, refuse("b"), in)
	for at := range in {
		a := New().Answer(read(t, asking), refuse("b"), false)
		dst, err := feed(a, nil, io.MultiReader(strings.NewReader(in[:at]), strings.NewReader(in[at:])))
		if err != nil {
			t.Fatal(err)
		}
		if dst, _ = a.Finish(dst); string(dst) != want {
			t.Fatalf("cut at %d:\n%s", at, dst)
		}
	}
}

func TestOnlyTheCallUnderDecisionWaits(t *testing.T) {
	in := four().end()
	a := New().Answer(read(t, asking), refuse("a"), false)
	var before, got []byte
	for events := sse.NewReader(strings.NewReader(in), 1<<20); ; {
		e, err := events.Next()
		if err == io.EOF {
			break
		}
		before = append(before, e.Raw...)
		if got, err = a.Event(context.Background(), got, e); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(before), "function_call") && !bytes.Equal(got, before) {
			t.Fatalf("it waits without a call after\n%s", before)
		}
	}
	if strings.Contains(string(got), "response.completed") {
		t.Error("the end did not wait for Finish")
	}
}

func TestRoundsAreOneAnswer(t *testing.T) {
	first := newVendor("resp_1").text("msg_1", "One.").call(1, "a", `{}`).end()
	second := newVendor("resp_2").reasoning("rs_2").call(2, "b", `{}`).end()
	j := hide("a")
	j.rulings["b"] = wire.Ruling{Say: "[refused]"}
	out := stream(t, j, first, second)
	golden(t, "rounds.sse", out)
	r := sdk(t, out)
	if r.ID != "resp_1" || len(r.Output) != 3 || r.Usage.TotalTokens != 30 || r.Usage.OutputTokensDetails.ReasoningTokens != 4 {
		t.Errorf("the response is %s", r.RawJSON())
	}
	if strings.Count(out, "response.created") != 2 { // its event's name and its type
		t.Error("the second round began another response")
	}
}

func TestAnAnswerKeepsItsTurnAndItsIDs(t *testing.T) {
	a := New().Answer(read(t, asking), hide("a", "b", "c"), true)
	if _, err := feed(a, nil, strings.NewReader(four().end())); err != nil {
		t.Fatal(err)
	}
	if turn := a.Turn(); len(turn) != 5 || !strings.Contains(turn[2], `"call_1"`) {
		t.Errorf("the turn is %q", turn)
	}
	a.Next()
	if _, err := feed(a, nil, strings.NewReader(newVendor("resp_2").text("m", "x").end())); err != nil {
		t.Fatal(err)
	}
	if kept := a.(wire.Keeper).Kept(); strings.Join(kept, " ") != "rs_1 msg_1 m" {
		t.Errorf("the client may name %q", kept)
	}
	if seen, last := a.IDs(); seen != "resp_1" || last != "resp_2" || len(a.Turn()) != 1 {
		t.Errorf("ids %s, %s, turn %q", seen, last, a.Turn())
	}

	a = New().Answer(read(t, `{"model":"m","store":false}`), hide("a", "b", "c"), true)
	if _, err := feed(a, nil, strings.NewReader(four().end())); err != nil {
		t.Fatal(err)
	}
	if turn := a.Turn(); len(turn) != 4 || strings.Contains(turn[0], "reasoning") {
		t.Errorf("a reasoning that nobody keeps is in the turn: %q", turn)
	}
	if seen, last := a.IDs(); len(a.(wire.Keeper).Kept()) > 0 || seen != "" || last != "" {
		t.Errorf("ids %s, %s of what is not kept", seen, last)
	}
}

func TestAWholeAnswerIsRewritten(t *testing.T) {
	request := read(t, `{"model":"gpt-5.1","input":"hi"}`)
	for _, c := range []struct {
		name  string
		judge *judge
	}{{"none", refuse()}, {"first", refuse("a")}, {"middle", refuse("b")}, {"every", refuse("a", "b", "c")}, {"hidden-last", hide("c")}} {
		a := New().Answer(request, c.judge, true)
		if err := a.Whole(context.Background(), parse(t, four().whole())); err != nil || !a.Complete() {
			t.Fatal(err)
		}
		out, err := a.Finish(nil)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, c.name+".json", string(out))
		if c.name == "none" && string(out) != four().whole() {
			t.Error("an answer of which nothing is refused is not the vendor's")
		}
		var r responses.Response
		if err := r.UnmarshalJSON(out); err != nil {
			t.Fatal(err)
		}
		for _, item := range r.Output {
			if _, refused := c.judge.rulings[item.Name]; refused {
				t.Errorf("%s: the client got a call of %s", c.name, item.Name)
			}
		}
	}
	a := New().Answer(request, hide("a"), true)
	for i, round := range []*vendor{newVendor("resp_1").call(1, "a", `{}`), newVendor("resp_2").text("m", "Done.")} {
		if i > 0 {
			a.Next()
		}
		if err := a.Whole(context.Background(), parse(t, round.whole())); err != nil {
			t.Fatal(err)
		}
	}
	out, _ := a.Finish(nil)
	var r responses.Response
	if err := r.UnmarshalJSON(out); err != nil || r.ID != "resp_1" || r.OutputText() != "Done." || r.Usage.TotalTokens != 30 {
		t.Errorf("%v: %s", err, out)
	}
}

func TestNumbersAreTheVendorsUntilSomethingChanges(t *testing.T) {
	good := newVendor("resp_1").text("msg_1", "Hi.").call(1, "a", `{}`).end()
	gaps := strings.NewReplacer(`"sequence_number":1`, `"sequence_number":10`, `"sequence_number":9,`, `"sequence_number":90,`).Replace(good)
	if out := stream(t, refuse(), good); out != good {
		t.Errorf("became\n%s", out)
	}
	sdk(t, stream(t, refuse(), gaps))
	sdk(t, stream(t, refuse("a"), gaps))
	none := regexp.MustCompile(`"sequence_number":\d+,`).ReplaceAllString(good, "")
	if out := stream(t, refuse(), none); out != none {
		t.Errorf("became\n%s", out)
	}
}

func TestEventsAreFramedAnew(t *testing.T) {
	good := newVendor("resp_1").text("msg_1", "Hi.").call(1, "a", `{}`).end()
	odd := ": one\rid: 1\n\n" + strings.NewReplacer("\n", "\r\n", `"item":{`, "\"item\":\r\ndata:{").Replace(good) + "data: [DONE]\r\r"
	want := ":\n\n" + strings.ReplaceAll(good, `"item":{`, `"item": {`) + "data: [DONE]\n\n"
	if out := stream(t, refuse(), odd); out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

func TestTheClientSeesTheIDThatItNamed(t *testing.T) {
	v := newVendor("resp_3").text("msg_1", "Hi.")
	in := strings.ReplaceAll(v.end(), `"previous_response_id":null`, `"previous_response_id":"resp_2"`)
	a := New().Answer(read(t, `{"model":"m","stream":true,"previous_response_id":"resp_1"}`), refuse(), false)
	out, err := feed(a, nil, strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if out, _ = a.Finish(out); string(out) != strings.ReplaceAll(in, "resp_2", "resp_1") {
		t.Errorf("became\n%s", out)
	}
}

func TestAnAnswerMayRepeatWhatTheOperatorLetsBy(t *testing.T) {
	in := strings.Replace(newVendor("resp_1").text("m", "x").whole(), `"metadata":{}`, `"metadata":{},"new_power":1`, 1)
	for _, c := range []struct {
		format wire.Format
		passes bool
	}{{New(), false}, {New("new_power"), true}} {
		if err := c.format.Answer(read(t, asking), refuse(), false).Whole(context.Background(), parse(t, in)); (err == nil) != c.passes {
			t.Error(err)
		}
	}
}

func TestAJudgesFaultForwardsNothing(t *testing.T) {
	a := New().Answer(read(t, asking), faulty{}, false)
	out, err := feed(a, nil, strings.NewReader(newVendor("resp_1").text("m", "x").call(1, "a", `{}`).end()))
	if !errors.Is(err, errFaulty) || strings.Contains(string(out), "call_1") {
		t.Errorf("%v after\n%s", err, out)
	}
	if _, err := a.Finish(nil); !errors.Is(err, errFaulty) || a.Complete() {
		t.Errorf("it finishes: %v", err)
	}
}

var errFaulty = errors.New("no decision")

type faulty struct{}

func (faulty) Judge(context.Context, wire.Call) (wire.Ruling, error) {
	return wire.Ruling{Forward: true}, errFaulty
}
