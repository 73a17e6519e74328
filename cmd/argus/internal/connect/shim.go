package connect

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"argus/host/identity"
	"argus/host/socket"
	"argus/internal/ijson"
)

// Options say between whom messages are carried.
type Options struct {
	In    io.Reader // of the client; its end ends the shim
	Out   io.Writer // to the client; nothing but messages is written to it
	State string    // the daemon's state folder
	Token identity.Token
	Serve string // the command that starts the daemon, for a person to type
}

// times are how long things may take.
type times struct {
	patience time.Duration // for what the door answers by itself
	pulse    time.Duration // between two looks whether the daemon lives, while something is open
	grace    time.Duration // for open requests, and then for the end of the session, when the client has gone
}

// shim is one run.
type shim struct {
	times
	serve   string
	door    *door
	out     *output
	flights flights
	session *sessions
	posts   chan post

	life     context.Context // of everything that the shim does
	work     sync.WaitGroup
	requests sync.WaitGroup
}

// Run carries messages until the client's end, or ctx's. Open requests then have a moment to be answered; the rest are cancelled.
func Run(ctx context.Context, o Options) error {
	return run(ctx, o, times{patience: 10 * time.Second, pulse: 15 * time.Second, grace: time.Second})
}

func run(ctx context.Context, o Options, t times) error {
	life, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	s := &shim{
		times: t, serve: o.Serve, door: newDoor(o.State, o.Token), out: &output{out: o.Out, gone: end},
		flights: flights{of: map[string]*flight{}}, posts: make(chan post, mostPosts), life: life,
	}
	s.session = &sessions{shim: s}
	s.work.Go(s.sendPosts)
	s.work.Go(s.watch)
	err := s.takeAll(ctx, o.In)
	if ctx.Err() == nil {
		s.settle()
	}
	end(nil)
	s.requests.Wait()
	s.work.Wait()
	s.session.close()
	return err
}

// line is what was read: a line, or why there is none.
type line struct {
	text []byte
	err  error
}

// takeAll takes line after line. A read that waits is left alone when ctx ends: nothing can end it, and the process is about to.
func (s *shim) takeAll(ctx context.Context, in io.Reader) error {
	read := make(chan line)
	go func() {
		for l := newLines(in, maxLine); ; {
			text, err := l.next()
			select {
			case read <- line{text, err}:
			case <-s.life.Done():
				return
			}
			if err != nil && !errors.Is(err, errLong) {
				return
			}
		}
	}()
	for {
		select {
		case l := <-read:
			switch {
			case errors.Is(l.err, io.EOF):
				return nil
			case errors.Is(l.err, errLong):
				s.out.fail(ijson.Value{}, codeInvalid, l.err.Error())
			case l.err != nil:
				return l.err
			case len(l.text) > 0:
				s.take(l.text)
			}
		case <-s.life.Done():
			return context.Cause(s.life)
		case <-ctx.Done():
			return nil
		}
	}
}

// take takes one line. It waits for nobody but, when a session begins, for the door.
func (s *shim) take(text []byte) {
	m, err := read(text)
	if err != nil {
		code := int64(codeParse)
		if errors.Is(err, errBatch) || errors.Is(err, errMessage) {
			code = codeInvalid
		}
		s.out.fail(ijson.Value{}, code, err.Error())
		return
	}
	switch {
	case m.kind == request && m.method == "initialize" && m.modern == "":
		s.session.open(m)
	case m.kind == request:
		s.begin(m)
	case m.method == "notifications/cancelled":
		s.cancel(m)
	default:
		s.queue(post{message: m})
	}
}

// begin begins to carry a request, or answers at once that it cannot be.
func (s *shim) begin(m message) {
	ctx, one, err := s.flights.begin(s.life, m)
	if err != nil {
		s.out.fail(m.id, codeInvalid, err.Error())
		return
	}
	s.requests.Go(func() {
		outcome, err := s.carry(ctx, one)
		if errors.Is(context.Cause(ctx), errSilent) {
			err = errSilent
		}
		s.flights.end(one) // before the answer: its id is free for whoever has read it
		switch {
		case one.unwanted.Load():
		case err != nil:
			s.out.fail(m.id, codeUnavailable, s.explain(err))
		default:
			s.out.answer(m.id, outcome)
		}
	})
}

// carry brings a request to the door and tells what comes before its answer. A session that the door does not know is begun again, once:
// nothing was done then.
func (s *shim) carry(ctx context.Context, one *flight) (outcome []byte, err error) {
	var in session
	if one.modern == "" {
		in = s.session.present()
	}
	response, err := s.door.post(ctx, one.message, in)
	if err == nil && response.StatusCode == http.StatusNotFound && in.id != "" {
		_ = response.Body.Close()
		if err := s.session.renew(in); err != nil {
			return nil, harmless{err}
		}
		response, err = s.door.post(ctx, one.message, s.session.present())
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	outcome, result, err := collect(response, func(v ijson.Value) {
		if !one.unwanted.Load() {
			s.tell(v)
		}
	})
	if in.id != "" && result.Kind() != ijson.Invalid {
		s.session.keep(one.message)
	}
	return outcome, err
}

// collect tells what comes before an answer and returns the answer as the last member of a message, and its result if it is one.
func collect(response *http.Response, tell func(ijson.Value)) (outcome []byte, result ijson.Value, err error) {
	var last ijson.Value
	err = messages(response, func(v ijson.Value) bool {
		if _, speaks := v.Member("method"); speaks {
			tell(v)
			return true
		}
		last = v
		return false
	})
	if err != nil {
		return nil, result, err
	}
	result, _ = last.Member("result")
	for _, name := range []string{"result", "error"} {
		if v, has := last.Member(name); has {
			return ijson.AppendLine([]byte(`,"`+name+`":`), v), result, nil
		}
	}
	return nil, result, errors.New("the daemon answered with no message of MCP")
}

// tell gives the client a message of the daemon's.
func (s *shim) tell(v ijson.Value) { s.out.line(ijson.AppendLine(nil, v)) }

// cancel ends an open request. The door is told in the words of a session, if there is one; that the request's connection is closed tells
// it as well.
func (s *shim) cancel(m message) {
	id, _ := m.params.Member("requestId")
	one := s.flights.find(id)
	if one == nil {
		return // it was answered
	}
	one.unwanted.Store(true)
	hangUp := func() { one.cancel(nil) }
	if one.modern != "" || !s.queue(post{message: m, then: hangUp}) {
		hangUp()
	}
}

// settle gives open requests a moment to be answered.
func (s *shim) settle() {
	settled := make(chan struct{})
	go func() { s.requests.Wait(); close(settled) }()
	select {
	case <-settled:
	case <-time.After(s.grace):
	case <-s.life.Done():
	}
}

// watch looks now and then, while requests are open, whether the daemon still answers anybody.
func (s *shim) watch() {
	ticks := time.NewTicker(s.pulse)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			if s.flights.open() > 0 && s.door.silent(s.life, s.patience) {
				s.flights.abort(errSilent)
			}
		case <-s.life.Done():
			return
		}
	}
}

var errSilent = errors.New("the daemon does not answer any more")

// explain tells a client, and through it a person, what is wrong and what to do.
func (s *shim) explain(err error) string {
	nothing, none := errors.AsType[harmless](err)
	switch {
	case none && socket.Nobody(err):
		return "Argus does not run. Start it with: " + s.serve + ". Nothing had effect; try again then."
	case none:
		return "Argus cannot be reached: " + nothing.Error() + ". Nothing had effect."
	case errors.Is(err, errSilent), errors.Is(err, context.DeadlineExceeded):
		return "Argus does not answer, and " + mayHave
	case errors.Is(err, errLoud):
		return "The answer of Argus is too large for argus connect, and " + mayHave
	}
	return "The connection to Argus broke before the answer, and " + mayHave + " If Argus has ended, start it with: " + s.serve + "."
}

const mayHave = "the request may have had effect. It is not sent again."
