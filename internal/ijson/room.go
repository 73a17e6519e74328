package ijson

// Room is memory for documents of which most are read and forgotten, one after
// the other, such as the events of a stream. The zero value is ready. It is for
// one goroutine.
type Room struct {
	last *document // that was parsed last
	free *document // that was released
}

// mostKept is how many values of a released document the room is kept for.
const mostKept = 1 << 10

// ParseString is the same as the function, in the room of a document that was
// released. Whatever is not released stays as it is for good.
func (r *Room) ParseString(s string, limits Limits) (Value, error) {
	if fail := oversize(len(s), limits); fail != nil {
		return Value{}, fail
	}
	d := r.free
	if d == nil {
		d = &document{nodes: make([]node, 0, room(s, limits.Values))}
	}
	r.last, r.free = d, nil
	return d.parse(s, limits)
}

// Release gives the room of v's document to the next one, if v is of the one
// that was parsed last. To read any value of it from then on is a panic; texts
// that were got from it stay.
func (r *Room) Release(v Value) {
	d := v.doc
	if d == nil || d != r.last || v.age != d.age || cap(d.nodes) > mostKept {
		return
	}
	clear(d.names)
	d.src = ""
	d.age++
	r.last, r.free = nil, d
}
