package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// era is a revision of the protocol as an agent or a server speaks it.
type era string

const (
	session   era = "2025-11-25"
	stateless era = "2026-07-28"
)

// object is one of JSON.
type object = map[string]any

// agent is an attacker's client: it writes what it is told to and keeps every byte that it receives.
type agent struct {
	url, token string
	era        era
	answer     func(method string) object // the members result or error of an answer to a server's question; nil answers nothing
	header     string                     // of each request, beside those of the protocol
	context    string                     // the declared one as which it acts; empty for its principal's own

	id      int
	session string
	mu      sync.Mutex
	heard   bytes.Buffer
}

// reply is what came of one request.
type reply struct {
	Status int
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// fine reports whether the request was carried out: a refused call is a result that says it failed.
func (r reply) fine() bool {
	return r.Status == http.StatusOK && r.Error == nil && !bytes.Contains(r.Result, []byte(`"isError":true`))
}

func (r reply) String() string {
	if r.Error != nil {
		return fmt.Sprintf("%d: error %d, %s", r.Status, r.Error.Code, r.Error.Message)
	}
	return fmt.Sprintf("%d: %.300s", r.Status, r.Result)
}

// forget drops what was received.
func (a *agent) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.heard.Reset()
}

// has reports whether a text is among all bytes that were received.
func (a *agent) has(text string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return bytes.Contains(a.heard.Bytes(), []byte(text))
}

// abilities are what the client says that it can answer.
var abilities = object{"sampling": object{}, "elicitation": object{}, "roots": object{}}

// open begins a session, in the era that has them.
func (a *agent) open(ctx context.Context, clientName string) error {
	if a.era != session {
		return nil
	}
	r, err := a.do(ctx, "initialize", object{
		"protocolVersion": session, "capabilities": abilities, "clientInfo": object{"name": clientName, "version": "1"},
	})
	if err != nil {
		return err
	}
	if !r.fine() || a.session == "" {
		return fmt.Errorf("no session: %v", r)
	}
	return a.notify(ctx, "notifications/initialized", object{})
}

// tool calls one.
func (a *agent) tool(ctx context.Context, server, name string, arguments object) (reply, error) {
	return a.do(ctx, "tools/call", object{"name": server + "__" + name, "arguments": arguments})
}

// do makes a request and answers what is asked in its middle.
func (a *agent) do(ctx context.Context, method string, params object) (reply, error) {
	r, err := a.once(ctx, method, params)
	for err == nil && a.answer != nil {
		state, asked := required(r.Result)
		if asked == nil {
			return r, nil
		}
		responses := object{}
		for key, q := range asked {
			responses[key] = a.answer(q.Method)["result"]
		}
		r, err = a.retry(ctx, method, params, state, responses)
	}
	return r, err
}

type asked map[string]struct{ Method string }

// required reads a result that asks for more.
func required(result json.RawMessage) (state string, qs asked) {
	var more struct {
		ResultType    string
		InputRequests asked
		RequestState  string
	}
	if json.Unmarshal(result, &more) != nil || more.ResultType != "input_required" {
		return "", nil
	}
	return more.RequestState, more.InputRequests
}

// retry goes on with a request that was answered by a question.
func (a *agent) retry(ctx context.Context, method string, params object, state string, responses object) (reply, error) {
	more := object{"inputResponses": responses, "requestState": state}
	for name, value := range params {
		more[name] = value
	}
	return a.once(ctx, method, more)
}

// once makes one request. An extra member of _meta stands in params already.
func (a *agent) once(ctx context.Context, method string, params object) (reply, error) {
	a.id++
	response, err := a.send(ctx, object{"jsonrpc": "2.0", "id": a.id, "method": method, "params": a.dated(params)}, method, params)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	if id := response.Header.Get("Mcp-Session-Id"); id != "" {
		a.session = id
	}
	r, err := a.read(ctx, response)
	r.Status = response.StatusCode
	return r, err
}

// notify sends what nobody answers.
func (a *agent) notify(ctx context.Context, method string, params object) error {
	response, err := a.send(ctx, object{"jsonrpc": "2.0", "method": method, "params": a.dated(params)}, method, params)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// dated adds to params what each request of the stateless era says of itself.
func (a *agent) dated(params object) object {
	all := object{}
	for name, value := range params {
		all[name] = value
	}
	meta := object{}
	if a.era == stateless {
		meta["io.modelcontextprotocol/protocolVersion"] = stateless
		meta["io.modelcontextprotocol/clientCapabilities"] = abilities
		meta["io.modelcontextprotocol/logLevel"] = "debug"
	}
	meta["progressToken"] = "progress"
	more, _ := params["_meta"].(object)
	for name, value := range more {
		meta[name] = value
	}
	all["_meta"] = meta
	return all
}

func (a *agent) send(ctx context.Context, m object, method string, params object) (*http.Response, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	r, err := a.request(ctx, http.MethodPost, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if a.era == stateless && method != "" {
		r.Header.Set("Mcp-Method", method)
		name, _ := cmp.Or(params["name"], params["uri"]).(string)
		if name != "" {
			r.Header.Set("Mcp-Name", name)
		}
	}
	return http.DefaultClient.Do(r)
}

func (a *agent) request(ctx context.Context, method string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, a.url, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+a.token)
	r.Header.Set("Accept", "application/json, text/event-stream")
	if a.header != "" {
		r.Header.Set("X-Note", a.header)
	}
	if a.context != "" {
		r.Header.Set("Argus-Context", a.context)
	}
	if a.session != "" || a.era == stateless {
		r.Header.Set("Mcp-Protocol-Version", string(a.era))
	}
	if a.session != "" {
		r.Header.Set("Mcp-Session-Id", a.session)
	}
	return r, nil
}

// read reads a response to its end, answers what is asked on it, and finds the reply.
func (a *agent) read(ctx context.Context, response *http.Response) (reply, error) {
	var last reply
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		a.mu.Lock()
		a.heard.Write(lines.Bytes())
		a.mu.Unlock()
		data := strings.TrimPrefix(lines.Text(), "data: ")
		var m struct {
			reply
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
		}
		if !strings.HasPrefix(data, "{") || json.Unmarshal([]byte(data), &m) != nil {
			continue
		}
		switch {
		case m.Method == "":
			last = m.reply
		case m.ID != nil && a.answer != nil:
			if err := a.reply(ctx, m.ID, a.answer(m.Method)); err != nil {
				return last, err
			}
		}
	}
	return last, lines.Err()
}

// reply answers a server's question in the era of sessions.
func (a *agent) reply(ctx context.Context, id json.RawMessage, outcome object) error {
	m := object{"jsonrpc": "2.0", "id": id}
	for name, value := range outcome {
		m[name] = value
	}
	response, err := a.send(ctx, m, "", nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// listen hears what comes outside any request, until the returned function is called.
func (a *agent) listen(ctx context.Context, uris ...string) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	var response *http.Response
	if a.era == session {
		var r *http.Request
		if r, err = a.request(ctx, http.MethodGet, nil); err == nil {
			response, err = http.DefaultClient.Do(r)
		}
	} else {
		a.id++
		params := object{"notifications": object{
			"toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true, "resourceSubscriptions": uris,
		}}
		m := object{"jsonrpc": "2.0", "id": a.id, "method": "subscriptions/listen", "params": a.dated(params)}
		response, err = a.send(ctx, m, "subscriptions/listen", nil)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer response.Body.Close()
		_, _ = a.read(ctx, response) // ends with its context
	}()
	return func() {
		time.Sleep(settling)
		cancel()
		<-ended
	}, nil
}

// settling is how long what comes outside any request has to come.
const settling = 150 * time.Millisecond
