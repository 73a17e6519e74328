package engine

import (
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go/types"

	"argus/internal/ijson"
	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/check"
)

// Arguments become context by this one total function; Cedar's own JSON, in which an object can claim to be an entity, is never
// used. README.md tells policy authors what becomes of each kind of value.
const (
	maxDepth = 128
	// maxItems bounds a set, whose cost grows with the square of its size if somebody chooses the strings for it.
	maxItems = 4096
	// maxLeftOut is how many left out arguments are told; all are left out.
	maxLeftOut = 256
)

// Names in the record that stands for a list.
const (
	lengthName = "length"
	itemsName  = "items"
)

// argumentsOf returns the wanted members of v and the JSON Pointers of what Cedar cannot hold.
func argumentsOf(v oracle.Value, want check.Names) (types.Record, []string) {
	var c conversion
	fields := types.RecordMap{}
	object, _ := v.(oracle.Object) // anything else was refused before
	for _, m := range object {
		if !want.Has(m.Name) {
			continue
		}
		if value, ok := c.value(m.Value, &spot{nil, m.Name}, 1); ok {
			fields[types.String(m.Name)] = value
		}
	}
	return types.NewRecord(fields), c.left
}

// conversion notes what it leaves out.
type conversion struct{ left []string }

// value returns v as Cedar holds it, or false when v is left out.
func (c *conversion) value(v oracle.Value, at *spot, depth int) (types.Value, bool) {
	if depth > maxDepth {
		return c.leave(at)
	}
	switch v := v.(type) {
	case oracle.Bool, oracle.Text, oracle.Number:
		if value, ok := scalar(v); ok {
			return value, true
		}
	case oracle.List:
		return c.list(v, at), true
	case oracle.Object:
		fields := make(types.RecordMap, len(v))
		for _, m := range v {
			if value, ok := c.value(m.Value, &spot{at, m.Name}, depth+1); ok {
				fields[types.String(m.Name)] = value
			}
		}
		return types.NewRecord(fields), true
	case oracle.Null:
	}
	return c.leave(at)
}

// list holds its length and the set of its scalars. Without being able to name an element of a set, a policy has no use for
// lists and objects among them.
func (c *conversion) list(list oracle.List, at *spot) types.Record {
	fields := types.RecordMap{lengthName: types.Long(len(list))}
	if len(list) > maxItems {
		c.leave(at)
		return types.NewRecord(fields)
	}
	items := make([]types.Value, 0, len(list))
	for i, v := range list {
		if value, ok := scalar(v); ok {
			items = append(items, value)
		} else {
			c.leave(&spot{at, strconv.Itoa(i)})
		}
	}
	fields[itemsName] = types.NewSet(items...)
	return types.NewRecord(fields)
}

// scalar returns a boolean, a string, or a whole number that both a double and a Long hold exactly. Any other number would mean
// one thing to the policy and another to a server that reads it as a double.
func scalar(v oracle.Value) (types.Value, bool) {
	switch v := v.(type) {
	case oracle.Bool:
		return types.Boolean(v), true
	case oracle.Text:
		return types.String(v), true
	case oracle.Number:
		n := ijson.Number(v.Text)
		_, exact := n.Double()
		whole, fits := n.Int64()
		if !v.Exact || !exact || !fits {
			return nil, false
		}
		return types.Long(whole), true
	default:
		return nil, false
	}
}

func (c *conversion) leave(at *spot) (types.Value, bool) {
	if len(c.left) < maxLeftOut {
		c.left = append(c.left, at.pointer())
	}
	return nil, false
}

// spot is a place in the arguments; it is spelled out only when something is left out there.
type spot struct {
	above *spot
	name  string
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is the JSON Pointer (RFC 6901) of s.
func (s *spot) pointer() string {
	if s == nil {
		return ""
	}
	return s.above.pointer() + "/" + pointerEscapes.Replace(s.name)
}
