package upstream

import (
	"strconv"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/internal/ijson"
)

// envelopeNames are the members that mean something in a message.
var envelopeNames = []string{"jsonrpc", "id", "result", "error", "method", "params"}

// maxRequestID bounds the id of a server's request, in bytes of its text.
const maxRequestID = 256

// inbox acts on the messages of one life, in order, in one goroutine.
type inbox struct {
	*session
	unasked budget
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
	if !in.unasked.spend(time.Now()) {
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
	id, isRequest := v.Member("id")
	if !isRequest {
		in.notified(name)
		return nil
	}
	if kind := id.Kind(); kind != ijson.String && kind != ijson.Numeric || len(id.Raw()) > maxRequestID {
		return violation("the id of a request is no short text or number")
	}
	return in.reply(name, id)
}

// closed answers every question but ping. Sampling, elicitation and roots would carry content past the gate.
const closed = `"error":{"code":-32601,"message":"closed by Argus"}`

func (in *inbox) reply(method string, id ijson.Value) error {
	outcome := closed
	if method == string(mcp.MethodPing) {
		outcome = `"result":{}`
	} else {
		in.server.counts.closed.Add(1)
	}
	if err := in.out.answer(id, outcome); err != nil {
		return violation("it asks and does not read the answers")
	}
	return nil
}

func (in *inbox) notified(method string) {
	switch method {
	case mcp.MethodNotificationToolsListChanged,
		mcp.MethodNotificationPromptsListChanged,
		mcp.MethodNotificationResourcesListChanged:
		select {
		case in.changed <- struct{}{}:
		default: // already to be read again
		}
	default:
		in.server.counts.dropped.Add(1)
	}
}
