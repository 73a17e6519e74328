package mcp

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"argus/host/identity"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

const toldTools = `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`

func TestChangedListIsTold(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	stream := d.listen(d.alice, session)
	before := server{name: "notes", prefix: "notes", tools: []string{"echo", "admin!"}, resources: true, prompts: true}
	more := before
	more.tools = append([]string{"more"}, before.tools...)
	hidden := more
	hidden.tools = append([]string{"other!"}, more.tools...)

	d.m.replace(stockOf(t, more))
	if event := stream.next(); event != toldTools {
		t.Errorf("a new tool: %s", event)
	}
	d.m.replace(stockOf(t, hidden)) // concerns nothing that alice sees
	hidden.prompts = false
	d.m.replace(stockOf(t, hidden))
	if event := stream.next(); !strings.Contains(event, "notifications/prompts/list_changed") {
		t.Errorf("prompts closed: %s", event)
	}
	hidden.resources = false
	d.m.replace(stockOf(t, hidden))
	if event := stream.next(); !strings.Contains(event, "notifications/resources/list_changed") {
		t.Errorf("resources closed: %s", event)
	}
	d.m.replace(nil)
	if event := stream.next(); event != toldTools {
		t.Errorf("nothing in force: %s", event)
	}
}

func TestNewsOfASessionGoOverOneStream(t *testing.T) {
	d := open(t, func(o *Options) { o.Streams, o.KeepAlive = 2, 20*time.Millisecond })
	session, other := d.session(d.alice), d.session(d.alice)
	dropped, older := d.listen(d.alice, session), d.listen(d.alice, session)
	newest := d.listen(d.alice, session) // the third of two
	elsewhere := d.listen(d.alice, other)
	if event := dropped.news(); event != "" {
		t.Fatalf("the dropped stream is told %s", event)
	}
	d.m.replace(nil)
	for _, stream := range []*listening{newest, elsewhere} {
		if event := stream.news(); event != toldTools {
			t.Errorf("told %s", event)
		}
	}
	for range 5 {
		if event := older.next(); event != ": keep-alive" {
			t.Errorf("the older stream is told %s", event)
		}
	}
}

// The present context of a principal may be another than when its stream began; what is told is about the present one.
func TestStreamFollowsThePresentContext(t *testing.T) {
	d := open(t)
	stream := d.listen(d.bob, d.session(d.bob))
	child := d.listen(d.bob, d.session(d.bob), "Argus-Context", "ctx_one")
	d.m.mu.Lock()
	d.m.caps["bob-ctx_one"] = []kernel.Capability{"system_modify"}
	d.m.mu.Unlock()
	d.m.replace(d.m.Inventory())
	if event := child.next(); event != toldTools {
		t.Errorf("told %s", event)
	}
	select {
	case event := <-stream.events:
		t.Errorf("the parent's stream is told %s of the child's list", event)
	case <-time.After(20 * time.Millisecond):
	}

	d.m.observe(t, ledger.Record{Event: kernel.Revoked{Parent: kernel.Root, Child: "bob-1"}})
	d.m.observe(t, ledger.Record{Event: kernel.Delegated{By: kernel.Root, Child: "bob-2"}, Note: ledger.Note{Principal: "bob"}})
	d.m.mu.Lock()
	d.m.caps["bob-2"] = []kernel.Capability{"system_modify"}
	d.m.mu.Unlock()
	d.m.replace(d.m.Inventory())
	if event := stream.next(); event != toldTools {
		t.Errorf("a fresh context that sees more: told %s", event)
	}
}

func TestStreamsShowLife(t *testing.T) {
	d := open(t, func(o *Options) { o.KeepAlive = 10 * time.Millisecond })
	session := d.session(d.alice)
	stream := d.listen(d.alice, session)
	for range 3 {
		if event := stream.next(); event != ": keep-alive" {
			t.Fatalf("told %s", event)
		}
	}
	d.m.tool = func(ctx context.Context, _ string, _ ijson.Value) (mediate.Reply, error) {
		time.Sleep(50 * time.Millisecond)
		return mediate.Reply{Result: ijson.MustParse(`{"content":[]}`)}, nil
	}
	g := d.ask(d.alice, session, "tools/call", `{"name":"x"}`, "Accept", "text/event-stream")
	if !strings.HasPrefix(g.body, ": keep-alive\n\n") || !strings.HasSuffix(g.body, `data: {"jsonrpc":"2.0","id":1,"result":{"content":[]}}`+"\n\n") {
		t.Errorf("%q", g.body)
	}
}

// A reader that takes nothing fills its connection's buffers; then its stream is closed, and nobody else has waited.
func TestSlowReaderHoldsUpNobody(t *testing.T) {
	d := open(t, func(o *Options) { o.KeepAlive, o.WriteTimeout = 100*time.Microsecond, time.Second })
	slow, quick := d.session(d.alice), d.session(d.alice)
	c, err := net.Dial("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetReadBuffer(1); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "GET /mcp HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\nMcp-Session-Id: %s\r\n\r\n", d.addr, d.alice, slow)
	head := make([]byte, 12)
	if _, err := io.ReadFull(c, head); err != nil || string(head) != "HTTP/1.1 200" {
		t.Fatalf("%s %v", head, err)
	}
	stream := d.listen(d.alice, quick)
	deadline := time.Now().Add(10 * time.Second)
	for n := 0; d.streams(d.alice, slow) > 0; n++ {
		if time.Now().After(deadline) {
			t.Fatal("the stream of a reader that takes nothing stays open")
		}
		tools := []string{"echo", "more"}
		d.m.replace(stockOf(t, server{name: "notes", prefix: "notes", tools: tools[:2-n%2], resources: true, prompts: true}))
		began := time.Now()
		if event := stream.news(); event != toldTools {
			t.Fatalf("told %q", event)
		}
		if took := time.Since(began); took > 800*time.Millisecond {
			t.Errorf("a quick reader waited %v", took)
		}
	}
	if d.streams(d.alice, quick) != 1 {
		t.Error("the stream of a quick reader was closed")
	}
}

// streams counts the open streams of a session.
func (d *door) streams(token identity.Token, id string) int {
	s, known := d.f.sessions.use(d.m.grant(d.t, token), id)
	if !known {
		d.t.Fatal("no such session")
	}
	defer d.f.sessions.done(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.streams)
}

func TestStreamThatIsNotTakenIsClosed(t *testing.T) {
	here, there := net.Pipe() // no buffers: what is not read is not written
	defer there.Close()
	f := New(Options{Mediator: newFake(nil), WriteTimeout: 50 * time.Millisecond})
	w := &pipeWriter{conn: here}
	began := time.Now()
	if f.send(w, listChanged(registry.Tool)) {
		t.Error("nobody read, and the stream is held to be alive")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	f.Close()
}

func TestRequestsWithABodyWhereNoneBelongsAreRefused(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	d.do("GET", d.alice, `{}`, "Mcp-Session-Id", session).want(t, 400)
	d.do("DELETE", d.alice, `{}`, "Mcp-Session-Id", session).want(t, 400)
	d.do("DELETE", d.alice, "", "Mcp-Session-Id", session).want(t, 204)
}

func TestStreamNeedsATokenLikeAnyRequest(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	d.do("GET", identity.NewToken(), "", "Mcp-Session-Id", session).want(t, 401)
	d.do("GET", "", "", "Mcp-Session-Id", session).want(t, 401)
	d.listen(d.alice, session)
}
