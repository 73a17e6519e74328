package mcp

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"argus/host/identity"
	"argus/host/mediate"
	"argus/host/turns"
	"argus/internal/ijson"
)

func TestRequestWithoutKnownTokenIsRefused(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	said := ""
	for _, authorization := range []string{"", "Bearer ", "Bearer argus_", "Basic YWxpY2U6YQ==", "Bearer " + string(identity.NewToken()), string(d.alice)} {
		for _, method := range []string{"POST", "GET", "DELETE", "PUT", "OPTIONS"} {
			body := ""
			if method == "POST" {
				body = call(1, "tools/call", `{"name":"notes__echo"}`)
			}
			r := d.request(t.Context(), method, "", body, "Mcp-Session-Id", session)
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
			g := d.send(r)
			g.want(t, 401)
			if g.header.Get("WWW-Authenticate") != "Bearer" || !strings.Contains(g.body, "argus agent new") {
				t.Errorf("%s %q is told %q %s", method, authorization, g.header.Get("WWW-Authenticate"), g.body)
			}
			if said != "" && g.body != said {
				t.Errorf("refusals differ: %s and %s", said, g.body)
			}
			said = g.body
		}
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %v", asked)
	}
	d.ask(d.alice, session, "tools/call", `{"name":"notes__echo"}`).result(t)
}

func TestReboundNameIsRefused(t *testing.T) {
	d := open(t)
	_, port, _ := net.SplitHostPort(d.addr)
	for _, host := range []string{
		"evil.example:" + port, "evil.example", "localhost.evil.example:" + port, "127.0.0.1:1", "127.0.0.1", "localhost", "localhost.:" + port,
		"0.0.0.0:" + port, "127.0.0.2:" + port, "[::]:" + port, ":" + port, "127.0.0.1:" + port + ":" + port, "127.0.0.1:0" + port,
	} {
		g := d.do("POST", d.alice, hello, "Host", host)
		if g.status != 403 && g.status != 400 { // what is no host at all net/http refuses itself
			t.Errorf("Host %s: %d %s", host, g.status, g.body)
		}
	}
	for _, host := range []string{"127.0.0.1:" + port, "localhost:" + port, "LOCALHOST:" + port, "[::1]:" + port} {
		d.do("POST", d.alice, hello, "Host", host).want(t, 200)
	}
}

func TestForeignOriginIsRefused(t *testing.T) {
	d := open(t)
	for _, origin := range []string{"https://evil.example", "null", "http://app.example", "https://app.example.evil.example", "https://app.example:444", "http://" + d.addr, ""} {
		r := d.request(t.Context(), "POST", d.alice, hello)
		r.Header["Origin"] = []string{origin}
		g := d.send(r)
		g.want(t, 403)
		if g.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%q may read the answer", origin)
		}
	}
	twice := d.request(t.Context(), "POST", d.alice, hello)
	twice.Header["Origin"] = []string{"https://app.example", "https://evil.example"}
	d.send(twice).want(t, 403)

	g := d.do("POST", d.alice, hello, "Origin", "https://app.example")
	g.want(t, 200)
	if g.header.Get("Access-Control-Allow-Origin") != "https://app.example" || g.header.Get("Access-Control-Expose-Headers") != "Mcp-Session-Id" {
		t.Errorf("an allowed page cannot read its answer: %v", g.header)
	}
}

func TestBrowserMayAskWhetherItMayAsk(t *testing.T) {
	d := open(t)
	g := d.do("OPTIONS", "", "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST")
	g.want(t, 204)
	if !strings.Contains(g.header.Get("Access-Control-Allow-Headers"), "Authorization") || g.body != "" {
		t.Errorf("%v %s", g.header, g.body)
	}
	d.do("OPTIONS", "", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST").want(t, 403)
	d.do("OPTIONS", "", "", "Origin", "https://app.example").want(t, 401)
}

func TestHeaderSentTwiceIsRefused(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	for _, name := range []string{"Authorization", "Mcp-Session-Id", "Mcp-Protocol-Version", "Argus-Context"} {
		r := d.request(t.Context(), "POST", d.alice, call(1, "ping", ""), "Mcp-Session-Id", session)
		r.Header[name] = []string{r.Header.Get(name), r.Header.Get(name)}
		d.send(r).want(t, 400)
	}
	d.ask(d.alice, session, "ping", "").result(t)
}

func TestOnlyOneEndpointAndItsMethods(t *testing.T) {
	d := open(t)
	for _, path := range []string{"/", "/mcp/", "/MCP", "/mcp/../x", "/.well-known/oauth-protected-resource"} {
		r := d.request(t.Context(), "POST", d.alice, hello)
		r.URL.Path = path
		d.send(r).want(t, 404)
	}
	for _, method := range []string{"PUT", "PATCH", "HEAD"} {
		d.do(method, d.alice, "").want(t, 405)
	}
	if allow := d.do("PUT", d.alice, "").header.Get("Allow"); allow != "POST, GET, DELETE" {
		t.Errorf("Allow: %q", allow)
	}
}

func TestBodyThatIsNotCalledJSONIsRefused(t *testing.T) {
	d := open(t)
	for _, media := range []string{"text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=utf-16", "application/jsonp"} {
		d.do("POST", d.alice, hello, "Content-Type", media).want(t, 415)
	}
	for _, media := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"} {
		d.do("POST", d.alice, hello, "Content-Type", media).want(t, 200)
	}
}

func TestAnswerHasTheFormThatTheClientAccepts(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	ping := call("a", "ping", "")
	for accept, form := range map[string]string{
		"application/json, text/event-stream": "application/json", "application/json": "application/json", "*/*": "application/json",
		"text/event-stream": "text/event-stream", "text/event-stream;q=0.5": "text/event-stream", "text/html, */*;q=0.1": "application/json",
	} {
		g := d.do("POST", d.alice, ping, "Mcp-Session-Id", session, "Accept", accept)
		g.want(t, 200)
		if g.header.Get("Content-Type") != form {
			t.Errorf("Accept %s is answered with %s", accept, g.header.Get("Content-Type"))
		}
		want := `{"jsonrpc":"2.0","id":"a","result":{}}`
		if form == "text/event-stream" {
			want = "event: message\ndata: " + want + "\n\n"
		}
		if g.body != want {
			t.Errorf("Accept %s: %q", accept, g.body)
		}
	}
	d.do("POST", d.alice, ping, "Mcp-Session-Id", session, "Accept", "text/html").want(t, 406)
	d.do("GET", d.alice, "", "Mcp-Session-Id", session, "Accept", "application/json").want(t, 406)
	g := d.do("POST", d.alice, hello, "Accept", "text/event-stream")
	if g.status != 200 || g.header.Get("Mcp-Session-Id") == "" || !strings.HasPrefix(g.body, "event: message\ndata: {") {
		t.Errorf("initialize over a stream: %d %s", g.status, g.body)
	}
}

// dial sends the head of a POST and gives the connection.
func (d *door) dial(lines ...string) (net.Conn, *bufio.Reader) {
	d.t.Helper()
	c, err := net.Dial("tcp", d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	head := append([]string{
		"POST /mcp HTTP/1.1", "Host: " + d.addr, "Authorization: Bearer " + string(d.alice), "Content-Type: application/json",
	}, lines...)
	fmt.Fprint(c, strings.Join(head, "\r\n")+"\r\n\r\n")
	return c, bufio.NewReader(c)
}

func status(t *testing.T, r *bufio.Reader) int {
	t.Helper()
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

func TestLargeBodyIsNotRead(t *testing.T) {
	d := open(t)
	_, answers := d.dial(fmt.Sprintf("Content-Length: %d", 50<<20)) // not a byte of it follows
	if s := status(t, answers); s != 413 {
		t.Errorf("50 MB announced: %d", s)
	}
	if _, err := answers.ReadByte(); err != io.EOF {
		t.Errorf("the connection stays open: %v", err)
	}

	c, answers := d.dial("Transfer-Encoding: chunked")
	chunk := strings.Repeat("1", 4<<10)
	for range 17 { // 68 KiB of at most 64, and the body goes on
		fmt.Fprintf(c, "%x\r\n%s\r\n", len(chunk), chunk)
	}
	if s := status(t, answers); s != 413 {
		t.Errorf("unannounced: %d", s)
	}

	fits := call(1, "ping", `{"_meta":{"a":"`+strings.Repeat("a", 60<<10)+`"}}`)
	d.do("POST", d.alice, fits, "Mcp-Session-Id", d.session(d.alice)).result(t)
}

// TestClientThatSendsAllBeforeItReadsGetsTheAnswer sends more than any socket buffers.
func TestClientThatSendsAllBeforeItReadsGetsTheAnswer(t *testing.T) {
	d := open(t)
	c, answers := d.dial(fmt.Sprintf("Content-Length: %d", 20<<20))
	if _, err := c.Write(bytes.Repeat([]byte("1"), 20<<20)); err != nil {
		t.Fatalf("the connection was closed under the client: %v", err)
	}
	if s := status(t, answers); s != 413 {
		t.Errorf("got %d", s)
	}
}

func TestZeroLimitRefusesEveryBody(t *testing.T) {
	d := open(t, func(o *Options) { o.MaxRequestBytes = 0 })
	d.do("POST", d.alice, hello).want(t, 413)
}

func TestSlowSendersAreCutOff(t *testing.T) {
	d := open(t, func(o *Options) { o.HeaderTimeout, o.BodyTimeout = 100*time.Millisecond, 100*time.Millisecond })
	c, err := net.Dial("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprint(c, "POST /mcp HTTP/1.1\r\nHost: ")
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("a header that does not end: %v", err)
	}
	slow, answers := d.dial("Content-Length: 100")
	fmt.Fprint(slow, `{"jsonrpc":`)
	if s := status(t, answers); s != 408 {
		t.Errorf("a body that does not end: %d", s)
	}
	if _, err := answers.ReadByte(); err != io.EOF {
		t.Errorf("the connection stays open: %v", err)
	}
	d.session(d.alice)
}

// A call may take longer than its request may take to arrive.
func TestLongCallIsNotASlowSender(t *testing.T) {
	d := open(t, func(o *Options) { o.HeaderTimeout, o.BodyTimeout = 50*time.Millisecond, 50*time.Millisecond })
	d.m.tool = func(ctx context.Context, _ string, _ ijson.Value) (mediate.Reply, error) {
		select {
		case <-time.After(300 * time.Millisecond):
			return mediate.Reply{Result: ijson.MustParse(`{"content":[]}`)}, nil
		case <-ctx.Done():
			return mediate.Reply{}, ctx.Err()
		}
	}
	session := d.session(d.alice)
	stream := d.listen(d.alice, session)
	d.ask(d.alice, session, "tools/call", `{"name":"x"}`).result(t)
	d.m.replace(nil)
	if event := stream.next(); event != toldTools {
		t.Errorf("a stream that was silent for longer is told %q", event)
	}
}

// The time for one answer does not begin with the connection.
func TestEachAnswerHasItsOwnTime(t *testing.T) {
	d := open(t, func(o *Options) { o.WriteTimeout = 200 * time.Millisecond })
	session := d.session(d.alice)
	for range 2 {
		time.Sleep(300 * time.Millisecond)
		d.do("POST", d.alice, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, "Mcp-Session-Id", session).want(t, 202)
		d.ask(d.alice, session, "ping", "").result(t)
	}
}

func TestRequestsOfOnePrincipalAreBounded(t *testing.T) {
	d := open(t, func(o *Options) { o.Turns = turns.New(2) })
	begun, release := make(chan struct{}, 2), make(chan struct{})
	d.m.tool = func(ctx context.Context, name string, _ ijson.Value) (mediate.Reply, error) {
		if name == "slow" {
			begun <- struct{}{}
			<-release
		}
		return mediate.Reply{Result: ijson.MustParse(`{"content":[]}`)}, nil
	}
	alice, bob := d.session(d.alice), d.session(d.bob)
	answers := make(chan got, 2)
	for i := range 2 {
		r := d.request(t.Context(), "POST", d.alice, call(i, "tools/call", `{"name":"slow"}`), "Mcp-Session-Id", alice)
		go func() { answers <- d.send(r) }()
		<-begun
	}
	d.ask(d.alice, alice, "ping", "").want(t, 429)
	d.ask(d.bob, bob, "ping", "").want(t, 200)
	close(release)
	for range 2 {
		(<-answers).result(t)
	}
	d.ask(d.alice, alice, "ping", "").want(t, 200)
}

func TestBodiesOfOnePrincipalAreBounded(t *testing.T) {
	d := open(t, func(o *Options) { o.Bodies = 1 })
	alice, bob := d.session(d.alice), d.session(d.bob)
	ping := call(2, "ping", "")
	slow, answers := d.dial("Mcp-Session-Id: "+alice, fmt.Sprintf("Content-Length: %d", len(ping)))
	fmt.Fprint(slow, ping[:5])
	for deadline := time.Now().Add(10 * time.Second); d.ask(d.alice, alice, "ping", "").status != 429; {
		if time.Now().After(deadline) {
			t.Fatal("a second body is read")
		}
	}
	d.ask(d.bob, bob, "ping", "").want(t, 200)
	fmt.Fprint(slow, ping[5:])
	if s := status(t, answers); s != 200 {
		t.Errorf("the first is answered %d", s)
	}
	d.ask(d.alice, alice, "ping", "").want(t, 200)
}

func TestConnectionsAreBounded(t *testing.T) {
	d := open(t, func(o *Options) { o.Connections = 1 })
	first, answers := d.dial("Content-Length: 0")
	if s := status(t, answers); s != 400 {
		t.Fatal(s)
	}
	second, waiting := d.dial("Content-Length: 0")
	second.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := waiting.Peek(1); err == nil {
		t.Fatal("a second connection was answered")
	}
	first.Close()
	second.SetReadDeadline(time.Now().Add(10 * time.Second))
	if s := status(t, waiting); s != 400 {
		t.Fatal(s)
	}
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0") // nothing is ever accepted on it
	if err != nil {
		t.Fatal(err)
	}
	f := New(Options{Mediator: newFake(nil)})
	if err := f.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "no loopback address") {
		t.Errorf("served: %v", err)
	}
	if _, err := l.Accept(); err == nil {
		t.Error("the listener was left open")
	}
}

func TestDoorClosesInTwoSecondsWithCallsOpen(t *testing.T) {
	m := newFake(nil)
	token := m.principal(t, "alice", identity.Sticky)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := New(Options{Mediator: m, MaxRequestBytes: 1 << 10})
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- f.Serve(ctx, l) }()
	d := &door{t: t, f: f, m: m, addr: l.Addr().String(), http: &http.Client{Transport: &http.Transport{}}, alice: token}
	session := d.session(token)

	begun, recorded := make(chan struct{}), make(chan struct{})
	m.tool = func(ctx context.Context, _ string, _ ijson.Value) (mediate.Reply, error) {
		close(begun)
		<-ctx.Done()
		close(recorded)
		return mediate.Reply{}, ctx.Err()
	}
	stream := d.listen(token, session)
	go func() {
		if response, err := d.http.Do(d.request(context.Background(), "POST", token, call(1, "tools/call", `{"name":"x"}`), "Mcp-Session-Id", session)); err == nil {
			response.Body.Close()
		}
	}()
	within(t, "the call begins", begun)
	began := time.Now()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > closingCalls+closingRecord*3/4 { // the call was cancelled, not abandoned
		t.Errorf("it took %v", took)
	}
	select {
	case <-recorded:
	default:
		t.Error("the door is closed before the call is recorded")
	}
	if event := stream.next(); event != "" {
		t.Errorf("the stream is told %s", event)
	}
	if f.inside.Enter() {
		t.Error("a request came in after the door was closed")
	}
	d.http.CloseIdleConnections()
}

func TestAcceptedReadsOnlyMediaRanges(t *testing.T) {
	for header, want := range map[string]forms{
		"": {}, ",": {}, "application/jsonx": {}, "APPLICATION/JSON": {json: true},
		"text/*": {sse: true}, "application/*": {json: true}, "x/y;a=application/json": {},
	} {
		if takes := accepted([]string{header}); takes != want {
			t.Errorf("%q: %+v", header, takes)
		}
	}
	if !slices.Equal(contentJSON, []string{"application/json"}) {
		t.Error("a shared header was changed")
	}
}
