package connect

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"argus/internal/ijson"
)

// session is the client's session at the door, in the sense of revision 2025-11-25. The zero session is none.
type session struct{ id, version string }

// name puts a session into the headers of a message.
func (s session) name(h http.Header) {
	if s.id != "" {
		h.Set(headerSession, s.id)
		h.Set(headerVersion, s.version)
	}
}

// sessions knows the present session and how to have another like it. A restart of the daemon ends sessions, which hold nothing that a
// decision depends on: the token proves who asks and the agent's exposure is the journal's, so beginning anew gives nothing away and takes
// nothing back. What the client was told in the old session must hold in the new one, or it is told that it has ended.
type sessions struct {
	*shim
	mu    sync.Mutex // held while a session is begun: whoever finds the old one lost waits for the new
	now   session
	hello message            // the initialize that began it
	kept  map[string]message // what the client set in it, by what is set
	hush  context.CancelFunc // ends its stream; nil while there is none
}

// maxKept bounds what is set again in a new session.
const maxKept = 256

func (s *sessions) present() session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// open carries the client's initialize. A session that it had before ends.
func (s *sessions) open(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.life, s.patience)
	defer cancel()
	s.end(ctx)
	begun, outcome, err := s.initialize(ctx, m)
	if err != nil {
		s.out.fail(m.id, codeUnavailable, s.explain(err))
		return
	}
	s.now, s.hello, s.kept = begun, m, map[string]message{}
	s.out.answer(m.id, outcome)
}

// initialize asks for a session. There is none in an answer that is an error.
func (s *sessions) initialize(ctx context.Context, m message) (session, []byte, error) {
	response, err := s.door.post(ctx, m, session{})
	if err != nil {
		return session{}, nil, err
	}
	defer response.Body.Close()
	outcome, result, err := collect(response, func(ijson.Value) {})
	if err != nil {
		return session{}, nil, err
	}
	version, _ := result.Member("protocolVersion")
	begun := session{id: response.Header.Get(headerSession)}
	begun.version, _ = version.Text()
	return begun, outcome, nil
}

var (
	errNoSession = errors.New("the session ended with the daemon that knew it, and another was not granted")
	errOther     = errors.New("the session ended, and the daemon speaks another revision now: start the MCP client's connection anew")
)

// renew begins a session like one that the door does not know any more, unless that was done meanwhile. After an error the next that finds
// the old one lost tries again.
func (s *sessions) renew(lost session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != lost {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.life, s.patience)
	defer cancel()
	begun, _, err := s.initialize(ctx, renamed(s.hello))
	switch {
	case err != nil:
		return err
	case begun.id == "":
		return errNoSession
	case begun.version != lost.version:
		s.now = begun
		s.end(ctx)
		return errOther
	}
	if err := s.restore(ctx, begun); err != nil {
		return err
	}
	s.now = begun
	s.listen()
	for _, list := range []string{"tools", "resources", "prompts"} { // they may have changed while nobody listened
		s.out.line([]byte(`{"jsonrpc":"2.0","method":"notifications/` + list + `/list_changed"}`))
	}
	return nil
}

const initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`

// restore says in a new session what the client said in the old one.
func (s *sessions) restore(ctx context.Context, begun session) error {
	if err := s.say(ctx, begun, message{kind: notification, line: []byte(initialized)}); err != nil {
		return err
	}
	for _, m := range s.kept {
		if err := s.say(ctx, begun, renamed(m)); err != nil {
			return err
		}
	}
	return nil
}

// renamed is a request of the client's under an id that is none of the client's. Its answer is nobody's but ours.
func renamed(m message) message {
	line := append([]byte(`{"jsonrpc":"2.0","id":"argus connect","method":`), ijson.AppendString(nil, m.method)...)
	if m.params.Kind() != ijson.Invalid {
		line = append(append(line, `,"params":`...), m.params.Raw()...)
	}
	m.line = append(line, '}')
	return m
}

// say sends a message whose answer matters to nobody.
func (s *sessions) say(ctx context.Context, to session, m message) error {
	response, err := s.door.post(ctx, m, to)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	return errors.Join(err, response.Body.Close())
}

// keep remembers what a request has set in the session, so that it holds in the next.
func (s *sessions) keep(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	address, _ := m.params.Member("uri")
	switch m.method {
	case "logging/setLevel":
		s.kept[m.method] = m
	case "resources/subscribe":
		if len(s.kept) < maxKept {
			s.kept[key(address)] = m
		}
	case "resources/unsubscribe":
		delete(s.kept, key(address))
	}
}

// end ends the present session at the door. The caller holds the lock.
func (s *sessions) end(ctx context.Context) {
	if s.hush != nil {
		s.hush()
		s.hush = nil
	}
	if s.now.id == "" {
		return
	}
	h := http.Header{}
	s.now.name(h)
	s.now = session{}
	if response, err := s.door.send(ctx, http.MethodDelete, nil, h); err == nil { // without an answer the door forgets it some day
		_ = response.Body.Close()
	}
}

// close ends the session of a client that is gone.
func (s *sessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), s.grace)
	defer cancel()
	s.end(ctx)
}
