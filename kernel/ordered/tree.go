package ordered

import "cmp"

// node is one node of a weight-balanced search tree. It is never changed once it is reachable from a map, which is
// what lets versions share it. The value is behind a pointer because a change copies every node on its path: with
// large values inside, those copies would cost more than all the rest.
type node[K cmp.Ordered, V any] struct {
	key         K
	val         *V
	left, right *node[K, V]
	size        uint64
}

// The balance parameters <3, 2> of Hirai and Yamamoto, "Balancing weight-balanced trees" (2011): the integer pair
// for which insertion, deletion and joining are proved to keep the balance.
const (
	delta = 3 // no side weighs more than this many times the other
	gamma = 2 // the inner grandchild that decides between one rotation and two
)

func (n *node[K, V]) len() uint64 {
	if n == nil {
		return 0
	}
	return n.size
}

// weight counts the empty places below n, so that an empty tree weighs one.
func (n *node[K, V]) weight() uint64 { return n.len() + 1 }

func (n *node[K, V]) get(k K) *node[K, V] {
	for n != nil {
		switch {
		case k == n.key:
			return n
		case k < n.key:
			n = n.left
		default:
			n = n.right
		}
	}
	return nil
}

// with is a copy of n with these children, which are already in balance with each other.
func (n *node[K, V]) with(l, r *node[K, V]) *node[K, V] {
	return &node[K, V]{n.key, n.val, l, r, l.len() + r.len() + 1}
}

// balanced is n over l and r, one of which may have become too heavy by one step.
func (n *node[K, V]) balanced(l, r *node[K, V]) *node[K, V] {
	switch {
	case l.weight()*delta < r.weight():
		if r.left.weight() < gamma*r.right.weight() {
			return r.with(n.with(l, r.left), r.right)
		}
		return r.left.with(n.with(l, r.left.left), r.with(r.left.right, r.right))
	case r.weight()*delta < l.weight():
		if l.right.weight() < gamma*l.left.weight() {
			return l.with(l.left, n.with(l.right, r))
		}
		return l.right.with(l.with(l.left, l.right.left), n.with(l.right.right, r))
	}
	return n.with(l, r)
}

func (n *node[K, V]) set(k K, v *V) *node[K, V] {
	switch {
	case n == nil:
		return &node[K, V]{k, v, nil, nil, 1}
	case k == n.key:
		return &node[K, V]{k, v, n.left, n.right, n.size}
	case k < n.key:
		return n.balanced(n.left.set(k, v), n.right)
	}
	return n.balanced(n.left, n.right.set(k, v))
}

// remove takes out a key that is present.
func (n *node[K, V]) remove(k K) *node[K, V] {
	switch {
	case k == n.key:
		return glue(n.left, n.right)
	case k < n.key:
		return n.balanced(n.left.remove(k), n.right)
	}
	return n.balanced(n.left, n.right.remove(k))
}

// glue joins two trees that were the children of one node.
func glue[K cmp.Ordered, V any](l, r *node[K, V]) *node[K, V] {
	switch {
	case l == nil:
		return r
	case r == nil:
		return l
	case l.size > r.size:
		m := l
		for m.right != nil {
			m = m.right
		}
		return m.balanced(l.withoutLast(), r)
	}
	m := r
	for m.left != nil {
		m = m.left
	}
	return m.balanced(l, r.withoutFirst())
}

func (n *node[K, V]) withoutFirst() *node[K, V] {
	if n.left == nil {
		return n.right
	}
	return n.balanced(n.left.withoutFirst(), n.right)
}

func (n *node[K, V]) withoutLast() *node[K, V] {
	if n.right == nil {
		return n.left
	}
	return n.balanced(n.left, n.right.withoutLast())
}

// linked is n between two trees of any weights.
func (n *node[K, V]) linked(l, r *node[K, V]) *node[K, V] {
	switch {
	case l.weight()*delta < r.weight():
		return r.balanced(n.linked(l, r.left), r.right)
	case r.weight()*delta < l.weight():
		return l.balanced(l.left, n.linked(l.right, r))
	}
	return n.with(l, r)
}

// split is what is below k and what is above it.
func (n *node[K, V]) split(k K) (l, r *node[K, V]) {
	switch {
	case n == nil:
		return nil, nil
	case k == n.key:
		return n.left, n.right
	case k < n.key:
		l, r = n.left.split(k)
		return l, n.linked(r, n.right)
	}
	l, r = n.right.split(k)
	return n.linked(n.left, l), r
}

// union has the entries of both; those of n win. What is shared is not visited.
func (n *node[K, V]) union(m *node[K, V]) *node[K, V] {
	if n == m || m == nil {
		return n
	}
	if n == nil {
		return m
	}
	l, r := m.split(n.key)
	return n.linked(n.left.union(l), n.right.union(r))
}

// each visits the entries from the key `from` upwards, or all of them if from is nil, until yield says no.
func (n *node[K, V]) each(from *K, yield func(K, V) bool) bool {
	if n == nil {
		return true
	}
	if from != nil && n.key < *from {
		return n.right.each(from, yield)
	}
	return n.left.each(from, yield) && yield(n.key, *n.val) && n.right.each(nil, yield)
}
