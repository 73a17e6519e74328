package connect

import (
	"context"
	"errors"
	"net/http"

	"argus/internal/ijson"
)

// begin begins to carry a request, or answers at once that it cannot be.
func (s *shim) begin(m message) {
	ctx, one, err := s.flights.begin(s.life, m)
	if err != nil {
		s.out.fail(m.id, codeInvalid, err.Error())
		return
	}
	s.requests.Go(func() {
		outcome, err := s.carry(ctx, one)
		if err != nil && errors.Is(context.Cause(ctx), errSilent) {
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
