package engine

import (
	"strings"

	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/check"
)

// readable reports whether a policy that mentions m finds the truth there. It does not when
//
//   - what lies there was left out of the context, in whole or, if m uses it all, in part: a rule
//     `arguments has amount && arguments.amount > 100` would pass 100.5 by, because it would find no amount;
//   - beside or instead of a name of the path the arguments have one that differs only by case, "_" or "-": a server that does
//     not tell these apart would act on the one that no rule has looked at.
//
// A null member counts as absent, for it says no more than the absence of its name; a null inside something that is used as a
// whole does not.
func readable(v oracle.Value, m check.Mention) bool {
	for depth, name := range m.Path {
		switch container := v.(type) {
		case oracle.Object:
			member, unique := find(container, name)
			if _, null := member.(oracle.Null); !unique || null || member == nil {
				return unique // an absent member is truly absent: to read it is an error by itself
			}
			v = member
		case oracle.List:
			return name != itemsName || itemsHeld(container)
		default:
			return true // a scalar has no members: evaluation fails by itself
		}
		if depth == maxDepth {
			return false
		}
	}
	if m.Has && !isScalar(v) {
		return true
	}
	return held(v, len(m.Path))
}

func isScalar(v oracle.Value) bool {
	switch v.(type) {
	case oracle.List, oracle.Object:
		return false
	default:
		return true
	}
}

// find returns the member of that name, nil if there is none. It fails if another could be taken for it.
func find(object oracle.Object, name string) (found oracle.Value, ok bool) {
	for _, m := range object {
		switch {
		case m.Name == name:
			found = m.Value
		case resembles(m.Name, name):
			return nil, false
		}
	}
	return found, true
}

func resembles(a, b string) bool { return strings.EqualFold(loose(a), loose(b)) }

// loose drops the separators that a decoder may ignore.
func loose(name string) string {
	if !strings.ContainsAny(name, "_-") {
		return name
	}
	return strings.NewReplacer("_", "", "-", "").Replace(name)
}

// held reports whether all of v is in the context.
func held(v oracle.Value, depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch v := v.(type) {
	case oracle.Object:
		for _, m := range v {
			if !held(m.Value, depth+1) {
				return false
			}
		}
		return true
	case oracle.List:
		return itemsHeld(v)
	default:
		_, ok := scalar(v)
		return ok
	}
}

func itemsHeld(list oracle.List) bool {
	if len(list) > maxItems {
		return false
	}
	for _, v := range list {
		if _, ok := scalar(v); !ok {
			return false
		}
	}
	return true
}
