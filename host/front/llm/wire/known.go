package wire

import (
	"slices"

	"argus/internal/ijson"
)

// Known demands of an object in a request that it has no members but the named ones.
func Known(v ijson.Value, at ijson.Place, names ...string) error {
	if v.Kind() != ijson.Object {
		return Invalid{Place: at, What: "must be an object"}
	}
	for name := range v.Members() {
		if !slices.Contains(names, name) {
			return Invalid{Place: at.Member(name), What: "Argus does not know this member, and what it does could pass by unjudged; `members` of the upstream lets members of a request by"}
		}
	}
	return nil
}
