package bounded

import (
	"math/big"

	"argus/internal/ijson"
)

var one = big.NewInt(1)

// shape is a finite set of values: it counts them and recognises them.
type shape interface {
	// count is an upper bound of how many different values admits accepts. The
	// caller must not change it.
	count() *big.Int
	admits(w *walk, v ijson.Value) bool
}

// walk counts down the steps through one value. When they are used up nothing
// is admitted any more.
type walk struct{ left int }

func (w *walk) step(n int) bool {
	w.left -= n
	return w.left >= 0
}

// constants is an enumeration, by canonical encoding.
type constants map[string]struct{}

func (c constants) count() *big.Int { return big.NewInt(int64(len(c))) }

func (c constants) admits(w *walk, v ijson.Value) bool {
	if len(c) == 0 || !w.step(1+len(v.Raw())/16) {
		return false
	}
	_, ok := c[string(ijson.AppendCanonical(nil, v))]
	return ok
}

// integers are the multiples of step between low and high, both included.
type integers struct {
	low, high, step *big.Int
	size            *big.Int
}

func (s integers) count() *big.Int { return s.size }

func (s integers) admits(w *walk, v ijson.Value) bool {
	n, ok := v.Number()
	if !ok || !w.step(1+len(n)/16) {
		return false
	}
	r, ok := rational(n)
	if !ok || !r.IsInt() {
		return false
	}
	i := r.Num()
	return i.Cmp(s.low) >= 0 && i.Cmp(s.high) <= 0 && new(big.Int).Rem(i, s.step).Sign() == 0
}

// rational gives the exact value of a number that is not too wide.
func rational(n ijson.Number) (*big.Rat, bool) {
	if n.Width() > maxWidth {
		return nil, false
	}
	return new(big.Rat).SetString(string(n))
}

// list is the arrays of least to most items: first those of prefix, then rest.
type list struct {
	prefix      []shape
	rest        shape
	least, most int
	size        *big.Int
}

func (s list) count() *big.Int { return s.size }

func (s list) admits(w *walk, v ijson.Value) bool {
	if v.Kind() != ijson.Array || v.Len() < s.least || v.Len() > s.most || !w.step(1) {
		return false
	}
	for i, item := range v.Items() {
		next := s.rest
		if i < len(s.prefix) {
			next = s.prefix[i]
		}
		if !next.admits(w, item) {
			return false
		}
	}
	return true
}

// record is the objects with these members and no others.
type record struct {
	fields map[string]field
	needed int // how many of them are required
	size   *big.Int
}

type field struct {
	shape
	required bool
}

func (s record) count() *big.Int { return s.size }

func (s record) admits(w *walk, v ijson.Value) bool {
	if v.Kind() != ijson.Object || v.Len() > len(s.fields) || !w.step(1) {
		return false
	}
	present := 0
	for name, member := range v.Members() {
		f, ok := s.fields[name]
		if !ok || !f.admits(w, member) {
			return false
		}
		if f.required {
			present++
		}
	}
	return present == s.needed
}

// choice is the values that one of its branches admits, or exactly one.
type choice struct {
	branches []shape
	single   bool
	size     *big.Int
}

func (s choice) count() *big.Int { return s.size }

func (s choice) admits(w *walk, v ijson.Value) bool {
	matches := 0
	for _, branch := range s.branches {
		if branch.admits(w, v) {
			matches++
		}
	}
	return matches == 1 || matches > 1 && !s.single
}
