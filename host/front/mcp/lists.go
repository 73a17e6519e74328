package mcp

import (
	"context"
	"strconv"

	"argus/host/fault"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// What lists may cost. A server that exceeds its share is cut there and counted as withheld.
const (
	maxPages  = 16 // of one server
	maxItems  = 10_000
	maxBytes  = 8 << 20
	maxCursor = 4 << 10
)

// listKind is one of the lists that servers, not the registry, hold. Reading one is a call to each server: its content is the server's
// words, and the agent takes their label.
type listKind struct {
	channel registry.Channel
	method  string
	member  string // of the result
	key     string // of an item, shown as the agent has to write it
	outward func(rs routes, r route, own string) (shown string, ok bool)
}

var (
	resourceList = listKind{registry.Resources, "resources/list", "resources", "uri", outwardAddress}
	templateList = listKind{registry.Resources, "resources/templates/list", "resourceTemplates", "uriTemplate", outwardAddress}
	promptList   = listKind{registry.Prompts, "prompts/list", "prompts", "name", routes.promptName}
)

func outwardAddress(_ routes, r route, own string) (string, bool) { return r.address(own), true }

// merged is a list under construction.
type merged struct {
	kind     listKind
	routes   routes
	out      []byte
	items    int
	withheld int
}

// list asks every server whose channel is declared. A server that is refused or fails is left out and counted.
func (f *Front) list(ctx context.Context, t turn, kind listKind) answer {
	if wrong := listParams(t.params); wrong != nil {
		return answer{err: wrong}
	}
	l := &merged{kind: kind, routes: offering(f.Mediator.Inventory(), kind.channel)}
	l.out = append(ijson.AppendString([]byte{'{'}, kind.member), ':', '[')
	for _, r := range l.routes {
		whole, err := f.listServer(ctx, t, l, r)
		if err != nil {
			return answer{err: f.failed(err, t.method)}
		}
		if !whole {
			l.withheld++
		}
	}
	return answer{result: l.end()}
}

func (l *merged) end() []byte {
	l.out = append(l.out, ']')
	if l.withheld > 0 {
		l.out = append(l.out, ',')
	}
	return appendWithheld(l.out, l.withheld)
}

// appendWithheld ends a result that several servers were asked for with the number of those that gave nothing, or not all.
func appendWithheld(out []byte, servers int) []byte {
	if servers > 0 {
		out = append(out, `"_meta":{"argus/withheld":`...)
		out = append(strconv.AppendInt(out, int64(servers), 10), '}')
	}
	return append(out, '}')
}

// listServer adds the pages of one server and reports whether its list is whole. An error is one that ends the request.
func (f *Front) listServer(ctx context.Context, t turn, l *merged, r route) (whole bool, err error) {
	params := emptyObject
	for range maxPages {
		reply, err := f.Mediator.UseChannel(ctx, t.who, r.server, l.kind.channel, l.kind.method, params, nil)
		switch {
		case err != nil && (ctx.Err() != nil || !passing(err)):
			return false, err
		case err != nil || reply.Refusal != nil || reply.Failure != nil:
			return false, nil
		}
		if !l.add(r, reply.Result) {
			return false, nil
		}
		cursor, more := reply.Result.Member("nextCursor")
		if !more || cursor.IsNull() {
			return true, nil
		}
		text, ok := cursor.Text()
		if !ok || len(text) > maxCursor {
			return false, nil
		}
		params = object("cursor", text)
	}
	return false, nil
}

// passing reports whether a failure is of one server, so that the others may still be asked.
func passing(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Timeout, fault.Stale:
		return true
	}
	return false
}

// add takes the items of one page that can be shown.
func (l *merged) add(r route, page ijson.Value) bool {
	list, _ := page.Member(l.kind.member)
	if list.Kind() != ijson.Array {
		return false
	}
	for _, item := range list.Items() {
		own, ok := text(item, l.kind.key)
		if !ok || item.Exact(l.kind.key) != nil {
			continue
		}
		shown, ok := l.kind.outward(l.routes, r, own)
		if !ok {
			continue
		}
		if l.items == maxItems || len(l.out)+len(item.Raw()) > maxBytes {
			return false
		}
		if l.items > 0 {
			l.out = append(l.out, ',')
		}
		l.out = appendWith(l.out, item, l.kind.key, shown)
		l.items++
	}
	return true
}

// appendWith appends an object with one text in place of another.
func appendWith(out []byte, v ijson.Value, key, text string) []byte {
	out = append(out, '{')
	first := true
	for name, member := range v.Members() {
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(ijson.AppendString(out, name), ':')
		if name == key {
			out = ijson.AppendString(out, text)
		} else {
			out = ijson.AppendLine(out, member)
		}
	}
	return append(out, '}')
}

// object is an object with one text.
func object(name, text string) ijson.Value {
	out := ijson.AppendString([]byte{'{'}, name)
	return ijson.MustParse(append(ijson.AppendString(append(out, ':'), text), '}'))
}
