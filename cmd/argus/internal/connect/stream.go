package connect

import (
	"context"
	"errors"
	"net/http"
	"time"

	"argus/internal/ijson"
)

// ready opens the stream of news, after the client has said that it is ready.
func (s *sessions) ready() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.id != "" {
		s.listen()
	}
}

// listen opens the stream of the present session and closes that of an earlier one. The caller holds the lock.
func (s *sessions) listen() {
	if s.hush != nil {
		s.hush()
	}
	ctx, cancel := context.WithCancel(s.life)
	s.hush = cancel
	of := s.now
	s.work.Go(func() { s.hear(ctx, of) })
}

// hear tells the client the news of a session until ctx ends, the session does, or the door says that there is no such stream.
func (s *sessions) hear(ctx context.Context, of session) {
	const most = 30 * time.Second
	for wait := time.Second; ; wait = min(2*wait, most) {
		status := s.hearOnce(ctx, of)
		switch {
		case status == http.StatusOK:
			wait = time.Second / 2
		case status == http.StatusNotFound:
			if err := s.renew(of); err == nil || errors.Is(err, errOther) {
				return // another stream has taken over, or there is none any more
			}
		case status/100 == 4:
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// hearOnce tells news until the stream ends, and answers with the door's status: 0 when it was not reached.
func (s *sessions) hearOnce(ctx context.Context, of session) int {
	h := http.Header{"Accept": {mediaEvents}}
	of.name(h)
	response, err := s.door.send(ctx, http.MethodGet, nil, h)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		_ = messages(response, func(v ijson.Value) bool { s.tell(v); return true }) // it ends with an error, always
	}
	return response.StatusCode
}
