package tomlpos

import "strconv"

// Where is a place that a value came from.
type Where struct {
	File string // or any other source, such as "environment ARGUS_STATE"
	Line int    // from 1; 0 when the source has no lines
}

// String gives file:line, or the source alone.
func (w Where) String() string {
	if w.File == "" || w.Line == 0 {
		return w.File
	}
	return w.File + ":" + strconv.Itoa(w.Line)
}

// IsZero tells that nothing was read.
func (w Where) IsZero() bool { return w == Where{} }

// Value is a decoded value that remembers its place. A field of this type in a struct given to Decode is filled with both;
// one whose key is absent stays zero.
type Value[T any] struct {
	V  T
	At Where
}

// Set tells whether the key was there.
func (v Value[T]) Set() bool { return !v.At.IsZero() }

// placed is how Decode fills a Value without knowing its type.
type placed interface {
	place(Where) (target any)
}

func (v *Value[T]) place(at Where) any {
	v.At = at
	return &v.V
}
