package connect

import (
	"context"
	"io"
	"sync"
	"time"

	"argus/host/identity"
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
