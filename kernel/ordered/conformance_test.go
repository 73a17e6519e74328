package ordered

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The equations that the proofs take for granted, tested against Go's own maps. Every old version is kept and
// looked at again at the end: sharing must never let a later change show through.

func TestMapWithStringKeysKeepsItsEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkMap(t, rapid.SampledFrom(words())) })
}

func TestMapWithIntegerKeysKeepsItsEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkMap(t, rapid.Uint64Range(0, 200)) })
}

func TestMapWithExtremeKeysKeepsItsEquations(t *testing.T) {
	keys := []uint64{0, 1, 1<<63 - 1, 1 << 63, 1<<64 - 2, 1<<64 - 1}
	rapid.Check(t, func(t *rapid.T) { checkMap(t, rapid.SampledFrom(keys)) })
}

func TestSetWithStringKeysKeepsItsEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkSet(t, rapid.SampledFrom(words())) })
}

func TestSetWithIntegerKeysKeepsItsEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkSet(t, rapid.Uint64Range(0, 60)) })
}

// words are keys of which some are prefixes of others, with bytes on both sides of the dot.
func words() []string {
	list := []string{"", ".", "root", "root.1", "root.10", "root.1.2", "root.2", "root-", "root/", "Root", "é", "\x00", "\xff"}
	for c := 'a'; c <= 'z'; c++ {
		list = append(list, string(c), "root."+string(c))
	}
	return list
}

// version is a map as it was made, and what it must still hold later.
type version[K cmp.Ordered] struct {
	m    Map[K, int]
	want map[K]int
}

func checkMap[K cmp.Ordered](t *rapid.T, keys *rapid.Generator[K]) {
	versions := []version[K]{{Map[K, int]{}, map[K]int{}}}
	for i := range rapid.IntRange(1, 150).Draw(t, "steps") {
		// Mostly from the newest, so that maps grow; sometimes from an old one, so that versions fork.
		from := versions[len(versions)-1]
		if rapid.IntRange(0, 9).Draw(t, "fork") == 0 {
			from = rapid.SampledFrom(versions).Draw(t, "version")
		}
		k := keys.Draw(t, "key")
		next := version[K]{from.m, maps.Clone(from.want)}
		if rapid.IntRange(0, 2).Draw(t, "op") == 0 {
			next.m = from.m.Delete(k)
			delete(next.want, k)
		} else {
			next.m = from.m.Set(k, i)
			next.want[k] = i
		}
		agree(t, next, k)
		versions = append(versions, next)
	}
	for _, v := range versions {
		whole(t, v)
	}
}

// agree compares what one change may have touched.
func agree[K cmp.Ordered](t *rapid.T, v version[K], k K) {
	got, ok := v.m.Get(k)
	want, in := v.want[k]
	if ok != in || got != want || v.m.Has(k) != in {
		t.Fatalf("at %v: got %d %t, want %d %t", k, got, ok, want, in)
	}
	if v.m.Len() != uint64(len(v.want)) {
		t.Fatalf("len %d, want %d", v.m.Len(), len(v.want))
	}
}

// whole compares everything, and the shape of the tree.
func whole[K cmp.Ordered](t *rapid.T, v version[K]) {
	shape(t, v.m.root)
	keys := slices.Sorted(maps.Keys(v.want))
	var seen []K
	for k, got := range v.m.All() {
		if got != v.want[k] {
			t.Fatalf("at %v: got %d, want %d", k, got, v.want[k])
		}
		seen = append(seen, k)
	}
	if !slices.Equal(seen, keys) {
		t.Fatalf("keys %v, want %v", seen, keys)
	}
	for i, k := range keys {
		agree(t, v, k)
		var from []K
		for k := range v.m.From(k) {
			from = append(from, k)
		}
		if !slices.Equal(from, keys[i:]) {
			t.Fatalf("from %v: %v, want %v", k, from, keys[i:])
		}
		for first := range v.m.From(k) {
			if first != k {
				t.Fatalf("from %v starts at %v", k, first)
			}
			break
		}
	}
}

// shape checks sizes, the order of keys, and that all nodes are full enough and all leaves equally deep.
func shape[K cmp.Ordered, V any](t *rapid.T, root *node[K, V]) {
	if root == nil {
		return
	}
	if !root.isLeaf() && root.used < 2 {
		t.Fatal("a root with one child")
	}
	shapeBelow(t, root, true)
}

// shapeBelow gives the height of a node.
func shapeBelow[K cmp.Ordered, V any](t *rapid.T, n *node[K, V], isRoot bool) (height int) {
	if n.used > width || n.used < 1 || n.used < least && !isRoot {
		t.Fatalf("%d items in a node", n.used)
	}
	for i := range n.used - 1 {
		if n.at[i].key >= n.at[i+1].key {
			t.Fatalf("key %v is before %v", n.at[i].key, n.at[i+1].key)
		}
	}
	if n.isLeaf() {
		if n.size != uint64(n.used) {
			t.Fatalf("size %d of a leaf of %d", n.size, n.used)
		}
		return 0
	}
	var size uint64
	for i, kid := range n.kids[:n.used] {
		h := shapeBelow(t, kid, false)
		if i > 0 && h != height {
			t.Fatalf("leaves at heights %d and %d", h, height)
		}
		height, size = h, size+kid.size
		if kid.at[0] != n.at[i] {
			t.Fatalf("child of %v starts at %v", n.at[i].key, kid.at[0].key)
		}
	}
	if size != n.size {
		t.Fatalf("size %d over %d", n.size, size)
	}
	return height + 1
}

func checkSet[K cmp.Ordered](t *rapid.T, keys *rapid.Generator[K]) {
	a, wantA := drawSet(t, keys)
	b, wantB := drawSet(t, keys)
	members(t, a, wantA)
	members(t, b, wantB)

	subset := true
	for k := range wantA {
		subset = subset && wantB[k]
	}
	if a.SubsetOf(b) != subset {
		t.Fatalf("%v subset of %v: got %t", wantA, wantB, !subset)
	}

	union, both := b, maps.Clone(wantB)
	for k := range a.All() {
		union, both[k] = union.Add(k), true
	}
	members(t, union, both)
	if !a.SubsetOf(union) || !b.SubsetOf(union) || !a.SubsetOf(a) || !(Set[K]{}).SubsetOf(a) {
		t.Fatal("a union holds both, a set itself, and any set the empty one")
	}
	members(t, SetOf(slices.Collect(maps.Keys(both))...), both)
	members(t, a, wantA) // no operation above changed its operands
	members(t, b, wantB)
}

func drawSet[K cmp.Ordered](t *rapid.T, keys *rapid.Generator[K]) (Set[K], map[K]bool) {
	s, want := Set[K]{}, map[K]bool{}
	for range rapid.IntRange(0, 50).Draw(t, "changes") {
		k := keys.Draw(t, "key")
		s, want[k] = s.Add(k), true
	}
	return s, want
}

func members[K cmp.Ordered](t *rapid.T, s Set[K], want map[K]bool) {
	shape(t, s.root)
	keys := slices.Sorted(maps.Keys(want))
	if got := slices.Collect(s.All()); !slices.Equal(got, keys) {
		t.Fatalf("members %v, want %v", got, keys)
	}
	if s.Len() != uint64(len(want)) {
		t.Fatalf("len %d, want %d", s.Len(), len(want))
	}
	for _, k := range keys {
		if !s.Has(k) {
			t.Fatalf("%v is missing", k)
		}
	}
	for range s.All() {
		break // leaving early must not panic
	}
}

func TestSortedKeysStayShallow(t *testing.T) {
	const n = 100_000
	var m Map[uint64, int]
	for i := range uint64(n) {
		m = m.Set(i, 0)
	}
	// A node that sorted keys fill is left half full: log 6 of 100000 is 6.4.
	if d := depth(m.root); d > 7 {
		t.Fatalf("depth %d for %d sorted keys", d, n)
	}
}

func depth[K cmp.Ordered, V any](n *node[K, V]) int {
	if n.isLeaf() {
		return 1
	}
	return 1 + depth(n.kids[0])
}

func TestReadingAllocatesNothing(t *testing.T) {
	var m Map[uint64, int]
	for i := range uint64(1000) {
		m = m.Set(i, 1)
	}
	if got := testing.AllocsPerRun(100, func() { m.Get(500); m.Has(5000); m.Len() }); got != 0 {
		t.Fatalf("%v allocations", got)
	}
}

func BenchmarkSet(b *testing.B) {
	for _, n := range []uint64{10, 1_000, 100_000} {
		b.Run(name(n), func(b *testing.B) {
			var m Map[uint64, [8]uint64]
			for i := range n {
				m = m.Set(i*7919%n, [8]uint64{})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Set(uint64(i)%n, [8]uint64{1})
			}
		})
	}
}

func name(n uint64) string {
	return map[uint64]string{10: "10", 1_000: "1000", 100_000: "100000"}[n]
}
