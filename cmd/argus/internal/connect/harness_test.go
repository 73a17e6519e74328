package connect

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"argus/host/front/mcp"
	"argus/host/identity"
	"argus/host/socket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	token   = identity.Token("argus_of-the-test")
	hello   = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{}}}}`
	slowest = 20 * time.Second // that anything may take here
)

// quick are times for tests in which a door does not answer.
var quick = times{patience: 2 * time.Second, pulse: 100 * time.Millisecond, grace: 300 * time.Millisecond}

// seen is one HTTP request that came to the door.
type seen struct {
	method, body string
	header       http.Header
}

// fakeDoor is a daemon that does what a test wants. It keeps sessions as the real one does; answer is asked for everything else.
type fakeDoor struct {
	t      *testing.T
	folder string
	server *http.Server
	served chan struct{}
	answer func(w http.ResponseWriter, r *http.Request, body string)

	mu       sync.Mutex
	requests []seen
	version  string // that initialize grants
	session  string // the one that is known
	granted  int
}

func stateFolder(t *testing.T) string {
	t.Helper()
	state, err := os.MkdirTemp("", "c") // short, because the paths of sockets are
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(state) })
	return state
}

// open opens a door on a state folder until the test ends.
func open(t *testing.T, state string, answer func(w http.ResponseWriter, r *http.Request, body string)) *fakeDoor {
	t.Helper()
	d := &fakeDoor{t: t, folder: filepath.Join(state, mcp.SocketFolder), answer: answer, version: "2025-11-25", served: make(chan struct{})}
	l, err := socket.Listen(d.folder, mcp.SocketName)
	if err != nil {
		t.Fatal(err)
	}
	d.server = &http.Server{Handler: d}
	go func() { defer close(d.served); _ = d.server.Serve(l) }()
	t.Cleanup(d.close)
	return d
}

func (d *fakeDoor) close() {
	_ = d.server.Close()
	<-d.served
}

func (d *fakeDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.mu.Lock()
	if r.Method != http.MethodHead {
		d.requests = append(d.requests, seen{r.Method, string(body), r.Header})
	}
	id := r.Header.Get("Mcp-Session-Id")
	lost := id != "" && id != d.session
	d.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != "Bearer "+string(token):
		w.WriteHeader(http.StatusUnauthorized)
	case lost:
		reply(w, http.StatusNotFound, `{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"there is no such session"}}`)
	case strings.Contains(string(body), `"method":"initialize"`):
		d.grant(w)
	default:
		d.answer(w, r, string(body))
	}
}

func (d *fakeDoor) grant(w http.ResponseWriter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.version == "" {
		reply(w, http.StatusTooManyRequests, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"too many sessions"}}`)
		return
	}
	d.granted++
	d.session = fmt.Sprintf("session-%d", d.granted)
	w.Header().Set("Mcp-Session-Id", d.session)
	reply(w, http.StatusOK, fmt.Sprintf(`{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":%q}}`, d.version))
}

// forget is what a restart does to sessions; the next are granted with a version.
func (d *fakeDoor) forget(version string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session, d.version = "", version
}

// heard are the requests whose body or method holds a text.
func (d *fakeDoor) heard(text string) []seen {
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []seen
	for _, r := range d.requests {
		if r.method == text || strings.Contains(r.body, text) {
			found = append(found, r)
		}
	}
	return found
}

// hears waits until so many requests with a text have come.
func (d *fakeDoor) hears(text string, n int) []seen {
	d.t.Helper()
	for over := time.Now().Add(slowest); time.Now().Before(over); time.Sleep(2 * time.Millisecond) {
		if found := d.heard(text); len(found) >= n {
			return found
		}
	}
	d.t.Fatalf("the door never heard %d of %q", n, text)
	return nil
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", mediaJSON)
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// fine answers every request with a result that repeats its method, and everything else with nothing.
func fine(w http.ResponseWriter, r *http.Request, body string) {
	var m struct {
		ID     json.RawMessage
		Method string
	}
	switch {
	case r.Method == http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case json.Unmarshal([]byte(body), &m) != nil || m.ID == nil || m.Method == "":
		w.WriteHeader(http.StatusAccepted)
	default:
		reply(w, http.StatusOK, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"of":%q}}`, m.ID, m.Method))
	}
}

// client is one on standard streams.
type client struct {
	t     *testing.T
	in    *io.PipeWriter
	lines chan string
	ended chan error
	stop  context.CancelFunc
}

// start starts a shim. It must have ended when the test does, which closes its input.
func start(t *testing.T, state string, within times) *client {
	t.Helper()
	in, write := io.Pipe()
	read, out := io.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	p := &client{t: t, in: write, lines: make(chan string, 4096), ended: make(chan error, 1), stop: stop}
	go func() {
		p.ended <- run(ctx, Options{In: in, Out: out, State: state, Token: token, Serve: "argus serve"}, within)
		in.Close()
		out.Close()
	}()
	listened := make(chan struct{})
	go func() {
		defer close(listened)
		for s := bufio.NewScanner(read); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		write.Close()
		stop()
		<-listened
	})
	return p
}

func (p *client) say(lines ...string) {
	p.t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(p.in, line+"\n"); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *client) hear() string {
	p.t.Helper()
	select {
	case line := <-p.lines:
		return line
	case <-time.After(slowest):
		p.t.Fatal("nothing was said to the client")
		return ""
	}
}

// wants demands that the next line holds all the texts.
func (p *client) wants(texts ...string) string {
	p.t.Helper()
	line := p.hear()
	if !json.Valid([]byte(line)) {
		p.t.Fatalf("not one message: %s", line)
	}
	for _, text := range texts {
		if !strings.Contains(line, text) {
			p.t.Fatalf("said %s, wanted %s", line, text)
		}
	}
	return line
}

// silent demands that nothing is said for a moment.
func (p *client) silent() {
	p.t.Helper()
	select {
	case line := <-p.lines:
		p.t.Fatalf("said %s", line)
	case <-time.After(50 * time.Millisecond):
	}
}

func (p *client) end() error {
	p.t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(slowest):
		p.t.Fatal("the shim does not end")
		return nil
	}
}

func call(id any, method, params string) string {
	text, _ := json.Marshal(id)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, text, method, params)
}
