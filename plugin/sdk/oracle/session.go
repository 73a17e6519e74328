package oracle

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
	oraclev1 "argus/proto/argus/oracle/v1"
)

// maxAnswer bounds one answer on the wire, above the sum of its fields' bounds.
const maxAnswer = 1 << 20

// session is one stream of questions and answers. Questions leave in the order in which they are asked and answers come as they
// are ready; the nonce leads each to the one who asked. A session that broke is never used again.
type session struct {
	link   *sdk.Link
	conn   grpc.ClientConnInterface
	strays *atomic.Uint64
	silent atomic.Int64 // questions in a row that nobody answered in their full time

	sending sync.Mutex
	stream  grpc.BidiStreamingClient[oraclev1.Question, oraclev1.Answer] // nil before it is open
	open    atomic.Int64                                                 // questions sent that have no answer yet

	out  chan *oraclev1.Question
	done chan struct{}
	why  error // set before done is closed

	mu      sync.Mutex
	waiting map[nonce]chan *oraclev1.Answer // those without an answer yet; nil where whoever asked has given up
}

// maxUnanswered bounds the questions that are remembered, with those that were given up.
const maxUnanswered = 2 * maxInFlight

func newSession(link *sdk.Link, conn grpc.ClientConnInterface, strays *atomic.Uint64) *session {
	return &session{
		link: link, conn: conn, strays: strays,
		out:     make(chan *oraclev1.Question, 64),
		done:    make(chan struct{}),
		waiting: map[nonce]chan *oraclev1.Answer{},
	}
}

func (s *session) broken() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// ask sends w, which takes size bytes, and waits for the answer with its nonce.
func (s *session) ask(ctx context.Context, n nonce, w *oraclev1.Question, size int) (*oraclev1.Answer, error) {
	begun := time.Now()
	answer := make(chan *oraclev1.Answer, 1)
	s.expect(n, answer)
	defer s.leave(n)
	if !s.sendNow(w, size) {
		select {
		case s.out <- w:
		case <-s.done:
			return nil, s.why
		case <-ctx.Done():
			s.take(n[:]) // it was not sent, so no answer will come
			return nil, s.unanswered(ctx, begun)
		}
	}
	select {
	case a := <-answer:
		return a, nil
	case <-s.done:
		return nil, s.why
	case <-ctx.Done():
		return nil, s.unanswered(ctx, begun)
	}
}

// A stream takes 64 KiB before a Send waits for the plugin to read. So few questions, each so small, stay below that.
const (
	fewOpen   = 15
	smallSize = 4 << 10
)

// sendNow sends a question from the asker's own goroutine, which saves waking another, where that cannot make it wait: the asker's
// deadline would not end a Send.
func (s *session) sendNow(w *oraclev1.Question, size int) bool {
	if size > smallSize || s.open.Load() >= fewOpen || !s.sending.TryLock() {
		return false
	}
	defer s.sending.Unlock()
	if s.stream == nil || s.open.Load() >= fewOpen {
		return false
	}
	s.open.Add(1)
	_ = s.stream.Send(w) // gRPC gives the reason to receive, which ends the session
	return true
}

// unanswered counts a question against the oracle only when it had its full time: a caller who stops early says nothing of it.
func (s *session) unanswered(ctx context.Context, begun time.Time) error {
	if time.Since(begun) >= AskTimeout-AskTimeout/10 {
		s.silent.Add(1)
	}
	return s.link.Fail(sdk.Timeout, "ask", ctx.Err())
}

func (s *session) expect(n nonce, answer chan *oraclev1.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[n] = answer
}

// leave notes that nobody waits for an answer any more. It may still come.
func (s *session) leave(n nonce) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, unanswered := s.waiting[n]
	switch {
	case unanswered && len(s.waiting) <= maxUnanswered:
		s.waiting[n] = nil
	case unanswered:
		delete(s.waiting, n)
	}
}

// run owns the stream until it breaks, ctx ends or the link has another connection.
func (s *session) run(ctx context.Context, changed <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	var parts sync.WaitGroup
	fail := func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.broken() {
			s.why = err
			close(s.done)
			cancel()
		}
	}
	parts.Go(func() {
		select {
		case <-changed:
			fail(s.link.Fail(sdk.Unavailable, "ask", errors.New("the plugin went away")))
		case <-ctx.Done():
		}
	})
	stream, err := oraclev1.NewOracleClient(s.conn).Ask(ctx, grpc.MaxCallRecvMsgSize(maxAnswer))
	if err == nil {
		s.sending.Lock()
		s.stream = stream
		s.sending.Unlock()
		parts.Go(func() { s.send(ctx) })
		err = s.receive(stream)
	}
	// Whatever was wrong with the stream is not about the questions it took along: asking them again may help.
	broken := sdk.FromStatus(s.link.Plugin(), "ask", err)
	broken.Kind = sdk.Unavailable
	fail(broken)
	parts.Wait()
	cancel()
}

// send stops at the first error; gRPC gives the reason to receive.
func (s *session) send(ctx context.Context) {
	for {
		select {
		case q := <-s.out:
			if s.sendWaiting(q) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (s *session) sendWaiting(q *oraclev1.Question) error {
	s.sending.Lock()
	defer s.sending.Unlock()
	s.open.Add(1)
	return s.stream.Send(q)
}

func (s *session) receive(stream grpc.BidiStreamingClient[oraclev1.Question, oraclev1.Answer]) error {
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return errors.New("the plugin ended the stream")
		}
		if err != nil {
			return err
		}
		s.deliver(answer)
	}
}

// deliver gives an answer to the one question with its nonce, at most once. Only the first answer to a question counts as one: others
// would make room on the stream that is not there, and a plugin look alive that answers nothing.
func (s *session) deliver(answer *oraclev1.Answer) {
	waiting, due := s.take(answer.GetNonce())
	if due {
		s.silent.Store(0)
		s.open.Add(-1)
	}
	if waiting == nil {
		s.strays.Add(1)
		return
	}
	waiting <- answer
}

// take is who waits for an answer, if anybody does, and whether one was due. There is none after it.
func (s *session) take(of []byte) (waiting chan *oraclev1.Answer, due bool) {
	if len(of) != len(nonce{}) {
		return nil, false
	}
	n := nonce(of)
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting, due = s.waiting[n]
	delete(s.waiting, n)
	return waiting, due
}
