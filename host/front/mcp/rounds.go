package mcp

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"sync"

	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// asks are the methods whose response may be a question.
var asks = map[string]bool{"tools/call": true, "prompts/get": true, "resources/read": true}

// round is one request of the modern era with what it says of itself: as long as it is open, what a server tells goes over it.
type round struct {
	x *exchange
	terms
	ended chan answer // takes its one answer
}

func newRound(x *exchange, said terms) *round {
	return &round{x: x, terms: said, ended: make(chan answer, 1)}
}

// talk is one call of the modern era, over as many requests as its server's questions take: a question is the answer to the request that carries
// the call, and the call itself waits, open, for a request that goes on with it. It is the client of that call.
//
// The way back to a call is a state, drawn anew for each round, good once, and only for a request that has everything else in common with
// the one before it (see [binding]).
type talk struct {
	f    *Front
	turn turn
	able upstream.Abilities
	stop context.CancelFunc

	mu    sync.Mutex
	round *round  // the request that carries the call; nil while it waits for the next
	open  *asking // what it waits for; nil while nothing is asked
	key   key     // by which it is found while it waits
	place bool    // it takes up one of its principal's
	over  bool
}

// converse carries out a request whose server may ask something, or goes on with one whose server did. A client that goes away cancels the
// call; one that only has a question to answer has not gone away.
func (f *Front) converse(r *http.Request, x *exchange, t turn, said terms) {
	again, wrong := readRetry(t.params)
	if wrong != nil {
		x.end(answer{err: wrong})
		return
	}
	one := newRound(x, said)
	c, ok := f.carry(r.Context(), t, one, again)
	if !ok {
		x.end(answer{err: wrongState})
		return
	}
	left := context.AfterFunc(r.Context(), c.stop)
	a := <-one.ended
	left() // before the client can have the answer and go
	x.conclude(a)
}

// carry begins a call, or finds the one that the request goes on with.
func (f *Front) carry(ctx context.Context, t turn, one *round, again retry) (*talk, bool) {
	if again.state != "" {
		c, found := f.suspended.take(bindingOf(t, one.abilities).key(again.state))
		return c, found && c.resume(one, again.answers)
	}
	ctx, stop := f.running.begin(context.WithoutCancel(ctx))
	c := &talk{f: f, turn: t, able: one.abilities, stop: stop, round: one}
	c.turn.client = c
	f.inside.Go(func() {
		defer stop()
		c.finish(f.completed(c.turn, f.dispatch(ctx, c.turn)))
	})
	return c, true
}

// resume lets a request carry the call on. If an answer is missing all is asked again, which ends the request; so is what the client has not
// been asked yet. It reports false when the call has ended.
func (c *talk) resume(one *round, answers ijson.Value) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return false
	}
	c.round = one
	if c.open != nil && !c.open.take(answers) {
		c.show()
		return true
	}
	c.open = nil
	return true
}

// finish gives the call's answer to the request that carries it. Where there is none the answer is nobody's: what it brought is recorded.
func (c *talk) finish(a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.place {
		c.f.suspended.take(c.key)
		c.f.suspended.free(c.turn.grant.Principal.Name)
	}
	if c.round != nil {
		c.round.ended <- a
		c.round = nil
	}
}

// show ends the request that carries the call with what is asked. The caller holds the lock.
func (c *talk) show() {
	state := rand.Text()
	c.key = bindingOf(c.turn, c.able).key(state)
	c.f.suspended.add(c.key, c)
	c.open.shown = true
	c.round.ended <- answer{result: c.f.inputRequired(c.open, state)}
	c.round = nil
}

// Abilities are those that every request of the call states.
func (c *talk) Abilities() upstream.Abilities { return c.able }

// LogLevel is that of the request that carries the call.
func (c *talk) LogLevel() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.round == nil {
		return ""
	}
	return c.round.logLevel
}

// WantsProgress reports whether the request that carries the call does.
func (c *talk) WantsProgress() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.round != nil && c.round.WantsProgress()
}

// Tell writes a notice to the request that carries the call.
func (c *talk) Tell(n upstream.Notice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.round != nil {
		c.round.Tell(n)
	}
}

var (
	errNoPlace = errors.New("too many calls of this agent wait for their client")
	errClosing = errors.New("Argus is closing")
)

// Ask ends the request that carries the call with the questions, and waits for one that answers them all.
func (c *talk) Ask(ctx context.Context, qs []mediate.Question) ([]mediate.Answer, error) {
	open, ok := c.suspend(qs)
	if !ok {
		return nil, errNoPlace
	}
	select {
	case <-open.answered:
		return open.answers, nil
	case <-ctx.Done():
		c.withdraw(open)
		return nil, context.Cause(ctx)
	case <-c.f.closing: // nobody can come back any more
		c.stop()
		return nil, errClosing
	}
}

// suspend puts questions. Where no request carries the call, since its last questions were taken back, they wait for the one that comes.
func (c *talk) suspend(qs []mediate.Question) (*asking, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.place = c.place || c.f.suspended.reserve(c.turn.grant.Principal.Name)
	if !c.place {
		return nil, false
	}
	c.open = newAsking(qs)
	if c.round != nil {
		c.show()
	}
	return c.open, true
}

// withdraw takes questions back that the server does not wait for any more. A request that would have answered them still finds the call.
func (c *talk) withdraw(open *asking) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == open {
		c.open = nil
	}
}

// Abilities are none: a request that only lists or completes is never answered with a question.
func (o *round) Abilities() upstream.Abilities { return upstream.Abilities{} }

// LogLevel is the one that the request states.
func (o *round) LogLevel() string { return o.logLevel }

// WantsProgress reports whether the request states a token.
func (o *round) WantsProgress() bool { return o.progress != "" }

// Ask has no answers.
func (o *round) Ask(context.Context, []mediate.Question) ([]mediate.Answer, error) {
	return nil, errors.New("this request cannot be answered with a question")
}

// Tell writes a notice before the answer, if the request wants it.
func (o *round) Tell(n upstream.Notice) {
	switch {
	case n.Channel == registry.Progress && o.WantsProgress(), n.Channel == registry.Log && wanted(n.Params, upstream.SeverityOf(o.logLevel)):
		o.x.tell(noticeMessage(n, o.progress))
	}
}
