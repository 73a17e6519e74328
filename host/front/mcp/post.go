package mcp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"argus/host/identity"
	"argus/host/mediate"
)

// post takes one message.
func (f *Front) post(w http.ResponseWriter, r *http.Request, p identity.Principal) {
	takes, denied := form(r)
	if denied != nil {
		f.refuse(w, denied)
		return
	}
	who, denied := f.bind(r, p)
	if denied != nil {
		f.refuse(w, denied)
		return
	}
	m, ok := f.receive(w, r, p)
	if !ok {
		return
	}
	x := &exchange{f: f, w: w, id: "null", takes: takes}
	if m.kind == request {
		x.id = m.id
		// Only a request keeps its place: what it waits for may be the answer to a question, which has to get in.
		if !f.turns.take(p.Name) {
			x.refuse(deniedMany)
			return
		}
		defer f.turns.leave(p.Name)
	}
	t := turn{who: who, principal: p, message: m}
	if isModern(r, m) {
		f.takeModern(r, x, t)
	} else {
		f.take(r, x, t)
	}
}

// receive reads the message, or says why there is none.
func (f *Front) receive(w http.ResponseWriter, r *http.Request, p identity.Principal) (message, bool) {
	if !f.reading.take(p.Name) {
		f.refuse(w, deniedMany)
		return message{}, false
	}
	defer f.reading.leave(p.Name)
	m, denied := f.read(w, r)
	if denied != nil {
		f.refuse(w, denied)
	}
	if denied == deniedLarge {
		f.drain(w, r)
	}
	return m, denied == nil
}

// maxDrained is how much of a body that is too large is taken and thrown away after its answer, so that a client which sends all before it
// reads still gets to the answer: closing at once would reset the connection under it.
const (
	maxDrained = 64 << 20
	drainTime  = 2 * time.Second
)

func (f *Front) drain(w http.ResponseWriter, r *http.Request) {
	c := http.NewResponseController(w)
	if c.Flush() != nil || c.SetReadDeadline(time.Now().Add(drainTime)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, maxDrained)
}

// turn is one message with everything that is known of its sender.
type turn struct {
	message
	who       mediate.Caller
	principal identity.Principal
	session   *session       // nil before there is one, and in the modern era
	client    mediate.Client // hears what is said in the middle of the request; nil for nobody
}

// take answers a message of the era of sessions.
func (f *Front) take(r *http.Request, x *exchange, t turn) {
	if r.Header.Get(headerSession) != "" {
		s, denied := f.join(r, t.principal)
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
	return f.dispatchInSession(ctx, t), nil
}

// forms are those in which a client takes an answer.
type forms struct{ json, sse bool }

// form checks how the message is sent and how it may be answered. Whatever JSON a browser sends without asking first is not called JSON.
func form(r *http.Request) (takes forms, denied *denial) {
	if media := r.Header["Content-Type"]; len(media) != 1 || media[0] != mediaJSON && !isJSON(media[0]) {
		return forms{}, deniedMedia
	}
	takes = accepted(r.Header["Accept"])
	if takes == (forms{}) {
		return forms{}, deniedAccept
	}
	return takes, nil
}

func isJSON(header string) bool {
	media, params, err := mime.ParseMediaType(header)
	charset, said := params["charset"]
	return err == nil && media == mediaJSON && (!said || strings.EqualFold(charset, "utf-8"))
}

// accepted reads an Accept header; without one everything is. Weights are not read: a client that names a form gets it.
func accepted(headers []string) (takes forms) {
	if len(headers) == 0 {
		return forms{json: true, sse: true}
	}
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			media, _, _ := strings.Cut(part, ";")
			switch strings.ToLower(strings.TrimSpace(media)) {
			case "*/*":
				takes = forms{json: true, sse: true}
			case mediaJSON, "application/*":
				takes.json = true
			case mediaSSE, "text/*":
				takes.sse = true
			}
		}
	}
	return takes
}

// bodies are buffers for reading. What was read is copied by the parse.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxTrusted is how much room is made for a body on its sender's word; maxKept is the largest buffer that is kept for the next request.
const (
	maxTrusted = 256 << 10
	maxKept    = 512 << 10
)

// read reads the body within its limit and its time.
func (f *Front) read(w http.ResponseWriter, r *http.Request) (message, *denial) {
	if r.ContentLength > f.MaxRequestBytes {
		return message{}, deniedLarge
	}
	// It ends with the body: net/http takes it back when it begins to wait for the client to go away.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(f.BodyTimeout))
	buffer := bodies.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= maxKept {
			buffer.Reset()
			bodies.Put(buffer)
		}
	}()
	buffer.Grow(int(max(0, min(r.ContentLength, maxTrusted))) + bytes.MinRead)
	if _, err := buffer.ReadFrom(http.MaxBytesReader(w, r.Body, f.MaxRequestBytes)); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return message{}, deniedLarge
		}
		return message{}, deniedSlow
	}
	m, wrong := readMessage(buffer.Bytes())
	if wrong != nil {
		return message{}, &denial{http.StatusBadRequest, *wrong}
	}
	return m, nil
}
