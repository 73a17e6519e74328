package journal

import "fmt"

// What is wrong at the first bad place of a journal.
type What int

const (
	_              What = iota
	Flipped             // bytes differ from what was written
	Cut                 // the segment ends inside a frame
	Removed             // one or more records are gone
	Reordered           // a record or segment stands before its turn
	Inserted            // a record stands between two that belong together
	Replaced            // a whole, well-formed record is not the one that was written here
	MissingSegment      // a segment file is gone
)

func (w What) String() string {
	switch w {
	case Flipped:
		return "altered bytes"
	case Cut:
		return "cut short"
	case Removed:
		return "removed record"
	case Reordered:
		return "out of order"
	case Inserted:
		return "inserted record"
	case Replaced:
		return "replaced record"
	case MissingSegment:
		return "missing segment"
	}
	return "unspecified damage"
}

// Damage is the error for a journal that does not hold what was written. It is never repaired by this
// package: a person compares with a backup, or accepts the loss by moving the folder away.
type Damage struct {
	Segment string // file name in the folder
	Offset  int64  // of the first bad frame; 0 means the segment's header or the whole segment
	Seq     uint64 // the record that should be there; 0 when unknown
	What    What

	detail string
}

func (d *Damage) Error() string {
	text := fmt.Sprintf("journal is damaged: segment %s, offset %d, record %d: %v", d.Segment, d.Offset, d.Seq, d.What)
	if d.detail != "" {
		text += " (" + d.detail + ")"
	}
	return text
}
