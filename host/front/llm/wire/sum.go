package wire

import (
	"strconv"

	"argus/internal/ijson"
)

// Sum is an account of what was used, with all numbers of an earlier one added that it has too.
func Sum(before, now ijson.Value) string {
	e := Edit(now)
	for name, v := range now.Members() {
		was, _ := before.Member(name)
		if v.Kind() == ijson.Object {
			e.Replace(v, Sum(was, v))
			continue
		}
		x, okX := used(was)
		y, okY := used(v)
		if okX && okY {
			e.Replace(v, strconv.FormatUint(x+y, 10))
		}
	}
	return e.Text()
}

// used is a number of tokens, or of whatever else is counted.
func used(v ijson.Value) (uint64, bool) {
	n, _ := v.Number()
	count, err := strconv.ParseUint(string(n), 10, 53)
	return count, err == nil
}
