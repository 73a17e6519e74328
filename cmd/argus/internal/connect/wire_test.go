package connect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// holds are doors that keep requests of a method open until they are let go or given up.
func holds(method string, letGo <-chan struct{}, givenUp *atomic.Int64) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, r *http.Request, body string) {
		if strings.Contains(body, `"method":"`+method+`"`) {
			select {
			case <-letGo:
			case <-r.Context().Done():
				givenUp.Add(1)
				return
			}
		}
		fine(w, r, body)
	}
}

func (d *fakeDoor) givesUp(n *atomic.Int64, want int64) {
	d.t.Helper()
	for over := time.Now().Add(slowest); n.Load() != want; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(over) {
			d.t.Fatalf("%d requests were given up, not %d", n.Load(), want)
		}
	}
}

func TestWhatComesBeforeAnAnswerIsToldBeforeIt(t *testing.T) {
	state := stateFolder(t)
	answered := make(chan struct{})
	d := open(t, state, func(w http.ResponseWriter, r *http.Request, body string) {
		if !strings.Contains(body, "tools/call") {
			fine(w, r, body)
			if strings.Contains(body, `"roots":[]`) {
				close(answered)
			}
			return
		}
		w.Header().Set("Content-Type", mediaEvents)
		io.WriteString(w, ": alive\n\nid: 1\ndata:\n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\ndata: \"method\":\"notifications/progress\"}\n\n")
		io.WriteString(w, "data: {\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"roots/list\"}\r\n\r\n")
		http.NewResponseController(w).Flush()
		<-answered
		io.WriteString(w, "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"text\":\"a\\nb\"}}\n\ndata: {\"method\":\"after\"}\n\n")
	})
	p := start(t, state, quick)
	p.say(hello)
	p.wants(`"id":0`)
	p.say(call(1, "tools/call", `{}`))
	p.wants("notifications/progress")
	p.wants(`"id":"q"`, "roots/list")
	p.say(`{"jsonrpc":"2.0","id":"q","result":{"roots":[]}}`)
	p.wants(`"id":1,"result":{"text":"a\nb"}`)
	p.silent()
	if got := d.hears(`"roots":[]`, 1); got[0].header.Get("Mcp-Session-Id") != "session-1" {
		t.Errorf("the answer to the question: %v", got)
	}
}

func TestNewsAreToldOnceTheClientIsReady(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, func(w http.ResponseWriter, r *http.Request, body string) {
		if r.Method != http.MethodGet {
			fine(w, r, body)
			return
		}
		w.Header().Set("Content-Type", mediaEvents)
		io.WriteString(w, "data: {\"method\":\"notifications/tools/list_changed\"}\n\n")
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	p := start(t, state, quick)
	p.say(hello)
	p.wants(`"id":0`)
	p.silent()
	p.say(initialized)
	p.wants("notifications/tools/list_changed")
	if got := d.heard("GET"); len(got) != 1 || got[0].header.Get("Mcp-Session-Id") != "session-1" || got[0].header.Get("Accept") != mediaEvents {
		t.Errorf("the stream: %v", got)
	}
}

func TestAnswerGoesToWhoAsked(t *testing.T) {
	state := stateFolder(t)
	open(t, state, func(w http.ResponseWriter, _ *http.Request, body string) {
		reply(w, http.StatusBadRequest, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no","data":{"a":1}}}`)
	})
	p := start(t, state, quick)
	p.say(call("mine", "tools/call", `{}`))
	p.wants(`{"jsonrpc":"2.0","id":"mine","error":{"code":-32600,"message":"no","data":{"a":1}}}`)
}

func TestModernRequestCarriesItsHeaders(t *testing.T) {
	const modern = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	state := stateFolder(t)
	d := open(t, state, fine)
	p := start(t, state, quick)
	p.say(hello, initialized) // of a client that speaks both
	p.wants(`"id":0`)
	for i, c := range []struct{ method, params, name string }{
		{"server/discover", ``, ""},
		{"tools/call", `"name":"notes__read",`, "notes__read"},
		{"tools/call", `"name":"größe",`, "=?base64?Z3LDtsOfZQ==?="},
		{"tools/call", `"name":" a",`, "=?base64?IGE=?="},
		{"tools/call", `"name":"a\r\nX: y",`, "=?base64?YQ0KWDogeQ==?="},
		{"prompts/get", `"name":"=?base64?YQ==?=",`, "=?base64?PT9iYXNlNjQ/WVE9PT89?="},
		{"resources/read", `"uri":"file:///a b",`, "file:///a b"},
		{"tools/list", `"name":"x",`, ""},
	} {
		p.say(call(i, c.method, "{"+c.params+modern+"}"))
		p.wants(fmt.Sprintf(`"id":%d,"result"`, i))
		got := d.hears(fmt.Sprintf(`"id":%d,"method":%q`, i, c.method), 1)[0].header
		if got.Get("Mcp-Protocol-Version") != "2026-07-28" || got.Get("Mcp-Method") != c.method || got.Get("Mcp-Name") != c.name || got.Get("Mcp-Session-Id") != "" {
			t.Errorf("%s %s: %v", c.method, c.params, got)
		}
	}
	p.say(call(99, "ping", `{}`))
	p.wants(`"id":99`)
	if got := d.heard(`"method":"ping"`)[0].header; got.Get("Mcp-Method") != "" || got.Get("Mcp-Session-Id") != "session-1" {
		t.Errorf("a request of the session: %v", got)
	}
}

func TestCancelledRequestIsGivenUpAndNotAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		meta string
		told int
	}{
		"in a session":        {"", 1},
		"without one, modern": {`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			state := stateFolder(t)
			var givenUp atomic.Int64
			letGo := make(chan struct{})
			d := open(t, state, holds("tools/call", letGo, &givenUp))
			p := start(t, state, quick)
			p.say(hello)
			p.wants(`"id":0`)
			p.say(call(1, "tools/call", "{"+c.meta+"}"), call("1", "tools/call", "{"+c.meta+"}"))
			d.hears("tools/call", 2)
			p.say(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"enough"}}`)
			d.givesUp(&givenUp, 1)
			if n := len(d.heard("notifications/cancelled")); n != c.told {
				t.Errorf("the door was told %d times", n)
			}
			p.silent()
			p.say(call(1, "ping", `{}`)) // its id is free
			p.wants(`"id":1,"result":{"of":"ping"}`)
			close(letGo)
			p.wants(`"id":"1","result"`)
		})
	}
}

func TestOpenRequestsAreBounded(t *testing.T) {
	state := stateFolder(t)
	var givenUp atomic.Int64
	letGo := make(chan struct{})
	d := open(t, state, holds("tools/call", letGo, &givenUp))
	p := start(t, state, times{patience: slowest, pulse: slowest, grace: time.Second})
	p.say(hello)
	p.wants(`"id":0`)
	const asked = 3000
	for i := range asked {
		p.say(call(i, "tools/call", `{}`))
	}
	for range asked - mostOpen {
		p.wants("-32600", "too many requests are open")
	}
	d.hears("tools/call", mostOpen)
	p.say(call(0, "tools/call", `{}`))
	p.wants(`"id":0`, "a request of this id is open")
	p.say(`{"jsonrpc":"2.0","id":"q","result":{"answer":42}}`)
	d.hears(`"answer":42`, 1) // answers to questions still come through
	close(letGo)
	for range mostOpen {
		p.wants(`"result":{"of":"tools/call"}`)
	}
	if n := len(d.heard("tools/call")); n != mostOpen {
		t.Errorf("%d calls came to the door", n)
	}
	p.say(call("next", "ping", `{}`))
	p.wants(`"id":"next","result"`)
}

func TestPostsAreBounded(t *testing.T) {
	state := stateFolder(t)
	var givenUp atomic.Int64
	letGo := make(chan struct{})
	d := open(t, state, holds("notifications/any", letGo, &givenUp))
	p := start(t, state, times{patience: slowest, pulse: slowest, grace: time.Second})
	for range 1000 {
		p.say(`{"jsonrpc":"2.0","method":"notifications/any"}`)
	}
	p.say(call(1, "ping", `{}`))
	p.wants(`"id":1,"result"`) // nobody waits behind them
	close(letGo)
	p.say(call(2, "ping", `{}`))
	p.wants(`"id":2,"result"`)
	d.hears("notifications/any", mostPosts)
	if n := len(d.heard("notifications/any")); n > mostPosts+2 {
		t.Errorf("%d notifications were kept", n)
	}
}

func TestLinesThatAreNoMessagesAreAnsweredAndForgotten(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, fine)
	p := start(t, state, quick)
	for line, code := range map[string]string{
		`{`:             "-32700",
		"\xff":          "-32700",
		`{"a":1,"a":2}`: "-32700",
		`"text"`:        "-32600",
		`[]`:            "-32600",
		`{}`:            "-32600",
		`{"id":1}x`:     "-32700",
		`{"jsonrpc":"2.0","id":null,"method":"ping"}`:             "-32600",
		`{"jsonrpc":"2.0","id":{},"method":"ping"}`:               "-32600",
		strings.Repeat("[", 4096) + strings.Repeat("]", 4096):     "-32700",
		`{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2"}`: "-32700",
	} {
		p.say(line)
		p.wants(`"id":null`, code)
	}
	p.say("", "  ", call(1, "ping", `{}`)+"\r")
	p.wants(`"id":1,"result"`)
	if n := len(d.heard("")); n != 1 {
		t.Errorf("%d requests came to the door", n)
	}
}

func TestLongLineIsAnsweredAndForgotten(t *testing.T) {
	state := stateFolder(t)
	open(t, state, fine)
	p := start(t, state, quick)
	piece := strings.Repeat("a", 1<<20)
	for range maxLine>>20 + 1 {
		if _, err := io.WriteString(p.in, piece); err != nil {
			t.Fatal(err)
		}
	}
	p.say("")
	p.wants(`"id":null`, "-32600", "longer than a message may be")
	p.say(call(1, "ping", `{}`))
	p.wants(`"id":1,"result"`)
}

func TestLinesAreReadWithinTheirLimit(t *testing.T) {
	const most = 100 << 10 // more than one read brings
	text := strings.Repeat("x", most)
	l := newLines(strings.NewReader(text+"\n"+text+"y\n\n"+text+"yy\nlast"), most)
	for _, want := range []struct {
		length int
		err    error
	}{{most, nil}, {0, errLong}, {0, nil}, {0, errLong}, {4, nil}, {0, io.EOF}} {
		line, err := l.next()
		if len(line) != want.length || !errors.Is(err, want.err) {
			t.Errorf("%d bytes, %v; wanted %v", len(line), err, want)
		}
	}
	l = newLines(strings.NewReader(text+"y"), most)
	if _, err := l.next(); !errors.Is(err, errLong) {
		t.Errorf("a long line without an end: %v", err)
	}
	if _, err := l.next(); !errors.Is(err, io.EOF) {
		t.Errorf("after it: %v", err)
	}
}

func TestEndOfTheClientCancelsWhatIsOpenAndEndsTheSession(t *testing.T) {
	for name, leaves := range map[string]func(p *client) (wrong error){
		"input ends": func(p *client) error { p.in.Close(); return p.end() },
		"told to":    func(p *client) error { p.stop(); return p.end() },
	} {
		t.Run(name, func(t *testing.T) {
			state := stateFolder(t)
			var givenUp atomic.Int64
			d := open(t, state, holds("tools/call", nil, &givenUp))
			p := start(t, state, quick)
			p.say(hello)
			p.wants(`"id":0`)
			p.say(call(1, "tools/call", `{}`))
			d.hears("tools/call", 1)
			if err := leaves(p); err != nil {
				t.Errorf("it ended with %v", err)
			}
			d.givesUp(&givenUp, 1)
			if ended := d.heard("DELETE"); len(ended) != 1 || ended[0].header.Get("Mcp-Session-Id") != "session-1" {
				t.Errorf("ended: %v", ended)
			}
		})
	}
}

func TestAnswersUnderWayAtTheEndOfInputAreGiven(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, func(w http.ResponseWriter, r *http.Request, body string) {
		if strings.Contains(body, "ping") {
			time.Sleep(20 * time.Millisecond)
		}
		fine(w, r, body)
	})
	p := start(t, state, times{patience: slowest, pulse: slowest, grace: slowest})
	p.say(hello, call(1, "ping", `{}`), call(2, "ping", `{}`))
	p.in.Close()
	p.wants(`"id":0,"result"`)
	p.wants(`"result":{"of":"ping"}`)
	p.wants(`"result":{"of":"ping"}`)
	if err := p.end(); err != nil {
		t.Error(err)
	}
	if n := len(d.heard("DELETE")); n != 1 {
		t.Errorf("the session was ended %d times", n)
	}
}

// brokenPipe is a client that reads no more.
type brokenPipe struct{ writes atomic.Int64 }

var errBroken = errors.New("broken pipe")

func (b *brokenPipe) Write([]byte) (int, error) { b.writes.Add(1); return 0, errBroken }

func TestClientThatReadsNoMoreEndsTheShim(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, fine)
	in, write := io.Pipe()
	defer write.Close()
	out := &brokenPipe{}
	ended := make(chan error, 1)
	go func() {
		ended <- run(context.Background(), Options{In: in, Out: out, State: state, Token: token}, quick)
	}()
	io.WriteString(write, hello+"\n")
	select {
	case err := <-ended:
		if !errors.Is(err, errBroken) {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(slowest):
		t.Fatal("it does not end")
	}
	if n := out.writes.Load(); n != 1 {
		t.Errorf("%d writes", n)
	}
	if n := len(d.heard("DELETE")); n != 1 {
		t.Errorf("the session was ended %d times", n)
	}
}
