package registrykit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk/conformance"
	registryv1 "argus/proto/argus/registry/v1"
)

const maxContent = 32 << 20

// shelf is a registry that is watched, and a server that it knows nothing of.
type shelf struct {
	plugin   *conformance.Plugin
	conn     grpc.ClientConnInterface
	contents <-chan conformance.Received[*registryv1.Content]
	now      *registryv1.Content
	server   string
	cancel   context.CancelFunc
}

// open watches and hears the first content. The caller must close it.
func open(ctx context.Context, p *conformance.Plugin, conn grpc.ClientConnInterface) (*shelf, error) {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := registryv1.NewRegistryClient(conn).Watch(ctx, &registryv1.WatchRequest{}, grpc.MaxCallRecvMsgSize(maxContent))
	if err != nil {
		cancel()
		return nil, err
	}
	s := &shelf{
		plugin: p, conn: conn, contents: conformance.Receive(ctx, stream.Recv),
		server: "conformance-" + strings.ToLower(rand.Text()[:8]), cancel: cancel,
	}
	if err := s.until("it was asked", func(*registryv1.Content) bool { return true }); err != nil {
		cancel()
		return nil, err
	}
	return s, nil
}

// another watches beside s.
func (s *shelf) another(ctx context.Context) (*shelf, error) { return open(ctx, s.plugin, s.conn) }

// Close watches no longer.
func (s *shelf) Close() error {
	s.cancel()
	return nil
}

// until waits for content that is as wanted.
func (s *shelf) until(since string, wanted func(*registryv1.Content) bool) error {
	late := time.After(tellTime)
	for {
		select {
		case r := <-s.contents:
			if r.Err != nil {
				return fmt.Errorf("the stream of the content broke: %w", r.Err)
			}
			if s.now = r.What; wanted(s.now) {
				return nil
			}
		case <-late:
			return fmt.Errorf("within %v since %s no content was told that shows it", tellTime, since)
		}
	}
}

// entry is what the content has about a tool of the server, or about its instructions where the tool has no name.
func (s *shelf) entry(c *registryv1.Content, tool string) *registryv1.Entry {
	channel := registryv1.Channel_CHANNEL_TOOL
	if tool == "" {
		channel = registryv1.Channel_CHANNEL_INSTRUCTIONS
	}
	for _, e := range c.GetEntries() {
		if e.GetServer() == s.server && e.GetChannel() == channel && e.GetTool() == tool {
			return e
		}
	}
	return nil
}

// ask asks for a pin. A registry that does not implement it does not claim to.
func (s *shelf) ask(ctx context.Context, r *registryv1.PinRequest) (*registryv1.PinReply, error) {
	reply, err := registryv1.NewRegistryClient(s.conn).Pin(ctx, r)
	if status.Code(err) == codes.Unimplemented {
		return nil, &conformance.NotClaimed{What: "it does not write: Pin is not implemented"}
	}
	return reply, err
}

// pin asks for a pin that has to succeed.
func (s *shelf) pin(ctx context.Context, r *registryv1.PinRequest) (*registryv1.PinReply, error) {
	r.Server = s.server
	reply, err := s.ask(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("pin: %w", err)
	}
	for _, p := range reply.GetProblems() {
		err = errors.Join(err, fmt.Errorf("pin: %s", p.GetMessage()))
	}
	return reply, err
}

// pinTool pins a tool and waits until that is told.
func (s *shelf) pinTool(ctx context.Context, tool *registryv1.PinTool) (*registryv1.PinReply, error) {
	reply, err := s.pin(ctx, &registryv1.PinRequest{Tools: []*registryv1.PinTool{tool}})
	if err != nil {
		return nil, err
	}
	return reply, s.awaitDigest(tool.GetName(), tool.GetDigest())
}

func (s *shelf) awaitDigest(tool, digest string) error {
	shows := func(c *registryv1.Content) bool { return s.entry(c, tool).GetDigest() == digest }
	if shows(s.now) {
		return nil
	}
	return s.until("the pin", shows)
}

func digest(of string) string {
	sum := sha256.Sum256([]byte(of))
	return "sha256:" + hex.EncodeToString(sum[:])
}
