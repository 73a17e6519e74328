package mcp

import (
	"context"
	"net/http"

	"argus/host/identity"
	"argus/host/mediate"
)

// post takes one message.
func (f *Front) post(w http.ResponseWriter, r *http.Request, g identity.Grant) {
	takes, denied := form(r)
	if denied != nil {
		f.refuse(w, denied)
		return
	}
	who, denied := f.bind(r, g)
	if denied != nil {
		f.refuse(w, denied)
		return
	}
	m, ok := f.receive(w, r, g)
	if !ok {
		return
	}
	x := &exchange{f: f, w: w, id: "null", takes: takes}
	if m.kind == request {
		x.id = m.id
		// Only a request keeps its place: what it waits for may be the answer to a question, which has to get in.
		if !f.Turns.Take(g.Principal.Name) {
			x.refuse(deniedMany)
			return
		}
		defer f.Turns.Leave(g.Principal.Name)
	}
	t := turn{who: who, grant: g, message: m}
	if isModern(r, m) {
		f.takeModern(r, x, t)
	} else {
		f.take(r, x, t)
	}
}

// turn is one message with everything that is known of its sender.
type turn struct {
	message
	who     mediate.Caller
	grant   identity.Grant
	session *session       // nil before there is one, and in the modern era
	client  mediate.Client // hears what is said in the middle of the request; nil for nobody
}

// take answers a message of the era of sessions.
func (f *Front) take(r *http.Request, x *exchange, t turn) {
	if r.Header.Get(headerSession) != "" {
		s, denied := f.join(r, t.grant)
		if denied != nil {
			f.refuse(x.w, denied)
			return
		}
		defer f.sessions.done(s)
		t.session = s
	}
	if t.kind == request && t.method == "initialize" {
		f.initialize(x, t)
		return
	}
	switch {
	case t.session == nil:
		x.refuse(deniedNoneYet)
	case !versionFits(r):
		x.refuse(deniedVersion)
	case t.kind == request:
		f.answer(r.Context(), x, t)
	case t.kind == response:
		t.session.questions.settle(t.who, t.key, t.message.answer)
		f.done(x.w, http.StatusAccepted)
	default:
		t.session.notified(t.message)
		f.done(x.w, http.StatusAccepted)
	}
}

// answer carries out a request. Whoever has the answer may use the request's id again.
func (f *Front) answer(ctx context.Context, x *exchange, t turn) {
	a, denied := f.carryOut(ctx, x, t)
	if denied != nil {
		x.refuse(denied)
		return
	}
	x.end(a)
}

// carryOut carries out a request of a session. Its end, its client's going away and the end of its session cancel it.
func (f *Front) carryOut(ctx context.Context, x *exchange, t turn) (answer, *denial) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !t.session.begin(t.key, cancel) {
		return answer{}, deniedTwice
	}
	defer t.session.finish(t.key)
	if !x.takes.json {
		x.stream()
	}
	t.client = &sessionClient{x: x, session: t.session, who: t.who, params: t.params}
	return f.dispatchInSession(ctx, t).plain(), nil
}
