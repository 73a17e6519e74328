package ordered

import (
	"cmp"
	"iter"
)

// Set is a persistent set. The zero value is empty.
type Set[K cmp.Ordered] struct{ root *node[K, struct{}] }

// SetOf is the set of these keys.
func SetOf[K cmp.Ordered](ks ...K) Set[K] {
	var s Set[K]
	for _, k := range ks {
		s = s.Add(k)
	}
	return s
}

// Has reports whether k is in the set.
func (s Set[K]) Has(k K) bool { return s.root.get(k) != nil }

// Len is the number of keys, known without counting.
func (s Set[K]) Len() uint64 { return s.root.len() }

// Add is the set with k.
func (s Set[K]) Add(k K) Set[K] {
	if s.Has(k) {
		return s
	}
	return Set[K]{s.root.put(&entry[K, struct{}]{k, struct{}{}})}
}

// SubsetOf reports whether every key of s is in t.
func (s Set[K]) SubsetOf(t Set[K]) bool {
	if s.root == t.root {
		return true
	}
	if s.Len() > t.Len() {
		return false
	}
	return s.root.each(nil, func(k K, _ struct{}) bool { return t.Has(k) })
}

// All yields the keys in ascending order.
func (s Set[K]) All() iter.Seq[K] {
	return func(yield func(K) bool) {
		s.root.each(nil, func(k K, _ struct{}) bool { return yield(k) })
	}
}
