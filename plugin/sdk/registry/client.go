package registry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
	registryv1 "argus/proto/argus/registry/v1"
)

// PinTimeout is how long a Pin may take: it writes files and may commit them.
const PinTimeout = 30 * time.Second

const maxPinTools = 4096

// ErrReadOnly says that a registry is no Pinner.
var ErrReadOnly = errors.New("this registry only reads: whoever keeps its content writes the digests there")

// Client is the host's view of a registry. It stays valid while the plugin behind its link restarts.
type Client struct {
	link    *sdk.Link
	content sdk.Latest[Content]
	cancel  context.CancelFunc
	owned   sync.WaitGroup
}

// NewClient starts to follow the content of the registry behind link. The caller must Close it.
func NewClient(link *sdk.Link) *Client {
	ctx, cancel := context.WithCancel(context.Background())
	c := &Client{link: link, cancel: cancel}
	c.owned.Go(func() { c.follow(ctx) })
	return c
}

// Close stops to follow and waits for it.
func (c *Client) Close() {
	c.cancel()
	c.owned.Wait()
}

// Content is what the registry said last and a channel that is closed when it says more. The caller must look at Usable: content
// with problems, which content that breaks the contract is turned into, never replaces what is in force. Before the first word
// of the registry the content is zero.
func (c *Client) Content() (Content, <-chan struct{}) { return c.content.Get() }

// Pin asks the registry to write the digests of what a person has seen. The caller must have checked the operator's
// signature, and must look at the reply's Problems: any means that nothing was written. The error wraps ErrReadOnly if the registry is no Pinner.
func (c *Client) Pin(ctx context.Context, r PinRequest) (PinReply, error) {
	const op = "pin"
	ctx, cancel := context.WithTimeout(ctx, PinTimeout)
	defer cancel()
	if err := checkPin(r); err != nil {
		return PinReply{}, c.link.Fail(sdk.Invalid, op, err)
	}
	conn, _, err := c.link.Conn(op)
	if err != nil {
		return PinReply{}, err
	}
	w, err := registryv1.NewRegistryClient(conn).Pin(ctx, pinToWire(r), grpc.MaxCallRecvMsgSize(4<<20))
	switch {
	case status.Code(err) == codes.Unimplemented:
		return PinReply{}, c.link.Fail(sdk.Invalid, op, ErrReadOnly)
	case err != nil:
		return PinReply{}, sdk.FromStatus(c.link.Plugin(), op, err)
	}
	reply, err := pinReplyFromWire(w)
	if err == nil && reply.Added+reply.Changed > r.entries() {
		err = errors.New("the registry says that it wrote more entries than it was asked for")
	}
	if err != nil {
		return PinReply{}, c.link.Fail(sdk.Broken, op, err)
	}
	return reply, nil
}

// entries is how many entries a pin can write.
func (r PinRequest) entries() int {
	if r.Instructions == "" {
		return len(r.Tools)
	}
	return len(r.Tools) + 1
}

func checkPin(r PinRequest) error {
	if len(r.Tools) == 0 && r.Instructions == "" || len(r.Tools) > maxPinTools {
		return fmt.Errorf("a pin is of instructions, or of 1 to %d tools", maxPinTools)
	}
	if r.Instructions != "" {
		if err := sdk.CheckDigest("the instructions' digest", r.Instructions); err != nil {
			return err
		}
	}
	for _, t := range r.Tools {
		err := sdk.FirstError(
			sdk.CheckText("a tool's name", t.Name, 1, maxToolName),
			sdk.CheckDigest("a tool's digest", t.Digest),
			checkSinks(t.Sinks),
		)
		if err != nil {
			return err
		}
	}
	return checkServer(r.Server)
}

func (c *Client) follow(ctx context.Context) {
	open := func(ctx context.Context, conn grpc.ClientConnInterface) (grpc.ServerStreamingClient[registryv1.Content], error) {
		return registryv1.NewRegistryClient(conn).Watch(ctx, &registryv1.WatchRequest{}, grpc.MaxCallRecvMsgSize(maxContent))
	}
	sdk.Follow(ctx, c.link, "watch", open, func(w *registryv1.Content) {
		content, err := contentFromWire(w)
		if err != nil {
			c.link.Report(c.link.Fail(sdk.Broken, "watch", err))
			content = unusable(err)
		}
		c.content.Set(content)
	})
}

// unusable is content that carries nothing but why.
func unusable(err error) Content {
	return Content{Problems: []sdk.Problem{{Message: "the registry sent content that can not be used: " + err.Error()}}}
}
