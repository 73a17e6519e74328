package messages

import (
	"strconv"
	"strings"

	"argus/internal/ijson"
)

// merge puts two accounts of what was used together, as JSON. Members that only one has stay; numbers are put together by how, and of anything
// else the later stands, if it says something.
func merge(x, y ijson.Value, how func(a, b int64) int64) string {
	n, isX := count(x)
	m, isY := count(y)
	switch {
	case y.Kind() == ijson.Invalid || y.IsNull():
		return x.Raw()
	case isX && isY:
		return strconv.FormatInt(how(n, m), 10)
	case x.Kind() != ijson.Object || y.Kind() != ijson.Object:
		return y.Raw()
	}
	var members []string
	for name, v := range x.Members() {
		w, _ := y.Member(name)
		members = append(members, quote(name)+":"+merge(v, w, how))
	}
	for name, w := range y.Members() {
		if _, has := x.Member(name); !has {
			members = append(members, quote(name)+":"+w.Raw())
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// count is a number of tokens, or of whatever else was used.
func count(v ijson.Value) (int64, bool) {
	n, _ := v.Number()
	i, err := strconv.ParseInt(string(n), 10, 64)
	return i, err == nil
}

// latest is how accounts of one round follow each other: the vendor counts from its beginning. total is how those of several do.
func latest(_, b int64) int64 { return b }
func total(a, b int64) int64  { return a + b }
