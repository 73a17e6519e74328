package ijson

// MaxDepth is how many arrays and objects may be open at once, whatever a
// caller's limits say.
const MaxDepth = 128

// maxBytes keeps every offset within 32 bits.
const maxBytes = 1 << 30

// usualValues bounds the tree's memory (24 bytes a value) where a caller
// states bytes alone.
const usualValues = 1 << 20

// Limits bound what one document may cost. The zero value refuses everything.
type Limits struct {
	Bytes  int // length of the text, at most 1 GiB
	Depth  int // arrays and objects open at once, at most MaxDepth
	Values int // values and member names together
}

// AtMost returns the usual limits for a text of at most so many bytes: full
// depth, and about a million values and names.
func AtMost(bytes int) Limits {
	return Limits{Bytes: bytes, Depth: MaxDepth, Values: usualValues}
}
