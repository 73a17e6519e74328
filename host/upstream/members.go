package upstream

import (
	"slices"

	"argus/internal/ijson"
)

// copyOf is the object v with the members that keep admits, without the text around it: a value keeps all of that in memory, and a frame
// can be a thousand times the notice in it.
func copyOf(v ijson.Value, keep func(name string) bool) ijson.Value {
	return object(appendMembers(make([]byte, 0, len(v.Raw())), v, keep))
}

// appendMembers writes the members of v that keep admits behind those of members.
func appendMembers(members []byte, v ijson.Value, keep func(name string) bool) []byte {
	for name, member := range v.Members() {
		if !keep(name) {
			continue
		}
		if len(members) > 0 {
			members = append(members, ',')
		}
		members = append(ijson.AppendString(members, name), ':')
		members = ijson.AppendLine(members, member)
	}
	return members
}

// object is an object of members that were read once already.
func object(members []byte) ijson.Value {
	text := make([]byte, 0, len(members)+2)
	text = append(append(append(text, '{'), members...), '}')
	return ijson.MustParse(text)
}

// pick is a copy of v with these members only.
func pick(v ijson.Value, names ...string) ijson.Value {
	return copyOf(v, func(name string) bool { return slices.Contains(names, name) })
}

// shaped reports whether v has a member of this kind.
func shaped(v ijson.Value, name string, kind ijson.Kind) bool {
	member, _ := v.Member(name)
	return member.Kind() == kind
}

// mayBe is shaped, of a member that may be left out.
func mayBe(v ijson.Value, name string, kind ijson.Kind) bool {
	member, told := v.Member(name)
	return !told || member.Kind() == kind
}
