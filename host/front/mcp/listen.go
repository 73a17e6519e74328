package mcp

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// subscriber is one open subscriptions/listen: a client of the modern era that waits for news of what it named, and is told of nothing else. Its
// response never ends by itself.
type subscriber struct {
	x         *exchange
	lists     map[registry.Channel]bool // whose changes it wants
	resources subscriptions             // it was allowed
}

// filters are the members of params.notifications that ask for the change of a list.
var filters = map[registry.Channel]string{
	registry.Tool: "toolsListChanged", registry.Resources: "resourcesListChanged", registry.Prompts: "promptsListChanged",
}

const filterResources = "resourceSubscriptions"

// listen tells a client what it asked to be told, until it goes or the door closes. Each resource that it names is a call, and where that is
// refused or fails the client sees in the acknowledgement that it will not be told.
func (f *Front) listen(r *http.Request, x *exchange, t turn) {
	l, addresses, ok := readFilters(x, t.params)
	switch {
	case !ok:
		x.end(answer{err: wrongParams})
		return
	case !x.takes.sse:
		x.refuse(deniedStream)
		return
	case !f.subscribers.Take(t.grant.Principal.Name):
		x.refuse(deniedSubscribers)
		return
	}
	defer f.subscribers.Leave(t.grant.Principal.Name)
	ctx, stop := f.running.begin(r.Context())
	defer stop()
	o := f.lookOut(t.grant, t.who, r.Header.Get(mediate.ContextHeader) != "")
	defer o.end()
	defer l.drop(f)
	honoured := f.subscribeAll(ctx, t, l, addresses)
	if l.tell(l.acknowledgement(honoured)) && l.waits() {
		o.run(ctx, nil, l)
	}
	x.conclude(f.completed(t, answer{result: append(append([]byte(`{"_meta":{`), l.mark()...), '}', '}')}))
}

// readFilters reads what a client wants to be told: lists by a truth each, and resources by their addresses.
func readFilters(x *exchange, params ijson.Value) (l *subscriber, addresses []string, ok bool) {
	l = &subscriber{x: x, lists: map[registry.Channel]bool{}, resources: subscriptions{}}
	wanted, _ := params.Member("notifications")
	known := []string{filterResources}
	for list, name := range filters {
		known = append(known, name)
		v, said := wanted.Member(name)
		yes, truth := v.Bool()
		if said && !truth {
			return nil, nil, false
		}
		l.lists[list] = yes
	}
	named, said := wanted.Member(filterResources)
	if !fits(params, "notifications") || wanted.Exact(known...) != nil || said && named.Kind() != ijson.Array || named.Len() > maxSubscriptions {
		return nil, nil, false
	}
	for _, item := range named.Items() {
		address, text := item.Text()
		if !text {
			return nil, nil, false
		}
		addresses = append(addresses, address)
	}
	return l, addresses, true
}

// subscribeAll subscribes to resources and returns the addresses of those that it could. What their servers say meanwhile is not heard: it would
// come before the acknowledgement.
func (f *Front) subscribeAll(ctx context.Context, t turn, l *subscriber, addresses []string) (honoured []string) {
	t.method, t.client = "resources/subscribe", nil
	for _, address := range addresses {
		of, wrong := f.resource(address)
		if wrong != nil || of.keepable() != nil || ctx.Err() != nil {
			continue
		}
		one := subscription{t.who.Agent, of}
		if !l.resources[one] {
			if a := f.useResource(ctx, t, of); a.err != nil {
				continue
			}
			l.resources[one] = true
			f.sessions.watched.told(one)
		}
		honoured = append(honoured, address)
	}
	return honoured
}

// waits reports whether there is anything that the client could be told.
func (l *subscriber) waits() bool {
	return len(l.resources) > 0 || slices.Contains(slices.Collect(maps.Values(l.lists)), true)
}

// drop ends the subscriptions. Servers are not told, as at the end of a session.
func (l *subscriber) drop(f *Front) {
	for one := range l.resources {
		f.sessions.watched.left(one)
	}
}

// mark is the member of _meta by which the client knows whose message it is: the id of its request, as it wrote it.
func (l *subscriber) mark() []byte {
	return append(append(ijson.AppendString(nil, metaSubscription), ':'), l.x.id...)
}

// message begins a message; its params are to be closed.
func (l *subscriber) message(method string) []byte {
	out := append([]byte(`{"jsonrpc":"2.0","method":"notifications/`), method...)
	out = append(append(out, `","params":{"_meta":{`...), l.mark()...)
	return append(out, '}')
}

// acknowledgement says what the client will be told.
func (l *subscriber) acknowledgement(honoured []string) []byte {
	out := append(l.message("subscriptions/acknowledged"), `,"notifications":{`...)
	comma := ""
	for _, list := range lists {
		if l.lists[list] {
			out = append(ijson.AppendString(append(out, comma...), filters[list]), ":true"...)
			comma = ","
		}
	}
	if len(honoured) > 0 {
		out = append(ijson.AppendString(append(out, comma...), filterResources), ":["...)
		for i, address := range honoured {
			if i > 0 {
				out = append(out, ',')
			}
			out = ijson.AppendString(out, address)
		}
		out = append(out, ']')
	}
	return append(out, "}}}"...)
}

// speaks: each subscription is told for itself.
func (l *subscriber) speaks() bool { return true }

func (l *subscriber) tell(message []byte) bool { return l.x.tell(message) }

func (l *subscriber) changed(list registry.Channel) []byte {
	if !l.lists[list] {
		return nil
	}
	return append(l.message(listNames[list]+"/list_changed"), "}}"...)
}

func (l *subscriber) phrase(n mediate.News, agent mediate.Caller) (message []byte, raise bool) {
	switch n.Kind {
	case upstream.Updated:
		if l.resources.await(agent.Agent, n.Server, n.URI) {
			message = append(l.message("resources/updated"), `,"uri":`...)
			return append(ijson.AppendString(message, l.x.f.addressOf(n)), "}}"...), true
		}
	case upstream.ListChanged:
		return l.changed(n.Channel), false
	}
	return nil, false
}
