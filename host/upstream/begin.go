package upstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/internal/ijson"
)

// spoken are the protocol versions accepted from a server. The first is the one asked for.
var spoken = []string{
	mcp.ProtocolVersion20251125,
	mcp.ProtocolVersion20250618,
	mcp.ProtocolVersion20250326,
	mcp.ProtocolVersion20241105,
}

// maxName and maxInstructions bound a server's texts about itself, in bytes.
const (
	maxName         = 256
	maxInstructions = 64 << 10
)

// begin makes acquaintance with the server and reads what it offers.
func (l *session) begin(ctx context.Context) (Definitions, error) {
	ctx, cancel := context.WithTimeout(ctx, l.server.options.StartTimeout)
	defer cancel()
	d, err := l.greet(ctx)
	if err != nil {
		return Definitions{}, err
	}
	if err := l.readLists(ctx, &d); err != nil {
		return Definitions{}, err
	}
	l.definitions = d
	if l.modern.Load() {
		n := newListening(l, d.Capabilities)
		l.listening.Store(n)
		l.pipeWork.Go(n.run)
	}
	return d, nil
}

func (l *session) initialize(ctx context.Context) (Definitions, error) {
	params := append([]byte(`{"protocolVersion":"`), spoken[0]+`","capabilities":`...)
	params = l.declared().appendCapabilities(params)
	params = append(append(append(params, `,"clientInfo":`...), l.server.clientInfo...), '}')
	result, err := l.ask(ctx, mcp.MethodInitialize, params)
	if err != nil {
		return Definitions{}, fmt.Errorf("initialize: %w", err)
	}
	d, err := readInitialized(result)
	if err != nil {
		return Definitions{}, fmt.Errorf("initialize: %w", err)
	}
	return d, l.out.notify(string(mcp.MethodNotificationInitialized), nil)
}

// ask makes a request of our own, for which an error is a failure.
func (l *session) ask(ctx context.Context, method mcp.MCPMethod, params []byte) (ijson.Value, error) {
	reply, err := l.send(ctx, Request{Method: string(method), Params: params}, nil)
	if err != nil {
		return ijson.Value{}, err
	}
	if reply.Error != nil {
		return ijson.Value{}, fmt.Errorf("the server answered %s with error %d", method, reply.Error.Code)
	}
	if err := complete(reply.Result); err != nil {
		return ijson.Value{}, fmt.Errorf("%s: %w", method, err)
	}
	return reply.Result, nil
}

func readInitialized(result ijson.Value) (Definitions, error) {
	version := textMember(result, "protocolVersion", maxName)
	if !slices.Contains(spoken, version) {
		return Definitions{}, fmt.Errorf("the server speaks no MCP version of %s to %s, nor %s", spoken[len(spoken)-1], spoken[0], modernVersion)
	}
	info, _ := result.Member("serverInfo")
	return readOffer(result, info, version)
}

// readOffer reads what a server says that it is and offers.
func readOffer(result, info ijson.Value, version string) (Definitions, error) {
	capabilities, _ := result.Member("capabilities")
	if capabilities.Kind() != ijson.Object {
		return Definitions{}, errors.New("the server states no capabilities")
	}
	offers := func(name string) bool {
		_, offered := capabilities.Member(name)
		return offered
	}
	return Definitions{
		ServerName:    textMember(info, "name", maxName),
		ServerVersion: textMember(info, "version", maxName),
		Protocol:      version,
		Capabilities:  capabilities,
		Instructions:  textMember(result, "instructions", maxInstructions),
		Prompts:       offers("prompts"),
		Resources:     offers("resources"),
		Completions:   offers("completions"),
		Logging:       offers("logging"),
	}, nil
}

func textMember(object ijson.Value, name string, most int) string {
	v, _ := object.Member(name)
	text, _ := v.Text()
	return cut(text, most)
}

const (
	freeReadings = 8 // at the least interval
	mostDoubled  = 6
)

// pause is how long to wait before the lists are read once more. Each reading costs everybody the making of a theory, which is kept for
// ever, and shows agents what the server offers now: a server that changes its lists all the time is read more and more seldom, until it has
// been quiet for a while.
func (l *session) pause(since time.Duration) time.Duration {
	least := l.server.options.ListInterval
	if since > least<<mostDoubled*freeReadings {
		l.reread = 0
	}
	interval := least << min(max(l.reread-freeReadings, 0), mostDoubled)
	l.reread++
	return max(l.server.options.Debounce, interval-since)
}

// readAgain reads the lists after a change. Several changes together are read once.
func (l *session) readAgain(ctx context.Context, tell func(Definitions)) error {
	select {
	case <-time.After(l.pause(time.Since(l.listed))):
	case <-l.ended:
		return nil
	case <-ctx.Done():
		return errClosed
	}
	select {
	case <-l.changed: // what came meanwhile is read now
	default:
	}
	reading, cancel := context.WithTimeout(ctx, l.server.options.ListTimeout)
	defer cancel()
	d := l.definitions
	if err := l.readLists(reading, &d); err != nil {
		return err
	}
	l.definitions = d
	tell(d)
	return nil
}
