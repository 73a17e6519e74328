package mcp

import (
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const toldFirst = `{"jsonrpc":"2.0","method":"notifications/message"}`

func TestFirstNoticeTurnsTheAnswerIntoAStream(t *testing.T) {
	f := New(Options{Mediator: newFake(nil)})
	defer f.Close()
	const (
		body   = `{"jsonrpc":"2.0","id":7,"result":{}}`
		notice = "event: message\ndata: " + toldFirst + "\n\n"
		answer = "event: message\ndata: " + body + "\n\n"
	)
	for name, c := range map[string]struct {
		takes   forms
		notices int
		media   string
		body    string
	}{
		"both, nothing first":   {forms{json: true, sse: true}, 0, mediaJSON, body},
		"both, one first":       {forms{json: true, sse: true}, 1, mediaSSE, notice + answer},
		"both, two first":       {forms{json: true, sse: true}, 2, mediaSSE, notice + notice + answer},
		"stream, nothing first": {forms{sse: true}, 0, mediaSSE, answer},
		"stream, one first":     {forms{sse: true}, 1, mediaSSE, notice + answer},
		"no stream, one first":  {forms{json: true}, 1, mediaJSON, body},
	} {
		w := httptest.NewRecorder()
		x := &exchange{f: f, w: w, id: "7", takes: c.takes}
		for range c.notices {
			if x.tell([]byte(toldFirst)) != c.takes.sse {
				t.Errorf("%s: the notice was taken to have got through, or not to", name)
			}
		}
		x.end(answerOf("{}"))
		if x.tell([]byte(toldFirst)) {
			t.Errorf("%s: a notice after the answer", name)
		}
		x.end(answerOf("{}"))
		if w.Code != 200 || w.Header().Get("Content-Type") != c.media || w.Body.String() != c.body {
			t.Errorf("%s: %d %s %q", name, w.Code, w.Header().Get("Content-Type"), w.Body.String())
		}
	}
}

func answerOf(result string) answer { return answer{result: []byte(result)} }

func TestRefusalHasItsStatusUntilAStreamHasBegun(t *testing.T) {
	f := New(Options{Mediator: newFake(nil)})
	defer f.Close()
	refused := &denial{404, rpcError{code: codeMethod, text: "t", data: []byte(`{"d":1}`)}}
	const want = `{"jsonrpc":"2.0","id":"a","error":{"code":-32601,"message":"t","data":{"d":1}}}`
	for _, takes := range []forms{{json: true}, {sse: true}, {json: true, sse: true}} {
		w := httptest.NewRecorder()
		x := &exchange{f: f, w: w, id: `"a"`, takes: takes}
		x.refuse(refused)
		if w.Code != 404 || w.Body.String() != want {
			t.Errorf("%+v: %d %s", takes, w.Code, w.Body.String())
		}
	}
	w := httptest.NewRecorder()
	x := &exchange{f: f, w: w, id: `"a"`, takes: forms{json: true, sse: true}}
	x.tell([]byte(toldFirst))
	x.refuse(refused)
	if w.Code != 200 || !strings.HasSuffix(w.Body.String(), "\n\nevent: message\ndata: "+want+"\n\n") {
		t.Errorf("in a stream: %d %s", w.Code, w.Body.String())
	}
}

func TestStreamOfAnAnswerShowsLifeUntilItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Mediator: newFake(nil), KeepAlive: time.Second})
		defer f.Close()
		w := httptest.NewRecorder()
		x := &exchange{f: f, w: w, id: "7", takes: forms{json: true, sse: true}}
		time.Sleep(5500 * time.Millisecond)
		x.tell([]byte(toldFirst))
		time.Sleep(2500 * time.Millisecond)
		x.end(answerOf("{}"))
		time.Sleep(time.Minute)
		if body := w.Body.String(); strings.Count(body, string(keepAlive)) != 2 || !strings.HasPrefix(body, "event: message\ndata: "+toldFirst) || strings.HasSuffix(body, string(keepAlive)) {
			t.Errorf("%q", body)
		}
	})
}

func TestNoticeThatIsNotTakenEndsTheStream(t *testing.T) {
	here, there := net.Pipe() // no buffers: what is not read is not written
	defer there.Close()
	f := New(Options{Mediator: newFake(nil), WriteTimeout: 50 * time.Millisecond})
	defer f.Close()
	x := &exchange{f: f, w: &pipeWriter{conn: here}, id: "7", takes: forms{sse: true}}
	began := time.Now()
	for range 100 {
		if x.tell([]byte(toldFirst)) {
			t.Fatal("nobody read, and the notice is held to be told")
		}
	}
	x.end(answerOf("{}"))
	if took := time.Since(began); took > time.Second {
		t.Errorf("a hundred notices and the answer waited %v for a client that takes nothing", took)
	}
}
