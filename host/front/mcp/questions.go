package mcp

import (
	"crypto/rand"
	"sync"

	"argus/host/mediate"
	"argus/internal/ijson"
)

// questions are those that a session's client was asked and has not answered. Each takes one answer, from the context that was asked.
type questions struct {
	mu   sync.Mutex
	open map[string]question // by the key of the id
}

type question struct {
	who    mediate.Caller
	answer chan<- mediate.Answer // has room for the one
}

// ask opens a question. The caller must withdraw it when it no longer waits. The id cannot be guessed: that no answer fits by chance does
// not rest on a client's counting.
func (q *questions) ask(who mediate.Caller) (id string, answer <-chan mediate.Answer) {
	id = rand.Text()
	given := make(chan mediate.Answer, 1)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open == nil {
		q.open = map[string]question{}
	}
	q.open[textKey(id)] = question{who, given}
	return id, given
}

// settle gives an open question its answer. Any other answer is nobody's: one that comes twice or late, of a question that was never asked,
// or from another context than the one that was asked.
func (q *questions) settle(who mediate.Caller, key string, a mediate.Answer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if asked, open := q.open[key]; open && asked.who == who {
		delete(q.open, key)
		asked.answer <- a
	}
}

// withdraw closes a question and reports whether it was still open.
func (q *questions) withdraw(id string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	key := textKey(id)
	_, open := q.open[key]
	delete(q.open, key)
	return open
}

// readAnswer reads what a response says. One that says nothing which MCP knows is an answer too: that there is none.
func readAnswer(response ijson.Value) mediate.Answer {
	if result, _ := response.Member("result"); result.Kind() == ijson.Object {
		return mediate.Answer{Result: result}
	}
	failure, _ := response.Member("error")
	member, _ := failure.Member("code")
	number, _ := member.Number()
	code, whole := number.Int64()
	message, said := text(failure, "message")
	if !whole || !said {
		code, message = codeInternal, "the client's answer cannot be read"
	}
	return mediate.Answer{Error: &mediate.Failure{Code: code, Message: message}}
}
