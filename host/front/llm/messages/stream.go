package messages

import (
	"context"
	"strconv"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// queued is an event of a block that waits, since the block or one before it has no ruling yet.
type queued struct {
	block *block
	name  string
	event ijson.Value
}

// event takes one event. All is framed anew, with the bytes of its data: readers of streams differ in what they make of other frames.
func (a *answer) event(ctx context.Context, dst []byte, e sse.Event) ([]byte, error) {
	if e.Data == nil {
		return append(dst, ":\n\n"...), nil
	}
	v, err := a.room.ParseString(string(e.Data), ijson.AtMost(len(e.Data)))
	if err != nil {
		return nil, wire.Broken{What: "an event is no JSON that has one reading"}
	}
	members, ok := events[e.Name]
	switch {
	case !ok || text(v, "type") != e.Name:
		return nil, wire.Broken{What: "it has a kind of event that Argus does not know"}
	case !only(v, members):
		return nil, wire.Broken{What: "an event has a member that Argus does not know"}
	case e.Name == "ping":
		return sse.AppendValue(dst, e.Name, v), nil
	case a.phase == over || a.phase == erred:
		return nil, wire.Broken{What: "it goes on after its end"}
	case e.Name == "error":
		a.phase = erred
		return sse.AppendValue(dst, e.Name, v), nil
	case (a.phase == awaited) != (e.Name == "message_start"):
		return nil, wire.Broken{What: "its events are not in their order"}
	}
	switch e.Name {
	case "message_start":
		return a.opens(dst, v)
	case "message_delta":
		return dst, a.ended(v)
	case "message_stop":
		return dst, a.stops(v)
	}
	if a.phase == ending {
		return nil, wire.Broken{What: "it goes on after its end"}
	}
	return a.part(ctx, dst, e.Name, v)
}

// opens takes the first event. Only that of the first round is for the client.
func (a *answer) opens(dst []byte, v ijson.Value) ([]byte, error) {
	message, _ := v.Member("message")
	content, _ := message.Member("content")
	if !isMessage(message) || content.Kind() != ijson.Array || content.Len() > 0 {
		return nil, wire.Broken{What: "it does not begin as an empty message, or has a member that Argus does not know"}
	}
	a.usage, _ = message.Member("usage")
	a.phase = talking
	if a.rounds > 0 {
		return dst, nil
	}
	return sse.AppendValue(dst, "message_start", v), nil
}

// ended takes an event that says how the answer ended. It waits for Finish, which knows what the client has of the answer.
func (a *answer) ended(v ijson.Value) error {
	delta, _ := v.Member("delta")
	if !only(delta, endMembers) || len(a.open) > 0 || len(a.ends) >= mostEnds {
		return wire.Broken{What: "its end has a member that Argus does not know, comes within a block, or comes too often"}
	}
	a.phase, a.ends = ending, append(a.ends, v)
	return a.hold(len(v.Raw()))
}

func (a *answer) stops(v ijson.Value) error {
	if a.phase != ending {
		return wire.Broken{What: "it stops without an end"}
	}
	a.phase, a.stop = over, v.Raw()
	return nil
}

// part takes an event of a block.
func (a *answer) part(ctx context.Context, dst []byte, name string, v ijson.Value) ([]byte, error) {
	index, _ := v.Member("index")
	b, err := a.blockOf(name, index, v)
	if err != nil {
		return nil, err
	}
	if name == "content_block_delta" {
		delta, _ := v.Member("delta")
		if err := b.add(delta, a.keep); err != nil {
			return nil, err
		}
	}
	waits := len(a.queue) > 0 || b.ours()
	if waits || a.keep {
		if err := a.hold(len(v.Raw())); err != nil {
			return nil, err
		}
	}
	if !waits {
		dst = a.send(dst, b, name, v)
		if name == "content_block_delta" {
			a.room.Release(v)
		}
		return dst, nil
	}
	a.queue = append(a.queue, queued{b, name, v})
	if name == "content_block_stop" && b.ours() {
		if err := a.rule(ctx, b); err != nil {
			return nil, err
		}
	}
	return a.release(dst), nil
}

// blockOf finds the block of an event, which begins with its first and is open until its last.
func (a *answer) blockOf(name string, index, v ijson.Value) (*block, error) {
	if name == "content_block_start" {
		if index.Raw() != strconv.Itoa(a.started) || len(a.open) >= mostOpen {
			return nil, wire.Broken{What: "its blocks are not counted one by one, or too many are open"}
		}
		content, _ := v.Member("content_block")
		b, err := a.begin(content)
		if err != nil {
			return nil, err
		}
		b.at = a.started
		a.started++
		a.open = append(a.open, b)
		return b, nil
	}
	for _, b := range a.open {
		if index.Raw() != strconv.Itoa(b.at) {
			continue
		}
		if name == "content_block_stop" {
			a.drop(b)
		}
		return b, nil
	}
	return nil, wire.Broken{What: "an event is of a block that is not open"}
}

// release sends what waits, up to the first call without a ruling.
func (a *answer) release(dst []byte) []byte {
	sent := 0
	for _, q := range a.queue {
		if q.block.ours() && !q.block.ruled {
			break
		}
		sent++
		switch r := q.block.ruling; {
		case !q.block.ours() || r.Forward:
			dst = a.send(dst, q.block, q.name, q.event)
		case q.name == "content_block_start" && r.Say != "":
			dst = a.say(dst, r.Say)
		}
	}
	a.queue = a.queue[sent:]
	if !a.keep && len(a.queue) == 0 {
		a.queue, a.held = nil, 0
	}
	return dst
}

// send appends an event of a block, which has for the client the place after all that were sent before it.
func (a *answer) send(dst []byte, b *block, name string, v ijson.Value) []byte {
	if name == "content_block_start" {
		b.to = a.next
		a.next++
	}
	if b.to == b.at {
		return sse.AppendValue(dst, name, v)
	}
	index, _ := v.Member("index")
	e := wire.Edit(v)
	e.Replace(index, strconv.Itoa(b.to))
	return sse.Append(dst, name, e.Text())
}

// say appends a block of text.
func (a *answer) say(dst []byte, said string) []byte {
	index := `,"index":` + strconv.Itoa(a.next)
	a.next++
	dst = sse.Append(dst, "content_block_start", `{"type":"content_block_start"`+index+`,"content_block":`+textBlock("")+`}`)
	dst = sse.Append(dst, "content_block_delta", `{"type":"content_block_delta"`+index+`,"delta":{"type":"text_delta","text":`+quote(said)+`}}`)
	return sse.Append(dst, "content_block_stop", `{"type":"content_block_stop"`+index+`}`)
}
