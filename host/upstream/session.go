package upstream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"argus/internal/ijson"
)

// session is one life of a server: the process, the goroutines on its pipes, and the calls in flight.
type session struct {
	server    *server
	process   *process
	out       *outbox
	calls     *calls
	turns     *turns
	modern    atomic.Bool               // which era it is of
	listening atomic.Pointer[listening] // of a modern one
	changed   chan struct{}             // a list changed since it was read last

	questions *questions
	channels  atomic.Pointer[Channels] // declared, by which it may speak

	definitions Definitions // what the observer was told last
	listed      time.Time   // when lists were read last
	reread      int         // how often, without a long quiet

	ended    chan struct{}
	once     sync.Once
	why      error // set before ended is closed
	pipeWork sync.WaitGroup
}

// open begins to read and write. The caller must close the session.
func open(s *server, p *process) *session {
	channels := s.options.Channels(s.spec.Name)
	life := &session{
		server: s, process: p,
		out:     newOutbox(p.pipes[input], s.options.QueueBytes),
		calls:   newCalls(s.options.InFlight),
		turns:   &turns{most: s.options.InFlight},
		changed: make(chan struct{}, 1),
		ended:   make(chan struct{}),
	}
	life.questions = newQuestions(life)
	life.channels.Store(&channels)
	life.pipeWork.Go(func() { life.fail(life.receive(p.pipes[output])) })
	life.pipeWork.Go(func() {
		life.fail(life.out.write(s.options.WriteTimeout, life.ended))
	})
	life.pipeWork.Go(func() { listen(p, s) })
	life.pipeWork.Go(func() {
		<-p.Ended()
		// What it wrote before its end may still be in the pipe, and tells more.
		select {
		case <-life.ended:
		case <-time.After(drainWithin):
			life.fail(errExited)
		}
	})
	return life
}

var errExited = errors.New("the server's process ended")

// drainWithin is how long the output of a process that ended is still read: a descendant may hold it open.
const drainWithin = 200 * time.Millisecond

// fail ends the life. The first reason stays.
func (l *session) fail(reason error) {
	l.once.Do(func() {
		l.why = reason
		close(l.ended)
	})
}

// close ends the process, waits for it and for all work on its pipes, and tells why the life ended.
func (l *session) close() error {
	l.fail(errClosed)
	how := atOnce
	if errors.Is(l.why, errClosed) || errors.Is(l.why, errRenewed) {
		how = gently
	}
	l.process.end(how)
	l.process.closePipes()
	l.pipeWork.Wait()
	return fmt.Errorf("%w (%s)", l.why, l.process.State())
}

// attend serves until the life ends: it waits for changed lists and reads them again, at a bounded rate. It returns also when the server has
// to start again for what was announced to it.
func (l *session) attend(ctx context.Context, tell func(Definitions)) {
	for {
		select {
		case <-l.changed:
		case <-l.server.renewal:
			if l.outdated() {
				return
			}
			continue
		case <-l.ended:
			return
		case <-ctx.Done():
			l.fail(errClosed)
			return
		}
		if err := l.readAgain(ctx, tell); err != nil {
			l.fail(err)
		}
	}
}

// declared are the channels by which the server may speak now.
func (l *session) declared() Channels {
	if c := l.channels.Load(); c != nil {
		return *c
	}
	return Channels{}
}

// tell answers a request of the server's. outcome is a member: result or error.
func (l *session) tell(id ijson.Value, outcome []byte) {
	if err := l.out.answer(id, outcome); err != nil {
		l.fail(violation("it asks and does not read the answers"))
	}
}

// receive reads and acts on messages until one is wrong or the output ends.
func (l *session) receive(from *os.File) error {
	lines := newFrames(from, l.server.options.FrameBytes)
	o := l.server.options
	in := inbox{session: l, unasked: budget{most: o.Unasked}, said: budget{most: o.NoticeBytes}, news: budget{most: o.News}}
	for {
		line, err := lines.next()
		if long, is := errors.AsType[answerTooLong](err); is && l.calls.give(long.id, Reply{lost: errAnswerTooLong}) {
			continue
		}
		if err != nil {
			return err
		}
		if err := in.take(line); err != nil {
			return err
		}
	}
}
