package badinput

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// post is a call with an effect, cut where the attacks change it.
const (
	before  = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":`
	posting = `{"name":"stub__post-slack","arguments":{"channel":"c","text":"t"}}`
)

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

// strictJSON sends bodies that two readers could read differently, or none at all.
func strictJSON(t *testing.T, w *world) {
	s := w.agent(t, "scribbler")
	for _, c := range []struct{ attack, body, says string }{
		{"no JSON", `post it`, "not strict JSON"},
		{"an empty body", ``, "not strict JSON"},
		{"half a message", before + `{"name":"stub__post-slack"`, "not strict JSON"},
		{"two messages", before + posting + `}{}`, "not strict JSON"},
		{"a byte order mark", "\xef\xbb\xbf" + before + posting + `}`, "not strict JSON"},
		{"invalid UTF-8", before + "{\"name\":\"stub__post-slack\",\"arguments\":{\"channel\":\"c\",\"text\":\"\xff\xfe\"}}}", "not strict JSON"},
		{"an overlong encoding", before + "{\"name\":\"stub__post-slack\",\"arguments\":{\"channel\":\"c\",\"text\":\"\xc0\xaf\"}}}", "not strict JSON"},
		{"half a surrogate", before + `{"name":"stub__post-slack","arguments":{"channel":"c","text":"\ud800"}}}`, "not strict JSON"},
		{"a comment", before + posting + `/* ok */}`, "not strict JSON"},
		{"NaN", before + `{"name":"stub__pay","arguments":{"to":"x","amount":NaN}}}`, "not strict JSON"},
		{"id twice", `{"id":2,` + before[1:] + posting + `}`, "refused"},
		{"method twice", `{"method":"ping",` + before[1:] + posting + `}`, "refused"},
		{"params twice", before + `{},"params":` + posting + `}`, "refused"},
		{"name twice", before + `{"name":"stub__summarize",` + posting[1:] + `}`, "refused"},
		{"name twice, once escaped", before + `{"n\u0061me":"stub__summarize",` + posting[1:] + `}`, "refused"},
		{"arguments twice", before + `{"arguments":{"text":"t"},` + posting[1:] + `}`, "refused"},
		{"an argument twice", before + `{"name":"stub__post-slack","arguments":{"channel":"c","text":"t","text":"u"}}}`, "refused"},
		{"a name twice deep inside", before + `{"name":"honest__echo","arguments":{"a":[{"b":{"c":1,"d":2,"c":3}}]}}}`, "refused"},
		{"METHOD beside method", `{"METHOD":"ping",` + before[1:] + posting + `}`, "refused"},
		{"Params beside params", before + posting + `,"Params":{}}`, "refused"},
		{"10,000 arrays in the arguments", before + `{"name":"honest__echo","arguments":{"a":` + nested(10_000) + `}}}`, "refused"},
		{"10,000 arrays for params", before + nested(10_000) + `}`, "refused"},
		{"10,000 arrays, not closed", strings.Repeat("[", 10_000), "refused"},
		{"a batch", `[` + before + posting + `}]`, "batch"},
		{"another version", strings.Replace(before, `"2.0"`, `"1.0"`, 1) + posting + `}`, "no JSON-RPC 2.0"},
		{"an id that is a fraction", strings.Replace(before, `:1,`, `:1.5,`, 1) + posting + `}`, "id of a request"},
		{"an id that is an object", strings.Replace(before, `:1,`, `:{},`, 1) + posting + `}`, "id of a request"},
		{"an id of 1 MB", strings.Replace(before, `:1,`, `:"`+strings.Repeat("i", 1<<20)+`",`, 1) + posting + `}`, "id of a request"},
		{"params that are a list", before + `["stub__post-slack"]}`, "no JSON-RPC 2.0"},
	} {
		r := s.post(c.body)
		if r.status != http.StatusBadRequest || !strings.Contains(r.body, c.says) || !strings.Contains(r.body, `"error"`) {
			t.Errorf("%s: %v", c.attack, r)
		}
		say(t, c.attack, s.outcome(r))
	}
	w.untouched(t, "post-slack", "pay")
	if got := s.outcome(s.post(before + posting + `}`)); got.failed() {
		t.Errorf("the control: %v", got)
	}
}

// outOfPlace sends well-formed messages that mean nothing, or something else than they seem to.
func outOfPlace(t *testing.T, w *world) {
	s := w.agent(t, "stranger")
	for _, c := range []struct {
		attack, method, params string
		code                   int
		rule                   string
	}{
		{"an unknown method", "tools/steal", `{}`, -32601, ""},
		{"a method of servers", "sampling/createMessage", `{}`, -32601, ""},
		{"a completion of nothing", "completion/complete", `{}`, -32602, ""},
		{"a task", "tasks/list", `{}`, -32601, ""},
		{"NAME beside name", "tools/call", `{"NAME":"stub__summarize",` + posting[1:], -32602, ""},
		{"Arguments beside arguments", "tools/call", `{"Arguments":{},` + posting[1:], -32602, ""},
		{"NAME alone", "tools/call", `{"NAME":"stub__post-slack","arguments":{"channel":"c","text":"t"}}`, -32602, ""},
		{"a Kelvin sign in a name", "tools/call", `{"tas\u212a":{},` + posting[1:], -32602, ""},
		{"arguments that are a list", "tools/call", `{"name":"stub__post-slack","arguments":[]}`, -32602, ""},
		{"arguments that are null", "tools/call", `{"name":"stub__post-slack","arguments":null}`, -32602, ""},
		{"no such tool", "tools/call", `{"name":"stub__steal","arguments":{}}`, 0, "unknown_tool"},
		{"another server's tool by its own name", "tools/call", `{"name":"post-slack","arguments":{"channel":"c","text":"t"}}`, 0, "unknown_tool"},
		{"the tool's id", "tools/call", `{"name":"stub/post-slack","arguments":{"channel":"c","text":"t"}}`, 0, "unknown_tool"},
		{"TEXT beside text", "tools/call", `{"name":"stub__post-slack","arguments":{"channel":"c","text":"t","TEXT":"u"}}`, 0, "arguments"},
		{"an argument of the wrong kind", "tools/call", `{"name":"stub__post-slack","arguments":{"channel":"c","text":1}}`, 0, "arguments"},
		{"a number that no double holds", "tools/call", `{"name":"stub__pay","arguments":{"to":"x","amount":1e999999}}`, 0, "arguments"},
		{"a resource of no server", "resources/read", `{"uri":"argus://nobody/x"}`, -32003, "closed_channel"},
		{"a resource of a closed channel", "resources/read", `{"uri":"argus://honest/x"}`, -32003, "closed_channel"},
	} {
		got := s.request(c.method, c.params)
		if got.code != c.code || got.rule != c.rule {
			t.Errorf("%s: %v", c.attack, got)
		}
		say(t, c.attack, got)
	}
	w.untouched(t, "pay")
}

// largeBodies are refused before they are in memory.
func largeBodies(t *testing.T, w *world) {
	s := w.agent(t, "giant")
	body := before + `{"name":"stub__post-slack","arguments":{"channel":"c","text":"` + strings.Repeat("a", 50<<20) + `"}}}`
	for attack, reader := range map[string]func() io.Reader{
		"50 MB, announced":   func() io.Reader { return strings.NewReader(body) },
		"50 MB, in chunks":   func() io.Reader { return io.MultiReader(strings.NewReader(body)) }, // of no known length
		"50 MB of [, chunks": func() io.Reader { return io.MultiReader(strings.NewReader(strings.Repeat("[", 50<<20))) },
	} {
		grown := w.growth(t, 64<<20, func() {
			r, _, err := s.send(reader())
			// The daemon need not read on when it has refused, so the sender may only see that the connection is gone.
			if err == nil && r.status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %v", attack, r)
			}
		})
		say(t, attack, "refused; "+grown)
	}
}

// growth tells how much the daemon's memory grows while something is done, which must be less than so many bytes.
func (w *world) growth(t *testing.T, bound int64, do func()) string {
	t.Helper()
	if err := w.daemon.ForgetPeak(); err != nil {
		t.Fatal(err)
	}
	first := w.peak(t)
	do()
	most := w.peak(t)
	if most-first >= bound {
		t.Errorf("the daemon grew from %d to %d bytes", first, most)
	}
	return fmt.Sprintf("the daemon grew from %d to %d MiB", first>>20, most>>20)
}

func (w *world) peak(t *testing.T) int64 {
	t.Helper()
	n, err := w.daemon.Peak()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// untouched demands that the stub was never asked for these tools.
func (w *world) untouched(t *testing.T, tools ...string) {
	t.Helper()
	text, err := os.ReadFile(w.CallLog("stub"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools {
		if strings.Contains(string(text), `{"tool":"`+tool+`"`) {
			t.Errorf("the server was asked for %s", tool)
		}
	}
}
