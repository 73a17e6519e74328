package responses

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

const evil = `{"id":"fc_7","type":"function_call","status":"completed","arguments":"{}","call_id":"call_7","name":"evil"}`

// attacks are streams that would have a client run a call that nobody judged, or judged as another. Each is a good stream with one change.
func attacks() map[string]string {
	good := newVendor("resp_1").text("msg_1", "Hi.").call(1, "a", `{\"x\":`, `1}`).end()
	change := func(old, with string) string {
		if strings.Count(good, old) == 0 {
			panic("the good stream has no " + old)
		}
		return strings.ReplaceAll(good, old, with)
	}
	once := func(old, with string) string { change(old, with); return strings.Replace(good, old, with, 1) }
	last := func(old, with string) string {
		at := strings.LastIndex(good, old)
		return good[:at] + with + good[at+len(old):]
	}
	onlyAtEnd := newVendor("resp_1").text("msg_1", "Hi.")
	onlyAtEnd.items = append(onlyAtEnd.items, evil)
	unadded := newVendor("resp_1")
	unadded.done(evil)
	unfinished := newVendor("resp_1")
	unfinished.added(evil)
	unfinished.items = append(unfinished.items, evil)
	doneTwice := newVendor("resp_1").text("msg_1", "Hi.")
	doneTwice.items = nil
	doneTwice.done(evil)
	hidden := newVendor("resp_1")
	hidden.added(`{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[` + evil + `]}`)
	hidden.items = append(hidden.items, `{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}`)
	other := func(item string) string {
		v := newVendor("resp_1")
		v.added(item)
		v.done(item)
		return v.end()
	}
	return map[string]string{
		"a call only at the end":             onlyAtEnd.end(),
		"a call that was not added":          unadded.end(),
		"a call that was not done":           unfinished.end(),
		"an item done twice":                 doneTwice.end(),
		"a call inside a message":            hidden.end(),
		"a call in the beginning":            once(`"output":[]`, `"output":[`+evil+`]`),
		"a part that is a call":              once(`"part":{"type":"output_text",`, `"part":{"type":"function_call",`),
		"a delta that is a call":             once(`"delta":"Hi."`, `"delta":`+evil),
		"a call as an event's member":        once(`"delta":"Hi.",`, `"delta":"Hi.","item":`+evil+`,`),
		"a call as an item's member":         once(`"content":[],`, `"content":[],"call":`+evil+`,`),
		"a call as the response's member":    last(`"metadata":{}`, `"metadata":{},"calls":[`+evil+`]`),
		"a message ends as a call":           strings.Replace(good, `"item":{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Hi."}],"role":"assistant"}`, `"item":`+evil, 1),
		"arguments that end otherwise":       once(`"arguments":"{\"x\":1}"}`, `"arguments":"{\"x\":2}"}`),
		"pieces that are others":             once(`"delta":"1}"`, `"delta":"2}"`),
		"an item that ends otherwise":        once(`"status":"completed","arguments":"{\"x\":1}"`, `"status":"completed","arguments":"{\"x\":2}"`),
		"a response that ends otherwise":     last(`"status":"completed","arguments":"{\"x\":1}"`, `"status":"completed","arguments":"{\"x\":2}"`),
		"a response that ends with a name":   last(`"name":"a"`, `"name":"evil"`),
		"a call that ends with another name": once(`"call_id":"call_1","name":"a"}}`+"\n\nevent: response.completed", `"call_id":"call_1","name":"evil"}}`+"\n\nevent: response.completed"),
		"arguments for another tool":         once(`"arguments":"{\"x\":1}"}`, `"arguments":"{\"x\":1}","name":"evil"}`),
		"a piece after the end":              once("event: response.function_call_arguments.done", "event: response.function_call_arguments.done\n"+`data: {"type":"response.function_call_arguments.done","sequence_number":9,"item_id":"fc_1","output_index":1,"arguments":"{\"x\":1}"}`+"\n\nevent: response.function_call_arguments.done"),
		"pieces of a call in a message":      once(`"type":"response.function_call_arguments.delta","sequence_number":9,"item_id":"fc_1","output_index":1`, `"type":"response.function_call_arguments.delta","sequence_number":9,"item_id":"msg_1","output_index":0`),
		"pieces of another item":             once(`"item_id":"fc_1"`, `"item_id":"fc_2"`),
		"a position that is no item's":       once(`"item_id":"fc_1","output_index":1`, `"item_id":"fc_1","output_index":2`),
		"a position out of order":            once(`"output_index":1,"item"`, `"output_index":5,"item"`),
		"a name twice":                       once(`"delta":"Hi."`, `"delta":"Hi.","delta":"Ho."`),
		"two items of one id":                newVendor("resp_1").text("x", "1").text("x", "2").end(),
		"two calls of one id":                newVendor("resp_1").call(1, "a", `{}`).custom(1, "c", "x").end(),
		"an event with two names":            once("event: response.output_text.delta\n", "event: response.output_item.added\n"),
		"an unknown event":                   change("response.output_text.delta", "response.output_video.delta"),
		"an unknown item":                    other(`{"id":"x_1","type":"teleport_call"}`),
		"a shell":                            other(`{"id":"x_1","type":"local_shell_call","call_id":"call_7","action":{"type":"exec","command":["evil"],"env":{}}}`),
		"a computer":                         other(`{"id":"x_1","type":"computer_call","call_id":"call_7","action":{"type":"click"}}`),
		"a hosted tool that is not declared": other(`{"id":"x_1","type":"file_search_call","status":"completed","queries":[]}`),
		"a message of the user's":            other(`{"id":"x_1","type":"message","role":"user","content":[]}`),
		"another response":                   last(`"id":"resp_1"`, `"id":"resp_2"`),
		"an event after the end":             good + "event: response.output_item.added\ndata: " + `{"type":"response.output_item.added","output_index":2,"item":` + evil + "}\n\n",
		"a word after the end":               good + "data: [DONE]\n\ndata: [DONE]\n\n",
		"no beginning":                       good[strings.Index(good, "event: response.output_item.added"):],
		"no JSON":                            once(`"delta":"Hi."`, `"delta":Hi.`),
	}
}

func TestAnAnswerThatCannotBeJudgedIsBroken(t *testing.T) {
	for name, in := range attacks() {
		j := refuse("evil")
		a := New().Answer(read(t, asking), j, false)
		out, err := feed(a, nil, strings.NewReader(in))
		if _, is := errors.AsType[wire.Broken](err); !is {
			t.Errorf("%s: %v", name, err)
		}
		if a.Complete() {
			t.Errorf("%s: it is complete", name)
		}
		if _, again := a.Finish(nil); again == nil {
			t.Errorf("%s: it finishes", name)
		}
		if name != "an event after the end" && strings.Contains(string(out), "response.completed") || strings.Contains(string(out), "evil") {
			t.Errorf("%s: the client got\n%s", name, out)
		}
	}
}

func TestAWholeAnswerThatCannotBeJudgedIsBroken(t *testing.T) {
	good := newVendor("resp_1").text("msg_1", "Hi.").call(1, "a", `{}`).whole()
	for name, body := range map[string]string{
		"no object":              `[]`,
		"no id":                  strings.Replace(good, `"id":"resp_1",`, "", 1),
		"an unknown member":      strings.Replace(good, `"object":`, `"calls":[],"object":`, 1),
		"not done":               strings.Replace(good, `"status":"completed"`, `"status":"queued"`, 1),
		"the output is no list":  `{"id":"resp_1","object":"response","output":` + evil + `}`,
		"an unknown item":        strings.Replace(good, `"type":"message"`, `"type":"massage"`, 1),
		"a member of an item":    strings.Replace(good, `"name":"a"`, `"name":"a","also":"b"`, 1),
		"a call without an id":   strings.Replace(good, `"call_id":"call_1"`, `"call_id":""`, 1),
		"arguments that no text": strings.Replace(good, `"arguments":"{}"`, `"arguments":{}`, 1),
	} {
		a := New().Answer(read(t, asking), refuse(), false)
		err := a.Whole(context.Background(), parse(t, body))
		if _, is := errors.AsType[wire.Broken](err); !is || a.Complete() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestARefusedCallWithTheIDOfItsMessageIsGone has the vendor foresee under which id a client is told of a refusal.
func TestARefusedCallWithTheIDOfItsMessageIsGone(t *testing.T) {
	for _, id := range []string{"fc_1", saying("call_1")} {
		item := `{"type":"function_call","id":"` + id + `","call_id":"call_1","name":"a","arguments":"{}","status":"completed"}`
		response := `{"id":"resp_1","object":"response","status":"completed","output":[` + item + `]}`
		a := New().Answer(wire.Request{}, refuse("a"), false)
		if err := a.Whole(context.Background(), parse(t, response)); err != nil {
			t.Fatal(err)
		}
		if out, err := a.Finish(nil); err != nil || strings.Contains(string(out), "function_call") {
			t.Errorf("%s, whole: %v, %s", id, err, out)
		}
		var events []byte
		for _, e := range []string{
			`{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","output":[]}}`,
			`{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":` + strings.Replace(item, "{}", "", 1) + `}`,
			`{"type":"response.function_call_arguments.done","sequence_number":2,"output_index":0,"item_id":"` + id + `","arguments":"{}"}`,
			`{"type":"response.output_item.done","sequence_number":3,"output_index":0,"item":` + item + `}`,
			`{"type":"response.completed","sequence_number":4,"response":` + response + `}`,
		} {
			events = sse.Append(events, "", e)
		}
		if out := stream(t, refuse("a"), string(events)); strings.Contains(out, "function_call") {
			t.Errorf("%s, streamed: %s", id, out)
		}
	}
}

func TestAStreamThatStopsGivesOutNoCall(t *testing.T) {
	in := newVendor("resp_1").text("msg_1", "Hi.").call(1, "a", `{}`).end()
	end := strings.Index(in, "event: response.output_item.done\ndata: "+`{"type":"response.output_item.done","sequence_number":11`)
	if end < 0 {
		t.Fatal("no such event")
	}
	a := New().Answer(read(t, asking), refuse(), false)
	out, err := feed(a, nil, strings.NewReader(in[:end]))
	if err != nil || a.Complete() || strings.Contains(string(out), "call_1") || !strings.Contains(string(out), "Hi.") {
		t.Errorf("%v, %s", err, out)
	}
}

func TestAnErrorOfTheVendorsIsToldAtOnce(t *testing.T) {
	v := newVendor("resp_1").text("msg_1", "Hi.")
	v.added(evil)
	v.event("error", `"code":"server_error","message":"Sorry.","param":null`)
	a := New().Answer(read(t, asking), refuse(), false)
	out, err := feed(a, nil, strings.NewReader(v.String()))
	if err != nil || a.Complete() || !strings.Contains(string(out), "Sorry.") || strings.Contains(string(out), "evil") {
		t.Errorf("%v, %s", err, out)
	}
	if _, err := a.Finish(nil); err == nil {
		t.Error("it finishes")
	}
}

func TestWhatIsNotDoneIsNotInTheEnd(t *testing.T) {
	for status, items := range map[string][]string{"failed": nil, "incomplete": {strings.Replace(evil, "completed", "incomplete", 1)}} {
		v := newVendor("resp_1")
		v.added(evil)
		v.items = items
		v.event("response."+status, `"response":`+v.response(status, "null"))
		out := stream(t, refuse(), v.String())
		if strings.Contains(out, "evil") || !strings.Contains(out, "response."+status) {
			t.Errorf("the client got\n%s", out)
		}
	}
}

func TestHostedItemsPassWhereTheirToolIsDeclared(t *testing.T) {
	in := newVendor("resp_1").search("ws_1").text("msg_1", "Found.").end()
	if out := stream(t, refuse(), in); out != in {
		t.Errorf("the client got\n%s", out)
	}
	a := New().Answer(read(t, `{"model":"m","tools":[{"type":"mcp","server_label":"s"}],"input":[{"type":"mcp_list_tools","id":"l","server_label":"s","tools":[{"type":"web_search"}]}]}`), refuse(), false)
	if _, err := feed(a, nil, strings.NewReader(in)); err == nil {
		t.Error("a tool that a remote server lists became a declared one")
	}
}

func TestItemsSideBySideStayInOrder(t *testing.T) {
	v := newVendor("resp_1")
	v.added(evil)
	v.items = append(v.items, evil)
	v.text("msg_1", "Meanwhile.")
	v.event("response.output_item.done", `"output_index":0,"item":`+evil)
	in := v.end()
	for _, j := range []*judge{refuse(), refuse("evil"), hide("evil")} {
		out := stream(t, j, in)
		r := sdk(t, out)
		if r.Output[0].ID != "msg_1" {
			t.Errorf("the response is %s", r.RawJSON())
		}
	}
}

func TestACallOfANamespaceThatWasNotDeclaredIsBroken(t *testing.T) {
	request := read(t, `{"model":"m","tools":[{"type":"namespace","name":"n","tools":[{"type":"function","name":"f__g"}]},{"type":"function","name":"n__f.g"},{"type":"function","name":"g"}]}`)
	for space, want := range map[string]string{`"namespace":"n","name":"f__g"`: "n__f__g", `"name":"g"`: "g", `"namespace":"n__f","name":"g"`: "", `"namespace":"n","name":"g"`: ""} {
		j := refuse()
		body := strings.Replace(newVendor("resp_1").call(1, "a", `{}`).whole(), `"name":"a"`, space, 1)
		err := New().Answer(request, j, false).Whole(context.Background(), parse(t, body))
		if broken := (wire.Broken{}); want == "" && (!errors.As(err, &broken) || len(j.asked) > 0) || want != "" && (err != nil || j.asked[0].Tool != want) {
			t.Errorf("%s: %v, asked %+v", space, err, j.asked)
		}
	}
}

func TestFailuresAreShapedAsTheVendors(t *testing.T) {
	f := wire.Failure{Status: 403, Message: `no "flow"`, Code: "R", Reference: "R-0001"}
	const inner = `{"message":"no \"flow\"","type":"permission_error","param":null,"code":"R","reference":"R-0001"}`
	if got := string(New().Failure(f)); got != `{"error":`+inner+`}` {
		t.Error(got)
	}
	want := "event: error\ndata: " + `{"type":"error","code":"R","message":"no \"flow\"","param":null,"error":` + inner + "}\n\n"
	if got := string(New().FailureEvent(f)); got != want {
		t.Error(got)
	}
}

// calls are the calls in what a client gets, by the name of the tool: of items, and of the end.
func calls(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, out []byte) (names []string) {
	item := func(v ijson.Value) {
		if kind := kindOf(v); strings.HasSuffix(kind, "_call") && kinds[kind].hosted == "" {
			names = append(names, text(v, "name"))
		}
	}
	for events := sse.NewReader(strings.NewReader(string(out)), 1<<24); ; {
		e, err := events.Next()
		if err == io.EOF {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Data == nil || string(e.Data) == "[DONE]" {
			continue
		}
		v, err := ijson.Parse(e.Data, ijson.AtMost(1<<24))
		if err != nil {
			t.Fatalf("an event became %q", e.Data)
		}
		one, _ := v.Member("item")
		item(one)
		response, _ := v.Member("response")
		output, _ := response.Member("output")
		for _, v := range output.Items() {
			item(v)
		}
	}
}

// FuzzStream holds answers to the promise that a call gets out only as it was judged, however the stream is made.
func FuzzStream(f *testing.F) {
	f.Add(four().end(), uint16(900))
	for _, in := range attacks() {
		f.Add(in, uint16(0))
	}
	f.Fuzz(func(t *testing.T, in string, at uint16) {
		request := read(t, asking)
		none := &judge{all: &wire.Ruling{Say: "[refused]"}}
		a := New().Answer(request, none, true)
		out, err := feed(a, nil, strings.NewReader(in))
		if a.Complete() {
			out, _ = a.Finish(out)
		}
		if got := calls(t, out); len(got) > 0 {
			t.Fatalf("calls of %q got out", got)
		}
		cut := min(int(at), len(in))
		b := New().Answer(request, none, true)
		again, errAgain := feed(b, nil, io.MultiReader(strings.NewReader(in[:cut]), strings.NewReader(in[cut:])))
		if b.Complete() {
			again, _ = b.Finish(again)
		}
		if string(out) != string(again) || (err == nil) != (errAgain == nil) {
			t.Fatalf("cut at %d: %v and %v\n%s\n%s", cut, err, errAgain, out, again)
		}
	})
}

// FuzzRead holds requests to their promises: what was read goes out as it came where nothing is changed, and stays JSON where something is.
func FuzzRead(f *testing.F) {
	f.Add(asking)
	f.Add(`{"model":"m","previous_response_id":"resp_1","input":[{"role":"assistant","content":"[refused]"},{"type":"function_call","call_id":"call_9","name":"f","arguments":"{}"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		body, err := ijson.ParseString(text, ijson.AtMost(1<<16))
		if err != nil {
			return
		}
		r, err := New().Read(body)
		if err != nil {
			if _, is := errors.AsType[wire.Invalid](err); !is {
				t.Fatal(err)
			}
			return
		}
		if out, err := New().Apply(r, wire.Changes{}); err != nil || string(out) != body.Raw() {
			t.Fatalf("%v: %s", err, out)
		}
		h := hiddenCall("1", "no")
		h.Said, h.Beside, h.Answer = "[refused]", "call_9", "resp_1"
		out, err := New().Apply(r, wire.Changes{Hidden: []wire.Hidden{h, h}, Previous: "resp_2"})
		if err != nil {
			t.Fatal(err)
		}
		if out, err = New().Follow(out, wire.Turn{h.Call.Raw}, []wire.Hidden{h}); err != nil {
			t.Fatal(err)
		}
		if _, err := ijson.Parse(out, ijson.AtMost(1<<20)); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	})
}
