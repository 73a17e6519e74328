package mcp

import (
	"context"

	"argus/host/identity"
	"argus/host/mediate"
	"argus/plugin/sdk/registry"
)

// lookout is what an agent is told outside its calls: that one of its lists has changed, and the news of servers. It goes on in the goroutine of
// its own listener, so a slow reader holds up nobody but itself: a change of the inventory that it missed meanwhile is told once, and
// news of servers beyond what the mediator keeps for it is lost to it.
type lookout struct {
	f        *Front
	grant    identity.Grant
	who      mediate.Caller // the declared context; for a principal's own, the one at the beginning
	declared bool

	changed <-chan struct{} // the inventory
	seen    sight
	heard   *mediate.Listening
}

// listener is who is told, in the way of its era. What it is not to be told has no message.
type listener interface {
	// speaks reports whether it is the one to tell this agent's news.
	speaks() bool
	// changed is the message that the list of a channel has changed.
	changed(list registry.Channel) []byte
	// phrase puts a server's news into a message for an agent, and says whether the agent's exposure may rise for it.
	phrase(n mediate.News, agent mediate.Caller) (message []byte, raise bool)
	// tell writes a message and reports whether the client may still be there.
	tell(message []byte) bool
}

// lookOut begins to look and to hear: whatever happens from now on is told. The caller must end it.
func (f *Front) lookOut(g identity.Grant, who mediate.Caller, declared bool) *lookout {
	o := &lookout{f: f, grant: g, who: who, declared: declared, heard: f.Mediator.Listen(), changed: f.Mediator.Changed()}
	o.seen = o.look()
	return o
}

func (o *lookout) end() { o.heard.Close() }

// run tells the listener what happens, until ctx or over ends, the door begins to close, or the client takes nothing more.
func (o *lookout) run(ctx context.Context, over <-chan struct{}, l listener) {
	for ok := true; ok; {
		select {
		case <-o.changed:
			o.changed = o.f.Mediator.Changed()
			if l.speaks() {
				ok = o.compare(l)
			}
		case n := <-o.heard.News():
			agent := o.agent()
			if message, raise := l.phrase(n, agent); message != nil && o.f.Mediator.Admit(ctx, agent, n.Server, n.Channel, raise) {
				ok = l.tell(message)
			}
		case <-ctx.Done():
			return
		case <-over:
			return
		case <-o.f.closing:
			return
		}
	}
}

// agent is the one that is told. A principal's own context may have been replaced since the beginning.
func (o *lookout) agent() mediate.Caller {
	if !o.declared {
		if present, ok := o.f.Mediator.Present(o.grant); ok {
			return present
		}
	}
	return o.who
}

// sight is what an agent would find in its lists.
type sight map[registry.Channel]string

// lists are the channels that have one, in the order in which their changes are told.
var lists = []registry.Channel{registry.Tool, registry.Resources, registry.Prompts}

// look sees the lists as they are now for the agent.
func (o *lookout) look() sight {
	stock := o.f.Mediator.Inventory()
	return sight{
		registry.Tool:      digest(o.f.Mediator.Visible(o.agent())),
		registry.Resources: offering(stock, registry.Resources).names(),
		registry.Prompts:   offering(stock, registry.Prompts).names(),
	}
}

// compare looks again and tells which lists differ.
func (o *lookout) compare(l listener) bool {
	before := o.seen
	o.seen = o.look()
	for _, list := range lists {
		if before[list] == o.seen[list] {
			continue
		}
		if message := l.changed(list); message != nil && !l.tell(message) {
			return false
		}
	}
	return true
}
