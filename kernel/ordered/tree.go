package ordered

import "cmp"

// node is one node of a B-tree, whose leaves are all equally deep and hold all entries. It is never changed once it is
// reachable from a map, which is what lets versions share it: a change copies the nodes on one path. Entries are behind
// pointers because those copies would otherwise cost more than all the rest.
type node[K cmp.Ordered, V any] struct {
	size uint64              // entries below
	used int                 // places of the arrays
	at   [width]*entry[K, V] // of a leaf its entries; of a branch the first entry below each child
	kids [width]*node[K, V]  // of a branch
}

type entry[K cmp.Ordered, V any] struct {
	key K
	val V
}

// A wide node costs more to copy, a narrow one makes the path longer: a change costs least about here.
const (
	width = 12
	least = 5 // of any node but the root; one that is too small is joined with its neighbour
)

// place is what a node has in one place: an entry, or a child with the first entry below it.
type place[K cmp.Ordered, V any] struct {
	at  *entry[K, V]
	kid *node[K, V]
}

func (n *node[K, V]) len() uint64 {
	if n == nil {
		return 0
	}
	return n.size
}

func (n *node[K, V]) isLeaf() bool { return n.kids[0] == nil }

// search is the number of places whose keys are at most k.
func (n *node[K, V]) search(k K) int {
	lo, hi := 0, n.used
	for lo < hi {
		if mid := (lo + hi) / 2; n.at[mid].key <= k {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// child is the place below which k is, or would be.
func (n *node[K, V]) child(k K) int { return max(n.search(k)-1, 0) }

func (n *node[K, V]) get(k K) *entry[K, V] {
	if n == nil {
		return nil
	}
	for !n.isLeaf() {
		n = n.kids[n.child(k)]
	}
	if i := n.search(k); i > 0 && n.at[i-1].key == k {
		return n.at[i-1]
	}
	return nil
}

// put is a root that holds the entry too.
func (n *node[K, V]) put(e *entry[K, V]) *node[K, V] {
	if n == nil {
		return made([]place[K, V]{{e, nil}})
	}
	a, b := n.set(e)
	if b == nil {
		return a
	}
	return made([]place[K, V]{under(a), under(b)})
}

// set is n with the entry, in one node or two.
func (n *node[K, V]) set(e *entry[K, V]) (a, b *node[K, V]) {
	if n.isLeaf() {
		i := n.search(e.key)
		if i > 0 && n.at[i-1].key == e.key {
			c := *n
			c.at[i-1] = e
			return &c, nil
		}
		return n.spliced(i, i, place[K, V]{e, nil})
	}
	i := n.child(e.key)
	a, b = n.kids[i].set(e)
	if b == nil {
		return n.with(i, a), nil
	}
	return n.spliced(i, i+1, under(a), under(b))
}

// cut is a root without k, which is present. A root with one child gives way to it.
func (n *node[K, V]) cut(k K) *node[K, V] {
	n = n.remove(k)
	switch {
	case n.used == 0:
		return nil
	case n.used == 1 && !n.isLeaf():
		return n.kids[0]
	}
	return n
}

// remove is n without k, which is present. It may be too small.
func (n *node[K, V]) remove(k K) *node[K, V] {
	if n.isLeaf() {
		i := n.search(k)
		n, _ = n.spliced(i-1, i)
		return n
	}
	i := n.child(k)
	kid := n.kids[i].remove(k)
	switch {
	case kid.used >= least:
		return n.with(i, kid)
	case i == n.used-1:
		return n.joined(i-1, n.kids[i-1], kid)
	}
	return n.joined(i, kid, n.kids[i+1])
}

// joined is n with its children i and i+1 replaced by what is in l and r.
func (n *node[K, V]) joined(i int, l, r *node[K, V]) *node[K, V] {
	a, b := l.spliced(l.used, l.used, r.places()...)
	if b == nil {
		n, _ = n.spliced(i, i+2, under(a))
	} else {
		n, _ = n.spliced(i, i+2, under(a), under(b))
	}
	return n
}

func (n *node[K, V]) places() []place[K, V] {
	list := make([]place[K, V], n.used, width)
	for i := range list {
		list[i] = place[K, V]{n.at[i], n.kids[i]}
	}
	return list
}

// under is a child of a branch.
func under[K cmp.Ordered, V any](n *node[K, V]) place[K, V] { return place[K, V]{n.at[0], n} }

// with is n with its child i replaced by one that is neither too big nor too small.
func (n *node[K, V]) with(i int, kid *node[K, V]) *node[K, V] {
	c := *n
	c.size += kid.size - n.kids[i].size
	c.at[i], c.kids[i] = kid.at[0], kid
	return &c
}

// spliced is n with its places from i to j replaced: one node, or two halves if that is too much for one.
func (n *node[K, V]) spliced(i, j int, by ...place[K, V]) (a, b *node[K, V]) {
	var room [2 * width]place[K, V]
	all := append(room[:0], n.places()[:i]...)
	all = append(all, by...)
	all = append(all, n.places()[j:]...)
	if len(all) <= width {
		return made(all), nil
	}
	return made(all[:len(all)/2]), made(all[len(all)/2:])
}

func made[K cmp.Ordered, V any](places []place[K, V]) *node[K, V] {
	n := &node[K, V]{used: len(places)}
	for i, p := range places {
		n.at[i], n.kids[i] = p.at, p.kid
		if p.kid == nil {
			n.size++
		} else {
			n.size += p.kid.size
		}
	}
	return n
}

// each visits the entries from the key `from` upwards, or all of them if from is nil, until yield says no.
func (n *node[K, V]) each(from *K, yield func(K, V) bool) bool {
	if n == nil {
		return true
	}
	first := 0
	if from != nil && !n.isLeaf() {
		first = n.child(*from)
	}
	for i := first; i < n.used; i++ {
		switch e := n.at[i]; {
		case !n.isLeaf():
			if !n.kids[i].each(from, yield) {
				return false
			}
			from = nil // all further children are beyond it
		case from != nil && e.key < *from:
		case !yield(e.key, e.val):
			return false
		}
	}
	return true
}
