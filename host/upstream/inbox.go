package upstream

import (
	"errors"
	"strconv"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// envelopeNames are the members that mean something in a message.
var envelopeNames = []string{"jsonrpc", "id", "result", "error", "method", "params"}

// maxRequestID bounds the id of a server's request, in bytes of its text.
const maxRequestID = 256

// inbox acts on the messages of one life, in order, in one goroutine.
type inbox struct {
	*session
	unasked budget
	said    budget // bytes of notices passed on
	news    budget
	strays  int
}

// take acts on one message. An error ends the life.
func (in *inbox) take(line string) error {
	v, err := ijson.ParseString(line, ijson.AtMost(in.server.options.FrameBytes))
	if err != nil {
		return violation("a message is not strict JSON: " + err.Error())
	}
	if err := v.Exact(envelopeNames...); err != nil {
		return violation("a message is no JSON-RPC object: " + err.Error())
	}
	if version, _ := v.Member("jsonrpc"); version.Raw() != `"`+mcp.JSONRPC_VERSION+`"` {
		return violation("a message does not say that it is JSON-RPC 2.0")
	}
	method, asks := v.Member("method")
	if !asks {
		return in.answered(v)
	}
	if !in.unasked.spend(time.Now(), 1) {
		return violation("it sends too many messages that nobody asked for")
	}
	return in.asked(v, method)
}

// answered gives an answer to its call. One that nobody waits for is dropped, and counted.
func (in *inbox) answered(v ijson.Value) error {
	reply, err := readReply(v)
	if err != nil {
		return err
	}
	id, ok := v.Member("id")
	if !ok {
		return violation("an answer has no id")
	}
	// Our ids are numbers written in one way: "7" and 7.0 are not 7.
	number, err := strconv.ParseInt(id.Raw(), 10, 64)
	if err == nil && in.calls.give(number, reply) {
		return nil
	}
	in.server.counts.strays.Add(1)
	in.strays++
	if in.strays == 1 {
		in.server.log.Warn("server answered what nobody waits for")
	}
	if in.strays > in.server.options.Strays {
		return violation("too many answers that nobody waits for")
	}
	return nil
}

// asked acts on a request or notification of the server.
func (in *inbox) asked(v, method ijson.Value) error {
	name, ok := method.Text()
	if !ok {
		return violation("a method is no text")
	}
	for _, outcome := range []string{"result", "error"} {
		if _, ok := v.Member(outcome); ok {
			return violation("a message is both request and answer")
		}
	}
	params, _ := v.Member("params")
	id, isRequest := v.Member("id")
	if !isRequest {
		if !in.notified(name, params) {
			in.server.counts.dropped.Add(1)
		}
		return nil
	}
	if kind := id.Kind(); kind != ijson.String && kind != ijson.Numeric || len(id.Raw()) > maxRequestID {
		return violation("the id of a request is no short text or number")
	}
	return in.requested(name, id, params)
}

// requested acts on a request of the server.
func (in *inbox) requested(method string, id, params ijson.Value) error {
	if method == string(mcp.MethodPing) && !in.modern.Load() {
		in.tell(id, []byte(`"result":{}`))
		return nil
	}
	channel, asks := asking[method]
	if !asks || in.modern.Load() || !in.declared().asks(channel) {
		in.refuse(id, closedCode, closedText)
		return nil
	}
	need, shaped := needed(channel, params)
	if !shaped {
		in.refuse(id, malformedCode, malformedText)
		return nil
	}
	f := in.whose(need)
	if size := len(params.Raw()); f == nil || size > maxQuestion || !in.said.spend(time.Now(), size) {
		in.refuse(id, closedCode, closedText)
		return nil
	}
	err := in.questions.ask(f, channel, id, askedOf(params))
	if errors.Is(err, errTooManyOpen) {
		in.refuse(id, closedCode, closedText)
		return nil
	}
	return err
}

// whose is the call that a question is taken to be of, among those in flight, which are one agent's: the newest that can answer. A call that is
// being asked has its server wait, so it is one of them only if all are; nil if there is none.
func (in *inbox) whose(need Abilities) *flight {
	idle := func(f *flight) bool { return !in.questions.asked(f) }
	able := func(f *flight) bool { return f.abilities.cover(need) }
	if f, _ := in.calls.newest(func(f *flight) bool { return idle(f) && able(f) }); f != nil {
		return f
	}
	if f, _ := in.calls.newest(idle); f != nil {
		return nil
	}
	f, _ := in.calls.newest(able)
	return f
}

// refuse answers a request that goes nowhere.
func (in *inbox) refuse(id ijson.Value, code int64, message string) {
	in.server.counts.closed.Add(1)
	in.tell(id, errorMember(code, message))
}

// notified acts on a notification, and reports whether anything came of it.
func (in *inbox) notified(method string, params ijson.Value) bool {
	if in.modern.Load() {
		return in.notifiedModern(method, params)
	}
	return in.acted(method, params)
}

// acted acts on a notification that the server may make.
func (in *inbox) acted(method string, params ijson.Value) bool {
	switch method {
	case mcp.MethodNotificationToolsListChanged:
		select {
		case in.changed <- struct{}{}:
		default: // already to be read again
		}
		return true
	case mcp.MethodNotificationPromptsListChanged:
		return in.tellNews(News{Kind: ListChanged, Channel: registry.Prompts})
	case mcp.MethodNotificationResourcesListChanged:
		return in.tellNews(News{Kind: ListChanged, Channel: registry.Resources})
	case mcp.MethodNotificationResourceUpdated:
		return in.updated(params)
	case string(mcp.MethodNotificationProgress):
		return in.progressed(params)
	case string(mcp.MethodNotificationMessage):
		return in.logged(params)
	case string(mcp.MethodNotificationCancelled):
		id, _ := params.Member("requestId")
		return in.questions.take(id)
	}
	return false
}

// notifiedModern acts on a notification of a modern server: outside a request it may make only those that were listened for.
func (in *inbox) notifiedModern(method string, params ijson.Value) bool {
	n := in.listening.Load()
	switch method {
	case string(mcp.MethodNotificationProgress), string(mcp.MethodNotificationMessage):
		return in.acted(method, params)
	case mcp.MethodNotificationSubscriptionsAcknowledged:
		return n.acknowledged(params)
	case string(mcp.MethodNotificationCancelled):
		return n.cancelled(params)
	}
	return n.admits(method, params) && in.acted(method, params)
}
