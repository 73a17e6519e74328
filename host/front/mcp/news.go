package mcp

import (
	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// listNames are the channels that have a list which may change, as the protocol calls it.
var listNames = map[registry.Channel]string{registry.Tool: "tools", registry.Resources: "resources", registry.Prompts: "prompts"}

// listChanged is the message that a list has changed, or nil where there is no such list.
func listChanged(list registry.Channel) []byte {
	name, has := listNames[list]
	if !has {
		return nil
	}
	return []byte(`{"jsonrpc":"2.0","method":"notifications/` + name + `/list_changed"}`)
}

// phrase puts a server's news into a message for the agent, and says whether the agent's exposure may rise for it: for what
// the agent asked for, as it asked to be told of a resource or of log messages. That a list has changed is news for those who have read it,
// and they have its label. There is no message where the news is not for this agent, or another stream tells it.
func (t *stream) phrase(n mediate.News, agent mediate.Caller) (message []byte, raise bool) {
	if !t.session.speaks(t) {
		return nil, false
	}
	switch n.Kind {
	case upstream.Updated:
		if t.session.awaits(agent.Agent, n.Server, n.URI) {
			message = []byte(`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":`)
			message = ijson.AppendString(message, t.x.f.addressOf(n))
			return append(message, "}}"...), true
		}
	case upstream.Logged:
		if wanted(n.Params, t.session.logLevel()) {
			return noticeMessage(upstream.Notice{Channel: n.Channel, Params: n.Params}, ""), true
		}
	case upstream.ListChanged:
		return listChanged(n.Channel), false
	}
	return nil, false
}

// addressOf is the address toward agents of the resource that news is about.
func (f *Front) addressOf(n mediate.News) string {
	return offering(f.Mediator.Inventory(), registry.Resources).of(n.Server).address(n.URI)
}
