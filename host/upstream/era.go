package upstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/internal/ijson"
)

// modernVersion is the version of MCP whose requests stand alone: each says who asks and what its client can answer, and a server asks only in
// the answer to a request. Versions before it, which begin with initialize, are in spoken.
const modernVersion = "2026-07-28"

// codeVersion is the error of a server that speaks other versions.
const codeVersion = -32022

// discoveries is how often a server is asked what it speaks.
const discoveries = 2

// greet finds out which era of MCP the server speaks, and what it offers. It asks for the modern one first. Whatever is no sign of it, an
// error, silence, or the end of the process, is taken for the older era.
func (l *session) greet(ctx context.Context) (Definitions, error) {
	if l.server.initializeFirst {
		d, err := l.initialize(ctx)
		l.server.initializeFirst = err == nil // else it may be another server by now
		return d, err
	}
	d, err := l.discover(ctx)
	if err != nil {
		l.server.initializeFirst = true // it may not bear to be asked
	}
	return d, err
}

// discover asks for the modern era.
func (l *session) discover(ctx context.Context) (Definitions, error) {
	for range discoveries {
		id, answer, err := l.askDiscover()
		if err != nil {
			return Definitions{}, err
		}
		timer := time.NewTimer(l.server.options.DiscoverTimeout)
		select {
		case reply := <-answer:
			timer.Stop()
			if d, err := readDiscovered(reply); err == nil {
				return l.becomeModern(d), nil
			}
			if !speaksModern(reply.Error) {
				return l.initialize(ctx)
			}
		case <-timer.C:
			return l.greetSilent(ctx, id, answer)
		case <-l.ended:
			timer.Stop()
			return Definitions{}, errLifeEnded
		case <-ctx.Done():
			timer.Stop()
			return Definitions{}, context.Cause(ctx)
		}
	}
	return Definitions{}, errors.New("the server says that it speaks a version of MCP, and refuses it")
}

// greetSilent goes on with a server that has not answered yet: it is old and does not answer what it does not know, or it is slow and will read
// both questions. An old one answers initialize; a new one refuses that, and has answered the first question before.
func (l *session) greetSilent(ctx context.Context, id int64, answer <-chan Reply) (Definitions, error) {
	defer l.calls.giveUp(id)
	d, err := l.initialize(ctx)
	if err == nil {
		l.server.initializeFirst = true // what was waited for once is not waited for again
		return d, nil
	}
	select {
	case reply := <-answer:
		if d, err := readDiscovered(reply); err == nil {
			return l.becomeModern(d), nil
		}
	default:
	}
	return Definitions{}, err
}

// askDiscover does not wait for the answer, nor cancel when that does not come: an old server would be told of what it does not know.
func (l *session) askDiscover() (int64, <-chan Reply, error) {
	id, answer, err := l.calls.begin(nil)
	if err != nil {
		return 0, nil, err
	}
	return id, answer, l.out.request(id, string(mcp.MethodServerDiscover), nil, append([]byte(`"_meta":`), l.modernMeta(id, nil)...))
}

func (l *session) becomeModern(d Definitions) Definitions {
	l.modern.Store(true)
	return d
}

// speaksModern reports whether an error says that the server speaks the modern version, though it refused the request.
func speaksModern(e *RPCError) bool {
	if e == nil || e.Code != codeVersion {
		return false
	}
	supported, _ := e.Data.Member("supported")
	return slices.Contains(texts(supported), modernVersion)
}

func readDiscovered(reply Reply) (Definitions, error) {
	if reply.Error != nil {
		return Definitions{}, fmt.Errorf("the server answered with error %d", reply.Error.Code)
	}
	if err := complete(reply.Result); err != nil {
		return Definitions{}, err
	}
	versions, _ := reply.Result.Member("supportedVersions")
	if !slices.Contains(texts(versions), modernVersion) {
		return Definitions{}, errors.New("the server does not speak " + modernVersion)
	}
	meta, _ := reply.Result.Member("_meta")
	info, _ := meta.Member(reserved + "serverInfo")
	return readOffer(reply.Result, info, modernVersion)
}

func texts(list ijson.Value) []string {
	var all []string
	for _, item := range list.Items() {
		if text, ok := item.Text(); ok {
			all = append(all, text)
		}
	}
	return all
}

// meta are the members of params that are ours, or nil for none.
func (l *session) meta(id int64, f *flight) []byte {
	switch {
	case l.modern.Load():
		return append([]byte(`"_meta":`), l.modernMeta(id, f)...)
	case f != nil && f.progress:
		return append(strconv.AppendInt([]byte(`"_meta":{"progressToken":`), id, 10), '}')
	}
	return nil
}

// modernMeta says of a request who makes it, what its client can answer and wants to hear. The token of progress is our own: the call's id.
func (l *session) modernMeta(id int64, f *flight) []byte {
	var can Abilities
	if f != nil {
		can = f.abilities
	}
	meta := append([]byte(`{"`+reserved+`protocolVersion":"`+modernVersion+`","`+reserved+`clientInfo":`), l.server.clientInfo...)
	meta = can.appendCapabilities(append(meta, `,"`+reserved+`clientCapabilities":`...))
	if f != nil && f.logs > 0 {
		meta = append(append(append(meta, `,"`+reserved+`logLevel":"`...), f.logs.String()...), '"')
	}
	if f != nil && f.progress {
		meta = strconv.AppendInt(append(meta, `,"progressToken":`...), id, 10)
	}
	return append(meta, '}')
}
