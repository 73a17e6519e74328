package bounded

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"argus/internal/ijson"
)

// The limits of a schema that is worth counting.
const (
	// MaxBits is the size of the largest count: 2^65536 values, or eight
	// kilobytes of anything. A schema that admits more is not bounded.
	MaxBits = 1 << 16

	maxBytes = 64 << 10 // of the schema's text
	maxItems = 1 << 16  // of one array
	maxWidth = 1024     // digits of a number, written out
)

// Schema is a schema whose values were counted. The zero Schema admits nothing
// and costs more than anyone has. It is safe for concurrent use.
type Schema struct {
	root shape
	bits uint64
}

// Error says why a schema is not bounded and what to write instead.
type Error struct {
	Place   ijson.Place
	Keyword string // "" when the place as a whole is at fault
	Advice  string
}

func (e *Error) Error() string {
	if e.Keyword == "" {
		return fmt.Sprintf("schema is not bounded at %s: %s", e.Place, e.Advice)
	}
	return fmt.Sprintf("schema is not bounded at %s, keyword %q: %s", e.Place, e.Keyword, e.Advice)
}

// ErrNotAdmitted refuses a value that is not one of those counted.
var ErrNotAdmitted = errors.New("value is not one that the bounded schema admits")

// Of counts the values that raw admits. Every error is an *Error, and means
// that outputs under this schema take their full label.
func Of(raw ijson.Value) (Schema, error) {
	if len(raw.Raw()) > maxBytes {
		return Schema{}, &Error{Advice: "write a schema of at most 64 KiB"}
	}
	root, err := read(raw, "")
	if err != nil {
		return Schema{}, err
	}
	return Schema{root: root, bits: bitsOf(root.count())}, nil
}

// bitsOf is log₂ of the count, rounded up, and one more for whether there was a
// conforming output at all.
func bitsOf(count *big.Int) uint64 {
	if count.Sign() == 0 {
		return 1
	}
	return uint64(new(big.Int).Sub(count, one).BitLen()) + 1
}

// Bits returns what one output under this schema can tell, at least 1.
func (s Schema) Bits() uint64 {
	if s.root == nil {
		return math.MaxUint64
	}
	return s.bits
}

// maxSteps bounds the walk through one value.
const maxSteps = 1 << 22

// Encode returns the canonical encoding of v, or ErrNotAdmitted. The caller must
// release this encoding alone, and drop the bytes that v was parsed from.
func (s Schema) Encode(v ijson.Value) ([]byte, error) {
	if s.root == nil || v.Kind() == ijson.Invalid {
		return nil, ErrNotAdmitted
	}
	w := walk{maxSteps}
	if !s.root.admits(&w, v) || w.left < 0 {
		return nil, ErrNotAdmitted
	}
	return ijson.AppendCanonical(nil, v), nil
}
