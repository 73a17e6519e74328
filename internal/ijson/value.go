package ijson

import "iter"

// Kind is the kind of a value. The zero value, Invalid, is the kind of a Value
// that no parse made.
type Kind uint8

// The kinds of JSON values.
const (
	Invalid Kind = iota
	Null
	Bool
	Numeric
	String
	Array
	Object
)

var kindNames = [...]string{"invalid", "null", "boolean", "number", "string", "array", "object"}

// String names the kind as JSON Schema does.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return kindNames[Invalid]
	}
	return kindNames[k]
}

// node is one value or one member name. The nodes of a document stand in
// source order: an array is followed by its items, an object by name, value,
// name, value.
type node struct {
	kind    Kind
	escaped bool   // a string whose text differs from its source
	start   uint32 // source range, quotes and brackets included
	end     uint32
	next    uint32 // index of the node after this one and all it holds
	n       uint32 // items, members, or where an escaped name's text is kept
	table   uint32 // where the table of a big object begins, or 0
}

type document struct {
	src    string
	nodes  []node
	names  []string // texts of the escaped names
	slots  []uint32 // tables of the big objects
	broken bool     // a line ends outside the strings
	wide   bool     // a string has bytes beyond ASCII
	age    uint32   // how often it was released
}

// Value is one value of a parsed document. It is immutable, cheap to copy and
// safe to share between goroutines. It keeps its whole document in memory. The
// zero Value has kind Invalid and every reading of it fails.
type Value struct {
	doc *document
	i   uint32
	age uint32 // of the document that it is of
}

func (v Value) node() *node {
	if v.doc == nil {
		return &node{}
	}
	if v.age != v.doc.age {
		panic("ijson: a value is read after its document was released")
	}
	return &v.doc.nodes[v.i]
}

// at is the value at another node of v's document.
func (v Value) at(i uint32) Value { return Value{v.doc, i, v.age} }

// Kind returns the kind of v.
func (v Value) Kind() Kind { return v.node().kind }

// Raw returns the source text of v without surrounding whitespace. Forward it
// as it is; where lines frame the messages use AppendLine instead, because
// whitespace inside v may hold line ends.
func (v Value) Raw() string {
	if v.doc == nil {
		return ""
	}
	n := v.node()
	return v.doc.src[n.start:n.end]
}

// Offset returns the byte offset of v in the text that was parsed.
func (v Value) Offset() int { return int(v.node().start) }

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.Kind() == Null }

// Bool returns the truth value of v, or false and false when v is no boolean.
func (v Value) Bool() (b, ok bool) {
	if v.Kind() != Bool {
		return false, false
	}
	return v.Raw() == "true", true
}

// Number returns the number v, or "" and false when v is none.
func (v Value) Number() (Number, bool) {
	if v.Kind() != Numeric {
		return "", false
	}
	return Number(v.Raw()), true
}

// Text returns the unescaped text of the string v, or "" and false when v is
// no string.
func (v Value) Text() (string, bool) {
	n := v.node()
	if n.kind != String {
		return "", false
	}
	inner := v.doc.src[n.start+1 : n.end-1]
	if n.escaped {
		return unescape(inner), true
	}
	return inner, true
}

// Len returns how many items or members v holds, and 0 for a scalar.
func (v Value) Len() int {
	if n := v.node(); n.kind == Array || n.kind == Object {
		return int(n.n)
	}
	return 0
}

// Items yields the items of the array v in order, and nothing when v is none.
func (v Value) Items() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		n := v.node()
		if n.kind != Array {
			return
		}
		at := v.i + 1
		for k := range int(n.n) {
			if !yield(k, v.at(at)) {
				return
			}
			at = v.doc.nodes[at].next
		}
	}
}
