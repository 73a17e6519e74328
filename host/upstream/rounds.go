package upstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/host/fault"
	"argus/internal/ijson"
)

// Bounds of a call whose server asks before it answers.
const (
	maxRounds = 16
	maxAsked  = 32        // questions of one round
	maxKey    = 256       // bytes
	maxState  = 256 << 10 // bytes
	maxEmpty  = 3         // rounds in a row that ask nothing: the server has too much to do
)

// emptyPause is how long the first round without a question is waited out; the next ones twice as long each.
const emptyPause = 100 * time.Millisecond

// asksIn are the methods in whose answer a server may ask.
var asksIn = []string{string(mcp.MethodToolsCall), string(mcp.MethodPromptsGet), string(mcp.MethodResourcesRead)}

// callModern makes one request of an agent's of a server of the modern era, in as many rounds as the server needs. Its state stays here.
func (l *session) callModern(ctx context.Context, q Request) (Reply, error) {
	switch q.Method {
	case string(mcp.MethodResourcesSubscribe), string(mcp.MethodResourcesUnsubscribe):
		return l.listening.Load().wish(ctx, q)
	case string(mcp.MethodSetLogLevel):
		return Reply{Result: emptyResult}, nil // the level goes with each request
	}
	given := q.Params
	for round, empty := 0, 0; round < maxRounds; round++ {
		reply, err := l.callOnce(ctx, q)
		if err != nil || reply.Error != nil {
			return reply, err
		}
		if !asks(reply.Result) {
			return reply, l.broken(complete(reply.Result))
		}
		asked, err := l.readAsked(q, reply.Result)
		if err != nil {
			return Reply{}, l.broken(err)
		}
		if empty++; len(asked.questions) > 0 {
			empty = 0
		}
		answers, declined, err := l.answered(ctx, q.Listener, asked.questions, empty)
		if err != nil {
			return Reply{}, err
		}
		if declined != nil {
			return Reply{Error: declined}, nil
		}
		if q.Params = nextParams(given, answers, asked.state); len(q.Params) > l.server.options.FrameBytes {
			return Reply{Error: &RPCError{Code: tooLongCode, Message: tooLongText}}, nil
		}
	}
	return Reply{}, l.broken(errors.New("the server asks without end"))
}

// broken is the fault of a call whose server broke the rules of that call; nil for nil.
func (l *session) broken(why error) error {
	if why == nil {
		return nil
	}
	l.server.counts.broken.Add(1)
	return fault.New(fault.Unavailable, l.server.calling, why)
}

// callOnce makes one request of a round. Log messages do not say to which request they belong, so those that want them take turns.
func (l *session) callOnce(ctx context.Context, q Request) (Reply, error) {
	declared := l.declared()
	f := l.newFlight(q, declared)
	if f == nil || f.logs == 0 {
		return l.send(ctx, q, f)
	}
	return l.sendInTurn(ctx, q, f, false)
}

// asked is what a server wants to know before it goes on.
type asked struct {
	questions []Question // without their ends
	state     ijson.Value
}

func (l *session) readAsked(q Request, result ijson.Value) (asked, error) {
	if !slices.Contains(asksIn, q.Method) {
		return asked{}, fmt.Errorf("the server asks something in the answer to %s", q.Method)
	}
	a := asked{}
	var has bool
	if a.state, has = result.Member("requestState"); has && (a.state.Kind() != ijson.String || len(a.state.Raw()) > maxState) {
		return asked{}, errors.New("the server's state is no text of bounded length")
	}
	requests, has := result.Member("inputRequests")
	if has && requests.Kind() != ijson.Object || requests.Len() > maxAsked {
		return asked{}, fmt.Errorf("what the server asks is no object of at most %d questions", maxAsked)
	}
	able := Abilities{}
	if q.Listener != nil {
		able = q.Abilities.And(l.declared().Abilities)
	}
	for key, request := range requests.Members() {
		question, err := readQuestion(key, request, able)
		if err != nil {
			return asked{}, err
		}
		a.questions = append(a.questions, question)
	}
	return a, nil
}

func readQuestion(key string, request ijson.Value, able Abilities) (Question, error) {
	member, _ := request.Member("method")
	method, _ := member.Text()
	channel, known := asking[method]
	params, _ := request.Member("params")
	need, shaped := needed(channel, params)
	switch {
	case !known || !shaped || len(key) > maxKey || len(params.Raw()) > maxQuestion:
		return Question{}, errors.New("a question of the server is malformed")
	case !able.cover(need):
		return Question{}, errors.New("the server asks what it was not told that its client can answer")
	}
	return Question{Key: key, Channel: channel, Params: askedOf(params)}, nil
}

// answered puts the questions of a round to the listener and waits until all are answered, or one is declined. Without a question it only
// lets time pass.
func (l *session) answered(ctx context.Context, to Listener, questions []Question, empty int) ([]byte, *RPCError, error) {
	if empty > maxEmpty {
		return nil, nil, l.broken(errors.New("the server asks nothing, again and again"))
	}
	r := newRound(questions)
	defer r.end()
	var wait <-chan time.Time
	if len(questions) > 0 {
		to.Asked(r.questions)
	} else {
		timer := time.NewTimer(emptyPause << (empty - 1))
		defer timer.Stop()
		wait = timer.C
	}
	select {
	case <-r.settled:
	case <-wait:
	case <-l.ended:
		return nil, nil, fault.New(fault.Unavailable, l.server.calling, fmt.Errorf("%w: %w", errLifeEnded, l.why))
	case <-ctx.Done():
		return nil, nil, fault.New(fault.Timeout, l.server.calling, context.Cause(ctx))
	}
	answers, declined := r.outcome()
	return answers, declined, nil
}

// round is the questions that came together, and their answers.
type round struct {
	questions []Question
	withdrawn chan struct{}
	settled   chan struct{} // all are answered, or one is declined

	mu       sync.Mutex
	answers  [][]byte
	left     int
	declined *RPCError
	over     bool
}

func newRound(questions []Question) *round {
	r := &round{
		withdrawn: make(chan struct{}), settled: make(chan struct{}),
		answers: make([][]byte, len(questions)), left: len(questions),
	}
	for i, q := range questions {
		r.questions = append(r.questions, NewQuestion(q.Key, q.Channel, q.Params, r.withdrawn, func(result []byte, declined *RPCError) bool {
			return r.take(i, result, declined)
		}))
	}
	return r
}

func (r *round) take(i int, result []byte, declined *RPCError) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || r.declined != nil || r.answers[i] != nil {
		return false
	}
	r.answers[i], r.declined = appendOneLine([]byte{}, result), declined
	if r.left--; r.left == 0 || declined != nil {
		close(r.settled)
	}
	return true
}

// end says that nobody waits for an answer any more.
func (r *round) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	close(r.withdrawn)
}

// outcome is the object of the answers by key, or why there is none.
func (r *round) outcome() ([]byte, *RPCError) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.declined != nil || len(r.questions) == 0 {
		return nil, r.declined
	}
	all := []byte{'{'}
	for i, q := range r.questions {
		if i > 0 {
			all = append(all, ',')
		}
		all = append(append(ijson.AppendString(all, q.Key), ':'), r.answers[i]...)
	}
	return append(all, '}'), nil
}

// nextParams are the params of the next round: those of the call, the answers, and the server's state exactly as it gave it.
func nextParams(given, answers []byte, state ijson.Value) []byte {
	var members []byte
	if answers != nil {
		members = append(append(members, `"inputResponses":`...), answers...)
	}
	if state.Kind() == ijson.String {
		if members != nil {
			members = append(members, ',')
		}
		members = append(append(members, `"requestState":`...), state.Raw()...)
	}
	if members == nil {
		return given
	}
	return appendParams(nil, given, members)
}
