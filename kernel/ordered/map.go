// Package ordered holds the persistent maps and sets of the kernel: B-trees whose versions share what they have in
// common. Every operation leaves its receiver as it was; reading, setting and deleting take time
// and memory in the logarithm of the size; iteration is in ascending key order, the same on every machine.
//
// It decides nothing and trusts nobody. It is the boundary of the translation: the proofs see the equations that
// conformance_test.go states, not these bodies. Keys are strings or integers; a NaN would break the order.
package ordered

import (
	"cmp"
	"iter"
)

// Map is a persistent map. The zero value is empty.
type Map[K cmp.Ordered, V any] struct{ root *node[K, V] }

// Get is the value at k, and whether there is one.
func (m Map[K, V]) Get(k K) (V, bool) {
	if e := m.root.get(k); e != nil {
		return e.val, true
	}
	var none V
	return none, false
}

// Has reports whether there is a value at k.
func (m Map[K, V]) Has(k K) bool { return m.root.get(k) != nil }

// Len is the number of entries, known without counting.
func (m Map[K, V]) Len() uint64 { return m.root.len() }

// Set is the map with v at k.
func (m Map[K, V]) Set(k K, v V) Map[K, V] { return Map[K, V]{m.root.put(&entry[K, V]{k, v})} }

// Delete is the map without k.
func (m Map[K, V]) Delete(k K) Map[K, V] {
	if !m.Has(k) {
		return m
	}
	return Map[K, V]{m.root.cut(k)}
}

// All yields the entries in ascending key order.
func (m Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { m.root.each(nil, yield) }
}

// From yields the entries whose keys are at least k, in ascending key order.
func (m Map[K, V]) From(k K) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { m.root.each(&k, yield) }
}
