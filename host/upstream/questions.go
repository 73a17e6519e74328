package upstream

import (
	"errors"
	"strconv"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// maxQuestions is how many questions of one server may be open at once; maxQuestion bounds the parameters of one, in bytes.
const (
	maxQuestions = 64
	maxQuestion  = 4 << 20
)

// What a server is told whose question goes nowhere.
const (
	closedCode    = -32601
	closedText    = "closed by Argus"
	malformedCode = -32602
	malformedText = "the question is malformed"
	tooLongCode   = -32603
	tooLongText   = "the answer is longer than may be sent"
)

// asking are the methods by which a server asks.
var asking = map[string]registry.Channel{
	string(mcp.MethodSamplingCreateMessage): registry.Sampling,
	string(mcp.MethodElicitationCreate):     registry.Elicitation,
	string(mcp.MethodListRoots):             registry.Roots,
}

// needed is what a client must be able to do to answer a question. It is false of one that has not the shape of its kind.
func needed(channel registry.Channel, params ijson.Value) (Abilities, bool) {
	has := func(name string, kind ijson.Kind) bool { return shaped(params, name, kind) }
	switch channel {
	case registry.Sampling:
		_, tools := params.Member("tools")
		_, choice := params.Member("toolChoice")
		return Abilities{Sampling: true, SamplingTools: tools || choice}, has("messages", ijson.Array) && has("maxTokens", ijson.Numeric)
	case registry.Elicitation:
		mode := "form"
		if v, told := params.Member("mode"); told {
			mode, _ = v.Text()
		}
		switch mode {
		case "form":
			return Abilities{Elicitation: true}, has("message", ijson.String) && has("requestedSchema", ijson.Object)
		case "url":
			return Abilities{ElicitationURL: true}, has("message", ijson.String) && has("url", ijson.String)
		}
	case registry.Roots:
		return Abilities{Roots: true}, params.Kind() == ijson.Object || params.Kind() == ijson.Invalid
	}
	return Abilities{}, false
}

// askedOf is what a client is shown of a question's parameters: what belongs to the wire, and to tasks, which nobody announced, is left out.
func askedOf(params ijson.Value) ijson.Value {
	if params.Kind() == ijson.Invalid {
		return params
	}
	return copyOf(params, func(name string) bool { return name != "_meta" && name != "task" })
}

// questions are those of one life that wait for an answer, by the text of the id under which the server asked.
type questions struct {
	session *session

	mu   sync.Mutex
	open map[string]openQuestion
}

type openQuestion struct {
	id        ijson.Value
	flight    *flight
	withdrawn chan struct{}
}

func newQuestions(l *session) *questions {
	return &questions{session: l, open: map[string]openQuestion{}}
}

var (
	errAsksTwice   = violation("it asks twice under one id")
	errTooManyOpen = errors.New("too many of its questions are open")
)

// ask puts a question to a flight. The question is answered in any case: by its listener, or closed when the flight is over.
func (q *questions) ask(f *flight, channel registry.Channel, id, params ijson.Value) error {
	withdrawn := make(chan struct{})
	if err := q.add(openQuestion{id, f, withdrawn}); err != nil {
		return err
	}
	answer := func(result []byte, declined *RPCError) bool { return q.answer(id, result, declined) }
	if !f.hears(func(l Listener) { l.Asked([]Question{NewQuestion("", channel, params, withdrawn, answer)}) }) {
		q.close(id)
	}
	return nil
}

func (q *questions) add(o openQuestion) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, twice := q.open[o.id.Raw()]; twice {
		return errAsksTwice
	}
	if len(q.open) >= maxQuestions {
		return errTooManyOpen
	}
	q.open[o.id.Raw()] = o
	return nil
}

// take ends a question, and reports whether it was open.
func (q *questions) take(id ijson.Value) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	o, open := q.open[id.Raw()]
	if open {
		delete(q.open, id.Raw())
		close(o.withdrawn)
	}
	return open
}

// withdrawAll closes the open questions of a flight.
func (q *questions) withdrawAll(f *flight) {
	for _, id := range q.of(f) {
		q.close(id)
	}
}

func (q *questions) of(f *flight) []ijson.Value {
	q.mu.Lock()
	defer q.mu.Unlock()
	var ids []ijson.Value
	for _, o := range q.open {
		if o.flight == f {
			ids = append(ids, o.id)
		}
	}
	return ids
}

// asked reports whether a question of the flight is open.
func (q *questions) asked(f *flight) bool { return len(q.of(f)) > 0 }

func (q *questions) any() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.open) > 0
}

// close ends a question that nobody answers.
func (q *questions) close(id ijson.Value) {
	q.session.server.counts.closed.Add(1)
	q.answer(id, nil, &RPCError{Code: closedCode, Message: closedText})
}

// answer ends a question with a result, or an error.
func (q *questions) answer(id ijson.Value, result []byte, declined *RPCError) bool {
	if !q.take(id) {
		return false
	}
	if declined != nil {
		q.session.tell(id, errorMember(declined.Code, declined.Message))
		return true
	}
	if len(result) <= q.session.server.options.FrameBytes && q.session.out.answer(id, appendOneLine([]byte(`"result":`), result)) == nil {
		return true
	}
	// Whoever answers at length must not have the server ended for a queue that is full of his words.
	q.session.tell(id, errorMember(tooLongCode, tooLongText))
	return false
}

// errorMember is the member of an answer that holds an error.
func errorMember(code int64, message string) []byte {
	member := strconv.AppendInt([]byte(`"error":{"code":`), code, 10)
	return append(ijson.AppendString(append(member, `,"message":`...), message), '}')
}
