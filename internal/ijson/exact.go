package ijson

import "strings"

// Exact demands that no member of the object v could be taken for one of the
// known names without being it. JSON tells "NAME" from "name"; a receiver that
// folds case, as many decoders do, or that drops "_" and "-", does not, and
// would read a second value where this package read one. Members that resemble
// no known name pass. It is an error also when v is no object.
//
// A reader of an envelope whose bytes travel on calls this with every name that
// it or the receiver gives a meaning.
func (v Value) Exact(known ...string) error {
	if v.Kind() != Object {
		return &Error{Offset: v.Offset(), Reason: Unexpected}
	}
	for name, member := range v.Members() {
		if !exact(name, known) {
			return &Error{Offset: int(v.doc.nodes[member.i-1].start), Reason: CaseVariant}
		}
	}
	return nil
}

func exact(name string, known []string) bool {
	resembles := false
	for _, k := range known {
		if name == k {
			return true
		}
		resembles = resembles || strings.EqualFold(loose(name), loose(k))
	}
	return !resembles
}

// loose drops the separators that case-folding decoders ignore.
func loose(name string) string {
	if strings.IndexByte(name, '_') < 0 && strings.IndexByte(name, '-') < 0 {
		return name
	}
	return strings.NewReplacer("_", "", "-", "").Replace(name)
}
