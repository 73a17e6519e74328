package grpc

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/host/identity"
	"argus/host/turns"
	"argus/host/upstream"
	"argus/internal/ijson"
	agentv1 "argus/proto/argus/agent/v1"
)

// until waits for what the door does by itself.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for over := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(over) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// flights are the open calls of a principal.
func (r *rig) flights(principal string) (n int) {
	r.t.Helper()
	m, err := r.mediator.Moment(identity.Grant{Principal: identity.Principal{Name: principal}})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, one := range m.Agents {
		n += int(one.Flights.Len())
	}
	return n
}

// TestAnswersThatNobodyTakesHoldTheirTurns: a client that calls and never reads has no more answers kept for it than it has turns.
func TestAnswersThatNobodyTakesHoldTheirTurns(t *testing.T) {
	const most, size = 8, 3 << 20
	r := openWith(t, func(o *Options) { o.Turns = turns.New(most) })
	r.register()
	long := ijson.MustParse(`{"content":[{"type":"text","text":"` + strings.Repeat("x", size) + `"}]}`)
	a, _ := r.tools("a", func(context.Context, upstream.Request) (upstream.Reply, error) {
		return upstream.Reply{Result: long}, nil
	})
	heap, _ := inUse()
	var conns []*grpc.ClientConn
	var calls []grpc.ServerStreamingClient[agentv1.CallReply]
	for range 3 {
		c := r.dial(grpc.WithStaticStreamWindowSize(64<<10), grpc.WithStaticConnWindowSize(64<<10))
		defer c.Close()
		conns = append(conns, c)
		for range most {
			s, err := agentv1.NewToolsClient(c).Call(a.ctx, &agentv1.CallRequest{Tool: "s__rate"})
			if err != nil {
				t.Fatal(err)
			}
			calls = append(calls, s)
		}
	}
	until(t, "as many calls as there are turns are over", func() bool {
		started, _ := r.mediator.Counts()
		return started == most && r.flights("a") == 0
	})
	until(t, "no more is kept than those answers", func() bool {
		grown, _ := inUse()
		return grown-heap <= most*size+mostLeft
	})
	if n := r.front.Turns.Taken("a"); n != most {
		t.Errorf("%d turns are held by %d answers", n, most)
	}
	_, err := agentv1.NewKernelClient(r.client).Challenge(a.ctx, &agentv1.ChallengeRequest{})
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("one more request: %v", err)
	}
	got := 0
	for _, s := range calls {
		if _, err := s.Recv(); err == nil {
			got++
		}
	}
	if got != most {
		t.Errorf("the control: %d answers came when they were read", got)
	}
	for _, c := range conns {
		_ = c.Close()
	}
	until(t, "the turns are given back", func() bool { return r.front.Turns.Taken("a") == 0 })
}

// TestTurnIsHeldWhileItsWorkGoesOn, also when the client has given the request up.
func TestTurnIsHeldWhileItsWorkGoesOn(t *testing.T) {
	r := open(t)
	r.register()
	begun, end := make(chan struct{}), make(chan struct{})
	a, client := r.tools("a", func(ctx context.Context, _ upstream.Request) (upstream.Reply, error) {
		<-ctx.Done()
		close(begun)
		<-end
		return upstream.Reply{}, ctx.Err()
	})
	ctx, cancel := context.WithCancel(a.ctx)
	if _, err := client.Call(ctx, &agentv1.CallRequest{Tool: "s__rate"}); err != nil {
		t.Fatal(err)
	}
	until(t, "it runs", func() bool { return r.flights("a") == 1 })
	cancel()
	<-begun
	if n := r.front.Turns.Taken("a"); n != 1 {
		t.Errorf("%d turns are held", n)
	}
	close(end)
	until(t, "the turn is given back", func() bool { return r.front.Turns.Taken("a") == 0 })
}

func TestConnectionsOfOnePrincipalAreBounded(t *testing.T) {
	r := open(t)
	a, other := r.agent("a", identity.Sticky), r.agent("other", identity.Sticky)
	ask := func(c *grpc.ClientConn, by agent) error {
		_, err := agentv1.NewKernelClient(c).Challenge(by.ctx, &agentv1.ChallengeRequest{})
		return err
	}
	var open []*grpc.ClientConn
	for range ownPlaces {
		c := r.dial()
		defer c.Close()
		open = append(open, c)
		for range 2 {
			if err := ask(c, a); err != nil {
				t.Fatalf("the control: %v", err)
			}
		}
	}
	if err := ask(r.client, a); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("one more: %v", err)
	}
	if err := ask(open[0], other); err != nil {
		t.Errorf("another principal: %v", err)
	}
	_ = open[0].Close()
	until(t, "its place is given back", func() bool { return ask(r.client, a) == nil })
}

// TestStrangersAtTheAddressKeepNobodyOut: they take every place there and say nothing. The socket has places of its own, and a connection that proves
// nothing ends.
func TestStrangersAtTheAddressKeepNobodyOut(t *testing.T) {
	r := openTLS(t, newAuthority(t), false)
	r.front.silence.Store(int64(3 * time.Second))
	a := r.agent("a", identity.Sticky)
	for range connections {
		raw, err := r.over.connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		if _, _, err := r.over.transport.ClientHandshake(t.Context(), "127.0.0.1", raw); err != nil {
			t.Fatal(err)
		}
	}
	beside := agentv1.NewKernelClient(r.client) // at the socket
	if _, err := beside.Challenge(a.ctx, &agentv1.ChallengeRequest{}); err != nil {
		t.Errorf("at the socket: %v", err)
	}
	c := r.dial()
	defer c.Close()
	ctx, cancel := context.WithTimeout(a.ctx, time.Minute)
	defer cancel()
	if _, err := agentv1.NewKernelClient(c).Challenge(ctx, &agentv1.ChallengeRequest{}, grpc.WaitForReady(true)); err != nil {
		t.Errorf("at the address, in the end: %v", err)
	}
}

// TestConnectionThatProvesNothingEnds, and one that has proved whose it is stays.
func TestConnectionThatProvesNothingEnds(t *testing.T) {
	r := open(t)
	r.front.silence.Store(int64(50 * time.Millisecond))
	a := r.agent("a", identity.Sticky)
	silent, err := r.over.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	var told net.Conn
	c := r.dial(grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		told, err = r.over.connect(ctx)
		return told, err
	}))
	defer c.Close()
	ask := func() error {
		_, err := agentv1.NewKernelClient(c).Challenge(a.ctx, &agentv1.ChallengeRequest{})
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	first := told
	for end := make([]byte, 1<<10); err == nil; {
		_, err = silent.Read(end) // the settings of the server come first
	}
	if err := ask(); err != nil || told != first {
		t.Errorf("the control: %v", err)
	}
}
