package grpc

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
	agentv1 "argus/proto/argus/agent/v1"
)

const maxProgress = 4 << 10 // bytes of what a server says of it

// caller is the client of one call. It hears of progress and can be asked nothing, so every question of a server's is declined.
type caller struct{ progress chan *agentv1.Progress }

func (*caller) Abilities() upstream.Abilities { return upstream.Abilities{} }

func (*caller) LogLevel() string { return "" }

func (*caller) WantsProgress() bool { return true }

// Tell drops what a client that does not read cannot take.
func (c *caller) Tell(n upstream.Notice) {
	p, ok := progressOf(n)
	if !ok {
		return
	}
	select {
	case c.progress <- p:
	default:
	}
}

func (*caller) Ask(context.Context, []mediate.Question) ([]mediate.Answer, error) {
	return nil, errors.New("ask the client: it cannot be asked")
}

// progressOf is what of a server's notice the contract has; nothing of what is no progress.
func progressOf(n upstream.Notice) (*agentv1.Progress, bool) {
	if n.Channel != registry.Progress {
		return nil, false
	}
	done, ok := double(n.Params, "progress")
	if !ok {
		return nil, false
	}
	p := &agentv1.Progress{Progress: done}
	if total, given := double(n.Params, "total"); given {
		p.Total = &total
	}
	message, _ := n.Params.Member("message")
	p.Message, _ = message.Text()
	if len(p.Message) > maxProgress {
		p.Message = strings.ToValidUTF8(p.Message[:maxProgress], "")
	}
	return p, true
}

func double(of ijson.Value, name string) (float64, bool) {
	v, _ := of.Member(name)
	n, ok := v.Number()
	if !ok {
		return 0, false
	}
	d, err := strconv.ParseFloat(string(n), 64)
	return d, err == nil
}
