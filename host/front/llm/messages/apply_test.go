package messages

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"

	"argus/host/front/llm/wire"
)

// refused is a call of which a client has a text, or nothing.
func refused(id, said, beside string) wire.Hidden {
	raw := fmt.Sprintf(`{"type":"tool_use","id":%q,"name":"send","input":{}}`, id)
	return wire.Hidden{Call: wire.Call{ID: id, Tool: "send", Arguments: "{}", Raw: raw}, Result: `no "send"`, Failed: beside == "", Said: said, Beside: beside}
}

const (
	useR     = `{"type":"tool_use","id":"r","name":"send","input":{}}`
	resultR  = `{"type":"tool_result","tool_use_id":"r","content":"no \"send\"","is_error":true}`
	useH     = `{"type":"tool_use","id":"h","name":"send","input":{}}`
	resultH  = `{"type":"tool_result","tool_use_id":"h","content":"no \"send\""}`
	saidR    = `{"type":"text","text":"[No r]"}`
	useA     = `{"type":"tool_use","id":"a","name":"read","input":{}}`
	resultA  = `{"type":"tool_result","tool_use_id":"a","content":"7"}`
	hi       = `{"role":"user","content":"hi"}`
	goOnText = `{"type":"text","text":"go on"}`
)

func assistant(blocks ...string) string {
	return `{"role":"assistant","content":[` + strings.Join(blocks, ",") + `]}`
}

func user(blocks ...string) string {
	return `{"role":"user","content":[` + strings.Join(blocks, ",") + `]}`
}

func conversation(messages ...string) string {
	return `{"model":"m", "messages" : [` + strings.Join(messages, ",") + `],"max_tokens":1}`
}

func TestHiddenCallsAreToldWhereTheyWereMade(t *testing.T) {
	r, h := refused("r", "[No r]", ""), refused("h", "", "a")
	both := refused("r", "[No r]", "a")
	both.Failed = true
	for what, c := range map[string]struct {
		hidden   []wire.Hidden
		from, to []string
	}{
		"a text, before what is typed": {[]wire.Hidden{r},
			[]string{hi, assistant(thought, saidR), `{"role":"user","content":"go \u006fn"}`},
			[]string{hi, assistant(thought, useR), user(resultR, `{"type":"text","text":"go \u006fn"}`)}},
		"a text, before blocks": {[]wire.Hidden{r},
			[]string{hi, assistant(saidR, looking), user(goOnText)},
			[]string{hi, assistant(useR, looking), user(resultR, goOnText)}},
		"a text beside a call": {[]wire.Hidden{both},
			[]string{hi, assistant(useA, saidR), user(resultA)},
			[]string{hi, assistant(useA, useR), user(resultR, resultA)}},
		"a text that is all": {[]wire.Hidden{r},
			[]string{hi, `{"role":"assistant","content":"[No r]"}`, hi},
			[]string{hi, assistant(useR), user(resultR, `{"type":"text","text":"hi"}`)}},
		"a call beside a call": {[]wire.Hidden{h},
			[]string{hi, assistant(looking, useA), user(resultA)},
			[]string{hi, assistant(looking, useH, useA), user(resultH, resultA)}},
		"both": {[]wire.Hidden{h, both},
			[]string{hi, assistant(saidR, useA), user(resultA)},
			[]string{hi, assistant(useR, useH, useA), user(resultR, resultH, resultA)}},
		"a message in two": {[]wire.Hidden{r},
			[]string{hi, assistant(saidR), assistant(useA), user(resultA)},
			[]string{hi, assistant(useR), assistant(useA), user(resultR, resultA)}},
		"a text with a mark of the cache": {[]wire.Hidden{r},
			[]string{hi, assistant(`{"type":"text","text":"[No r]","cache_control":{"type":"ephemeral"}}`), user(goOnText)},
			[]string{hi, assistant(strings.Replace(useR, `{}}`, `{},"cache_control":{"type":"ephemeral"}}`, 1)), user(resultR, goOnText)}},
		"an empty message": {[]wire.Hidden{r},
			[]string{hi, assistant(saidR), `{"role":"user","content":""}`, user()},
			[]string{hi, assistant(useR), user(resultR), user()}},
		"a message without blocks": {[]wire.Hidden{r},
			[]string{hi, assistant(saidR), user()},
			[]string{hi, assistant(useR), user(resultR)}},
		"a text that stands twice": {[]wire.Hidden{r},
			[]string{hi, assistant(saidR), hi, assistant(saidR), hi},
			[]string{hi, assistant(useR), user(resultR, `{"type":"text","text":"hi"}`), assistant(saidR), hi}},
		"two calls with one text": {[]wire.Hidden{r, refused("r2", "[No r]", "")},
			[]string{hi, assistant(saidR, saidR), user(goOnText)},
			[]string{hi, assistant(useR, strings.Replace(useR, `"r"`, `"r2"`, 1)), user(resultR, strings.Replace(resultR, `"r"`, `"r2"`, 1), goOnText)}},
		"nothing follows":        {[]wire.Hidden{r}, []string{hi, assistant(saidR)}, nil},
		"the system follows":     {[]wire.Hidden{r}, []string{hi, assistant(saidR), `{"role":"system","content":"s"}`, hi}, nil},
		"a text of the user":     {[]wire.Hidden{r}, []string{hi, user(saidR), hi}, nil},
		"another text":           {[]wire.Hidden{r}, []string{hi, assistant(`{"type":"text","text":"[No r] "}`), hi}, nil},
		"a thought with it":      {[]wire.Hidden{r}, []string{hi, assistant(`{"type":"thinking","thinking":"[No r]","text":"[No r]","signature":""}`), hi}, nil},
		"a call that is no more": {[]wire.Hidden{h}, []string{hi, assistant(looking), hi}, nil},
	} {
		t.Run(what, func(t *testing.T) {
			body := conversation(c.from...)
			want := body
			if c.to != nil {
				want = conversation(c.to...)
			}
			got, err := New().Apply(wire.Request{Body: value(t, body)}, wire.Changes{Hidden: c.hidden})
			if err != nil || string(got) != want {
				t.Fatalf("%v\n%s\nand not\n%s", err, got, want)
			}
			var p anthropic.MessageNewParams
			if err := json.Unmarshal(got, &p); err != nil {
				t.Error("the vendor's own types:", err)
			}
		})
	}
}

func TestToolsOfTheProxyAreDeclared(t *testing.T) {
	tools := []wire.HostTool{{Listing: value(t, `{"name":"lookup","title":"L","description":"Looks up.","inputSchema":{"type":"object"}}`)}, {Listing: value(t, `{"name":"now","inputSchema":{"type": "object"}}`)}}
	added := `{"name":"lookup","description":"Looks up.","input_schema":{"type":"object"}},{"name":"now","input_schema":{"type": "object"}}`
	for from, to := range map[string]string{
		`{"model":"m","messages":[]}`:                            `{"model":"m","messages":[],"tools":[` + added + `]}`,
		`{"model":"m","tools":null,"messages":[]}`:               `{"model":"m","tools":[` + added + `],"messages":[]}`,
		`{"model":"m","tools":[ ],"messages":[]}`:                `{"model":"m","tools":[ ` + added + `],"messages":[]}`,
		`{"model":"m","tools":[{"name":"read"}],"messages":[]}`:  `{"model":"m","tools":[{"name":"read"},` + added + `],"messages":[]}`,
		`{"model":"m","tools":[{"name":"n\u006fw"}],"stream":1}`: "",
	} {
		got, err := New().Apply(wire.Request{Body: value(t, from)}, wire.Changes{Tools: tools})
		if _, invalid := errors.AsType[wire.Invalid](err); string(got) != to || invalid != (to == "") {
			t.Errorf("%s became\n%s, %v", from, got, err)
		}
	}
}

func TestARequestGoesOnAfterATurn(t *testing.T) {
	sent := conversation(hi)
	got, err := New().Follow([]byte(sent), wire.Turn{thought, useR, useH}, []wire.Hidden{refused("r", "[No r]", ""), refused("h", "", "a")})
	want := conversation(hi, assistant(thought, useR, useH), user(resultR, resultH))
	if err != nil || string(got) != want {
		t.Fatalf("%v\n%s", err, got)
	}
	for _, sent := range []string{`{"messages":[`, `{"model":"m"}`} {
		if _, err := New().Follow([]byte(sent), nil, nil); err == nil {
			t.Errorf("it went on from %s", sent)
		}
	}
}

// TestThreadIsRefusedAsItsClientsExpect shows them what they look for: they then send the conversation itself.
func TestThreadIsRefusedAsItsClientsExpect(t *testing.T) {
	v := value(t, `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"thread":{"type":"create"}}`)
	_, err := New().Read(v)
	invalid, is := errors.AsType[wire.Invalid](err)
	if !is || invalid.Code == "" {
		t.Fatalf("read: %v", err)
	}
	got := string(New().Failure(wire.Failure{Status: 400, Message: "m", Code: invalid.Code}))
	if !strings.Contains(got, `"details":{"error_code":"thread_unsupported_request","unsupported":["thread"]}`) {
		t.Error(got)
	}
	if _, err := New("thread").Read(v); err != nil {
		t.Errorf("where the configuration lets it by: %v", err)
	}
}

func TestFailuresHaveTheVendorsShape(t *testing.T) {
	for status, kind := range map[int]string{400: "invalid_request_error", 403: "permission_error", 405: "invalid_request_error", 429: "rate_limit_error", 500: "api_error", 502: "api_error", 529: "overloaded_error"} {
		f := wire.Failure{Status: status, Message: `say "no"`, Code: "rule", Reference: "R-1"}
		got := string(New().Failure(f))
		if want := `{"type":"error","error":{"type":"` + kind + `","message":"say \"no\"","code":"rule","reference":"R-1"}}`; got != want {
			t.Errorf("%d: %s", status, got)
		}
		out := framed(t, opening) + string(New().FailureEvent(f))
		if _, err := accumulated(out); err == nil || !strings.Contains(err.Error(), kind) {
			t.Errorf("the vendor's client hears %v of %s", err, out)
		}
	}
	if got := string(New().Failure(wire.Failure{Status: 502, Message: "m"})); got != `{"type":"error","error":{"type":"api_error","message":"m"}}` {
		t.Error(got)
	}
}
