package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"sync"

	"github.com/tmaxmax/go-sse"

	"argus/internal/ijson"
)

// maxMessage bounds one message either way.
const maxMessage = 4 << 20

// link is a bridge: a server over standard streams whose answers come from a server over HTTP. It changes no message. What HTTP wants
// besides, it takes from the messages.
type link struct {
	url string

	mu      sync.Mutex
	out     io.Writer
	session string
	version string // that was negotiated
	posts   sync.WaitGroup
}

// bridge carries messages until the input ends.
func bridge(ctx context.Context, url string, in io.Reader, out io.Writer) error {
	ctx, end := context.WithCancel(ctx)
	l := &link{url: url, out: out}
	defer l.posts.Wait()
	defer end()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxMessage)
	for lines.Scan() {
		line := bytes.Clone(lines.Bytes())
		m, err := ijson.Parse(line, ijson.AtMost(maxMessage))
		if err != nil {
			return fmt.Errorf("a line is no message: %w", err)
		}
		method := textOf(m, "method")
		if _, asked := m.Member("id"); asked && method != "" {
			l.posts.Go(func() { l.post(ctx, m, line) })
			continue
		}
		l.post(ctx, m, line) // before whatever follows it
		if method == "notifications/initialized" {
			l.posts.Go(func() { l.listen(ctx) })
		}
	}
	return lines.Err()
}

// post sends a message and writes what comes back.
func (l *link) post(ctx context.Context, m ijson.Value, line []byte) {
	id, _ := m.Member("id")
	r, err := l.send(ctx, http.MethodPost, m, line)
	if err != nil {
		l.failed(id, err.Error())
		return
	}
	defer r.Body.Close()
	if session := r.Header.Get("Mcp-Session-Id"); session != "" {
		l.mu.Lock()
		l.session = session
		l.mu.Unlock()
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media == "text/event-stream" {
		l.events(r.Body)
		return
	}
	answer, err := io.ReadAll(io.LimitReader(r.Body, maxMessage))
	if v, wrong := ijson.Parse(answer, ijson.AtMost(maxMessage)); err == nil && wrong == nil && v.Kind() == ijson.Object {
		l.write(v)
	} else if r.StatusCode != http.StatusAccepted {
		l.failed(id, r.Status)
	}
}

// send makes a request with the headers that its era wants.
func (l *link) send(ctx context.Context, method string, m ijson.Value, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, l.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("Content-Type", "application/json")
	params, _ := m.Member("params")
	meta, _ := params.Member("_meta")
	if version := textOf(meta, "io.modelcontextprotocol/protocolVersion"); version != "" {
		r.Header.Set("Mcp-Protocol-Version", version)
		r.Header.Set("Mcp-Method", textOf(m, "method"))
		if name := textOf(params, "name") + textOf(params, "uri"); name != "" {
			r.Header.Set("Mcp-Name", name)
		}
		return http.DefaultClient.Do(r)
	}
	l.mu.Lock()
	session, negotiated := l.session, l.version
	l.mu.Unlock()
	if session != "" {
		r.Header.Set("Mcp-Session-Id", session)
	}
	if negotiated != "" {
		r.Header.Set("Mcp-Protocol-Version", negotiated)
	}
	return http.DefaultClient.Do(r)
}

// listen takes what a server of the session era says outside any request, if it says anything.
func (l *link) listen(ctx context.Context) {
	r, err := l.send(ctx, http.MethodGet, ijson.Value{}, nil)
	if err != nil {
		return
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusOK {
		l.events(r.Body)
	}
}

func (l *link) events(stream io.Reader) {
	for event, err := range sse.Read(stream, &sse.ReadConfig{MaxEventSize: maxMessage}) {
		if err != nil {
			return
		}
		if v, wrong := ijson.ParseString(event.Data, ijson.AtMost(maxMessage)); wrong == nil {
			l.write(v)
		}
	}
}

func (l *link) write(v ijson.Value) {
	result, _ := v.Member("result")
	l.mu.Lock()
	defer l.mu.Unlock()
	if version := textOf(result, "protocolVersion"); version != "" {
		l.version = version
	}
	_, _ = l.out.Write(append(ijson.AppendLine(nil, v), '\n'))
}

// failed answers a request that HTTP did not answer.
func (l *link) failed(id ijson.Value, why string) {
	if id.Kind() == ijson.Invalid {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = fmt.Fprintf(l.out, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":%s}}`+"\n", id.Raw(), ijson.AppendString(nil, why))
}

func textOf(v ijson.Value, name string) string {
	m, _ := v.Member(name)
	text, _ := m.Text()
	return text
}
