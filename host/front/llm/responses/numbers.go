package responses

import (
	"strconv"

	"argus/internal/ijson"
)

// numbers are the sequence numbers that the client gets: the vendor's, until an event is left out, put in or moved, and counted on from there.
type numbers struct {
	own   bool
	count int64 // one more than the last
}

// skip says that from here on the vendor's numbers are not the client's.
func (n *numbers) skip() { n.own = true }

// next is the number of the next event, and whether it is another than the one that it came with. An event that came without one has none.
func (n *numbers) next(came ijson.Value) (string, bool) {
	number, is := came.Number()
	if !is {
		return "", false
	}
	in, whole := number.Int64()
	if !n.own && whole && in >= n.count && in < 1<<53 {
		n.count = in + 1
		return "", false
	}
	n.own = true
	return n.take(), !whole || in != n.count-1
}

// take is the number of an event that the vendor did not send.
func (n *numbers) take() string {
	n.own = true
	n.count++
	return strconv.FormatInt(n.count-1, 10)
}
