package grpc

import (
	"context"
	"sync"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// turn is the place of one request among those of its principal. It is given back when the stream is over, its handler has returned, and every
// answer was taken: what is held for one principal is bounded by its turns.
type turn struct {
	connection *connection
	leave      func()

	mu    sync.Mutex
	holds int
	left  bool
}

// newTurn is held by the stream of ctx.
func newTurn(ctx context.Context, c *connection, leave func()) *turn {
	t := &turn{connection: c, leave: leave, holds: 1}
	context.AfterFunc(ctx, t.release)
	return t
}

func (t *turn) hold() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.holds++
}

func (t *turn) release() {
	t.mu.Lock()
	t.holds--
	last := t.holds == 0 && !t.left
	t.left = t.left || last
	t.mu.Unlock()
	if last {
		t.leave()
	}
}

type turnKey struct{}

func turnOf(ctx context.Context) *turn {
	t, _ := ctx.Value(turnKey{}).(*turn)
	return t
}

// answer is a message on its way to the client, and whose turn holds it.
type answer struct {
	proto.Message
	of *turn
}

// encode gives the transport bytes of which it says when it has no more use for them. Those of a small message it copies.
func (a answer) encode() (mem.BufferSlice, error) {
	data, err := proto.Marshal(a.Message)
	if err != nil || mem.IsBelowBufferPoolingThreshold(cap(data)) {
		return mem.BufferSlice{mem.SliceBuffer(data)}, err
	}
	return mem.BufferSlice{mem.NewBuffer(&data, a.of.connection.waits(a.of))}, nil
}
