package ijson

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

// tableFrom is the member count from which an object gets a hash table; below
// it comparing is faster than hashing.
const tableFrom = 12

// seed keeps the tables' collisions out of an attacker's reach.
var seed = maphash.MakeSeed()

// Members yields the members of the object v in source order, and nothing when
// v is none.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		n := v.node()
		if n.kind != Object {
			return
		}
		at := v.i + 1
		for range n.n {
			if !yield(v.doc.name(at), v.at(at+1)) {
				return
			}
			at = v.doc.nodes[at+1].next
		}
	}
}

// Member returns the member of the object v with exactly this name, or the
// zero Value and false.
func (v Value) Member(name string) (Value, bool) {
	n := v.node()
	if n.kind != Object {
		return Value{}, false
	}
	if n.table != 0 {
		at, ok := v.doc.find(n.table, name)
		if !ok {
			return Value{}, false
		}
		return v.at(at), true
	}
	at := v.i + 1
	for range n.n {
		if v.doc.name(at) == name {
			return v.at(at + 1), true
		}
		at = v.doc.nodes[at+1].next
	}
	return Value{}, false
}

// name returns the unescaped text of the member name at node i.
func (d *document) name(i uint32) string {
	n := &d.nodes[i]
	if n.escaped {
		return d.names[n.n]
	}
	return d.src[n.start+1 : n.end-1]
}

// find looks a name up in the table that begins at slot table, and returns the
// node of its value.
func (d *document) find(table uint32, name string) (uint32, bool) {
	slots := d.slots[table+1:][:d.slots[table]]
	mask := uint64(len(slots) - 1)
	for h := maphash.String(seed, name) & mask; slots[h] != 0; h = (h + 1) & mask {
		if d.name(slots[h]) == name {
			return slots[h] + 1, true
		}
	}
	return 0, false
}

// distinct checks that no name of the finished object at node i occurs twice,
// and returns the node of the second occurrence otherwise. A big object's table
// is left behind for Member.
func (d *document) distinct(i uint32) (uint32, bool) {
	if d.nodes[i].n < tableFrom {
		return d.distinctFew(i)
	}
	return d.distinctMany(i)
}

func (d *document) distinctFew(i uint32) (uint32, bool) {
	var seen [tableFrom]string
	var lengths uint64 // of the names so far, as bits: a name of another length is new
	at := i + 1
	for k := range d.nodes[i].n {
		name := d.name(at)
		length := uint64(1) << (len(name) % 64)
		if lengths&length != 0 && slices.Contains(seen[:k], name) {
			return at, false
		}
		seen[k], lengths = name, lengths|length
		at = d.nodes[at+1].next
	}
	return 0, true
}

func (d *document) distinctMany(i uint32) (uint32, bool) {
	count := d.nodes[i].n
	size := uint32(1) << bits.Len32(2*count-1)
	if len(d.slots) == 0 {
		d.slots = append(d.slots, 0) // table 0 means none
	}
	table := uint32(len(d.slots))
	d.slots = append(d.slots, size)
	d.slots = append(d.slots, make([]uint32, size)...)
	d.nodes[i].table = table
	slots := d.slots[table+1:]
	mask := uint64(size - 1)
	at := i + 1
	for range count {
		name := d.name(at)
		h := maphash.String(seed, name) & mask
		for ; slots[h] != 0; h = (h + 1) & mask {
			if d.name(slots[h]) == name {
				return at, false
			}
		}
		slots[h] = at
		at = d.nodes[at+1].next
	}
	return 0, true
}
