package mcp

import (
	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

var (
	newsTools     = news("tools")
	newsResources = news("resources")
	newsPrompts   = news("prompts")
)

func news(list string) []byte {
	return []byte(`{"jsonrpc":"2.0","method":"notifications/` + list + `/list_changed"}`)
}

// phrase puts a server's news into a message for the agent of this stream, and says whether the agent's exposure may rise for it: for what
// the agent asked for, as it asked to be told of a resource or of log messages. That a list has changed is news for those who have read it,
// and they have its label. There is no message where the news is not for this agent, or another stream tells it.
func (t *stream) phrase(n mediate.News) (message []byte, raise bool) {
	if !t.session.speaks(t) {
		return nil, false
	}
	switch n.Kind {
	case upstream.Updated:
		if t.session.awaits(t.agent().Agent, n.Server, n.URI) {
			address := offering(t.f.Mediator.Inventory(), registry.Resources).of(n.Server).address(n.URI)
			message = ijson.AppendString([]byte(`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":`), address)
			return append(message, "}}"...), true
		}
	case upstream.Logged:
		level, _ := text(n.Params, "level")
		if asGrave(level, t.session.logLevel()) {
			return noticeMessage(upstream.Notice{Channel: n.Channel, Params: n.Params}, ""), true
		}
	case upstream.ListChanged:
		return listChanged(n.Channel), false
	}
	return nil, false
}

// listChanged is the message that a list of that channel has changed, or nil where there is no such list.
func listChanged(channel registry.Channel) []byte {
	switch channel {
	case registry.Resources:
		return newsResources
	case registry.Prompts:
		return newsPrompts
	}
	return nil
}
