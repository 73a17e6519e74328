package upstream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/host/fault"
)

// session is one life of a server: the process, the goroutines on its pipes, and the calls in flight.
type session struct {
	server  *server
	process *process
	out     *outbox
	calls   *calls
	changed chan struct{} // a list changed since it was read last

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
	life := &session{
		server: s, process: p,
		out:     newOutbox(p.pipes[input], s.options.QueueBytes),
		calls:   newCalls(s.options.InFlight),
		changed: make(chan struct{}, 1),
		ended:   make(chan struct{}),
	}
	life.pipeWork.Go(func() { life.fail(life.receive(p.pipes[output])) })
	life.pipeWork.Go(func() {
		life.fail(life.out.write(s.options.WriteTimeout, life.ended))
	})
	life.pipeWork.Go(func() { listen(p, s) })
	life.pipeWork.Go(func() {
		<-p.exited
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
	if errors.Is(l.why, errClosed) {
		how = gently
	}
	l.process.end(how)
	l.process.closePipes()
	l.pipeWork.Wait()
	return fmt.Errorf("%w (%s)", l.why, l.process.cmd.ProcessState)
}

// attend serves until the life ends: it waits for changed lists and reads them again, at a bounded rate.
func (l *session) attend(ctx context.Context, tell func(Definitions)) {
	for {
		select {
		case <-l.changed:
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

// call makes one request; see Set.Call.
func (l *session) call(ctx context.Context, method string, params []byte) (Reply, error) {
	op := l.server.calling
	if err := ctx.Err(); err != nil {
		return Reply{}, fault.New(fault.Timeout, op, err)
	}
	if len(params) > l.server.options.FrameBytes {
		return Reply{}, fault.New(fault.Invalid, op, errors.New("the parameters are longer than one message may be"))
	}
	id, answer, err := l.calls.begin()
	if err != nil {
		return Reply{}, fault.New(fault.Unavailable, op, err)
	}
	if err := l.out.request(id, method, params); err != nil {
		l.calls.giveUp(id)
		return Reply{}, fault.New(fault.Unavailable, op, err)
	}
	select {
	case reply := <-answer:
		return reply, nil
	case <-l.ended:
	case <-ctx.Done():
	}
	if !l.calls.giveUp(id) {
		return <-answer, nil // it came in the same moment
	}
	select {
	case <-l.ended:
		return Reply{}, fault.New(fault.Unavailable, op, fmt.Errorf("the server ended during the call: %w", l.why))
	default:
	}
	if method != string(mcp.MethodInitialize) { // which must not be cancelled
		l.cancel(id)
	}
	return Reply{}, fault.New(fault.Timeout, op, context.Cause(ctx))
}

// cancel tells the server that nobody waits any more.
func (l *session) cancel(id int64) {
	params := fmt.Appendf(nil, `{"requestId":%d,"reason":"nobody waits for the answer"}`, id)
	if err := l.out.notify(string(mcp.MethodNotificationCancelled), params); err != nil {
		l.fail(violation("it does not read what it is sent"))
	}
}

// receive reads and acts on messages until one is wrong or the output ends.
func (l *session) receive(from *os.File) error {
	lines := newFrames(from, l.server.options.FrameBytes)
	in := inbox{session: l, unasked: budget{most: l.server.options.Unasked}}
	for {
		line, err := lines.next()
		if err != nil {
			return err
		}
		if err := in.take(line); err != nil {
			return err
		}
	}
}
